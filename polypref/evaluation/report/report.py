"""The report of an evaluation: in Markdown, in the terminal, and as a page (report_page)."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...console.escaping import markdown as escaped
from ...files.owned import Folder
from . import words as say
from .battles import PER_GROUP
from .markdown import as_list, as_table
from .page import page
from .words import Figures

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
    folder: Path, results: dict[str, Any], battles: pa.Table, per_group: int = PER_GROUP, files: Folder | None = None
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


def markdown(results: dict[str, Any]) -> str:
    """The report as Markdown, all names and sentences escaped."""
    parts = [f"# Evaluation: {escaped(results['name'])}"]
    parts += [f"> **{escaped(note[:1].upper() + note[1:])}**" for note in say.notes(results)]
    parts += [escaped(remark) for remark in results.get("remarks") or ()]
    for comparison in results["comparisons"]:
        parts += _comparison(comparison)
    for board in results.get("leaderboards") or ():
        parts += _leaderboard(board)
    parts += _judges(results) + _published(results) + _asked(results) + _academic(results)
    parts += ["## Limits", as_list(results.get("limits") or ["No limit was written down."])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _comparison(comparison: Figures) -> list[str]:
    sentences = [*say.halves(comparison), *say.further(comparison), *say.bias(comparison)]
    return [
        f"## {escaped(say.label(comparison))}",
        f"**{escaped(say.headline(comparison))}**",
        as_list(sentences),
        as_list([f"Warning: {line}" for line in say.cautions(comparison)]),
        f"Intervals are at {say.level(comparison)}; the joint ones hold for all languages at once. Ties count half.",
        as_table(_BY_LANGUAGE, [*map(_cells, comparison["rows"]), _average_cells(comparison["average"])]),
        "Share of answers whose lines, and words, are all in the language of the prompt; median characters:",
        as_table(_FIDELITY, [*map(_fidelity_cells, comparison["rows"]), _fidelity_cells(comparison["average"])]),
    ]


def _cells(row: Figures) -> tuple[str, ...]:
    return (
        row["language"],
        say.count(row["prompts"]),
        f"{row['wins']:,} / {row['ties']:,} / {row['losses']:,}",
        say.rate(row["win_rate"]),
        say.ends(row),
        say.ends(row, "joint_low", "joint_high"),
        say.p_value(row["p_holm"]),
        say.estimate(row.get("length_controlled")),
        say.estimate(row.get("in_language")),
        say.share(row["disagreements"]),
        say.count(row["unparsed"]),
        say.ends(row, "lowest", "highest"),
    )


def _average_cells(mean: Figures) -> tuple[str, ...]:
    own = (say.rate(mean["win_rate"]), say.ends(mean), "", say.p_value(mean["p"]))
    more = (say.estimate(mean.get("length_controlled")), say.estimate(mean.get("in_language")))
    return ("macro average", "", "", *own, *more, "", "", "")


def _fidelity_cells(row: Figures) -> tuple[str, ...]:
    own, other = row.get("fidelity") or {}, row.get("other_fidelity") or {}
    rates = [say.share(side.get(unit)) for unit in ("lines", "words") for side in (own, other)]
    if "length" not in row:
        return ("macro average", *rates, "", "")
    return (row["language"], *rates, say.count(row["length"]), say.count(row["other_length"]))


def _leaderboard(board: Figures) -> list[str]:
    found = [f"## Leaderboard: {escaped(board['set'])}, judged by {escaped(board['judge'])}", _board(board["overall"])]
    for tag, own in board["languages"].items():
        found += [f"### {escaped(say.tongue(tag))}", _board(own)]
    return found


def _board(found: Figures) -> str:
    heads = ("model", "strength (log odds)", "interval", "expected win-rate", "battles")
    shown = as_table(
        heads,
        [
            (
                one["model"],
                say.signed(one["strength"], 2),
                say.ends(one),
                say.rate(one["win_rate"]),
                say.count(one["battles"]),
            )
            for one in found["models"]
        ],
    )
    if not found["unlinked"]:
        return shown
    names = ", ".join(map(escaped, found["unlinked"]))
    return f"{shown}\n\nLinked with the first by no chain of battles, so that their place means nothing: {names}."


def _judges(results: Figures) -> list[str]:
    found = ["## Judges", as_list([f"{one['name']}: {say.judge_facts(one)}" for one in results.get("judges") or ()])]
    if agreement := results.get("agreement"):
        rows = []
        for pair in agreement:
            for tag, one in [("all", pair["all"]), *pair["languages"].items()]:
                who = (pair["set"], f"{pair['one']} and {pair['other']}", tag, say.count(one["n"]))
                rows.append((*who, say.share(one["raw"]), say.kappa(one), say.count(one["left_out"])))
        heads = ("set", "raters", "language", "rated by both", "say the same", "Cohen's kappa", "by one only")
        found += ["Agreement (± is the standard error):", as_table(heads, rows, numbers=3)]
    return found


def _published(results: Figures) -> list[str]:
    heads = ("model", "against", "set", "metric", "value", "judge", "source", "mark")
    rows = [[say.plain_value(one[key]) for key in heads] for one in say.published(results)]
    if not rows:
        return []
    return [
        "## Published figures",
        "As their sources give them: other prompts, judges or settings than here. They are part of no figure above.",
        as_table(heads, rows, numbers=len(heads)),
    ]


def _asked(results: Figures) -> list[str]:
    names, about = ("name", "repo", "revision", "licence"), ("name", "model", "revision", "licence", "how")
    sets = [
        [*_named(one, names), say.count(sum(one["languages"].values())), str(len(one["languages"])), one["note"] or ""]
        for one in results.get("sets") or ()
    ]
    models = [
        [*_named(one, about), say.count(sum(one["answers"].values())), _failures(one)]
        for one in results.get("models") or ()
    ]
    return [
        "## What was asked and answered",
        as_table(("set", "repository", "revision", "licence", "prompts", "languages", "note"), sets, numbers=7),
        as_table(("model", "id", "revision", "licence", "how", "answers", "no answer"), models, numbers=7),
    ]


def _named(one: Figures, keys: Iterable[str]) -> list[str]:
    return [one[key] or say.DASH for key in keys]


def _failures(model: Figures) -> str:
    return "; ".join(f"{say.words(reason)} {number:,} ({where})" for reason, number, where in say.failures(model))


def _academic(results: Figures) -> list[str]:
    rows = (results.get("academic") or {}).get("rows")
    if not rows:
        return []
    heads = ("task", "language", "metric", "before", "after", "difference ± standard error")
    cells = [
        [*(one[key] for key in heads[:3]), say.rate(one["before"]), say.rate(one["after"]), say.change(one)]
        for one in rows
    ]
    return [
        "## Academic benchmarks, before and after",
        as_list(say.academic(results)),
        as_table(heads, cells, numbers=3),
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


def _short_cells(row: Figures) -> tuple[str, ...]:
    counts = "/".join(str(row[key]) for key in ("wins", "ties", "losses")) if "wins" in row else ""
    return (
        row["language"],
        counts,
        say.rate(row["win_rate"]),
        say.ends(row),
        say.p_value(row.get("p_holm", row["p"])),
        say.rate((row.get("length_controlled") or {}).get("win_rate")),
        say.rate((row.get("in_language") or {}).get("win_rate")),
        say.share(row["disagreements"]) if counts else "",
        say.count(row["unparsed"]) if counts else "",
    )


def show(results: dict[str, Any]) -> None:
    """Prints the report's tables and sentences in the terminal."""
    from rich.table import Table

    from ...console.terminal import console, safe

    screen = console()
    for note in say.notes(results):
        screen.print(f"[bold yellow reverse] {safe(note)} [/]")
    for comparison in results["comparisons"]:
        table = Table(title=safe(say.label(comparison)))
        for heading in _TERMINAL:
            heading = f"{say.level(comparison)} interval" if heading == "interval" else heading
            table.add_column(heading, justify="right" if table.columns else "left", no_wrap=True)
        for row in comparison["rows"]:
            below = say.known(row["win_rate"]) and row["win_rate"] < 0.5
            table.add_row(*map(safe, _short_cells(row)), style="red" if below else None)
        table.add_section()
        mean = {"language": "macro average"} | dict(comparison["average"])
        table.add_row(*map(safe, _short_cells(mean)), style="bold")
        screen.print(table)
        screen.print(
            "[dim]=length: length-controlled (minimal regression); =language: where both are in the language[/]"
        )
        screen.print(f"[bold]{safe(say.headline(comparison))}[/]")
        for sentence in [*say.halves(comparison), *say.further(comparison), *say.bias(comparison)]:
            screen.print(safe(sentence))
        for line in say.cautions(comparison):
            screen.print(f"[yellow]warning[/] {safe(line)}")
    for board in results.get("leaderboards") or ():
        table = Table("model", title=safe(f"leaderboard: {board['set']}, judged by {board['judge']}"))
        for heading in ("strength", "interval", "expected win-rate", "battles"):
            table.add_column(heading, justify="right")
        for one in board["overall"]["models"]:
            cells = (
                say.signed(one["strength"], 2),
                say.ends(one),
                say.rate(one["win_rate"]),
                say.count(one["battles"]),
            )
            table.add_row(safe(one["model"]), *cells)
        screen.print(table)
    for line in results.get("remarks") or ():
        screen.print(safe(line))
    for line in results.get("limits") or ():
        screen.print(f"[dim]{safe(line)}[/]")
