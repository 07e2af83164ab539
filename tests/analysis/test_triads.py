"""Cyclic triads: orders have none, rock-paper-scissors only such, coins a quarter, and errors e (1 - e)."""

import random
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.analysis.triads import (
    Compared,
    consistence,
    count_triads,
    cyclic_triads,
    majority_error,
    single_error,
)
from polypref.files import sql
from polypref.release.audit_results import COINS


def drawn(draw: random.Random, answers: int, error: float, votes: int = 1) -> list[Compared]:
    """Comparisons of answers whose order is that of their numbers, each vote wrong so often."""
    compared = []
    for low, high in combinations(range(answers), 2):
        right = sum(draw.random() >= error for _ in range(votes))
        compared.append(Compared(low, high, right, votes - right))
    return compared


def test_an_order_has_none_and_rock_paper_scissors_nothing_else():
    draw = random.Random(1)
    order = count_triads("de", "r", [drawn(draw, 5, 0) for _ in range(30)])
    assert (order.cyclic.share, order.cyclic.of, order.prompts, order.consistence) == (0, 300, 30, 1)
    circle = [Compared(0, 1, 1, 0), Compared(1, 2, 1, 0), Compared(0, 2, 0, 1)]
    facts = count_triads("de", "r", [circle] * 7)
    assert (facts.cyclic.share, facts.cyclic.of, facts.consistence, facts.noise) == (1, 7, 0, None)


def test_coins_give_a_quarter():
    draw = random.Random(2)
    facts = count_triads("de", "r", [drawn(draw, 4, 0.5) for _ in range(1500)])
    assert facts.cyclic.low is not None and facts.cyclic.high is not None
    assert facts.cyclic.low < COINS < facts.cyclic.high and facts.cyclic.share == pytest.approx(COINS, abs=0.02)


@pytest.mark.parametrize("error", [0.05, 0.2])
def test_errors_of_judges_who_know_an_order_explain_their_circles(error):
    draw = random.Random(3)
    prompts = [drawn(draw, 4, error, votes=2) for _ in range(2500)]
    facts = count_triads("de", "r", prompts)
    assert facts.error == pytest.approx(error, abs=0.01) and facts.repeated == 6 * 2500
    # Where two votes agree, both are wrong in e^2 / (e^2 + (1 - e)^2) of cases.
    both = error**2 / (error**2 + (1 - error) ** 2)
    assert facts.noise == pytest.approx(both * (1 - both), rel=0.1)
    assert facts.cyclic.low is not None and facts.cyclic.high is not None and facts.noise is not None
    assert facts.cyclic.low < facts.noise < facts.cyclic.high
    once = count_triads("de", "r", [drawn(draw, 3, error) for _ in range(4000)])
    assert once.cyclic.share == pytest.approx(error * (1 - error), abs=0.015)
    assert (once.error, once.noise, once.repeated) == (None, None, 0)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(list(combinations(range(6), 2))), st.integers(-1, 1)))
def test_triads_are_those_that_a_loop_counts(outcomes):
    compared = [Compared(low, high, side == 1, side == -1) for (low, high), side in outcomes.items()]
    beats = {(low, high) if side > 0 else (high, low) for (low, high), side in outcomes.items() if side}
    strict = cyclic = met = 0
    for a, b, c in combinations(range(6), 3):
        if not {(a, b), (b, c), (a, c)} <= outcomes.keys():
            continue
        met += 1
        untied = all(outcomes[two] for two in ((a, b), (b, c), (a, c)))
        strict += untied
        cyclic += untied and ({(a, b), (b, c), (c, a)} <= beats or {(b, a), (c, b), (a, c)} <= beats)
    facts = count_triads("de", "r", [compared])
    share = facts.cyclic.share
    assert (facts.cyclic.of, facts.tied) == (strict, met - strict)
    assert round((share or 0) * strict, 2) == pytest.approx(cyclic, abs=0.01)


def test_kendalls_coefficient_by_hand():
    assert consistence([3, 2, 1, 0]) == 1 and consistence([2, 2, 1, 1]) == 0  # two circles, the most of four answers
    assert consistence([2, 2, 2, 2, 2]) == 0 and consistence([1, 0]) is None
    assert consistence([2, 2, 2, 0]) == pytest.approx(0.5)  # one circle


def test_the_error_of_a_verdict_by_how_often_two_differ():
    # d = 2 of 8 twos: e = (1 - sqrt(1 - 1/2)) / 2.
    compared = [Compared(0, 1, 2, 0)] * 6 + [Compared(0, 1, 1, 1)] * 2
    assert single_error(compared) == pytest.approx((1 - np.sqrt(0.5)) / 2)
    assert single_error([Compared(0, 1, 2, 2)]) == 0.5  # more often than coins would
    assert majority_error(0.2, 3) == pytest.approx(0.2**3 / (0.2**3 + 0.8**3)) and majority_error(None, 1) == 0


def tables(folder, verdicts, texts):
    """Parts of a build's stages: prompt p in German with answers a, b, c of these texts, and verdicts on them."""
    prompt = {"prompt_id": "p", "group_id": "g", "language": "de", "response_language": "de", "origin": "human"}
    prompt |= {"prompt": [{"role": "user", "content": "?"}], "sources": []}
    own = {"prompt_id": "p", "model": "m", "model_revision": "1", "model_licence": "x", "route": "given"}
    rows = {
        "prompts": pa.Table.from_pylist([prompt], schema.PROMPTS),
        "completions": pa.Table.from_pylist(
            [own | {"completion_id": name, "text": text} for name, text in texts.items()], schema.COMPLETIONS
        ),
        "verdicts": pa.Table.from_pylist(
            [
                {"prompt_id": "p", "completion_a": one, "completion_b": other, "preferred": side, "rater": rater}
                | {"annotator": person}
                for one, other, side, rater, person in verdicts
            ],
            schema.VERDICTS,
        ),
    }
    paths = {}
    for name, table in rows.items():
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(table, paths[name])
    return paths


def counted(folder, verdicts, **texts):
    paths = tables(folder, verdicts, texts or {"a": "one", "b": "two", "c": "three"})
    with sql.connect(reads=list(paths.values())) as con:
        return cyclic_triads(con, [paths["verdicts"]], [paths["prompts"]], [paths["completions"]], [])


def test_verdicts_of_a_build_by_rater(tmp_path):
    circle = [("a", "b", "a", "people", None), ("c", "b", "b", "people", None), ("a", "c", "b", "people", None)]
    order = [("a", "b", "a", "judge", None), ("b", "c", "a", "judge", None), ("a", "c", "a", "judge", None)]
    judge, people = counted(tmp_path, [*circle, *order])
    assert (people.language, people.rater, people.cyclic.share, people.cyclic.of) == ("de", "people", 1, 1)
    assert (judge.rater, judge.cyclic.share) == ("judge", 0)


def test_one_person_counts_once_and_equal_texts_are_one_answer(tmp_path):
    circle = [("a", "b", "a", "r", "x"), ("b", "c", "a", "r", "x"), ("c", "a", "a", "r", "x")]
    (facts,) = counted(tmp_path, [*circle, *circle])
    assert facts.repeated == 0 and facts.cyclic.share == 1
    (facts,) = counted(tmp_path, [*circle, ("a", "b", "b", "r", "y"), ("a", "c", "tie", "r", "y")])
    assert (facts.cyclic.of, facts.tied, facts.repeated, facts.error) == (0, 1, 1, 0.5)
    assert counted(tmp_path, circle, a="same", b="same ", c="three") == []


def test_a_judge_that_is_of_two_minds_in_the_two_orders(tmp_path):
    more = [("a", "d", "disagreement", "j", None), ("b", "d", "a", "j", None)]
    circle = [("a", "b", "a", "j", None), ("b", "c", "a", "j", None), ("c", "a", "a", "j", None)]
    (facts,) = counted(tmp_path, [*circle, *more], a="one", b="two", c="three", d="four")
    # Five comparisons in both orders, of which one differs: d = .2.
    error = (1 - np.sqrt(1 - 0.4)) / 2
    assert facts.error == pytest.approx(error, abs=1e-4) and facts.repeated == 5
    wrong = majority_error(error, 2)
    assert facts.noise == pytest.approx(wrong * (1 - wrong), abs=1e-4) and facts.tied == 1


def test_without_verdicts_there_is_nothing(tmp_path):
    with sql.connect(reads=[tmp_path]) as con:
        assert cyclic_triads(con, [], [], [], []) == []


def test_published_verdicts_say_the_same_of_a_person_once(tmp_path):
    def rows(one, other, person):
        own = {"prompt_id": "p", "group_id": "g", "language": "de", "response_language": "de", "model": "m"}
        own |= {"route": "given", "rater": "r", "source": "s", "licence": "x", "annotator": person, "prompt": []}
        for name, compared, verdict in ((one, other, "better"), (other, one, "worse")):
            turns = [{"role": "assistant", "content": f"answer {name}"}]
            yield own | {"completion_id": name, "completion": turns, "compared_with": compared, "verdict": verdict}

    form, path = schema.with_people(schema.RELEASED_RATINGS, ("annotator",)), tmp_path / "ratings.parquet"
    circle = [row for pair in (("a", "b"), ("b", "c"), ("c", "a")) for row in rows(*pair, "x")]
    for more, repeated in ((list(rows("a", "b", "x")), 0), (list(rows("a", "b", "other")), 1)):
        pq.write_table(pa.Table.from_pylist([*circle, *more], form), path)
        with sql.connect(reads=[path]) as con:
            (facts,) = cyclic_triads(con, [], [], [], [path])
        assert (facts.cyclic.of, facts.cyclic.share, facts.repeated) == (1, 1, repeated)
