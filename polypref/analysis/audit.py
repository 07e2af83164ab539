"""The audit of a dataset: what answers of a model have in common, what tells chosen from rejected, and circles."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..files import sql
from ..release.audit_results import Audit, ClusteredShare, ModelAudit, SideAudit
from ..stages.prompts.shingles import unspaced
from .answers import Answer, AuditedAnswers, AuditFiles
from .artefacts import opening_features, text_features, told_apart
from .boilerplate import Boilerplate, boilerplate
from .clusters import clustered_share
from .copies import copied_answers
from .openings import commonest_openings, openings_of_sides
from .triads import cyclic_triads
from .variety import varieties
from .words import units


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
