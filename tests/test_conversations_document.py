"""docs/conversations.md: each row that it shows, read as declared below it, says the same."""

import json
import re
from pathlib import Path

import pytest

import polypref
from polypref.layouts.rows import interpret_row
from tests.layouts.interpreted import turns_of

PAGE = (Path(__file__).parents[1] / "docs" / "conversations.md").read_text("utf-8")
BLOCKS = re.findall(r"(?ms)^```(json|python)\n(.*?)^```", PAGE)
FIRST, ROWS = BLOCKS[0][1], list(zip(BLOCKS[1::2], BLOCKS[2::2], strict=True))
ASKED = [("user", "Name a lake in Siberia."), ("assistant", "Lake Baikal."), ("user", "Is it deep?")]


@pytest.mark.parametrize(("row", "fields"), ROWS, ids=range(len(ROWS)))
def test_every_row_of_the_page_is_read_as_it_says(row, fields):
    assert (row[0], fields[0]) == ("json", "python")
    names: dict[str, object] = {}
    exec(FIRST, names)
    declared = eval(fields[1], names)
    source = polypref.Files("x.jsonl", declared, name="s", revision="1", licence="mit", language="en")
    item = interpret_row(json.loads(row[1]), source, None)
    spoken = [one for one in item.prompt["prompt"] if one["role"] != "tool" and "```tool_call" not in one["content"]]
    assert spoken == turns_of(*ASKED) and not item.problems
    assert (item.prompt["tools"] is not None) == (declared.tools == "read") == (len(item.prompt["prompt"]) == 5)
    thoughts = [one["message"] is not None for one in item.completions]
    assert thoughts == [declared.thoughts == "cut"] * 2
    answers = [one["text"].rpartition("</think>") for one in item.completions]
    assert {bool(thought) for thought, *_ in answers} == {declared.thoughts == "kept"}
    assert [answer for *_, answer in answers] == ["It is the deepest of all.", "Somewhat."]
    assert [one["preferred"] for one in item.verdicts] == ["a"]


def test_the_page_shows_a_row_of_every_kind():
    assert len(ROWS) == 8
