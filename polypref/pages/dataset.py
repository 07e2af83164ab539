"""The page that `polypref inspect --html` writes: one file in which a person can see a dataset and read its rows.

It holds all it needs and asks the network for nothing. Text from the data stands in it as escaped text or as JSON that
the page's own script writes into text nodes; a content security policy names that script and the style by their hash,
so that nothing else can run.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from ..errors import UserError
from ..files.atomic import fingerprint
from ..files.locks import reading
from ..files.owned import is_sealed, sealed, write_new
from ..release import language_notes
from ..release.card import sections
from ..release.contaminated import of_record
from ..release.folder import read_provenance
from ..release.licences import decide_licence, named_parts
from ..release.principle_results import share_with_interval
from ..release.provenance import Provenance, Quota
from ..release.warnings import by_head, heads, warnings
from ..review.applying import decisions_sentence
from ..shares import wilson
from ..stages.counts import FunnelRow
from ..stages.first_choices import first_choices
from ..stages.reason_words import legend
from . import plots
from .audit import audit_words
from .funnel import funnel
from .group_factors import factor_sections
from .labels import SIDES
from .later_builds import later_stop
from .parts import SEAL, Counted, about, asset, environment, language, policy_hash, refuse_folder, script, script_json
from .rows import BUDGET, Sample, draw_sample
from .shown import PER_GROUP, SEED

R = TypeVar("R")


def write_page(folder: Path, target: Path, tags: Sequence[str] | None = None, per_group: int | None = None) -> Sample:
    """Writes the page of a dataset; the same dataset gives the same bytes.

    Args:
        folder: the dataset; with its `.polypref` beside it, rejected rows are shown too.
        target: the file.
        tags: languages whose rows are shown; None for all.
        per_group: the most rows of one language and reason.

    Returns:
        What rows the page holds.

    Raises:
        UserError: the folder is no finished dataset, it has none of the languages, the file cannot be written, or it is
            there and is no page as polypref wrote it.
    """
    refuse_folder(target)
    with reading(folder, "inspect"):
        return _write_page(folder, target, tags, per_group)


def _write_page(folder: Path, target: Path, tags: Sequence[str] | None, per_group: int | None) -> Sample:
    record = read_provenance(folder)
    if tags and (unknown := [tag for tag in tags if tag not in _tags(record)]):
        raise UserError(f"{folder} has no rows in '{unknown[0]}'; it has {', '.join(sorted(_tags(record)))}")
    sample = draw_sample(folder, record, tags, per_group)
    text = render_page(folder, record, sample, PER_GROUP if per_group is None else per_group)
    # A file name of the settings may hold half a character, which no file can hold.
    write_new(target, sealed(text, SEAL), lambda before: is_sealed(before, SEAL))
    return sample


def render_page(folder: Path, record: Provenance, sample: Sample, per_group: int = PER_GROUP) -> str:
    """The page's text.

    Args:
        folder: the dataset, for lengths and margins, and for what is noted of later builds.
        record: its provenance.
        sample: the rows to show.
        per_group: the most rows of one language and reason that were drawn, to be said.

    Returns:
        HTML; the same dataset gives the same text.
    """
    from markupsafe import Markup

    paths = [folder / name for name in sorted(record.files)]
    spreads = plots.spreads(paths)
    css, code, stopped = asset("page/page.css"), script("page/review.js", "page/page.js"), later_stop(folder, record)
    template = environment().get_template("page/page.html.jinja")
    text: str = template.render(
        record=record,
        things="rows" if record.unpaired else "pairs",
        sides=SIDES[record.unpaired],
        labels=record.labels(),
        prose=sections(record.prose),
        cautions=[*([sentence_case(stopped)] if stopped else []), *cautions(record)],
        rows={split: sum(f.rows for p, f in record.files.items() if f"/{split}-" in p) for split in _SPLITS},
        tags=sorted(_tags(record)),
        language=language,
        stages=funnel(record, sample),
        meanings=legend(record.funnel),
        by_language=by_language(record),
        first_choices=first_choices(record.funnel),
        quotas=quotas(record),
        lengths=lengths(spreads, record),
        margins=margins(spreads),
        histogram=plots.histogram(paths),
        models=models(record),
        flags=flags(record),
        share_with_interval=share_with_interval,
        audit=audit_words(record.audit),
        **factor_sections(record),
        decision=decide_licence(named_parts(record)),
        details=provenance(record),
        sample=sample,
        drawn={"rows": sample.held.total(), "all": sample.totals.total(), "per_group": per_group, "seed": SEED},
        budget=BUDGET // 1_000_000,
        hashes={"css": policy_hash(css), "script": policy_hash(code)},
        css=Markup(css),
        script=Markup(code),
        reviewable=not record.unpaired,
        data=Markup(page_data(sample, legend(record.funnel), None if record.unpaired else _review_of(record))),
    )
    return text.lstrip()


_SPLITS = ("train", "test")


def _tags(record: Provenance) -> set[str]:
    return {row.language for row in record.funnel if row.language} | set(record.facts.languages)


def _review_of(record: Provenance) -> dict[str, str]:
    """What decisions on the page are about: name and version, and a digest by which a browser keeps them apart."""
    digest = fingerprint({path: facts.sha256 for path, facts in sorted(record.files.items())})
    return {"name": f"{record.name} {record.version}", "digest": digest}


def page_data(sample: Sample, meanings: Mapping[str, str], review: Mapping[str, str] | None = None) -> str:
    """What the page's script reads: languages, totals and rows as JSON.

    Args:
        sample: the rows of the page.
        meanings: what reasons and flags mean.
        review: name and digest of the dataset whose pairs may be decided on; None where nothing can be.

    Returns:
        JSON that can stand in a script element: `languages`, `totals` (outcome, stage, reason, language, rows, rows
        held), `meanings`, `review` where there is one, and `rows`.
    """
    totals: list[list[str | int]] = [[*key, count, sample.held[key]] for key, count in sorted(sample.totals.items())]
    tags = {tag for *_, tag in sample.totals}
    head = script_json({"languages": about(tags), "totals": totals, "meanings": meanings})
    of_review = f'"review":{script_json(review)},' if review else ""
    return f'{head[:-1]},{of_review}"rows":[\n' + ",\n".join(sample.rows) + "\n]}"


def cautions(record: Provenance) -> list[str]:
    """What a reader must know first: the builder's notes, and what the numbers say.

    Args:
        record: the dataset's provenance.

    Returns:
        Sentences, the most important first.
    """
    lines = [*record.notes, sentence_case(of_record(record))]
    if unchecked := language_notes.sentence(record, record.facts.languages):
        lines.append(sentence_case(unchecked))
    if record.decisions_used:
        lines.append(sentence_case(decisions_sentence(record.decisions_used, record.unpaired)))
    if record.evaluation_set:
        lines.insert(0, "Built from an evaluation set: never to be released or trained on.")
    return lines + [sentence_case(line) for line in warnings(record)]


def sentence_case(line: str) -> str:
    """A line as a sentence.

    Args:
        line: one without a full stop.

    Returns:
        It with a capital and a full stop.

    Example:
        >>> sentence_case("licence unknown: m")
        'Licence unknown: m.'
    """
    return line[:1].upper() + line[1:] + "."


@dataclass(frozen=True)
class LanguageTable:
    """Per language (`rows`: tag, counts, losses) what came out of the stages (`heads`) and was lost (`reasons`)."""

    heads: list[str]
    reasons: list[tuple[str, str]]
    rows: list[tuple[str, list[int], list[int]]]


def by_language(record: Counted) -> LanguageTable:
    """Per language what came out of the stages, and how many rows each reason took.

    Args:
        record: the dataset's provenance.

    Returns:
        The table; languages by tag, reasons as (stage, reason) by the first language that has them.
    """
    of_language: dict[str, list[FunnelRow]] = defaultdict(list)
    lost: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in record.funnel:
        of_language[row.language].append(row)
        if row.outcome in ("rejected", "part_rejected", "skipped") and row.language:
            lost[row.language][row.stage, row.reason] += row.rows
    reasons = list(dict.fromkeys(key for tag in sorted(lost) for key in lost[tag]))
    tags = sorted(tag for tag in of_language if tag)
    rows = [(tag, list(by_head(of_language[tag]).values()), [lost[tag][reason] for reason in reasons]) for tag in tags]
    return LanguageTable(heads(record.funnel), reasons, rows)


@dataclass(frozen=True)
class MixtureTotals:
    """A mixture over its languages; `most` is the longest bar of one."""

    name: str
    most: int
    asked: int
    given: int
    test: int


@dataclass(frozen=True)
class QuotaTable:
    """Per language (`rows`: tag, and for each mixture its quota or None) what was asked and given."""

    mixtures: list[MixtureTotals]
    rows: list[tuple[str, list[Quota | None]]]


def quotas(record: Provenance) -> QuotaTable:
    """Per language and mixture what was asked and given.

    Args:
        record: the dataset's provenance.

    Returns:
        The table; languages by tag, mixtures in the order of the configs.
    """
    mixtures = record.ordered_mixtures() | record.mixtures
    totals = [
        MixtureTotals(
            name,
            max((max(row.asked, row.given) for row in rows.values()), default=0) or 1,
            *(sum(getattr(row, key) for row in rows.values()) for key in ("asked", "given", "test")),
        )
        for name, rows in mixtures.items()
    ]
    tags = sorted({tag for rows in mixtures.values() for tag in rows})
    return QuotaTable(totals, [(tag, [rows.get(tag) for rows in mixtures.values()]) for tag in tags])


@dataclass(frozen=True)
class LengthRow:
    """Lengths of one language: boxes, medians, and the share of pairs whose chosen answer is the longer one."""

    tag: str
    chosen: plots.Box
    rejected: plots.Box
    medians: tuple[int, int]
    longer: float | None


@dataclass(frozen=True)
class MarginRow:
    """Score margins of one language: a box, and the quantiles it stands for."""

    tag: str
    spread: plots.Box
    values: Sequence[float]


@dataclass(frozen=True)
class Axis(Generic[R]):
    """Rows of a plot on one axis, whose ticks are `marks`."""

    marks: list[tuple[float, str]]
    rows: list[R]


def lengths(spreads: Sequence[plots.Spread], record: Provenance) -> Axis[LengthRow]:
    """Characters of the chosen and the rejected answers by language, on one logarithmic axis.

    Args:
        spreads: as `plots.spreads` gives them.
        record: the dataset's provenance, for the share of longer chosen answers.

    Returns:
        A row a language, in the order of the spreads.
    """
    ends = [quantiles for row in spreads for quantiles in (row.chosen, row.rejected)]
    scale = plots.logarithmic(min((e[0] for e in ends), default=1.0), max((e[4] for e in ends), default=10.0))
    facts = record.facts.languages
    rows = [
        LengthRow(
            row.language,
            plots.box(row.chosen, scale),
            plots.box(row.rejected, scale),
            (round(row.chosen[2]), round(row.rejected[2])),
            facts[row.language].chosen_longer if row.language in facts else None,
        )
        for row in spreads
    ]
    return Axis(scale.marks(), rows)


def margins(spreads: Sequence[plots.Spread]) -> Axis[MarginRow] | None:
    """Score margins by language on one linear axis; None where no pair has scores.

    Args:
        spreads: as `plots.spreads` gives them.

    Returns:
        A row for each language with scores; the axis holds nought.
    """
    of_language = [(row.language, row.margin) for row in spreads if row.margin]
    if not of_language:
        return None
    scale = plots.linear(
        min(0.0, *(margin[0] for _, margin in of_language)), max(margin[4] for _, margin in of_language)
    )
    return Axis(scale.marks(), [MarginRow(tag, plots.box(margin, scale), margin) for tag, margin in of_language])


@dataclass(frozen=True)
class ModelRow:
    """How often a model's answers by a route are chosen, as a share with its 95% interval."""

    model: str
    route: str
    chosen: int
    rejected: int
    share: float
    low: float | None
    high: float | None


def models(record: Provenance) -> list[ModelRow]:
    """How often each model and route is chosen, with a 95% interval, most often chosen first.

    Args:
        record: the dataset's provenance.

    Returns:
        A row for each model and route.
    """
    rows = []
    for row in record.facts.models:
        whole = row.chosen + row.rejected
        share = row.chosen / whole if whole else 0.0
        rows.append(ModelRow(row.model, row.route, row.chosen, row.rejected, share, *wilson(row.chosen, whole)))
    return sorted(rows, key=lambda row: (-row.share, -row.chosen - row.rejected, row.model, row.route))


@dataclass(frozen=True)
class FlagRow:
    """How many released rows carry a flag, with the languages that have most of them."""

    flag: str
    rows: int
    share: float
    most: list[tuple[str, int]]
    languages: int


def flags(record: Provenance) -> list[FlagRow]:
    """The flags of the released rows, the most frequent first, with the languages that have most of them.

    Args:
        record: the dataset's provenance.

    Returns:
        A row a flag; its share is of all rows.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in record.facts.flags:
        counts[row.flag][row.language] += row.rows
    whole = record.row_count()
    return [
        FlagRow(flag, c.total(), c.total() / whole if whole else 0.0, c.most_common(5), len(c))
        for flag, c in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    ]


def provenance(record: Provenance) -> list[tuple[str, str]]:
    """What steered the build, as (heading, JSON).

    Args:
        record: the dataset's provenance.

    Returns:
        Five headings in order; the JSON is for reading, with keys sorted.
    """
    wanted = {
        "Parameters": record.parameters,
        "Settings": record.settings,
        "Packages": record.packages,
        "Fingerprints": record.fingerprints | {"folder": record.fingerprint},
        "Files": {name: facts.sha256 for name, facts in record.all_files.items()},
    }
    return [(name, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)) for name, value in wanted.items()]
