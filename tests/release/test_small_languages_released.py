"""Languages of few prompts from build to release: last lines, record, card, and what the next version does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import polypref
from polypref import Answer, Builder, Dataset, Fields, Files, Mixture, Split
from polypref.release.diff import difference, needed_version
from polypref.stages.counts import NotDrawn
from tests.release.helpers import rows_of

WORDS = (
    *("Brot", "Haus", "Berg", "Wald", "Schule", "Fenster", "Garten", "Lampe", "Brücke", "Wolke", "Kaffee", "Zeit"),
    *("Tinte", "Hafen", "Gabel", "Kirsche", "Nebel", "Mühle", "Seife", "Zange"),
)
TINY = 1e-9


@dataclass(frozen=True)
class Asked:
    """Prompts of a language that are in a build."""

    language: str
    words: Sequence[str]


def build(folder: Path, name: str, asked: Sequence[Asked], version: str, split: Split) -> Dataset:
    """Two answers to each prompt, the first of which is the better one."""
    answers = (Answer("a", model="one", score="x"), Answer("b", model="two", score="y"))
    fields = Fields("prompt", answers, language="language", group="group")
    lines = ["prompt,a,b,x,y,language,group"]
    for one in asked:
        lines += [f"{w}?,{w} ist gut so.,Nichts.,2,1,{one.language},{one.language} {w}" for w in one.words]
    (folder / f"{name}.csv").write_text("\n".join([*lines, ""]), "utf-8")
    source = Files(str(folder / f"{name}.csv"), fields, name="rows", revision="1", licence="cc0-1.0")
    mixtures = (Mixture("all"),)
    builder = Builder("small", version, sources=(source,), filters=(), mixtures=mixtures, split=split)
    return polypref.build(builder, folder / name, quiet=True)


def splits(dataset: Dataset) -> dict[str, str]:
    return {row["pair_id"]: split for (_, split), rows in rows_of(dataset.path).items() for row in rows}


@pytest.mark.slow
def test_a_language_of_ten_prompts_has_a_test_pair_and_that_is_said(tmp_path: Path) -> None:
    asked = [Asked("de", WORDS[:12]), Asked("fr", WORDS[12:19])]
    dataset = build(tmp_path, "first", asked, "1.0.0", Split(TINY))
    assert dataset.record.not_drawn == [NotDrawn("de", 12, 1, 11), NotDrawn("fr", 7, 0, 7)]
    quotas = dataset.record.mixtures["all"]
    assert (quotas["de"].given, quotas["de"].test, quotas["fr"].given, quotas["fr"].test) == (11, 1, 7, 0)
    assert list(splits(dataset).values()).count("test") == 1
    line = dataset.summary()[1]
    assert line.startswith(
        "test pairs: one; no leak group of de was drawn for test, so the next was put there: de 1 of 12; "
        "fr (7 leak groups) has none: from 10 leak groups on there is one; "
    )
    card = (dataset.path / "README.md").read_text("utf-8")
    assert "next was put there: de 1 of 12. Their share is not the 1e-07% that are asked for." in card
    assert "The test split of de is one pair: a figure measured on it is of that pair" in card
    assert polypref.load(dataset.path).record == dataset.record


@pytest.mark.slow
def test_a_later_version_of_a_release_without_test_pairs_takes_a_prompt_that_is_new(tmp_path: Path) -> None:
    # As versions before 0.3 were released whose hash drew none.
    first = build(tmp_path, "first", [Asked("de", WORDS[:12])], "1.0.0", Split(0.0))
    assert first.record.not_drawn == [] and first.summary()[1] == "test pairs: none"
    split = Split(TINY, previous=str(first.path))
    second = build(tmp_path, "second", [Asked("de", WORDS[:14])], "1.1.0", split)
    was, now = splits(first), splits(second)
    assert {pair: now[pair] for pair in was} == was
    assert sorted(now[pair] for pair in now.keys() - was.keys()) == ["test", "train"]
    changes = difference(first.path, second.path)
    assert changes.bump == "minor" and needed_version("1.0.0", changes.bump) == "1.1.0"
    # Its test pair stays, and is still no draw of the hash.
    split = Split(TINY, previous=str(second.path))
    third = build(tmp_path, "third", [Asked("de", WORDS[:16])], "1.2.0", split)
    assert third.record.not_drawn == [NotDrawn("de", 16, 1, 2)]
    assert {pair: splits(third)[pair] for pair in now} == now


@pytest.mark.slow
def test_where_a_release_has_all_in_train_the_same_rows_stay_there_and_it_is_said(tmp_path: Path) -> None:
    first = build(tmp_path, "first", [Asked("de", WORDS[:12])], "1.0.0", Split(0.0))
    again = build(tmp_path, "again", [Asked("de", WORDS[:12])], "1.0.0", Split(TINY, previous=str(first.path)))
    assert splits(again) == splits(first) and difference(first.path, again.path).rows == []
    assert again.summary()[1] == (
        "test pairs: none; de (12 leak groups) has none: an earlier version has them all in train, where they stay; "
        "add prompts"
    )
    # Divided anew, a row changes its split, which is no minor step.
    anew = build(tmp_path, "anew", [Asked("de", WORDS[:12])], "1.0.0", Split(TINY))
    assert [(row.cause, row.rows) for row in difference(first.path, anew.path).rows] == [("split", 1)]
    assert difference(first.path, anew.path).bump == "major"
