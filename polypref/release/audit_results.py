"""What an audit measured, as provenance, card and page hold it (`polypref audit`)."""

from dataclasses import dataclass, field
from typing import Final, Literal

from ..files.records import OMIT_DEFAULT, Count, Text

#: The share of triads in which coins prefer in a circle.
COINS: Final = 0.25
#: Which answers were looked at: all of the build, those with published ratings, or those of the pairs.
AnswersOf = Literal["build", "ratings", "pairs"]


@dataclass(frozen=True)
class ClusteredShare:
    """A share of what was counted, and its 95% interval.

    Attributes:
        of: how many were counted.
        share: of them; None where there is none.
        low, high: the interval's ends; None with fewer than two groups.
    """

    of: Count
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class OpeningFacts:
    """An opening of answers.

    Attributes:
        text: the first words, in small letters.
        answers: of the model, so many begin with it.
        share: of the model's answers, with its interval by prompts.
        others: the share of the other models' answers that begin so; None where there is no other model.
    """

    text: Text
    answers: Count
    share: ClusteredShare
    others: float | None


@dataclass(frozen=True)
class SideOpening:
    """An opening of the answers in pairs: how many of the chosen and of the rejected ones begin with it."""

    text: Text
    chosen: Count
    rejected: Count


@dataclass(frozen=True)
class Variety:
    """How varied the answers of a model are.

    Attributes:
        units: words (letters, where no space parts words) of each model that were compared.
        distinct: the share of different ones among their n-grams, for n of 1, 2 and 3; none where the model has fewer
            words than FEWEST_UNITS.
        ead: distinct words against those expected, of all words of the model.
    """

    units: Count
    distinct: list[float]
    ead: float | None


@dataclass(frozen=True)
class SentenceFacts:
    """A sentence that stands in answers to many prompts.

    Attributes:
        text: as it stands in the first of them.
        prompts: to how many, translations and near-copies of a prompt counted once.
    """

    text: Text
    prompts: Count


@dataclass(frozen=True)
class ModelAudit:
    """What the answers of a model in a language have in common.

    Attributes:
        language: of the answers.
        model: who wrote them.
        answers: those looked at.
        openings: the commonest.
        variety: distinct n-grams.
        copied: answers with a near-copy among its answers to other prompts.
        boilerplate: answers with a sentence that it writes to many prompts.
        sentences: the commonest of these.
    """

    language: Text
    model: Text
    answers: Count
    openings: list[OpeningFacts]
    variety: Variety
    copied: ClusteredShare
    boilerplate: ClusteredShare
    sentences: list[SentenceFacts]


@dataclass(frozen=True)
class SideAudit:
    """What tells chosen from rejected answers in a language, without the prompt.

    Attributes:
        language: of the answers.
        pairs: those looked at.
        by_opening: the share of held-out pairs told apart by how answers begin; None with too few.
        by_text: by all words of the answers.
        openings: those that are most unevenly chosen and rejected.
    """

    language: Text
    pairs: Count
    by_opening: ClusteredShare | None
    by_text: ClusteredShare | None
    openings: list[SideOpening]


@dataclass(frozen=True)
class TriadFacts:
    """Cyclic preferences of one rater in one language.

    Attributes:
        language: of the answers.
        rater: whose verdicts.
        prompts: those with three answers of which every two were compared, and none are tied.
        cyclic: the share of these triads that prefer in a circle, with its interval by prompts.
        tied: triads of which every two were compared and two are tied, or preferred as often one way as the other.
        repeated: comparisons that were made more than once.
        error: how often a single verdict errs, by how often two on the same answers differ; None where none was
            repeated.
        noise: the share that an order would give with such errors; None where they are not known.
        consistence: Kendall's coefficient, the mean of prompts all of whose answers were compared, without ties; None
            for none.
    """

    language: Text
    rater: Text
    prompts: Count
    cyclic: ClusteredShare
    tied: Count
    repeated: Count
    error: float | None
    noise: float | None
    consistence: float | None


@dataclass(frozen=True)
class Audit:
    """The audit of a dataset.

    Attributes:
        answers_of: which answers were looked at: all of the build to the prompts of its rows, those with published
            ratings, or those of the pairs.
        answers: how many there are, by language; of more than `answers.MOST_ANSWERS` some were looked at.
        models: by language and model.
        sides: by language; none of single answers.
        triads: by language and rater; none where no three answers to a prompt were compared.
    """

    answers_of: AnswersOf
    answers: dict[Text, Count]
    models: list[ModelAudit]
    sides: list[SideAudit]
    triads: list[TriadFacts] = field(default_factory=list, metadata=OMIT_DEFAULT)
