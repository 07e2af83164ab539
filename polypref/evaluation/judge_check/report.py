"""The report of a judge's check in Markdown and in the terminal."""

from collections.abc import Sequence

from ...console.escaping import markdown as escaped
from ..report import formats
from ..report import words as evaluation_words
from ..report.markdown import as_list, as_table
from . import words as say
from .known_winners import KINDS
from .results import JudgeCheck


def markdown(results: JudgeCheck) -> str:
    """The report in Markdown; all text from data and names is escaped.

    Args:
        results: as in judge_check.json.

    Returns:
        The whole report, ending in a line's end.
    """
    parts = [
        f"# Judge check: {escaped(results.judge.name)}",
        f"**{escaped(say.headline(results))}**",
        as_list(say.sentences(results)),
        "## By language",
        as_table(say.HEADS, [*map(say.cells, results.languages), say.cells(results.every)]),
        as_list(say.MEANINGS),
    ]
    if say.kinds_of(results):
        parts += ["## Where the winner is known", as_table(*by_kind(results))]
        parts += [as_list(f"{formats.words(kind)}: {KINDS[kind]}" for kind in say.kinds_of(results))]
    parts += ["## Replies that could not be read", as_table(*by_writer(results))]
    parts += ["## Who was checked, and with what", as_list([_judge_line(results), *say.asked(results)])]
    if lines := say.not_made_lines(results):
        parts += ["## What was left out", as_list(lines)]
    parts += ["## Limits", as_list(results.limits)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _judge_line(results: JudgeCheck) -> str:
    return f"{results.judge.name}: {evaluation_words.judge_facts(results.judge)}"


def by_kind(results: JudgeCheck) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Shares by language and kind of comparison.

    Args:
        results: as in judge_check.json.

    Returns:
        Heads, and a row for each language.
    """
    kinds = say.kinds_of(results)
    rows: list[Sequence[str]] = []
    for row in (*results.languages, results.every):
        name = formats.language_name(row.language) if row.language else "all"
        rows.append((name, *(say.estimate(row.kinds[kind]) if kind in row.kinds else formats.DASH for kind in kinds)))
    return ("language", *map(formats.words, kinds)), rows


def by_writer(results: JudgeCheck) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Unreadable replies by whose answers were shown.

    Args:
        results: as in judge_check.json.

    Returns:
        Heads, and a row for each writer.
    """
    rows: list[Sequence[str]] = []
    for one in results.writers:
        why = ", ".join(f"{formats.words(reason)} {number:,}" for reason, number in one.reasons.items())
        rows.append((formats.words(one.writer), f"{one.replies:,}", f"{one.unread:,}", why or formats.DASH))
    return ("answers of", "replies", "unread", "why"), rows


def show_report(results: JudgeCheck) -> None:
    """Prints the tables and sentences in the terminal.

    Args:
        results: as in judge_check.json.
    """
    from rich.table import Table

    from ...console.terminal import console, safe

    screen = console()
    screen.print(f"[bold]{safe(say.headline(results))}[/]")
    short = (
        "language",
        "winner known",
        "bar",
        "people",
        "again",
        "orders",
        "translations",
        "first",
        "length",
        "unread",
    )
    places = (0, 2, 4, 5, 7, 8, 9, 11, 12, 13)
    table = Table(title=safe(f"judge check: {results.judge.name}"))
    for at, head in enumerate(short):
        table.add_column(head, justify="right" if at else "left")
    for row in results.languages:
        style = "red" if row.state == "below" else None
        table.add_row(*(safe(say.cells(row)[place]) for place in places), style=style)
    table.add_section()
    table.add_row(*(safe(say.cells(results.every)[place]) for place in places), style="bold")
    screen.print(table)
    for sentence in say.sentences(results):
        screen.print(safe(sentence))
