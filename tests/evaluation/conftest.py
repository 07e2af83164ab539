"""Answers of two models that evaluations of these tests compare."""

import shutil

import pytest

from tests.evaluation import duel
from tests.evaluation.duel import GROUPS, MARK, SAID


@pytest.fixture
def two(tmp_path):
    """de: 12 marked answers of the one, 8 of the other, 4 of neither; the other languages all of the one."""
    duel.write_set(tmp_path / "prompts.jsonl")
    plain = {("de", n): f"{SAID['de']} {n}" for n in range(12, GROUPS)}
    duel.write_answers(tmp_path / "one.jsonl", MARK, plain)
    marked = {("de", n): f"{SAID['de']} {n}{MARK}" for n in range(12, 20)}
    # Not the very same words, or no judge is asked.
    ties = {("de", n): f"{SAID['de']} {n}." for n in range(20, GROUPS)}
    duel.write_answers(tmp_path / "two.jsonl", "", marked | ties)
    return tmp_path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The files; tests stand in a copy of their folder."""
    folder = tmp_path_factory.mktemp("errors")
    duel.write_set(folder / "prompts.jsonl", groups=3)
    duel.write_answers(folder / "good.jsonl", duel.MARK, groups=3)
    duel.write_answers(folder / "weak.jsonl", groups=3)
    duel.lines(folder / "games.jsonl", [{"id": n, "w": "A", "l": "de"} for n in range(3)])
    duel.lines(folder / "empty.jsonl", [])
    (folder / "broken.jsonl").write_text('{"id": 1\n', "utf-8")
    (folder / "weightless").mkdir()
    (folder / "tuned").mkdir()
    (folder / "bare.txt").write_text("=== user ===\nWhich?\n", "utf-8")
    (folder / "bad.yaml").write_text("set: [prompts.jsonl\nmodels: {", "utf-8")
    (folder / "list.yaml").write_text("- set\n", "utf-8")
    (folder / "theirs").mkdir()
    (folder / "theirs" / "thesis.txt").write_text("mine", "utf-8")
    return folder


@pytest.fixture
def here(inputs, tmp_path, monkeypatch):
    shutil.copytree(inputs, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"
