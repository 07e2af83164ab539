"""Calibration of raters: numbers worked out by hand, a reference in plain Python, planted and random raters."""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.files import sql
from polypref.raters import calibration
from polypref.raters.calibration import (
    CORRELATED,
    FOLLOWS,
    Files,
    LanguageCalibration,
    ModelCalibration,
    calibrate_rater,
    warnings,
)
from tests.stages.pairing import A, Pool

RATER = "l'arbitre"  # a quote, so that it could break the SQL
#: A letter of each language; texts are as long as a test needs them.
LETTERS = {"ar": "ع", "el": "ω", "fa": "گ", "he": "ש", "hi": "ह", "ja": "の", "ko": "가", "uk": "ї", "zh": "字"}
CON = sql.connect(reads=[Path(tempfile.gettempdir())])
Chosen = Sequence[tuple[str, int, int]]
"""Pairs: prompt, chosen answer, rejected answer; a fourth item is what a review said."""


def long(language: str, *answers: tuple[int, float]) -> list[A]:
    """Answers of so many characters and such a score, by models m0, m1, ..."""
    return [A(LETTERS[language] * size, (score,), f"m{i}") for i, (size, score) in enumerate(answers)]


def best_and_worst(pool: Pool) -> list[tuple[str, int, int]]:
    """The pair that best_vs_worst makes of prompts whose answers have one score each."""
    pairs = []
    for (prompt, _), answers in pool.items():
        scores = [a.scores[0] for a in answers]
        if max(scores) > min(scores):
            pairs.append((prompt, scores.index(max(scores)), scores.index(min(scores))))
    return pairs


def write(folder: Path, pool: Pool, chosen: Iterable[Any] = (), parts: int = 1, seed: int = 0) -> Files:
    """Writes ratings, completions, prompts and pairs in so many parts each, in an order drawn from the seed."""
    ratings, completions, prompts, pairs = [], [], [], []
    for (prompt, language), answers in pool.items():
        prompts.append({"prompt_id": prompt, "language": language})
        for number, one in enumerate(answers):
            ids = {"prompt_id": prompt, "completion_id": f"{prompt}.{number}"}
            columns = {"model": one.model, "model_revision": "1", "model_licence": "mit", "route": one.route}
            completions.append({**ids, **columns, "text": one.text})
            given_by = {"rater": RATER, "rater_revision": "1"}
            ratings += [
                {**ids, **given_by, "score": score, "occasion": occasion}
                for score, occasion in zip_longest(one.scores, one.occasions)
            ]
            ratings.append({**ids, "rater": "another", "rater_revision": "1", "score": -9.0})
    for prompt, a, b, *review in chosen:
        ids = {"pair_id": f"{prompt}.{a}.{b}", "prompt_id": prompt, "chosen_id": f"{prompt}.{a}"}
        other = {"rejected_id": f"{prompt}.{b}", "language": "und", "rater": RATER, "review": (*review, None)[0]}
        pairs.append(ids | other)
    index = pa.schema([schema.PROMPTS.field(name) for name in ("prompt_id", "language")])
    files = []
    for name, rows, form in (
        ("ratings", ratings, schema.RATINGS),
        ("completions", completions, schema.COMPLETIONS),
        ("prompts", prompts, index),
        ("pairs", pairs, schema.PAIRS),
    ):
        random.Random(f"{seed} {name}").shuffle(rows)
        paths = [folder / f"{name}-{part}.parquet" for part in range(parts)]
        for part, path in enumerate(paths):
            pq.write_table(pa.Table.from_pylist(rows[part::parts], form), path)
        files.append(paths)
    return Files(*files)


def look(
    pool: Pool, chosen: Iterable[Any] = (), con: sql.Connection | None = None, **how: int
) -> list[LanguageCalibration]:
    """Calibrates a pool that is written for the purpose."""
    with tempfile.TemporaryDirectory() as folder:
        return calibrate_rater([write(Path(folder), pool, chosen, **how)], RATER, con or CON)


def one_model(row: LanguageCalibration, name: str) -> ModelCalibration:
    """A model's row."""
    (of_model,) = (m for m in row.models if m.model == name)
    return of_model


def measured(row: LanguageCalibration | ModelCalibration) -> dict[str, Any]:
    """A row's values by name; of a language those of its models left out."""
    return {name: value for name, value in asdict(row).items() if name != "models"}


def test_every_number_of_a_small_table_is_the_one_worked_out_by_hand() -> None:
    pool: Pool = {
        ("p1", "he"): long("he", (4, 1.0), (6, 3.0), (5, 2.0)),
        ("p2", "he"): long("he", (3, 5.0), (8, 1.0)),
        ("p3", "he"): long("he", (3, 2.0), (8, 2.0)),
        ("p4", "he"): long("he", (3, 9.0)),
        ("q1", "ja"): long("ja", (2, 0.5), (9, 0.25)),
    }
    he, ja = look(pool, [("p1", 1, 0), ("p2", 0, 1), ("q1", 0, 1)])
    # Spread: squares 2 (1, 3, 2), 8 (5, 1) and 0 over 2 + 1 + 1 degrees of freedom. Correlation: centred ranks of p1
    # (-1, 1, 0) twice, of p2 (.5, -.5) and (-.5, .5): (2 - .5) / (2 + .5). Wilson for 1 of 2: .5 -+ .4055.
    assert measured(he) == {
        "language": "he",
        "prompts": 4,
        "answers": 8,
        "unrated": 0,
        "compared": 3,
        "tied": 1,
        "tied_share": 0.3333,
        "spread": 1.58114,
        "ordered": 2,
        "length_correlation": 0.6,
        "pairs": 2,
        "equal_length": 0,
        "pair_prompts": 2,
        "longer": 0.5,
        "longer_low": 0.0945,
        "longer_high": 0.9055,
    }
    # Spread of .5 and .25: .25 / sqrt 2. Wilson for 0 of 1: up to z^2 / (1 + z^2).
    assert measured(ja) == {
        "language": "ja",
        "prompts": 1,
        "answers": 2,
        "unrated": 0,
        "compared": 1,
        "tied": 0,
        "tied_share": 0.0,
        "spread": 0.176777,
        "ordered": 1,
        "length_correlation": -1.0,
        "pairs": 1,
        "equal_length": 0,
        "pair_prompts": 1,
        "longer": 0.0,
        "longer_low": 0.0,
        "longer_high": 0.7935,
    }
    # m0 has 1, 5, 2, 9 and m1 3, 1, 2 in Hebrew; quantiles lie between neighbours.
    assert measured(one_model(he, "m0")) == {
        "model": "m0",
        "route": "direct",
        "answers": 4,
        "mean": 4.25,
        "sd": 3.59398,
        "q05": 1.15,
        "q50": 3.5,
        "q95": 8.4,
        "chosen": 1,
        "rejected": 1,
        "chosen_share": 0.5,
    }
    assert one_model(he, "m2").sd is None
    assert one_model(he, "m2").chosen_share is None
    assert measured(one_model(ja, "m1")) == {
        "model": "m1",
        "route": "direct",
        "answers": 1,
        "mean": 0.25,
        "sd": None,
        "q05": 0.25,
        "q50": 0.25,
        "q95": 0.25,
        "chosen": 0,
        "rejected": 1,
        "chosen_share": 0.0,
    }


def test_a_model_is_reported_by_route() -> None:
    pool: Pool = {
        ("p", "ko"): [A("가나다", (1.0,), "m", "direct"), A("가나", (4.0,), "m", "translated")],
    }
    (row,) = look(pool, [("p", 1, 0)])
    assert [(m.route, m.mean, m.chosen_share) for m in row.models] == [
        ("direct", 1.0, 0.0),
        ("translated", 4.0, 1.0),
    ]


def test_what_is_no_answer_is_not_compared() -> None:
    pool: Pool = {
        # The same text twice is one answer, the better rated one; blank ones and references are none.
        ("p1", "ar"): [
            A("نعم", (1.0,)),
            A(" نعم\n", (3.0,)),
            A("\u200f \n", (9.0,)),
            A("لا شكرا", (9.0,), "r", "reference"),
        ],
        ("p2", "ar"): [A("نعم", (1.0,)), A("نعم", (3.0,)), A("لا شكرا", (5.0,))],
        # The median of several scores; no finite score is no score.
        ("p3", "ar"): [
            A("نعم", (1.0, 2.0, 9.0)),
            A("لا شكرا", (4.0,)),
            A("ربما", (math.inf,)),
            A("كلا", (1e200,)),
            A("أ"),
        ],
    }
    (row,) = look(pool)
    assert (row.prompts, row.answers, row.unrated) == (3, 8, 3)
    # p2 compares 3 and 5, p3 2 and 4: squares of 2 each.
    assert (row.compared, row.tied, row.spread) == (2, 0, 1.41421)
    assert [m.model for m in row.models] == ["m"]
    assert (row.pairs, row.longer, row.longer_low) == (0, None, None)


def test_only_answers_to_the_prompts_given_count() -> None:
    pool: Pool = {("p", "zh"): long("zh", (1, 1.0), (2, 2.0)), ("q", "zh"): long("zh", (1, 2.0), (2, 1.0))}
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), pool)
        pq.write_table(pq.read_table(files.prompts[0]).filter(pa.compute.field("prompt_id") == "p"), files.prompts[0])
        (row,) = calibrate_rater([files], RATER, CON)
    assert (row.prompts, row.length_correlation) == (1, 1.0)


def test_a_pair_that_reviewers_relabelled_counts_as_the_rater_had_it() -> None:
    pool: Pool = {("p", "fa"): long("fa", (9, 2.0), (3, 1.0)), ("q", "fa"): long("fa", (9, 2.0), (3, 1.0))}
    (row,) = look(pool, [("p", 1, 0, "relabelled"), ("q", 0, 1, "agreed")])
    assert row.longer == 1.0
    assert one_model(row, "m0").chosen == 2


def test_the_interval_counts_prompts_and_leaves_out_equal_lengths() -> None:
    pool: Pool = {("p", "hi"): long("hi", (2, 1.0), (4, 2.0), (4, 3.0)), ("q", "hi"): [A("एक"), A("दो")]}
    (hi,) = look(pool, [("p", 2, 0), ("p", 1, 0), ("p", 2, 1), ("q", 0, 1)])
    # Two pairs of one prompt are one observation: 1 of 1, from 1 / (1 + z^2) on.
    assert (hi.pairs, hi.equal_length, hi.pair_prompts) == (4, 2, 1)
    assert (hi.longer, hi.longer_low, hi.longer_high) == (1.0, 0.2065, 1.0)


def test_verdicts_without_scores_still_show_whom_they_favour() -> None:
    pool: Pool = {("p", "uk"): [A("так", (), "gpt-4o"), A("так, авжеж", (), "mixtral")]}
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), pool, [("p", 1, 0)])
        (row,) = calibrate_rater([files._replace(ratings=[])], RATER, CON)
        assert calibrate_rater([files._replace(ratings=[], pairs=[])], RATER, CON)[0].pairs == 0
    assert (row.answers, row.unrated, row.compared, row.longer) == (0, 2, 0, 1.0)
    assert (row.spread, row.tied_share, row.length_correlation) == (None, None, None)
    assert one_model(row, "mixtral").chosen_share == 1.0
    assert one_model(row, "mixtral").mean is None


def drawn(rater: Any, prompts: int, seed: int = 0, tags: Iterable[str] = LETTERS, answers: int = 3) -> Pool:
    """A pool whose scores are rater(language, characters, a number drawn from [0, 1))."""
    pool: Pool = {}
    for tag in tags:
        draw = random.Random(f"{seed} {tag}")
        for number in range(prompts):
            sizes = draw.sample(range(10, 400), answers)
            pool[f"{tag}{number}", tag] = long(tag, *((size, rater(tag, size, draw.random())) for size in sizes))
    return pool


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"seed": 1}, {"parts": 7, "seed": 2}])
def test_the_report_is_the_same_to_the_byte_whatever_order_the_rows_lie_in(how: dict[str, int]) -> None:
    # Tenths, whose sums depend on their order in the last digit.
    pool = drawn(lambda tag, size, chance: round(chance, 1), 300)
    pairs = best_and_worst(pool)
    con = sql.connect(threads=4, reads=[Path(tempfile.gettempdir())])
    assert repr(look(pool, pairs, con, **how)) == repr(look(pool, pairs))  # every digit of every number
    assert con.sql("SELECT current_setting('threads')").fetchall() == [(4,)]
    assert con.sql("SHOW ALL TABLES").fetchall() == []


def test_sums_are_taken_in_one_order() -> None:
    # 1e16 + 1 is 1e16: what is left of the ones depends on the order of adding.
    pool: Pool = {(f"p{n}", "el"): [A("ωω", (score,))] for n, score in enumerate([1.0, 1e16, 1.0, -1e16] * 9)}
    assert len({look(pool, seed=seed, parts=3)[0].models[0].mean for seed in range(6)}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 40, 10**6])
def test_buckets_of_prompts_give_what_the_whole_gives(at_once, monkeypatch) -> None:
    # Quarters: their sums are exact in any order.
    pool = drawn(lambda tag, size, chance: round(4 * chance) / 4, 60)
    pairs = best_and_worst(pool)
    monkeypatch.setattr(calibration, "AT_ONCE", at_once)
    with tempfile.TemporaryDirectory() as name:
        buckets = []
        for bucket in range(7):
            mine = {key: answers for number, (key, answers) in enumerate(pool.items()) if number % 7 == bucket}
            folder = Path(name) / str(bucket)
            folder.mkdir()
            buckets.append(write(folder, mine, [pair for pair in pairs if pair[0] in {prompt for prompt, _ in mine}]))
        empty = Files([], [], [], [])
        assert calibrate_rater([empty, *buckets, empty], RATER, CON) == look(pool, pairs)


def test_scores_of_two_occasions_never_meet() -> None:
    letter = LETTERS["he"]
    pool: Pool = {
        ("p", "he"): [
            A(letter * 4, (1.0,), "m0", occasions=("s1",)),
            A(letter * 6, (3.0,), "m1", occasions=("s1",)),
            A(letter * 5, (90.0,), "m2", occasions=("s2",)),
            A(letter * 7, (2.0, 90.0), "m3", occasions=("s1", "s2")),
        ],
        ("q", "he"): [A(letter * 4, (1.0,), occasions=("s1",)), A(letter * 5, (90.0,), occasions=("s2",))],
    }
    (he,) = look(pool, [("p", 1, 3)])
    # Squares 2 (1, 3, 2) and 0 (90, 90) over 2 + 1 degrees of freedom; centred ranks (-1, 1, 0) and (-1, 0, 1).
    assert (he.prompts, he.answers, he.unrated, he.compared, he.tied, he.ordered, he.pairs) == (2, 6, 0, 1, 0, 1, 1)
    assert (he.spread, he.length_correlation, he.longer) == (0.816497, 0.5, 0.0)
    assert (one_model(he, "m3").answers, one_model(he, "m3").mean, one_model(he, "m3").rejected) == (1, 46.0, 1)


@pytest.mark.slow
def test_memory_is_bounded_where_answers_are_many(monkeypatch) -> None:
    pool: Pool = {(f"p{n}", "uk"): long("uk", (1 + n % 7, n % 5), (2, n % 3)) for n in range(12_000)}
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(part) for part in range(12)]
        buckets = []
        for part, folder in enumerate(folders):
            folder.mkdir()
            buckets.append(write(folder, dict(list(pool.items())[1_000 * part : 1_000 * (part + 1)])))
        with pytest.raises(duckdb.OutOfMemoryException):
            calibrate_rater(buckets, RATER, sql.connect(memory="16MB", threads=1, reads=[Path(tempfile.gettempdir())]))
        monkeypatch.setattr(calibration, "AT_ONCE", 1_000)
        (row,) = calibrate_rater(
            buckets, RATER, sql.connect(memory="16MB", threads=1, reads=[Path(tempfile.gettempdir())])
        )
    assert (row.prompts, row.answers) == (12_000, 24_000)


def midranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1, equal values at the mean of theirs."""
    return [sum(o < v for o in values) + (sum(o == v for o in values) + 1) / 2 for v in values]


def reference(pool: Pool) -> dict[str, tuple[int, int, float | None, float | None]]:
    """Compared prompts, tied ones, spread and length correlation of every language, in plain Python."""
    by_language = {}
    for tag in sorted({language for _, language in pool}):
        squares, freedom, tied, compared, sums = 0.0, 0, 0, 0, [0.0, 0.0, 0.0]
        for (_, language), answers in pool.items():
            best: dict[str, float] = {}
            for one in answers:
                best[one.text] = max(best.get(one.text, -math.inf), one.scores[0])
            if language != tag or len(best) < 2:
                continue
            scores, lengths = list(best.values()), [len(text) for text in best]
            mean = math.fsum(scores) / len(scores)
            compared, freedom = compared + 1, freedom + len(scores) - 1
            tied += len(set(scores)) == 1
            squares += sum((s - mean) ** 2 for s in scores)
            if len(set(scores)) > 1 and len(set(lengths)) > 1:
                x, y = ([r - (len(scores) + 1) / 2 for r in midranks(v)] for v in (scores, lengths))
                for i, (a, b) in enumerate(((x, y), (x, x), (y, y))):
                    sums[i] += sum(p * q for p, q in zip(a, b, strict=True))
        spread = math.sqrt(squares / freedom) if compared else None
        by_language[tag] = (compared, tied, spread, sums[0] / math.sqrt(sums[1] * sums[2]) if sums[1] else None)
    return by_language


TEXTS = st.text(alphabet="".join(LETTERS.values()), min_size=1, max_size=6)
POOLS = st.dictionaries(
    st.tuples(st.integers(0, 30).map(str), st.just("ar") | st.just("zh")),
    st.lists(st.builds(A, TEXTS, st.tuples(st.integers(-3, 3).map(float))), min_size=1, max_size=5),
    min_size=1,
    max_size=8,
).map(lambda pool: {(f"{language}{prompt}", language): answers for (prompt, language), answers in pool.items()})


@settings(max_examples=12, deadline=None)
@given(POOLS)
def test_what_is_measured_within_prompts_is_what_plain_python_finds(pool: Pool) -> None:
    for row, (compared, tied, spread, correlation) in zip(look(pool), reference(pool).values(), strict=True):
        assert (row.compared, row.tied) == (compared, tied)
        assert row.spread == (spread if spread is None else pytest.approx(spread, rel=1e-5))
        assert row.length_correlation == (correlation if correlation is None else pytest.approx(correlation, abs=6e-5))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(POOLS, st.data())
def test_a_constant_added_to_all_scores_of_a_prompt_changes_nothing_within_prompts(pool: Pool, data: Any) -> None:
    moved = {}
    for key, answers in pool.items():
        by = data.draw(st.integers(-1000, 1000))
        moved[key] = [A(a.text, (a.scores[0] + by,), a.model, a.route) for a in answers]
    names = ("compared", "tied", "tied_share", "ordered", "length_correlation")
    for one, other in zip(look(pool), look(moved), strict=True):
        assert {name: getattr(one, name) for name in names} == {name: getattr(other, name) for name in names}
        assert one.spread == (None if other.spread is None else pytest.approx(other.spread, rel=1e-5))


def test_a_rater_that_follows_length_is_warned_of_in_the_languages_where_it_does() -> None:
    pool = drawn(lambda tag, size, chance: size + 100 * chance if tag in ("ar", "ja") else chance, 60)
    rows = look(pool, best_and_worst(pool))
    (sentence,) = warnings(rows, RATER)
    assert sentence.startswith(f"{RATER} prefers the longer answer")
    by_tag = {row.language: row for row in rows}
    for tag in LETTERS:
        assert (f"{tag} (rank correlation" in sentence) == (tag in ("ar", "ja"))
    assert f"{by_tag['ar'].length_correlation:.2f} within 60 prompts" in sentence
    assert f"longer one in {by_tag['ar'].longer:.0%} of 60 pairs" in sentence


def test_a_rater_that_follows_shortness_is_warned_of() -> None:
    pool = drawn(lambda tag, size, chance: 100 * chance - size, 60, tags=["ko"])
    (row,) = look(pool, best_and_worst(pool))
    (sentence,) = warnings([row], RATER)
    assert sentence.startswith(f"{RATER} prefers the shorter answer")
    assert f"shorter one in {1 - row.longer:.0%} of 60 pairs" in sentence


def test_a_warning_of_length_counts_the_pairs_in_which_lengths_differ() -> None:
    pool = drawn(lambda tag, size, chance: size + 100 * chance, 60, tags=["ko"])
    pool |= {(f"same {number}", "ko"): [A("가나", (1.0,)), A("나가", (2.0,))] for number in range(5)}
    (row,) = look(pool, best_and_worst(pool))
    assert (row.pairs, row.equal_length) == (65, 5)
    (sentence,) = warnings([row], RATER)
    assert sentence.endswith(" of 60 pairs)")


@pytest.mark.parametrize(("prompts", "warned"), [(15, False), (16, True)])
@pytest.mark.parametrize(("sign", "correlation"), [(1, "1.00"), (-1, "-1.00")])
def test_scores_alone_show_that_a_rater_follows_length(prompts: int, warned: bool, sign: int, correlation: str) -> None:
    # Of n prompts in n Wilson's interval begins at n / (n + 1.96 ** 2): 0.796 of 15, 0.806 of 16, and FOLLOWS is 0.8.
    rows = look(drawn(lambda tag, size, chance: sign * size, prompts, tags=["ko"]))
    sentences = warnings(rows, RATER)
    assert len(sentences) == warned
    if warned:
        assert sentences[0].startswith(f"{RATER} prefers the {'longer' if sign > 0 else 'shorter'} answer")
        assert sentences[0].endswith(f"in ko (rank correlation {correlation} within 16 prompts)")


@pytest.mark.parametrize("seed", range(5))
def test_a_rater_that_rolls_dice_is_not_said_to_follow_length(seed: int) -> None:
    pool = drawn(lambda tag, size, chance: chance, 60, seed)
    assert warnings(look(pool, best_and_worst(pool)), RATER) == []


def test_a_handful_of_prompts_warns_of_nothing() -> None:
    longer = drawn(lambda tag, size, chance: size, 6)
    assert all(row.length_correlation == 1 for row in look(longer))
    assert warnings(look(longer, best_and_worst(longer)), RATER) == []
    assert warnings(look(drawn(lambda tag, size, chance: 1.0, 3)), RATER) == []
    narrow = drawn(lambda tag, size, chance: chance / 100 if tag == "hi" else chance, 29)
    assert warnings(look(narrow), RATER) == []


def test_with_two_answers_a_prompt_both_limits_on_length_are_one() -> None:
    pool = drawn(lambda tag, size, chance: size if chance < 0.7 else -size, 100, tags=["el"], answers=2)
    (row,) = look(pool, best_and_worst(pool))
    assert row.length_correlation == pytest.approx(2 * row.longer - 1)
    assert pytest.approx(2 * FOLLOWS - 1) == CORRELATED


def test_a_rater_that_gives_one_score_to_most_answers_of_a_language_is_warned_of() -> None:
    pool = drawn(lambda tag, size, chance: float(chance > 0.9) / 10 if tag == "uk" else chance, 200)
    rows = look(pool)
    # Its spread is narrow too, but that says the same again.
    (sentence,) = warnings(rows, RATER)
    (uk,) = (row for row in rows if row.language == "uk")
    # Three answers of which each has another score with a chance of .1: .9^3 + .1^3.
    assert uk.tied_share == pytest.approx(0.73, abs=0.08)
    assert sentence.endswith(f"the same score too often to tell them apart in uk ({uk.tied_share:.0%} of 200 prompts)")


def test_a_language_whose_scores_hardly_differ_is_warned_of() -> None:
    # Far apart from prompt to prompt, close together within one.
    def rater(tag: str, size: int, chance: float) -> float:
        return chance / 10 if tag == "hi" else chance

    pool = drawn(rater, 60)
    apart = {
        key: [A(a.text, (a.scores[0] + 5 * (n % 7),), a.model) for a in answers]
        for n, (key, answers) in enumerate(pool.items())
    }
    (sentence,) = warnings(look(apart), RATER)
    assert "hardly tells the answers to a prompt apart in hi (spread 0.0" in sentence
    assert warnings(look({key: a for key, a in apart.items() if key[1] in ("hi", "ja")}), RATER) == []


def test_a_rater_of_a_generators_family_is_warned_of_with_what_it_chose() -> None:
    pool: Pool = {
        (f"{tag}{n}", tag): [A("α" * (5 + n % 2), (2.0,), "CohereLabs/aya-expanse-8b"), A("ωωωωω", (1.0,), "gemma")]
        for tag in ("el", "he")
        for n in range(4)
    }
    rows = look(pool, [(f"{tag}{n}", int(n == 0), int(n != 0)) for tag in ("el", "he") for n in range(4)])
    (sentence,) = warnings(rows, "command-a-judge")
    assert sentence == (
        "command-a-judge is of one family (cohere) with CohereLabs/aya-expanse-8b, and raters favour their own kind; "
        "their answers are chosen in 75% of their 8 places in pairs; "
        "those of other models are chosen in 25% of their 8 places in pairs"
    )
    assert warnings(rows, "qwen-judge") == []


def test_a_length_is_counted_in_code_points() -> None:
    # Four code points, twelve bytes, and two signs as a reader counts them.
    hindi = A("नीनी", (1.0,))
    pool: Pool = {("p", "hi"): [hindi, A("abcde", (2.0,))], ("q", "hi"): [hindi, A("abc", (0.0,))]}
    (row,) = look(pool, [("p", 1, 0), ("q", 0, 1)])
    assert (row.length_correlation, row.longer) == (1.0, 1.0)
