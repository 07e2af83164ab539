"""Languages of which the hash sends nothing to test: from ten leak groups on a language has a test pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.balance import Mixture, Split
from polypref.stages.counts import NotDrawn
from polypref.stages.shares import SourceShares
from tests.stages.balancing import LANGUAGES, Row, Shared, check, check_funnel, complete, is_drawn, md5, share
from tests.stages.test_flips import flip
from tests.stages.test_grown_mixtures import grow

#: A share so small that the hash draws nothing.
TINY = Split(1e-12)
ALL = [Mixture("all")]


def by_hash(groups: int) -> list[str]:
    """Names of groups, that with the lowest hash first."""
    return sorted((f"g{n:02}" for n in range(groups)), key=lambda name: md5(f"0:split:{name}"))


def in_test(shared: Shared) -> set[str]:
    return {row.leak_group for row in shared.rows if shared.split(row) == "test"}


def kept_groups(rows: Iterable[Row]) -> dict[str, set[str]]:
    groups = defaultdict(set)
    for row in rows:
        if row.reason is None:
            groups[row.language].add(row.leak_group)
    return groups


@st.composite
def small_worlds(draw: st.DrawFn) -> list[Row]:
    """Up to 30 groups, most of one or two languages, some leaking into others, some with pairs that are rejected."""
    tags = st.sets(st.sampled_from(LANGUAGES[:4]), min_size=1, max_size=3)
    rows = [Row("anchor", LANGUAGES[0])]
    for n, (leak, own, more) in enumerate(
        draw(st.lists(st.tuples(st.integers(0, 40), tags, st.integers(0, 9)), min_size=12, max_size=30))
    ):
        for tag in sorted(own):
            base = Row(f"g{n:02}", tag, f"leak{leak}" if leak < 4 else "", reason="repetition" if more == 9 else None)
            rows += [base, replace(base, pair=1)] if more & 1 else [base]
    return rows


# By hand


@pytest.mark.parametrize("groups", [9, 10, 60])
def test_of_ten_groups_or_more_the_one_with_the_lowest_hash_is_in_test(groups: int) -> None:
    names = by_hash(groups)
    shared = share([Row(name, "el", pair=pair) for name in names for pair in (0, 1)], split=TINY)
    assert in_test(shared) == ({names[0]} if groups >= 10 else set())
    assert shared.mixtures["all"]["el"].test == (2 if groups >= 10 else 0)
    assert shared.not_drawn == [NotDrawn("el", groups, int(groups >= 10), groups - (groups >= 10))]
    assert shared.funnel["el", "kept", "test"] == shared.mixtures["all"]["el"].test
    check(shared, TINY)


def test_pairs_that_were_rejected_make_no_group() -> None:
    rows = [Row(f"g{n}", "el", reason="repetition" if n == 9 else None) for n in range(10)]
    assert in_test(share(rows, split=TINY)) == set()


def test_several_pairs_of_a_group_are_one_group() -> None:
    rows = [Row(f"g{n}", "el", leak=f"x{n % 9}", pair=pair) for n in range(40) for pair in (0, 1)]
    shared = share(rows, split=TINY)
    assert in_test(shared) == set() and shared.not_drawn == [NotDrawn("el", 9, 0, 9)]


def test_a_prompt_in_all_languages_is_a_test_prompt_of_them_all() -> None:
    shared = share(complete(12), split=TINY)
    names = sorted({row.group for row in shared.rows}, key=lambda name: md5(f"0:split:{name}"))
    assert in_test(shared) == {names[0]}
    assert shared.not_drawn == [NotDrawn(tag, 12, 1, 11) for tag in LANGUAGES]


def test_a_language_that_another_ones_group_serves_takes_none() -> None:
    # ja could take `second`, which el has too; el alone would take `lowest`.
    lowest, second, *others = by_hash(20)
    rows = [Row(name, "el") for name in (lowest, second, *others[:8])]
    rows += [Row(name, "ja") for name in (second, *others[8:17])]
    assert in_test(share(rows, split=TINY)) == {second}
    # Without it in el each takes its own.
    rows = [replace(row, group=others[17]) if row == Row(second, "el") else row for row in rows]
    assert in_test(share(rows, split=TINY)) == {lowest, second}


def test_a_language_with_a_group_that_is_drawn_takes_no_other() -> None:
    names = by_hash(40)
    share_of_two = (int(md5(f"0:split:{names[1]}")[:13], 16) + 1) / 2**52
    shared = share([Row(name, "el") for name in names], split=Split(share_of_two))
    assert in_test(shared) == set(names[:2]) and shared.not_drawn == []


def test_a_small_language_has_its_pair_of_anothers_group_in_test() -> None:
    names = by_hash(10)
    rows = [Row(name, "el") for name in names] + [Row(name, "ja") for name in names[:3]]
    shared = share(rows, split=TINY)
    assert in_test(shared) == {names[0]}
    assert shared.not_drawn == [NotDrawn("el", 10, 1, 9), NotDrawn("ja", 3, 1, 2)]


def test_the_last_group_that_a_language_has_in_train_stays_there() -> None:
    names = by_hash(12)
    rows = [Row(name, "el") for name in names] + [Row(names[0], "ja"), Row(names[0], "ja", pair=1)]
    shared = share(rows, split=TINY)
    assert in_test(shared) == {names[1]} and shared.mixtures["all"]["ja"].given == 2


def test_where_each_group_is_the_last_of_a_language_none_goes() -> None:
    names = by_hash(10)
    rows = [Row(name, "el") for name in names] + [Row(name, f"x{n}") for n, name in enumerate(names)]
    shared = share(rows, split=TINY)
    assert in_test(shared) == set() and shared.not_drawn[0] == NotDrawn("el", 10, 0, 10)


def test_no_share_is_no_test() -> None:
    shared = share(complete(30), split=Split(0))
    assert in_test(shared) == set() and shared.not_drawn == []


def test_what_a_source_has_beyond_its_most_is_no_group() -> None:
    rows = [Row(name, "el") for name in by_hash(14)]
    sources = {row.group: ["a" if number < 7 else "b"] for number, row in enumerate(rows)}
    whole = share(rows, split=TINY, shares=SourceShares(at_most={"a": 3}), sources=sources)
    assert [one.groups for one in whole.not_drawn] == [10] and len(in_test(whole)) == 1
    less = share(rows, split=TINY, shares=SourceShares(at_most={"a": 2}), sources=sources)
    assert [one.groups for one in less.not_drawn] == [9] and in_test(less) == set()


def test_the_sides_of_a_flip_go_together() -> None:
    shared = share([row for name in by_hash(10) for row in flip(name)], split=TINY)
    assert shared.mixtures["all"]["de"].test == 2 and in_test(shared) == {by_hash(10)[0]}


# By property


@settings(max_examples=8, deadline=None)
@given(small_worlds(), st.sampled_from([1e-12, 0.02, 0.07]), st.integers(0, 5), st.integers(1, 99))
def test_every_language_of_ten_groups_has_a_test_pair_and_no_group_goes_in_vain(
    rows: list[Row], test: float, seed: int, mix: int
) -> None:
    split = Split(test, seed)
    shared = share(rows, ALL, split)
    check(shared, split)
    groups, tested = kept_groups(rows), in_test(shared)
    assert all(own & tested for own in groups.values() if len(own) >= 10)
    assert all(own - tested for tag, own in groups.items() if not all(is_drawn(one, split) for one in own))
    moved = {one for one in tested if not is_drawn(one, split)}
    for one in moved:
        alone = [tag for tag, own in groups.items() if len(own) >= 10 and own & tested == {one}]
        assert alone, "a group went to test that no language needs there"
    assert {one.language for one in shared.not_drawn} == {
        tag for tag, own in groups.items() if not any(is_drawn(name, split) for name in own)
    }
    for one in shared.not_drawn:
        own = groups[one.language]
        assert (one.groups, one.test, one.free) == (len(own), len(own & tested), len(own - tested))
    assert share(rows, ALL, split, mix=mix).parts == shared.parts, "the order of rows counts"
    few = share(rows, [Mixture("few", LANGUAGES[:1], per_language=2)], split)
    assert all(few.ranked[pair][0] == shared.ranked[pair][0] for pair in few.ranked), "the mixtures count"


# Later versions


def release_of(rows: Sequence[Row]) -> Shared:
    """What a version released whose hash drew no test pair, as those before 0.3 could: all is in train."""
    return share(rows, ALL, Split(0))


def grown(first: Shared, rows: Iterable[Row], split: Split = TINY) -> Shared:
    return grow(first, [*first.rows, *rows], ALL, split)


def test_a_later_version_takes_a_new_group_and_none_that_was_released_in_train() -> None:
    names = by_hash(20)
    old, new = names[:12], names[12:]
    second = grown(release_of([Row(name, "el") for name in old]), [Row(name, "el") for name in new])
    assert in_test(second) == {new[0]} and second.not_drawn == [NotDrawn("el", 20, 1, 7)]
    third = grown(second, [Row("late", "el")])
    assert in_test(third) == {new[0]} and third.not_drawn == [NotDrawn("el", 21, 1, 1)]


def test_where_all_was_released_in_train_there_is_none_and_it_says_so() -> None:
    first = release_of([Row(name, "el") for name in by_hash(12)])
    second = grown(first, [])
    assert second.not_drawn == [NotDrawn("el", 12, 0, 0)]
    assert second.ranked == first.ranked and second.mixtures == first.mixtures


def test_new_pairs_of_a_released_group_are_no_new_group() -> None:
    first = release_of([Row(name, "el") for name in by_hash(12)])
    second = grown(first, [replace(row, pair=1) for row in first.rows] + [replace(row, prompt=1) for row in first.rows])
    assert in_test(second) == set() and second.not_drawn == [NotDrawn("el", 12, 0, 0)]
    # Nor is a prompt in another language of such a group: its translations are trained on.
    second = grown(first, [Row(row.group, "ja") for row in first.rows])
    assert in_test(second) == set()


def test_a_group_that_grew_to_ten_takes_what_is_new() -> None:
    names = by_hash(10)
    first = share([Row(name, "el") for name in names[:8]], ALL, TINY)
    assert in_test(first) == set()
    assert in_test(grown(first, [Row(name, "el") for name in names[8:]])) == {names[8]}


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(small_worlds(), small_worlds(), st.sampled_from([0.0, 1e-12, 0.05]), st.integers(0, 3), st.integers(1, 99))
def test_a_later_version_moves_no_released_row_and_tests_what_can_be(
    old: list[Row], new: list[Row], before: float, seed: int, mix: int
) -> None:
    first_leak = {row.group: row.leak for row in old}
    new = [replace(row, leak=first_leak.get(row.group, row.leak)) for row in new]
    kept = {row.pair_id for row in old}
    first = share(old, ALL, Split(before, seed))
    split = Split(0.05, seed)
    rows = [*old, *(row for row in new if row.pair_id not in kept)]
    second = grow(first, rows, ALL, split)
    for row in first.rows:
        if row.pair_id in first.ranked:
            assert second.ranked[row.pair_id] == first.ranked[row.pair_id], "a released row has moved"
    released = {row.leak_group for row in first.rows if row.pair_id in first.ranked}
    groups, tested = kept_groups(row for row in rows if row.pair_id in second.ranked), in_test(second)
    last = {one for own in groups.values() if len(own - tested) == 1 for one in own - tested}
    for own in groups.values():
        assert len(own) < 10 or own & tested or own <= released | last
    check_funnel(second, {tag: sum(r.language == tag and r.reason is None for r in rows) for tag in LANGUAGES[:4]})
    assert grow(first, rows, ALL, split, mix=mix).parts == second.parts


def test_a_mixture_that_cannot_be_filled_for_the_test_pair_says_so() -> None:
    rows = [Row(name, "el") for name in by_hash(10)]
    mixture = Mixture("m", per_language=10, shortage="error")
    assert share(rows, [mixture], Split(0)).mixtures["m"]["el"].given == 10
    with pytest.raises(UserError, match="'m' cannot be filled: el 9 of 10 training pairs"):
        share(rows, [mixture], TINY)
