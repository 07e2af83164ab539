"""Splits, ranks and mixtures over real Parquet parts."""

from __future__ import annotations

import hashlib
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema, sql
from polypref.errors import UserError
from polypref.stages.balance import Mixture, Split, balance, quotas, share_out, tier_sets
from polypref.stages.pool import Funnel
from polypref.store import Stage

LANGUAGES = ("ar", "el", "ja", "uk", "zh")
BUCKETS = 3


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@dataclass(frozen=True)
class Row:
    """A pair as balance sees it; `leak` is the leak_group, the group itself where not given."""

    group: str
    language: str
    leak: str = ""
    prompt: int = 0
    pair: int = 0
    reason: str | None = None

    @property
    def prompt_id(self) -> str:
        return md5(f"{self.group} {self.language} {self.prompt}")

    @property
    def pair_id(self) -> str:
        return md5(f"{self.prompt_id} {self.pair}")

    @property
    def leak_group(self) -> str:
        return self.leak or self.group


@dataclass(frozen=True)
class Shared:
    """What balance made of rows: pair_id -> (split, rank), its report and funnel, and the bytes of the parts."""

    rows: tuple[Row, ...]
    ranked: dict[str, tuple[str, int]]
    mixtures: dict[str, dict[str, dict[str, int]]]
    funnel: Funnel
    parts: list[bytes]

    def split(self, row: Row) -> str | None:
        """The split a row is in; None when it is in no mixture."""
        return self.ranked.get(row.pair_id, (None, 0))[0]

    def train(self, mixture: str) -> dict[str, set[Row]]:
        """language -> the training rows of a mixture."""
        found: dict[str, set[Row]] = {tag: set() for tag in self.mixtures[mixture]}
        for row in self.rows:
            split, rank = self.ranked.get(row.pair_id, ("", 0))
            if split == "train" and rank < self.mixtures[mixture].get(row.language, {"given": 0})["given"]:
                found[row.language].add(row)
        return found


def share(
    rows: Iterable[Row],
    mixtures: Sequence[Mixture] = (Mixture("all"),),
    split: Split | None = None,
    previous: pa.Table | None = None,
    mix: int = 0,
) -> Shared:
    """Writes the parts of the stages before, runs balance on them and reads what it wrote."""
    rows = tuple(dict.fromkeys(rows))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_parts(root, rows, mix)
        (root / "balance").mkdir()
        stage = Stage(root / "balance", "")
        tables = (sql.parquet(root / f"{name}-*.parquet") for name in ("pairs", "filtered", "index"))
        report, funnel = balance(stage, mixtures, split or Split(0.3), *tables, BUCKETS, previous, root / "scratch")
        ranked, prompts = {}, {row.pair_id: row.prompt_id for row in rows}
        parts = stage.parts("ranked")
        assert len(parts) == BUCKETS
        for number, part in enumerate(parts):
            for r in pq.read_table(part).to_pylist():
                assert r["pair_id"] not in ranked, "a pair is there twice"
                ranked[r["pair_id"]] = (r["split"], r["rank"])
                assert int(prompts[r["pair_id"]][:8], 16) % BUCKETS == number
        return Shared(rows, ranked, report["mixtures"], funnel, [part.read_bytes() for part in parts])


def write_parts(root: Path, rows: Sequence[Row], mix: int) -> None:
    rows = list(rows)
    random.Random(mix).shuffle(rows)
    for number in (0, 1):
        some = rows[number::2]
        ids = [{"pair_id": r.pair_id, "language": r.language} for r in some]
        blank = {"chosen_id": "", "rejected_id": "", "rater": ""}
        pairs = [d | blank | {"prompt_id": r.prompt_id} for d, r in zip(ids, some, strict=True)]
        verdicts = [d | {"flags": [], "reason": r.reason} for d, r in zip(ids, some, strict=True)]
        pq.write_table(pa.Table.from_pylist(pairs, schema.PAIRS), root / f"pairs-{number}.parquet")
        pq.write_table(pa.Table.from_pylist(verdicts, schema.FILTERED), root / f"filtered-{1 - number}.parquet")
        prompts = {r.prompt_id: r for r in rows if int(r.prompt_id, 16) % 2 == number}
        names = ("prompt_id", "language", "group_id", "leak_group")
        found = [(p, r.language, r.group, r.leak_group) for p, r in sorted(prompts.items())]
        index = [pa.array([f[i] for f in found], pa.string()) for i in range(4)]
        pq.write_table(pa.table(index, names=names), root / f"index-{number}.parquet")


def complete(groups: int, languages: Sequence[str] = LANGUAGES) -> list[Row]:
    """So many groups, each with a pair in every language."""
    return [Row(f"g{n:04}", tag) for n in range(groups) for tag in languages]


@st.composite
def worlds(draw: st.DrawFn, languages: Sequence[str] = LANGUAGES) -> list[Row]:
    """Groups in some languages, some with several prompts and pairs, some leaking into others, some pairs rejected."""
    group = st.tuples(st.integers(0, 9), st.sets(st.sampled_from(languages), min_size=1), st.integers(0, 7))
    rows = [Row("anchor", languages[0])]
    for n, (leak, tags, more) in enumerate(draw(st.lists(group, min_size=5, max_size=25))):
        for tag in sorted(tags):
            base = Row(f"g{n:02}", tag, f"leak{leak}" if leak < 5 else "")
            rows.append(base)
            rows += [replace(base, pair=1)] if more & 1 else []
            rows += [replace(base, prompt=1)] if more & 2 else []
            rows += [replace(base, prompt=2, reason="repetition")] if more & 4 else []
    return rows


def check(shared: Shared, split: Split) -> None:
    """What holds for every result, whatever the mixtures."""
    kept = [row for row in shared.rows if row.reason is None]
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    sides: dict[str, set[str]] = defaultdict(set)
    for row in shared.rows:
        if row.pair_id in shared.ranked:
            assert row.reason is None
            name, rank = shared.ranked[row.pair_id]
            places[row.language, name].append(rank)
            sides[row.leak_group].add(name)
            draw = int(md5(f"{split.seed}:split:{row.leak_group}")[:13], 16) / 2**52
            assert name == ("test" if draw < split.test else "train")
    assert all(len(names) == 1 for names in sides.values()), "a leak_group is in two splits"
    assert all(sorted(ranks) == list(range(len(ranks))) for ranks in places.values())
    for quota in shared.mixtures.values():
        for tag, row in quota.items():
            assert 0 <= row["given"] <= row["available"]
            assert row["given"] <= len(places[tag, "train"]) and row["test"] == len(places[tag, "test"])
    for (tag, name), ranks in places.items():
        most = max((q[tag]["given"] for q in shared.mixtures.values() if tag in q), default=0)
        assert name == "test" or len(ranks) == most, "a row of no mixture is written"
    check_funnel(shared, Counter(row.language for row in kept))


def check_funnel(shared: Shared, kept: Mapping[str, int]) -> None:
    """In is kept and rejected and skipped, for every language."""
    for tag, count in kept.items():
        by_outcome = Counter[str]()
        for (language, outcome, _), rows in shared.funnel.items():
            by_outcome[outcome] += rows if language == tag else 0
        assert by_outcome["in"] == count == sum(by_outcome[o] for o in ("kept", "rejected", "skipped"))
        for name in ("train", "test"):
            written = sum(shared.split(row) == name for row in shared.rows if row.language == tag)
            assert shared.funnel[tag, "kept", name] == written
    assert {language for language, _, _ in shared.funnel} == {tag for tag, count in kept.items() if count}


# Splits


@settings(max_examples=12, deadline=None)
@given(worlds(), st.sampled_from([0.0, 0.3, 0.6]), st.integers(0, 5))
def test_no_leak_group_is_in_two_splits(rows: list[Row], test: float, seed: int) -> None:
    split = Split(test, seed)
    try:
        check(share(rows, split=split), split)
    except UserError as error:
        assert "is empty" in str(error) and test > 0


@settings(max_examples=8, deadline=None)
@given(worlds())
def test_a_split_depends_neither_on_mixtures_nor_on_languages(rows: list[Row]) -> None:
    one = share(rows, split=Split(0.4, 3)) if any_train(rows) else None
    few = [row for row in rows if row.language in LANGUAGES[:2]]
    if one and any_train(few):
        mixtures = (Mixture("d", prompts="distinct"), Mixture("t", total=3))
        other = share(few, mixtures, Split(0.4, 3))
        both = one.ranked.keys() & other.ranked.keys()
        assert both and all(one.ranked[pair][0] == other.ranked[pair][0] for pair in both)


def any_train(rows: Iterable[Row], split: Split = Split(0.4, 3)) -> bool:  # noqa: B008
    draws = (int(md5(f"{split.seed}:split:{row.leak_group}")[:13], 16) / 2**52 for row in rows if not row.reason)
    return any(draw >= split.test for draw in draws)


def test_share_of_the_test_split() -> None:
    shared = share([Row(f"g{n}", "el") for n in range(600)], split=Split(0.25))
    # 600 draws at a quarter: 150, standard deviation 10.6; 4 of them either way.
    assert 108 <= shared.mixtures["all"]["el"]["test"] <= 192
    other = share(shared.rows, split=Split(0.25, seed=1))
    assert [shared.split(row) for row in shared.rows] != [other.split(row) for row in shared.rows]


def test_without_a_test_split_everything_is_train() -> None:
    shared = share(complete(6), split=Split(0))
    assert {name for name, _ in shared.ranked.values()} == {"train"} and len(shared.ranked) == 30
    assert {row["test"] for row in shared.mixtures["all"].values()} == {0}


@pytest.mark.parametrize("test", [-0.1, 1, math.nan])
def test_a_test_share_that_makes_no_sense(test: float) -> None:
    with pytest.raises(UserError, match="test share"):
        Split(test)


# Ranks and quotas


@settings(max_examples=8, deadline=None)
@given(worlds(), st.sampled_from(["any", "distinct"]), st.integers(1, 4), st.integers(0, 4))
def test_a_larger_quota_contains_the_smaller(rows: list[Row], prompts: Any, small: int, more: int) -> None:
    def made(quota: int) -> dict[str, set[Row]]:
        return share(rows, [Mixture("m", per_language=quota, prompts=prompts)], Split(0)).train("m")

    one, other = made(small), made(small + more)
    assert all(one[tag] <= other[tag] for tag in one)
    assert all(len(one[tag]) == small or one[tag] == other[tag] for tag in one)


def test_mixtures_of_one_build_are_prefixes_of_one_ranking() -> None:
    mixtures = [Mixture("s", per_language=3), Mixture("l", per_language=8), Mixture("two", ("el", "ja"), total=9)]
    shared = share(complete(12), mixtures, Split(0))
    small, large, two = (shared.train(name) for name in ("s", "l", "two"))
    assert {tag: len(found) for tag, found in two.items()} == {"el": 5, "ja": 4}
    assert all(small[tag] < large[tag] for tag in LANGUAGES)
    assert all(small[tag] < two[tag] < large[tag] for tag in two)
    assert shared.funnel["ar", "skipped", "beyond_every_quota"] == 4
    check(shared, Split(0))


@settings(max_examples=8, deadline=None)
@given(worlds(), st.integers(1, 99))
def test_the_order_of_rows_and_parts_changes_nothing(rows: list[Row], mix: int) -> None:
    mixtures = [Mixture("d", prompts="distinct", total=11), Mixture("a")]
    assert share(rows, mixtures, Split(0)).parts == share(rows, mixtures, Split(0), mix=mix).parts


def test_languages_of_no_mixture_are_counted_as_such() -> None:
    shared = share(complete(20), [Mixture("m", ("el",))], Split(0.5))
    assert shared.funnel["ja", "kept", "train"] == shared.funnel["ja", "kept", "test"] == 0
    assert shared.funnel["ja", "skipped", "in_no_mixture"] == 20
    check(shared, Split(0.5))


# Distinct


@settings(max_examples=15, deadline=None)
@given(worlds(), st.integers(0, 5))
def test_distinct_prompts_are_each_in_one_language(rows: list[Row], seed: int) -> None:
    mixtures = (
        Mixture("large", prompts="distinct"),
        Mixture("middle", LANGUAGES[:3], prompts="distinct", per_language=3),
        Mixture("small", LANGUAGES[:2], prompts="distinct", total=50, weights={"ar": 1, "el": 5}),
        Mixture("apart", LANGUAGES[3:], prompts="distinct"),
        Mixture("any"),
    )
    try:
        shared = share(rows, mixtures, Split(0.2, seed))
    except UserError as error:
        assert "is empty" in str(error)
        return
    check(shared, Split(0.2, seed))
    for mixture in mixtures[:4]:
        groups = [row.group for found in shared.train(mixture.name).values() for row in found]
        assert len(groups) == len(set(groups)), f"{mixture.name} has a group twice"
    # Nothing is wasted: without a quota every group is somewhere.
    train = {row.group for row in shared.rows if shared.split(row) == "train"}
    assert {row.group for found in shared.train("large").values() for row in found} == train
    # What the large one has in a language, a smaller one of that language can have too.
    large, small, apart = (shared.train(name) for name in ("large", "small", "apart"))
    for smaller in (small, apart):
        assert all(large.get(tag, set()) <= rows_of for tag, rows_of in smaller.items())


def test_the_smaller_of_nested_distinct_mixtures_shares_the_rows_of_the_larger() -> None:
    mixtures = [
        Mixture("ml-5", per_language=20, prompts="distinct"),
        Mixture("ml-2", ("el", "zh"), per_language=20, prompts="distinct"),
        Mixture("ml-2-large", ("el", "zh"), per_language=60, prompts="distinct"),
    ]
    shared = share(complete(300), mixtures, Split(0))
    five, two, more = (shared.train(m.name) for m in mixtures)
    # 300 groups over 5 languages: 60 each, standard deviation 6.9; over 2: 150 each, 8.7.
    assert all(len(found) == 20 for found in five.values())
    assert two == {tag: five[tag] for tag in ("el", "zh")}
    assert all(len(more[tag]) == 60 and two[tag] < more[tag] for tag in two)
    assert all(32 <= row["available"] <= 88 for row in shared.mixtures["ml-5"].values())
    assert sum(row["available"] for row in shared.mixtures["ml-5"].values()) == 300
    assert all(115 <= row["available"] <= 185 for row in shared.mixtures["ml-2"].values())


def test_leaving_languages_out_moves_no_group_between_those_that_stay() -> None:
    whole = share(complete(80), [Mixture("m", prompts="distinct")], Split(0)).train("m")
    part = share(complete(80, LANGUAGES[:3]), [Mixture("m", prompts="distinct")], Split(0)).train("m")
    assert all(whole[tag] <= part[tag] for tag in part)


def test_weights_draw_distinct_groups_to_a_language() -> None:
    mixture = Mixture("m", prompts="distinct", total=400, weights={"el": 3.0, "ja": 1.0})
    shared = share(complete(400, ("el", "ja")), [mixture], Split(0))
    # 400 draws at three quarters: 300, standard deviation 8.7.
    assert 265 <= shared.mixtures["m"]["el"]["available"] <= 335


def test_distinct_takes_one_pair_of_a_group() -> None:
    rows = [Row("g", "el", prompt=p, pair=q) for p in (0, 1) for q in (0, 1)]
    shared = share(rows, [Mixture("d", prompts="distinct"), Mixture("a")], Split(0))
    assert shared.mixtures["d"]["el"] == {"asked": 1, "available": 1, "given": 1, "test": 0}
    assert shared.mixtures["a"]["el"]["given"] == 4
    check(shared, Split(0))


# Parallel


@settings(max_examples=12, deadline=None)
@given(worlds(), st.integers(1, 6), st.integers(0, 5))
def test_parallel_mixtures_have_the_same_groups_in_every_language(rows: list[Row], quota: int, seed: int) -> None:
    rows += complete(3)
    mixtures = (
        Mixture("large", prompts="parallel", per_language=quota),
        Mixture("small", LANGUAGES[:2], prompts="parallel", per_language=quota),
        Mixture("every", LANGUAGES[:2], prompts="parallel"),
    )
    shared = share(rows, mixtures, Split(0, seed))
    check(shared, Split(0, seed))
    for mixture in mixtures:
        by_language = [sorted(row.group for row in found) for found in shared.train(mixture.name).values()]
        assert by_language[0] and all(groups == by_language[0] for groups in by_language)
        assert len(set(by_language[0])) == len(by_language[0])
    tags = {row.group: {r.language for r in rows if r.group == row.group and not r.reason} for row in rows}
    whole = {group for group, found in tags.items() if found >= set(LANGUAGES[:2])}
    assert {row.group for row in shared.train("every")["ar"]} == whole


def test_a_parallel_mixture_with_a_language_that_no_prompt_has_is_empty() -> None:
    with pytest.raises(UserError, match="no training prompt is in all of its languages"):
        share([Row("g", "el"), Row("h", "ja")], [Mixture("m", prompts="parallel")], Split(0))


# What cannot be


def test_overlapping_distinct_mixtures_are_an_error() -> None:
    mixtures = [Mixture("a", ("ar", "el"), prompts="distinct"), Mixture("b", ("el", "ja"), prompts="distinct")]
    with pytest.raises(UserError, match=r"ar\+el and el\+ja overlap"):
        share(complete(5), mixtures)


def test_distinct_and_parallel_do_not_go_together() -> None:
    with pytest.raises(UserError, match="'b' wants parallel prompts and 'a' distinct"):
        share(complete(5), [Mixture("a", prompts="distinct"), Mixture("b", prompts="parallel")])


def test_language_sets_come_largest_first() -> None:
    mixtures = [
        Mixture("a", ("el",), prompts="distinct"),
        Mixture("b", prompts="distinct"),
        Mixture("c", ("zh", "ar"), prompts="distinct"),
        Mixture("d", ("ar", "ja")),
    ]
    assert tier_sets(mixtures, LANGUAGES) == [LANGUAGES, ("ar", "zh"), ("el",)]


@pytest.mark.parametrize("prompts", ["any", "distinct", "parallel"])
@pytest.mark.parametrize("rows", [[], [Row("g", "el", reason="damage")]], ids=["no pairs", "all rejected"])
def test_without_a_pair_there_is_a_clear_error(rows: list[Row], prompts: Any) -> None:
    with pytest.raises(UserError, match="no pair is left"):
        share(rows, [Mixture("m", prompts=prompts)])


@pytest.mark.parametrize("prompts", ["any", "distinct"])
def test_a_language_without_a_pair_is_reported_with_nothing(prompts: Any) -> None:
    rows = [*complete(30, ("el", "ja")), Row("g0000", "uk", reason="language")]
    shared = share(rows, [Mixture("m", ("el", "uk", "ja"), per_language=2, prompts=prompts)], Split(0))
    assert shared.mixtures["m"]["uk"] == {"asked": 2, "available": 0, "given": 0, "test": 0}
    assert shared.mixtures["m"]["el"]["given"] == 2
    check(shared, Split(0))


def test_a_mixture_of_languages_that_have_nothing_is_an_error() -> None:
    with pytest.raises(UserError, match=r"'m' is empty: no training pair is in any of its languages \(uk\)"):
        share(complete(6, ("el",)), [Mixture("m", ("uk",))])


@pytest.mark.parametrize(
    "bad",
    [
        {"per_language": 1, "total": 1},
        {"per_language": 0},
        {"total": 0},
        {"alpha": 0.5},
        {"weights": {"el": 1}},
        {"total": 5, "weights": {"el": 1}, "alpha": 0.5},
        {"total": 5, "weights": {"el": 0}},
        {"total": 5, "weights": {"el": math.nan}},
        {"total": 5, "weights": {"el": math.inf}},
        {"total": 5, "weights": {"el": 1}, "languages": ("el", "ja")},
        {"total": 5, "weights": {"el": 1, "ja": 1}, "languages": ("el",)},
        {"total": 5, "alpha": -1},
        {"total": 5, "alpha": math.nan},
        {"total": 5, "alpha": math.inf},
        {"languages": ()},
        {"languages": ("el", "el")},
        {"shortage": "shrug"},
        {"prompts": "same"},
    ],
    ids=str,
)
def test_mixtures_that_make_no_sense(bad: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="mixture 'm'"):
        Mixture("m", **bad)


# Sharing out


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(1e-300, 1e300), min_size=1, max_size=30),
)
def test_shares_add_up_and_are_within_one_of_exact(total: int, weights: dict[str, float]) -> None:
    shares = share_out(total, weights)
    assert shares.keys() == weights.keys() and sum(shares.values()) == total
    most = max(weights.values())
    whole = math.fsum(w / most for w in weights.values())
    assert all(abs(shares[tag] - total * (w / most / whole)) < 1 + 1e-6 for tag, w in weights.items())


def test_remainders_go_to_the_largest_then_in_order_of_the_tags() -> None:
    assert share_out(10, {"zh": 1, "ar": 1, "el": 1}) == {"ar": 4, "el": 3, "zh": 3}
    # Exact: 1.2, 2.4, 8.4.
    assert share_out(12, {"a": 1, "b": 2, "c": 7}) == {"a": 1, "b": 3, "c": 8}
    # Exact: 10.5, 1.5, 3: the first two tie, however floats have it.
    assert share_out(15, {"b": 0.7, "a": 0.1, "c": 0.2}) == {"a": 2, "b": 10, "c": 3}


AVAILABLE = {"ar": 5, "el": 100, "ja": 1000, "uk": 0}


def test_everything_there_is() -> None:
    found = quotas(Mixture("m", shortage="error"), AVAILABLE)
    assert found["el"] == {"asked": 100, "available": 100, "given": 100}
    assert {tag: row["given"] for tag, row in found.items()} == AVAILABLE


@pytest.mark.parametrize(
    ("mixture", "asked"),
    [
        (Mixture("m", per_language=7), (7, 7, 7, 7)),
        (Mixture("m", total=10), (3, 3, 2, 2)),
        (Mixture("m", total=1000, weights={"ar": 1, "el": 2, "ja": 3, "uk": 4}), (100, 200, 300, 400)),
        (Mixture("m", total=1105, alpha=1), (5, 100, 1000, 0)),
        (Mixture("m", total=9, alpha=0), (3, 3, 3, 0)),
        # 5, 100 and 1000 to the power of one half: 2.236, 10, 31.623 of 43.859.
        (Mixture("m", total=1000, alpha=0.5), (51, 228, 721, 0)),
        (Mixture("m", total=1000, alpha=1e6), (0, 0, 1000, 0)),
    ],
)
def test_what_a_mixture_asks_for(mixture: Mixture, asked: tuple[int, ...]) -> None:
    found = quotas(mixture, AVAILABLE)
    assert tuple(found[tag]["asked"] for tag in sorted(found)) == asked


def test_weights_name_the_languages() -> None:
    assert quotas(Mixture("m", total=4, weights={"ar": 1, "ja": 3}), AVAILABLE).keys() == {"ar", "ja"}


def test_shortage_as_an_error_names_what_lacks() -> None:
    with pytest.raises(UserError, match=r"ar 5 of 50, uk 0 of 50 training pairs"):
        quotas(Mixture("m", per_language=50, shortage="error"), AVAILABLE)
    assert quotas(Mixture("m", ("el", "ja"), per_language=50, shortage="error"), AVAILABLE)["ja"]["given"] == 50


def test_shortage_accepted_gives_less() -> None:
    found = quotas(Mixture("m", per_language=50), AVAILABLE)
    assert {tag: row["given"] for tag, row in found.items()} == {"ar": 5, "el": 50, "ja": 50, "uk": 0}


def test_shortage_redistributed_makes_up_the_total() -> None:
    def given_(total: int) -> dict[str, int]:
        found = quotas(Mixture("m", total=total, shortage="redistribute"), AVAILABLE)
        return {tag: row["given"] for tag, row in found.items()}

    # 400: 100 each; ar lacks 95 and uk 100, el has no room.
    assert given_(400) == {"ar": 5, "el": 100, "ja": 295, "uk": 0}
    # 240: 60 each; 115 lack: 58 to el, which has room for 40, and the rest to ja.
    assert given_(240) == {"ar": 5, "el": 100, "ja": 135, "uk": 0}
    assert given_(5000) == AVAILABLE


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 200), min_size=1),
    st.integers(1, 500),
    st.sampled_from(["accept", "redistribute", "error"]),
    st.sampled_from(["total", "per_language", "alpha", "weights"]),
)
def test_what_is_given(available: dict[str, int], number: int, shortage: Any, kind: str) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "per_language": {"per_language": number},
        "alpha": {"total": number, "alpha": 0.3},
        "weights": {"total": number, "weights": {tag: i + 0.5 for i, tag in enumerate(available)}},
    }
    mixture = Mixture("m", shortage=shortage, **kinds.get(kind, {"total": number}))
    try:
        found = quotas(mixture, available)
    except UserError:
        short = any(n < number for n in available.values())
        assert not any(available.values()) or (shortage == "error" and short) or shortage == "accept"
        return
    asked = sum(row["asked"] for row in found.values())
    assert asked == (number * len(available) if kind == "per_language" else number)
    for row in found.values():
        assert row["given"] <= row["available"]
        assert row["given"] >= min(row["asked"], row["available"])
        assert row["given"] <= row["asked"] or shortage == "redistribute"
    if shortage == "redistribute":
        assert sum(row["given"] for row in found.values()) == min(asked, sum(available.values()))


# A later version


def released(shared: Shared, prompts: bool = True) -> pa.Table:
    """The assignment of a release, with or without its prompts."""
    names = ("prompt_id", "group_id", "split") if prompts else ("group_id", "split")
    rows = {
        (row.prompt_id, row.group, shared.split(row)) if prompts else (row.group, shared.split(row))
        for row in shared.rows
        if shared.split(row)
    }
    return pa.table([pa.array(c, pa.string()) for c in zip(*sorted(rows), strict=True)], names=list(names))


def assignment(rows: Mapping[Row, str], prompts: bool) -> pa.Table:
    found = [(row.prompt_id, row.group, split) for row, split in rows.items()]
    columns = [pa.array(c, pa.string()) for c in zip(*found, strict=True)]
    return pa.table(columns, names=["prompt_id", "group_id", "split"]).select([0, 1, 2] if prompts else [1, 2])


@pytest.mark.parametrize("prompts", [True, False])
def test_a_released_assignment_stays(prompts: bool) -> None:
    first = share(complete(30), split=Split(0.5, seed=0))
    rows = [*complete(30), *(replace(row, prompt=1) for row in complete(30)), *(Row(f"new{n}", "el") for n in range(9))]
    second = share(rows, split=Split(0.1, seed=7), previous=released(first, prompts))
    side = {row.group: first.split(row) for row in first.rows}
    assert all(second.split(row) == side.get(row.group, second.split(row)) for row in rows)
    assert {second.split(row) for row in rows if row.group.startswith("new")} == {"train"}
    check_funnel(second, Counter(row.language for row in rows))


@pytest.mark.parametrize("prompts", [True, False])
def test_a_new_row_that_joins_groups_of_different_splits_is_rejected(prompts: bool) -> None:
    old = {Row("a", "el", leak="x"): "train", Row("b", "ja", leak="x"): "test", Row("c", "el", leak="y"): "test"}
    new = [Row("d", "el", leak="x"), Row("d", "ja", leak="x"), Row("e", "el", leak="y"), Row("f", "el")]
    shared = share([*old, *new], split=Split(0), previous=assignment(old, prompts))
    assert {row: shared.split(row) for row in old} == old
    assert [shared.split(row) for row in new] == [None, None, "test", "train"]
    reason = "joins_groups_of_different_splits"
    assert [shared.funnel[tag, "rejected", reason] for tag in ("el", "ja")] == [1, 1]
    check_funnel(shared, Counter(row.language for row in shared.rows))


def test_a_new_prompt_of_a_released_group_is_rejected_when_it_brings_both_splits_together() -> None:
    # Its text stands in a test prompt of another group, so it may not follow its own group into train.
    old = {Row("a", "el", leak="x"): "train", Row("b", "el", leak="x"): "test"}
    bridge = Row("a", "uk", leak="x")
    shared = share([*old, bridge], split=Split(0), previous=assignment(old, True))
    assert shared.split(bridge) is None and {row: shared.split(row) for row in old} == old


@pytest.mark.parametrize("prompts", [True, False])
def test_a_released_prompt_holds_its_kin_even_when_it_is_not_kept_again(prompts: bool) -> None:
    gone, kin = Row("a", "el", leak="x", reason="damage"), Row("b", "el", leak="x")
    shared = share([gone, kin, Row("c", "el")], split=Split(0), previous=assignment({gone: "test"}, prompts))
    assert shared.split(kin) == "test"


def test_a_released_prompt_keeps_its_split_when_its_group_has_another_name() -> None:
    row = Row("a", "el")
    previous = pa.table({"prompt_id": [row.prompt_id], "group_id": ["old name"], "split": ["test"]})
    assert share([row, Row("b", "el")], split=Split(0), previous=previous).split(row) == "test"


def test_everything_rejected_by_the_earlier_release() -> None:
    previous = pa.table({"group_id": ["a", "b"], "split": ["train", "test"]})
    index = [Row(name, "el", leak="x", reason="damage") for name in ("a", "b")]
    with pytest.raises(UserError, match="no pair is left"):
        share([*index, Row("c", "el", leak="x")], previous=previous)


@settings(max_examples=8, deadline=None)
@given(worlds(), worlds(), st.integers(0, 5), st.booleans())
def test_later_versions_move_nothing(old: list[Row], new: list[Row], seed: int, prompts: bool) -> None:
    # Groups are equal only where their leak_group is, as an index has it.
    first_leak = {row.group: row.leak for row in old}
    new = [replace(row, leak=first_leak.get(row.group, row.leak)) for row in new] + complete(4)
    first = share([*old, *complete(4)], split=Split(0.3, seed))
    second = share([*old, *new], split=Split(0.6, seed + 1), previous=released(first, prompts))
    for row in first.rows:
        assert second.split(row) == first.split(row)
    sides = defaultdict(set)
    for row in second.rows:
        sides[row.leak_group].add(second.split(row))
    assert all(len(found - {None}) <= 1 for found in sides.values())


# Scale


@pytest.mark.slow
@pytest.mark.parametrize("prompts", ["any", "distinct", "parallel"])
def test_a_million_pairs_in_bounded_memory(tmp_path: Path, prompts: str) -> None:
    script = f"""
import resource
from pathlib import Path
import duckdb
from polypref import sql
from polypref.stages.balance import Mixture, Split, balance
from polypref.store import Stage
root = Path({str(tmp_path)!r})
con = sql.connect(root / "scratch")
con.execute("CREATE TEMP TABLE t AS SELECT md5('pair' || i) AS pair_id, md5('prompt' || i) AS prompt_id, "
            "md5('group' || (i // 20)) AS group_id, 'l' || (i % 20) AS language FROM range(1000000) r(i)")
for name, columns in {{
    "pairs": "pair_id, prompt_id, language",
    "filtered": "pair_id, CASE WHEN pair_id < '05' THEN 'bad' END AS reason",
    "index": "prompt_id, language, group_id, group_id AS leak_group",
}}.items():
    con.execute(f"COPY (SELECT {{columns}} FROM t) TO '{{root / name}}.parquet' (FORMAT parquet)")
con.close()
tables = [sql.parquet(root / f"{{name}}.parquet") for name in ("pairs", "filtered", "index")]
stage = Stage(root / "stage", "")
stage.path.mkdir()
mixtures = [Mixture("m", prompts={prompts!r}), Mixture("s", ("l3", "l4"), per_language=99, prompts={prompts!r})]
report, funnel = balance(stage, mixtures, Split(0.05), *tables, 128, None, root / "scratch")
rows = duckdb.sql(f"SELECT count(*) FROM '{{stage.path}}/*.parquet'").fetchall()[0][0]
print(rows, sum(n for (_, outcome, _), n in funnel.items() if outcome == "kept"),
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    # From a file: to `python -c`, as to a person at a prompt, DuckDB shows progress bars of its own.
    (tmp_path / "scale.py").write_text(script)
    found = subprocess.run(
        [sys.executable, tmp_path / "scale.py"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    rows, kept, megabytes = map(int, found.stdout.split())
    assert rows == kept > 30_000
    assert megabytes < 1_500
