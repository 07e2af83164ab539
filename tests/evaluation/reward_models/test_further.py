"""Tables beside pairs: cells by hand."""

from dataclasses import replace

from polypref.evaluation.reward_models.benchmark import evaluate_rm
from polypref.evaluation.reward_models.best_of_n import BestOfLanguage, BestOfSubset, TiesScore
from polypref.evaluation.reward_models.data import load_comparisons, source
from polypref.evaluation.reward_models.flips import CriterionFlips
from polypref.evaluation.reward_models.further import further_parts
from polypref.evaluation.reward_models.published import Estimate
from tests.evaluation import duel


def test_cells(tmp_path):
    row = {"id": "1", "language": "de", "prompt": "?", "chosen": "a", "rejected": "b"}
    path = duel.lines(tmp_path / "rows.jsonl", [row | {"chosen_score": 1, "rejected_score": 0}])
    results = evaluate_rm(load_comparisons(source(str(path))), {}, None, tmp_path / "out", quiet=True)
    assert list(further_parts(results)) == []
    share = Estimate(0.625, 0.5, 0.75, 40)
    ties = TiesScore(2, 3, 0.5, 1.0, 0.25, 0.125, 0.5, 0.53)
    best = BestOfLanguage("de", (BestOfSubset("Math", 40, share, 0.25),), ties, 0.5775, {"no_verdict": 3})
    flips = CriterionFlips("de", "brief", "full", 7, share, 5, Estimate(None, None, None, 0))
    known = replace(results, best_of_n=(best,), flips=(flips,))
    first, second, third = further_parts(known)
    assert first.rows == (
        ("German (de)", "Math", "40", "0.625", "0.500 to 0.750", "0.250"),
        ("German (de)", "Ties", "5", "0.530", "–", "–"),
        ("German (de)", "mean of subsets", "", "0.578", "", ""),
    )
    assert "Without a figure: no verdict 3." in first.what
    assert second.rows[0][1:] == ("2", "3", "0.500", "1.000", "0.250", "0.125", "+0.500", "0.530")
    assert third.rows == (("German (de)", "brief", "full", "7", "0.625", "0.500 to 0.750", "5", "–"),)
