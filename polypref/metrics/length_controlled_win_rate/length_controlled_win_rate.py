"""Win-rate that a model would have at equal lengths of answers, by AlpacaEval 2's minimal regression.

See polypref.evaluation.figures.length_control.
"""

from collections.abc import Sequence

import datasets
import evaluate
import numpy as np

from polypref.evaluation.figures.length_control import length_controlled
from polypref.evaluation.figures.statistics import number
from polypref.files.json_types import JsonObject

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
    length_controlled_win_rate, low, high: mean over languages; the interval is None where a language has fewer than
        20 groups.
    form: "minimal regression", which knows length alone, or "with difficulty".
    by_language: for each language win_rate, low, high (None under 20 groups), overlap (share of prompts whose lengths
        differ the rarer way round; near 0 the figure is an extrapolation), and slope (above 0 where longer ones win).
    left_out: prompts without a score or length.
    extreme: languages whose win-rate is so near 0 or 1 that the regression has little to go by.
"""


class LengthControlledWinRate(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """Face of `polypref.evaluation.figures.length_control.length_controlled`."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Length-controlled win-rate (AlpacaEval 2's minimal regression), with a term a language.",
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
        self,
        predictions: Sequence[float],
        lengths: Sequence[float],
        other_lengths: Sequence[float],
        languages: Sequence[str],
        groups: Sequence[str],
        difficulty: Sequence[float] | None = None,
        level: float = 0.95,
    ) -> JsonObject:
        scores, own, other = (np.array(list(one), float) for one in (predictions, lengths, other_lengths))
        of = np.array(list(languages)), np.array(list(groups))
        fitted = length_controlled(scores, own - other, *of, difficulty, level)
        rows = zip(fitted.win_rates, fitted.low, fitted.high, fitted.overlap, fitted.slope, strict=True)
        names = ("win_rate", "low", "high", "overlap", "slope")
        return {
            "length_controlled_win_rate": fitted.average,
            "low": number(fitted.average_low),
            "high": number(fitted.average_high),
            "form": "minimal regression" if fitted.difficulty is None else "with difficulty",
            "by_language": {
                language: dict(zip(names, map(number, row), strict=True))
                for language, row in zip(fitted.languages, rows, strict=True)
            },
            "left_out": fitted.left_out,
            "extreme": list(fitted.extreme),
        }
