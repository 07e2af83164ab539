"""Filled sheets: answers back, and all that is wrong with a sheet at once, by the rows that a spreadsheet shows."""

import csv
import io
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.review.answers import Answer
from polypref.review.columns import ANSWER_WORDS, COLUMNS, PAIR_WORDS
from polypref.review.filled import comments_alone, name_answers, read_sheet, read_sheets
from polypref.review.guide import guide_row
from polypref.review.row_ids import row_id_of, swapped
from tests.review.conftest import FILES, ONE, TWO, X, Y

THREE = f"{3:032x}"
GUIDE = guide_row(PAIR_WORDS, "he")


def written(path: Path, *rows: dict[str, str]) -> Path:
    """A sheet as it is exported, filled in."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerow(GUIDE)
        writer.writerows(rows)
    return path


def shown(pair_id: str, **more: str) -> dict[str, str]:
    asked = {ONE: "Why is it so?", TWO: "Where does it go?", THREE: "Who has been there?"}[pair_id]
    cells = {"language": "he", "prompt": asked, "answer A": "eins", "answer B": "zwei"}
    return {"id": str(row_id_of(pair_id, 0, X, Y, cells.values()))} | cells | more


def test_what_a_reviewer_typed_is_no_cell_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = [("'tis fine", "'tis fine"), ("'=1+1", "=1+1"), ("plain", "plain")]
    lines = "".join(f"{n:032x}-0,de,A,{typed}\r\n" for n, (typed, _) in enumerate(rows))
    path.write_text(f"id,language,verdict,comment\r\n{lines}", "utf-8")
    assert [one.comment for one in read_sheet(path)] == [read for _, read in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([ONE, TWO, THREE]), st.integers(0, 10_000), st.sampled_from(["A", "B"]))
def test_the_sheet_side_leads_back_to_the_pair_side(tmp_path: Path, pair: str, seed: int, verdict: str) -> None:
    lines = [f"{pair}-{seed}-{X}-{Y},he,{verdict}", f"{pair}-{seed},he,{verdict}"]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("id,language,verdict\r\n" + "\r\n".join(lines), "utf-8")
    named, unnamed = read_sheet(sheet)
    turned = swapped(pair, seed)
    assert named.meaning == unnamed.meaning == ("chosen" if (verdict == "A") != turned else "rejected")
    assert (named.chosen, named.rejected) == ((Y, X) if turned else (X, Y))
    # Whatever was chosen, who writes A prefers the answer that the sheet names first.
    assert (named.chosen if named.meaning == "chosen" else named.rejected) == (X if verdict == "A" else Y)
    assert (unnamed.chosen, unnamed.rejected) == ("", "")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_sheets_come_back_from_any_spreadsheet_program(tmp_path: Path, delimiter: str) -> None:
    head = delimiter.join(("id", "language", "prompt", "verdict", "comment", "reviewer"))
    lines = [
        head,
        delimiter.join((f"{ONE}-0", "fa", '"چرا؟\nخط دوم"', " Both  Bad ", "بد", "")),
        delimiter.join((f"{TWO}-0", "fa", "x", "", "", "")),
        delimiter.join((f"{THREE}-0", "fa", "x", "not_my_language", "", "Zahra")),
    ]
    sheet = tmp_path / "maryam.csv"
    sheet.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert read_sheet(sheet) == [
        Answer(ONE, "fa", "maryam", "both_bad", "بد"),
        Answer(THREE, "fa", "zahra", "not_my_language", ""),
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_sheet_that_excel_saved_as_unicode_text_is_read(tmp_path: Path, encoding: str) -> None:
    rows = [shown(ONE, verdict="A", comment="یک\nدو"), shown(TWO, verdict="both bad", edited="بهتر")]
    sheet = written(tmp_path / "maryam.csv", *rows)
    expected = read_sheet(sheet)
    text = io.StringIO(newline="")
    cells = csv.reader(io.StringIO(sheet.read_text("utf-8-sig"), newline=""))
    csv.writer(text, "excel-tab").writerows(cells)
    sheet.write_bytes(("\ufeff" + text.getvalue()).encode(encoding))
    assert read_sheet(sheet) == expected and len(expected) == 2
    sheet.write_bytes(text.getvalue().encode(encoding))
    with pytest.raises(UserError, match=r"maryam\.csv is UTF-16 without a byte order mark; save it as UTF-8"):
        read_sheet(sheet)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{ONE}-0,he,maybe", r"'maybe' is not a verdict \(row 2 of the sheet\)"),
        ("abc-0,he,A", "not an id of a review sheet"),
        (f"{ONE},he,A", "not an id of a review sheet"),
        (f"{ONE}-0-{X},he,A", "not an id of a review sheet"),
        (f"{ONE}-0-{X}-{Y[1:]},he,A", "not an id of a review sheet"),
        (f"{ONE}-0-{X}-{X},he,A", "its id names one answer twice"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"id,language,verdict\n{line}\n", "utf-8")
    with pytest.raises(UserError, match=message) as error:
        read_sheet(sheet)
    assert re.search("row 2 of", str(error.value))


def test_a_sheet_that_cannot_be_read_is_told_by_its_reason(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none.csv", f"there is no file {tmp_path}/none.csv"), (tmp_path, "is a folder")):
        with pytest.raises(UserError, match=f"{problem}; give the sheet that reviewers filled in, saved as CSV"):
            read_sheet(path)


def test_a_long_id_or_verdict_is_shown_in_short(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"id,language,verdict\n{'x' * 51},he,a\n", "utf-8")
    with pytest.raises(UserError, match=rf"'{'x' * 50}' is not an id of a review sheet \(row 2 of the"):
        read_sheet(sheet)
    sheet.write_text(f"id,language,verdict\n{ONE}-0,he,{'y' * 41}\n", "utf-8")
    with pytest.raises(UserError, match=rf"sheet\.csv: '{'y' * 40}' is not a verdict \(row 2 of the sheet\)"):
        read_sheet(sheet)


def test_all_verdicts_that_are_none_are_named_with_their_rows_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    words = ["Same", "A", "A  یا B", "", "Same ", *["neither"] * 9]
    lines = [f'{ONE}-0,he,"שורה\nשורה",{word}' for word in words]
    sheet.write_text("\n".join(["id,language,prompt,verdict", *lines]), "utf-8")
    with pytest.raises(UserError) as error:
        read_sheet(sheet)
    assert str(error.value) == (
        f"{sheet}: 'Same' is not a verdict (rows 2, 6 of the sheet); 'A یا B' is not a verdict (row 4 of the sheet); "
        "'neither' is not a verdict (rows 7, 8, 9, 10, 11, 12, 13, 14 ... of the sheet); write one of A, B, tie, "
        "both bad, not my language, or leave the cell empty where none of them holds"
    )


def test_every_kind_of_mistake_is_named_with_its_rows_in_one_sentence(tmp_path: Path) -> None:
    sheet = tmp_path / "noa.csv"
    moved = shown(TWO) | {"prompt": shown(THREE)["prompt"], "verdict": "A"}
    rows = [shown(ONE, verdict="A"), moved, shown(THREE, verdict="best"), {"id": "x", "language": "he", "verdict": "B"}]
    rows += [shown(ONE, edited="besser"), shown(TWO, verdict="not my language", edited="besser")]
    written(sheet, *rows)
    with pytest.raises(UserError) as error:
        read_sheet(sheet)
    assert str(error.value) == (
        f"{sheet}: language, prompt or answers are not those that were exported beside the id (row 4 of the sheet); "
        "'best' is not a verdict (row 5 of the sheet); 'x' is not an id of a review sheet (row 6 of the sheet); an "
        "edited answer stands beside no verdict (row 7 of the sheet); an edited answer stands beside not my language "
        "(row 8 of the sheet); leave the first columns as they were, or begin with the sheet as it was exported; write "
        "one of A, B, tie, both bad, not my language, or leave the cell empty where none of them holds; write A, B, "
        "tie or both bad beside an edited answer"
    )


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("\u200fA", "chosen"),
        ("B\u202c", "rejected"),
        ("\uff21", "chosen"),
        ("\uff42", "rejected"),
        ("TIE\u00a0", "tie"),
    ],
)
def test_a_verdict_is_read_whatever_keyboard_it_was_typed_on(tmp_path: Path, typed: str, meaning: str) -> None:
    (one,) = read_sheet(written(tmp_path / "noa.csv", shown(ONE, verdict=typed)))
    assert not swapped(ONE, 0) and one.meaning == meaning


def test_a_letter_that_looks_like_a_is_named(tmp_path: Path) -> None:
    sheet = written(tmp_path / "noa.csv", shown(ONE, verdict="\u0410"), shown(TWO, verdict="\u0392"))
    with pytest.raises(UserError) as error:
        read_sheet(sheet)
    assert "'\u0410' (Cyrillic Capital Letter A) is not a verdict (row 3 of the sheet)" in str(error.value)
    assert "'\u0392' (Greek Capital Letter Beta) is not a verdict (row 4 of the sheet)" in str(error.value)


def test_a_reviewer_is_one_however_the_name_is_spelt(tmp_path: Path) -> None:
    names = ["Zoe\u0301", "zo\u00e9 ", "\u200fZO\u00c9", "\uff3ao\u00e9"]
    sheet = written(tmp_path / "s.csv", *(shown(ONE, verdict="A", reviewer=name) for name in names))
    assert {one.reviewer for one in read_sheet(sheet)} == {"zo\u00e9"}
    assert [one.reviewer for one in read_sheet(written(tmp_path / "Zoe\u0301.csv", shown(ONE, verdict="A")))] == [
        "zo\u00e9"
    ]


def test_comments_beside_no_verdict_are_counted_with_their_rows(tmp_path: Path) -> None:
    rows = [shown(ONE, comment="warum?"), shown(TWO, verdict="A", comment="kurz"), shown(THREE, comment=" ")]
    sheet, other = written(tmp_path / "noa.csv", *rows), written(tmp_path / "dan.csv", rows[1])
    one = f"comments that stand beside no verdict and are taken up nowhere: 1 ({sheet} row 3)"
    assert comments_alone([sheet, other]) == one and comments_alone([other]) == ""


def test_a_column_that_was_deleted_beside_the_ids_is_named(tmp_path: Path) -> None:
    sheet = written(tmp_path / "noa.csv", shown(ONE, verdict="A"))
    rows = [row[:2] + row[3:] for row in csv.reader(io.StringIO(sheet.read_text("utf-8-sig")))]
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(UserError, match=r"nothing stands in the column 'prompt', or it is gone \(row 3 of the sheet\)"):
        read_sheet(sheet)


def test_an_edit_whose_comma_begins_another_cell_is_not_cut(tmp_path: Path) -> None:
    sheet = written(tmp_path / "noa.csv", shown(ONE, verdict="A", edited="eins", comment="kurz"))
    sheet.write_text(sheet.read_text("utf-8-sig").replace(",eins,", ",eins, genau,"), "utf-8")
    with pytest.raises(UserError, match=r"more cells than columns \(row 3 of the sheet\); what is typed with a comma"):
        read_sheet(sheet)


def test_the_mistakes_of_all_sheets_are_said_at_once(tmp_path: Path) -> None:
    noa, sara = (written(tmp_path / f"{name}.csv", shown(ONE, verdict=name)) for name in ("noa", "sara"))
    with pytest.raises(UserError, match=r"noa\.csv: 'noa' is not .*; .*sara\.csv: 'sara' is not a verdict"):
        read_sheets([noa, sara])


def test_a_column_that_was_sorted_alone_is_noticed_and_what_programs_change_is_not(tmp_path: Path) -> None:
    first, second = shown(ONE, verdict="A"), shown(TWO, verdict="tie")
    assert len(read_sheet(written(tmp_path / "as.csv", first, second))) == 2
    saved = first | {"answer A": " eins\r\n", "prompt": "Why  is it so? "}
    assert len(read_sheet(written(tmp_path / "saved.csv", saved, second))) == 2
    swapped_ids = [first | {"id": second["id"]}, second | {"id": first["id"]}]
    with pytest.raises(UserError, match=r"not those that were exported beside the id \(rows 3, 4 of the sheet\)"):
        read_sheet(written(tmp_path / "sorted.csv", *swapped_ids))


def test_the_row_that_says_what_to_write_is_no_answer_wherever_it_stands(tmp_path: Path) -> None:
    sheet = written(tmp_path / "noa.csv", shown(ONE, verdict="A"), dict(GUIDE), dict(GUIDE) | {"verdict": ""})
    assert [one.pair_id for one in read_sheet(sheet)] == [ONE]
    written(sheet, dict(GUIDE) | {"verdict": "A"})
    with pytest.raises(UserError, match=r"a verdict stands in the row that says what to write \(row 3 of the sheet\)"):
        read_sheet(sheet)


def test_mistakes_in_a_sheet_of_single_answers_are_all_said(tmp_path: Path) -> None:
    guide, nothing = guide_row(ANSWER_WORDS, "de"), "0" * 32

    def row(a: str, b: str, verdict: str, answer: str = "eins") -> dict[str, str]:
        cells = {"language": "de", "prompt": "?", "answer": "eins"}
        return {"id": str(row_id_of(ONE, 0, a, b, cells.values()))} | cells | {"answer": answer, "verdict": verdict}

    rows = [guide | {"verdict": "good"}, row(ONE, nothing, "A"), row(X, Y, "bad"), row(nothing, ONE, "bad", "zwei")]
    sheet = tmp_path / "noa.csv"
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ANSWER_WORDS, restval="")
        writer.writeheader()
        writer.writerows([*rows, row(ONE, nothing, "drop")])
    with pytest.raises(UserError) as error:
        read_sheet(sheet)
    for part in (
        "a verdict stands in the row that says what to write (row 2 of the sheet)",
        "'A' is not a verdict (row 3 of the sheet)",
        f"'{rows[2]['id'][:50]}' is not an id of a review sheet (row 4 of the sheet)",
        "language, prompt or answers are not those that were exported beside the id (row 5 of the sheet)",
        "write one of good, bad, drop, not my language, or leave the cell empty",
    ):
        assert part in str(error.value)


def test_of_a_sheet_of_single_answers_without_its_answers_that_alone_is_said(tmp_path: Path) -> None:
    cells = {"language": "de", "prompt": "?", "answer": "eins"}
    row = {"id": str(row_id_of(ONE, 0, ONE, "0" * 32, cells.values()))} | cells | {"verdict": "good"}
    names = [name for name in ANSWER_WORDS if name != "answer"]
    with (tmp_path / "noa.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows([guide_row(ANSWER_WORDS, "de"), row])
    with pytest.raises(UserError) as error:
        read_sheet(tmp_path / "noa.csv")
    assert str(error.value) == (
        f"{tmp_path}/noa.csv: nothing stands in the column 'answer', or it is gone (row 3 of the sheet); leave the "
        "first columns as they were, or begin with the sheet as it was exported"
    )


def test_an_empty_line_is_a_row_of_the_spreadsheet(tmp_path: Path) -> None:
    sheet = tmp_path / "noa.csv"
    sheet.write_text(f"id,language,verdict\n\n{ONE}-0,he,A\n\n{TWO}-0,he,no\n", "utf-8")
    with pytest.raises(UserError, match=r"'no' is not a verdict \(row 5 of the sheet\)"):
        read_sheet(sheet)


def test_a_tie_and_an_edited_answer_are_read(tmp_path: Path) -> None:
    rows = [shown(ONE, verdict="Tie"), shown(TWO, verdict="A", edited="'=eins\r\n", reviewer="Noa")]
    tie, edited = read_sheet(written(tmp_path / "noa.csv", *rows))
    assert (tie.meaning, tie.edited, tie.place) == ("tie", "", f"{tmp_path}/noa.csv row 3")
    assert (edited.edited, edited.reviewer) == ("=eins", "noa")


@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        (("chosen", "rejected"), X),
        (("rejected", "chosen"), Y),  # the pair has turned since the sheet was written
        ((" chosen\r\n", "rejected"), X),  # as a spreadsheet program saves it
        (("chosen", "another"), ""),
        (("", ""), ""),
    ],
)
def test_sheets_that_name_no_answers_are_named_by_the_texts_that_they_show(
    pairs: Path, texts: tuple[str, str], chosen: str
) -> None:
    answer = Answer(TWO, "he", "noa", "chosen", "", texts=texts)
    absent = Answer(THREE, "he", "noa", "chosen", "", texts=texts)
    other = Answer(ONE, "ja", "noa", "chosen", "", texts=texts)
    named, *rest = name_answers([answer, absent, other], pairs, FILES)
    assert (named.chosen, named.rejected) == (chosen, {X: Y, Y: X, "": ""}[chosen])
    assert named.meaning == "chosen" and rest == [absent, other]


def test_answers_that_read_the_same_are_not_told_apart(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "he").mkdir(parents=True)
    (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
    row |= {"rejected": [{"role": "assistant", "content": "chosen "}]}
    pq.write_table(pa.Table.from_pylist([row], schema.PREFERENCES), tmp_path / FILES[1])
    answer = Answer(TWO, "he", "noa", "chosen", "", texts=("chosen", "chosen"))
    assert name_answers([answer], tmp_path, FILES[1:])[0].chosen == ""


def test_a_sheet_of_before_keeps_the_texts_that_it_shows(tmp_path: Path) -> None:
    sheet = tmp_path / "noa.csv"
    sheet.write_text(f"id,language,answer A,answer B,verdict\n{ONE}-0,he,'=one,two,A\n", "utf-8")
    (answer,) = read_sheet(sheet)
    assert answer.texts == (("two", "=one") if swapped(ONE, 0) else ("=one", "two"))
