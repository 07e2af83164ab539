"""What chosen answers have more of, language by language: a weight for each factor, with an interval and a test.

In each language the differences of all factors between chosen and rejected answer go into one conditional logit
(`conditional_logit`), each divided by the root of its mean square in that language, which does not depend on which
answer is chosen. Intervals and tests are Student's with one degree of freedom less than there are prompts whose answers
differ in the factor; errors are clustered by prompt. The tests of all factors and languages together are one family for
Holm's correction. A factor has a weight where answers differ in it in 20 prompts or more, and a language has at most
one weight for each ten prompts (Peduzzi et al. 1996, J. Clin. Epidemiol. 49, 1373-1379), those first that differ most
often; one that the factors before it give to within 5% of its variance is left out and named.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .. import languages
from ..evaluation.figures.statistics import Floats, holm, t_quantile
from ..release.factor_results import Factors, FactorWeight, LanguagePairs
from .answer_pairs import AnswerPairs
from .conditional_logit import fit_pairs
from .features import FACTORS, answer_features

#: Raised when the same pairs come to other weights.
VERSION = 1
#: Prompts whose answers differ in a factor, below which it has no weight.
LEAST_PROMPTS = 20
#: Prompts for each weight.
PROMPTS_A_WEIGHT = 10
LEVEL = 0.95
# Of its variance, what a factor must have that those before it do not give.
_LEAST_OWN = 0.05
_LARGEST_LOG_ODDS = 300.0


def weigh_factors(pairs: Iterable[AnswerPairs]) -> Factors:
    """Weighs what chosen answers have more of.

    Args:
        pairs: of each language, one after the other: the texts of one language are in memory at a time.

    Returns:
        A weight, or why there is none, for each language and factor.
    """
    rows, counts = [], []
    for one in pairs:
        rows += weigh_language(one.language, pair_differences(one), one.groups)
        counts.append(LanguagePairs(one.language, len(one.groups), len(set(one.groups))))
    corrected = holm([math.nan if row.p is None else row.p for row in rows])
    weights = [row if row.p is None else replace(row, p_holm=float(p)) for row, p in zip(rows, corrected, strict=True)]
    cued = ((one.language, languages.get(one.language).style_cues) for one in counts)
    return Factors(
        version=VERSION,
        level=LEVEL,
        tests=sum(row.p is not None for row in rows),
        languages=counts,
        weights=weights,
        unreviewed=[tag for tag, cues in cued if cues is not None and not cues.reviewer],
    )


def pair_differences(pairs: AnswerPairs) -> dict[str, Floats]:
    """The chosen answers' features less the rejected ones'.

    Args:
        pairs: of one language.

    Returns:
        Factor -> (n,) differences; without factors for which the language has no cues.
    """
    chosen, rejected = (answer_features(texts, pairs.language) for texts in (pairs.chosen, pairs.rejected))
    return {name: chosen[name] - rejected[name] for name in chosen}


def weigh_language(language: str, differences: Mapping[str, Floats], groups: Sequence[str]) -> list[FactorWeight]:
    """The weights of one language, not corrected yet.

    Args:
        language: the tag.
        differences: factor -> (n,) the chosen answers' less the rejected ones'.
        groups: (n,) the same name for pairs of one prompt.

    Returns:
        One for each of FACTORS, in order.
    """
    group = number_groups(groups)
    rows, kept = pick_factors(language, differences, group)
    if kept:
        x = np.column_stack([differences[name] / rows[name].spread for name in kept])
        fit = fit_pairs(x, group)
        for name, weight, error in zip(kept, fit.weights.tolist(), fit.errors.tolist(), strict=True):
            rows[name] = with_weight(rows[name], weight, error, rows[name].prompts - 1)
    return [rows[name] for name in FACTORS]


def number_groups(groups: Sequence[str]) -> NDArray[np.int64]:
    """The number of each pair's prompt.

    Args:
        groups: (n,) the same name for pairs of one prompt.

    Returns:
        (n,) numbers from 0 on, in the order in which the names are met.
    """
    number = {name: at for at, name in enumerate(dict.fromkeys(groups))}
    return np.array([number[name] for name in groups], np.int64)


def pick_factors(
    language: str, differences: Mapping[str, Floats], group: NDArray[np.int64]
) -> tuple[dict[str, FactorWeight], list[str]]:
    """Counts every factor, and picks those that get a weight.

    Args:
        language: the tag.
        differences: as in `weigh_language`.
        group: (n,) number of the pair's prompt.

    Returns:
        Factor -> its counts, and why it has no weight, and the factors that get one, both in the order of FACTORS.
    """
    rows = {name: _counted(language, name, differences.get(name), group) for name in FACTORS}
    often = sorted(
        (name for name in FACTORS if not rows[name].left_out),
        key=lambda name: (-rows[name].prompts, FACTORS.index(name)),
    )
    fitted = often[: len(np.unique(group)) // PROMPTS_A_WEIGHT]
    for name in often[len(fitted) :]:
        rows[name] = replace(rows[name], left_out="few_prompts")
    kept: list[str] = []
    for name in sorted(fitted, key=FACTORS.index):
        if _own_share(differences[name], [differences[other] for other in kept]) < _LEAST_OWN:
            rows[name] = replace(rows[name], left_out="same")
        else:
            kept.append(name)
    return rows, kept


def _counted(language: str, name: str, difference: Floats | None, group: NDArray[np.int64]) -> FactorWeight:
    if difference is None:
        return FactorWeight(language, name, 0, 0, 0, 0.0, left_out="no_cues")
    more, less = int((difference > 0).sum()), int((difference < 0).sum())
    prompts = len(np.unique(group[difference != 0]))
    spread = float(np.sqrt(np.square(difference).mean())) if len(difference) else 0.0
    why = "" if prompts >= LEAST_PROMPTS else "seldom"
    return FactorWeight(language, name, more, less, prompts, spread, left_out=why)


def _own_share(difference: Floats, others: Sequence[Floats]) -> float:
    """The share of a factor's squares that no weights of the others give."""
    if not others:
        return 1.0
    x = np.column_stack(others)
    rest = difference - x @ np.linalg.lstsq(x, difference, rcond=None)[0]
    return float(rest @ rest / (difference @ difference))


def with_weight(row: FactorWeight, weight: float, error: float, df: float) -> FactorWeight:
    """A factor with its weight, interval and test.

    Args:
        row: its counts, with a spread.
        weight: log odds for a difference of one spread.
        error: the weight's standard error.
        df: degrees of freedom of Student's t.

    Returns:
        The factor, its p not corrected yet.
    """
    low, high, p = interval_and_p(weight, error, df)
    return replace(
        row,
        weight=weight,
        low=low,
        high=high,
        odds=_odds(weight / row.spread),
        odds_low=_odds(low / row.spread),
        odds_high=_odds(high / row.spread),
        p=p,
    )


def interval_and_p(estimate: float, error: float, df: float) -> tuple[float, float, float]:
    """Student's interval of an estimate, and the test that it is 0.

    Args:
        estimate: what was estimated.
        error: its standard error.
        df: degrees of freedom.

    Returns:
        The interval's ends, and p: it is under 1 - LEVEL where they leave 0 out.
    """
    from scipy.special import stdtr

    half = float(t_quantile(0.5 + LEVEL / 2, df)) * error
    return estimate - half, estimate + half, float(2 * stdtr(df, -abs(estimate / error)))


def _odds(log_odds: float) -> float:
    return math.exp(max(-_LARGEST_LOG_ODDS, min(_LARGEST_LOG_ODDS, log_odds)))
