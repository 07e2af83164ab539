"""What checks noted of the pairs that were judged, beside what reviewers said: written after the review, never before.

A sheet shows nothing of it. Whoever reads "in another language" beside an answer judges the check and not the answer:
the agreement that is then measured is partly with the pipeline, and a check that errs is confirmed instead of noticed.
Much of it would also tell which answer is chosen, whatever the order: what a check keeps from being chosen can only be
the rejected one, and the flags of a pair name the side. So the file is made from the decisions, of judged pairs alone,
with the disagreements first: there the notes help, to see whether the rater, a check or the reviewers were wrong.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .. import schema
from ..console.escaping import one_line
from ..files import published, sql
from ..files.owned import write_new
from ..files.turns import rows_with_texts
from .answers import NO_ANSWER
from .cells import safe_cell
from .decisions import Decided, Decision, Decisions
from .sheets import asked_text

COLUMNS: Final = (
    *("pair_id", "language", "decision"),
    *("prefer chosen", "prefer rejected", "tie", "both bad", "not my language"),
    *("prompt", "chosen", "rejected", "noted of prompt", "noted of chosen", "noted of rejected", "flags", "comments"),
)
#: Disagreements first.
_ORDER: Mapping[Decision, int] = {"relabel": 0, "remove": 1, "undecided": 2, "agreed": 3}
_LONGEST = 200  # characters of what a check saw in an answer


@dataclass(frozen=True)
class _Pair:
    """A pair of the dataset."""

    pair_id: str
    prompt_id: str
    prompt: list[schema.Message]
    chosen_id: str
    rejected_id: str
    chosen: str
    rejected: str
    flags: list[str]


@dataclass(frozen=True)
class _Finding:
    """A row of schema.FINDINGS."""

    prompt_id: str
    completion_id: str | None
    check: str
    outcome: str
    reason: str
    detail: str | None
    chosen: bool

    @property
    def text(self) -> str:
        """What was noted, as people read it."""
        words = self.reason.removeprefix("answer_").replace("_", " ")
        detail = f" ({one_line(self.detail)[:_LONGEST]})" if self.detail else ""
        kept = f", may not be {'chosen' if self.chosen else 'rejected'}" if self.outcome == "reject" else ""
        return f"{self.check}: {words}{detail}{kept}"


def write_findings(
    review: Decisions, folder: Path, files: Iterable[str], findings: Sequence[Path] | None, out: Path
) -> int:
    """Writes what checks noted of the judged pairs beside what reviewers said of them, for whoever ran the review.

    Args:
        review: what the review came to.
        folder: the dataset, for texts and flags.
        files: its data files, as its provenance names them.
        findings: parts of the build's stage check (schema.FINDINGS); None where they are not at hand.
        out: a CSV file with COLUMNS, a line for each judged pair: chosen and rejected are the sides that the decision
            is about; a single answer stands in one of them, by its label. Of a pair that the dataset does not have
            there are no texts; without findings there are flags alone.

    Returns:
        How many pairs something was noted of.

    Raises:
        UserError: a data file is not as a release has it, or `out` is there and holds something else.
    """
    pairs = _pairs(review.decisions, folder, files)
    noted = _noted(pairs.values(), findings or ())
    comments: dict[str, list[str]] = defaultdict(list)
    for one in review.comments:
        comments[one.pair_id].append(one.comment)
    text, with_notes = io.StringIO(), 0
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for pair_id, decided in sorted(review.decisions.items(), key=lambda one: (_ORDER[one[1].decision], one[0])):
        pair = pairs.get(pair_id)
        cells = ["", "", "", "", "", "", ""] if pair is None else _cells(pair, decided, noted)
        with_notes += any(cells[3:])
        judged = decided.judgements
        votes = [""] * 5
        if judged:
            numbers = judged.chosen, judged.rejected, judged.tie, judged.both_bad, judged.not_my_language
            votes = [str(number) for number in numbers]
        remarks = " / ".join(comments[pair_id])
        writer.writerow(
            [pair_id, safe_cell(decided.language), decided.decision, *votes, *map(safe_cell, [*cells, remarks])]
        )
    write_new(out, b"\xef\xbb\xbf" + text.getvalue().encode())
    return with_notes


def _cells(pair: _Pair, decided: Decided, noted: Mapping[str, Sequence[str]]) -> list[str]:
    """Prompt, both answers as the decision has them, and what is noted of the three and of the pair."""
    sides = [(pair.chosen_id, pair.chosen), (pair.rejected_id, pair.rejected)]
    if decided.chosen == pair.rejected_id:
        sides.reverse()
    ids = [pair.prompt_id, *(answer_id for answer_id, _ in sides)]
    notes = ["; ".join(noted.get(one, ())) for one in ids]
    return [asked_text(pair.prompt), *(text for _, text in sides), *notes, ", ".join(pair.flags)]


def _pairs(decisions: Mapping[str, Decided], folder: Path, files: Iterable[str]) -> dict[str, _Pair]:
    tags = {one.language for one in decisions.values()}
    paths = [folder / name for name in sorted(files) if name.split("/")[1] in tags]
    if not paths:
        return {}
    published.check_rows(paths)
    con = sql.connect(reads=paths)
    con.execute("CREATE TEMP TABLE judged AS SELECT unnest(?) AS pair_id", [sorted(decisions)])
    drawn = con.sql(
        f"""SELECT pair_id, prompt_id, prompt, coalesce(chosen_id, {sql.quote(NO_ANSWER)}) AS chosen_id,
                   coalesce(rejected_id, {sql.quote(NO_ANSWER)}) AS rejected_id,
                   coalesce(chosen[-1].content, '') AS chosen, coalesce(rejected[-1].content, '') AS rejected, flags
            FROM {rows_with_texts(*paths)} SEMI JOIN judged USING (pair_id)"""
    )
    return {one.pair_id: one for one in sql.records(drawn, _Pair)}


def _noted(pairs: Iterable[_Pair], parts: Sequence[Path]) -> dict[str, list[str]]:
    """Id of a prompt or an answer -> what checks noted of it, in their order."""
    if not parts:
        return {}
    wanted = sorted({one for pair in pairs for one in (pair.prompt_id, pair.chosen_id, pair.rejected_id)})
    con = sql.connect(reads=parts)
    con.execute("CREATE TEMP TABLE wanted AS SELECT unnest(?) AS id", [wanted])
    drawn = con.sql(
        f"""SELECT prompt_id, completion_id, "check", outcome, reason, detail, chosen FROM {sql.parquet(*parts)}
            WHERE coalesce(completion_id, prompt_id) IN (SELECT id FROM wanted)"""
    )
    noted: dict[str, list[str]] = defaultdict(list)
    for one in sql.records(drawn, _Finding):
        of = noted[one.completion_id or one.prompt_id]
        if one.text not in of:
            of.append(one.text)
    return noted
