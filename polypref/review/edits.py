"""Answers that reviewers corrected: a file of rows that a build reads as a source.

What a speaker corrected is chosen over what it was made of: where a side was preferred, over that answer; where both
are bad or equally good, over both. The file goes by the layout `polypref_edits` (`polypref build pairs --source FILE
--layout polypref_edits`), so that corrected answers pass the same checks as all others. Whose correction it is stays in
the sheet.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
_ADVICE: Final = (
    "of pairs that are gone, edits are kept where reviewers removed them in a build whose folder is here: collect all "
    "sheets of a round first and import them together, or import these against the version that was reviewed"
)

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
class RemovedPairs:
    """Where a build keeps the pairs that reviewers removed, which its dataset no longer has.

    Attributes:
        removed: parts with schema.PAIRS; at least one.
        prompts, completions: parts with the prompts and answers of the build.
    """

    removed: Sequence[Path]
    prompts: Sequence[Path]
    completions: Sequence[Path]


@dataclass(frozen=True)
class EditsWritten:
    """What became of the corrected answers of some sheets.

    Attributes:
        written: language -> how many are in the file.
        removed: language -> how many of these are of pairs that an earlier review removed.
        rows: how many rows they make; one that is better than both answers makes two.
        left_out: (language, reason) -> how many are in no row.
    """

    written: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def sentence(self) -> str:
        """What became of them.

        Returns:
            A line without a full stop.
        """
        each, gone = (
            ", ".join(f"{tag} {count:,}" for tag, count in sorted(counts.items()))
            for counts in (self.written, self.removed)
        )
        out = ", ".join(f"{reason} {tag} {count:,}" for (tag, reason), count in sorted(self.left_out.items()))
        line = f"{self.written.total():,} corrected answers in {self.rows:,} rows{f' ({each})' if each else ''}"
        if gone:
            line += f", {self.removed.total():,} of them of pairs that an earlier review removed ({gone})"
        absent = any(reason == NOT_THERE for _, reason in self.left_out)
        return line + (f"; left out: {out}" if out else "") + (f" ({_ADVICE})" if absent else "")


def write_edits(
    answers: Iterable[Answer],
    folder: Path,
    files: Iterable[str],
    out: Path,
    build: RemovedPairs | None = None,
) -> EditsWritten:
    """Writes the answers that reviewers corrected, each beside what it was made of.

    Args:
        answers: what reviewers wrote; those without an edited answer count for nothing here.
        folder: the dataset that was reviewed, for prompts and texts.
        files: its data files, as its provenance names them.
        out: the file, JSONL: language, prompt (turns), answer, edited and model of each.
        build: where the build that made the dataset keeps the pairs that an earlier review removed; None where it
            removed none, or the build is not at hand.

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
    absent = {one.pair_id for one in edits} - pairs.keys()
    removed = _removed_pairs(sorted(absent), build) if absent and build is not None else {}
    done = EditsWritten()
    lines: dict[str, None] = {}
    for one in edits:
        rows, reason = _rows_of(one, pairs.get(one.pair_id, removed.get(one.pair_id)))
        if not rows:
            done.left_out[one.language, reason] += 1
            continue
        done.written[one.language] += 1
        if one.pair_id in removed:
            done.removed[one.language] += 1
        # Two reviewers may write the same.
        lines |= dict.fromkeys(json.dumps(row, ensure_ascii=False) for row in rows)
    write_new(out, "".join(f"{line}\n" for line in lines).encode())
    return replace(done, rows=len(lines))


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
    every = [folder / name for name in sorted(files)]
    paths = [path for path in every if path.parent.name in tags]
    published.check_rows(paths)
    # All files of a dataset have one form; the edits may be of a language whose pairs are all removed.
    if every and has_whole_turns(pq.read_schema(every[0])):
        raise UserError(
            f"{folder} has turns with tools or thoughts, and a corrected answer is a text alone; leave --edits out"
        )
    if not paths:
        return {}
    con = sql.connect(reads=paths)
    con.execute("CREATE TEMP TABLE edited AS SELECT unnest(?) AS pair_id", [sorted({one.pair_id for one in edits})])
    drawn = con.sql(
        f"""SELECT pair_id, language, prompt, chosen_id, rejected_id, chosen[-1].content AS chosen,
                   rejected[-1].content AS rejected, chosen_model, rejected_model
            FROM {rows_with_texts(*paths)} SEMI JOIN edited USING (pair_id)"""
    )
    return {one.pair_id: one for one in sql.records(drawn, _Pair)}


def _removed_pairs(wanted: Sequence[str], build: RemovedPairs) -> dict[str, _Pair]:
    """Those of some pairs that reviewers removed, with the texts that the build has of them."""
    con = sql.connect(reads=[*build.removed, *build.prompts, *build.completions])
    con.execute("CREATE TEMP TABLE edited AS SELECT unnest(?) AS pair_id", [wanted])
    drawn = con.sql(
        f"""WITH gone AS (FROM {sql.parquet(*build.removed)} SEMI JOIN edited USING (pair_id)),
                 answers AS (SELECT completion_id, text, model FROM {sql.parquet(*build.completions)})
            SELECT pair_id, gone.language, p.prompt, chosen_id, rejected_id, c.text AS chosen, r.text AS rejected,
                   c.model AS chosen_model, r.model AS rejected_model
            FROM gone JOIN {sql.parquet(*build.prompts)} AS p USING (prompt_id)
            JOIN answers AS c ON c.completion_id = chosen_id JOIN answers AS r ON r.completion_id = rejected_id"""
    )
    # A prompt or an answer may come from several files; its words are the same in all.
    return {one.pair_id: one for one in sql.records(drawn, _Pair)}
