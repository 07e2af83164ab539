"""What people preferred, as comparisons: votes joined, ties kept, what cannot be put to a judge counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.evaluation.judge_check.votes import read_votes
from tests.evaluation import duel


def vote(
    prompt: str, a: str, b: str, first: int, second: int, models: tuple[str, str] = ("m", "n")
) -> dict[str, object]:
    return {
        "model_a": models[0], "model_b": models[1], "prompt": f'["{prompt}"]', "response_a": f'["{a}"]',
        "response_b": f'["{b}"]', "winner_model_a": first, "winner_model_b": second,
        "winner_tie": int(not first and not second),
    }  # fmt: skip


def test_votes_of_an_arena(tmp_path: Path) -> None:
    rows = [
        vote("Wie?", "So.", "Nein.", 1, 0),
        vote("Wo?", "Hier.", "Dort.", 0, 1),
        vote("Wann?", "Jetzt.", "Nie.", 0, 0),
        vote("Wer?", "Ich.", "Ich.", 1, 0),
    ]
    read = read_votes(str(duel.lines(tmp_path / "v.jsonl", rows)), {"name": "arena_55k"}, "de")
    assert [(one.better, one.worse, one.tie, one.writers) for one in read.comparisons] == [
        ("So.", "Nein.", False, ("m", "n")),
        ("Dort.", "Hier.", False, ("n", "m")),
        ("Jetzt.", "Nie.", True, ("m", "n")),
    ]
    assert {one.language for one in read.comparisons} == {"de"} and read.comparisons[0].turns == (("user", "Wie?"),)
    assert read.left_out == {"de": {"same_text": 1}}


def test_a_language_that_nothing_says(tmp_path: Path) -> None:
    path = duel.lines(
        tmp_path / "v.jsonl",
        [vote("Wie?", "So.", "Nein.", 1, 0), vote("Wo?", "Da.", "Ja.", 0, 1), vote("?", "x", "y", 0, 0)],
    )
    with pytest.raises(UserError, match="holds no vote that a judge can be asked about"):
        read_votes(str(path), {"name": "arena_55k"})


def test_columns_that_nobody_declares_are_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("frage,a,b,besser\nWie?,So.,Nein.,a\n", "utf-8")
    with pytest.raises(
        UserError, match=r"v\.csv, row 1: no column chosen; .* frage, a, b, besser.*--votes-layout LAYOUT"
    ):
        read_votes(str(tmp_path / "v.csv"), language="de")


def test_pairs_without_a_layout_and_with_one(tmp_path: Path) -> None:
    rows = [{"id": n, "prompt": f"Wie {n}?", "chosen": f"So {n}.", "rejected": "Nein."} for n in range(9)]
    path = duel.lines(tmp_path / "de.jsonl", rows)
    plain = read_votes(str(path), language="de")
    named = read_votes(str(path), {"name": "trl_preference"}, "de")
    for read, writers in ((plain, ("preferred", "not preferred")), (named, ("chosen", "rejected"))):
        assert [(one.better, one.worse) for one in read.comparisons] == [(f"So {n}.", "Nein.") for n in range(9)]
        assert read.comparisons[0].writers == writers
    few = read_votes(str(path), language="de", most=4, seed=1)
    assert len(few.comparisons) == 4 and set(few.comparisons) < set(plain.comparisons)
    with pytest.raises(UserError, match="holds no vote"):
        read_votes(str(path), language="de", tags={"fr"})


def test_answers_of_one_writer_are_votes_too(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Lintu?", "completion": text, "label": good} for text, good in (("Peippo.", True), ("Hauki.", False))
    ]
    read = read_votes(str(duel.lines(tmp_path / "fi.jsonl", rows)), {"name": "trl_unpaired"}, "fi")
    assert [(one.better, one.worse) for one in read.comparisons] == [("Peippo.", "Hauki.")]


GAMES = """
from polypref.layouts.contract import Game

TURNS = (("user", "Wie?"),)


class Votes:
    def read_games(self, path):
        for score in (1.0, 1.0, 0.0):
            yield Game("p", "g", "de", ("m", "n"), score, texts=("So.", "Nein."), turns=TURNS)
        yield Game("p", "g", "de", ("n", "m"), 1.0, texts=("Nein.", "So."), turns=TURNS)
        yield Game("p", "g", "fr", ("m", "n"), 0.0, texts=("Oui.", "Non."), turns=TURNS)
        yield Game("q", "g2", "de", ("m", "n"), 1.0, texts=("So.", "Nein."))
        yield Game("r", "g3", "de", ("m", "n"), 1.0, turns=TURNS)
        yield Game("s", "g4", "de", ("m", "n"), float("nan"), reason="nobody_voted")
"""


def test_several_votes_are_one_by_their_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_votes.py").write_text(GAMES, "utf-8")
    (tmp_path / "file.txt").write_text("x", "utf-8")
    read = read_votes(str(tmp_path / "file.txt"), {"kind": "own_votes:Votes"})
    # Of four votes on it two are for each: a tie.
    assert [(one.language, one.better, one.tie) for one in read.comparisons] == [
        ("de", "So.", True),
        ("fr", "Non.", False),
    ]
    assert len({one.key for one in read.comparisons}) == 1, "translations of a comparison go by one name"
    assert read.left_out == {"de": {"prompt_not_stored": 1, "answer_not_stored": 1, "nobody_voted": 1}}


def test_rows_that_cannot_be_read_stop_or_are_counted(tmp_path: Path) -> None:
    rows = [vote("Wie?", "So.", "Nein.", 1, 0), vote("Wo?", "Da.", "Ja.", 0, 1), vote("Wer?", "Du.", "Er.", 0, 0)]
    path = duel.lines(tmp_path / "v.jsonl", [*rows, rows[0] | {"response_a": True}])
    with pytest.raises(UserError, match=r"1 of 4 rows cannot be read .*--bad-rows left_out"):
        read_votes(str(path), {"name": "arena_55k"}, "de")
    read = read_votes(str(path), {"name": "arena_55k"}, "de", bad_rows="left_out")
    assert len(read.comparisons) == 3 and sum(read.left_out["de"].values()) == 1
    with pytest.raises(UserError, match=r"bad rows \(--bad-rows\) are counted by a layout"):
        read_votes(str(path), {"kind": "own:Votes"}, "de", bad_rows="left_out")


def test_pairs_of_one_text_are_no_votes(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "prompt": "Wie?", "chosen": "So.", "rejected": "Nein."},
        {"id": 2, "prompt": "Wo?", "chosen": "Da.", "rejected": "Da. "},
    ]
    read = read_votes(str(duel.lines(tmp_path / "de.jsonl", rows)), language="de")
    assert [one.better for one in read.comparisons] == ["So."] and read.left_out["de"]["same_text"] == 1


def test_what_says_nothing_of_a_folder_or_of_pairs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "votes").mkdir()
    rows = [{"id": 1, "prompt": "Wie?", "chosen": "So.", "rejected": "Nein."}]
    path = duel.lines(tmp_path / "votes" / "de.jsonl", rows)
    for layout in ({"fields": {"prompt": "a"}}, {"name": "trl_preference", "fields": {"prompt": "a"}}):
        with pytest.raises(UserError, match="is no file: votes of a folder or of the Hub are read by the name"):
            read_votes(str(tmp_path / "votes"), layout)
    assert len(read_votes(str(tmp_path / "votes")).comparisons) == 1
    with pytest.raises(UserError, match=r"bad rows \(--bad-rows\) are counted by a layout"):
        read_votes(str(path), language="de", bad_rows="left_out")
