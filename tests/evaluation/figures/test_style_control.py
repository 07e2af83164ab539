"""Style control: what is counted by hand, coefficients that were put in, and what cannot be had."""

import numpy as np
import pytest
from scipy.optimize import minimize

from polypref.evaluation.figures import style_control
from polypref.evaluation.figures.style_control import FEATURES, style_controlled, style_counts


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", (0, 0, 0)),
        ("plain", (0, 0, 0)),
        ("# H\n## I\n#no header\n####### seven", (2, 0, 0)),
        ("- one\n* two\n+ three\n1. four\n2) five\n-no item", (0, 5, 0)),
        ("**b** and __c__, 2 * 3 * 4, a__b__", (0, 0, 3)),
        ("```\n# code\n- code\n**code**\n```\n# H", (1, 0, 0)),
        ("```\n# never closed", (0, 0, 0)),
        ("\n \n\n\t- one\n\n\n  2. two", (0, 2, 0)),
    ],
)
def test_what_is_counted(text, counts):
    assert style_counts(text) == (len(text), *counts)


def battles(n=2000, seed=3):
    """x is better by one log odd than y and as good as z; two log odds for a whole relative difference of lengths."""
    rng = np.random.default_rng(seed)
    names, strength = ["x", "y", "z"], {"x": 1.0, "y": 0.0, "z": 1.0}
    rows = []
    for at in range(n):
        a, b = rng.choice(names, 2, replace=False)
        sizes = rng.integers(20, 400, 2)
        eta = strength[a] - strength[b] + 2 * (sizes[0] - sizes[1]) / sizes.sum()
        won = float(rng.random() < 1 / (1 + np.exp(-eta)))
        rows.append((str(a), str(b), won, ("a" * sizes[0], "b" * sizes[1]), f"g{at % 500}"))
    return list(zip(*rows, strict=True))


def test_coefficients_are_those_of_the_likelihood():
    a, b, scores, texts, groups = battles()
    styled = style_controlled(a, b, scores, texts, groups)
    by_model = {one.model: one for one in styled.models}
    relative = np.array([(len(x) - len(y)) / (len(x) + len(y)) for x, y in texts])
    spread = relative.std()

    def loss(v):
        at = dict(zip("xyz", (v[0], v[1], 0.0), strict=True))
        eta = np.array([at[p] - at[q] for p, q in zip(a, b, strict=True)]) + v[2] * relative / spread
        return (np.logaddexp(0, eta) - np.array(scores) * eta).sum()

    x, y, length = minimize(loss, np.zeros(3), tol=1e-10).x
    mean = (x + y) / 3
    assert [by_model[m].strength for m in "xyz"] == pytest.approx([x - mean, y - mean, -mean], abs=1e-3)
    assert styled.features[0].coefficient == pytest.approx(length, abs=1e-3)
    # What was put in lies in the intervals.
    assert styled.features[0].low < 2 * spread < styled.features[0].high
    for model, true in (("x", 1 / 3), ("y", -2 / 3), ("z", 1 / 3)):
        assert by_model[model].low < true < by_model[model].high
    assert [one.name for one in styled.features] == list(FEATURES)
    assert [one.coefficient for one in styled.features[1:]] == [None] * 3, "no answer has any of these"
    assert styled.models[-1].model == "y" and sum(one.win_rate for one in styled.models) == pytest.approx(1.5)


def test_a_model_that_wins_by_length_alone_is_no_better_at_equal_style():
    rng = np.random.default_rng(0)
    sizes = rng.integers(20, 400, (400, 2))
    sizes[:, 0] += 150
    eta = 3 * (sizes[:, 0] - sizes[:, 1]) / sizes.sum(1)
    scores = (rng.random(400) < 1 / (1 + np.exp(-eta))).astype(float)
    texts = [("a" * one, "b" * two) for one, two in sizes]
    styled = style_controlled(["x"] * 400, ["y"] * 400, scores, texts, [f"g{n}" for n in range(400)])
    x = next(one for one in styled.models if one.model == "x")
    assert x.plain > 0.2 and x.low < 0 < x.high


def test_blank_lines_are_gone_through_once():
    """Each line has its own blanks: a pattern that runs on over all lines behind it takes n * n steps."""
    assert style_control._LIST.match("\n\n- one") is None and style_control._LIST.match(" \t- one")


def test_without_a_chain_of_points_there_are_no_strengths():
    """Models that never met the others, or lost to them all, have none; a tie is enough."""
    rng = np.random.default_rng(2)

    def fitted(pairs, loser=""):
        rows = []
        for at in range(200):
            for a, b in pairs:
                score = 1.0 if b == loser else float(rng.random() < 0.6)
                one, two = rng.integers(5, 50, 2)
                rows.append([a, b, score, ("x" * one, "y" * two), f"g{at}"])
        return rows

    assert style_controlled(*zip(*fitted([("a", "b"), ("c", "d")]), strict=True)) is None
    lost = fitted([("a", "b"), ("b", "c"), ("a", "c")], loser="c")
    assert style_controlled(*zip(*lost, strict=True)) is None
    lost[1][2] = 0.5
    assert style_controlled(*zip(*lost, strict=True)).models[-1].model == "c"


def test_what_is_left_out_is_counted_and_too_few_prompts_give_nothing():
    a, b, scores, texts, groups = battles(600)
    scores = [float("nan"), *scores[1:]]
    texts = [texts[0], ("", "b"), *texts[2:]]
    styled = style_controlled(a, b, scores, texts, groups)
    assert (styled.battles, styled.left_out) == (598, 2)
    # Two strengths and four features: sixty prompts at least.
    assert style_controlled(a[:59], b[:59], scores[:59], texts[:59], groups[:59]) is None
    assert style_controlled([], [], [], [], []) is None
