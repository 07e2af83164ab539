"""What the loop did, language by language: figures, a table for the terminal, a page."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from .. import fidelity, languages
from ..evaluation.reference_judge import ReferenceJudge
from ..evaluation.win_rates import Battles, summarise
from ..language_id import Identifier
from ..store import write_bytes
from .templates import Line

DOES_NOT_SHOW = (
    "What it does not show: any language ability. The model has two million parameters or fewer and has seen six "
    "questions, machine-written and reviewed by no speaker; nothing here carries over to a real model."
)


def figures(asked: Sequence[Line], before: Sequence[str], after: Sequence[str], seed: int) -> dict[str, Any]:
    """Win-rates of the model after training against the one before, and what each one's answers are.

    Args:
        asked: the questions.
        before, after: the two models' answers to them.
        seed: of the bootstrap.

    Returns:
        `languages`: a row each (win-rate and its interval; shares of right answers and of answers in the language,
        before and after); `average`: the same over all languages; `below_half`: languages that got worse.
    """
    tags, right = [one.language for one in asked], [[one.answer] for one in asked]
    judge = ReferenceJudge()
    scores = judge.scores(after, before, right, tags)
    sizes = np.array([[len(a), len(b)] for a, b in zip(after, before, strict=True)], float)
    battles = Battles(np.array(tags), np.array([one.group for one in asked]), scores, sizes)
    found = summarise(battles, seed=seed)
    rows = []
    for row in found.rows:
        own = [i for i, tag in enumerate(tags) if tag == row.language]
        kept = ("language", "scored", "wins", "losses", "ties", "win_rate", "low", "high")
        rows.append({key: value for key, value in asdict(row).items() if key in kept})
        for when, texts in (("before", before), ("after", after)):
            part = [texts[i] for i in own]
            grades = judge.grades(part, [right[i] for i in own], [row.language] * len(own))
            lines = fidelity.check_lines(part, [row.language] * len(own), Identifier())
            rows[-1][f"right_{when}"] = float((grades == 2).mean())
            rows[-1][f"fidelity_{when}"] = fidelity.line_pass_rate(lines)
    average: dict[str, Any] = {key: getattr(found.average, key) for key in ("win_rate", "low", "high", "groups")}
    for key in ("right_before", "right_after", "fidelity_before", "fidelity_after"):
        average[key] = float(np.mean([row[key] for row in rows]))
    return {"languages": rows, "average": average, "below_half": list(found.below_half)}


def sentences(found: dict[str, Any]) -> list[str]:
    """The figures in words, and what they show and do not show."""
    average = found["average"]
    named = ", ".join(f"{languages.get(tag).name} ({tag})" for tag in found["below_half"])
    fell = average["fidelity_after"] > average["fidelity_before"]
    confusion = f"Language confusion, which was planted, {'falls' if fell else 'does NOT fall: something is wrong'}."
    return [
        f"Over {len(found['languages'])} languages and {average['groups']} held-out questions, none of them seen in "
        f"training, the model trained with DPO wins {average['win_rate']:.3f} against the one before "
        f"(95% interval {average['low']:.3f} to {average['high']:.3f}; ties count half).",
        f"Answers in the language of their question: {average['fidelity_before']:.1%} before, "
        f"{average['fidelity_after']:.1%} after. Right answers, word for word: {average['right_before']:.1%} before, "
        f"{average['right_after']:.1%} after.",
        f"Win-rate under one half: {named}." if named else "No language has a win-rate under one half.",
        f"What this shows: the loop works from end to end. {confusion}",
        DOES_NOT_SHOW,
        "Pairs were rated by chrF against the right answer; the judge here is another: an exact answer beats one that "
        "is only in the right language, which beats all others.",
    ]


def show(found: dict[str, Any]) -> None:
    """Prints the table and the sentences."""
    from rich.table import Table

    from ..inspection import console

    table = Table(title="DPO against the model before it, held-out questions")
    for name in ("language", "win-rate", "95% interval", "wins", "ties", "losses", "in language", "right"):
        table.add_column(name, justify="left" if name == "language" else "right", no_wrap=True)
    for row in [*found["languages"], found["average"] | {"language": "macro average"}]:
        table.add_row(
            row["language"],
            _rate(row["win_rate"]),
            f"{_rate(row['low'])} {_rate(row['high'])}",
            *(str(row.get(key, "")) for key in ("wins", "ties", "losses")),
            f"{row['fidelity_before']:.2f} -> {row['fidelity_after']:.2f}",
            f"{row['right_before']:.2f} -> {row['right_after']:.2f}",
            style="bold" if row["language"] == "macro average" else None,
        )
    screen = console()
    screen.print(table)
    for sentence in sentences(found):
        screen.print(sentence)


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def write_page(found: dict[str, Any], examples: Sequence[dict[str, str]], path: Path) -> None:
    """Writes the figures as one HTML file that needs nothing else.

    Args:
        found: what `figures` gave.
        examples: language, prompt, before, after.
        path: of the file.
    """
    from jinja2 import Environment, StrictUndefined

    template = (files("polypref") / "data" / "loop" / "page.html.jinja").read_text("utf-8")
    inner = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    told = {tag: languages.get(tag) for tag in [row["language"] for row in found["languages"]]}
    page = inner.from_string(template).render(
        found=found, sentences=sentences(found), examples=examples, told=told, rate=_rate
    )
    write_bytes(path, page.encode())
