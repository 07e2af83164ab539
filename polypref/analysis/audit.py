"""The audit of a dataset: what answers of a model have in common, what tells chosen from rejected, and circles."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..files import sql
from ..files.records import OMIT_DEFAULT, Count, Text
from ..stages.prompts.shingles import unspaced
from .answers import Answer, AnswersOf, AuditedAnswers, AuditFiles
from .artefacts import opening_features, text_features, told_apart
from .boilerplate import Boilerplate, SentenceFacts, boilerplate
from .clusters import ClusteredShare, clustered_share
from .copies import copied_answers
from .openings import OpeningFacts, SideOpening, commonest_openings, openings_of_sides
from .triads import TriadFacts, cyclic_triads
from .variety import Variety, varieties
from .words import units


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


def audit_dataset(files: AuditFiles) -> Audit:
    """Looks at the answers of a dataset, language by language.

    Args:
        files: where they are.

    Returns:
        the audit; the same for the same files.

    Raises:
        UserError: the dataset has no rows.
    """
    with sql.connect(reads=files.every) as con:
        of = AuditedAnswers(files, con)
        counted = of.counts()
        models = [one for tag in counted for one in audit_models(tag, of.answers(tag))]
        sides = [one for tag in counted if (one := _audit_sides(of, tag)).pairs]
        triads = cyclic_triads(con, files.verdicts, files.prompts, files.completions, files.ratings)
    totals = {tag: sum(by_model.values()) for tag, by_model in counted.items()}
    return Audit(files.answers_of, totals, models, sides, [one for one in triads if one.language in counted])


def audit_models(language: str, answers: Sequence[Answer]) -> list[ModelAudit]:
    """What the answers of each model in a language have in common.

    Args:
        language: of the answers.
        answers: of all models.

    Returns:
        a row a model, by name.
    """
    spaced = not unspaced(language)
    words: dict[str, list[list[str]]] = defaultdict(list)
    for one in answers:
        words[one.model].append(units(one.text, spaced))
    openings, varied = commonest_openings(answers, spaced), varieties(words)
    stock, copied = boilerplate(answers, spaced), copied_answers(answers, language)
    copies = _shares((one.model, one.group, held) for one, held in zip(answers, copied, strict=True))
    stocked = _shares(_with_boilerplate(answers, stock))
    return [
        ModelAudit(
            language,
            model,
            len(words[model]),
            openings[model],
            varied[model],
            copies[model],
            stocked[model],
            stock[model].sentences,
        )
        for model in sorted(words)
    ]


def _with_boilerplate(answers: Sequence[Answer], stock: Mapping[str, Boilerplate]) -> Iterable[tuple[str, str, bool]]:
    held = {model: iter(one.has_some) for model, one in stock.items()}
    return ((one.model, one.group, next(held[one.model])) for one in answers)


def _shares(rows: Iterable[tuple[str, str, bool]]) -> dict[str, ClusteredShare]:
    """Model -> the share of its answers of which something is true."""
    hits, sizes = defaultdict[str, Counter[str]](Counter), defaultdict[str, Counter[str]](Counter)
    for model, group, is_so in rows:
        hits[model][group] += is_so
        sizes[model][group] += 1
    return {
        model: clustered_share((hits[model][group], number) for group, number in of.items())
        for model, of in sizes.items()
    }


def _audit_sides(of: AuditedAnswers, language: str) -> SideAudit:
    pairs, spaced = of.pairs(language), not unspaced(language)
    return SideAudit(
        language,
        len(pairs),
        told_apart(pairs, spaced, opening_features),
        told_apart(pairs, spaced, text_features),
        openings_of_sides(pairs, spaced),
    )
