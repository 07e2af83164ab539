"""Sheets that came back: what reviewers wrote, and everything that is wrong with a sheet at once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..console.escaping import one_line
from ..errors import UserError
from ..files import published, sql
from ..files.turns import rows_with_texts
from .answers import AS_WRITTEN, NO_ANSWER, VERDICTS, VERDICTS_OF_ONE, WRITTEN_OF_ONE, Answer, Meaning
from .cells import digest_of_cells, plain_cell, steady_text
from .guide import is_as_exported, is_guide
from .page_decisions import is_page_review, read_page_review
from .retyped import ANSWER_CELLS, PAIR_CELLS, Reviewed, is_retyped
from .row_ids import RowId, are_ids, read_row_id, swapped
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

_NEEDED: Final = ("id", "language", "verdict")
_WHENCE: Final = "polypref review export"
_LISTED: Final = 8  # places that a sentence lists
_GUIDE_ADVICE = "write into the row of the answers that are judged"
_EDIT_ADVICE = "write A, B, tie or both bad beside an edited answer"


@dataclass(frozen=True)
class _Kind:
    """What the rows of a sheet show: the columns of it, and what reviewers may write.

    Attributes:
        shown: the columns that stay as they are.
        written: what may be written, as sheets say it.
        verdicts: the same in lower case, and what it means.
        asks: which of a language's words say so in the sheet's first row.
    """

    shown: tuple[str, ...]
    written: tuple[str, ...]
    verdicts: Mapping[str, str]
    asks: str

    @property
    def advice(self) -> str:
        """What to do about a verdict that is none."""
        return f"write one of {', '.join(self.written)}, or leave the cell empty where none of them holds"


_PAIRS: Final = _Kind(PAIR_CELLS, AS_WRITTEN, VERDICTS, "better")
_SINGLE: Final = _Kind(ANSWER_CELLS, WRITTEN_OF_ONE, VERDICTS_OF_ONE, "good")


def read_sheets(paths: Sequence[Path], reviewed: Reviewed | None = None) -> list[Answer]:
    """The answers of filled sheets.

    Args:
        paths: the sheets.
        reviewed: the dataset that was reviewed, as for `read_sheet`.

    Returns:
        As `read_sheet` gives them, sheet by sheet.

    Raises:
        UserError: what is wrong with any of them, all at once.
    """
    answers: list[Answer] = []
    problems = []
    for path in paths:
        try:
            answers += read_sheet(path, reviewed)
        except UserError as error:
            problems.append(str(error))
    if problems:
        raise UserError("; ".join(problems))
    return answers


def read_sheet(path: Path, reviewed: Reviewed | None = None) -> list[Answer]:
    """The answers of a filled sheet; lines without a verdict are left out.

    The reviewer is what the column `reviewer` says, else the file's name. Comma, semicolon and tab all separate.

    Args:
        path: a CSV file in UTF-8, or in UTF-16 with its mark, as Excel's "Unicode text" is; a sheet that a spreadsheet
            program saved again is as good. Or the decisions that the page of a dataset exported.
        reviewed: the dataset that was reviewed, by whose texts a row is known that came back typed with other letters;
            None to refuse such rows.

    Returns:
        An answer for each line with a verdict, in the sheet's order.

    Raises:
        UserError: the file cannot be read or a column is missing; or there are mistakes in it, all of which are named
            with their rows: an id is not one of a sheet, cells stand beside an id that they do not belong to, a verdict
            is none, or an edited answer has no verdict.
    """
    text = text_of_sheet(path)
    if is_page_review(text):
        return read_page_review(path, json.loads(text))[1]
    mistakes, answers = Mistakes(), []
    rows = list(rows_of_sheet(path, text, _NEEDED, _WHENCE, mistakes))
    retyped = reviewed.retyped(rows) if reviewed is not None else frozenset[int]()
    for number, row in rows:
        if (one := _answer(row, number, path, mistakes, number in retyped)) is not None:
            answers.append(replace(one, retyped=number in retyped))
    if mistakes.rows:
        raise UserError(f"{path}: {mistakes.sentence()}")
    return answers


def comments_alone(paths: Sequence[Path]) -> str:
    """Which comments stand beside nothing that was judged: no answer holds them.

    Args:
        paths: sheets that can be read.

    Returns:
        How many there are and where, without a full stop; empty for none.
    """
    places = []
    for path in paths:
        if is_page_review(text := text_of_sheet(path)):
            continue
        for number, row in rows_of_sheet(path, text, _NEEDED, _WHENCE, Mistakes()):
            says = any(row.get(name, "").strip() for name in ("verdict", "edited"))
            if row.get("comment", "").strip() and not says and not is_guide(row.get("id", "")):
                places.append(f"{path} row {number}")
    if not places:
        return ""
    listed = ", ".join(places[:_LISTED]) + ", ..." * (len(places) > _LISTED)
    return f"comments that stand beside no verdict and are taken up nowhere: {len(places):,} ({listed})"


def _answer(
    row: Mapping[str, str], number: int, path: Path, mistakes: Mistakes, retyped: bool = False
) -> Answer | None:
    """What a row says; None for one that says nothing, or that is wrong, which goes into the mistakes."""
    kind = _kind_of(row)
    verdict = word_in(row.get("verdict", ""))
    edited = steady_text(plain_cell(row.get("edited", "")))
    if is_guide(row.get("id", "")):
        if not is_as_exported(row.get("verdict", ""), _PAIRS.asks, _SINGLE.asks):
            mistakes.add(number, "a verdict stands in the row that says what to write", _GUIDE_ADVICE)
        return None
    if not verdict and not edited:
        return None
    named = _id_of(row, number, kind, mistakes, retyped)
    if verdict and verdict not in kind.verdicts:
        mistakes.add(number, f"{as_typed(row['verdict'])} is not a verdict", kind.advice)
        return None
    if edited and kind.verdicts.get(verdict) in (None, "not_my_language"):
        mistakes.add(number, f"an edited answer stands beside {verdict or 'no verdict'}", _EDIT_ADVICE)
        return None
    return None if named is None else _answer_of(row, kind.verdicts[verdict], named, edited, path, number)


def _kind_of(row: Mapping[str, str]) -> _Kind:
    """What a row shows, by its id; the column of the answers may be gone."""
    named = read_row_id(row.get("id", ""))
    is_single = named is not None and NO_ANSWER in (named.a, named.b)
    return _SINGLE if is_single or ("answer" in row and "answer A" not in row) else _PAIRS


def _id_of(row: Mapping[str, str], number: int, kind: _Kind, mistakes: Mistakes, retyped: bool) -> RowId | None:
    cell = row.get("id", "")
    named = read_row_id(cell)
    is_other = named is not None and kind is _SINGLE and {named.a, named.b} != {named.pair_id, NO_ANSWER}
    if named is None or is_other or not row.get("language"):
        mistakes.add(number, f"'{one_line(cell[:50])}' is not an id of a review sheet", LEAVE_COLUMNS)
        return None
    if named.names_one_answer_twice:
        mistakes.add(number, "its id names one answer twice", LEAVE_COLUMNS)
        return None
    if named.shown and (lacking := [name for name in kind.shown if name not in row]):
        mistakes.add(number, f"nothing stands in the column '{lacking[0]}', or it is gone", LEAVE_COLUMNS)
        return None
    as_exported = retyped or named.shown == digest_of_cells(plain_cell(row.get(name, "")) for name in kind.shown)
    if named.shown and not as_exported:
        mistakes.add(
            number, "language, prompt or answers are not those that were exported beside the id", LEAVE_COLUMNS
        )
        return None
    return named


def _answer_of(row: Mapping[str, str], side: str, named: RowId, edited: str, path: Path, number: int) -> Answer:
    if named.a == NO_ANSWER:
        # A good answer is the side A, wherever the id has the answer.
        side = {"a": "b", "b": "a"}.get(side, side)
    meanings: dict[str, Meaning] = {"a": "chosen", "b": "rejected", "tie": "tie", "both_bad": "both_bad"}
    text_a, text_b = ("", "") if named.a else (plain_cell(row.get(f"answer {one}", "")) for one in "AB")
    as_shown = Answer(
        pair_id=named.pair_id,
        language=plain_cell(row["language"]),
        reviewer=person_in(row, "reviewer", path),
        meaning=meanings.get(side, "not_my_language"),
        comment=plain_cell(row.get("comment", "")),
        chosen=named.a,
        rejected=named.b,
        texts=(text_a, text_b),
        edited=edited,
        place=f"{path} row {number}",
        unnamed=not name_in(row, "reviewer"),
    )
    return as_shown.turned() if swapped(named.pair_id, named.seed) else as_shown


def name_answers(answers: Sequence[Answer], folder: Path, files: Iterable[str]) -> list[Answer]:
    """Answers of sheets that do not say which answers they show, named by the texts of the dataset that was reviewed.

    Args:
        answers: of all reviewers.
        folder: the dataset.
        files: its data files, as its provenance names them.

    Returns:
        The same answers; where a sheet does not say it and shows both texts of a pair as they are in the dataset, with
        `chosen` and `rejected`.

    Raises:
        UserError: a data file is not as a release has it.
    """
    unnamed = [one for one in answers if all(one.texts)]
    tags = {one.language for one in unnamed}
    paths = [folder / name for name in sorted(files) if name.split("/")[1] in tags]
    if not paths:
        return list(answers)
    published.check_rows(paths)
    rows = sql.connect(reads=paths).execute(
        f"""SELECT pair_id, chosen_id, rejected_id, chosen[-1].content, rejected[-1].content
            FROM {rows_with_texts(*paths)} WHERE pair_id IN (SELECT unnest(?))""",
        [sorted({one.pair_id for one in unnamed})],
    )
    pairs = {
        pair_id: (ids, (steady_text(chosen), steady_text(other))) for pair_id, *ids, chosen, other in rows.fetchall()
    }
    return [_named(one, *pairs[one.pair_id]) if one.pair_id in pairs else one for one in answers]


def _named(answer: Answer, ids: Sequence[str], texts: tuple[str, str]) -> Answer:
    shown = (steady_text(answer.texts[0]), steady_text(answer.texts[1]))
    if not are_ids(*ids) or texts[0] == texts[1]:
        return answer
    if shown in (texts, texts[::-1]):
        chosen, rejected = ids if shown == texts else ids[::-1]
        return replace(answer, chosen=chosen, rejected=rejected)
    # Typed with other letters: only where that leaves one way to say which is which.
    ways = [turned for turned in (False, True) if _shows(answer, texts[::-1] if turned else texts)]
    if len(ways) != 1:
        return answer
    chosen, rejected = ids[::-1] if ways[0] else ids
    return replace(answer, chosen=chosen, rejected=rejected, retyped=True)


def _shows(answer: Answer, texts: Sequence[str]) -> bool:
    return is_retyped([answer.language, *answer.texts], [answer.language, *texts])
