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


def test_pairs_without_a_layout_and_with_one(tmp_path: Path) -> None:
    rows = [{"id": n, "prompt": f"Wie {n}?", "chosen": f"So {n}.", "rejected": "Nein."} for n in range(9)]
    path = duel.lines(tmp_path / "de.jsonl", rows)
    plain = read_votes(str(path), language="de")
    named = read_votes(str(path), {"name": "trl_preference"}, "de")
    for read in (plain, named):
        assert [(one.better, one.worse) for one in read.comparisons] == [(f"So {n}.", "Nein.") for n in range(9)]
        assert read.comparisons[0].writers == ("preferred", "not preferred")
    few = read_votes(str(path), language="de", most=4, seed=1)
    assert len(few.comparisons) == 4 and set(few.comparisons) < set(plain.comparisons)
    with pytest.raises(UserError, match="holds no vote"):
        read_votes(str(path), language="de", tags={"fr"})
