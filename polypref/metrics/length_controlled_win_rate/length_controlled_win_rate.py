"""Win-rate that a model would have at equal lengths of answers; see polypref.evaluation.length_control."""

from typing import Any

import datasets
import evaluate
import numpy as np

from polypref.evaluation.length_control import length_controlled

_INPUTS = """
Args:
    predictions: for each prompt the model's score: 1 won, 0.5 tie, 0 lost, or between; NaN is left out and counted.
    lengths: for each prompt the length of the model's answer, in characters.
    other_lengths: the same of the other model's answer.
    languages: for each prompt the tag of its language.
    groups: for each prompt a name that is the same in all its languages.
    difficulty: for each prompt its difficulty, for AlpacaEval 2's full form (left out by default).
    level: of the intervals (0.95).

Returns:
    length_controlled_win_rate, low, high: mean over languages.
    by_language: for each language win_rate, low, high, and slope (above 0 where longer answers win).
    left_out: prompts without a score or length.
    extreme: languages whose win-rate is so near 0 or 1 that the regression has little to go by.
"""


class LengthControlledWinRate(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """Face of `polypref.evaluation.length_control.length_controlled`."""

    def _info(self) -> Any:
        return evaluate.MetricInfo(
            description="AlpacaEval 2's length-controlled win-rate, with a term for each language.",
            citation="Dubois et al. 2024, arXiv 2404.04475",
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.Value("float64"),
                    "lengths": datasets.Value("float64"),
                    "other_lengths": datasets.Value("float64"),
                    "languages": datasets.Value("string"),
                    "groups": datasets.Value("string"),
                }
            ),
        )

    def _compute(
        self, predictions: Any, lengths: Any, other_lengths: Any, languages: Any, groups: Any, **settings: Any
    ) -> dict[str, Any]:
        scores, own, other = (np.array(list(one), float) for one in (predictions, lengths, other_lengths))
        found = length_controlled(scores, own - other, np.array(list(languages)), np.array(list(groups)), **settings)
        rows = zip(found.win_rates, found.low, found.high, found.slope, strict=True)
        names = ("win_rate", "low", "high", "slope")
        return {
            "length_controlled_win_rate": found.average,
            "low": found.average_low,
            "high": found.average_high,
            "by_language": {
                language: dict(zip(names, map(float, row), strict=True))
                for language, row in zip(found.languages, rows, strict=True)
            },
            "left_out": found.left_out,
            "extreme": list(found.extreme),
        }
