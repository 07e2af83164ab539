"""Flips in splits and mixtures: their sides are in one split, and in a mixture all or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.balance import Mixture, Split
from polypref.stages.flips import FLIPPED, LEFT_WITH_FLIP, units_that_fit
from polypref.stages.shares import SourceShares
from tests.stages.balancing import Row, Shared, check, check_funnel, share
from tests.stages.test_grown_mixtures import grow, release, training

TAGS = ("de", "he")


def flip(group: str, language: str = "de", criteria: int = 2) -> list[Row]:
    """The same two answers by several criteria, which prefer now the one and now the other."""
    sides = ("long", "short"), ("short", "long")
    return [Row(group, language, prompt=n, won=sides[n % 2][0], lost=sides[n % 2][1]) for n in range(criteria)]


def single(group: str, language: str = "de") -> Row:
    return Row(group, language, won="long", lost="short")


def flips_of(rows: Iterable[Row]) -> list[list[Row]]:
    """The flips among pairs, by their definition: the same turns and texts, another prompt and another winner."""
    met: Mapping[tuple[str, str, frozenset[str]], list[Row]] = defaultdict(list)
    for row in rows:
        if row.reason is None and row.won:
            met[row.language, row.leak_group, frozenset((row.won, row.lost))].append(row)
    return [
        own for own in met.values() if len({row.prompt_id for row in own}) > 1 and len({row.won for row in own}) > 1
    ]


def assert_whole(shared: Shared, rows: Sequence[Row], mixtures: Iterable[str]) -> None:
    for own in flips_of(rows):
        assert len({shared.split(row) for row in own}) == 1, "sides of a flip are in two splits, or some are left out"
        for name in mixtures:
            taken = {row in shared.train(name).get(row.language, ()) for row in own}
            assert len(taken) == 1, f"{name} has a part of a flip"


@st.composite
def worlds(draw: st.DrawFn) -> list[Row]:
    """Groups in two languages: single pairs, flips of two or three criteria, and pairs that two criteria see alike."""
    rows = [single("anchor", tag) for tag in TAGS]
    for n, kinds in enumerate(draw(st.lists(st.tuples(*[st.integers(0, 4)] * 2), min_size=4, max_size=10))):
        for tag, kind in zip(TAGS, kinds, strict=True):
            group = f"g{n:02}"
            rows += [single(group, tag)] if kind in (1, 4) else flip(group, tag, kind) if kind in (2, 3) else []
            rows += [replace(single(group, tag), prompt=1)] if kind == 4 else []
    return rows


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(
    worlds(),
    st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True),
    st.sampled_from(["any", "distinct", "parallel"]),
    st.sampled_from([None, SourceShares({"s": 2.0, "t": 1.0}), SourceShares(at_most={"s": 3})]),
    st.integers(0, 3),
)
def test_flips_stay_in_one_split_and_are_published_together(rows, quotas, prompts, shares, seed) -> None:
    mixtures = [Mixture(f"m{n}", per_language=n, prompts=prompts) for n in quotas]
    split = Split(0.2, seed)
    sources = {row.group: ["s" if int(row.group[1:] or 0) % 2 else "t"] for row in rows if row.group != "anchor"}
    sources["anchor"] = ["t"]
    try:
        shared = share(rows, mixtures, split, shares=shares, sources=sources)
    except UserError as error:
        assert "is empty" in str(error)
        return
    check(shared, split)
    assert_whole(shared, rows, [one.name for one in mixtures])
    counted = {tag: shared.funnel[tag, FLIPPED, ""] for tag in TAGS}
    written = dict.fromkeys(TAGS, 0)
    for own in flips_of(rows):
        written[own[0].language] += len(own) * (own[0].pair_id in shared.ranked)
    assert counted == written


def test_a_quota_is_filled_with_others_where_it_would_end_inside_a_flip() -> None:
    rows = [*flip("a"), *flip("b"), *flip("c"), single("d"), single("e")]
    for number in range(1, 9):
        shared = share(rows, [Mixture("m", per_language=number)], Split(0))
        assert shared.mixtures["m"]["de"].given == number and len(shared.train("m")["de"]) == number
        assert_whole(shared, rows, ["m"])


def test_a_quota_that_only_flips_could_fill_has_less() -> None:
    rows = [*flip("a"), *flip("b")]
    shared = share(rows, [Mixture("m", per_language=3), Mixture("all")], Split(0))
    assert (shared.mixtures["m"]["de"].asked, shared.mixtures["m"]["de"].given) == (3, 2)
    assert shared.mixtures["all"]["de"].given == 4
    with pytest.raises(UserError, match="mixture 'm' is empty: it asks for fewer pairs than the same two answers have"):
        share(rows, [Mixture("m", per_language=1)], Split(0))


def test_a_distinct_mixture_has_both_sides_in_one_language() -> None:
    rows = [row for n in range(12) for tag in TAGS for row in flip(f"g{n:02}", tag)]
    shared = share(rows, [Mixture("m", prompts="distinct")], Split(0))
    assert_whole(shared, rows, ["m"])
    taken = {tag: {row.group for row in own} for tag, own in shared.train("m").items()}
    assert taken["de"] and taken["he"] and not taken["de"] & taken["he"]
    assert sum(len(own) for own in shared.train("m").values()) == 24


def test_sides_of_two_groups_are_in_one_language_too() -> None:
    rows = [
        replace(row, group=f"{group}-{row.prompt}", leak=group)
        for group in (f"g{n:02}" for n in range(12))
        for tag in TAGS
        for row in flip(group, tag)
    ]
    shared = share(rows, [Mixture("m", prompts="distinct")], Split(0))
    assert_whole(shared, rows, ["m"])
    assert sum(len(own) for own in shared.train("m").values()) == 24


def test_a_parallel_mixture_has_the_flips_that_all_languages_have() -> None:
    rows = [
        *flip("a", "de"),
        *flip("a", "he"),
        *flip("b", "de"),
        single("b", "he"),
        single("c", "de"),
        single("c", "he"),
    ]
    shared = share(rows, [Mixture("m", prompts="parallel")], Split(0))
    assert {tag: {row.group for row in own} for tag, own in shared.train("m").items()} == {
        "de": {"a", "c"}, "he": {"a", "c"}
    }  # fmt: skip
    assert_whole(shared, rows, ["m"])


def test_lengths_are_balanced_without_tearing_flips() -> None:
    rows = [*flip("a"), *flip("b", criteria=3), *(single(f"s{n}") for n in range(4))]
    shared = share(rows, [Mixture("m")], Split(0, length_balanced=True))
    assert_whole(shared, rows, ["m"])


@settings(max_examples=5, deadline=None)
@given(worlds(), st.integers(1, 6), st.sampled_from(["any", "distinct"]), st.integers(0, 3))
def test_in_a_later_version_a_mixture_has_a_flip_whole_or_not(rows, most, prompts, seed) -> None:
    # Of every flip the earlier version had one side alone.
    before = [row for row in rows if not row.prompt]
    mixtures = [Mixture("m", per_language=most, prompts=prompts), Mixture("all")]
    try:
        first = share(before, mixtures, Split(0, seed))
        later = grow(first, rows, mixtures, Split(0, seed))
    except UserError as error:
        assert "is empty" in str(error)
        return
    for name in ("m", "all"):
        members = training(later, name)
        assert {tag: quota.given for tag, quota in later.mixtures[name].items() if quota.given} == {
            tag: len(own) for tag, own in members.items()
        }
        for own in flips_of(rows):
            assert len({row in members[row.language] for row in own}) == 1, f"{name} has a part of a flip"


def assert_filled(rows: Iterable[Row], members: Iterable[Row], quota: int) -> None:
    """A mixture of any prompts has as many pairs as it can: none is left that has room, alone or with its flip."""
    members, flips = set(members), flips_of(rows)
    in_flips = {row for own in flips for row in own}
    room = quota - len(members)
    assert room >= 0
    left = [1 for row in rows if row not in in_flips and row not in members]
    left += [len(own) for own in flips if not members & set(own)]
    assert all(size > room for size in left), "a pair is left for which there is room"


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(worlds(), st.lists(st.integers(1, 9), min_size=1, max_size=2, unique=True), st.integers(0, 3))
def test_quotas_are_full_as_far_as_flips_let_them(rows, quotas, seed) -> None:
    # Of every flip the first version has one side alone; the second is also built without it.
    mixtures = [Mixture(f"m{n}", per_language=n) for n in quotas] + [Mixture("all")]
    try:
        first = share([row for row in rows if not row.prompt], mixtures, Split(0, seed))
        later, fresh = grow(first, rows, mixtures, Split(0, seed)), share(rows, mixtures, Split(0, seed))
    except UserError as error:
        assert "is empty" in str(error)
        return
    for mixture in mixtures:
        for tag in TAGS:
            own = [row for row in rows if row.language == tag]
            most = mixture.per_language or len(own)
            assert_filled(own, training(later, mixture.name)[tag], most)
            assert_filled(own, fresh.train(mixture.name)[tag], most)
    for shared in (later, fresh):
        check_funnel(shared, {tag: sum(row.language == tag for row in rows) for tag in TAGS})


def test_a_later_version_fills_its_quota_and_says_which_rows_had_to_leave() -> None:
    flips = [*flip("a"), *flip("b"), *flip("c")]
    mixtures = [Mixture("m", per_language=3, shortage="error")]
    first = share([row for row in flips if not row.prompt], mixtures, Split(0))
    later = grow(first, [*flips, single("d"), single("e")], mixtures, Split(0))
    # Room for one flip, and for one of the pairs without: two of the three rows of the first version have to leave.
    assert later.mixtures["m"]["de"].given == 3 and len(training(later, "m")["de"]) == 3
    assert later.funnel["de", "skipped", LEFT_WITH_FLIP] == 2
    assert later.funnel["de", "skipped", "beyond_every_quota"] == 3
    assert later.notes[-1] == (
        "mixture 'm' no longer has rows of the earlier version that a criterion turns round, as it has no room for all "
        "sides: de 2; ask for more of each language to keep them"
    )


def test_no_pair_leaves_a_mixture_for_a_new_side_of_another() -> None:
    before = [single("d"), single("e"), flip("a")[0], flip("b")[0]]
    mixtures = [Mixture("m", per_language=4)]
    first = share(before, mixtures, Split(0))
    later = grow(first, [*before, flip("a")[1], flip("b")[1]], mixtures, Split(0))
    now = training(later, "m")["de"]
    assert {single("d"), single("e")} <= set(now) and len(now) == 4
    assert later.funnel["de", "skipped", LEFT_WITH_FLIP] == 1


def test_a_quota_that_flips_leave_short_is_an_error_where_it_must_be_full() -> None:
    rows = [*flip("a"), *flip("b")]
    mixtures = [Mixture("m", per_language=3, shortage="error")]
    with pytest.raises(UserError, match="mixture 'm' cannot be filled: de 2 of 3 training pairs, as what is left are"):
        share(rows, mixtures, Split(0))
    first = share([*rows[::2], single("c")], mixtures, Split(0))
    with pytest.raises(UserError, match="mixture 'm' cannot be filled: de 2 of 3 training pairs"):
        share(rows, mixtures, Split(0), None, earlier=release(first, [single("c")]))


def test_a_smaller_flip_comes_into_the_place_of_a_larger_one() -> None:
    assert units_that_fit([("a", 3), ("b", 2), ("c", 2), ("d", 1)], 4) == (["a", "d"], 0)
    rows = [*flip("a", criteria=3), *flip("b", criteria=3), *flip("c")]
    for seed in range(3):
        assert share(rows, [Mixture("m", per_language=5)], Split(0, seed)).mixtures["m"]["de"].given == 5
