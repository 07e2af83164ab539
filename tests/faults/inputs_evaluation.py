"""What an evaluation reads: settings, prompts, stored answers, judgements, benchmarks; see `inputs`."""

import io
import json
import os
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.api import evaluating
from polypref.evaluation.battles import of_games
from polypref.evaluation.given_judgements import given_judgements
from polypref.evaluation.inputs import lm_eval as academic
from polypref.evaluation.inputs import set_prompts, sets, stored, tables
from polypref.evaluation.inputs.stored import read_stored
from polypref.evaluation.reward_models import data as reward_data
from polypref.evaluation.settings import from_config
from polypref.files.atomic import plain
from polypref.files.records import encode
from tests.files.written_files import jsonl

from .rows import ROWS, by_schema

ANSWERS = [{"question_id": row["id"], "language": row["language"], "answer": row["a"]} for row in ROWS]
TURNS = [
    {"prompt": row["prompt"], "lang": row["language"], "model": "m", "choices": [{"turns": [{"content": row["a"]}]}]}
    for row in ROWS
]
PROMPTS = [
    {
        "set": "s",
        "prompt_id": schema.prompt_id(row["language"], [{"role": "user", "content": row["prompt"]}]),
        "group_id": row["id"],
        "language": row["language"],
        "prompt": [{"role": "user", "content": row["prompt"]}],
    }
    for row in ROWS
]
GAMES = [
    {"uid": row["id"], "lang": row["language"], "model_1": "x", "model_2": "y", "verdict": "ABC"[n % 3]}
    | {"said": f"Better: [[{'AB'[n % 2]}]]", "s": [n, 3], "one": row["a"], "two": row["b"]}
    for n, row in enumerate(ROWS)
]
LAYOUTS: tuple[dict[str, Any], ...] = (
    {"form": "winner", "columns": "verdict", "labels": {"A": "a", "B": "b", "C": "tie"}},
    {"form": "text", "columns": "said"},
    {"form": "scores", "columns": ["s.0", "s.1"]},
)
PAIRS = [
    {"prompt": r["prompt"], "chosen": r["a"], "rejected": r["b"], "language": r["language"], "subset": "chat"}
    for r in ROWS
]


def answers(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    stored_rows = read_stored(folder / name)
    wanted = [{**dict.fromkeys(tables.PROMPTS.names), **one} for one in PROMPTS]
    answer_table = stored.answers(stored_rows, pa.Table.from_pylist(wanted, tables.PROMPTS), "m")
    assert answer_table.num_rows == len(PROMPTS)
    by_schema(answer_table.to_pylist(), tables.ANSWERS)
    assert all(bool(row["text"].strip()) != bool(row["failure"]) for row in answer_table.to_pylist())
    return True


def judgements(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    how = {"prompt": "uid", "model_a": "model_1", "model_b": "model_2", "language": "lang", "answer_a": "one"}
    given = given_judgements(
        {"judgements": {"path": str(folder / name), "layout": how | {"answer_b": "two"} | draw.choice(LAYOUTS)}}
    )
    battles = of_games(given.path, given.layout, (), "people").battles
    for row in battles.to_pylist():
        assert row["orders"]
        for one in row["orders"]:
            assert one["score"] is None or 0 <= one["score"] <= 1, one
    pq.write_table(battles, io.BytesIO())
    return True


def prompts(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    prompt_table, _ = set_prompts.load_set(sets.find_set(str(folder / name)))
    by_schema(prompt_table.to_pylist(), tables.PROMPTS)
    return True


def rewards(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    comparisons = reward_data.load_comparisons(reward_data.source(str(folder / name)))
    assert all(one.chosen and one.rejected for one in comparisons.pairs)
    return True


def lm_eval(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / "before.json").write_bytes(LM_EVAL)
    (folder / "after.json").write_bytes(data)
    merged = academic.merge_results(folder / "before.json", folder / "after.json")
    json.dumps(encode(merged), allow_nan=False)
    return True


LM_EVAL = json.dumps(
    {
        "results": {
            "xcopa_id": {"alias": "x", "acc,none": 0.61, "acc_stderr,none": 0.02},
            "mgsm_direct_ja": {"exact_match,flexible": 0.2, "exact_match_stderr,flexible": "N/A"},
        },
        "versions": {"xcopa_id": 1.0},
        "n-shot": {"xcopa_id": 0},
        "higher_is_better": {"xcopa_id": {"acc": True}},
        "n-samples": {"xcopa_id": {"original": 500, "effective": 500}},
        "config": {"model": "hf", "model_args": "pretrained=x", "limit": None},
        "lm_eval_version": "0.4.13",
        "chat_template": None,
    }
).encode()

EVALUATION = """\
name: Ours — наш, שלנו
sets:
  - prompts.jsonl
  - {path: other.jsonl, name: second, language: lang, prompt: q, group: id}
sampling: {temperature: 0.7, max_tokens: 256, top_p: 0.9, seed: 3}
models:
  - {name: mine, model: org/mine, at: "http://localhost:8000/v1", revision: abc, licence: mit}
  - {name: "старый", stored: answers.jsonl, columns: {answer: text, language: "=de"}}
pairs: [[mine, "старый"]]
judges:
  - {kind: llm, model: judge, at: "http://localhost:8001/v1", orders: both, attempts: 2, sampling: {max_tokens: 99}}
  - {kind: reward, model: rm, at: "http://localhost:8002/v1", tie_within: 0.1}
  - reference
languages: [de, he, fr]
seen: de,he
sample: 20
seed: 7
level: 0.9
resamples: 500
reading: mean
missing: tie
remarks: &r ["First.", "Zweitens: ja."]
"""
GIVEN = """\
judgements:
  path: games.jsonl
  pairs: [[x, y]]
  layout: {form: winner, columns: verdict, prompt: [uid], model_a: model_1, model_b: model_2, language: =de,
           labels: {"1": a, "2": b}, where: {round: 1}, weights: {"A>>B": 3}}
level: 0.95
seen: no
"""


def settings(folder: Path, name: str, data: bytes, draw: random.Random) -> bool:
    (folder / name).write_bytes(data)
    for own in ("prompts.jsonl", "other.jsonl"):
        (folder / own).write_bytes(jsonl(ROWS))
    os.chdir(folder)
    config = evaluating.read_settings(name)
    if "judgements" in config:
        settings: Any = given_judgements(config)
        assert isinstance(settings.name, str) and all(isinstance(one, str) for pair in settings.pairs for one in pair)
    else:
        settings = from_config(config)
        assert settings.sample is None or settings.sample > 0
        assert 0 < settings.level < 1 and settings.resamples >= 100
    # The folder of an evaluation keeps its config.
    json.dumps(plain(config)).encode()
    assert len(str(settings)) < 50_000_000
    return True
