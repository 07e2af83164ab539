"""Native speakers' judgement: review sheets out.

A sheet is a CSV file with the two answers in a seeded blind order. Reviewers write A, B, `tie`, `both bad` or `not my
language` into `verdict`, and into `edited`, if they like, the better answer as it should read. What comes back becomes
a JSON file of decisions for `polypref build --review FILE`.

A sheet shows nothing of scores, models, flags or of what checks noted: it would sway reviewers, and tell them which
answer is chosen. What checks noted is read beside the verdicts, once they are in (findings.py).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from ..errors import UserError
from ..files import published, sql
from ..files.owned import write_new
from ..files.turns import rows_with_texts
from ..files.unpaired import is_unpaired
from ..schema import Message
from .cells import safe_cell
from .row_ids import row_id_of, swapped

COLUMNS: Final = (
    *("id", "language", "prompt", "answer A", "answer B"),
    *("verdict", "edited", "comment", "reviewer"),
)
#: The id of the row that says what to write.
GUIDE_ID: Final = "how to fill this in"
#: What stands below the names of the columns, which whoever fills in the sheet reads first.
GUIDE: Mapping[str, str] = {
    "id": GUIDE_ID,
    "language": "leave as it is",
    "prompt": "leave as it is: what was asked",
    "answer A": "leave as it is: one answer",
    "answer B": "leave as it is: the other answer",
    "verdict": "write A or B for the better answer, tie, both bad, or not my language; leave empty what you skip",
    "edited": "if you like: the better answer as it should read, corrected by you",
    "comment": "if you like: why",
    "reviewer": "your name, or any word for you; it goes no further than this sheet",
}


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
        writer.writerow([GUIDE[name] for name in COLUMNS])
        for pair_id, prompt, *sides in rows:
            answers, ids = sides[:2], sides[2:]
            if swapped(pair_id, seed):
                answers, ids = answers[::-1], ids[::-1]
            shown = [tag, asked_text(prompt), *answers]
            writer.writerow([row_id_of(pair_id, seed, ids[0], ids[1], shown), *map(safe_cell, shown), "", "", "", ""])
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
