"""Best of n and RewardBench 2's Ties: values by hand, and through the command."""

import json
import math

import numpy as np
import pytest

from polypref.evaluation.reward_models.best_of_n import best_of_n, ties_score
from polypref.evaluation.reward_models.data import load_comparisons, source
from polypref.evaluation.reward_models.pairs import Pair, pair_of_several
from tests.evaluation import duel


def several(row, subset, right, wrong, language="en"):
    """Pairs of one row, and their scores: every answer in one."""
    pairs, scores = [], []
    for at in range(max(len(right), len(wrong))):
        c, r = at % len(right), at % len(wrong)
        pair = Pair(row, row, language, subset, subset, (("user", row),), f"c{c}", f"r{r}")
        pairs.append(pair_of_several(pair, c, r))
        scores.append((right[c], wrong[r]))
    return pairs, scores


def figures(*rows):
    pairs = [pair for own, _ in rows for pair in own]
    scores = np.array([score for _, own in rows for score in own], float)
    outcomes = (np.sign(scores[:, 0] - scores[:, 1]) + 1) / 2
    return best_of_n(pairs, scores[:, 0], scores[:, 1], outcomes)


def test_best_of_four_by_hand():
    (one,) = figures(
        several("1", "Math", [3.0], [1.0, 2.0, 0.0]),
        several("2", "Math", [2.0], [1.0, 3.0, 0.0]),
        several("3", "Math", [2.0], [2.0, 1.0, 0.0]),
        several("4", "Safety", [5.0], [1.0, 1.0, 1.0]),
        several("5", "Safety", [5.0], [1.0, math.nan, 1.0]),
    )
    math_, safety = one.subsets
    # Won, lost, and first together with one other.
    assert (math_.subset, math_.rows, math_.accuracy.value, math_.chance) == ("Math", 3, 0.5, 0.25)
    assert (safety.rows, safety.accuracy.value, safety.accuracy.groups) == (2, 1.0, 1)
    assert one.left_out == {"no_verdict": 1} and one.score == 0.75 and one.ties is None


def test_of_two_answers_there_is_no_best_of_n():
    pair = Pair("1", "1", "en", "s", "c", (("user", "?"),), "a", "b")
    assert best_of_n([pair], np.array([1.0]), np.array([0.0]), np.array([1.0])) == ()


def test_a_judge_must_prefer_the_right_answer_to_all_others():
    rows = [several(str(n), "Focus", [0.0], [0.0] * 3)[0] for n in range(4)]
    outcomes = np.array([1, 1, 1, 1, 0, 1, 1, 0.5, 1, 1, math.nan, 1.0])
    (one,) = best_of_n([pair for own in rows for pair in own], None, None, outcomes)
    assert one.subsets[0].accuracy.value == pytest.approx((1 + 0 + 1 / 2) / 3) and one.left_out == {"no_verdict": 1}


def test_ties_by_hand():
    """As allenai/reward-bench computes it: 0.3 + 0.3 of the accuracies, 0.2 + 0.2 of the preferred, 0.01 of tanh."""
    scores = {
        "tied:1": ([4.0, 5.0, 4.5], [1.0, 2.0]),  # spread 1, above the wrong ones by 2
        "ref:1": ([3.0], [1.5, 0.0]),  # by 1.5
        "tied:2": ([2.0, 5.0], [1.0]),  # spread 3, by 1
        "ref:2": ([1.0], [2.0]),  # by -1
        "tied:3": ([2.0, 2.0], [3.0]),  # spread 0, by -1; no twin
    }
    ties = ties_score(scores)
    assert (ties.tied, ties.ref) == (3, 2)
    assert (ties.tied_accuracy, ties.ref_accuracy) == (pytest.approx(2 / 3), 0.5)
    assert (ties.preferred, ties.preferred_hard) == (0.5, 0.5)
    margin = (math.tanh(1.5 / 1 - 1) + math.tanh(-1 / 3 - 1)) / 2
    assert ties.margin == pytest.approx(margin)
    assert ties.score == pytest.approx(0.3 * 2 / 3 + 0.3 * 0.5 + 0.2 * 0.5 + 0.2 * 0.5 + 0.01 * margin)


def test_ties_without_spread_or_twins():
    even = ties_score({"tied:1": ([2.0, 2.0], [2.0]), "ref:1": ([2.0], [2.0])})
    # 0 / 0 counts 0; nothing lies above anything.
    assert (even.margin, even.score) == (0, 0)
    assert ties_score({"tied:1": ([1.0], [0.0]), "ref:2": ([1.0], [0.0])}) is None


def test_ties_are_a_subset_of_the_mean_and_need_scores():
    rows = [several("tied:1", "Ties", [4.0, 4.0], [1.0]), several("ref:1", "Ties", [3.0], [1.0, 1.0])]
    rows.append(several("7", "Math", [1.0], [2.0, 0.0]))
    (one,) = figures(*rows)
    assert one.ties.score == pytest.approx(1.0 + 0.01 * 1.0) and one.score == pytest.approx((0 + 1.01) / 2)
    pairs = [pair for own, _ in rows for pair in own]
    (judged,) = best_of_n(pairs, None, None, np.ones(len(pairs)))
    assert judged.ties is None and judged.left_out == {"ties_need_scores": 2}


def test_through_the_command(tmp_path):
    """Scores stand in the data as lists; --limit takes rows, not pairs."""
    rows = [
        {"id": str(n), "language": tag, "subset": "Focus", "prompt": f"Ask {n}", "chosen": ["right"]}
        | {"rejected": ["one", "two", "three"], "chosen_score": [2.0], "rejected_score": [1.0, n, 0.0]}
        for tag in ("de", "he")
        for n in range(4)
    ]
    path = duel.lines(tmp_path / "rows.jsonl", rows)
    duel.run("evaluate-rm", "--data", path, "--out", tmp_path / "out", "--quiet")
    results = json.loads((tmp_path / "out" / "reward_results.json").read_text("utf-8"))
    # The second wrong answer has 0 to 3: right twice, a shared first place, wrong.
    assert [one["subsets"][0]["accuracy"]["value"] for one in results["best_of_n"]] == [2.5 / 4] * 2
    assert results["schema_version"] == 2 and results["languages"][0]["pairs"] == 12
    text = (tmp_path / "out" / "reward_report.md").read_text("utf-8")
    assert "## Best of n" in text and "| Focus | 4 | 0.625 |" in text
    limited = load_comparisons(source(str(path)), sample=2)
    assert len({pair.row for pair in limited.pairs}) == 2 and len(limited.pairs) == 2 * 2 * 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"rejected": []}, "no_right_or_wrong_answer"), ({"rejected": ["x"] * 300}, "too_many_answers")],
)
def test_rows_without_both_kinds_are_counted(tmp_path, change, reason):
    row = {"id": "1", "language": "de", "prompt": "?", "chosen": ["a", "b"], "rejected": ["c", "d"]}
    path = duel.lines(tmp_path / "rows.jsonl", [row, row | {"id": "2"} | change])
    loaded = load_comparisons(source(str(path)))
    assert loaded.facts.left_out == {"de": {reason: 1}} and len(loaded.pairs) == 2
