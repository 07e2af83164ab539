"""What differs between the ratings of two versions, and which step of the version that asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polypref.release.diff import Difference, difference
from polypref.release.ratings_diff import RatingsChanged

from .rated import builder, rows, written


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    return written(folder / "out", builder(folder))


def changes(old: Path, folder: Path, of: list[dict[str, Any]] | None = None, **more: Any) -> Difference:
    return difference(old, written(folder / "out", builder(folder, of, **more)))


def test_the_config_is_a_minor_step_and_without_it_a_major_one(old: Path, tmp_path: Path) -> None:
    none = written(tmp_path / "out", builder(tmp_path, ratings=False))
    came, gone = difference(none, old), difference(old, none)
    assert (came.bump, came.sentence()) == ("minor", "config ratings is new")
    assert (gone.bump, gone.sentence()) == ("major", "config ratings is gone")


def test_the_same_ratings_are_no_step(old: Path, tmp_path: Path) -> None:
    same = changes(old, tmp_path)
    assert (same.bump, same.sentence(), bool(same.ratings)) == ("none", "nothing", False)


@pytest.mark.slow
def test_answers_more_are_a_minor_step(old: Path, tmp_path: Path) -> None:
    more = changes(old, tmp_path, [*rows(), *rows(1, language="de")])
    assert more.ratings == RatingsChanged(added=3)
    assert (more.bump, more.sentence().endswith("; ratings of 3 answers added")) == ("minor", True)


def test_an_answer_in_no_pair_that_goes_is_a_major_step(old: Path, tmp_path: Path) -> None:
    fewer = rows()
    for row in fewer:
        row["replies"] = [one for one in row["replies"] if one["m"] != "m1"]
    # The scores of the other two are combined of others then: their rows changed.
    less = changes(old, tmp_path, fewer)
    assert (less.ratings.removed, less.bump) == (6, "major")


def test_another_score_is_a_minor_step(old: Path, tmp_path: Path) -> None:
    other = rows()
    other[0]["replies"][1]["kind"] += 0.25
    there = changes(old, tmp_path, other)
    assert there.ratings.added == there.ratings.removed == 0 and there.ratings.changed > 0
    assert there.bump == "minor" and f"ratings of {there.ratings.changed} answers changed" in there.sentence()


def test_a_column_that_is_gone_is_a_major_step() -> None:
    lost = RatingsChanged(columns_gone=("annotator",))
    assert lost.loses and lost.sentences() == ["column annotator of config ratings is gone"]
    assert Difference(ratings=lost).bump == "major" and not replace(lost, columns_gone=())
