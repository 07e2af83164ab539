"""Sheets of turns: which turns they hold, that they tell nothing of the model's marks, and how they come back."""

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.review.guide import guide_row
from polypref.review.mark_figures import marks_of_people
from polypref.review.turn_sheets import (
    COLUMNS,
    WORDS,
    Mark,
    SheetPlan,
    Turn,
    draw_turns,
    export_turns,
    read_turn_sheets,
)

READER = "tiny@r1 reaction-1"


def turn(number: int, mark: Mark, language: str = "he") -> Turn:
    asked = [
        {"role": "user", "content": "=מה?"},
        {"role": "assistant", "content": "לא."},
        {"role": "user", "content": "?"},
    ]
    return Turn(f"{number:032x}", language, asked, f"answer {number}, so far", f"message {number}, so far", mark)


def turns_of(complaints: int, others: int, language: str = "he", begin: int = 0) -> list[Turn]:
    marks: list[Mark] = ["dissatisfied"] * complaints + ["satisfied"] * others
    return [turn(begin + at, mark, language) for at, mark in enumerate(marks)]


def drawn(turns: list[Turn], plan: SheetPlan) -> dict[str, Counter[str]]:
    return {tag: Counter(one.mark for one in some) for tag, some in draw_turns(turns, plan).items()}


def test_languages_and_marks_are_balanced_with_a_part_at_random() -> None:
    turns = turns_of(100, 900) + turns_of(100, 900, "hi", 5_000)
    marks = drawn(turns, SheetPlan(100))
    assert {tag: some.total() for tag, some in marks.items()} == {"he": 50, "hi": 50}
    # A fifth, 10 of each language, at random, of which about one is a complaint; of the other 40 half are.
    assert all(20 <= some["dissatisfied"] <= 25 for some in marks.values())
    assert drawn(turns, SheetPlan(100, random_share=1))["he"]["dissatisfied"] < 15
    assert drawn(turns, SheetPlan(100, random_share=0))["he"] == {"dissatisfied": 25, "satisfied": 25}


def test_what_one_kind_or_language_lacks_goes_to_the_others() -> None:
    assert drawn(turns_of(2, 50), SheetPlan(20, 0))["he"] == {"dissatisfied": 2, "satisfied": 18}
    assert drawn(turns_of(50, 2), SheetPlan(20, 0))["he"] == {"dissatisfied": 18, "satisfied": 2}
    few = drawn(turns_of(2, 2) + turns_of(20, 20, "hi", 500), SheetPlan(20))
    assert (few["he"].total(), few["hi"].total()) == (4, 16)
    with pytest.raises(UserError, match="1 turns are too few for 2 languages"):
        draw_turns(turns_of(2, 2) + turns_of(2, 2, "hi", 500), SheetPlan(1))


def test_the_seed_draws_and_orders() -> None:
    turns = turns_of(40, 40)
    one, same, other = ([t.turn_id for t in draw_turns(turns, SheetPlan(20, seed=s))["he"]] for s in (1, 1, 2))
    assert one == same != other
    shown = [t.mark for t in draw_turns(turns, SheetPlan(40, seed=1))["he"]]
    assert shown != sorted(shown) and shown != sorted(shown, reverse=True)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    (path,) = export_turns(turns_of(3, 3), SheetPlan(6), READER, tmp_path)
    return path


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def filled(path: Path, change: dict[int, dict[str, str]]) -> Path:
    """The sheet with cells written into rows, by the number that a spreadsheet program gives them."""
    table = rows(path)
    for number, cells in change.items():
        for name, text in cells.items():
            table[number - 1][COLUMNS.index(name)] = text
    text = io.StringIO()
    csv.writer(text).writerows(table)
    path.with_name("filled.csv").write_text(text.getvalue(), "utf-8")
    return path.with_name("filled.csv")


def by_id() -> dict[str, Turn]:
    return {one.turn_id: one for one in turns_of(3, 3)}


def test_a_sheet_shows_the_conversation_and_not_what_the_model_said(sheet: Path) -> None:
    head, guide, *body = rows(sheet)
    assert head == list(COLUMNS) and guide == list(guide_row(WORDS, "he").values()) and len(body) == 6
    for row in body:
        assert re.fullmatch("[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", row[0]) and row[5:] == ["", "", ""]
        assert not any(mark in " ".join(row) for mark in ("satisfied", "neither", "tiny"))
    number = int(body[0][0][:32], 16)
    assert body[0][3:5] == [f"answer {number}, so far", f"message {number}, so far"]
    assert body[0][2].startswith("\u200f[user] =מה?\n\n\u200f[assistant] לא.")


def test_what_people_wrote_comes_back(sheet: Path) -> None:
    path = filled(
        sheet,
        {3: {"mark": "\u200fDissatisfied", "marker": "Noa "}, 4: {"mark": "not_my language"}, 5: {"comment": "?"}},
    )
    marks = read_turn_sheets([path], by_id(), READER)
    assert [(one.marker, one.mark) for one in marks] == [("noa", "dissatisfied"), ("filled", None)]
    assert marks[0].turn_id == rows(sheet)[2][0][:32] and marks[0].place.endswith("filled.csv row 3")


def test_all_mistakes_are_said_at_once(sheet: Path) -> None:
    other = "f" * 32 + rows(sheet)[5][0][32:]
    path = filled(
        sheet,
        {
            2: {"mark": "neither"},
            3: {"mark": "angry"},
            4: {"mark": "neither", "answer": "another"},
            5: {"mark": "neither", "id": "17"},
            6: {"mark": "neither", "id": other},
        },
    )
    with pytest.raises(UserError) as error:
        read_turn_sheets([path, path], by_id(), READER)
    for words in (
        "a mark stands in the row that says what to write (row 2",
        "'angry' is no mark (row 3",
        "is not the one that was exported (row 4",
        "'17' is not an id of a sheet of turns (row 5",
        "its turn is none that this dataset's model read (row 6",
    ):
        assert str(error.value).count(words) == 2


def test_a_sheet_of_turns_that_another_model_read_is_refused(sheet: Path) -> None:
    path = filled(sheet, {3: {"mark": "neither"}})
    with pytest.raises(UserError, match="another model read it"):
        read_turn_sheets([path], by_id(), "tiny@r2 reaction-1")


def test_a_sheet_that_is_filled_in_is_not_written_over(sheet: Path) -> None:
    export_turns(turns_of(3, 3), SheetPlan(6), READER, sheet.parent)  # the very same
    sheet.write_bytes(filled(sheet, {3: {"mark": "neither"}}).read_bytes())
    with pytest.raises(UserError, match="turns-he"):
        export_turns(turns_of(3, 3), SheetPlan(6), READER, sheet.parent)
    with pytest.raises(UserError, match="no turn to mark"):
        export_turns([], SheetPlan(6), READER, sheet.parent)


def test_two_people_whose_sheets_have_one_file_name_are_asked_for_names(sheet: Path) -> None:
    paths = []
    for folder in ("noa", "dan"):
        (sheet.parent / folder).mkdir()
        paths.append(filled(sheet, {3: {"mark": "neither"}}).rename(sheet.parent / folder / "turns-he.csv"))
    with pytest.raises(UserError, match="two files of one name, and neither says in 'marker' who it was"):
        marks_of_people(read_turn_sheets(paths, by_id(), READER))
    assert len(marks_of_people(read_turn_sheets([paths[0], paths[0]], by_id(), READER))) == 1
