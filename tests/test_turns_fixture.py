"""A dataset of turns with tools and thoughts that 0.3.0 released goes on: it loads, is shown, compared, built again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import polypref
from polypref import schema
from polypref.pages.rows import draw_sample
from polypref.release.diff import difference
from polypref.release.folder import read_provenance
from tests import whole_turns
from tests.fixtures.stored import HERE

FOLDER = HERE / "turns-0.3.0"
#: Of a published row, what a later version may never change.
LASTING = (
    "language",
    "prompt",
    "chosen",
    "rejected",
    "tools",
    "chosen_model",
    "rejected_model",
    "group_id",
    "prompt_id",
)
ASKED = {"role": "user", "content": "Wie ist das Wetter heute in Köln?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "wetter", "arguments": {"ort": "Köln am Rhein"}}}


def rows(folder: Path) -> dict[str, dict[str, Any]]:
    tables = [pq.read_table(path) for path in sorted(folder.glob("data/*/*.parquet"))]
    assert all(table.schema.remove_metadata().equals(schema.PREFERENCES_WITH_TURNS) for table in tables)
    return {row["pair_id"]: {name: row[name] for name in LASTING} for table in tables for row in table.to_pylist()}


def test_it_loads_with_the_keys_that_each_turn_has():
    (split,) = polypref.load(FOLDER).load().values()
    by_turns = {len(row["prompt"]): row for row in split if row["tools"]}
    assert by_turns[1]["prompt"] == [ASKED]
    assert by_turns[1]["chosen"] == [{"role": "assistant", "content": "", "tool_calls": [CALL]}]
    assert by_turns[3]["prompt"][1:] == [
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "content": '{"grad": 21}', "name": "wetter", "tool_call_id": "c1"},
    ]
    assert by_turns[3]["chosen"][0]["thinking"] == "Das Werkzeug sagt 21 Grad, also ist es warm."
    (plain,) = (row for row in split if not row["tools"])
    assert set(plain["chosen"][0]) == {"role", "content"} and len(split) == 3


def test_it_is_shown_and_compared(capsys):
    shown = [json.loads(row) for row in draw_sample(FOLDER, read_provenance(FOLDER)).rows]
    assert len([row for row in shown if row["outcome"] == "kept"]) == 3
    polypref.load(FOLDER).inspect(pairs=3)
    assert "tools: wetter" in capsys.readouterr().out
    assert difference(FOLDER, FOLDER).sentence() == "nothing"


def test_the_same_rows_built_again_are_the_same_pairs(tmp_path):
    assert rows(whole_turns.dataset(tmp_path)) == rows(FOLDER)
