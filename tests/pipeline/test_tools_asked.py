"""A build that asks models prompts with tools, from the file to published rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import polypref
from polypref import Complete, PairRule
from polypref.inference.choose import served
from polypref.raters.contract import ratings
from polypref.stages.complete import Route
from tests import whole_turns
from tests.inference.loopback import Loopback, chat

TEXT = "Das weiß ich leider nicht, aber ich sehe gern für dich nach."
CALL = {"id": "x1", "type": "function", "function": {"name": "wetter", "arguments": '{"ort": "Köln"}'}}


@dataclass(frozen=True)
class ByModel:
    """The caller's answers are the better ones."""

    name: ClassVar[str] = "by-model"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        answers = completions.select(["prompt_id", "completion_id", "model"]).to_pylist()
        rows = [(one["prompt_id"], one["completion_id"], float(one["model"] == "caller")) for one in answers]
        return ratings(self.name, rows)


def answer(body: dict[str, Any], _: object) -> dict[str, Any]:
    """The caller calls where it is given tools, and both else say a text."""
    reply = chat(f"{TEXT} ({body['model']})", body["model"])
    if body["model"] == "caller" and "tools" in body:
        message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
        reply["choices"] = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
    return reply


@pytest.mark.slow
def test_models_are_asked_with_tools_and_their_calls_are_published(tmp_path: Path) -> None:
    with Loopback(answer) as server:
        routes = tuple(Route(served(name, server.url, "r1", "cc0-1.0")) for name in ("caller", "talker"))
        declared = whole_turns.builder(tmp_path, rows=whole_turns.ROWS[:3])
        declared = replace(
            declared,
            complete=Complete(routes),
            rater=ByModel(),
            pairs=PairRule("model_a_vs_model_b", model_a="caller", model_b="talker"),
            filters=(),
        )
        built = polypref.build(declared, tmp_path / "built", quiet=True).path
        sent = [body for body in server.bodies if body["model"] == "caller"]
    rows = [row for path in built.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert len(rows) == 3 and len(sent) == 3
    assert sorted(len(body["messages"]) for body in sent if "tools" in body) == [1, 3]
    called = [json.loads(row["chosen"][0]).get("tool_calls") for row in rows if row["tools"]]
    arguments = {"name": "wetter", "arguments": {"ort": "Köln"}}
    assert called == [[{"type": "function", "function": arguments}]] * 2
    (plain,) = [row for row in rows if not row["tools"]]
    assert json.loads(plain["chosen"][0]) == {"role": "assistant", "content": f"{TEXT} (caller)"}
    assert {json.loads(row["rejected"][0])["content"] for row in rows} == {f"{TEXT} (talker)"}
