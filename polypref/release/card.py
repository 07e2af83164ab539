"""The card of a dataset: YAML that tells the Hub its configs, a person's prose, and what was measured.

The prose lies in dataset_cards/ as Markdown with `## Summary`, `## Intended use`, `## Limits` and further sections;
every number in the card is measured, never typed.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import markdown
from ..errors import UserError
from ..files.atomic import fingerprint, read_text
from ..files.json_types import Json, JsonObject
from ..files.records import encode
from ..people.agreement import AgreedShare
from ..raters.calibration import warnings
from ..review.applying import decisions_sentence
from ..review.marks import in_words
from ..stages.counts import FunnelRow
from ..stages.equation import LEFT_OUT
from ..stages.first_choices import first_choices
from . import language_notes
from .audit_words import audit_section
from .citation import bibtex
from .columns import explained
from .contaminated import of_record
from .edit_rates import edit_rates
from .examples import Examples, language_name, read_examples
from .factor_words import factors_head
from .group_factor_words import group_factors_sections
from .licences import Decision, decide_licence, named_parts
from .pieces import pattern_of
from .principle_results import share_with_interval
from .provenance import Config, Provenance, RatingsConfig
from .ratings_card import ratings_section
from .second_vote import disagreement_by_language, voting_detector
from .tested_languages import limits_of_test
from .warnings import languages_without_rows

if TYPE_CHECKING:
    from jinja2 import Template

#: Sections that a card's prose must have.
SECTIONS = ("Summary", "Intended use", "Limits")
#: What stands in a section of a card that nobody has written.
NOT_WRITTEN = "*Not written yet.*"
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)


#: The stages in the order in which data takes them.
_STAGES = (
    *("read", "translate", "cross", "index", "complete", "check", "rate", "combine", "rated", "verdicts", "pair"),
    *("review", "filter", "balance", "retract"),
)
#: In which order outcomes of one stage and unit stand; others after them.
_PLACES = {outcome: place for place, outcome in enumerate(("in", *LEFT_OUT, "kept"))}


def read_prose(path: Path) -> str:
    """The prose of a card.

    Args:
        path: a Markdown file.

    Returns:
        Its text.

    Raises:
        UserError: no such file, or a required section is missing or empty.
    """
    advice = f"write one with the sections {', '.join(SECTIONS)}"
    if not path.exists():
        raise UserError(f"no card at {path}; {advice}")
    text = read_text(path, f"a card is a text file; {advice}")
    check_prose(text, str(path))
    return text


def check_prose(text: str, where: str) -> None:
    """Makes sure that every required section is there, and that no text stands where the card would lose it.

    Args:
        text: a card's prose.
        where: what it is called in messages.

    Raises:
        UserError: a section is missing, empty or there twice, or text stands before the first one.
    """
    parts = _parts(text)
    if parts[0][1].strip():
        raise UserError(f"{where} has text before its first '## ' section; put it under '## Summary', without a title")
    names = [name for name, _ in parts[1:]]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UserError(f"{where} has two sections '## {twice}'; make one of them")
    filled = sections(text)
    for name in SECTIONS:
        if not filled.get(name):
            raise UserError(f"{where} has no section '## {name}' with text in it; a card needs {', '.join(SECTIONS)}")


def sections(text: str) -> dict[str, str]:
    """The `## ` sections of a Markdown text, by heading.

    Args:
        text: Markdown.

    Returns:
        Heading -> text below it, without blanks around it; what stands before the first heading is left out.

    Example:
        >>> sections("## Summary\\n\\nPairs.\\n\\n## Limits\\n\\nFew.\\n")
        {'Summary': 'Pairs.', 'Limits': 'Few.'}
    """
    return {name: body.strip() for name, body in _parts(text)[1:]}


def _parts(text: str) -> list[tuple[str, str]]:
    """Heading and body of every section, first what stands before them; a heading in a code block is none."""
    parts: list[tuple[str, str]] = [("", "")]
    fence = ""
    for line in text.splitlines():
        if mark := re.match(r" {0,3}(```|~~~)", line):
            fence = "" if fence == mark[1] else fence or mark[1]
        if not fence and (heading := re.fullmatch(r"## +(.+?)\s*", line)):
            parts.append((heading[1], ""))
        else:
            parts[-1] = (parts[-1][0], f"{parts[-1][1]}{line}\n")
    return parts


def render_card(record: Provenance, where: str, revision: str | None = None, folder: Path | None = None) -> str:
    """The whole README.md.

    Args:
        record: provenance of the dataset.
        where: what `load_dataset` is given in the snippets: a repository or a folder.
        revision: the tag in the snippets; None for none.
        folder: where its data files lie, of which the card explains the columns and shows rows; None for neither.

    Returns:
        YAML and Markdown; the same arguments and files give the same text.
    """
    decision = decide_licence(named_parts(record))
    # A build without a card goes through; what is lacking is said where it belongs.
    prose = dict.fromkeys(SECTIONS, NOT_WRITTEN) | sections(record.prose)
    first, examples = record.configs[0], read_examples(folder, record) if folder else Examples()
    body = _template().render(
        record=record,
        prose=prose,
        further={name: text for name, text in prose.items() if name not in SECTIONS},
        where=where,
        revision=f', revision="{revision}"' if revision else "",
        first=first.config_name,
        first_language=record.configs[1].config_name,
        first_split=first.data_files[0].split,
        mixtures=record.ordered_mixtures(),
        name_of=language_name,
        columns=explained(examples.columns),
        examples=examples,
        citation=_citation(record, prose, where if revision else None),
        labels=record.labels(),
        ratings=ratings_section(record),
        audit=audit_section(record.audit),
        # A check may be in the chain twice, as for prompts and for answers: what it looks for is said once.
        checks=list(dict.fromkeys((one.name, one.summary) for one in record.checks)),
        flagged=sum(row.rows for row in record.funnel if (row.stage, row.outcome) == ("filter", "flagged")),
        decision=decision,
        funnel=_funnel(record.funnel),
        raised_from=markdown(_raised_from(record.funnel)),
        limits=_limits(record),
        calibrations=record.calibrations(),
        decisions=markdown(_sentence(decisions_sentence(record.decisions_used or {}, record.unpaired))),
        disagreement=disagreement_by_language(record),
        edits=edit_rates(record),
        interval=share_with_interval,
        factors_head=markdown(factors_head(record.factors)) if record.factors else "",
        group_factors=group_factors_sections(record.group_factors),
        detector=voting_detector(record),
        warnings=warnings,
        total=lambda quotas, key: f"{sum(getattr(row, key) for row in quotas.values()):,}",
        n=lambda number: f"{number:,}",
        share=lambda value: "" if value is None else f"{value:z.2f}",
        figure=in_words,
        p_value=lambda value: "" if value is None else f"{value:.3f}",
        agreed=_agreed,
        md=markdown,
    )
    return f"{front_matter(record, decision)}{body}"


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    # Not HTML: text from data is escaped for Markdown by the template's `md`.
    environment = Environment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, trim_blocks=False
    )
    return environment.from_string((files("polypref.release") / "card.md.jinja").read_text("utf-8"))


def front_matter(record: Provenance, decision: Decision) -> str:
    """The card's YAML.

    Args:
        record: provenance of the dataset.
        decision: under which licence it may be published; without one the YAML says `other`.

    Returns:
        The YAML between its lines of `---`, and an empty line.
    """
    import yaml

    tags, rows = record.tags(), record.row_count()
    head = {
        "pretty_name": record.name,
        "license": decision.licence or "other",
        "language": tags,
        "multilinguality": ["multilingual" if len(tags) > 1 else "monolingual"],
        "task_categories": ["text-generation"],
        "size_categories": [next((name for most, name in _SIZES if rows < most), "10M<n<100M")],
        "tags": ["preference", "rlhf", "kto" if record.unpaired else "dpo", "trl", "polypref"],
        "configs": _configs(record),
    }
    text: str = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{text}---\n\n"


def _configs(record: Provenance) -> list[JsonObject]:
    """The configs, the first with a digest of all files as its description.

    `datasets` keeps what it has loaded under the folder's name and the card's configs, and does not look at the files:
    of a folder that was built anew, or of another one of the same name, it would give the rows of before.
    """
    every: list[Config | RatingsConfig] = [*record.configs, *(record.ratings.configs if record.ratings else [])]
    first, *rest = (_config(one, record.all_files) for one in every)
    content = fingerprint(sorted((path, facts.sha256) for path, facts in record.all_files.items()))
    return [first | {"description": f"content {content}"}, *rest]


def _config(config: Config | RatingsConfig, every: Collection[str]) -> JsonObject:
    data: list[Json] = [{"split": one.split, "path": _paths(one.path, every)} for one in config.data_files]
    return encode(config) | {"data_files": data}


def _paths(paths: Sequence[str], every: Collection[str]) -> Json:
    return pattern_of(paths, every) or [*paths]


def _funnel(rows: list[FunnelRow]) -> list[FunnelRow]:
    """The funnel summed over languages, in the order of the stages; what the first choice was is told by language."""
    totals: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        if not row.outcome.startswith("first_choice"):
            totals[row.stage, row.unit, row.outcome.replace("_", " "), row.reason] += row.rows
    steps = {key[:2]: place for place, key in reversed(list(enumerate(totals)))}
    stages = _in_order(dict.fromkeys(key[0] for key in totals))
    # What comes in stands first, and what is said of those that stay last.
    ordered = sorted(
        totals.items(),
        key=lambda one: (stages[one[0][0]], steps[one[0][:2]], _PLACES.get(one[0][2], len(_PLACES))),
    )
    return [FunnelRow(stage, unit, "", outcome, reason, count) for (stage, unit, outcome, reason), count in ordered]


def _in_order(stages: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The place of each stage; one that is not known stands behind the one that it was counted after."""
    places: dict[str, tuple[int, int]] = {}
    before = -1
    for number, stage in enumerate(stages):
        before = _STAGES.index(stage) if stage in _STAGES else before
        places[stage] = (before, 0 if stage in _STAGES else number)
    return places


def _raised_from(rows: list[FunnelRow]) -> str:
    """How often the rater's first choice may not be chosen, by language; empty where it always may."""
    fell = first_choices(rows)
    shares = ", ".join(f"{row.language} {row.share:.1%} of {row.prompts:,}" for row in fell)
    return (
        f"The answer that the rater scored highest may not be chosen, so that the next best is, in {shares}."
        if fell
        else ""
    )


def _citation(record: Provenance, prose: Mapping[str, str], repo: str | None) -> str:
    """How the dataset is cited; empty where somebody wrote a section of that name, who knows better."""
    return "" if "Citation" in prose else bibtex(record.name, record.version, repo, record.citation)


def _agreed(share: AgreedShare | None) -> str:
    return "" if share is None else f"{share.share:.2f} [{share.low:.2f}, {share.high:.2f}]"


def _sentence(line: str) -> str:
    return line[:1].upper() + line[1:] + "."


def _limits(record: Provenance) -> list[str]:
    """Limits that follow from what was measured."""
    limits = [markdown(_sentence(of_record(record)))]
    if unchecked := language_notes.sentence(record, record.facts.languages):
        limits.append(markdown(_sentence(unchecked)))
    if absent := languages_without_rows(record):
        limits.append(markdown(_sentence(absent)))
    limits += limits_of_test(record)
    chosen = "the good one" if record.unpaired else "chosen"
    gap = {tag: row.chosen_longer for tag, row in record.facts.languages.items()}
    if gap and (leaning := [tag for tag, share in gap.items() if abs(share - 0.5) > 0.15]):
        limits.append(
            f"In {', '.join(leaning)} the longer (or the shorter) answer is {chosen} so often that a model may learn "
            "length; see the table above."
        )
    translated = sum(row.rows for row in record.facts.origins if row.origin == "translated")
    if translated:
        limits.append(f"{translated:,} rows have machine-translated prompts.")
    flagged = Counter[str]()
    for row in record.facts.flags:
        flagged[row.flag] += row.rows
    if flagged:
        marks = ", ".join(f"{markdown(flag)} {rows:,}" for flag, rows in sorted(flagged.items()))
        limits.append(f"Rows kept with a mark in `flags`: {marks}.")
    return limits
