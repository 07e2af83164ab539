"""What a sample could have shown, and how large one must be."""

import math
from dataclasses import dataclass

from ...errors import UserError
from .statistics import normal_quantile


def spread(ties: float = 0.0, agreement: float = 1.0) -> float:
    """Standard deviation of a prompt's score under "no difference": win and loss equally likely, the rest one half.

    Var = (1 - t) / 4 for scores 1, 0.5, 0 with a share t of halves.

    Args:
        ties: share of prompts that the judge calls a tie in both orders.
        agreement: share of the others whose orders agree; those that do not are ties as well.

    Returns:
        Between 0 and 0.5.

    Raises:
        UserError: a share outside of 0 to 1.

    >>> spread(), spread(ties=0.36)
    (0.5, 0.4)
    """
    if not (0 <= ties <= 1 and 0 <= agreement <= 1):
        raise UserError("shares of ties and of agreeing orders lie between 0 and 1")
    return math.sqrt((1 - ties) * agreement / 4)


def smallest_difference(
    prompts: int, deviation: float = 0.5, power: float = 0.8, alpha: float = 0.05, tests: int = 1
) -> float:
    """The smallest distance from one half that a two-sided test finds with this power: (z_a/2 + z_b) s / sqrt(n).

    The usual formula for one mean (Cohen, Statistical Power Analysis, 1988, section 2.2; for evaluations, Miller 2024,
    arXiv 2411.00640, section 5), with alpha / tests after Bonferroni: what Holm asks of its first rejection.

    Args:
        prompts: independent prompts.
        deviation: standard deviation of a prompt's score; see `spread`, or take the sample's own.
        power: chance of finding it.
        alpha: level of the test.
        tests: languages tested together.

    Returns:
        A distance of win-rates from one half.

    Raises:
        UserError: no prompts, or a level or power outside of 0 to 1.
    """
    _check_shares(power, alpha, tests)
    if prompts < 1:
        raise UserError("the smallest difference that can be shown needs at least one prompt")
    return (normal_quantile(1 - alpha / tests / 2) + normal_quantile(power)) * deviation / math.sqrt(prompts)


def prompts_needed(
    difference: float, deviation: float = 0.5, power: float = 0.8, alpha: float = 0.05, tests: int = 1
) -> int:
    """How many prompts show a win-rate of 0.5 + difference; `smallest_difference` solved for n, rounded up.

    Args:
        difference: of the win-rate from one half, above 0 and at most 0.5.
        deviation, power, alpha, tests: as in `smallest_difference`.

    Returns:
        A number of independent prompts.

    Raises:
        UserError: a difference that is not between 0 and one half.

    >>> prompts_needed(0.05)
    785
    """
    _check_shares(power, alpha, tests)
    if not 0 < difference <= 0.5:
        raise UserError(f"a difference from one half lies above 0 and at most at 0.5, not at {difference}")
    quantiles = normal_quantile(1 - alpha / tests / 2) + normal_quantile(power)
    return math.ceil((quantiles * deviation / difference) ** 2)


@dataclass(frozen=True)
class Plan:
    """How many prompts are needed to show a difference.

    Attributes:
        difference: from one half.
        one_language: prompts for one language looked at alone.
        each_language: prompts a language, for any of `languages` after correction for all of them.
        all_languages: prompts a language for the macro average.
    """

    difference: float
    one_language: int
    each_language: int
    all_languages: int


def plan_prompts(
    difference: float,
    languages: int,
    deviation: float = 0.5,
    correlation: float = 0.3,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Plan:
    """Prompts a language that show `difference`, for one language, for each of several, and for their average.

    The average over L languages of translated prompts whose scores correlate by r has the design effect 1 + (L - 1) r
    over L n independent prompts (Kish, Survey Sampling, 1965, section 5.4), so more languages help only so far.

    Args:
        difference: of the win-rate from one half, above 0 and at most 0.5.
        languages: how many.
        deviation: standard deviation of a prompt's score.
        correlation: of the scores of a prompt's translations.
        power: chance of finding the difference.
        alpha: level of the test.

    Returns:
        Prompts a language, for each of the three questions.

    Raises:
        UserError: a difference, correlation, power or level that cannot be.
    """
    if not 0 <= correlation <= 1:
        raise UserError("a correlation between translations of a prompt lies between 0 and 1")
    mean = deviation * math.sqrt((1 + (languages - 1) * correlation) / languages)
    return Plan(
        difference,
        prompts_needed(difference, deviation, power, alpha),
        prompts_needed(difference, deviation, power, alpha, languages),
        prompts_needed(difference, mean, power, alpha),
    )


def _check_shares(power: float, alpha: float, tests: int) -> None:
    if not (0 < power < 1 and 0 < alpha < 1 and tests >= 1):
        raise UserError("power and alpha lie between 0 and 1, and there is at least one test")
