"""Native speakers' judgement: review sheets out, answers back in, agreement, and decisions that a build takes up.

A sheet is a CSV file with the two answers in a seeded blind order. Reviewers write A, B, `both bad` or `not my
language` into `verdict`. What comes back becomes a JSON file of decisions for `polypref build --review FILE`.
"""

import csv
import io
import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from . import published, sql
from .errors import UserError
from .owned import write_new
from .readers import MAX_LINE
from .store import fingerprint, json_bytes

COLUMNS = ("id", "language", "prompt", "answer A", "answer B", "verdict", "comment", "reviewer")
#: What a reviewer may write, in lower case, and what it means.
VERDICTS = {"a": "a", "b": "b", "both bad": "both_bad", "not my language": "not_my_language"}
Meaning = Literal["chosen", "rejected", "both_bad", "not_my_language"]
FORMAT = "polypref-review/1"
_PAIR_ID = re.compile("[0-9a-f]{32}")
_SHEET_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,18})")
#: What the card says of the reviewers of a language.
_AGREEMENT = {"pairs", "reviewers", "judgements", "agree", "low", "high", "both", "raw", "kappa", "prevalence"}
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
    """Whether the sheet shows the rejected answer as A: one half of the pairs, by md5 of seed and id."""
    return md5(f"{seed}:side:{pair_id}".encode(), usedforsecurity=False).digest()[0] % 2 == 1


def safe_cell(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe goes before what could begin one.

    What shows nothing (blanks, marks of direction, zero-width characters) does not hide the sign after it, and signs
    of full width count: programs drop the one and read the other. `plain_cell` turns it back.
    """
    first = next((one for one in text if not _unseen(one)), "")
    sign = unicodedata.normalize("NFKC", first) in _SIGNS or text.lstrip(" ").startswith(("\t", "\r", "\n"))
    return "'" + text if sign or text.startswith("'") else text


def plain_cell(cell: str) -> str:
    """The text that `safe_cell` made a cell of; what somebody typed stays as it is."""
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell


def _unseen(one: str) -> bool:
    return unicodedata.category(one)[0] in "CZ" or unicodedata.category(one) in ("Mn", "Me") or one in _FILLERS


def export(
    folder: Path, record: Mapping[str, Any], tags: Sequence[str], sample: int, seed: int, out: Path
) -> list[Path]:
    """Writes a review sheet for each language.

    Args:
        folder: the dataset.
        record: its provenance.
        tags: languages.
        sample: at most so many pairs a language, chosen by md5 of seed and id.
        seed: of the sample and of the order of the answers.
        out: folder for the sheets.

    Returns:
        the sheets.

    Raises:
        UserError: a language has no pairs.
    """
    sheets = []
    for tag in tags:
        files = [folder / name for name in sorted(record["files"]) if name.startswith(f"data/{tag}/")]
        if not files:
            raise UserError(f"{folder} has no pairs in '{tag}'; it has {', '.join(record['facts']['languages'])}")
        published.check_rows(files)
        con = sql.connect(reads=files)
        rows = con.execute(
            f"""SELECT pair_id, prompt, chosen[-1].content, rejected[-1].content FROM {sql.parquet(*files)}
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

    Raises:
        UserError: a column is missing, an id is not one of a sheet, or a verdict is not one of the four.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read {path} ({error}); save the sheet as CSV in UTF-8") from None
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
            said = (row["id"] or "")[:50]
            raise UserError(f"{where}: '{said}' is not an id of a review sheet; leave its first columns as they were")
        if verdict not in VERDICTS:
            raise UserError(f"{where}: '{verdict[:40]}' is not a verdict; write one of {', '.join(VERDICTS)}")
        reviewer = plain_cell(row.get("reviewer") or "").strip() or path.stem
        meaning = _meaning(verdict, named[1], int(named[2]))
        comment = plain_cell(row.get("comment") or "")
        answers.append(Answer(named[1], plain_cell(row["language"]), reviewer, meaning, comment))
    return answers


def _meaning(verdict: str, pair_id: str, seed: int) -> Meaning:
    meaning = VERDICTS[verdict]
    if meaning in ("a", "b"):
        return "chosen" if (meaning == "a") != swapped(pair_id, seed) else "rejected"
    return meaning  # type: ignore[return-value]


def decide(answers: Iterable[Answer]) -> dict[str, str]:
    """What becomes of each reviewed pair, by majority of those who judged it: agreed | relabel | remove | undecided.

    `not my language` is no judgement of the pair unless all say so; then the pair goes. One half or more finding both
    answers bad removes the pair; between the two sides, the larger number decides.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in answers:
        votes[one.pair_id][one.meaning] += 1
    decisions = {}
    for pair_id, count in sorted(votes.items()):
        judged = count["chosen"] + count["rejected"] + count["both_bad"]
        if judged == 0 or 2 * count["both_bad"] >= judged:
            decisions[pair_id] = "remove"
        elif count["chosen"] == count["rejected"]:
            decisions[pair_id] = "undecided"
        else:
            decisions[pair_id] = "agreed" if count["chosen"] > count["rejected"] else "relabel"
    return decisions


def agreement(answers: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """Per language: how far reviewers agree with the rater, and with each other.

    Returns:
        language -> pairs, reviewers, judgements (of the four kinds), `agree` (share of A/B judgements that prefer the
        chosen answer) with its 95% Wilson interval over judgements, and between reviewers, over all pairs that two of
        them judged: `both`, `raw` agreement, Cohen's `kappa` and `prevalence` (share of `chosen` in these judgements;
        near 0 or 1, kappa is low even when reviewers agree).
    """
    found = {}
    for tag in sorted({one.language for one in answers}):
        mine = [one for one in answers if one.language == tag]
        count = Counter(one.meaning for one in mine)
        sided = count["chosen"] + count["rejected"]
        low, high = wilson(count["chosen"], sided)
        found[tag] = {
            "pairs": len({one.pair_id for one in mine}),
            "reviewers": len({one.reviewer for one in mine}),
            "judgements": {name: count[name] for name in ("chosen", "rejected", "both_bad", "not_my_language")},
            "agree": count["chosen"] / sided if sided else None,
            "low": low,
            "high": high,
            **_between(mine),
        }
    return found


def _between(answers: Sequence[Answer]) -> dict[str, Any]:
    by_pair: dict[str, dict[str, str]] = defaultdict(dict)
    for one in answers:
        by_pair[one.pair_id][one.reviewer] = one.meaning
    twos = [(votes[a], votes[b]) for votes in by_pair.values() for a, b in combinations(sorted(votes), 2)]
    if not twos:
        return {"both": 0, "raw": None, "kappa": None, "prevalence": None}
    said = [name for two in twos for name in two]
    return {
        "both": len(twos),
        "raw": sum(a == b for a, b in twos) / len(twos),
        "kappa": kappa(twos),
        "prevalence": said.count("chosen") / len(said),
    }


def wilson(hits: int, n: int, z: float = 1.959963984540054) -> tuple[float | None, float | None]:
    """Wilson's score interval for a share (Wilson 1927, JASA 22, 209-212); None for no observation."""
    if not n:
        return None, None
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def kappa(twos: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa with symmetric margins (Scott's pi for interchangeable raters): (po - pe) / (1 - pe).

    Reviewers of a pair are interchangeable here, so chance agreement is taken from the pooled margins (Scott 1955,
    Public Opinion Quarterly 19, 321-325). None when everybody always said the same.
    """
    n = len(twos)
    pooled = Counter(name for two in twos for name in two)
    expected = sum((count / (2 * n)) ** 2 for count in pooled.values())
    observed = sum(a == b for a, b in twos) / n
    return None if expected == 1 else (observed - expected) / (1 - expected)


def bring_back(record: Mapping[str, Any], sheets: Sequence[Path], out: Path) -> dict[str, Any]:
    """Reads filled sheets and writes the decisions file for `polypref build --review`.

    Raises:
        UserError: a sheet cannot be read, nobody judged anything, or one reviewer judged a pair twice differently.
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
    found = {
        "format": FORMAT,
        "dataset": f"{record['name']} {record['version']}",
        "decisions": decide(judged),
        "agreement": agreement(judged),
        "comments": [
            {"pair_id": one.pair_id, "language": one.language, "comment": one.comment} for one in judged if one.comment
        ],
    }
    write_new(out, json_bytes(found | {"seal": fingerprint(found)}), _as_written)
    return found


def _as_written(data: bytes) -> bool:
    """Whether a decisions file is as polypref wrote it."""
    try:
        before = json.loads(data)
        # Other records are sealed in the same way.
        return bool(before["format"] == FORMAT and before.pop("seal") == fingerprint(before))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def read_decisions(path: Path) -> dict[str, Any]:
    """A decisions file.

    Raises:
        UserError: it is not one.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        known = found["format"] == FORMAT and all(map(_is_decision, found["decisions"].items()))
        known = known and all(row.keys() >= _AGREEMENT for row in found["agreement"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        known = False
    if not known:
        raise UserError(f"{path} is not a file that polypref review import wrote; give that one to --review")
    return found


def _is_decision(one: tuple[str, Any]) -> bool:
    return _PAIR_ID.fullmatch(one[0]) is not None and one[1] in ("agreed", "relabel", "remove", "undecided")


def apply(pairs: pa.Table, decisions: Mapping[str, str]) -> tuple[pa.Table, pa.Table]:
    """Carries out decisions on pairs: relabels (chosen and rejected change places), removes, marks as agreed.

    Args:
        pairs: schema.PAIRS.
        decisions: pair_id -> agreed | relabel | remove | undecided.

    Returns:
        the pairs that stay, with `review` set to agreed, relabelled or undecided where there was a decision, and those
        removed.
    """
    ids = pairs["pair_id"].to_pylist()
    said = [decisions.get(one) for one in ids]
    names = {"agreed": "agreed", "relabel": "relabelled", "undecided": "undecided"}
    flip = pa.array([one == "relabel" for one in said])
    columns = {name: pairs[name] for name in pairs.column_names}
    for kind in ("id", "score"):
        a, b = pairs[f"chosen_{kind}"], pairs[f"rejected_{kind}"]
        columns[f"chosen_{kind}"], columns[f"rejected_{kind}"] = pc.if_else(flip, b, a), pc.if_else(flip, a, b)
    columns["score_margin"] = pc.if_else(flip, pc.negate(pairs["score_margin"]), pairs["score_margin"])
    columns["review"] = pa.array([names.get(one or "") for one in said], pa.string())
    done = pa.table([columns[name] for name in pairs.schema.names], schema=pairs.schema)
    gone = pa.array([one == "remove" for one in said], pa.bool_())
    return done.filter(pc.invert(gone)), pairs.filter(gone)


def count_known(decisions: Mapping[str, str], parts: Iterable[Path]) -> int:
    """How many of the decided pairs are in the parts of a pair stage."""
    wanted = pa.array(sorted(decisions), pa.string())
    return sum(
        int(pc.sum(pc.is_in(pq.read_table(path, columns=["pair_id"])["pair_id"], wanted)).as_py() or 0)
        for path in parts
    )
