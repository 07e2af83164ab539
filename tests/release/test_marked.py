"""What a release wants of people's marks; tests/builders/test_wild_feedback.py goes all the way."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Model, Served
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.raters.combined import Combined
from polypref.raters.feedback import FeedbackRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.release.marked import check_marks, lacking_marks, marks_part, turns_of_build
from polypref.release.provenance import MarksPart
from polypref.review.mark_figures import figures_of_marks
from polypref.review.marks import write_marks
from polypref.review.turn_sheets import PersonsMark
from polypref.stages.asking import rejections
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
    assert marks_part(replace(BUILDER, rater=replace_rater(BUILDER)), []) == MarksPart("tiny", RATER.reader, 4)
    turns, out = frame(2, 2), tmp_path / "marks.json"
    marks = [PersonsMark(one, "noa", "neither", "x") for one in turns]
    write_marks("wild 0.1.0", RATER.reader, "one speaker", turns, marks, out)
    check_marks(replace(BUILDER, marks=str(out)))
    other = FeedbackRater(Served(Model("tiny", "r2"), None))  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"holds marks of turns that tiny@r1 .* read, and this build has tiny@r2"):
        check_marks(replace(BUILDER, marks=str(out), rater=other))


def test_a_reader_that_is_combined_with_a_judge_waits_for_marks_all_the_same() -> None:
    judge = PairwiseJudge(RATER.served, name="judge")
    both = replace(BUILDER, rater=Combined((RATER, judge), how="agree"), marks="none.json")
    assert marks_part(replace(both, marks=None), []) == MarksPart("tiny", RATER.reader, 4)
    with pytest.raises(UserError, match=r"none\.json"):
        check_marks(both)


def test_only_marks_of_turns_of_the_build_count(tmp_path: Path) -> None:
    built = store_of_one_turn(tmp_path)
    stages = [tmp_path / ".polypref" / name for name in built.rows]
    (here,), _ = turns_of_build(tmp_path, built)
    others, by = frame(3, 2, "he") | frame(2, 2, "hi", 50), "noa, o.kowalska@poczta.pl"
    given = [PersonsMark(one, "noa", "dissatisfied", "x") for one in others]
    write_marks("wild 0.1.0", RATER.reader, by, others, given, tmp_path / "others.json")
    with pytest.raises(UserError, match=r"others\.json holds marks of 9 turns, none of which is in this build"):
        marks_part(replace(BUILDER, marks=str(tmp_path / "others.json")), stages)
    mine = [*given, PersonsMark(here.turn_id, "noa", "dissatisfied", "x")]
    write_marks("wild 0.1.0", RATER.reader, by, others | {here.turn_id: here}, mine, tmp_path / "all.json")
    part = marks_part(replace(BUILDER, marks=str(tmp_path / "all.json")), stages)
    assert part is not None and (part.elsewhere, list(part.languages), part.by) == (9, ["he"], "noa, [email]")
    row = part.languages["he"]
    assert (row.turns, row.dissatisfied, row.marked, row.both) == (1, 1, 1, 1)
    assert (
        "marked 1 of its turns in the languages of the dataset, of 4 that are wanted (9 more marked turns are not "
        in (lacking_marks(record(part, "he")))
    )


def replace_rater(builder: Builder) -> FeedbackRater:
    assert isinstance(builder.rater, FeedbackRater)
    return builder.rater


def test_marks_need_a_rater_that_reads() -> None:
    with pytest.raises(UserError, match="no rater that reads what people wrote"):
        Builder("x", "0.1.0", sources=BUILDER.sources, marks="marks.json", pairs=PairRule("given"))
    with pytest.raises(UserError, match=r"Builder\(marks=' '\)"):
        replace(BUILDER, marks=" ")
    assert marks_part(Builder("x", "0.1.0", sources=BUILDER.sources, pairs=PairRule("given")), []) is None


def test_a_dataset_without_readings_or_without_its_store_has_no_turns(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model read what people wrote"):
        turns_of_build(tmp_path, record(None))
    gone = SimpleNamespace(marks=part(), rows=["read-0123456789abcdef"])
    with pytest.raises(UserError, match="lacks the store of its build"):
        turns_of_build(tmp_path, gone)  # type: ignore[arg-type]


def store_of_one_turn(tmp_path: Path) -> Any:
    """A store in which several answers follow one message, and what a provenance says of it."""
    prompt, answer, later, last = ("1" * 32, "2" * 32, "3" * 32, "4" * 32)
    store = tmp_path / ".polypref"
    asked = {"prompt_id": prompt, "group_id": "g", "language": "he", "response_language": "he", "origin": "native"}
    written = {"prompt_id": prompt, "completion_a": answer, "preferred": "b"}
    both_times = [
        written | {"completion_b": one, "rater": "reactions", "vote": f"{one} {place}", "rationale": text}
        for one in (later, last)
        for place, text in enumerate(("לא נכון.", "תודה."))
    ]
    refused = [("he", prompt, "later_answer_does_not_address_it", f"{answer} before {last}: dissatisfied")]
    tables = {
        "read-0": {
            "prompts": pa.Table.from_pylist(
                [asked | {"prompt": [{"role": "user", "content": "?"}], "sources": []}], schema.PROMPTS
            ),
            "completions": pa.Table.from_pylist(
                [
                    {"completion_id": one, "prompt_id": prompt, "text": one[0], "route": "given"}
                    | dict.fromkeys(("model", "model_revision", "model_licence"), "m")
                    for one in (answer, later, last)
                ],
                schema.COMPLETIONS,
            ),
            "verdicts": pa.Table.from_pylist(both_times, schema.VERDICTS),
        },
        "rate-0": {
            "verdicts": pa.Table.from_pylist([written | {"completion_b": later, "rater": "tiny"}], schema.VERDICTS),
            "rejected": rejections(refused),
        },
    }
    for stage, some in tables.items():
        (store / stage).mkdir(parents=True)
        (store / stage / "done.json").write_text('{"done": true}', "utf-8")
        for name, table in some.items():
            pq.write_table(table, store / stage / f"{name}-00000.parquet")
    return SimpleNamespace(marks=part(), rows=["read-0", "rate-0"])


def test_one_message_with_several_answers_to_it_is_one_turn(tmp_path: Path) -> None:
    """In a tree several answers may follow a message: people are shown it once."""
    (turn,), _ = turns_of_build(tmp_path, store_of_one_turn(tmp_path))
    assert (turn.message, turn.answer, turn.mark, turn.language) == ("לא נכון.", "2", "dissatisfied", "he")
