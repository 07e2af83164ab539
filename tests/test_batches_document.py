"""docs/batches.md: its settings are those of the code, its script runs, and its commands are commands."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from polypref.cli import commands
from polypref.inference.batch import Batches
from polypref.inference.batch_files import EXPIRED, MISSING
from polypref.inference.prefixes import CACHED_FROM, CACHED_STEP

PAGE = (Path(__file__).parents[1] / "docs" / "batches.md").read_text("utf-8")


def test_the_script_of_the_page_gives_batches_at_half_the_price():
    (block,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
    scope: dict[str, object] = {}
    exec(block, scope)
    assert scope["judge"].backend == Batches("https://api.openai.com/v1", price_in=0.15, price_out=0.60, discount=0.5)


def test_the_commands_of_the_page_are_commands():
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE)
    lines = [shlex.split(line) for line in block.splitlines()]
    for line in lines[::2]:
        arguments, _ = commands.command_parser().parse_known_args(line[1:])
        assert line[0] == "polypref" and arguments.command == "build"
    assert lines[1][:2] == ["vllm", "run-batch"] and "my-batches/results-0001.jsonl" in lines[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("most_requests", "50,000 requests"),
        ("most_bytes", "200 MB"),
        ("most_open", "At most\n20 are out"),
        ("poll", "after 10 seconds"),
        ("longest_poll", "every 5 minutes"),
        ("patience", "for an hour"),
        ("attempts", "asked three times"),
    ],
)
def test_the_defaults_of_the_page_are_those_of_the_code(name, words):
    defaults = {one.name: one.default for one in fields(Batches)}
    shown = {
        "most_requests": 50_000,
        "most_bytes": 200_000_000,
        "most_open": 20,
        "poll": 10,
        "longest_poll": 300,
        "patience": 3_600,
        "attempts": 3,
    }
    assert f"`{name}`" in PAGE and words in PAGE and defaults[name] == shown[name]


def test_reasons_and_steps_of_the_page_are_those_of_the_code():
    assert f"`{EXPIRED}`" in PAGE and f"`{MISSING}`" in PAGE
    assert f"from {CACHED_FROM:,} tokens on and in steps of {CACHED_STEP}" in PAGE
