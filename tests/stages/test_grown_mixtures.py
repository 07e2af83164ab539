"""A later version: released rows keep their ranks and their mixtures, and new ones stand behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.release.pieces import Piece, cut_files
from polypref.stages import later_versions
from polypref.stages.balance import Mixture, Split
from polypref.stages.released import ReleasedRows
from polypref.stages.shares import SourceShares
from tests.stages.balancing import LANGUAGES, Row, Shared, check_funnel, complete, md5, share, worlds
from tests.stages.test_later_versions import released as assignment

ANY = (
    Mixture("all"),
    Mixture("few", per_language=3),
    Mixture("total", total=14),
    Mixture("alpha", total=17, alpha=0.4),
    Mixture("moved", ("el", "ja", "uk"), total=10, shortage="redistribute"),
)
DISTINCT = (
    Mixture("all"),
    Mixture("few", per_language=2),
    Mixture("wide", per_language=3, prompts="distinct"),
    Mixture("narrow", ("el", "ja"), total=7, prompts="distinct"),
)
PARALLEL = (
    Mixture("any", per_language=4),
    Mixture("wide", LANGUAGES, per_language=3, prompts="parallel"),
    Mixture("narrow", ("el", "ja"), per_language=5, prompts="parallel"),
)


def files_of(shared: Shared, rows: int = 4) -> list[tuple[Piece, list[Row]]]:
    """The files of a release with their rows in order."""
    places = {(row.language, *shared.ranked[row.pair_id]): row for row in shared.rows if row.pair_id in shared.ranked}
    return [
        (piece, [places[piece.language, piece.split, rank] for rank in range(piece.first, piece.last + 1)])
        for piece in cut_files(shared.mixtures, rows, shared.ranges)
    ]


def release(shared: Shared, gone: Iterable[Row] = (), rows: int = 4) -> ReleasedRows:
    """A release as a later version reads it, without rows that were taken back."""
    lost, files = set(gone), files_of(shared, rows)
    kept = [
        (row.pair_id, row.language, piece.split == "test", rank, number)
        for number, (piece, of_file) in enumerate(files)
        for rank, row in enumerate(of_file, piece.first)
        if row not in lost
    ]
    kinds = (pa.string(), pa.string(), pa.bool_(), pa.int64(), pa.int32())
    columns = [pa.array(values, kind) for values, kind in zip(zip(*kept, strict=True), kinds, strict=True)]
    mixtures = defaultdict(list)
    for number, (piece, _) in enumerate(files):
        for name in piece.mixtures if piece.split == "train" else ():
            mixtures[name].append(number)
    return ReleasedRows(pa.table(columns, names=["pair_id", "language", "test", "rank", "file"]), mixtures)


def grow(first: Shared, rows: Iterable[Row], mixtures: Sequence[Mixture], split: Split, **options: object) -> Shared:
    return share(rows, mixtures, split, assignment(first), earlier=release(first), **options)  # type: ignore[arg-type]


def training(shared: Shared, mixture: str) -> dict[str, list[Row]]:
    """Language -> the training rows of a mixture in their order."""
    rows = defaultdict(list)
    for piece, of_file in files_of(shared):
        if piece.split == "train" and mixture in piece.mixtures:
            rows[piece.language] += of_file
    return rows


def check_grown(shared: Shared, mixtures: Sequence[Mixture]) -> None:
    """What holds for every later version."""
    check_funnel(shared, {tag: sum(r.language == tag and r.reason is None for r in shared.rows) for tag in LANGUAGES})
    assert shared.ranges is not None
    for one, other in pairwise(shared.ranges):
        together = (one.language, one.split) == (other.language, other.split)
        assert other.first == (one.last + 1 if together else 0) and one.first <= one.last
    for mixture in mixtures:
        rows, quotas = training(shared, mixture.name), shared.mixtures[mixture.name]
        assert {tag: len(of_tag) for tag, of_tag in rows.items()} == {t: q.given for t, q in quotas.items() if q.given}
        if mixture.total:
            assert sum(quota.given for quota in quotas.values()) <= mixture.total
        for quota in quotas.values():
            most = quota.asked if mixture.total is None else quota.given
            assert quota.given == min(most, quota.available)
        groups = [row.group for of_tag in rows.values() for row in of_tag]
        if mixture.prompts == "distinct":
            assert len(set(groups)) == len(groups)
        if mixture.prompts == "parallel":
            assert len({frozenset(row.group for row in rows[tag]) for tag in mixture.languages or ()}) == 1
    # A file for each language, split and set of mixtures, and few more.
    counts = defaultdict(int)
    for one in shared.ranges:
        counts[one.language, one.split] += 1
    assert max(counts.values()) <= 4 * len(mixtures)


def world_of_two(old: list[Row], new: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of two versions, of which the second has those of the first."""
    first_leak = {row.group: row.leak for row in old}
    added = [replace(row, leak=first_leak.get(row.group, row.leak)) for row in new if row.reason is None]
    kept = {row.pair_id for row in old}
    return [*old, *complete(4)], [*old, *complete(4), *(row for row in added if row.pair_id not in kept)]


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(worlds(), worlds(), st.integers(0, 5), st.sampled_from([ANY, DISTINCT, PARALLEL]))
def test_added_answers_leave_every_mixture_its_rows(
    old: list[Row], new: list[Row], seed: int, mixtures: Sequence[Mixture]
) -> None:
    rows, more = world_of_two(old, new)
    first = share(rows, mixtures, Split(0.2, seed))
    second = grow(first, more, mixtures, Split(0.2, seed))
    check_grown(second, mixtures)
    for mixture in mixtures:
        then, now = training(first, mixture.name), training(second, mixture.name)
        assert all(set(then[tag]) <= set(now[tag]) for tag in then), mixture.name
    for row in first.rows:
        if row.pair_id in first.ranked:
            assert second.split(row) == first.split(row)
            if mixtures is ANY:
                assert second.ranked[row.pair_id] == first.ranked[row.pair_id], "a released row has moved"


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(worlds(), worlds(), worlds(), st.integers(0, 5), st.integers(1, 99))
def test_the_order_is_that_of_first_version_and_hash_and_of_nothing_else(
    one: list[Row], two: list[Row], three: list[Row], seed: int, mix: int
) -> None:
    rows, more = world_of_two(one, two)
    _, most = world_of_two(more, three)
    split = Split(0, seed)
    first = share(rows, ANY, split)
    second = grow(first, more, ANY, split)
    third = grow(second, most, ANY[:1], split)
    version = {row.pair_id: number for number, shared in ((3, third), (2, second), (1, first)) for row in shared.rows}
    version = {pair: number for pair, number in version.items() if pair in third.ranked}
    for tag in LANGUAGES:
        there = [row.pair_id for row in most if row.language == tag and row.pair_id in third.ranked]
        by_rank = sorted(set(there), key=lambda pair: third.ranked[pair][1])
        assert by_rank == sorted(set(there), key=lambda pair: (version[pair], md5(f"{seed}:{pair}")))
    again = grow(second, most, ANY[:1], split, mix=mix)
    assert again.parts == third.parts and again.ranges == third.ranges


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(worlds(), worlds(), st.integers(0, 5), st.sampled_from([ANY, DISTINCT, PARALLEL]), st.data())
def test_what_is_taken_back_frees_places_and_takes_no_other_row_with_it(
    old: list[Row], new: list[Row], seed: int, mixtures: Sequence[Mixture], data: st.DataObject
) -> None:
    rows, more = world_of_two(old, new)
    first = share(rows, mixtures, Split(0, seed))
    groups = sorted({row.group for row in first.rows if row.pair_id in first.ranked})
    taken_back = data.draw(st.sampled_from(groups))
    gone = {row for row in more if row.group == taken_back}
    left = [row for row in more if row not in gone]
    second = share(left, mixtures, Split(0, seed), assignment(first), earlier=release(first, gone))
    check_grown(second, mixtures)
    for mixture in mixtures:
        then, now = training(first, mixture.name), training(second, mixture.name)
        assert all(set(then[tag]) - gone <= set(now[tag]) for tag in then), mixture.name


def test_a_place_that_became_free_goes_to_the_row_that_stands_next() -> None:
    rows, mixtures = [Row(f"g{n}", "el") for n in range(12)], (Mixture("all"), Mixture("few", per_language=5))
    first = share(rows, mixtures, Split(0))
    few, every = training(first, "few")["el"], training(first, "all")["el"]
    gone = few[2]
    left = [row for row in rows if row != gone]
    second = share([*left, Row("new", "el")], mixtures, Split(0), assignment(first), earlier=release(first))
    assert training(second, "few")["el"] == [*few[:2], *few[3:], every[5]]
    assert training(second, "all")["el"] == [*every[:2], *every[3:], Row("new", "el")]
    assert second.notes == [
        "mixture 'all' has other rows in the places of those that are gone since the earlier version: el 1 gone, 0 in "
        "from other mixtures, 1 new",
        "mixture 'few' has other rows in the places of those that are gone since the earlier version: el 1 gone, 1 in "
        "from other mixtures, 0 new",
    ]


def test_a_language_keeps_its_share_of_a_total_when_another_gets_more_pairs() -> None:
    def natural(numbers: dict[str, int]) -> list[Row]:
        return [Row(f"{tag}{n}", tag) for tag, number in numbers.items() for n in range(number)]

    mixtures = [Mixture("m", total=20, alpha=1.0)]
    first = share(natural({"el": 30, "ja": 10}), mixtures, Split(0))
    assert {tag: quota.given for tag, quota in first.mixtures["m"].items()} == {"el": 15, "ja": 5}
    # By nature el would have 10 of 20 now, and lose five that were released.
    second = grow(first, natural({"el": 30, "ja": 30}), mixtures, Split(0))
    assert {tag: quota.given for tag, quota in second.mixtures["m"].items()} == {"el": 15, "ja": 5}
    # A smaller total is what somebody asked for.
    third = grow(first, natural({"el": 30, "ja": 30}), [Mixture("m", total=10, alpha=1.0)], Split(0))
    assert {tag: quota.given for tag, quota in third.mixtures["m"].items()} == {"el": 5, "ja": 5}


@pytest.mark.slow
@pytest.mark.parametrize("then", [(), ("el",)])
@pytest.mark.parametrize("seed", range(4))
def test_a_new_mixture_of_distinct_prompts_takes_no_row_from_another(then: tuple[str, ...], seed: int) -> None:
    # Its prompts stand all over the ranks, those that "few" has among them, and go behind the others.
    rows = [Row(f"g{n:02}", tag) for n in range(14) for tag in ("el", "ja")]
    old = (Mixture("all"), Mixture("few", per_language=5))
    grown = Mixture("distinct", per_language=6, prompts="distinct")
    first = share(rows, [*old, replace(grown, languages=then)] if then else old, Split(0, seed))
    second = grow(first, rows, [*old, grown], Split(0, seed))
    check_grown(second, [*old, grown])
    assert any(second.ranked[row.pair_id] != first.ranked[row.pair_id] for row in rows), "no row has moved"
    for mixture in old:
        now = training(second, mixture.name)
        assert all(set(of_tag) <= set(now[tag]) for tag, of_tag in training(first, mixture.name).items())
    assert not [note for note in second.notes if "'few'" in note or "'all'" in note]


def test_a_prompt_stays_in_the_language_in_which_it_was_released() -> None:
    first_rows = [Row(f"g{n}", "el") for n in range(20)]
    mixtures = [Mixture("d", prompts="distinct")]
    first = share(first_rows, mixtures, Split(0))
    more = [*first_rows, *(replace(row, language="ja") for row in first_rows)]
    second = grow(first, more, mixtures, Split(0))
    assert set(training(second, "d")["el"]) == set(first_rows) and not training(second, "d")["ja"]
    fresh = share(second.rows, mixtures, Split(0))
    assert 0 < len(fresh.train("d")["ja"]) < 20


def test_sources_take_turns_behind_what_was_released() -> None:
    names = {f"a{n}": ["a"] for n in range(8)} | {f"b{n}": ["b"] for n in range(8)}
    rows = [Row(name, "el") for name in names]
    equal = SourceShares(weights={"a": 1.0, "b": 1.0})
    first = share(rows[:8] + rows[8:9], split=Split(0), shares=equal, sources=names)
    second = grow(first, rows, [Mixture("all")], Split(0), shares=equal, sources=names)
    order = [row.group[0] for row in training(second, "all")["el"]]
    assert order[:9] == [row.group[0] for row in training(first, "all")["el"]]
    assert order[9:] == ["b"] * 7  # eight of a stand before them already


Sized = Callable[[int], None]


@pytest.fixture
def whole_file(monkeypatch: pytest.MonkeyPatch) -> Sized:
    return lambda rows: monkeypatch.setattr(later_versions, "WHOLE_FILE", rows)


@pytest.mark.parametrize(("least", "ends"), [(2, [3, 7, 9, 12]), (4, [3, 7, 12]), (5, [12])])
def test_large_files_stay_and_small_ones_are_written_with_what_follows(
    whole_file: Sized, least: int, ends: list[int]
) -> None:
    whole_file(least)
    rows = [Row(f"g{n}", "el") for n in range(13)]
    first = share(rows[:10], split=Split(0))  # files of 4, 4 and 2 rows
    second = grow(first, rows, [Mixture("all")], Split(0))
    assert second.ranges is not None
    assert [one.last for one in second.ranges] == ends


def test_a_release_that_says_nothing_of_its_mixtures_keeps_its_order() -> None:
    rows = [Row(f"g{n}", "el") for n in range(12)]
    mixtures = (Mixture("all"), Mixture("few", per_language=5))
    first = share(rows[:8], mixtures, Split(0))
    silent = replace(release(first), mixtures={})
    second = share(rows, mixtures, Split(0), assignment(first), earlier=silent)
    assert training(second, "few")["el"] == training(first, "few")["el"]
    assert training(second, "all")["el"][:8] == training(first, "all")["el"]


def test_an_earlier_version_with_an_id_twice_is_refused() -> None:
    rows = [Row(f"g{n}", "el") for n in range(4)]
    first = share(rows, split=Split(0))
    twice = replace(release(first), rows=pa.concat_tables([release(first).rows] * 2))
    with pytest.raises(UserError, match=r"the earlier version has 4 rows whose id another has; get it again"):
        share(rows, split=Split(0), previous=assignment(first), earlier=twice)
