"""What chosen answers have more of: planted factors are seen, shuffled labels are not; what has no weight says why."""

import runpy
from dataclasses import replace

import numpy as np
import pytest

from polypref import languages
from polypref.analysis import factors
from polypref.analysis.answer_pairs import AnswerPairs
from polypref.analysis.factors import pair_differences, weigh_factors, weigh_language
from polypref.analysis.features import FACTORS
from polypref.evaluation.figures.statistics import holm
from tests.conftest import ROOT

PLANTED = runpy.run_path(str(ROOT / "benchmarks" / "factors" / "planted.py"))


def planted(tag: str, prompts: int, seed: int = 0, effects: dict[str, float] | None = None) -> AnswerPairs:
    rows = list(PLANTED["planted_pairs"](tag, prompts, seed, effects))
    return AnswerPairs(tag, [row[1] for row in rows], [row[2] for row in rows], [row[0] for row in rows])


def drawn(generator: np.random.Generator, prompts: int = 120) -> tuple[dict[str, np.ndarray], list[str]]:
    """Differences of all factors in pairs of one to three a prompt, and the prompts, whose labels a coin turns."""
    number = np.repeat(np.arange(prompts), generator.integers(1, 4, prompts))
    coin = generator.choice([-1.0, 1.0], prompts)[number]
    values = {name: coin * generator.normal(size=len(number)) for name in FACTORS[:9]}
    rare = {name: coin * (generator.random(len(number)) < 0.2) for name in FACTORS[9:]}
    return values | rare, [str(one) for one in number]


def held(result, tag):
    return {one.factor: np.sign(one.weight) for one in result.of_language(tag) if one.holds}


def test_planted_factors_are_seen_with_their_signs():
    strong = {name: 1.5 * weight for name, weight in PLANTED["EFFECTS"].items()}
    result = weigh_factors([planted(tag, 160, effects=strong) for tag in ("he", "ja")])
    for tag in ("he", "ja"):
        assert held(result, tag) == {name: np.sign(weight) for name, weight in strong.items()}
    assert result.tests == sum(one.p is not None for one in result.weights)
    assert result.unreviewed == ["he", "ja"]


def test_shuffled_labels_hold_no_more_often_than_alpha():
    # 60 datasets of three languages; whole prompts are turned, which is as dependent as pairs can be. Expected at most
    # 3 datasets with anything that holds; 8 or more of 60 has probability .01.
    generator, families, singles = np.random.default_rng(1), 0, []
    for _ in range(60):
        rows = [row for tag in "abc" for row in weigh_language(tag, *drawn(generator))]
        p = [row.p for row in rows if row.p is not None]
        families += bool(holm(p).min() < 0.05)
        singles += p
    assert families < 8
    assert np.mean(np.array(singles) < 0.05) < 0.06


@pytest.mark.slow
def test_all_23_languages():
    result = weigh_factors([planted(tag, 400) for tag in languages.AYA_23])
    signs = {name: np.sign(weight) for name, weight in PLANTED["EFFECTS"].items()}
    seen = [held(result, tag) for tag in languages.AYA_23]
    assert all(one.items() <= signs.items() for one in seen)
    assert sum(map(len, seen)) > 0.9 * len(signs) * len(seen)
    coin = weigh_factors([planted(tag, 400, effects={}) for tag in languages.AYA_23])
    assert len(coin.held()) <= 1


def test_a_factor_is_weighed_in_its_own_spread():
    generator = np.random.default_rng(5)
    values, groups = drawn(generator)
    one = weigh_language("de", values, groups)
    other = weigh_language("de", values | {"length": 10 * values["length"]}, groups)
    first, second = one[0], other[0]
    assert first.weight == pytest.approx(second.weight) and second.spread == pytest.approx(10 * first.spread)
    # The odds are for one unit, whatever the spread.
    assert first.odds == pytest.approx(np.exp(first.weight / first.spread))
    assert np.log(second.odds) == pytest.approx(np.log(first.odds) / 10)


def test_what_has_no_weight_says_why():
    values, groups = drawn(np.random.default_rng(2), prompts=200)
    values["emoji"] = np.where(np.arange(len(groups)) < 5, values["emoji"], 0.0)
    values["headings"] = 3 * values["list_items"]
    del values["apology"]
    rows = {row.factor: row for row in weigh_language("de", values, groups)}
    reasons = {name: row.left_out for name, row in rows.items() if row.left_out}
    assert reasons == {"emoji": "seldom", "headings": "same", "apology": "no_cues"}
    assert all((row.weight is None) == bool(row.left_out) for row in rows.values())
    assert rows["emoji"].prompts < factors.LEAST_PROMPTS


def test_few_prompts_have_few_weights_and_none_have_none():
    values, groups = drawn(np.random.default_rng(2), prompts=45)
    rows = weigh_language("de", values, groups)
    assert sum(row.weight is not None for row in rows) == 4
    assert {row.left_out for row in rows} == {"", "few_prompts", "seldom"}
    assert all(row.left_out for row in weigh_language("de", {name: np.zeros(0) for name in FACTORS}, []))


def test_differences_are_chosen_less_rejected():
    pairs = AnswerPairs("en", ["- a\n- b\n- c"], ["a"], ["p"])
    assert pair_differences(pairs)["list_items"].tolist() == [2.0]
    turned = replace(pairs, chosen=pairs.rejected, rejected=pairs.chosen)
    assert pair_differences(turned)["list_items"].tolist() == [-2.0]
