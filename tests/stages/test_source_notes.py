"""What is said of sources that is no fault: no groups, two answers by the name of one model."""

from typing import Any

import pytest

from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files
from polypref.stages.source_notes import SourceNotes, notes_of

BOTH = (Answer("a", model_column="m1"), Answer("b", model_column="m2"))


def source(**fields: Any) -> Files:
    return Files("unused", Fields("p", **{"answers": BOTH} | fields), "s", "1", "mit", language="de")


def counted(rows: list[dict[str, Any]], of: Files) -> Any:
    notes = SourceNotes(of)
    for row in rows:
        notes.add(row, interpret_row(row, of, None))
    return notes.record()


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"p": f"Frage {number}", "a": "ja", "b": "nein", "m1": "aya", "m2": "gemma", "g": None} | more


@pytest.mark.parametrize("empty", [None, "", float("nan")])
def test_a_column_of_groups_that_is_empty_in_all_rows_of_all_files_is_said_once(empty):
    of = source(group="g")
    parts = [(of, counted([row(n, g=empty) for n in range(3)], of)) for _ in range(2)]
    assert notes_of(parts) == [
        "source 's': column 'g' (group of Fields) is empty in all 6 rows: no prompt is joined with its translations"
    ]
    assert notes_of([*parts, (of, counted([row(1, g=empty), row(2, g=0)], of))]) == []
    assert notes_of([(source(), counted([row(1)], source()))]) == []


def test_two_answers_of_a_row_by_one_name_are_said_with_their_rows():
    of = source()
    rows = [row(n, m1="mine", m2="mine") for n in range(14)] + [row(14)]
    (note,) = notes_of([(of, counted(rows, of)), (of, counted([row(1, m1="aya", m2="aya")], of))])
    assert note == (
        "source 's': two answers of a row go by the name of one model ('mine' in 14, 'aya' in 1 of 16 rows); where "
        "they are by two, give Answer(model=...) or its model_column the name of each"
    )


def test_answers_by_nobody_known_and_lists_of_answers_by_one_model_are_not_said():
    unnamed = source(answers=(Answer("a"), Answer("b")))
    assert notes_of([(unnamed, counted([row(1)], unnamed))]) == []
    several = source(answers=(Answer("text", model="aya"),), each="l")
    rows = [row(1, l=[{"text": "ja"}, {"text": "nein"}])]
    assert notes_of([(several, counted(rows, several))]) == []


@pytest.mark.parametrize(
    ("printed", "noted"), [('["Ein See."]', True), ("['See', 'Fluss']", True), ("[Anm.] Ein See.", False)]
)
def test_answers_that_are_lists_printed_into_a_text_are_noted_where_most_are(printed, noted):
    of = source()
    rows = [row(n, a=printed, b='["Nein."]') for n in range(3)]
    notes = notes_of([(of, counted([*rows, row(4), row(5)], of))])
    assert bool(notes) == noted and all(
        "in 3 of 5 rows every answer is a list printed into a text" in one for one in notes
    )
    assert notes_of([(of, counted([*rows, row(4), row(5), row(6, a=printed)], of))]) == []


def test_thoughts_under_a_key_of_their_own_that_are_left_out_are_said():
    kept, cut = (source(thoughts=one) for one in ("kept", "cut"))
    answer = {"role": "assistant", "content": "ja", "reasoning_content": "Hm."}
    rows = [row(1, a=[answer]), row(2, a=[{**answer, "reasoning_content": " "}]), row(3, a="ja"), row(4, a=[answer])]
    (note,) = notes_of([(kept, counted(rows, kept))])
    assert note.startswith(
        "source 's': in 2 of 4 rows a turn has a thought under a key of its own, 'reasoning_content'"
    )
    assert notes_of([(cut, counted(rows, cut))]) == []
    # A mapping that is no turn has no thought: a column of reasons is one of its own.
    reasons = [row(1, note={"reasoning": "The first is right."})]
    assert notes_of([(kept, counted(reasons, kept))]) == []
