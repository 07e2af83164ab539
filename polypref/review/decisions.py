"""Reviewers' verdicts as decisions about pairs, and their use in a build."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..errors import UserError
from ..files.atomic import fingerprint, json_bytes, read_text
from ..files.owned import write_new
from ..files.records import decode, encode
from .agreement import Agreement, agreement
from .sheets import Answer, read_sheet

FORMAT: Final = "polypref-review/1"

PairId = Annotated[str, re.compile("[0-9a-f]{32}")]
Decision = Literal["agreed", "relabel", "remove", "undecided"]


@dataclass(frozen=True)
class Comment:
    """What a reviewer wrote beside a verdict."""

    pair_id: str
    language: str
    comment: str


@dataclass(frozen=True)
class Decisions:
    """What a review came to, as its file holds it.

    Attributes:
        format: the schema.
        decisions: what becomes of each pair.
        agreement: language -> how far the reviewers agreed.
        dataset: name and version of the dataset whose pairs they judged.
        comments: what they wrote.
    """

    format: Literal["polypref-review/1"]
    decisions: dict[PairId, Decision]
    agreement: dict[str, Agreement]
    dataset: str = ""
    comments: list[Comment] = field(default_factory=list)


def decide_pairs(answers: Iterable[Answer]) -> dict[str, Decision]:
    """What becomes of each reviewed pair, by majority of those who judged it: agreed | relabel | remove | undecided.

    `not my language` is no judgement of the pair: one that nobody else judged stays, undecided. One half or more of
    those who judged finding both answers bad removes the pair; between the two sides, the larger number decides.

    Args:
        answers: of all reviewers.

    Returns:
        By pair_id, sorted.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in answers:
        votes[one.pair_id][one.meaning] += 1
    decisions: dict[str, Decision] = {}
    for pair_id, count in sorted(votes.items()):
        judged = count["chosen"] + count["rejected"] + count["both_bad"]
        if judged and 2 * count["both_bad"] >= judged:
            decisions[pair_id] = "remove"
        elif count["chosen"] == count["rejected"]:
            decisions[pair_id] = "undecided"
        else:
            decisions[pair_id] = "agreed" if count["chosen"] > count["rejected"] else "relabel"
    return decisions


def bring_back(dataset: str, sheets: Sequence[Path], out: Path) -> Decisions:
    """Reads filled sheets and writes the decisions file for `polypref build --review`.

    Args:
        dataset: name and version of the dataset that was reviewed.
        sheets: the sheets.
        out: the file.

    Returns:
        What the file holds.

    Raises:
        UserError: a sheet cannot be read, nobody judged anything, one reviewer judged a pair twice differently, or
            `out` is there and is not as polypref wrote it.
    """
    answers = [answer for sheet in sheets for answer in read_sheet(sheet)]
    if not answers:
        raise UserError(f"no verdict in {', '.join(str(s) for s in sheets)}; reviewers write A or B into 'verdict'")
    seen: dict[tuple[str, str], Answer] = {}
    for one in answers:
        before = seen.setdefault((one.pair_id, one.reviewer), one)
        if before.meaning != one.meaning:
            raise UserError(
                f"reviewer '{one.reviewer}' judged pair {one.pair_id} twice and differently; keep one of the lines"
            )
    judged = sorted(seen.values(), key=lambda a: (a.pair_id, a.reviewer))
    comments = [Comment(one.pair_id, one.language, one.comment) for one in judged if one.comment]
    review = Decisions(FORMAT, decide_pairs(judged), agreement(judged), dataset, comments)
    values = encode(review)
    write_new(out, json_bytes(values | {"seal": fingerprint(values)}), _as_written)
    return review


def counted(review: Decisions) -> str:
    """How many pairs a build will keep, relabel and remove by a review.

    Args:
        review: what it came to.

    Returns:
        A line without a full stop, every decision in it.
    """
    of = Counter(review.decisions.values())
    return (
        f"of {len(review.decisions):,} pairs judged, a build keeps {of['agreed']:,} as they are, relabels "
        f"{of['relabel']:,}, removes {of['remove']:,} and marks {of['undecided']:,} as undecided"
    )


def _as_written(data: bytes) -> bool:
    """Whether a decisions file is as polypref wrote it."""
    try:
        before = json.loads(data)
        # Other records are sealed in the same way.
        return bool(before["format"] == FORMAT and before.pop("seal") == fingerprint(before))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def read_decisions(path: Path) -> Decisions:
    """Reads a decisions file, which may be a stranger's.

    Args:
        path: the file.

    Returns:
        The decisions.

    Raises:
        UserError: there is no such file, or polypref review import did not write it.
    """
    advice = "give that one as review (--review)"
    problem = f"{path} is not a file that polypref review import wrote"
    text = read_text(path, "give the file that polypref review import wrote as review (--review)")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(f"{problem}; {advice}") from None
    return decode(Decisions, values, problem, advice)


def apply_decisions(pairs: pa.Table, decisions: Mapping[str, str]) -> tuple[pa.Table, pa.Table]:
    """Carries out decisions on pairs: relabels (chosen and rejected change places), removes, marks as agreed.

    Args:
        pairs: schema.PAIRS.
        decisions: pair_id -> agreed | relabel | remove | undecided.

    Returns:
        The pairs that stay, with `review` set to agreed, relabelled or undecided where there was a decision, and those
        removed.
    """
    ids = pairs["pair_id"].to_pylist()
    wanted = [decisions.get(one) for one in ids]
    names = {"agreed": "agreed", "relabel": "relabelled", "undecided": "undecided"}
    flip = pa.array([one == "relabel" for one in wanted])
    columns = {name: pairs[name] for name in pairs.column_names}
    for kind in ("id", "score"):
        a, b = pairs[f"chosen_{kind}"], pairs[f"rejected_{kind}"]
        columns[f"chosen_{kind}"], columns[f"rejected_{kind}"] = pc.if_else(flip, b, a), pc.if_else(flip, a, b)
    columns["score_margin"] = pc.if_else(flip, pc.negate(pairs["score_margin"]), pairs["score_margin"])
    columns["review"] = pa.array([names.get(one or "") for one in wanted], pa.string())
    done = pa.table([columns[name] for name in pairs.schema.names], schema=pairs.schema)
    gone = pa.array([one == "remove" for one in wanted], pa.bool_())
    return done.filter(pc.invert(gone)), pairs.filter(gone)


def count_known(decisions: Mapping[str, str], parts: Iterable[Path]) -> int:
    """How many of the decided pairs are in the parts of a pair stage.

    Args:
        decisions: as in `apply_decisions`.
        parts: Parquet files of the stage, with a column `pair_id`.

    Returns:
        How many; a decision about another dataset's pair counts for nothing.
    """
    wanted = pa.array(sorted(decisions), pa.string())
    return sum(
        int(pc.sum(pc.is_in(pq.read_table(path, columns=["pair_id"])["pair_id"], wanted)).as_py() or 0)
        for path in parts
    )
