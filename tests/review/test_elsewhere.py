"""Judged pairs that a dataset does not have are counted by language."""

from collections.abc import Callable
from pathlib import Path

import pytest

from polypref.review import elsewhere
from polypref.review.decisions import FORMAT, Decided, Decisions


@pytest.fixture
def sentence(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The sentence on pairs judged in Hebrew (a, b) and Persian (c), of a dataset that has some ids."""
    seen: list[list[Path]] = []

    def of(*there: str) -> str:
        monkeypatch.setattr(elsewhere, "_ids_in", lambda paths: seen.append(paths) or set(there))
        languages = {"a": "he", "b": "he", "c": "fa"}
        decided = {one: Decided("agreed", tag, "", None) for one, tag in languages.items()}
        files = ["data/he/train-0.parquet", "data/de/train-0.parquet"]
        line = elsewhere.pairs_elsewhere(Decisions(FORMAT, decided, {}), Path("mine"), files)
        assert seen.pop() == [Path("mine/data/he/train-0.parquet")]
        return line

    return of


def test_nothing_is_said_where_all_are_there(sentence: Callable[..., str]) -> None:
    assert sentence("a", "b", "c", "d") == ""


def test_those_that_are_not_are_counted(sentence: Callable[..., str]) -> None:
    assert sentence("a") == "2 of the 3 pairs judged are not in mine (fa 1, he 1): removed since, or of another version"


def test_a_review_of_another_dataset_is_called_one(sentence: Callable[..., str]) -> None:
    assert sentence("x") == "none of the 3 pairs judged is in mine (fa 1, he 2): is the review of another dataset?"
