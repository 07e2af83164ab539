"""Win-rate of one model against another, by language and over languages; see polypref.evaluation.figures.win_rates."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

import datasets
import evaluate
import numpy as np

from polypref.evaluation.figures.win_rates import Average, Battles, Missing, Reading, summarise_battles
from polypref.files.json_types import JsonObject
from polypref.files.records import encode

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


class _Settings(TypedDict, total=False):
    """See `summarise`."""

    reading: Reading
    missing: Missing
    seen: Sequence[str]
    level: float
    resamples: int
    seed: int


class WinRate(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """Face of `polypref.evaluation.figures.win_rates.summarise_battles`."""

    def _info(self) -> evaluate.MetricInfo:
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

    def _compute(
        self,
        predictions: Sequence[Sequence[float]],
        languages: Sequence[str],
        groups: Sequence[str],
        **settings: Unpack[_Settings],
    ) -> JsonObject:
        orders = [list(one) for one in predictions]
        width = max(map(len, orders), default=1)
        # A prompt of which one order was not asked has a gap there.
        filled = np.array([one + [np.nan] * (width - len(one)) for one in orders], float).reshape(len(orders), width)
        battles = Battles(np.array(list(languages)), np.array(list(groups)), filled)
        summary = summarise_battles(battles, **settings)
        return {
            **_average(summary.average),
            "without_thin": None if summary.without_thin is None else _average(summary.without_thin),
            "by_language": {row.language: encode(row) for row in summary.rows},
            "thin": [*summary.thin],
            "below_half": [*summary.below_half],
            "surely_below": [*summary.surely_below],
            "surely_above": [*summary.surely_above],
            "few_groups": [*summary.few_groups],
        }


def _average(mean: Average) -> JsonObject:
    figures: JsonObject = {"win_rate": mean.win_rate, "low": mean.low, "high": mean.high, "p": mean.p}
    return figures | {"languages": [*mean.languages]}
