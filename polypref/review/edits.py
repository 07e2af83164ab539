"""Answers that reviewers corrected: a file of rows that a build reads as a source.

What a speaker corrected is chosen over what it was made of: where a side was preferred, over that answer; where both
are bad or equally good, over both. The file goes by the layout `polypref_edits` (`polypref build pairs --source FILE
--layout polypref_edits`), so that corrected answers pass the same checks as all others. Whose correction it is stays in
the sheet.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from .. import schema
from ..errors import UserError
from ..files import published, sql
from ..files.owned import write_new
from ..files.turns import has_whole_turns, rows_with_texts
from .answers import Answer, Meaning
from .cells import steady_text

#: Why an edit is in no row: it is the answer, but for line ends and blanks around it; the sheet does not say which
#: answers it shows; the dataset no longer has the pair with these answers.
UNCHANGED: Final = "unchanged"
NOT_NAMED: Final = "answers not named in the sheet"
NOT_THERE: Final = "pair not in the dataset"

_SIDES: Mapping[Meaning, tuple[str, ...]] = {
    "chosen": ("chosen",),
    "rejected": ("rejected",),
    "both_bad": ("chosen", "rejected"),
    "tie": ("chosen", "rejected"),
    "not_my_language": (),
}


@dataclass(frozen=True)
class _Pair:
    """A pair of the dataset."""

    pair_id: str
    language: str
    prompt: list[schema.Message]
    chosen_id: str
    rejected_id: str
    chosen: str
    rejected: str
    chosen_model: str
    rejected_model: str

    def answers(self) -> dict[str, tuple[str, str]]:
        """Id of an answer -> its text and its model."""
        return {
            self.chosen_id: (self.chosen, self.chosen_model),
            self.rejected_id: (self.rejected, self.rejected_model),
        }


@dataclass(frozen=True)
class EditsWritten:
    """What became of the corrected answers of some sheets.

    Attributes:
        written: language -> how many are in the file.
        rows: how many rows they make; one that is better than both answers makes two.
        left_out: (language, reason) -> how many are in no row.
    """

    written: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def sentence(self) -> str:
        """What became of them.

        Returns:
            A line without a full stop.
        """
        each = ", ".join(f"{tag} {count:,}" for tag, count in sorted(self.written.items()))
        out = ", ".join(f"{reason} {tag} {count:,}" for (tag, reason), count in sorted(self.left_out.items()))
        line = f"{self.written.total():,} corrected answers in {self.rows:,} rows{f' ({each})' if each else ''}"
        return line + (f"; left out: {out}" if out else "")


def write_edits(answers: Iterable[Answer], folder: Path, files: Iterable[str], out: Path) -> EditsWritten:
    """Writes the answers that reviewers corrected, each beside what it was made of.

    Args:
        answers: what reviewers wrote; those without an edited answer count for nothing here.
        folder: the dataset that was reviewed, for prompts and texts.
        files: its data files, as its provenance names them.
        out: the file, JSONL: language, prompt (turns), answer, edited and model of each.

    Returns:
        How many were written and left out: together all of them.

    Raises:
        UserError: nobody corrected an answer, the dataset's turns are more than texts, a data file is not as a release
            has it, or `out` is there and holds something else.
    """
    edits = [one for one in answers if one.edited]
    if not edits:
        raise UserError("no answer was corrected; reviewers write the better answer as it should read into 'edited'")
    pairs = _pairs(edits, folder, files)
    written, left_out = Counter[str](), Counter[tuple[str, str]]()
    lines: dict[str, None] = {}
    for one in edits:
        rows, reason = _rows_of(one, pairs.get(one.pair_id))
        if not rows:
            left_out[one.language, reason] += 1
            continue
        written[one.language] += 1
        # Two reviewers may write the same.
        lines |= dict.fromkeys(json.dumps(row, ensure_ascii=False) for row in rows)
    write_new(out, "".join(f"{line}\n" for line in lines).encode())
    return EditsWritten(written, len(lines), left_out)


def _rows_of(answer: Answer, pair: _Pair | None) -> tuple[list[dict[str, object]], str]:
    """The rows of an edit; none and why."""
    if not answer.chosen:
        return [], NOT_NAMED
    ids = {"chosen": answer.chosen, "rejected": answer.rejected}
    there = pair.answers() if pair is not None else {}
    if pair is None or there.keys() != set(ids.values()):
        return [], NOT_THERE
    better_than = [there[ids[side]] for side in _SIDES[answer.meaning]]
    return [
        {
            "language": pair.language,
            "prompt": [{"role": turn["role"], "content": turn["content"]} for turn in pair.prompt],
            "answer": text,
            "edited": answer.edited,
            "model": model,
        }
        for text, model in better_than
        if steady_text(text) != answer.edited
    ], UNCHANGED


def _pairs(edits: Sequence[Answer], folder: Path, files: Iterable[str]) -> dict[str, _Pair]:
    tags = {one.language for one in edits}
    paths = [folder / name for name in sorted(files) if name.split("/")[1] in tags]
    if not paths:
        return {}
    published.check_rows(paths)
    if has_whole_turns(pq.read_schema(paths[0])):
        raise UserError(
            f"{folder} has turns with tools or thoughts, and a corrected answer is a text alone; leave --edits out"
        )
    con = sql.connect(reads=paths)
    con.execute("CREATE TEMP TABLE edited AS SELECT unnest(?) AS pair_id", [sorted({one.pair_id for one in edits})])
    drawn = con.sql(
        f"""SELECT pair_id, language, prompt, chosen_id, rejected_id, chosen[-1].content AS chosen,
                   rejected[-1].content AS rejected, chosen_model, rejected_model
            FROM {rows_with_texts(*paths)} SEMI JOIN edited USING (pair_id)"""
    )
    return {one.pair_id: one for one in sql.records(drawn, _Pair)}
