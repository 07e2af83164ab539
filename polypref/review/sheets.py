"""Native speakers' judgement: review sheets out.

A sheet is a CSV file with the two answers in a seeded blind order. Reviewers write A, B, `tie`, `both bad` or `not my
language` into `verdict`, and into `edited`, if they like, the better answer as it should read. Where a dataset holds
single answers with a label, a row shows one, and they write good, bad, `drop` or `not my language`. What comes back
becomes a JSON file of decisions for `polypref build --review FILE`.

A sheet shows nothing of labels, scores, models, flags or of what checks noted: it would sway reviewers, and tell them
which answer is chosen. What checks noted is read beside the verdicts, once they are in (findings.py).
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from ..errors import UserError
from ..files.owned import write_new
from ..files.unpaired import is_unpaired
from .answers import NO_ANSWER
from .cells import asked_text as asked_text
from .cells import safe_cell
from .columns import ANSWER_WORDS, PAIR_WORDS
from .guide import guide_row
from .routed import NAME, Ways, write_routes
from .routing import MOST_SCORED, Routing, choose_rows, shared_budget
from .row_ids import row_id_of, swapped
from .sheet_rows import AnswerRow, SheetRow, answer_rows, sheet_rows


def export_sheets(
    folder: Path,
    files: Iterable[str],
    tags: Sequence[str],
    sample: int,
    seed: int,
    out: Path,
    budget: int | None = None,
    routing: Routing | None = None,
    separator: str = ",",
) -> list[Path]:
    """Writes a review sheet for each language.

    The id of a line names the pair, the seed, and the answers that stand as A and B: what reviewers say is said of
    these answers, whatever becomes of the pair in a later build. It does not show which of them is chosen. Where each
    vote is a row, the two answers that several voted on stand in a sheet once. Of a dataset of single answers a line
    shows one, and its id does not show its label.

    Args:
        folder: the dataset.
        files: its data files, as its provenance names them.
        tags: languages; one that is named twice gets one sheet.
        sample: at most so many pairs, or single answers, a language, chosen by md5 of seed and id.
        seed: of the sample and of the order of the answers.
        out: folder for the sheets.
        budget: so many pairs of all languages together, in place of `sample`.
        routing: how the pairs are chosen, where they are not all drawn at random; which were is then written into
            `routes.json` beside the sheets.
        separator: what stands between the columns, one of SEPARATORS.

    Returns:
        The files `review-LANGUAGE.csv`, in the order of the languages.

    Raises:
        UserError: a language has no pairs, the budget is too small for the languages, or single answers are to be
            routed (then no sheet is written), or a sheet that is there holds something else: it may be filled in.
    """
    sheets = []
    by_language: dict[str, list[Path]] = {}
    for name in sorted(files):
        by_language.setdefault(name.split("/")[1], []).append(folder / name)
    unpaired = are_unpaired(by_language)
    if unpaired and routing:
        raise UserError(
            f"{folder} holds single answers with a label each, and --route weighs what speaks for each of two answers; "
            "leave it out: the rows are then drawn at random"
        )
    if absent := [tag for tag in tags if tag not in by_language]:
        things = "rows" if unpaired else "pairs"
        raise UserError(f"{folder} has no {things} in '{absent[0]}'; it has {', '.join(by_language)}")
    numbers = _numbers_of_rows({tag: by_language[tag] for tag in dict.fromkeys(tags)}, sample, budget)
    ways = {}
    for tag, number in numbers.items():
        if unpaired:
            sheet = _answer_sheet(answer_rows(by_language[tag], seed, number), tag, seed, separator)
        else:
            rows = sheet_rows(by_language[tag], seed, MOST_SCORED if routing else number)
            if routing:
                own = tuple(path for path in routing.ratings if path.parent.name == tag)
                chosen = choose_rows(rows, number, replace(routing, ratings=own))
                rows, ways[tag] = chosen.rows, Ways(chosen.routed, chosen.drawn)
            sheet = _sheet(rows, tag, seed, separator)
        sheets.append(out / f"review-{tag}.csv")
        # A sheet that is there may be filled in: only the very same one is no harm.
        write_new(sheets[-1], sheet)
    if routing:
        write_routes(ways, out / NAME)
    return sheets


def _numbers_of_rows(paths: Mapping[str, Sequence[Path]], sample: int, budget: int | None) -> dict[str, int]:
    """How many rows the sheet of each language gets."""
    if budget is None:
        return dict.fromkeys(paths, sample)
    if budget < len(paths):
        raise UserError(f"{budget} rows are too few for {len(paths)} languages; give each at least one (--budget)")
    pairs = {tag: sum(pq.read_metadata(path).num_rows for path in some) for tag, some in paths.items()}
    return shared_budget(budget, pairs)


def _sheet(rows: Iterable[SheetRow], tag: str, seed: int, separator: str) -> bytes:
    """A sheet of pairs as it is written."""
    lines = []
    for row in rows:
        answers, ids = [row.chosen, row.rejected], [row.chosen_id, row.rejected_id]
        if swapped(row.pair_id, seed):
            answers, ids = answers[::-1], ids[::-1]
        shown = [tag, asked_text(row.prompt), *answers]
        lines.append([str(row_id_of(row.pair_id, seed, ids[0], ids[1], shown)), *map(safe_cell, shown), "", "", "", ""])
    return _written(PAIR_WORDS, tag, lines, separator)


def _answer_sheet(rows: Iterable[AnswerRow], tag: str, seed: int, separator: str) -> bytes:
    """A sheet of single answers as it is written. The two sides in an id are the answer and nothing, by its label."""
    lines = []
    for row in rows:
        ids = [row.completion_id, NO_ANSWER] if row.label else [NO_ANSWER, row.completion_id]
        if swapped(row.completion_id, seed):
            ids = ids[::-1]
        shown = [tag, asked_text(row.prompt), row.text]
        lines.append(
            [str(row_id_of(row.completion_id, seed, ids[0], ids[1], shown)), *map(safe_cell, shown), "", "", ""]
        )
    return _written(ANSWER_WORDS, tag, lines, separator)


def _written(words: Mapping[str, str], tag: str, lines: Iterable[Sequence[str]], separator: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(words)
    writer.writerow(guide_row(words, tag).values())
    writer.writerows(lines)
    # The byte order mark tells spreadsheet programs that this is UTF-8.
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def are_unpaired(by_language: Mapping[str, Sequence[Path]]) -> bool:
    """Whether a dataset holds single answers with a label each.

    Args:
        by_language: its data files.

    Returns:
        False for pairs.
    """
    return any(is_unpaired(pq.read_schema(path)) for paths in by_language.values() for path in paths[:1])
