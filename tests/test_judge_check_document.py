"""docs/judge_check.md: its judge and its command give what the page says of them."""

import json
import re
import sys
from pathlib import Path

import pytest

from polypref.cli.commands import command_parser
from polypref.evaluation.judge_check import words
from polypref.evaluation.judge_check.known_winners import KINDS
from tests.evaluation import duel
from tests.evaluation.judge_check.samples import good_answers

PAGE = (Path(__file__).parents[1] / "docs" / "judge_check.md").read_text("utf-8")
(JUDGE,) = re.findall(r"(?ms)^```python\n(.*?)^```", PAGE)
COMMANDS = re.findall(r"(?m)^polypref (judge-check .*)$", PAGE)


def beside_judge(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Works in a folder with the page's judge, which no other test has loaded."""
    monkeypatch.chdir(folder)
    monkeypatch.delitem(sys.modules, "longer_wins", raising=False)
    (folder / "longer_wins.py").write_text(JUDGE, "utf-8")


def test_the_judge_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside_judge(tmp_path, monkeypatch)
    rows = [
        {"id": one.group, "language": one.language, "prompt": one.turns[0][1], "answer": one.text}
        for one in good_answers()
        if one.language in ("de", "he", "ja")
    ]
    duel.lines(tmp_path / "answers.jsonl", rows)
    (command,) = (one for one in COMMANDS if "longer_wins" in one and "answers.jsonl" in one)
    words_of_it = [one or two for one, two in re.findall(r"'([^']*)'|(\S+)", command)]
    duel.run(*words_of_it, "--quiet")
    results = json.loads((tmp_path / "build" / "longer" / "judge_check.json").read_text("utf-8"))
    assert {row["language"]: row["length"]["difference"] for row in results["languages"]} == {"de": 1, "he": 1, "ja": 1}
    assert results["below"] == ["de", "he", "ja"]


def test_votes_in_columns_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside_judge(tmp_path, monkeypatch)
    for ending in ("csv", "toml"):
        (block,) = re.findall(rf"(?ms)^```{ending}\n(.*?)^```", PAGE)
        (tmp_path / f"votes.{ending}").write_text(block, "utf-8")
    (command,) = (one for one in COMMANDS if "votes.csv" in one)
    duel.run(
        *(one or two for one, two in re.findall(r"'([^']*)'|(\S+)", command)), "--quiet", "--out", tmp_path / "out"
    )
    results = json.loads((tmp_path / "out" / "judge_check.json").read_text("utf-8"))
    (row,) = results["languages"]
    assert (row["language"], row["people"]["share"], row["people"]["n"]) == ("fa", 1, 2)
    assert "100.0% of 2, in Persian" in PAGE


def test_the_options_and_kinds_of_the_page_are_there() -> None:
    for command in COMMANDS:
        command_parser().parse_args([one or two for one, two in re.findall(r"'([^']*)'|(\S+)", command)])
    kinds = re.findall(r"(?m)^\| (\w[\w ]+) \| (?:itself|the answer|the same)", PAGE)
    assert [kind.replace(" ", "_") for kind in kinds[: len(KINDS)]] == list(KINDS)
    for name in ("winner known", "people", "again", "orders", "translations", "first place", "length"):
        assert f"\n| {name} |" in PAGE and any(one.startswith(f"{name}:") for one in words.MEANINGS)
