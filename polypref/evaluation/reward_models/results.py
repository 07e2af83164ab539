"""What reward_results.json holds, as types; see `files.records` for how they are written and read.

The figures are those of `published`: a row a language, and their average.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ...files.records import OMIT_DEFAULT
from ...inference import Sampling
from .best_of_n import BestOfLanguage
from .flips import CriterionFlips
from .followed import FollowedFlips
from .published import Average, Estimate, LanguageRow, Missing, Ties

Kind = Literal["reward", "judge", "given"]
Orders = Literal[1, 2]
_SAMPLING = Sampling(max_tokens=1024)


@dataclass(frozen=True)
class Judging:
    """How an LLM judge is asked.

    Attributes:
        prompt: name of a text in polypref/data/judges, or the path of a `.txt` file.
        orders: 2 asks with each answer first; 1 takes one order, drawn by the seed, as M-RewardBench does.
        seed: of that draw.
        sampling: how the judge's reply is drawn.
        attempts: how often a reply that cannot be read is asked for, the first time included.
    """

    prompt: str = "pairwise-2"
    orders: Orders = 2
    seed: int = 0
    sampling: Sampling = _SAMPLING
    attempts: int = 2


@dataclass(frozen=True, kw_only=True)
class HubSplit:
    """Where pairs on the Hub are."""

    repo: str
    revision: str
    split: str


@dataclass(frozen=True, kw_only=True)
class PairsFacts:
    """What is known of the pairs.

    Attributes:
        name, licence, note: of the benchmark or file.
        sources: on the Hub; none for local files.
        languages: pairs in each.
        left_out: rows that could not be used, by language and reason.
        warnings: what a reader must know of them.
    """

    name: str
    licence: str
    note: str
    sources: tuple[HubSplit, ...]
    languages: Mapping[str, int]
    left_out: Mapping[str, Mapping[str, int]]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """The reward model or judge.

    Attributes:
        name: "scores in the data" where none was asked.
        revision, licence: empty for none.
        kind: reward, judge or given.
        prompt, prompt_sha256: of a judge; empty for others.
        orders: how often a judge saw each pair; None for others.
        served: the names under which servers knew it.
        notes: what its chat template does by itself, and which commit of the Hub was loaded where none was asked for.
    """

    name: str
    revision: str
    licence: str
    kind: Kind
    prompt: str
    prompt_sha256: str
    orders: int | None
    served: tuple[str, ...]
    notes: tuple[str, ...] = field(default=(), metadata=OMIT_DEFAULT)


@dataclass(frozen=True, kw_only=True)
class RewardSettings:
    """How outcomes become figures; see `benchmark.evaluate_rm`."""

    missing: Missing
    ties: Ties
    against: str
    level: float
    bins: int
    judging: Judging | None = field(default=None, metadata=OMIT_DEFAULT)


@dataclass(frozen=True, kw_only=True)
class OtherReading:
    """The averages if pairs without a verdict were read the other way."""

    missing: Missing
    by_prompts: Estimate
    by_categories: Estimate


@dataclass(frozen=True, kw_only=True)
class RewardResults:
    """All figures of a reward model or judge on pairs.

    Attributes:
        schema_version: of the file.
        polypref: the version that wrote it.
        set, model, settings: what was asked, who, and how it was counted.
        averaging: the two ways of averaging, in words (`published.READINGS`).
        languages, average, few_groups, surely_above_chance: see `published.Summary`.
        other_reading: the averages if pairs without a verdict were read the other way.
        reasons: why verdicts are missing, by language.
        same_texts: pairs that hold the same text twice.
        warnings, limits: sentences for a reader.
        best_of_n: by language, where rows have several answers; from schema version 2 on.
        flips: by language and two criteria, where pairs name one; from schema version 2 on.
        without_flips: pairs with a criterion that are in no figure of these, by language and reason.
        followed: by language, how far the model follows all flips, of criteria and of system messages.
    """

    schema_version: Literal[1, 2] = 2
    polypref: str
    set: PairsFacts
    model: ModelFacts
    settings: RewardSettings
    averaging: Mapping[str, str]
    languages: tuple[LanguageRow, ...]
    average: Average
    few_groups: tuple[str, ...]
    surely_above_chance: tuple[str, ...]
    other_reading: OtherReading
    reasons: Mapping[str, Mapping[str, int]]
    same_texts: int
    warnings: tuple[str, ...]
    limits: tuple[str, ...]
    best_of_n: tuple[BestOfLanguage, ...] = field(default=(), metadata=OMIT_DEFAULT)
    flips: tuple[CriterionFlips, ...] = field(default=(), metadata=OMIT_DEFAULT)
    without_flips: Mapping[str, Mapping[str, int]] = field(default_factory=dict, metadata=OMIT_DEFAULT)
    followed: tuple[FollowedFlips, ...] = field(default=(), metadata=OMIT_DEFAULT)
