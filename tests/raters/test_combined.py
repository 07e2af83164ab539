"""Raters combined, with z-scores worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files import sql
from polypref.inference import Model, Served
from polypref.raters.aspects import JudgeRater
from polypref.raters.combined import Combined, combine_ratings, scales
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.raters.reward import RewardRater
from polypref.stages.pair import PairRule, make_pairs


def served(name: str) -> Served:
    return Served(Model(name), backend=None)  # type: ignore[arg-type]


TWO = (RewardRater(served("r")), JudgeRater(served("j")))
MEAN, AGREE = Combined(TWO), Combined(TWO, how="agree")
# Language and answers of every prompt.
PROMPTS = {"p": ("ar", "abc"), "q": ("ar", "de"), "s": ("ja", "fg")}
TEXTS = dict(zip("abcdefg", ("نجم", "قمر", "شمس", "نعم", "لا", "星", "月"), strict=True))


def prompts() -> pa.Table:
    rows = [
        {"prompt_id": key, "group_id": key, "language": language, "response_language": language, "origin": "native"}
        | {"prompt": [{"role": "user", "content": "؟"}], "sources": []}
        for key, (language, _) in PROMPTS.items()
    ]
    return pa.Table.from_pylist(rows, schema.PROMPTS)


def completions() -> pa.Table:
    rows = [
        {"prompt_id": key, "completion_id": name, "text": TEXTS[name], "route": "given"}
        | dict.fromkeys(("model", "model_revision", "model_licence"), "")
        for key, (_, names) in PROMPTS.items()
        for name in names
    ]
    rows.append(rows[0] | {"completion_id": "ref", "route": "reference"})
    return pa.Table.from_pylist(rows, schema.COMPLETIONS)


def ratings(**by_rater: dict[str, float]) -> pa.Table:
    of = {name: key for key, (_, names) in PROMPTS.items() for name in names} | {"ref": "p"}
    rows = [
        {"prompt_id": of[name], "completion_id": name, "rater": rater, "rater_revision": "1", "score": score}
        for rater, scores in by_rater.items()
        for name, score in scores.items()
    ]
    return pa.Table.from_pylist(rows, schema.RATINGS)


def verdicts(*rows: tuple[str, str, str], rater: str = "w") -> pa.Table:
    of = {name: key for key, (_, names) in PROMPTS.items() for name in names}
    table_rows = [
        {"prompt_id": of[one], "completion_a": one, "completion_b": two, "preferred": preferred, "rater": rater}
        for one, two, preferred in rows
    ]
    return pa.Table.from_pylist(table_rows, schema.VERDICTS)


def run(rater: Combined, rated: pa.Table, votes: pa.Table | None = None) -> dict[str, pa.Table]:
    """As a caller would: scales over all, then combined."""
    con = sql.connect()
    con.register("all_ratings", rated)
    con.register("all_prompts", prompts())
    scaled = scales(con, [("all_ratings", "all_prompts")], rater.scorers)
    return combine_ratings(
        rater, scaled, prompts(), completions(), rated, schema.VERDICTS.empty_table() if votes is None else votes
    )


def scores(tables: dict[str, pa.Table]) -> dict[str, float]:
    return dict(zip(*(tables["ratings"][name].to_pylist() for name in ("completion_id", "score")), strict=True))


# In Arabic r: 1 2 3 4 10 has mean 4 and variance 50/5 = 10; j: 3 1 2 5 4 has mean 3 and variance 2.
R = dict(zip("abcde", (1.0, 2.0, 3.0, 4.0, 10.0), strict=True))
J = dict(zip("abcde", (3.0, 1.0, 2.0, 5.0, 4.0), strict=True))


def test_scales_by_hand(tmp_path: Path) -> None:
    rated = ratings(r=R | {"f": 100.0, "g": 300.0}, j=J | {"f": 5.0, "g": 5.0}, other=dict.fromkeys("abc", 9.0))
    pq.write_table(rated.slice(0, 5), tmp_path / "ratings-0.parquet")
    pq.write_table(rated.slice(5), tmp_path / "ratings-1.parquet")
    # A prompt that two sources share is there twice, and counts once.
    pq.write_table(pa.concat_tables([prompts(), prompts()]), tmp_path / "prompts-0.parquet")
    paths = sql.parquet(tmp_path / "ratings-*.parquet"), sql.parquet(tmp_path / "prompts-*.parquet")
    scaled = scales(sql.connect(reads=[tmp_path]), [paths], MEAN.scorers).to_pylist()
    assert [(row["language"], row["rater"], row["rated"], row["mean"]) for row in scaled] == [
        ("ar", "j", 5, 3.0),
        ("ar", "r", 5, 4.0),
        ("ja", "j", 2, 5.0),
        ("ja", "r", 2, 200.0),
    ]
    assert [row["sd"] for row in scaled] == pytest.approx([math.sqrt(2), math.sqrt(10), 0, 100])


def test_mean_z_by_hand() -> None:
    tables = run(MEAN, ratings(r=R | {"f": 100.0, "g": 300.0}, j=J | {"f": 5.0, "g": 5.0}))
    ten, two = math.sqrt(10), math.sqrt(2)
    assert scores(tables) == pytest.approx(
        {
            "a": (-3 / ten + 0) / 2,
            "b": (-2 / ten - 2 / two) / 2,
            "c": (-1 / ten - 1 / two) / 2,
            "d": (0 + 2 / two) / 2,
            "e": (6 / ten + 1 / two) / 2,
            # The judge tells nothing apart in Japanese: it counts as 0.
            "f": -1 / 2,
            "g": 1 / 2,
        }
    )
    assert tables["ratings"].schema == schema.RATINGS
    row = tables["ratings"].to_pylist()[0]
    assert (row["rater"], row["rater_revision"], row["rationale"]) == ("combined", "mean_z-1", None)
    assert dict(row["aspects"]) == pytest.approx({"j": 0, "r": -3 / ten})
    assert not tables["rejected"].num_rows and not tables["verdicts"].num_rows


def test_an_answer_without_one_of_the_scores_is_unrated_and_counted() -> None:
    bad = R | {"f": 1.0, "ref": 5.0}
    tables = run(MEAN, ratings(r=bad, j=J | {"b": math.nan, "g": 4.0, "ref": 5.0}, other=dict.fromkeys("fg", 1.0)))
    assert set(scores(tables)) == set("acde")
    assert tables["rejected"].schema == schema.REJECTED
    assert tables["rejected"].to_pylist() == [
        {"language": "ar", "where": "b", "reason": "missing_score", "detail": "j"},
        {"language": "ja", "where": "f", "reason": "missing_score", "detail": "j"},
        {"language": "ja", "where": "g", "reason": "missing_score", "detail": "r"},
    ]
    nothing = run(MEAN, ratings(r={}, j={}))
    assert set(nothing["rejected"]["detail"].to_pylist()) == {"r, j"} and nothing["rejected"].num_rows == 7


def test_several_scores_of_one_rater_count_as_their_median() -> None:
    twice = pa.concat_tables([ratings(r=R, j=J), ratings(r={"a": 1.0}), ratings(r={"a": 900.0})])
    assert scores(run(MEAN, twice)) == scores(run(MEAN, ratings(r=R, j=J)))


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(
    values=st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), min_size=14, max_size=14, unique=True),
    factor=st.sampled_from([0.25, 2.0, 64.0]),
    order=st.randoms(use_true_random=False),
)
def test_scale_and_row_order_of_a_rater_do_not_matter(values: list[float], factor: float, order: Any) -> None:
    r, j = dict(zip("abcdefg", values[:7], strict=True)), dict(zip("abcdefg", values[7:], strict=True))
    plain = run(MEAN, ratings(r=r, j=j))
    stretched = run(MEAN, ratings(r={name: factor * score for name, score in r.items()}, j=j))
    assert scores(stretched) == pytest.approx(scores(plain))
    rows = list(range(14))
    order.shuffle(rows)
    assert run(MEAN, ratings(r=r, j=j).take(rows))["ratings"].equals(plain["ratings"]), "not the same to the last bit"


@pytest.mark.slow
def test_scales_are_the_same_to_the_last_bit_whoever_does_the_work(tmp_path: Path) -> None:
    rows = 300_000
    numbers = pa.array([((n * 7919) % 100_003) / 7 for n in range(rows)])
    ids = pa.array([f"{n:08x}" for n in range(rows)])
    table = pa.table({"prompt_id": ids, "completion_id": ids, "rater": pa.array(["r"] * rows), "score": numbers})
    table = table.append_column("occasion", pa.nulls(rows, pa.string()))
    asked = pa.table({"prompt_id": ids, "language": pa.array([("he", "zh", "fa")[n % 3] for n in range(rows)])})
    pq.write_table(asked, tmp_path / "prompts.parquet")
    scaled = []
    for number, (threads, way) in enumerate([(1, 1), (4, 1), (4, -1)]):
        pq.write_table(table.take(pa.array(range(rows)[::way])), tmp_path / f"{number}.parquet", row_group_size=5_000)
        con = sql.connect(threads=threads, reads=[tmp_path])
        paths = sql.parquet(tmp_path / f"{number}.parquet"), sql.parquet(tmp_path / "prompts.parquet")
        scaled.append(scales(con, [paths], ["r"]).to_pylist())
    assert scaled[0] == scaled[1] == scaled[2] and len(scaled[0]) == 3


def test_scales_of_buckets_are_those_of_the_whole_in_memory_that_the_whole_exceeds(tmp_path: Path) -> None:
    rows, cuts = 60_000, 12
    ids = pa.array([f"{n:064x}" for n in range(rows)])
    numbers = pa.array([((n * 7919) % 10_003) / 7 for n in range(rows)])
    table = pa.table({"prompt_id": ids, "completion_id": ids, "rater": pa.array(["r"] * rows), "score": numbers})
    table = table.append_column("occasion", pa.nulls(rows, pa.string()))
    asked = pa.table({"prompt_id": ids, "language": pa.array([("uk", "hi", "el")[n % 3] for n in range(rows)])})
    buckets = []
    for begin in range(0, rows, rows // cuts):
        paths = tmp_path / f"ratings-{begin}.parquet", tmp_path / f"prompts-{begin}.parquet"
        for part, path in zip((table, asked), paths, strict=True):
            pq.write_table(part.slice(begin, rows // cuts), path)
        buckets.append((sql.parquet(paths[0]), sql.parquet(paths[1])))
    whole = [(sql.parquet(tmp_path / "ratings-*.parquet"), sql.parquet(tmp_path / "prompts-*.parquet"))]
    with pytest.raises(duckdb.OutOfMemoryException):
        scales(sql.connect(memory="16MB", threads=1, reads=[tmp_path]), whole, ["r"])
    scaled = scales(sql.connect(memory="16MB", threads=1, reads=[tmp_path]), buckets, ["r"])
    assert (
        scaled.equals(scales(sql.connect(reads=[tmp_path]), whole, ["r"]))
        and scaled["rated"].to_pylist() == [20_000] * 3
    )


# Agreement


def preferred_of(tables: dict[str, pa.Table]) -> dict[str, str]:
    assert tables["verdicts"].schema == schema.VERDICTS
    assert set(tables["verdicts"]["rater"].to_pylist()) <= {"combined"}
    return {row["completion_a"] + row["completion_b"]: row["preferred"] for row in tables["verdicts"].to_pylist()}


def test_agreement_by_hand() -> None:
    # r: a < b < c, d < e; j: b < c < a, e < d; both equal on f and g.
    tables = run(AGREE, ratings(r=R | {"f": 2.0, "g": 2.0}, j=J | {"f": 1.0, "g": 1.0}))
    assert preferred_of(tables) == {
        "ab": "disagreement",
        "ac": "disagreement",
        "bc": "b",
        "de": "disagreement",
        "fg": "tie",
    }
    assert set(scores(tables)) == set("abcdefg")
    # A tie of one rater is no agreement with the other.
    assert preferred_of(run(AGREE, ratings(r={"f": 1.0, "g": 1.0}, j={"f": 1.0, "g": 2.0}))) == {"fg": "disagreement"}
    # Of an answer that one rater did not score there is no verdict.
    assert preferred_of(run(AGREE, ratings(r=R, j={"a": 1.0, "b": 2.0}))) == {"ab": "b"}


def test_a_pairwise_judge_has_a_vote() -> None:
    three = Combined((*TWO, PairwiseJudge(served("w"))), how="agree")
    r, j = dict(zip("abcde", (1.0, 2, 3, 4, 5), strict=True)), dict(zip("abcde", (1.0, 2, 3, 4, 5), strict=True))
    votes = verdicts(("a", "b", "b"), ("c", "b", "a"), ("c", "a", "disagreement"), ("e", "d", "b"))
    other = verdicts(("a", "c", "b"), rater="stranger")
    tables = run(three, ratings(r=r, j=j), pa.concat_tables([votes, other]))
    assert preferred_of(tables) == {"ab": "b", "bc": "b", "ac": "disagreement", "de": "disagreement"}
    twice = pa.concat_tables([votes, verdicts(("a", "b", "a"))])
    assert preferred_of(run(three, ratings(r=r, j=j), twice))["ab"] == "disagreement"
    assert preferred_of(run(three, ratings(r=r, j=j))) == {}
    judges = Combined((PairwiseJudge(served("w")), PairwiseJudge(served("v"))), how="agree")
    both = pa.concat_tables([votes, verdicts(("b", "a", "a"), rater="v")])
    tables = run(judges, ratings(), both)
    assert preferred_of(tables) == {"ab": "b"} and not tables["ratings"].num_rows and not tables["rejected"].num_rows


def test_pairs_of_agreed_verdicts_carry_the_mean_z_scores() -> None:
    tables = run(AGREE, ratings(r=R, j=J))
    pairs, rejected, _ = make_pairs(
        PairRule("given"), "combined", prompts(), completions(), tables["ratings"], tables["verdicts"]
    )
    (pair,) = pairs.to_pylist()
    assert (pair["chosen_id"], pair["rejected_id"]) == ("c", "b")
    assert pair["chosen_score"] == scores(tables)["c"] > pair["rejected_score"] == scores(tables)["b"]
    # A row a verdict: two raters who disagree, on whichever two answers.
    reasons = {(r["where"], r["reason"]) for r in rejected.to_pylist()}
    assert reasons == {("p", "disagreement"), ("q", "disagreement"), ("s", "no_verdict")}
    judged = tables["verdicts"].num_rows
    assert sum(r["reason"] != "no_verdict" for r in rejected.to_pylist()) + pairs.num_rows == judged


# Two rows of a source with the prompt p: b is the worse one in x, the better one in y.
X, Y = f"s\n{schema.ROW}x", f"s\n{schema.ROW}y"
RANKS = [("a", X, 0.0), ("b", X, -1.0), ("b", Y, 0.0), ("c", Y, -1.0)]


def ranked(rows: list[tuple[str, str | None, float]], rater: str = "source") -> pa.Table:
    """Scores of answers to p, each on an occasion."""
    columns = ("completion_id", "occasion", "score")
    of_all = {"prompt_id": "p", "rater": rater, "rater_revision": "1"}
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) | of_all for row in rows], schema.RATINGS)


@pytest.mark.parametrize("how", ["mean_z", "agree"])
def test_scores_of_two_rows_are_combined_row_by_row(how: str) -> None:
    rater = Combined((SourceRater(), TWO[0]), how=how)  # type: ignore[arg-type]
    tables = run(rater, pa.concat_tables([ranked(RANKS), ratings(r={"a": 3.0, "b": 2.0, "c": 1.0})]))
    # Ranks: mean -1/2 and sd 1/2; r: mean 2 and variance 2/3.
    high, two = math.sqrt(3 / 2), [(row["completion_id"], row["occasion"]) for row in tables["ratings"].to_pylist()]
    assert two == [("a", X), ("b", X), ("b", Y), ("c", Y)]
    assert tables["ratings"]["score"].to_pylist() == pytest.approx([(1 + high) / 2, -0.5, 0.5, (-1 - high) / 2])
    assert not [row for row in tables["rejected"].to_pylist() if row["where"] in "abc"]
    rule = PairRule("given") if how == "agree" else PairRule("all_pairs", per_prompt=9)
    pairs, _, _ = make_pairs(rule, "combined", prompts(), completions(), tables["ratings"], tables["verdicts"])
    sides = [(row["chosen_id"], row["rejected_id"], row["occasion"]) for row in pairs.to_pylist()]
    # Both raters like a more than c, and nobody ranked these two.
    assert sorted(sides) == [("a", "b", X), ("b", "c", Y)]


def test_rows_that_say_the_opposite_are_no_agreement() -> None:
    torn = [*RANKS[:2], ("a", Y, -1.0), ("b", Y, 0.0)]
    tables = run(Combined((SourceRater(), TWO[0]), how="agree"), pa.concat_tables([ranked(torn), ratings(r=R)]))
    assert preferred_of(tables) == {"ab": "disagreement"}


def test_an_answer_that_two_raters_scored_in_two_rows_has_no_common_score() -> None:
    rater = Combined((SourceRater("one"), SourceRater("two")))
    parts = [
        ranked([("a", X, 1.0), ("b", X, 2.0), ("b", Y, 3.0)], "one"),
        ranked([("a", Y, 1.0), ("b", Y, 2.0)], "two"),
    ]
    tables = run(rater, pa.concat_tables(parts))
    assert [(row["completion_id"], row["occasion"]) for row in tables["ratings"].to_pylist()] == [("b", Y)]
    missing = {row["where"]: row["detail"] for row in tables["rejected"].to_pylist()}
    assert "b" not in missing and missing["a"] in ("one", "two") and missing["c"] == "one, two"


def test_what_a_rater_said_of_no_row_is_apart_from_what_it_said_of_rows() -> None:
    both = pa.concat_tables([ranked([*RANKS[:2], ("c", "s\n", 5.0)]), ratings(r=R)])
    tables = run(Combined((SourceRater(), TWO[0])), both)
    occasions = [(row["completion_id"], row["occasion"]) for row in tables["ratings"].to_pylist()]
    assert occasions == [("a", X), ("b", X), ("c", None)]


def test_a_combined_rater_has_the_models_of_all_its_raters() -> None:
    rater = Combined((*TWO, PairwiseJudge(served("w")), SourceRater("people")), how="agree")
    assert [one.model.name for one in rater.models] == ["r", "j", "w"]


def test_settings_that_make_no_sense() -> None:
    for raters, how in [
        (TWO[:1], "mean_z"),
        ((TWO[0], TWO[0]), "mean_z"),
        ((RewardRater(served("combined")), TWO[1]), "mean_z"),
        ((TWO[0], PairwiseJudge(served("w"))), "mean_z"),
        (TWO, "median"),
    ]:
        with pytest.raises(UserError):
            Combined(raters, how=how)  # type: ignore[arg-type]
    mixed = Combined((TWO[0], RelevanceRater()))
    assert mixed.versions == (RewardRater.version, 1) and mixed.scorers == ("r", "relevance-baseline")
    assert RewardRater.caution in mixed.caution and RelevanceRater.caution in mixed.caution


def test_what_decides_is_scores_by_mean_and_verdicts_by_agreement() -> None:
    assert (MEAN.table, AGREE.table) == ("ratings", "verdicts")


def test_combined_raters_are_not_combined_again():
    inner = Combined(TWO, name="inner")
    with pytest.raises(UserError, match="'inner' is combined itself; name its raters here instead"):
        Combined((inner, SourceRater("people")))
