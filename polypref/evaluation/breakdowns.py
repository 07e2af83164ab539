"""Figures of results.json beside win-rates by language: by columns, consistency across languages, refusals.

They came with schema version 2; the classes of figures/ are those of what is computed.
"""

from dataclasses import dataclass

from .figures.consistency import SameAnswers, SameVerdicts
from .figures.language_shares import Shares
from .figures.slices import Slices


@dataclass(frozen=True, kw_only=True)
class ComparisonBreakdowns:
    """What is known of one comparison beside its languages.

    Attributes:
        slices: a column each, of prompts or of answers.
        same_verdicts: how far verdicts are the same in other languages as in one; None where no prompts are shared.
    """

    slices: tuple[Slices, ...] = ()
    same_verdicts: SameVerdicts | None = None


@dataclass(frozen=True, kw_only=True)
class Refusals:
    """How often a model refuses, on one set.

    Attributes:
        shares: by language, of the answers that were read; languages without a list of phrases have none.
        unknown: languages without a list of phrases of refusals.
    """

    set: str
    model: str
    shares: Shares
    unknown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TranslatedAnswers:
    """How far a model's translated answers are those that it gave in the language of the translations, on one set."""

    set: str
    model: str
    same: SameAnswers


@dataclass(frozen=True, kw_only=True)
class Breakdowns:
    """Figures of models that are of no one comparison.

    Attributes:
        refusals: a set and model each.
        translated: the same, where translations of answers are given.
    """

    refusals: tuple[Refusals, ...] = ()
    translated: tuple[TranslatedAnswers, ...] = ()
