"""Figures of results.json beside win-rates by language: by columns, consistency across languages, refusals.

They came with schema version 2; the classes of figures/ are those of what is computed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..files.records import OMIT_DEFAULT, Count
from .figures.alpaca_eval import AlpacaControlled
from .figures.consistency import SameAnswers, SameVerdicts
from .figures.language_shares import Shares
from .figures.mean_ranks import MeanRanks
from .figures.scaled_means import ScaledMeans
from .figures.slices import Slices
from .figures.style_control import StyleControlled


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
class ScoredModel:
    """A model's scores by themselves on one set, between the ends of their scale."""

    set: str
    model: str
    least: float
    most: float
    scores: ScaledMeans


@dataclass(frozen=True, kw_only=True)
class ScoresOfNoBattle:
    """Scores of a model's answers that are in no battle, and so in no mean: how many, by language."""

    set: str
    model: str
    languages: Mapping[str, Count]


@dataclass(frozen=True, kw_only=True)
class RanksOfSet:
    """Mean ranks of the models that one judge compared on one set."""

    set: str
    judge: str
    ranks: MeanRanks


@dataclass(frozen=True, kw_only=True)
class StyleOfSet:
    """Strengths of the models that one judge compared on one set, with the style of answers held equal."""

    set: str
    judge: str
    style: StyleControlled


@dataclass(frozen=True, kw_only=True)
class AlpacaEvalOf:
    """AlpacaEval's own length-controlled win-rate of one model against another, where its two tables are given."""

    set: str
    model: str
    other: str
    figures: AlpacaControlled


@dataclass(frozen=True, kw_only=True)
class Breakdowns:
    """Figures of models that are of no one comparison.

    Attributes:
        refusals: a set and model each.
        translated: the same, where translations of answers are given.
        scores: the same, where answers have scores by themselves.
        scores_of_no_battle: the same, of answers that were scored and are in no battle.
        ranks: a set and judge each, where three models or more met on the same prompts.
        style: the same, where the texts of answers are known and prompts are enough.
        alpaca_eval: a pair of models each.
    """

    refusals: tuple[Refusals, ...] = ()
    translated: tuple[TranslatedAnswers, ...] = ()
    scores: tuple[ScoredModel, ...] = ()
    scores_of_no_battle: tuple[ScoresOfNoBattle, ...] = field(default=(), metadata=OMIT_DEFAULT)
    ranks: tuple[RanksOfSet, ...] = ()
    style: tuple[StyleOfSet, ...] = ()
    alpaca_eval: tuple[AlpacaEvalOf, ...] = ()
