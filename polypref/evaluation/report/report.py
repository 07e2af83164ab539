"""The report of an evaluation: in Markdown, in the terminal, and as a page (report_page)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ...console.escaping import markdown as escaped
from ...files.owned import Folder
from ..figures.agreement import Agreement
from ..results import (
    Board,
    Comparison,
    Fidelity,
    LanguageFigures,
    Leaderboard,
    MeanFidelity,
    MeanFigures,
    Results,
)
from . import answer_languages, formats, judge_checks, second_vote
from . import words as say
from .battles import PER_GROUP
from .breakdowns import parts_of_academic, parts_of_comparison, parts_of_models
from .markdown import as_list, as_table
from .page import page
from .part import Part

if TYPE_CHECKING:
    from rich.table import Table

#: Heads of the table by language; `_cells` fills it.
_BY_LANGUAGE = (
    "language",
    "prompts",
    "win / tie / loss",
    "win-rate",
    "interval",
    "joint interval",
    "p (Holm)",
    "length-controlled (minimal regression)",
    "both in the language",
    "orders disagree",
    "unparsed",
    "if unscored lost to won",
)
_FIDELITY = (
    "language",
    "lines, model",
    "lines, other",
    "words, model",
    "words, other",
    "median length, model",
    "median length, other",
)


def write_report(
    folder: Path, results: Results, battles: pa.Table, per_group: int = PER_GROUP, files: Folder | None = None
) -> None:
    """Writes report.md and report.html; the same results and battles give the same bytes.

    Args:
        folder: of the evaluation.
        results: as in results.json.
        battles: tables.BATTLES.
        per_group: the most battles of one comparison, language and outcome that the page holds.
        files: the folder, for who has it open.

    Raises:
        UserError: a file cannot be written, or one is there that is not as polypref wrote it.
    """
    # A name that the user gave may hold half a character, which no file can hold.
    files = files or Folder(folder)
    files.write_bytes("report.md", markdown(results).encode("utf-8", "replace"))
    files.write_bytes("report.html", page(results, battles, per_group).encode("utf-8", "replace"))


def markdown(results: Results) -> str:
    """The report as Markdown, all names and sentences escaped.

    Args:
        results: as in results.json.

    Returns:
        The whole report, ending in a line's end.
    """
    parts = [f"# Evaluation: {escaped(results.name)}"]
    parts += [f"> **{escaped(note[:1].upper() + note[1:])}**" for note in say.notes(results)]
    parts += [escaped(remark) for remark in (*results.remarks, *judge_checks.assurances(results))]
    for comparison in results.comparisons:
        parts += _comparison(comparison, say.in_what_language(results))
    if of_models := parts_of_models(results):
        parts += ["## Models by themselves", *(text for one in of_models for text in _part(one))]
    for board in results.leaderboards:
        parts += _leaderboard(board)
    parts += _judges(results) + _published(results) + _asked(results)
    parts += _second_votes(results) + _academic(results)
    parts += ["## Limits", as_list(results.limits or ["No limit was written down."])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _comparison(comparison: Comparison, language: str) -> list[str]:
    sentences = [*say.halves(comparison), *say.further(comparison), *say.bias(comparison)]
    return [
        f"## {escaped(say.label(comparison))}",
        f"**{escaped(say.headline(comparison))}**",
        as_list(sentences),
        as_list([f"Warning: {line}" for line in say.cautions(comparison)]),
        f"Intervals are at {say.level(comparison)}; the joint ones hold for all languages at once. Ties count half.",
        as_table(_BY_LANGUAGE, [*map(_cells, comparison.rows), _average_cells(comparison.average)]),
        as_list(answer_languages.unchecked_languages(comparison)),
        f"Share of answers whose lines, and words, are all in {language}; median characters:",
        as_table(_FIDELITY, [*map(_fidelity_cells, comparison.rows), _mean_fidelity_cells(comparison.average)]),
        *(text for one in parts_of_comparison(comparison) for text in _part(one)),
    ]


def _part(part: Part) -> list[str]:
    return [f"### {escaped(part.title)}", as_list(part.what), as_table(part.heads, part.rows, part.numbers)]


def _cells(row: LanguageFigures) -> tuple[str, ...]:
    return (
        row.language,
        formats.count_words(row.prompts),
        f"{row.wins:,} / {row.ties:,} / {row.losses:,}",
        formats.rate_words(row.win_rate),
        formats.ends(row.low, row.high),
        formats.ends(row.joint_low, row.joint_high),
        formats.p_value(row.p_holm),
        formats.estimate(row.length_controlled),
        formats.estimate(row.in_language),
        formats.share(row.disagreements),
        formats.count_words(row.unparsed),
        formats.ends(row.lowest, row.highest),
    )


def _average_cells(mean: MeanFigures) -> tuple[str, ...]:
    own = (formats.rate_words(mean.win_rate), formats.ends(mean.low, mean.high), "", formats.p_value(mean.p))
    more = (formats.estimate(mean.length_controlled), formats.estimate(mean.in_language))
    return ("macro average", "", "", *own, *more, "", "", "")


def _fidelity_cells(row: LanguageFigures) -> tuple[str, ...]:
    lengths = (formats.count_words(row.length), formats.count_words(row.other_length))
    return (row.language, *_shares(row.fidelity, row.other_fidelity), *lengths)


def _mean_fidelity_cells(mean: MeanFigures) -> tuple[str, ...]:
    return ("macro average", *_shares(mean.fidelity, mean.other_fidelity), "", "")


def _shares(own: Fidelity | MeanFidelity, other: Fidelity | MeanFidelity) -> list[str]:
    return [formats.share(value) for value in (own.lines, other.lines, own.words, other.words)]


def _leaderboard(board: Leaderboard) -> list[str]:
    parts = [f"## Leaderboard: {escaped(board.set)}, judged by {escaped(board.judge)}", _board(board.overall)]
    for tag, own in board.languages.items():
        parts += [f"### {escaped(formats.language_name(tag))}", _board(own)]
    return parts


def _board(board: Board) -> str:
    heads = ("model", "strength (log odds)", "interval", "expected win-rate", "battles")
    shown = as_table(
        heads,
        [
            (
                one.model,
                formats.signed(one.strength, 2),
                formats.ends(one.low, one.high),
                formats.rate_words(one.win_rate),
                formats.count_words(one.battles),
            )
            for one in board.models
        ],
    )
    if not board.unlinked:
        return shown
    names = ", ".join(map(escaped, board.unlinked))
    return f"{shown}\n\nLinked with the first by no chain of battles, so that their place means nothing: {names}."


def _judges(results: Results) -> list[str]:
    parts = ["## Judges", as_list([f"{one.name}: {say.judge_facts(one)}" for one in results.judges])]
    if results.agreement:
        rows = []
        for pair in results.agreement:
            by_tag: list[tuple[str, Agreement]] = [("all", pair.all), *pair.languages.items()]
            for tag, one in by_tag:
                who = (pair.set, f"{pair.one} and {pair.other}", tag, formats.count_words(one.n))
                rows.append((*who, formats.share(one.raw), formats.kappa(one), formats.count_words(one.left_out)))
        heads = ("set", "raters", "language", "rated by both", "say the same", "Cohen's kappa", "by one only")
        parts += ["Agreement (± is the standard error):", as_table(heads, rows, numbers=3)]
    return parts


def _second_votes(results: Results) -> list[str]:
    rows = second_vote.voted(results)
    table = as_table(second_vote.HEADS, rows, numbers=3)
    return ["## A second language detector", second_vote.WHAT, table] if rows else []


def _published(results: Results) -> list[str]:
    heads = ("model", "against", "set", "metric", "value", "judge", "source", "mark")
    rows = [[formats.plain_value(getattr(one, key)) for key in heads] for one in say.published(results)]
    if not rows:
        return []
    return [
        "## Published figures",
        "As their sources give them: other prompts, judges or settings than here. They are part of no figure above.",
        as_table(heads, rows, numbers=len(heads)),
    ]


def _asked(results: Results) -> list[str]:
    sets = [
        [
            *_or_dashes(one.name, one.repo, one.revision, one.licence),
            formats.count_words(sum(one.languages.values())),
            str(len(one.languages)),
            say.unused_rows(one),
            one.note or "",
        ]
        for one in results.sets
    ]
    models = [
        [
            *_or_dashes(one.name, one.model, one.revision, one.licence, one.how),
            formats.count_words(sum(one.answers.values())),
            say.failures(one),
            say.unused_answers(one),
        ]
        for one in results.models
    ]
    return [
        "## What was asked and answered",
        as_table(("set", "repository", "revision", "licence", "prompts", "languages", "left out", "note"), sets, 8),
        as_table(("model", "id", "revision", "licence", "how", "answers", "no answer", "not used"), models, 8),
    ]


def _or_dashes(*texts: str | None) -> list[str]:
    return [text or formats.DASH for text in texts]


def _academic(results: Results) -> list[str]:
    if not results.academic or not results.academic.rows:
        return []
    heads = ("task", "language", "metric", "before", "after", "difference ± standard error")
    cells = [
        [
            one.task,
            one.language,
            one.metric,
            formats.rate_words(one.before),
            formats.rate_words(one.after),
            say.change_words(one),
        ]
        for one in results.academic.rows
    ]
    return [
        "## Academic benchmarks, before and after",
        as_list(say.academic(results)),
        as_table(heads, cells, numbers=3),
        *(block for part in parts_of_academic(results.academic) for block in _part(part)),
    ]


#: Heads of the terminal's table, short enough for 100 columns; `_short_cells` fills it.
_TERMINAL = (
    "language",
    "win/tie/loss",
    "win-rate",
    "interval",
    "p (Holm)",
    "=length",
    "=language",
    "orders differ",
    "unparsed",
)


def _short_cells(row: LanguageFigures) -> tuple[str, ...]:
    return (
        row.language,
        f"{row.wins}/{row.ties}/{row.losses}",
        *_short_rates(row, row.p_holm),
        formats.share(row.disagreements),
        formats.count_words(row.unparsed),
    )


def _short_rates(row: LanguageFigures | MeanFigures, p: float | None) -> tuple[str, ...]:
    equal, inside = row.length_controlled, row.in_language
    return (
        formats.rate_words(row.win_rate),
        formats.ends(row.low, row.high),
        formats.p_value(p),
        formats.rate_words(equal.win_rate if equal else None),
        formats.rate_words(inside.win_rate if inside else None),
    )


def _terminal_table(part: Part) -> "Table":
    """A part for the terminal, without what only a wide page has room for."""
    from rich.table import Table

    from ...console.terminal import safe

    shown = [at for at in range(len(part.heads)) if at not in part.wide]
    table = Table(title=safe(part.title))
    for at in shown:
        table.add_column(safe(part.heads[at]), justify="right" if at >= part.numbers else "left")
    for row in part.rows:
        table.add_row(*(safe(row[at]) for at in shown))
    return table


def show_report(results: Results) -> None:
    """Prints the report's tables and sentences in the terminal.

    Args:
        results: as in results.json.
    """
    from rich.table import Table

    from ...console.terminal import console, safe

    screen = console()
    for note in say.notes(results):
        screen.print(f"[bold yellow reverse] {safe(note)} [/]")
    for comparison in results.comparisons:
        table = Table(title=safe(say.label(comparison)))
        for heading in _TERMINAL:
            heading = f"{say.level(comparison)} interval" if heading == "interval" else heading
            table.add_column(heading, justify="right" if table.columns else "left", no_wrap=True)
        for row in comparison.rows:
            below = formats.known(row.win_rate) and row.win_rate < 0.5
            table.add_row(*map(safe, _short_cells(row)), style="red" if below else None)
        table.add_section()
        mean = comparison.average
        table.add_row(*map(safe, ("macro average", "", *_short_rates(mean, mean.p), "", "")), style="bold")
        screen.print(table)
        screen.print(
            "[dim]=length: length-controlled (minimal regression); =language: where both are in the language[/]"
        )
        screen.print(f"[bold]{safe(say.headline(comparison))}[/]")
        for sentence in [*say.halves(comparison), *say.further(comparison), *say.bias(comparison)]:
            screen.print(safe(sentence))
        for line in say.cautions(comparison):
            screen.print(f"[yellow]warning[/] {safe(line)}")
        for part in parts_of_comparison(comparison):
            screen.print(_terminal_table(part))
    for part in parts_of_models(results):
        screen.print(_terminal_table(part))
    for board in results.leaderboards:
        table = Table("model", title=safe(f"leaderboard: {board.set}, judged by {board.judge}"))
        for heading in ("strength", "interval", "expected win-rate", "battles"):
            table.add_column(heading, justify="right")
        for one in board.overall.models:
            figures = (formats.signed(one.strength, 2), formats.ends(one.low, one.high))
            table.add_row(safe(one.model), *figures, formats.rate_words(one.win_rate), formats.count_words(one.battles))
        screen.print(table)
    for line in (*results.remarks, *judge_checks.assurances(results)):
        screen.print(safe(line))
    for line in results.limits:
        screen.print(f"[dim]{safe(line)}[/]")
