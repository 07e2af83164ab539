"""Sheets of turns of conversations, for people to say what a message tells of the answer before it.

A rater that is an LLM has read these turns already (`FeedbackRater`). People mark a sample of them without knowing what
it said, so that one can tell how far the two agree before anything is published of it (mark_figures.py).
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Final, Literal

from ..console.escaping import one_line
from ..errors import UserError
from ..files.owned import write_new
from ..schema import Message
from .cells import digest_of_cells, plain_cell, safe_cell
from .guide import guide_row, is_as_exported, is_guide
from .retyped import is_retyped
from .routing import shared_budget
from .sheet_reading import (
    LEAVE_COLUMNS,
    Mistakes,
    as_typed,
    name_in,
    person_in,
    rows_of_sheet,
    text_of_sheet,
    word_in,
)
from .sheets import asked_text

Mark = Literal["dissatisfied", "satisfied", "neither"]
#: What may be said of a message; and what people may write besides, where they cannot say.
MARKS: Final[tuple[Mark, ...]] = ("dissatisfied", "satisfied", "neither")
UNREADABLE: Final = "not my language"
#: Column -> which of a language's words stand below its name.
WORDS: Final[Mapping[str, str]] = {
    "id": "how",
    "language": "leave",
    "conversation": "conversation",
    "answer": "reply",
    "next message": "next_message",
    "mark": "mark",
    "comment": "comment",
    "marker": "name",
}
COLUMNS: Final = tuple(WORDS)
_SHOWN: Final = ("language", "conversation", "answer", "next message")
_NEEDED: Final = ("id", *_SHOWN, "mark")
_WRITE = f"write one of {', '.join((*MARKS, UNREADABLE))}, or leave the cell empty where you skip it"
_ROW_ID = re.compile(r"([0-9a-f]{32})-([0-9a-f]{8})-([0-9a-f]{8})")


@dataclass(frozen=True)
class Turn:
    """A person's message after an answer, and what the LLM said of it.

    Attributes:
        turn_id: stands for the prompt, the answer and the message.
        language: the tag.
        prompt: what stands before the answer.
        answer: what the message may be about.
        message: what the person wrote.
        mark: what the LLM said of it.
    """

    turn_id: str
    language: str
    prompt: Sequence[Message]
    answer: str
    message: str
    mark: Mark


@dataclass(frozen=True)
class PersonsMark:
    """What one person wrote beside a turn.

    Attributes:
        turn_id: of the turn.
        marker: who it was.
        mark: what they wrote; None for `not my language`.
        place: the sheet and its row, for sentences.
        unnamed: whether the sheet's name stands for who it was.
        retyped: whether the texts of its row came back typed with other letters (`review.retyped`).
    """

    turn_id: str
    marker: str
    mark: Mark | None
    place: str
    unnamed: bool = False
    retyped: bool = False


@dataclass(frozen=True)
class SheetPlan:
    """Which turns go into sheets.

    Attributes:
        turns: how many of all languages together.
        random_share: the share that is drawn of all turns of a language; the others are drawn half of those in which
            the LLM saw dissatisfaction, half of the rest.
        seed: of the draw.
    """

    turns: int = 100
    random_share: float = 0.2
    seed: int = 0


def draw_turns(turns: Iterable[Turn], plan: SheetPlan) -> dict[str, list[Turn]]:
    """Draws the turns of the sheets: as many of each language, and of dissatisfied ones and others.

    Args:
        turns: all that the LLM read.
        plan: how many, and how.

    Returns:
        Language -> turns, in an order that says nothing of the marks.

    Raises:
        UserError: there are fewer turns to draw than languages.
    """
    by_language: dict[str, list[Turn]] = {}
    for one in turns:
        by_language.setdefault(one.language, []).append(one)
    if plan.turns < len(by_language):
        raise UserError(f"{plan.turns} turns are too few for {len(by_language)} languages; give each at least one")
    numbers = shared_budget(plan.turns, {tag: len(some) for tag, some in sorted(by_language.items())})
    return {tag: _drawn_turns(by_language[tag], number, plan) for tag, number in numbers.items()}


def _drawn_turns(turns: Sequence[Turn], number: int, plan: SheetPlan) -> list[Turn]:
    """So many turns of one language. Within those of one mark every draw is as likely as any other."""
    ordered = sorted(turns, key=lambda one: _place_of(plan.seed, "draw", one.turn_id))
    drawn = {one.turn_id: one for one in ordered[: round(number * plan.random_share)]}
    rest = [one for one in ordered if one.turn_id not in drawn]
    complaints = [one for one in rest if one.mark == "dissatisfied"]
    others = [one for one in rest if one.mark != "dissatisfied"]
    left = number - len(drawn)
    half = min(len(complaints), max(left - len(others), -(-left // 2)))
    chosen = [*drawn.values(), *complaints[:half], *others[: left - half]]
    return sorted(chosen, key=lambda one: _place_of(plan.seed, "order", one.turn_id))


def _place_of(seed: int, what: str, turn_id: str) -> bytes:
    return md5(f"{seed}:{what}:{turn_id}".encode(), usedforsecurity=False).digest()


def export_turns(turns: Iterable[Turn], plan: SheetPlan, reader: str, out: Path, separator: str = ",") -> list[Path]:
    """Writes a sheet for each language, on which nothing shows what the LLM said.

    Args:
        turns: all that the LLM read.
        plan: which of them go into sheets.
        reader: the LLM, its revision and its prompts; a digest of it goes into the ids.
        out: folder of the sheets.
        separator: what stands between the columns.

    Returns:
        The files `turns-LANGUAGE.csv`, in the order of the languages.

    Raises:
        UserError: there is no turn, or one of the sheets is there and holds something else: it may be filled in.
    """
    sheets = []
    for tag, rows in draw_turns(turns, plan).items():
        sheets.append(out / f"turns-{tag}.csv")
        write_new(sheets[-1], _sheet(rows, tag, reader, separator))
    if not sheets:
        raise UserError("no reaction was read in this dataset, so there is no turn to mark")
    return sheets


def _sheet(turns: Iterable[Turn], tag: str, reader: str, separator: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow(guide_row(WORDS, tag).values())
    for one in turns:
        shown = _shown(one)
        row_id = f"{one.turn_id}-{_digest_of(reader)}-{digest_of_cells(shown)}"
        writer.writerow([row_id, *map(safe_cell, shown), "", "", ""])
    # The byte order mark tells spreadsheet programs that this is UTF-8.
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _shown(one: Turn) -> list[str]:
    return [one.language, asked_text(one.prompt), one.answer, one.message]


def _digest_of(reader: str) -> str:
    return md5(reader.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:8]


def read_turn_sheets(paths: Sequence[Path], turns: Mapping[str, Turn], reader: str) -> list[PersonsMark]:
    """What people wrote into sheets of turns.

    Args:
        paths: the sheets.
        turns: turn_id -> the turns that the LLM read.
        reader: as for `export_turns`.

    Returns:
        A mark for each row that has one, sheet by sheet.

    Raises:
        UserError: what is wrong with any of the sheets, all at once.
    """
    marks: list[PersonsMark] = []
    problems = []
    for path in paths:
        mistakes = Mistakes()
        try:
            rows = list(rows_of_sheet(path, text_of_sheet(path), _NEEDED, "polypref review turns", mistakes))
        except UserError as error:
            problems.append(str(error))
            continue
        of_sheet = [_mark_in(row, number, path, turns, reader, mistakes) for number, row in rows]
        marks += [one for one in of_sheet if one is not None]
        if mistakes.rows:
            problems.append(f"{path}: {mistakes.sentence()}")
    if problems:
        raise UserError("; ".join(problems))
    return marks


def _mark_in(
    row: Mapping[str, str], number: int, path: Path, turns: Mapping[str, Turn], reader: str, mistakes: Mistakes
) -> PersonsMark | None:
    """What a row says; None for one that says nothing, or that is wrong, which goes into the mistakes."""
    written = word_in(row.get("mark", ""))
    cell = row.get("id", "").strip()
    if is_guide(cell) or not written:
        if not is_as_exported(row.get("mark", ""), "mark"):
            mistakes.add(number, "a mark stands in the row that says what to write", "write into the row of the turn")
        return None
    named = _ROW_ID.fullmatch(cell)
    if named is None:
        mistakes.add(number, f"'{one_line(cell[:50])}' is not an id of a sheet of turns", LEAVE_COLUMNS)
        return None
    cells = [plain_cell(row.get(name, "")) for name in _SHOWN]
    changed = named[3] != digest_of_cells(cells)
    if changed and not (named[1] in turns and is_retyped(cells, _shown(turns[named[1]]))):
        mistakes.add(number, "the conversation or its language is not the one that was exported", LEAVE_COLUMNS)
        return None
    if named[2] != _digest_of(reader) or named[1] not in turns:
        what = "its turn is none that this dataset's model read" if named[1] not in turns else "another model read it"
        mistakes.add(number, what, "import sheets against the build that they were exported from")
        return None
    mark = next((one for one in MARKS if one == written), None)
    if mark is None and written != UNREADABLE:
        mistakes.add(number, f"{as_typed(row['mark'])} is no mark", _WRITE)
        return None
    marker, unnamed = person_in(row, "marker", path), not name_in(row, "marker")
    return PersonsMark(named[1], marker, mark, f"{path} row {number}", unnamed, changed)
