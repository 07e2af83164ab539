"""Example rows of a card: the first training row of up to three languages whose scripts differ.

They are read from the data files that the card lies beside, so they are masked where these are, and a card that is
written anew after a retraction shows none of the rows that went.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from .. import languages, schema
from ..console.escaping import markdown, one_line
from ..files.json_types import Json, JsonObject, list_of, mapping_of
from ..files.turns import TURNS
from .provenance import Provenance

#: How many rows are shown, and of how many characters of a text.
_ROWS, _LONGEST = 3, 300


@dataclass(frozen=True)
class Examples:
    """The columns of a dataset, and rows of it.

    Attributes:
        columns: their names; empty where nothing is known of them.
        languages: of the rows: name and tag.
        rows: for each column the cells of these rows, as Markdown.
    """

    columns: Sequence[str] = ()
    languages: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[str]]] = ()


def language_name(tag: str) -> str:
    """A language's English name.

    Args:
        tag: its tag.

    Returns:
        The name; the tag of a language that nobody knows here.
    """
    known = languages.find(tag)
    return known.name if known else tag


def read_examples(folder: Path, record: Provenance) -> Examples:
    """Reads what a card shows of its dataset's rows.

    Args:
        folder: where the data files lie.
        record: the dataset's provenance.

    Returns:
        The columns, and the first training row of up to three languages of different scripts, the languages with most
        rows first.
    """
    columns: list[str] = []
    titles, shown = [], []
    for tag, path in _first_files(record):
        with pq.ParquetFile(folder / path) as file:
            columns = columns or list(file.schema_arrow.names)
            row: JsonObject = next(file.iter_batches(batch_size=1)).to_pylist()[0]
        titles.append(f"{language_name(tag)} ({tag})")
        shown.append([_cell(name, row[name]) for name in columns])
    return Examples(columns, titles, list(zip(columns, map(list, zip(*shown, strict=True)), strict=False)))


def _first_files(record: Provenance) -> list[tuple[str, str]]:
    """(tag, path of the file with its first training row) of up to three languages of different scripts."""
    name, quotas = next(iter(record.ordered_mixtures().items()))
    train = {
        one.config_name: next(part.path for part in one.data_files if part.split == "train")
        for one in record.configs
        if any(part.split == "train" for part in one.data_files)
    }
    by_script: dict[str, tuple[str, str]] = {}
    for tag in sorted(quotas, key=lambda tag: (-quotas[tag].given, tag)):
        known = languages.find(tag)
        script = known.scripts[0] if known else tag
        paths = train.get(f"{name}-{tag}")
        if paths and quotas[tag].given and len(by_script) < _ROWS:
            by_script.setdefault(script, (tag, paths[0]))
    return list(by_script.values())


def _cell(name: str, value: Json) -> str:
    if value is None:
        return "null"
    if name in schema.PEOPLE:
        # A card stays in the history, and singles nobody out.
        return "a pseudonym"
    if name == schema.ANNOTATOR_GROUPS:
        return "groups of a person"
    if name in TURNS:
        return _turns([mapping_of(json.loads(one) if isinstance(one, str) else one) for one in list_of(value)])
    if isinstance(value, list):
        return _text(", ".join(map(str, value))) if value else "\\[\\]"
    if isinstance(value, bool):
        return str(value).lower()
    return _text(f"{value:g}" if isinstance(value, float) else str(value))


def _turns(messages: Sequence[JsonObject]) -> str:
    """The last message with its role, and how many stand before it."""
    if not messages:
        return "\\[\\]"
    *before, last = messages
    content = last.get("content")
    text = content if isinstance(content, str) and content else json.dumps(last, ensure_ascii=False)
    earlier = f"\\({len(before)} turn{'s' * (len(before) > 1)} before\\) " if before else ""
    return f"{earlier}{_text(str(last.get('role', '')))}: {_text(text)}"


def _text(text: str) -> str:
    """A text on one line, cut; one from right to left stands between marks that keep it and its full stop together."""
    line = one_line(text[: 4 * _LONGEST])
    if len(line) > _LONGEST or len(text) > 4 * _LONGEST:
        line = line[:_LONGEST] + "\N{HORIZONTAL ELLIPSIS}"
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line)
    return f"\N{FIRST STRONG ISOLATE}{markdown(line)}\N{POP DIRECTIONAL ISOLATE}" if turned else markdown(line)
