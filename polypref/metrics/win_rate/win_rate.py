"""Win-rate of one model against another, by language and over languages; see polypref.evaluation.figures.win_rates."""

from dataclasses import asdict
from typing import Any

import datasets
import evaluate
import numpy as np

from polypref.evaluation.figures.win_rates import Average, Battles, summarise

_INPUTS = """
Args:
    predictions: for each prompt the model's score in each order that was judged (one or two numbers): 1 won, 0.5 tie,
        0 lost; NaN where the judge's answer is missing or cannot be read. Two orders that differ are a tie.
    languages: for each prompt the tag of its language.
    groups: for each prompt a name that is the same in all its languages: they are not independent.
    reading: of two orders that differ: `tie` (the default) or `mean`.
    missing: of prompts with an unread order: `exclude` (the default), `one_order` or `tie`.
    level: of the intervals (0.95).

Returns:
    win_rate, low, high, p: mean over languages with its interval and the sign-flip test of one half.
    languages: those that the mean is over.
    thin: of these the ones with fewer than four scored groups, which make the interval wide.
    without_thin: win_rate, low, high, p and languages without them; None where there are none, or no others.
    by_language: for each language the fields of polypref.evaluation.figures.win_rates.LanguageRow.
    below_half, surely_below, surely_above, few_groups: languages.
"""


class WinRate(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """Face of `polypref.evaluation.figures.win_rates.summarise`."""

    def _info(self) -> Any:
        return evaluate.MetricInfo(
            description="Win-rate with intervals clustered by prompt over languages.",
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.List(datasets.Value("float64")),
                    "languages": datasets.Value("string"),
                    "groups": datasets.Value("string"),
                }
            ),
        )

    def _compute(self, predictions: Any, languages: Any, groups: Any, **settings: Any) -> dict[str, Any]:
        orders = [list(one) for one in predictions]
        width = max(map(len, orders), default=0)
        # A prompt of which one order was not asked has a gap there.
        filled = np.array([one + [np.nan] * (width - len(one)) for one in orders], float).reshape(len(orders), -1)
        battles = Battles(np.array(list(languages)), np.array(list(groups)), filled)
        found = summarise(battles, **settings)
        names = ("thin", "below_half", "surely_below", "surely_above", "few_groups")
        return {
            **_average(found.average),
            "without_thin": None if found.without_thin is None else _average(found.without_thin),
            "by_language": {row.language: asdict(row) for row in found.rows},
            **{name: list(getattr(found, name)) for name in names},
        }


def _average(found: Average) -> dict[str, Any]:
    names = ("win_rate", "low", "high", "p")
    return {name: getattr(found, name) for name in names} | {"languages": list(found.languages)}
