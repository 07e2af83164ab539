"""What people found in turns that a model has read, as the file holds it that a build takes (`--marks`)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from ..errors import UserError
from ..files.atomic import fingerprint, json_bytes, read_text
from ..files.owned import write_new
from ..files.records import Count, Tag, Text, decode, encode
from .mark_figures import Figure, MarkFigures, figures_of_marks, marks_of_people
from .turn_sheets import Mark, PersonsMark, Turn

FORMAT: Final = "polypref-marks/1"
TurnId = Annotated[str, re.compile("[0-9a-f]{32}")]
_ADVICE: Final = "give the file that polypref review marks wrote"


@dataclass(frozen=True)
class MarkedByPeople:
    """A turn that people marked: what the model said of it, and what each of them."""

    language: Tag
    model: Mark
    people: list[Mark]


@dataclass(frozen=True)
class Marks:
    """What people found.

    Attributes:
        format: the schema.
        dataset: name and version of the dataset whose turns they are.
        reader: the model that read them, its revision and its prompts.
        by: who marked, in words, for the card.
        people: how many they are.
        languages: how far they agree with the model.
        turns: what was marked.
    """

    format: Literal["polypref-marks/1"]
    dataset: Text
    reader: Text
    by: Text
    people: Count
    languages: dict[Tag, MarkFigures]
    turns: dict[TurnId, MarkedByPeople]


def write_marks(
    dataset: str, reader: str, by: str, turns: Mapping[str, Turn], marks: Sequence[PersonsMark], out: Path
) -> Marks:
    """Writes what people found into a file for the build.

    Args:
        dataset: name and version.
        reader: the model that read the turns, its revision and its prompts.
        by: who marked, in words.
        turns: turn_id -> all turns that the model read.
        marks: what people wrote.
        out: the file.

    Returns:
        What it holds; names of people are not in it.

    Raises:
        UserError: nobody marked anything, or one person a turn twice and differently, or `out` is there and is not as
            polypref wrote it.
    """
    if not marks:
        raise UserError("no sheet has a mark; write dissatisfied, satisfied or neither into the column 'mark'")
    of_people = marks_of_people(marks)
    written = Marks(
        FORMAT,
        dataset,
        reader,
        by,
        len({one.marker for one in marks}),
        figures_of_marks(turns, of_people),
        {
            one: MarkedByPeople(turns[one].language, turns[one].mark, list(given))
            for one, given in sorted(of_people.items())
        },
    )
    values = encode(written)
    write_new(out, json_bytes(values | {"seal": fingerprint(values)}), _is_as_written)
    return written


def _is_as_written(data: bytes) -> bool:
    """Whether a file of marks is as polypref wrote it."""
    try:
        before = json.loads(data)
        return bool(before["format"] == FORMAT and before.pop("seal") == fingerprint(before))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def read_marks(path: Path) -> Marks:
    """Reads such a file, which may be a stranger's.

    Args:
        path: the file.

    Returns:
        What people found.

    Raises:
        UserError: there is no such file, or polypref review marks did not write it.
    """
    text = read_text(path, _ADVICE)
    if not _is_as_written(text.encode()):
        raise UserError(f"{path} is not as polypref review marks wrote it; {_ADVICE}")
    values = json.loads(text)
    values.pop("seal")
    return decode(Marks, values, f"{path} is not a file that polypref review marks wrote", _ADVICE)


def sentence_of(tag: str, one: MarkFigures) -> str:
    """What is printed of a language.

    Args:
        tag: its tag.
        one: its figures.

    Returns:
        A line without a full stop.
    """
    left_out = [
        f"{number:,} {what}" for number, what in ((one.unreadable, "unreadable"), (one.split, "split")) if number
    ]
    line = f"{tag}: {one.marked:,} of {one.turns:,} turns marked" + (f" ({', '.join(left_out)})" if left_out else "")
    shown = {"accuracy": one.accuracy, "kappa": one.kappa, "precision": one.precision, "recall": one.recall}
    return "; ".join([line, ", ".join(f"{name} {in_words(figure)}" for name, figure in shown.items())])


def in_words(figure: Figure | None) -> str:
    """A figure with its interval.

    Args:
        figure: the figure.

    Returns:
        As in `0.85 [0.74, 0.92]`; a dash for none.
    """
    return "-" if figure is None else f"{figure.value:z.2f} [{figure.low:z.2f}, {figure.high:z.2f}]"
