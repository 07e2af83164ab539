"""Native speakers' judgement: review sheets out, answers back in, agreement, and decisions that a build takes up.

A sheet is a CSV file with the two answers in a seeded blind order. Reviewers write A, B, `both bad` or `not my
language` into `verdict`. What comes back becomes a JSON file of decisions for `polypref build --review FILE`.

A sheet shows nothing of scores, models, flags or of what checks noted: it would sway reviewers, and tell them which
answer is chosen. What checks noted is read beside the verdicts, once they are in (findings.py).
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import md5
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq

from ..errors import UserError
from ..files import published, sql
from ..files.atomic import read_text
from ..files.encodings import MAX_LINE
from ..files.owned import write_new
from ..files.turns import rows_with_texts
from ..files.unpaired import is_unpaired
from ..schema import Message

COLUMNS = ("id", "language", "prompt", "answer A", "answer B", "verdict", "comment", "reviewer")
#: What a reviewer may write, in lower case, and what it means.
VERDICTS: Mapping[str, Literal["a", "b", "both_bad", "not_my_language"]] = {
    **{"a": "a", "b": "b"},
    **{"both bad": "both_bad", "not my language": "not_my_language"},
}

Meaning = Literal["chosen", "rejected", "both_bad", "not_my_language"]

# The pair, the seed, and which answers stand as A and B. Sheets of before 0.3 do not say the latter.
_SHEET_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,18})(?:-([0-9a-f]{32})-([0-9a-f]{32}))?")
_ANSWER_ID = re.compile("[0-9a-f]{32}")
# A cell whose first visible character is one of these is taken for a formula by spreadsheet programs.
_SIGNS = frozenset("=+-@\u2212")

# Rows of a sheet that a sentence lists for one word.
_ROWS_IN_A_MESSAGE = 8

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters by their category, which show nothing


@dataclass(frozen=True)
class Answer:
    """One reviewer's answer to one pair, seen from the pair: who was preferred.

    Attributes:
        pair_id, language: of the pair.
        reviewer: who judged.
        meaning: which side was preferred, as the sides were when the sheet was written.
        comment: what was written beside it.
        chosen, rejected: ids of the answers that were the two sides then; empty where the sheet does not say.
        texts: of such a sheet, what it shows as chosen and as rejected.
    """

    pair_id: str
    language: str
    reviewer: str
    meaning: Meaning
    comment: str
    chosen: str = ""
    rejected: str = ""
    texts: tuple[str, str] = field(default=("", ""), compare=False, repr=False)

    def turned(self) -> "Answer":
        """The same answer, seen from the pair with its sides the other way round.

        Returns:
            Who preferred the chosen answer preferred the rejected one of that pair, and the reverse.
        """
        others: dict[Meaning, Meaning] = {"chosen": "rejected", "rejected": "chosen"}
        meaning = others.get(self.meaning, self.meaning)
        return replace(self, meaning=meaning, chosen=self.rejected, rejected=self.chosen, texts=self.texts[::-1])


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

    The id of a line names the pair, the seed, and the answers that stand as A and B: what reviewers say is said of
    these answers, whatever becomes of the pair in a later build. It does not show which of them is chosen. Where each
    vote is a row, the two answers that several voted on stand in a sheet once.

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
    refuse_unpaired(folder, by_language)
    if absent := [tag for tag in tags if tag not in by_language]:
        raise UserError(f"{folder} has no pairs in '{absent[0]}'; it has {', '.join(by_language)}")
    for tag in dict.fromkeys(tags):
        paths = by_language[tag]
        published.check_rows(paths)
        con = sql.connect(reads=paths)
        order = sql.order_key(seed, "'review'", "pair_id") + ", pair_id"
        rows = con.execute(
            f"""SELECT pair_id, prompt, chosen[-1].content, rejected[-1].content, chosen_id, rejected_id
                FROM {rows_with_texts(*paths)}
                QUALIFY row_number() OVER (
                    PARTITION BY prompt, list_sort([chosen_id, rejected_id]),
                                 list_sort([chosen[-1].content, rejected[-1].content]) ORDER BY {order}) = 1
                ORDER BY {order} LIMIT {sql.number(sample)}"""
        ).fetchall()
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for pair_id, prompt, *sides in rows:
            answers, ids = sides[:2], sides[2:]
            if swapped(pair_id, seed):
                answers, ids = answers[::-1], ids[::-1]
            cells = [safe_cell(one) for one in (tag, asked_text(prompt), *answers)]
            writer.writerow([_sheet_id(pair_id, seed, *ids), *cells, "", "", ""])
        sheets.append(out / f"review-{tag}.csv")
        # The byte order mark tells spreadsheet programs that this is UTF-8.
        # A sheet that is there may be filled in: only the very same one is no harm.
        write_new(sheets[-1], b"\xef\xbb\xbf" + text.getvalue().encode())
    return sheets


def refuse_unpaired(folder: Path, by_language: Mapping[str, Sequence[Path]]) -> None:
    """Says why there are no sheets of single answers.

    Args:
        folder: the dataset.
        by_language: its data files.

    Raises:
        UserError: its rows are no pairs.
    """
    if any(is_unpaired(pq.read_schema(path)) for paths in by_language.values() for path in paths[:1]):
        raise UserError(
            f"{folder} holds single answers with a label each (PairRule('unpaired')), and a review sheet shows two "
            "answers to choose from; review a dataset of pairs"
        )


def asked_text(prompt: Sequence[Message]) -> str:
    """A prompt as people read it in a cell.

    Args:
        prompt: its turns.

    Returns:
        The text of the one turn, or all turns with their roles.
    """
    return "\n\n".join(m["content"] if len(prompt) == 1 else f"[{m['role']}] {m['content']}" for m in prompt)


def _sheet_id(pair_id: str, seed: int, a: str, b: str) -> str:
    # A stranger's dataset may call its answers anything, which then stands in no cell.
    return f"{pair_id}-{seed}-{a}-{b}" if _are_ids(a, b) else f"{pair_id}-{seed}"


def _are_ids(one: str, other: str) -> bool:
    return one != other and all(_ANSWER_ID.fullmatch(each) for each in (one, other))


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
    unknown: dict[str, list[int]] = {}
    for number, row in enumerate(
        rows, 2
    ):  # as spreadsheet programs number rows: the names of the columns are the first
        where = f"{path}:{rows.line_num}"
        verdict = " ".join((row["verdict"] or "").replace("_", " ").lower().split())
        if not verdict:
            continue
        named = _SHEET_ID.fullmatch((row["id"] or "").strip())
        if named is None or not row["language"]:
            shown = (row["id"] or "")[:50]
            raise UserError(f"{where}: '{shown}' is not an id of a review sheet; leave its first columns as they were")
        if verdict not in VERDICTS:
            unknown.setdefault(verdict[:40], []).append(number)
            continue
        if named[3] and named[3] == named[4]:
            raise UserError(f"{where}: its id names one answer twice; leave its first columns as they were")
        answers.append(_answer(row, verdict, named, path))
    if unknown:
        listed = "; ".join(f"'{verdict}' is not a verdict ({_rows_in_words(at)})" for verdict, at in unknown.items())
        raise UserError(
            f"{path}: {listed}; write one of {', '.join(VERDICTS)}, or leave the cell empty where none of them holds"
        )
    return answers


def _rows_in_words(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers[:_ROWS_IN_A_MESSAGE])) + " ..." * (len(numbers) > _ROWS_IN_A_MESSAGE)
    return f"row{'s' * (len(numbers) > 1)} {listed} of the sheet"


def _answer(row: Mapping[str, str], verdict: str, named: "re.Match[str]", path: Path) -> Answer:
    pair_id, a, b = named[1], named[3] or "", named[4] or ""
    text_a, text_b = ("", "") if a else (plain_cell(row.get(f"answer {one}") or "") for one in "AB")
    side = VERDICTS[verdict]
    meaning: Meaning = "chosen" if side == "a" else "rejected" if side == "b" else side
    as_shown = Answer(
        pair_id=pair_id,
        language=plain_cell(row["language"]),
        reviewer=plain_cell(row.get("reviewer") or "").strip() or path.stem,
        meaning=meaning,
        comment=plain_cell(row.get("comment") or ""),
        chosen=a,
        rejected=b,
        texts=(text_a, text_b),
    )
    return as_shown.turned() if swapped(pair_id, int(named[2])) else as_shown


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
    pairs = {pair_id: (ids, (_bare(chosen), _bare(other))) for pair_id, *ids, chosen, other in rows.fetchall()}
    return [_named(one, *pairs[one.pair_id]) if one.pair_id in pairs else one for one in answers]


def _named(answer: Answer, ids: Sequence[str], texts: tuple[str, str]) -> Answer:
    shown = (_bare(answer.texts[0]), _bare(answer.texts[1]))
    if not _are_ids(*ids) or texts[0] == texts[1] or shown not in (texts, texts[::-1]):
        return answer
    chosen, rejected = ids if shown == texts else ids[::-1]
    return replace(answer, chosen=chosen, rejected=rejected)


def _bare(text: str) -> str:
    """A text without what spreadsheet programs change: line ends, and blanks around it."""
    return "\n".join(text.splitlines()).strip()
