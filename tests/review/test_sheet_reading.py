"""Rows of sheets as spreadsheet programs save them; tests/review/test_filled.py reads whole sheets."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.review.sheet_reading import Mistakes, refuse_namesakes, rows_of_sheet, text_of_sheet


def rows_of(path: Path, needed: tuple[str, ...], whence: str) -> list[tuple[int, Mapping[str, str]]]:
    return list(rows_of_sheet(path, text_of_sheet(path), needed, whence, Mistakes()))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_have_the_numbers_of_a_spreadsheet_program(separator: str, tmp_path: Path) -> None:
    lines = [separator.join(cells) for cells in (("id", "mark"), ("1", "x"), (), ("2", "y"))]
    (tmp_path / "s.csv").write_text("\r\n".join(lines), "utf-8-sig")
    rows = rows_of(tmp_path / "s.csv", ("id", "mark"), "polypref")
    assert rows == [(2, {"id": "1", "mark": "x"}), (3, {}), (4, {"id": "2", "mark": "y"})]


def test_a_column_that_lacks_and_a_quote_that_never_ends_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,verdict\n1,x\n", "utf-8")
    lacks = r"has no column 'mark' \(it has 'id', 'verdict'\); use the sheet that polypref review turns wrote"
    with pytest.raises(UserError, match=lacks):
        rows_of(tmp_path / "s.csv", ("id", "mark"), "polypref review turns")
    (tmp_path / "s.csv").write_text('id,mark\n1,"x\n', "utf-8")
    with pytest.raises(UserError, match="row 2 of the sheet is not valid CSV"):
        rows_of(tmp_path / "s.csv", ("id", "mark"), "x")


def test_of_a_column_that_stands_there_twice_none_is_taken(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,mark,,,mark\n1,x,,,\n", "utf-8")
    with pytest.raises(UserError, match="has the column 'mark' twice; leave one of them in the sheet"):
        rows_of(tmp_path / "s.csv", ("id", "mark"), "x")


def test_many_mistakes_are_listed_up_to_a_number() -> None:
    mistakes = Mistakes()
    for number in range(10):
        mistakes.add(number + 3, "it is wrong", "mend it")
    assert mistakes.sentence() == "it is wrong (rows 3, 4, 5, 6, 7, 8, 9, 10 ... of the sheet); mend it"
    for number in range(20):
        mistakes.add(3, f"wrong {number}", "mend it")
    assert "; and 9 other mistakes; mend it" in mistakes.sentence()


def test_two_sheets_of_one_file_name_are_not_taken_for_one_person() -> None:
    one, other = "a/review-he.csv row 3", "b/review-he.csv row 7"
    with pytest.raises(UserError) as error:
        refuse_namesakes((one, other), True, "reviewer")
    assert str(error.value) == (
        "a/review-he.csv row 3 and b/review-he.csv row 7 are in two files of one name, and neither says in 'reviewer' "
        "who it was; rename one of the files, or write a name into that column"
    )
    refuse_namesakes((one, "a/review-he.csv row 9"), True, "reviewer")
    refuse_namesakes((one, other), False, "reviewer")
