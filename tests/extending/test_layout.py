"""A layout from outside of the package: named in a config or on the command line, it reads a file of judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polypref.layouts import contract
from tests.evaluation import duel
from tests.extending.outside import GROUPS, Folder, example

#: prompt|shown first|shown second|winner, as the contract's example reads it.
LINES = ["g0|good|weak|good", "g0|weak|good|good", "g1|good|weak|good", "g1|weak|good|weak", "g2|good|weak|draw"]


def verdicts(folder: Folder) -> Path:
    path = folder.path / "arena.txt"
    path.write_text("\n".join(LINES), "utf-8")
    return path


def test_the_layout_that_the_contract_shows_reads_judgements(folder: Folder, capsys: Any) -> None:
    file = folder.module("my_layouts", example(contract))
    layout = {"kind": "my_layouts:Arena"}
    duel.config(folder.path / "eval.yaml", judgements={"path": str(verdicts(folder)), "layout": layout}, resamples=100)
    folder.evaluate()
    assert f"layout my_layouts:Arena runs {file}" in capsys.readouterr().err
    (row,) = duel.results(folder.out)["comparisons"][0]["rows"]
    # g0 is won in both orders; g1's orders differ; g2, of which one order is there, has no verdict.
    assert (row["language"], row["prompts"], row["wins"], row["ties"]) == ("de", 3, 1, 1)
    assert "arena" in folder.report
    sentence = folder.refused(capsys)
    assert "name code, my_layouts:Arena, as layout" in sentence


@pytest.mark.parametrize("how", ["word", "file"])
def test_it_may_be_named_on_the_command_line(folder: Folder, monkeypatch: Any, how: str) -> None:
    folder.module("my_layouts", example(contract))
    path, layout = verdicts(folder), "my_layouts:Arena"
    if how == "file":
        layout = str(duel.config(folder.path / "layout.yaml", kind=layout))
    else:
        monkeypatch.chdir(folder.path)
    duel.run("evaluate", "--judgements", path, "--layout", layout, "--out", folder.out, "--quiet")
    assert duel.results(folder.out)["comparisons"][0]["rows"][0]["wins"] == 1


def test_it_reads_the_verdicts_of_a_stored_judge(folder: Folder) -> None:
    folder.module("my_layouts", example(contract) + "\n    keep = 'last'\n")
    path = verdicts(folder)
    # Of the two judgements in one order the last counts.
    path.write_text("\n".join([*LINES, "g1|weak|good|good", "g2|weak|good|good"]), "utf-8")
    stored = {"kind": "stored", "name": "people", "path": str(path), "layout": "my_layouts:Arena"}
    folder.config(judge=stored, languages="de")
    folder.evaluate()
    (row,) = duel.results(folder.out)["comparisons"][0]["rows"]
    assert (row["prompts"], row["scored"], row["wins"], row["ties"]) == (GROUPS, GROUPS, 2, 1)
    assert "people: stored verdicts" in folder.report


@pytest.mark.parametrize(
    ("games", "words"),
    [
        ("[]", "layout my_own:Own gives no game of "),
        ("None", "layout my_own:Own, my_own.py line 4: read_games() returns None; yield a Game for each judgement"),
        ("5", "my_own.py line 4: read_games() returns 5; yield a Game for each judgement"),
        ("[3]", "layout my_own:Own, game 1 of "),
        ("[Game('p', 'p', 'de', ('a', 'a'), 1.0)]", "a is shown against itself"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.5)]", "the score 1.5 does not lie between 0 and 1"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 'a')]", "the score is 'a'; give 1 for won"),
        ("[Game('p', 'p', 'de', ('a', 'b'), float('nan'))]", "a game without a score needs a reason"),
        ("[Game(1, 'p', 'de', ('a', 'b'), 1.0)]", "prompt, group, language and the two models in shown are texts"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, texts=None)]", "texts are the two answers, of whole characters"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, texts=('x',))]", "texts are the two answers"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, texts=('\\ud800', 'x'))]", "texts are the two answers"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, lengths=('x', 'y'))]", "lengths are two numbers of at least 0"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, turns='Wo?')]", "turns are (role, content) of each turn"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, turns=(('user',),))]", "turns are (role, content) of each turn"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, lengths=(-1, 2))]", "lengths are two numbers of at least 0"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, weight=float('nan'))]", "the weight is nan; give a number"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, label=3)]", "reason and label are texts"),
        (
            "[Game('p', 'p', 'de', ('a', 'b'), float('nan'), reason='a\\nb')]",
            "is no word fit for counting, on one line",
        ),
        ("[Game('p\\ud800', 'p', 'de', ('a', 'b'), 1.0)]", "are on one line, of whole characters"),
        ("[Game('p', 'p', 'Elbonian', ('a', 'b'), 1.0)]", "no language that is known goes by 'Elbonian'"),
        ("__import__('sys').exit(0)", "raises SystemExit: 0, which would end the program"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 10**400)]", "does not lie between 0 and 1"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, weight=10**400)]", "; give a number of at least 0"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, lengths=(10**400, 1))]", "lengths are two numbers of at least 0"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, lengths=(float('inf'), 1))]", "lengths are two numbers of at least"),
        ("[Game('p', 'p', 'de', ('a', 'b'), 1.0, lengths=(True, 1))]", "lengths are two numbers of at least 0"),
        (
            "[Game('p', 'p', 'de', ('a', 'b'), 1.0, reason='sure')]",
            "it has the score 1.0 and the reason 'sure'; a reason says why there is no score",
        ),
        ("path.read_lines()", "layout my_own:Own, my_own.py line 5, raises AttributeError: "),
    ],
)
def test_what_it_does_wrong_is_one_sentence(folder: Folder, capsys: Any, games: str, words: str) -> None:
    head = "from polypref.layouts.contract import Game"
    text = f"{head}\n\nclass Own:\n    def read_games(self, path):\n        return {games}\n"
    folder.module("my_own", text)
    given = {"path": str(verdicts(folder)), "layout": "my_own:Own"}
    duel.config(folder.path / "eval.yaml", judgements=given)
    assert words in folder.reports(capsys)
    assert not (folder.out / "battles.parquet").exists()


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"kind": "my_layouts:Arena", "sep": ","}, "layout my_layouts:Arena has no setting sep; it has none"),
        ({"kind": "my_layouts:Arenas"}, "has no class Arenas; did you mean Arena?"),
        ({"kind": "arena"}, "layout: kind 'arena' is no module:Name"),
        ("my_layouts:Bad", "layout my_layouts:Bad: keep is error, first, last or mean, not 'best'"),
        ("my_layouts:Odd", "layout my_layouts:Odd: its keep is 3, which is not a text"),
        ("my_layouts:Short", ": its read_games is not to be called with (path); write def read_games(self, path)"),
        ("my_layouts:None_", "layout my_layouts:None_ has no method read_games"),
    ],
)
def test_wrong_settings_are_one_sentence(folder: Folder, capsys: Any, layout: Any, words: str) -> None:
    more = "\nclass Bad(Arena):\n    keep = 'best'\n\nclass None_:\n    pass\n"
    more += "\nclass Odd(Arena):\n    keep = 3\n\nclass Short:\n    def read_games(self):\n        return []\n"
    folder.module("my_layouts", example(contract) + more)
    duel.config(folder.path / "eval.yaml", judgements={"path": str(verdicts(folder)), "layout": layout})
    assert words in folder.reports(capsys)
    assert not folder.out.exists()
