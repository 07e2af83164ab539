"""Every reader of outside input with small valid inputs, and the rule that what it takes must keep.

A rule is called with a folder of its own and the damaged bytes. It returns whether the reader took anything; a refusal
is one of the errors that the reader documents. Anything else that is raised is a defect.
"""

import csv
import gzip
import io
import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
import zstandard

from polypref import schema
from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line, read_file
from polypref.files.records import encode
from polypref.inference import Failure, Model, Reply, Request
from polypref.inference.log import ResponseLog
from polypref.inference.protocol import chat_verdict, score_verdict
from polypref.judging import prompts
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files
from polypref.layouts.tables import Item, NotAsked
from polypref.raters.aspects import ASPECTS, read_scores
from polypref.release.retract import read_ids
from polypref.review import agreement, answers, decisions
from polypref.text.cleaning import _TEMPLATE_TOKEN
from tests.files.written_files import jsonl, parquet, table

from . import hub_answers
from . import inputs_evaluation as evaluation
from .rows import ROWS, by_schema

SOURCE = Files(
    "rows",
    Fields(
        "prompt",
        (Answer("a", model_column="model", score="score_a"), Answer("b", model="two", score="score_b")),
        language="language",
        group="id",
        labels="labels",
    ),
    "mine",
    "1",
    "cc0-1.0",
)


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Attributes:
        share: of 100 inputs.
        seeds: valid ones, each with the name of its file.
        rule: takes folder, name, bytes and a draw; says whether the reader took it.
    """

    share: int
    seeds: tuple[tuple[str, bytes], ...]
    rule: Callable[[Path, str, bytes, random.Random], bool]


# What a build takes


def usable(item: Item) -> None:
    """A row that was taken is what the rest of a build may lean on."""
    turns = item.prompt["prompt"]
    assert turns and turns[-1]["role"] == "user" and turns[-1]["content"].strip()
    texts = [turn["content"] for turn in turns] + [one["text"] for one in item.completions]
    for text in texts:
        assert not _TEMPLATE_TOKEN.search(text) and not re.search("[\x00-\x08\x1b\x7f]", text), repr(text[:40])
    assert all(math.isfinite(one["score"]) for one in item.ratings)


def built(lines: list[Line]) -> bool:
    """What a build makes of lines: rows by schema, or reasons."""
    items = []
    for line in lines:
        if isinstance(line.row, Bad):
            continue
        try:
            items.append(interpret_row(line.row, SOURCE, None))
        except (Bad, NotAsked):
            continue
    for item in items:
        usable(item)
    by_schema([item.prompt for item in items], schema.PROMPTS)
    by_schema([one for item in items for one in item.completions], schema.COMPLETIONS)
    by_schema([one for item in items for one in item.ratings], schema.RATINGS)
    return bool(items)


def same(one: Any, other: Any) -> bool:
    """Equal as values; not-a-number is equal to itself."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def packed(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(data, mtime=0)
    return zstandard.ZstdCompressor(write_checksum=True).compress(data) if name.endswith(".zst") else data


def as_utf8(data: bytes) -> bytes:
    """What a text file holds, without its mark; half characters of UTF-16 are no UTF-8."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    return data.removeprefix(b"\xef\xbb\xbf")


def read_jsonl(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    lines = list(read_file(folder / name))
    if name.endswith((".gz", ".zst")):
        # What was packed whole is unpacked whole, or not at all; two packed files in a row are one of both.
        times = max(1, len(lines) // len(ROWS))
        assert [line.row for line in lines] == ROWS * times, "a damaged packed file was read as something else"
        return built(lines)
    if lines and lines[0].where == f"{folder / name}#1":
        return listed(json.loads(as_utf8(data)), lines)
    return by_line(folder / name, as_utf8(data), lines)


def by_line(path: Path, data: bytes, lines: list[Line]) -> bool:
    """Rows are what their lines say, or bad."""
    there = [(n, text) for n, text in enumerate(data.split(b"\n"), 1) if text.strip()]
    assert len(there) == len(lines), f"{len(lines)} rows of {len(there)} lines"
    for (number, text), line in zip(there, lines, strict=True):
        assert line.where == f"{path}:{number}"
        if not isinstance(line.row, Bad):
            assert same(json.loads(text), line.row), "a row is not what its line says"
    return built(lines)


def listed(rows: list[Any], lines: list[Line]) -> bool:
    """Rows are what a list holds, or bad."""
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        assert isinstance(line.row, Bad) or same(row, line.row)
    return built(lines)


def read_csv(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    lines = list(read_file(folder / name))
    try:
        text = as_utf8(data).decode("utf-8")
    except UnicodeDecodeError:
        return built(lines)
    wrong = [_not_read_with(sign, text, lines) for sign in ",\t;|"]
    assert "" in wrong, f"no separator gives these rows: {wrong}"
    return built(lines)


def _not_read_with(sign: str, text: str, lines: list[Line]) -> str:
    """Why lines are not what a table says whose columns some sign separates; empty where they are."""
    try:
        head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    except (csv.Error, ValueError) as error:
        return str(error)
    rows = [row for row in rows if row]
    if len(rows) != len(lines):
        return f"{len(lines)} rows of {len(rows)}"
    for row, line in zip(rows, lines, strict=True):
        if len(row) == len(head) and line.row != dict(zip(head, row, strict=True)):
            return "a row is not what its line says"
        if len(row) != len(head) and not isinstance(line.row, Bad):
            return "a row of another length"
    return ""


def read_json(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    lines = list(read_file(folder / name))
    if lines and lines[0].where.startswith(f"{folder / name}:"):
        return by_line(folder / name, as_utf8(data), lines)
    return listed(json.loads(as_utf8(data)), lines)


def read_parquet(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    lines = list(read_file(folder / name))
    stated = pq.read_metadata(folder / name).num_rows
    assert len(lines) == stated, f"{len(lines)} rows where the footer states {stated}"
    return built(lines)


# What models and servers say

VERDICT = (
    '{"rationale": "Besser, weil er antwortet.", "verdict": "A"}',
    "Ich denke: [[B]]",
    "Comparison: gleich gut.\nPreferred: Answer (A)\n",
    '<think>{"verdict": "B"}</think>```json\n{"rationale": "なぜなら", "verdict": "TIE"}\n```',
)
SCORED = json.dumps(
    {
        label: {aspect: {"rationale": "لأن الجواب صحيح", "score": 1 + n} for aspect in ASPECTS}
        for n, label in enumerate(("answer_1", "answer_2"))
    },
    ensure_ascii=False,
)


def verdict(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    reply = data.decode("utf-8", draw.choice(("replace", "surrogateescape", "ignore")))
    if name == "scores":
        scores_by_answer = read_scores(reply, ("answer_1", "answer_2"), ASPECTS, (1, 5))
        assert scores_by_answer.keys() == {"answer_1", "answer_2"}
        for scores, rationale in scores_by_answer.values():
            assert set(scores) == set(ASPECTS) and all(s in (1, 2, 3, 4, 5) for s in scores.values())
            rationale.encode()
        return True
    side = prompts.read_verdict(reply, finished=draw.random() < 0.8)
    label = {"a": "A", "b": "B", "tie": "(?:C|TIE)"}[side]
    # Whatever was read, the reply names that side in one of the three forms.
    form = rf'"verdict"\s*:\s*"(?:\s|\\[nrt])*{label}|\[\[\s*[*_`"\']*{label}|preferred.*{label}'
    # JSON may spell a letter as an escape.
    assert re.search(form, reply, re.I | re.S) or "\\u" in reply, f"{side} was read where nothing says so"
    assert reply.count("[[") < 2 or len(set(re.findall(r"\[\[([ABC])\]\]", reply))) < 2 or '"verdict"' in reply, reply
    return True


MODEL = Model("tiny", "r1", "apache-2.0")
CHAT = json.dumps(
    {
        "id": "1",
        "model": "tiny",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Ответ: да"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
).encode()
SCORE = json.dumps(
    {"model": "tiny", "data": [{"index": 0, "label": "L", "probs": [0.25]}], "usage": {"prompt_tokens": 5}}
).encode()
REFUSED = json.dumps({"error": {"message": "maximum context length is 8192", "code": "context", "type": 400}}).encode()


def server(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    status = draw.choice((*(200,) * 15, 400, 404, 429, 500, 301))
    read = score_verdict if name == "score" else chat_verdict
    result = read(status, data, None, MODEL).result
    request = Request(MODEL, (("user", name),), kind="score" if name == "score" else "chat")
    with ResponseLog(folder / "log.sqlite") as log:
        log.put(request, result)
        kept = log.get(request)
    if isinstance(result, Failure):
        assert isinstance(kept, Failure) and kept.reason == result.reason and re.fullmatch("[a-z_]+", result.reason)
        return False
    assert status == 200 and kept == result
    if name == "score":
        assert result.score is not None and math.isfinite(result.score)
    else:
        assert result.text.strip() and result.finish_reason
        result.finish_reason.encode()
    return True


def _log() -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.sqlite"
        with ResponseLog(path) as log:
            for n, row in enumerate(ROWS):
                log.put(LOGGED[n], Reply(row["a"], "stop", n, n) if n % 3 else Failure("timeout", row["a"]))
            log._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


LOGGED = [Request(MODEL, (("user", row["prompt"]),)) for row in ROWS]


def log(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    with ResponseLog(folder / name) as kept:
        results = kept.get_many(LOGGED)
        kept.put(Request(MODEL, (("user", "new"),)), Reply("x"))
    for one in results:
        if isinstance(one, Reply):
            assert isinstance(one.text, str) and isinstance(one.finish_reason, str)
    return any(results)


# What people send back

SHEET = [
    {
        "id": f"{n:032x}-0-{n + 100:032x}-{n + 200:032x}",
        "language": row["language"],
        "prompt": row["prompt"],
        "answer A": row["a"],
    }
    | {
        "answer B": row["b"],
        "verdict": ("A", "B", "both bad", "", "tie")[n % 5],
        "edited": "",
        "comment": "א, ב",
        "reviewer": f"r{n % 2}",
    }
    for n, row in enumerate(ROWS)
]
DECISIONS = json.dumps(
    {
        "format": decisions.FORMAT,
        "dataset": "x 1.0.0",
        "decisions": {
            f"{n:032x}": {
                "decision": ("agreed", "relabel", "remove", "undecided")[n % 4],
                "language": "de",
                "chosen": f"{n:032x}",
                "judgements": {"chosen": 1, "rejected": 0, "both_bad": 0, "not_my_language": 0},
            }
            for n in range(8)
        },
        "agreement": {"de": encode(agreement.agreement([answers.Answer("0" * 32, "de", "r", "chosen", "")])["de"])},
        "comments": [],
    }
).encode()


def sheet(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    if name.startswith("decisions"):
        review = decisions.read_decisions(folder / name)
        known = {"agreed", "relabel", "remove", "undecided"}
        assert all(len(key) == 32 and one.decision in known for key, one in review.decisions.items())
        assert all(isinstance(row, agreement.Agreement) for row in review.agreement.values())
    elif name.startswith("ids"):
        assert all(re.fullmatch("[0-9a-f]{32}", one) for one in read_ids(folder / name))
    else:
        back = decisions.bring_back("x 1.0.0", [folder / name], folder / "review.json")
        assert all(re.fullmatch("[0-9a-f]{32}", one) for one in back.decisions)
        assert decisions.read_decisions(folder / "review.json").decisions == back.decisions
    return True


def _files(make: Callable[[list[dict[str, Any]]], bytes], *names: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, make(ROWS)) for name in names)


def kinds() -> dict[str, Kind]:
    """Every kind of input."""
    text = tuple(("verdict", one.encode()) for one in VERDICT)
    parts = [parquet(ROWS), parquet(ROWS, compression="zstd", row_group_size=3), parquet(ROWS, use_dictionary=False)]
    configs = [text.encode() for text in (evaluation.EVALUATION, evaluation.GIVEN)]
    # JSON is YAML too, and its values can be exchanged one by one.
    configs += [json.dumps(yaml.safe_load(text)).encode() for text in configs]
    jsonl_or_csv = (("a.jsonl", jsonl), ("a.csv", table))
    return {
        "JSONL": Kind(14, (("a.jsonl", jsonl(ROWS)),), read_jsonl),
        "JSONL, packed": Kind(6, tuple((n, packed(n, jsonl(ROWS))) for n in ("a.jsonl.gz", "a.jsonl.zst")), read_jsonl),
        "CSV and TSV": Kind(10, (("a.csv", table(ROWS)), ("a.tsv", table(ROWS, "\t"))), read_csv),
        "JSON": Kind(5, (("a.json", json.dumps(ROWS).encode()),), read_json),
        "Parquet": Kind(14, tuple((f"{n}.parquet", part) for n, part in enumerate(parts)), read_parquet),
        "YAML": Kind(10, tuple((f"{n}.yaml", one) for n, one in enumerate(configs)), evaluation.settings),
        "judge's reply": Kind(12, (*text, ("scores", SCORED.encode())), verdict),
        "model server's answer": Kind(8, (("chat", CHAT), ("score", SCORE), ("chat", REFUSED)), server),
        "response log": Kind(2, (("log.sqlite", _log()),), log),
        "stored answers": Kind(
            4,
            tuple((n, make(rows)) for n, make in jsonl_or_csv for rows in (evaluation.ANSWERS, evaluation.TURNS)),
            evaluation.answers,
        ),
        "judgements": Kind(3, tuple((n, make(evaluation.GAMES)) for n, make in jsonl_or_csv), evaluation.judgements),
        "evaluation set": Kind(2, tuple((n, make(ROWS)) for n, make in jsonl_or_csv), evaluation.prompts),
        "reward benchmark": Kind(2, tuple((n, make(evaluation.PAIRS)) for n, make in jsonl_or_csv), evaluation.rewards),
        "lm-evaluation-harness": Kind(1, (("after.json", evaluation.LM_EVAL),), evaluation.lm_eval),
        "review": Kind(
            3,
            (
                ("s.csv", table(SHEET)),
                ("s.csv", table(SHEET, ";")),
                ("decisions.json", DECISIONS),
                ("ids.txt", b"".join(b"%032x\n" % n for n in range(5))),
            ),
            sheet,
        ),
        "Hub's answer": Kind(4, (("", b""),), hub_answers.hear),
    }


#: What a reader says instead of taking an input; the command line makes one sentence of an OSError.
REFUSALS = (UserError, prompts.Unusable, OSError)
