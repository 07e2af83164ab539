"""Native speakers' judgement: review sheets out, answers back in, agreement, and decisions that a build takes up.

A sheet is a CSV file with the two answers in a seeded blind order. Reviewers write A, B, `both bad` or `not my
language` into `verdict`. What comes back becomes a JSON file of decisions for `polypref build --review FILE`.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Literal

from ..errors import UserError
from ..files import published, sql
from ..files.atomic import read_text
from ..files.encodings import MAX_LINE
from ..files.owned import write_new

COLUMNS = ("id", "language", "prompt", "answer A", "answer B", "verdict", "comment", "reviewer")
#: What a reviewer may write, in lower case, and what it means.
VERDICTS: Mapping[str, Literal["a", "b", "both_bad", "not_my_language"]] = {
    **{"a": "a", "b": "b"},
    **{"both bad": "both_bad", "not my language": "not_my_language"},
}

Meaning = Literal["chosen", "rejected", "both_bad", "not_my_language"]

_SHEET_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,18})")
# A cell whose first visible character is one of these is taken for a formula by spreadsheet programs.
_SIGNS = frozenset("=+-@\u2212")

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters by their category, which show nothing


@dataclass(frozen=True)
class Answer:
    """One reviewer's answer to one pair, seen from the pair: who was preferred."""

    pair_id: str
    language: str
    reviewer: str
    meaning: Meaning
    comment: str


def swapped(pair_id: str, seed: int) -> bool:
    """Whether the sheet shows the rejected answer as A: one half of the pairs, by md5 of seed and id.

    Args:
        pair_id: 32 hexadecimal digits.
        seed: of the sheet; it stands in the sheet's ids.

    Returns:
        True where the rejected answer is A.
    """
    return md5(f"{seed}:side:{pair_id}".encode(), usedforsecurity=False).digest()[0] % 2 == 1


def safe_cell(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe goes before what could begin one.

    What shows nothing (blanks, marks of direction, zero-width characters) does not hide the sign after it, and signs
    of full width count: programs drop the one and read the other. `plain_cell` turns it back.

    Args:
        text: a text of the data.

    Returns:
        The cell.

    Example:
        >>> safe_cell("=1+1"), safe_cell("1+1")
        ("'=1+1", '1+1')
    """
    first = next((one for one in text if not _unseen(one)), "")
    sign = unicodedata.normalize("NFKC", first) in _SIGNS or text.lstrip(" ").startswith(("\t", "\r", "\n"))
    return "'" + text if sign or text.startswith("'") else text


def plain_cell(cell: str) -> str:
    """The text that `safe_cell` made a cell of; what somebody typed stays as it is.

    Args:
        cell: a cell of a sheet that came back.

    Returns:
        The text.
    """
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell


def _unseen(one: str) -> bool:
    return unicodedata.category(one)[0] in "CZ" or unicodedata.category(one) in ("Mn", "Me") or one in _FILLERS


def export_sheets(
    folder: Path, files: Iterable[str], tags: Sequence[str], sample: int, seed: int, out: Path
) -> list[Path]:
    """Writes a review sheet for each language.

    Args:
        folder: the dataset.
        files: its data files, as its provenance names them.
        tags: languages; one that is named twice gets one sheet.
        sample: at most so many pairs a language, chosen by md5 of seed and id.
        seed: of the sample and of the order of the answers.
        out: folder for the sheets.

    Returns:
        The files `review-LANGUAGE.csv`, in the order of the languages.

    Raises:
        UserError: a language has no pairs (then no sheet is written), or a sheet that is there holds something else: it
            may be filled in.
    """
    sheets = []
    by_language: dict[str, list[Path]] = {}
    for name in sorted(files):
        by_language.setdefault(name.split("/")[1], []).append(folder / name)
    if absent := [tag for tag in tags if tag not in by_language]:
        raise UserError(f"{folder} has no pairs in '{absent[0]}'; it has {', '.join(by_language)}")
    for tag in dict.fromkeys(tags):
        paths = by_language[tag]
        published.check_rows(paths)
        con = sql.connect(reads=paths)
        rows = con.execute(
            f"""SELECT pair_id, prompt, chosen[-1].content, rejected[-1].content FROM {sql.parquet(*paths)}
                ORDER BY {sql.order_key(seed, "'review'", "pair_id")}, pair_id LIMIT {sql.number(sample)}"""
        ).fetchall()
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for pair_id, prompt, chosen, rejected in rows:
            asked = "\n\n".join(m["content"] if len(prompt) == 1 else f"[{m['role']}] {m['content']}" for m in prompt)
            answers = (rejected, chosen) if swapped(pair_id, seed) else (chosen, rejected)
            writer.writerow(
                [f"{pair_id}-{seed}", safe_cell(tag), *(safe_cell(t) for t in (asked, *answers)), "", "", ""]
            )
        sheets.append(out / f"review-{tag}.csv")
        # The byte order mark tells spreadsheet programs that this is UTF-8.
        # A sheet that is there may be filled in: only the very same one is no harm.
        write_new(sheets[-1], b"\xef\xbb\xbf" + text.getvalue().encode())
    return sheets


def read_sheet(path: Path) -> list[Answer]:
    """The answers of a filled sheet; lines without a verdict are left out.

    The reviewer is what the column `reviewer` says, else the file's name. Comma, semicolon and tab all separate.

    Args:
        path: a CSV file in UTF-8; a sheet that a spreadsheet program saved again is as good.

    Returns:
        An answer for each line with a verdict, in the sheet's order.

    Raises:
        UserError: the file cannot be read, a column is missing, an id is not one of a sheet, or a verdict is not one of
            the four.
    """
    text = read_text(path, "give the sheet that reviewers filled in, saved as CSV in UTF-8", "utf-8-sig")
    head = text.splitlines()[0] if text else ""
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(MAX_LINE)
    # Strict: a quote that is never closed would swallow the rows after it.
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _answers(rows, path)
    except csv.Error as error:
        raise UserError(f"{path}:{rows.line_num} is not valid CSV ({error}); save the sheet again as CSV") from None


def _answers(rows: "csv.DictReader[str]", path: Path) -> list[Answer]:
    if lacking := [name for name in ("id", "language", "verdict") if name not in (rows.fieldnames or [])]:
        raise UserError(f"{path} has no column '{lacking[0]}'; use the sheet that polypref review export wrote")
    answers = []
    for row in rows:
        where = f"{path}:{rows.line_num}"
        verdict = " ".join((row["verdict"] or "").replace("_", " ").lower().split())
        if not verdict:
            continue
        named = _SHEET_ID.fullmatch((row["id"] or "").strip())
        if named is None or not row["language"]:
            shown = (row["id"] or "")[:50]
            raise UserError(f"{where}: '{shown}' is not an id of a review sheet; leave its first columns as they were")
        if verdict not in VERDICTS:
            raise UserError(f"{where}: '{verdict[:40]}' is not a verdict; write one of {', '.join(VERDICTS)}")
        reviewer = plain_cell(row.get("reviewer") or "").strip() or path.stem
        meaning = _meaning(verdict, named[1], int(named[2]))
        comment = plain_cell(row.get("comment") or "")
        answers.append(Answer(named[1], plain_cell(row["language"]), reviewer, meaning, comment))
    return answers


def _meaning(verdict: str, pair_id: str, seed: int) -> Meaning:
    meaning = VERDICTS[verdict]
    if meaning == "a" or meaning == "b":
        return "chosen" if (meaning == "a") != swapped(pair_id, seed) else "rejected"
    return meaning
