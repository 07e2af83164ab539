"""Factors by groups of people: planted differences are seen, values dealt out at random are at chance."""

import random
import runpy
from collections.abc import Sequence
from math import log

import numpy as np
import pytest

from polypref.analysis.answer_pairs import AnswerPairs
from polypref.analysis.factors import weigh_language
from polypref.analysis.features import FACTORS
from polypref.analysis.group_factors import _corrected, compare_values, weigh_groups
from polypref.evaluation.figures.statistics import holm
from polypref.release.group_factor_results import LanguageValues
from polypref.schema import OTHER
from tests.conftest import ROOT

PLANTED = runpy.run_path(str(ROOT / "benchmarks" / "factors" / "planted.py"))


def figures(
    differences: dict[str, np.ndarray],
    prompts: Sequence[int],
    values: Sequence[str],
    people: Sequence[str],
    language: str = "hi",
) -> LanguageValues:
    """The figures of one language, corrected; factors that are not given are the same in all answers."""
    nothing = {name: np.zeros(len(prompts)) for name in FACTORS}
    (row,) = _corrected(
        [compare_values(language, nothing | differences, [str(one) for one in prompts], values, people)]
    )
    return row


def votes(
    tastes: dict[str, tuple[float, float]],
    seed: int = 0,
    prompts: int = 60,
    each: int = 6,
    own: float = 0.0,
) -> tuple[dict[str, np.ndarray], list[int], list[str], list[str]]:
    """Votes of people on the same pairs of answers: log odds of length and lists by value, and tastes of their own."""
    generator = np.random.default_rng(seed)
    answers = generator.normal(size=(prompts, 2))
    people = [(value, f"{value} {number}") for value in tastes for number in range(each)]
    wants = np.array([tastes[value] for value, _ in people]) + own * generator.normal(size=(len(people), 2))
    lead = answers @ wants.T
    chosen = np.where(generator.random(lead.shape) < 1 / (1 + np.exp(-lead)), 1.0, -1.0)
    differences = {name: (chosen * answers[:, [at]]).ravel() for at, name in enumerate(("length", "list_items"))}
    number = np.repeat(np.arange(prompts), len(people)).tolist()
    return differences, number, [one[0] for one in people] * prompts, [one[1] for one in people] * prompts


def held(row: LanguageValues) -> set[tuple[str, str, str]]:
    return {(one.factor, one.first, one.second) for one in row.differences if one.holds}


def test_a_difference_is_seen_where_it_was_planted_and_nowhere_else() -> None:
    # The towns like short answers, the villages long ones; both like lists.
    row = figures(*votes({"town": (-1.2, 1.0), "village": (1.2, 1.0)}))
    assert held(row) == {("length", "town", "village")}
    weights = {(one.value, weight.factor): weight for one in row.values for weight in one.weighed()}
    assert all(weight.holds for weight in weights.values()) and len(weights) == 4
    assert weights["town", "length"].high < 0 < weights["village", "length"].low
    (length,) = (one for one in row.differences if one.factor == "length")
    assert length.high < 0 and length.difference == pytest.approx(-2.4, abs=0.6)
    # Both values have the same factors, so that the model of the difference is that of the weights.
    assert length.first_weight == pytest.approx(weights["town", "length"].weight)
    assert length.difference == pytest.approx(length.first_weight - length.second_weight)


def test_weights_and_their_difference_by_hand() -> None:
    # One difference of 1 in each of 40 prompts and of two values, ten people each: 30 and 12 of 40 choose more.
    chosen = [1.0] * 30 + [-1.0] * 10 + [1.0] * 12 + [-1.0] * 28
    people = [f"{value} {number % 10}" for value in "ab" for number in range(40)]
    values = ["a"] * 40 + ["b"] * 40
    row = figures({"length": np.array(chosen)}, [*range(40), *range(40)], values, people)
    (one,) = row.differences
    first, second = log(30.5 / 10.5), log(12.5 / 28.5)
    assert (one.first_weight, one.second_weight) == (pytest.approx(first, abs=1e-6), pytest.approx(second, abs=1e-6))
    # By hand: with p = 30.5 / 41, a pair moves the weight by (1 - p) or -p over 40 p (1 - p); prompts of both values
    # hold what either moves, people what their four pairs do.
    p = np.array([30.5 / 41] * 40 + [12.5 / 41] * 40)
    moves = np.where(np.array(chosen) > 0, 1 - p, -p) / (40 * p * (1 - p)) * np.repeat([1, -1], 40)
    by_prompt = ((moves[:40] + moves[40:]) ** 2).sum() * 40 / 39
    each = [((moves[at : at + 40].reshape(4, 10).sum(0)) ** 2).sum() * 10 / 9 for at in (0, 40)]
    both = sum((moves[at : at + 40] ** 2).sum() * 40 / 39 for at in (0, 40))
    model = (1 / (40 * p * (1 - p)))[[0, 40]].sum()
    variance = max(by_prompt, sum(each), by_prompt + sum(each) - both, model)
    half = (one.high - one.low) / 2
    df = sum(each) ** 2 / sum(part**2 / 9 for part in each)
    from scipy.special import stdtrit

    assert half == pytest.approx(stdtrit(df, 0.975) * np.sqrt(variance), rel=1e-5)


def test_the_difference_is_that_of_one_model_with_interactions_fitted_and_clustered_by_other_means() -> None:
    """Two factors at once: scipy finds the weights of the joint model, and the variance is summed term by term."""
    from itertools import product

    from scipy.optimize import minimize
    from scipy.special import stdtrit

    differences, prompts, values, people = votes(
        {"a": (0.8, 0.3), "b": (-0.2, 0.3)}, seed=5, prompts=25, each=5, own=0.7
    )
    row = figures(differences, prompts, values, people)
    plain = np.column_stack([one / np.sqrt(np.square(one).mean()) for one in differences.values()])
    is_first = np.array([value == "a" for value in values], float)
    # The weights of b, and by how much those of a are more.
    x = np.hstack([plain, plain * is_first[:, None]])

    def information(weights: np.ndarray) -> np.ndarray:
        chance = 1 / (1 + np.exp(-x @ weights))
        return x.T @ (x * (chance * (1 - chance))[:, None])

    def loss(weights: np.ndarray) -> float:
        return float(np.logaddexp(0, -x @ weights).sum() - np.linalg.slogdet(information(weights))[1] / 2)

    weights = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-7}).x
    bread = np.linalg.inv(information(weights))
    scores = x * (1 - 1 / (1 + np.exp(-x @ weights)))[:, None]

    def variance(names: Sequence[object]) -> np.ndarray:
        """Of sums over clusters, by the products of every two rows of one cluster."""
        alike = np.array([[one == other for other in names] for one in names], float)
        return np.diag(bread @ scores.T @ alike @ scores @ bread)

    for at, factor in enumerate(differences):
        (one,) = (one for one in row.differences if one.factor == factor)
        assert one.second_weight == pytest.approx(weights[at], abs=1e-4)
        assert one.difference == pytest.approx(weights[2 + at], abs=1e-4)
        by_prompt = variance(prompts)[2 + at] * 25 / 24
        # Nobody is in both values, which are five people each; a pair is of one prompt and one person.
        sides = {value: np.array(values) == value for value in "ab"}
        each, both = [], 0.0
        for side in sides.values():
            own = bread @ (scores * side[:, None]).T
            sums = [own[2 + at, [person == name for person in people]].sum() for name in sorted({*people})]
            each.append(sum(total**2 for total in sums) * 5 / 4)
            cells = [
                own[2 + at, [pair == cell for pair in zip(prompts, people, strict=True)]].sum()
                for cell in product(range(25), sorted({*people}))
            ]
            both += sum(total**2 for total in cells) * 125 / 124
        squared = max(by_prompt, sum(each), by_prompt + sum(each) - both, bread[2 + at, 2 + at])
        df = min(24, sum(each) ** 2 / sum(part**2 / 4 for part in each))
        assert (one.high - one.low) / 2 == pytest.approx(stdtrit(df, 0.975) * np.sqrt(squared), rel=1e-3)


def test_where_one_weight_holds_and_the_other_does_not_there_is_no_difference() -> None:
    # As much in both; one value has 120 prompts, and the other 24 of them.
    differences, prompts, values, people = votes({"many": (0.7, 0.0), "few": (0.7, 0.0)}, seed=3, prompts=120)
    kept = [at for at, value in enumerate(values) if value == "many" or prompts[at] < 24]
    few = {name: one[kept] for name, one in differences.items()}
    row = figures(few, *([column[at] for at in kept] for column in (prompts, values, people)))
    weights = {one.value: one.weighed() for one in row.values}
    assert [one.factor for one in weights["many"] if one.holds] == ["length"]
    assert not any(one.holds for one in weights["few"])
    assert len(row.differences) == 2 and held(row) == set()


@pytest.mark.slow
def test_values_dealt_out_among_people_at_random_are_at_chance() -> None:
    # People have tastes of their own: a value of a few people is what these few like, and clusters of prompts alone
    # would take that for a difference between values. Of 400 p 20 are expected under .05 at most; 34 or more come in
    # one of 500 such runs.
    p, families = [], 0
    for seed in range(200):
        row = figures(*votes({"a": (0.5, 0.5), "b": (0.5, 0.5)}, seed=seed, prompts=30, own=1.0))
        p += [one.p for one in row.differences]
        families += bool(held(row))
    assert len(p) == 400 and sum(one < 0.05 for one in p) < 34
    assert families < 21  # of 200, 10 expected at most


def test_clusters_of_prompts_alone_would_claim_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the test above can fail: without whose each pair is, far more than one in twenty."""
    small = []
    for seed in range(40):
        differences, prompts, values, _ = votes({"a": (0.5, 0.5), "b": (0.5, 0.5)}, seed=seed, prompts=30, own=1.0)
        # A person of their own for each vote: nothing hangs together by person any more.
        one_vote_each = [f"person {at}" for at in range(len(prompts))]
        small += [one.p < 0.05 for one in figures(differences, prompts, values, one_vote_each).differences]
    assert np.mean(small) > 0.2


def test_many_values_are_compared_two_by_two_and_other_with_none() -> None:
    tastes = {name: (2.0 if name == "d" else 0.0, 0.0) for name in "abcdef"} | {OTHER: (-2.0, 0.0)}
    row = figures(*votes(tastes, prompts=80))
    assert [one.value for one in row.values] == [*"abcdef", OTHER]
    assert len(row.differences) == 15 * 2
    assert held(row) == {("length", *sorted(("d", other))) for other in "abcef"}
    (other,) = (one for one in row.values if one.value == OTHER)
    assert [one.factor for one in other.weighed() if one.holds] == ["length"]


def test_values_of_few_people_or_few_prompts_are_compared_with_none() -> None:
    differences, prompts, values, people = votes({"a": (2.0, 0.0), "b": (-2.0, 0.0), "c": (2.0, 0.0)})
    # Of b four people are told apart; of c there are 19 prompts.
    hidden = [OTHER if person in ("b 0", "b 1") else person for person in people]
    kept = [at for at, value in enumerate(values) if value != "c" or prompts[at] < 19]
    few = {name: one[kept] for name, one in differences.items()}
    row = figures(few, *([column[at] for at in kept] for column in (prompts, values, hidden)))
    of = {one.value: one for one in row.values}
    assert row.differences == []
    assert (of["b"].people, of["b"].is_compared, bool(of["b"].weighed())) == (4, False, True)
    assert (of["c"].pairs, of["c"].prompts, of["c"].weights) == (19 * 6, 19, [])
    assert of["a"].is_compared


def test_one_value_alone_has_weights_and_no_pairs_have_nothing() -> None:
    row = figures(*votes({"a": (2.0, 0.0)}))
    assert [one.value for one in row.values] == ["a"] and row.values[0].weighed() and row.differences == []
    empty = compare_values("hi", {name: np.zeros(0) for name in FACTORS}, [], [], [], unstated=7)
    assert (empty.pairs, empty.unstated, empty.values, empty.differences) == (0, 7, [], [])


def test_pairs_that_are_alike_in_every_factor_say_nothing() -> None:
    differences, prompts, values, people = votes({"a": (1.0, 0.0), "b": (-1.0, 0.0)})
    plain = figures(differences, prompts, values, people)
    tied = {name: np.append(one, np.zeros(50)) for name, one in differences.items()}
    row = figures(tied, [*prompts, *range(50)], [*values, *["a"] * 50], [*people, *["a 0"] * 50])
    assert {one.value: one.pairs for one in row.values} == {"a": 410, "b": 360}
    odds = [[weight.odds for one in of.values for weight in one.weights if weight.odds] for of in (plain, row)]
    assert odds[0] == pytest.approx(odds[1])


def test_a_factor_has_one_spread_for_all_values() -> None:
    # The answers that one value sees differ ten times as much: the weight is for the same difference.
    generator = np.random.default_rng(1)
    length = np.concatenate([10 * generator.normal(size=60), generator.normal(size=60)])
    length *= np.where(generator.random(120) < 1 / (1 + np.exp(-np.abs(length))), 1, -1) * np.sign(length)
    people = [f"{value} {at % 6}" for value in "ab" for at in range(60)]
    row = figures({"length": length}, list(range(120)), ["a"] * 60 + ["b"] * 60, people)
    a, b = (one.weighed()[0] for one in row.values)
    assert a.spread == b.spread == pytest.approx(np.sqrt(np.square(length).mean()))
    # The odds for one unit are those of each value's pairs by themselves, whatever the spread.
    for value, part in ((a, slice(0, 60)), (b, slice(60, 120))):
        alone = {name: np.zeros(60) for name in FACTORS} | {"length": length[part]}
        own = weigh_language("hi", alone, [str(one) for one in range(60)])[0]
        assert value.odds == pytest.approx(own.odds) and value.spread != pytest.approx(own.spread)


def people_of(tag: str, seed: int, effects: dict[str, dict[str, float]], prompts: int = 120) -> AnswerPairs:
    """Made-up answers in a language, which people of two values choose by different effects; some state none."""
    drawn = random.Random(seed)
    rows = [
        (*one, value, f"{value} {drawn.randrange(15)}")
        for value, own in effects.items()
        for one in PLANTED["planted_pairs"](tag, prompts, seed, own)
    ]
    rows += [(prompt, rejected, chosen, None, OTHER) for prompt, chosen, rejected, *_ in rows[:30]]
    prompt, chosen, rejected, values, people = (list(column) for column in zip(*rows, strict=True))
    return AnswerPairs(tag, chosen, rejected, prompt, [], values, people)


@pytest.mark.slow
def test_texts_in_hindi_and_hebrew_are_weighed_by_value() -> None:
    effects = {"עיר": {"list_items": 3.0, "bold": -3.0}, "गाँव": {"list_items": -3.0, "bold": -3.0}}
    result = weigh_groups("lives", [people_of("he", 1, effects), people_of("hi", 2, effects)])
    for row in result.languages:
        assert (row.pairs, row.unstated) == (240, 30)
        assert {one.factor for one in row.differences if one.holds} == {"list_items"}
        signs = {(one.value, w.factor): np.sign(w.weight) for one in row.values for w in one.weighed() if w.holds}
        planted = {(value, name): np.sign(one) for value, own in effects.items() for name, one in own.items()}
        # Of fifteen people a value not every weight that was planted holds, but nothing else does.
        assert len(signs) > 1 and signs.items() <= planted.items()
    assert result.unreviewed == ["he", "hi"]


def test_weights_and_differences_are_each_one_family_over_all_languages() -> None:
    effects = {"town": {"list_items": 1.0}, "village": {}}
    result = weigh_groups("lives", [people_of("he", 1, effects, 60), people_of("hi", 2, effects, 60)])
    weights = [w for row in result.languages for one in row.values for w in one.weights if w.p is not None]
    differences = [one for row in result.languages for one in row.differences]
    assert (result.tests, result.difference_tests) == (len(weights), len(differences))
    for family in (weights, differences):
        assert [one.p_holm for one in family] == pytest.approx(holm([one.p for one in family]).tolist())
