"""Sample pairs as `polypref inspect` prints them: a prompt, or its last turns, and both answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from .. import languages
from ..console.terminal import safe
from ..files import published
from ..files.json_types import mapping_of, text_of
from ..files.turns import table_with_texts
from ..files.unpaired import as_pairs
from ..release.provenance import Provenance
from .labels import SIDES

# Turns of a prompt that are shown, and characters of each where there are several.
_TURNS, _SHORT_TURN = 6, 200


@dataclass(frozen=True)
class ShownAnswer:
    """An answer of a published pair."""

    model: str
    score: float | None
    text: str


@dataclass(frozen=True)
class ShownPair:
    """What is shown of a published pair."""

    pair_id: str
    language: str
    question: str
    answers: Mapping[str, ShownAnswer]
    flags: Sequence[str]


def sample_pairs(folder: Path, record: Provenance, tag: str, samples: int) -> list[ShownPair]:
    """The first published pairs of a language.

    Args:
        folder: the dataset.
        record: its provenance.
        tag: of the language.
        samples: so many pairs.

    Returns:
        As many as there are, of the split train.

    Raises:
        UserError: a data file is not as a release has it.
    """
    pairs: list[ShownPair] = []
    for name in sorted(n for n in record.files if n.startswith(f"data/{tag}/train-")):
        if len(pairs) < samples:
            published.check_rows([folder / name])
            table = as_pairs(pq.read_table(folder / name).slice(0, samples - len(pairs)))
            for row in table_with_texts(table).to_pylist():
                answers = {
                    called: ShownAnswer(row[f"{role}_model"], row[f"{role}_score"], row[role][-1]["content"])
                    for role, called in SIDES[record.unpaired].items()
                    if row[role]
                }
                question = _shown_prompt(row["prompt"], row.get("tools") or ())
                pairs.append(ShownPair(row["pair_id"], row["language"], question, answers, row["flags"]))
    return pairs


def show_pair(screen: Console, pair: ShownPair) -> None:
    """Shows a pair.

    Args:
        screen: where.
        pair: which.
    """
    name = {one.tag: f"{one.name} ({one.tag})" for one in languages.known()}.get(pair.language, pair.language)
    kind = "pair" if len(pair.answers) > 1 else "row"
    table = Table(title=safe(f"{name}, {kind} {pair.pair_id[:12]}"), show_header=False, width=120)
    table.add_column(width=22)
    table.add_column(overflow="fold")
    table.add_row("prompt", safe(pair.question, whole=True))
    for role, answer in pair.answers.items():
        mark = f"{role}\n{safe(answer.model)}" + (f"\n{answer.score:.3g}" if answer.score is not None else "")
        table.add_row(mark, safe(shortened(answer.text), whole=True))
    if pair.flags:
        table.add_row("flags", safe(", ".join(pair.flags)))
    screen.print(table)


def _shown_prompt(turns: Sequence[Mapping[str, str]], tools: Sequence[str]) -> str:
    """A prompt for a reader: its text where it is one, else its last turns, each with its role, and names of tools."""
    if len(turns) == 1 and turns[0]["role"] == "user" and not tools:
        return shortened(turns[0]["content"])
    shown = [f"{turn['role']}: {shortened(turn['content'], _SHORT_TURN)}" for turn in turns[-_TURNS:]]
    if (before := len(turns) - len(shown)) > 0:
        shown.insert(0, f"({before} turn{'s' * (before > 1)} before)")
    if tools:
        shown.insert(0, shortened(f"tools: {', '.join(map(_tool_name, tools))}", _SHORT_TURN))
    return "\n".join(shown)


def _tool_name(text: str) -> str:
    function = mapping_of(mapping_of(json.loads(text)).get("function"))
    return text_of(function.get("name"))


def shortened(text: str, most: int = 400) -> str:
    """A text, or the beginning of a longer one.

    Args:
        text: any text.
        most: characters of it that are shown.

    Returns:
        the text; a shorter one ends in a blank and an ellipsis.
    """
    return text if len(text) <= most else text[:most].rstrip() + " …"
