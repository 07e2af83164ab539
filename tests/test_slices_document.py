"""docs/slices.md: its files and commands give the figures that it shows."""

import re
import shlex
from pathlib import Path

from tests.evaluation import duel

PAGE = (Path(__file__).parents[1] / "docs" / "slices.md").read_text("utf-8")
FILES = dict(re.findall(r"(?ms)^`(\w+\.jsonl)`,[^\n]*?\n\n```json\n(.*?)^```", PAGE))
COMMANDS = [shlex.split(one.replace("\\\n", " ")) for one in re.findall(r"(?ms)^```sh\npolypref (.*?)^```", PAGE)]


def test_slices_refusals_and_consistency(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, rows in FILES.items():
        (tmp_path / name).write_text(rows, "utf-8")
    duel.run(*COMMANDS[0], "--quiet")
    figures = duel.results(tmp_path / "build" / "sliced")
    parts = figures["comparisons"][0]["breakdowns"]
    columns = {(one["column"], one["of"]): one["rows"] for one in parts["slices"]}
    shown = re.findall(r"(?m)^\| ([\w/]+) \| (\d+) \| (\d+ / \d+ / \d+) \| ([\d.]+) \|$", PAGE)
    outcomes = [f"{row['wins']} / {row['ties']} / {row['losses']}" for row in columns["category", "prompt"]]
    assert shown == [
        (row["value"], str(row["prompts"]), three, f"{row['win_rate']:.3f}")
        for row, three in zip(columns["category", "prompt"], outcomes, strict=True)
    ]
    assert set(columns) == {
        ("category", "prompt"), ("country", "prompt"), ("route", "model"), ("refusal", "model"), ("refusal", "other")
    }  # fmt: skip
    # Of three prompts German lost one that Hebrew won, and won one that Hebrew lost.
    assert parts["same_verdicts"]["rows"][0]["same"]["share"] == 1 / 3
    refusals = {one["model"]: one["shares"]["rows"] for one in figures["breakdowns"]["refusals"]}
    assert [row["share"] for row in refusals["mine"]] == [1 / 3, 0] and refusals["theirs"][0]["share"] == 0
