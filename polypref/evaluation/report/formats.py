"""How a report shows figures, languages and names: as text without markup. A figure that is not known is a dash."""

import math
import re
from collections.abc import Sequence
from typing import TypeGuard

from ...pages.parts import language
from ..figures.agreement import Agreement
from ..figures.win_rates import Average
from ..results import Rate

DASH = "–"
#: What may be a figure.
Value = str | float | None


def known(value: Value) -> TypeGuard[float]:
    """Whether a figure is one.

    Args:
        value: what may be a figure.

    Returns:
        Whether it is a finite number.
    """
    return isinstance(value, (int, float)) and math.isfinite(value)


def rate_words(value: Value, digits: int = 3) -> str:
    """A win-rate or another decimal figure.

    Args:
        value: the figure.
        digits: behind the point.

    Returns:
        As in 0.534; a dash where it is not known.
    """
    return f"{value:z.{digits}f}" if known(value) else DASH


def signed(value: Value, digits: int = 3) -> str:
    """A difference with its sign.

    Args:
        value: the difference.
        digits: behind the point.

    Returns:
        As in +0.034; a dash where it is not known.
    """
    return f"{value:+z.{digits}f}" if known(value) else DASH


def share(value: Value) -> str:
    """A share in per cent.

    Args:
        value: 0 to 1.

    Returns:
        As in 98.6%; a dash where it is not known.
    """
    return f"{value:.1%}" if known(value) else DASH


def count_words(value: Value) -> str:
    """A whole number.

    Args:
        value: the number; it is rounded.

    Returns:
        As in 1,234; a dash where it is not known.
    """
    return f"{round(value):,}" if known(value) else DASH


def ends(low: Value, high: Value) -> str:
    """An interval's ends.

    Args:
        low: the lower end.
        high: the upper end.

    Returns:
        As in 0.501 to 0.566; a dash where one of them is not known.
    """
    return f"{rate_words(low)} to {rate_words(high)}" if known(low) and known(high) else DASH


def estimate(of: Rate | Average | None) -> str:
    """A win-rate with its interval.

    Args:
        of: the figures.

    Returns:
        As in 0.534 (0.501 to 0.566); a dash without a win-rate.
    """
    if of is None or not known(of.win_rate):
        return DASH
    interval = ends(of.low, of.high)
    return rate_words(of.win_rate) + (f" ({interval})" if interval != DASH else "")


def p_value(value: Value) -> str:
    """A p-value.

    Args:
        value: 0 to 1.

    Returns:
        Three digits, <0.001 below that; a dash where it is not known.

    >>> p_value(0.0123), p_value(0.0002), p_value(None)
    ('0.012', '<0.001', '–')
    """
    return DASH if not known(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def language_name(tag: str) -> str:
    """A language as sentences name it.

    Args:
        tag: of the language.

    Returns:
        Name and tag; the tag alone where no known language has it.

    >>> language_name("he")
    'Hebrew (he)'
    """
    name = language(tag).name
    return f"{name} ({tag})" if name != tag else tag


def language_names(tags: Sequence[str]) -> str:
    """Languages as sentences name them, in order.

    Args:
        tags: of the languages.

    Returns:
        Joined by commas.
    """
    return ", ".join(map(language_name, tags))


def kappa(of: Agreement) -> str:
    """An agreement's kappa with its standard error.

    Args:
        of: the agreement of two raters.

    Returns:
        As in 0.61 ± 0.04; a dash where it is not known.
    """
    return rate_words(of.kappa, 2) + (f" ± {rate_words(of.error, 2)}" if known(of.kappa) and known(of.error) else "")


def revision(name: str | None) -> str:
    """A revision as a person reads it: of a commit the first digits.

    Args:
        name: branch, tag, commit or digest.

    Returns:
        The first 12 digits of a commit, anything else as it is; a dash for none.
    """
    return DASH if not name else name[:12] if re.fullmatch(r"[0-9a-f]{40}", name) else name


def plain_value(value: Value) -> str:
    """A published figure as it was given.

    Args:
        value: number or text, as the source gives it.

    Returns:
        The number without digits that say nothing, the text as it is; a dash for none.
    """
    return f"{value:g}" if known(value) else DASH if value is None or isinstance(value, float) else str(value)


def words(reason: str) -> str:
    """A reason, which is one word to count by, as people read it.

    Args:
        reason: as in `judge_cut_off`.

    Returns:
        The same with spaces.
    """
    return reason.replace("_", " ")
