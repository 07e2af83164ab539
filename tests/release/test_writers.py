"""Whose answers may stand beside the pairs: those that leave the licence of the whole as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from polypref.release.provenance import ModelPart, TranslatorPart
from polypref.release.writers import Writers

from .rated import builder

OPEN = ("open", "1", "apache-2.0")


def writers(tmp_path: Path, source: str = "apache-2.0", **licences: str) -> Writers:
    declared = replace(builder(tmp_path), licences=licences)
    return Writers(declared, {OPEN}, {"nllb"} if "nllb" in licences else set(), {("rows", "1", source)})


@pytest.mark.parametrize(
    ("licence", "may"),
    [("apache-2.0", True), ("cc-by-nc-4.0", False), ("unknown", False), ("made up", False), ("", False)],
)
def test_a_further_model_changes_no_licence(tmp_path: Path, licence: str, may: bool) -> None:
    assert writers(tmp_path).may_be_published(("other", "2", licence), None) is may


def test_a_model_of_the_pairs_may_always_be(tmp_path: Path) -> None:
    closed = ("closed", "1", "unknown")
    declared = builder(tmp_path)
    assert Writers(declared, {closed}, set(), {("rows", "1", "mit")}).may_be_published(closed, None)
    # What nobody may publish anyway is built as it is: another unknown licence is nothing new.
    assert Writers(declared, {closed}, set(), {("rows", "1", "mit")}).may_be_published(("two", "1", "unknown"), None)
    assert not Writers(declared, {closed}, set(), {("rows", "1", "mit")}).may_be_published(("two", "1", "gpl"), None)


def test_a_licence_that_the_builder_names_counts(tmp_path: Path) -> None:
    model = ("other", "2", "unknown")
    assert writers(tmp_path, other="apache-2.0").may_be_published(model, None)
    assert writers(tmp_path, other="apache-2.0").other_models({model, OPEN}) == [ModelPart("other", "2", "apache-2.0")]


def test_who_translated_an_answer_counts_too(tmp_path: Path) -> None:
    assert not writers(tmp_path).may_be_published(OPEN, "nllb")
    assert writers(tmp_path, nllb="cc-by-nc-4.0").may_be_published(OPEN, "nllb")
    other = writers(tmp_path, deepl="apache-2.0")
    assert other.may_be_published(OPEN, "deepl")
    assert other.other_translators({"deepl": 3}) == [TranslatorPart("deepl", "apache-2.0", 3)]
