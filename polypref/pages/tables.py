"""What `polypref inspect` prints: funnel, balance against quota, warnings, sample pairs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from .. import languages
from ..console.redaction import redact_text
from ..console.terminal import console, safe
from ..errors import UserError
from ..files.atomic import Setting
from ..files.locks import reading
from ..languages import Language
from ..languages.files import as_mapping
from ..languages.gaps import gaps
from ..release import language_notes
from ..release.contaminated import of_record
from ..release.diff import Difference
from ..release.facts import Facts
from ..release.folder import read_provenance
from ..release.provenance import Provenance
from ..release.warnings import BY_LANGUAGE, by_head, heads, warnings
from ..review.agreement import Agreement
from ..review.applying import decisions_sentence
from ..stages.checks.contract import Check
from ..stages.counts import FunnelRow, Mixtures, SourceRow
from ..stages.equation import comes_from, steps_of
from ..stages.first_choices import FirstChoices, first_choices
from ..stages.flips import FLIPPED
from .audit import audit_tables
from .factors import factor_tables
from .flips import flips_tables
from .group_factors import group_factor_tables
from .groups_of_people import group_tables
from .labels import labels_tables
from .later_builds import later_stop
from .people import people_tables
from .sample_pairs import sample_pairs, shortened, show_pair
from .second_vote import second_vote_tables

if TYPE_CHECKING:
    from ..pipeline.rehearsal import Rehearsed

#: One language each of four scripts, right-to-left and without spaces among them.
FOUR_SCRIPTS = ("ar", "hi", "ja", "uk")
#: Reasons that are shown of each source.
_REASONS_SHOWN = 3
#: The reasons in the funnel of a language that a source has and nobody asked for; that of what came in is empty.
_UNASKED = {"", "language_not_asked_for"}


def show_dataset(folder: Path, samples: int, tags: list[str] | None) -> None:
    """Prints a dataset folder for a person.

    Args:
        folder: the folder.
        samples: how many pairs of a language.
        tags: of which languages; None for a few of different scripts.

    Raises:
        UserError: the folder is not a finished dataset, or has no pair in one of the languages.

    """
    with reading(folder, "inspect"):
        _print_dataset(folder, samples, tags)


def _print_dataset(folder: Path, samples: int, tags: list[str] | None) -> None:
    record, screen = read_provenance(folder), console()
    shown = _shown(record, tags)
    screen.print(f"[bold]{safe(record.name)} {safe(record.version)}[/]  rated by {safe(record.rated_by)}")
    if stopped := later_stop(folder, record):
        screen.print(f"[yellow]warning[/] {safe(stopped, whole=True)}")
    for note in record.notes:
        screen.print(f"[yellow]note[/] {safe(note)}")
    if record.evaluation_set:
        screen.print("[yellow]note[/] built from an evaluation set: never to be released or trained on")
    screen.print(f"[yellow]note[/] {safe(of_record(record))}")
    if unchecked := language_notes.sentence(record, record.facts.languages):
        screen.print(f"[yellow]note[/] {safe(unchecked)}")
    if record.decisions_used:
        screen.print(f"[yellow]note[/] {safe(decisions_sentence(record.decisions_used, record.unpaired))}")
    screen.print(funnel_table(record.funnel))
    screen.print(equation_table(record.funnel))
    screen.print(reasons_table(record.funnel))
    if fell := first_choices(record.funnel):
        screen.print(first_choices_table(fell))
    screen.print(balance_table(record.ordered_mixtures()))
    if record.read_by_source:
        screen.print(read_table(record.read_by_source))
    if record.facts.sources:
        screen.print(sources_table(record.facts))
    people = (*people_tables(record), *group_tables(record.group_people, record.facts.groups), *flips_tables(record))
    measured = (*factor_tables(record), *group_factor_tables(record), *audit_tables(record.audit))
    for one in (*labels_tables(record), *people, *measured, *second_vote_tables(record)):
        screen.print(one)
    for warning in warnings(record):
        screen.print(f"[yellow]warning[/] {safe(warning)}")
    for tag in shown:
        for pair in sample_pairs(folder, record, tag, samples):
            show_pair(screen, pair)


# Outcomes that are no reason why something is left out or flagged.
_COUNTED_BESIDE = ("in", "kept", "pairs_made", "with_a_pair", "first_choice", "first_choice_fell", FLIPPED)


def funnel_table(funnel: Iterable[FunnelRow]) -> Table:
    """Per language: prompts and pairs that went in and came out of every stage.

    Args:
        funnel: rows of a provenance's funnel.

    Returns:
        A row a language, and one for all; none for languages of which no more is known than that nobody asked for them.
    """
    funnel, of_language = list(funnel), defaultdict[str, list[FunnelRow]](list)
    for row in funnel:
        of_language[row.language].append(row)
    for tag in [tag for tag, of_tag in of_language.items() if {one.reason for one in of_tag if one.rows} == _UNASKED]:
        del of_language[tag]
    table = Table("language", *heads(funnel), title="funnel")
    total: Counter[str] = Counter()
    for tag in sorted(t for t in of_language if t):
        by = by_head(of_language[tag])
        total.update(by)
        table.add_row(safe(tag), *(f"{n:,}" for n in by.values()))
    table.add_section()
    table.add_row("all", *(f"{total[head]:,}" for head in BY_LANGUAGE))
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def equation_table(funnel: Iterable[FunnelRow]) -> Table:
    """From the first row read to the last pair published, over all languages: in, left out, out.

    Args:
        funnel: rows of a provenance's funnel.

    Returns:
        A row for each stage and what it counts; what comes in is what is left out and what goes out.
    """
    table = Table("stage", "counts", "in", "left out", "out", "in comes from", title="from rows to pairs")
    steps = steps_of(funnel)
    for step in steps:
        left_out = f"{sum(step.left_out.values()):,}"
        sources = " + ".join(f"{one.stage} ({one.unit}) {one.went:,}" for one in comes_from(step, steps))
        table.add_row(*map(safe, (step.stage, step.unit, f"{step.came:,}", left_out, f"{step.went:,}", sources)))
    for column in table.columns[2:5]:
        column.justify = "right"
    return table


def first_choices_table(rows: Iterable[FirstChoices]) -> Table:
    """Per language how often the answer that the rater likes best may not be chosen, so that the next best is.

    Args:
        rows: of languages in which it happened.

    Returns:
        A row a language.
    """
    table = Table("language", "prompts", "first choice fell", "share", "for", title="raised from")
    for row in rows:
        why = ", ".join(f"{reason} {count:,}" for reason, count in row.reasons.items())
        table.add_row(*map(safe, (row.language, f"{row.prompts:,}", f"{row.fell:,}", f"{row.share:.1%}", why)))
    return table


def reasons_table(funnel: Iterable[FunnelRow]) -> Table:
    """What was left out or flagged, by stage and reason, with the languages it hit most.

    Args:
        funnel: rows of a provenance's funnel.

    Returns:
        A row for each stage, unit, outcome and reason, in the funnel's order, which holds what each of them counts.
    """
    reasons: dict[tuple[str, str, str, str], Counter[str]] = defaultdict(Counter)
    for row in funnel:
        if row.outcome not in _COUNTED_BESIDE:
            reasons[row.stage, row.unit, row.outcome, row.reason][row.language or "und"] += row.rows
    table = Table("stage", "counts", "outcome", "reason", "number", "languages", title="left out and flagged")
    for (stage, unit, outcome, reason), by_language in reasons.items():
        most = ", ".join(f"{tag} {n:,}" for tag, n in by_language.most_common(6)) + (
            " ..." if len(by_language) > 6 else ""
        )
        table.add_row(*map(safe, (stage, unit, outcome.replace("_", " "), reason, f"{by_language.total():,}", most)))
    return table


def balance_table(mixtures: Mixtures) -> Table:
    """Per mixture: training pairs given against asked, and the test share, by language.

    Args:
        mixtures: name -> language -> its quota.

    Returns:
        A row a mixture.
    """
    table = Table(
        "mixture", "languages", "train", "asked", "test", "test share (least, most)", "short of", title="balance"
    )
    for name, quotas in mixtures.items():
        given, asked, test = (sum(getattr(row, key) for row in quotas.values()) for key in ("given", "asked", "test"))
        shares = {tag: row.test / max(1, row.test + row.given) for tag, row in quotas.items()}
        low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
        short = [f"{t} {r.asked - r.given:,}" for t, r in quotas.items() if r.given < r.asked]
        table.add_row(
            safe(name),
            str(len(quotas)),
            f"{given:,}",
            f"{asked:,}",
            f"{test:,}",
            safe(f"{low} {shares[low]:.0%}, {high} {shares[high]:.0%}"),
            safe(", ".join(short[:6]) + (" ..." if len(short) > 6 else "")),
        )
    return table


def read_table(rows: Sequence[SourceRow]) -> Table:
    """What became of the rows of each source when they were read.

    Args:
        rows: of a provenance.

    Returns:
        A row a source, with the commonest reasons for what was left out.
    """
    table = Table("source", "rows", "kept", "left out for", title="rows read by source")
    kept: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.outcome == "kept":
            kept[row.source] += row.rows
        elif row.outcome in ("rejected", "skipped"):
            reasons[row.source][row.reason] += row.rows
    for source in dict.fromkeys(row.source for row in rows):
        left_out = ", ".join(f"{reason} {count:,}" for reason, count in reasons[source].most_common(_REASONS_SHOWN))
        came = kept[source] + reasons[source].total()
        table.add_row(safe(source), f"{came:,}", f"{kept[source]:,}", safe(left_out))
    for column in table.columns[1:3]:
        column.justify = "right"
    return table


def sources_table(facts: Facts) -> Table:
    """Per language: pairs (or single answers) of each source, train and test together.

    Args:
        facts: what was measured on the data files.

    Returns:
        A row a language, and one for all.
    """
    title = "rows by source" if facts.labels else "pairs by source"
    table = Table("language", *map(safe, facts.source_names()), title=title)
    rows = facts.by_source()
    for tag, numbers in rows:
        table.add_row(safe(tag), *(f"{number:,}" for number in numbers))
    table.add_section()
    table.add_row("all", *(f"{sum(of_source):,}" for of_source in zip(*(numbers for _, numbers in rows), strict=True)))
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def checks_table(chain: Iterable[Check]) -> Table:
    """The checks in order: what each does, and for every setting its value and the reason for it.

    Args:
        chain: the checks; each is a dataclass whose fields are its settings.

    Returns:
        A row a check.
    """
    table = Table("check", "what it does", "setting", "why", show_lines=True)
    for one in chain:
        names = [field.name for field in fields(one)]  # type: ignore[arg-type]
        settings = "\n".join(f"{name} = {_setting(getattr(one, name))}" for name in names)
        why = "\n".join(f"{name}: {reason}" for name, reason in one.thresholds.items())
        table.add_row(one.name, safe(one.summary), safe(settings, whole=True), safe(why, whole=True))
    return table


def _setting(value: Setting) -> str:
    text = "the default identifier" if is_dataclass(value) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def review_table(agreement: Mapping[str, Agreement], things: str = "pairs") -> Table:
    """Per language: how far reviewers agree with the rater and with each other.

    Args:
        agreement: language -> how far reviewers agree.
        things: what they judged: pairs, or single answers with a label.

    Returns:
        A row a language; a cell is empty where there is nothing to measure.
    """
    kinds = ("label\nright", "label\nwrong", "drop") if things == "answers" else ("chosen", "rejected", "both\nbad")
    table = Table(title="review")
    for name in ("language", things, "reviewers", *kinds, "not my\nlanguage"):
        table.add_column(name, no_wrap=True)
    for name in ("tie", "edited", "agree\nwith rater", "both\njudged", "raw", "kappa", "prevalence"):
        table.add_column(name, justify="right", no_wrap=True)
    for tag, row in agreement.items():
        of = row.judgements
        agree = "" if row.agree is None else f"{row.agree:.0%} [{row.low:.0%}, {row.high:.0%}]"
        between = ["" if value is None else f"{value:z.2f}" for value in (row.raw, row.kappa, row.prevalence)]
        counts = [str(count) for count in (of.chosen, of.rejected, of.both_bad, of.not_my_language, of.tie, of.edited)]
        table.add_row(safe(tag), str(row.pairs), str(row.reviewers), *counts, agree, str(row.both), *between)
    return table


def languages_table(known: Iterable[Language]) -> Table:
    """The languages, each measured or not: whether thresholds were measured on texts in it.

    Args:
        known: the languages.

    Returns:
        A row a language, in their order.
    """
    heads = (
        "tag",
        "name",
        "own name",
        "ISO 639-3",
        "FLORES-200",
        "scripts",
        "direction",
        "spaces",
        "class",
        "measured",
    )
    table = Table(*heads)
    for one in known:
        joshi = "" if one.joshi_class is None else str(one.joshi_class)
        flags = ["yes" if flag else "no" for flag in (one.spaces, one.measured)]
        names = (one.tag, one.name, one.native_name, one.iso639_3, one.flores, " ".join(one.scripts), one.direction)
        table.add_row(*names, flags[0], joshi, flags[1])
    return table


def language_table(language: Language) -> Table:
    """What is known of one language, then what is not and what that means.

    Args:
        language: the language.

    Returns:
        A row a fact, then a row for each thing that is not known.
    """
    table = Table("", "", title=safe(f"{language.name} ({language.tag})"), show_header=False)
    for name, value in as_mapping(language).items():
        table.add_row(name.replace("_", " "), safe(_brief(value), whole=True))
    table.add_row(
        "thresholds measured", "yes" if language.measured else "no: the thresholds were set on other languages"
    )
    table.add_section()
    for what, meaning in gaps(language):
        table.add_row(f"no {what}", safe(meaning, whole=True))
    return table


def _brief(value: Setting) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_brief(one)}" for name, one in value.items() if one not in ("", [], {}, False))
    if isinstance(value, list):
        phrases = [one for one in value if isinstance(one, Mapping)]
        return f"{len(phrases):,} phrases" if phrases else ", ".join(map(str, value[:8])) + ", ..." * (len(value) > 8)
    return shortened(str(value), 80)


def show_difference(changes: Difference) -> None:
    """Prints what differs between two versions and which step of the version that asks for.

    Args:
        changes: what differs.
    """
    screen = console()
    if changes.rows:
        table = Table("language", "rows", "what", "cause", title="rows")
        for row in changes.rows:
            table.add_row(safe(row.language), f"{row.rows:,}", row.kind, row.cause.replace("_", " "))
        screen.print(table)
    if changes.configs:
        table = Table("config", "pairs in", "pairs out", title="configs")
        for one in changes.configs:
            table.add_row(safe(one.config), f"{one.added:,}", f"{one.removed:,}")
        screen.print(table)
    for line in changes.schema:
        screen.print(safe(line))
    screen.print(f"{safe(changes.sentence())}: a {changes.bump} step" if changes.bump != "none" else "no difference")


def _shown(record: Provenance, tags: list[str] | None) -> list[str]:
    there = record.tags()
    # A language of the builder script's own is not known here, but its tag stands in the data.
    known = (tag if tag in there else languages.resolve_at("languages (--languages)", tag).tag for tag in tags or ())
    asked = list(dict.fromkeys(known))
    if absent := [tag for tag in asked if tag not in there]:
        row = "row" if record.unpaired else "pair"
        raise UserError(f"{record.name} has no training {row} in {', '.join(absent)}; it has {', '.join(there)}")
    return asked or _in_four_scripts(there)


def _in_four_scripts(there: list[str]) -> list[str]:
    """Four languages of those that are there, in as many scripts as can be; all where there are fewer."""
    order = [*(tag for tag in FOUR_SCRIPTS if tag in there), *(tag for tag in there if tag not in FOUR_SCRIPTS)]
    first: dict[str, str] = {}
    for tag in order:
        language = languages.find(tag)
        first.setdefault(language.scripts[0] if language else tag, tag)
    return list(dict.fromkeys([*first.values(), *order]))[:4]


def rehearsal_table(rows: Iterable["Rehearsed"]) -> Table:
    """What a build would ask its models.

    Args:
        rows: a stage's requests to one model each.

    Returns:
        A row for each; the cost is empty where no price is known.
    """
    table = Table("stage", "model", "requests", "answered already", "prompt tokens", "completion tokens", "cost")
    for row in rows:
        numbers = [f"{n:,}" for n in (row.requests, row.answered, row.prompt_tokens, row.completion_tokens)]
        cost = "" if row.cost is None else f"{row.cost:,.2f}"
        if row.cached_tokens:
            numbers[2] += f" ({row.cached_tokens:,} cached)"
        table.add_row(row.stage, safe(redact_text(row.model)), *numbers, cost)
    return table
