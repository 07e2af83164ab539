"""Splits, ranks and mixtures over real Parquet parts."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.balance import Mixture, Split, tier_sets
from polypref.stages.counts import Quota
from tests.stages.balancing import LANGUAGES, Row, check, complete, groups_in_test, md5, share, worlds

# Splits


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(worlds(), st.sampled_from([0.0, 0.3, 0.6]), st.integers(0, 5))
def test_no_leak_group_is_in_two_splits(rows: list[Row], test: float, seed: int) -> None:
    split = Split(test, seed)
    try:
        check(share(rows, split=split), split)
    except UserError as error:
        assert "is empty" in str(error) and test > 0


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(worlds())
def test_a_split_depends_neither_on_mixtures_nor_on_languages_that_the_hash_draws_a_group_of(rows: list[Row]) -> None:
    one = share(rows, split=Split(0.4, 3)) if any_train(rows) else None
    few = [row for row in rows if row.language in LANGUAGES[:2]]
    if one and any_train(few):
        mixtures = (Mixture("d", prompts="distinct"), Mixture("t", total=3))
        other = share(few, mixtures, Split(0.4, 3))
        both = one.ranked.keys() & other.ranked.keys()
        own = groups_in_test(rows, Split(0.4, 3)) ^ groups_in_test(few, Split(0.4, 3))
        moved = {row.pair_id for row in rows if row.leak_group in own}
        assert both and {p for p in both if one.ranked[p][0] != other.ranked[p][0]} <= moved


def any_train(rows: Iterable[Row], split: Split = Split(0.4, 3)) -> bool:  # noqa: B008
    draws = (int(md5(f"{split.seed}:split:{row.leak_group}")[:13], 16) / 2**52 for row in rows if not row.reason)
    return any(draw >= split.test for draw in draws)


def test_share_of_the_test_split() -> None:
    shared = share([Row(f"g{n}", "el") for n in range(600)], split=Split(0.25))
    # 600 draws at a quarter: 150, standard deviation 10.6; 4 of them either way.
    assert 108 <= shared.mixtures["all"]["el"].test <= 192
    other = share(shared.rows, split=Split(0.25, seed=1))
    assert [shared.split(row) for row in shared.rows] != [other.split(row) for row in shared.rows]


def test_without_a_test_split_everything_is_train() -> None:
    shared = share(complete(6), split=Split(0))
    assert {name for name, _ in shared.ranked.values()} == {"train"} and len(shared.ranked) == 30
    assert {row.test for row in shared.mixtures["all"].values()} == {0}


@pytest.mark.parametrize(
    ("test", "sentence"), [(-0.1, "test share"), (1, "test share"), (math.nan, "test=nan.*finite number")]
)
def test_a_test_share_that_makes_no_sense(test: float, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Split(test)


@pytest.mark.parametrize("previous", ["", " "])
def test_an_earlier_release_without_a_name_is_none(previous: str) -> None:
    with pytest.raises(
        UserError, match=r"^Split\(previous='.?'\): write the folder of an earlier release, or leave it"
    ):
        Split(previous=previous)
    assert Split(previous=None) == Split()


# Ranks and quotas


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"per_language": 0}, "mixture 'm': per_language is 0; give 1 or more"),
        ({"total": -3}, "mixture 'm': total is -3; give 1 or more"),
        (
            {"total": 9, "weights": {"de": 1.0, "ja": 0.0}},
            "mixture 'm': the weight of ja is 0.0; give a number above 0",
        ),
        ({"total": 9, "alpha": -1.0}, "mixture 'm': alpha is -1.0; give a number of at least 0"),
    ],
)
def test_a_number_of_a_mixture_that_makes_no_sense_is_said(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=f"^{sentence}"):
        Mixture("m", **given)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(worlds(), st.sampled_from(["any", "distinct"]), st.integers(1, 4), st.integers(0, 4))
def test_a_larger_quota_contains_the_smaller(rows: list[Row], prompts: Any, small: int, more: int) -> None:
    def training_rows(quota: int) -> dict[str, set[Row]]:
        return share(rows, [Mixture("m", per_language=quota, prompts=prompts)], Split(0)).train("m")

    one, other = training_rows(small), training_rows(small + more)
    assert all(one[tag] <= other[tag] for tag in one)
    assert all(len(one[tag]) == small or one[tag] == other[tag] for tag in one)


def test_mixtures_of_one_build_are_prefixes_of_one_ranking() -> None:
    mixtures = [Mixture("s", per_language=3), Mixture("l", per_language=8), Mixture("two", ("el", "ja"), total=9)]
    shared = share(complete(12), mixtures, Split(0))
    small, large, two = (shared.train(name) for name in ("s", "l", "two"))
    assert {tag: len(rows) for tag, rows in two.items()} == {"el": 5, "ja": 4}
    assert all(small[tag] < large[tag] for tag in LANGUAGES)
    assert all(small[tag] < two[tag] < large[tag] for tag in two)
    assert shared.funnel["ar", "skipped", "beyond_every_quota"] == 4
    check(shared, Split(0))


@pytest.mark.slow
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


@pytest.mark.slow
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
        groups = [row.group for rows_of_one in shared.train(mixture.name).values() for row in rows_of_one]
        assert len(groups) == len(set(groups)), f"{mixture.name} has a group twice"
    # Nothing is wasted: without a quota every group is somewhere.
    train = {row.group for row in shared.rows if shared.split(row) == "train"}
    assert {row.group for rows_of_one in shared.train("large").values() for row in rows_of_one} == train
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
    assert all(len(training) == 20 for training in five.values())
    assert two == {tag: five[tag] for tag in ("el", "zh")}
    assert all(len(more[tag]) == 60 and two[tag] < more[tag] for tag in two)
    assert all(32 <= row.available <= 88 for row in shared.mixtures["ml-5"].values())
    assert sum(row.available for row in shared.mixtures["ml-5"].values()) == 300
    assert all(115 <= row.available <= 185 for row in shared.mixtures["ml-2"].values())


def test_leaving_languages_out_moves_no_group_between_those_that_stay() -> None:
    whole = share(complete(80), [Mixture("m", prompts="distinct")], Split(0)).train("m")
    part = share(complete(80, LANGUAGES[:3]), [Mixture("m", prompts="distinct")], Split(0)).train("m")
    assert all(whole[tag] <= part[tag] for tag in part)


def test_weights_draw_distinct_groups_to_a_language() -> None:
    mixture = Mixture("m", prompts="distinct", total=400, weights={"el": 3.0, "ja": 1.0})
    shared = share(complete(400, ("el", "ja")), [mixture], Split(0))
    # 400 draws at three quarters: 300, standard deviation 8.7.
    assert 265 <= shared.mixtures["m"]["el"].available <= 335


def test_distinct_takes_one_pair_of_a_group() -> None:
    rows = [Row("g", "el", prompt=p, pair=q) for p in (0, 1) for q in (0, 1)]
    shared = share(rows, [Mixture("d", prompts="distinct"), Mixture("a")], Split(0))
    assert shared.mixtures["d"]["el"] == Quota(1, 1, 1, 0)
    assert shared.mixtures["a"]["el"].given == 4
    check(shared, Split(0))


# Parallel


@pytest.mark.slow
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
        by_language = [sorted(row.group for row in groups) for groups in shared.train(mixture.name).values()]
        assert by_language[0] and all(groups == by_language[0] for groups in by_language)
        assert len(set(by_language[0])) == len(by_language[0])
    tags = {row.group: {r.language for r in rows if r.group == row.group and not r.reason} for row in rows}
    whole = {group for group, groups in tags.items() if groups >= set(LANGUAGES[:2])}
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
    assert shared.mixtures["m"]["uk"] == Quota(2, 0, 0, 0)
    assert shared.mixtures["m"]["el"].given == 2
    check(shared, Split(0))


def test_where_all_pairs_fell_into_test_the_share_is_named() -> None:
    rows = [Row(f"g{n}", "el") for n in range(200)]
    drawn = {row: int(md5(f"0:split:{row.leak_group}")[:13], 16) / 2**52 for row in rows}
    low = [row for row in rows if drawn[row] < 0.5][:3]
    with pytest.raises(
        UserError, match=r"'all' is empty: all 3 pairs of its languages \(el\) .* \(now Split\(test=0\.5\)\)"
    ):
        share(low, split=Split(0.5))
    assert share([*low, max(rows, key=lambda row: drawn[row])], split=Split(0.5)).mixtures["all"]["el"].given == 1


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
    ],
    ids=str,
)
def test_mixtures_that_make_no_sense(bad: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"mixture 'm'|^Mixture\(.*(nan|inf).*: write a finite number"):
        Mixture("m", **bad)


# Scale


@pytest.mark.slow
@pytest.mark.parametrize("prompts", ["any", "distinct", "parallel"])
def test_a_million_pairs_in_bounded_memory(tmp_path: Path, prompts: str) -> None:
    script = f"""
import re
from pathlib import Path
import duckdb
from polypref.files import sql
from polypref.stages.balance import Mixture, Split, balance_pairs
from polypref.files.store import Stage
root = Path({str(tmp_path)!r})
con = duckdb.connect()
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
funnel = balance_pairs(stage, mixtures, Split(0.05), *tables, 128, None, root / "scratch").funnel
rows = duckdb.sql(f"SELECT count(*) FROM '{{stage.path}}/*.parquet'").fetchall()[0][0]
print(rows, sum(n for (_, outcome, _), n in funnel.items() if outcome == "kept"),
      int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""
    # VmHWM, for ru_maxrss begins with what the process held that started this one.
    # From a file: to `python -c`, as to a person at a prompt, DuckDB shows progress bars of its own.
    (tmp_path / "scale.py").write_text(script)
    finished = subprocess.run(
        [sys.executable, tmp_path / "scale.py"],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    rows, kept, megabytes = map(int, finished.stdout.split())
    assert rows == kept > 30_000
    assert megabytes < 1_500
