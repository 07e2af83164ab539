"""What a release wants of people's marks; tests/builders/test_wild_feedback.py goes all the way."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.inference import Model, Served
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.raters.feedback import FeedbackRater
from polypref.release.marked import lacking_marks, marks_part, turns_of_build
from polypref.release.provenance import MarksPart
from polypref.review.mark_figures import figures_of_marks
from polypref.review.marks import write_marks
from polypref.review.turn_sheets import PersonsMark
from polypref.stages.pair import PairRule
from tests.review.test_mark_figures import frame

RATER = FeedbackRater(Served(Model("tiny", "r1"), None), marks_wanted=4)  # type: ignore[arg-type]
FIELDS = Fields("p", (Answer("a"), Answer("b")), verdict=Verdict("reactions"))
BUILDER = Builder(
    "wild", "0.1.0", sources=(Files("x.jsonl", FIELDS, "x", "1", "mit"),), rater=RATER, pairs=PairRule("given")
)


def record(part: MarksPart | None, *tags: str) -> Any:
    return SimpleNamespace(marks=part, facts=SimpleNamespace(languages=dict.fromkeys(tags)), rows=[])


def part(**marked: int) -> MarksPart:
    figures = {}
    for tag, number in marked.items():
        turns = frame(number, 1, tag)
        figures[tag] = figures_of_marks(turns, {one: ["dissatisfied"] for one in list(turns)[:number]})[tag]
    return MarksPart("tiny", RATER.reader, 4, "people", 1, figures)


def test_so_many_marks_are_wanted_in_the_languages_of_the_dataset_and_some_in_each() -> None:
    assert lacking_marks(record(None, "he")) == ""
    assert "people marked 0 of its turns in the languages of the dataset, of 4" in lacking_marks(record(part(), "he"))
    assert "people marked 3 of its turns" in lacking_marks(record(part(he=3, ja=50), "he", "hi"))
    assert "nobody marked any of its turns in hi;" in lacking_marks(record(part(he=4), "he", "hi"))
    assert lacking_marks(record(part(he=3, hi=1), "he", "hi")) == ""


def test_a_build_knows_its_reader_and_takes_marks_of_no_other(tmp_path: Path) -> None:
    assert marks_part(replace(BUILDER, rater=replace_rater(BUILDER))) == MarksPart("tiny", RATER.reader, 4)
    turns, out = frame(2, 2), tmp_path / "marks.json"
    marks = [PersonsMark(one, "noa", "neither", "x") for one in turns]
    write_marks("wild 0.1.0", RATER.reader, "one speaker", turns, marks, out)
    read = marks_part(replace(BUILDER, marks=str(out)))
    assert read is not None and (read.by, read.people, read.languages["he"].marked) == ("one speaker", 1, 4)
    other = FeedbackRater(Served(Model("tiny", "r2"), None))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"holds marks of turns that tiny@r1 .* read, and this build has tiny@r2"):
        marks_part(replace(BUILDER, marks=str(out), rater=other))


def replace_rater(builder: Builder) -> FeedbackRater:
    assert isinstance(builder.rater, FeedbackRater)
    return builder.rater


def test_marks_need_a_rater_that_reads() -> None:
    with pytest.raises(UserError, match="no rater that reads what people wrote"):
        Builder("x", "0.1.0", sources=BUILDER.sources, marks="marks.json", pairs=PairRule("given"))
    with pytest.raises(UserError, match=r"Builder\(marks=' '\)"):
        replace(BUILDER, marks=" ")
    assert marks_part(Builder("x", "0.1.0", sources=BUILDER.sources, pairs=PairRule("given"))) is None


def test_a_dataset_without_readings_or_without_its_store_has_no_turns(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model read what people wrote"):
        turns_of_build(tmp_path, record(None))
    gone = SimpleNamespace(marks=part(), rows=["read-0123456789abcdef"])
    with pytest.raises(UserError, match="lacks the store of its build"):
        turns_of_build(tmp_path, gone)  # type: ignore[arg-type]
