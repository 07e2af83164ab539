"""Review sheets: blind order, safe cells, answers back, and what cannot be written or read."""

import csv
import io
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.review import sheets as sheets_module
from polypref.review.sheets import Answer

ONE, TWO, THREE = (f"{n:032x}" for n in (1, 2, 3))
X, Y = "a" * 32, "b" * 32


def test_blind_order_shows_either_side_first_about_equally() -> None:
    share = sum(sheets_module.swapped(f"{n:032x}", 7) for n in range(2000)) / 2000
    assert 0.45 < share < 0.55
    assert [sheets_module.swapped(f"{n:032x}", 7) for n in range(50)] != [
        sheets_module.swapped(f"{n:032x}", 8) for n in range(50)
    ]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-x", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1", "'quoted"])
def test_cells_that_could_be_formulas_begin_with_an_apostrophe(text: str) -> None:
    assert sheets_module.safe_cell(text) == "'" + text


INVISIBLE = "\u200b\u200e\u200f\u202e\u2066\ufeff\u00a0\u3000\u2028\u00ad\u034f\u115f\u3164\u2800\ufe0f\x00\x1f \t\r\n"


@given(st.text(INVISIBLE, max_size=6), st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫\u2212"), st.text(max_size=5))
def test_what_shows_nothing_hides_no_formula(hidden: str, sign: str, rest: str) -> None:
    text = hidden + sign + rest
    assert sheets_module.safe_cell(text) == "'" + text


@given(st.one_of(st.text(), st.text("'=+a\u200b ")))
def test_a_cell_comes_back_as_the_text_that_it_was(text: str) -> None:
    assert sheets_module.plain_cell(sheets_module.safe_cell(text)) == text


def test_what_a_reviewer_typed_is_no_cell_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = [("'tis fine", "'tis fine"), ("'=1+1", "=1+1"), ("plain", "plain")]
    lines = "".join(f"{n:032x}-0,de,A,{typed}\r\n" for n, (typed, _) in enumerate(rows))
    path.write_text(f"id,language,verdict,comment\r\n{lines}", "utf-8")
    assert [one.comment for one in sheets_module.read_sheet(path)] == [read for _, read in rows]


@pytest.mark.parametrize("text", ["שלום", "سلام = صلح", "日本語", "Привіт", "a=b", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert sheets_module.safe_cell(text) == text


@given(st.sampled_from([ONE, TWO, THREE]), st.integers(0, 10_000), st.sampled_from(["A", "B"]))
def test_the_sheet_side_leads_back_to_the_pair_side(pair: str, seed: int, verdict: str) -> None:
    lines = [f"{pair}-{seed}-{X}-{Y},he,{verdict}", f"{pair}-{seed},he,{verdict}"]
    rows = csv.DictReader(io.StringIO("id,language,verdict\r\n" + "\r\n".join(lines)))
    named, unnamed = sheets_module._answers(rows, Path("sheet.csv"))
    turned = sheets_module.swapped(pair, seed)
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
    assert sheets_module.read_sheet(sheet) == [
        Answer(ONE, "fa", "maryam", "both_bad", "بد"),
        Answer(THREE, "fa", "Zahra", "not_my_language", ""),
    ]


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
        sheets_module.read_sheet(sheet)
    assert re.search("sheet.csv:2|row 2 of", str(error.value))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder with one pair in German and one in Hebrew."""
    folder = tmp_path_factory.mktemp("pairs")
    for tag, pair_id in (("de", ONE), ("he", TWO)):
        row = {one.name: [] if pa.types.is_list(one.type) else ONE for one in schema.PREFERENCES if not one.nullable}
        row |= {"pair_id": pair_id, "language": tag, "prompt": [{"role": "user", "content": "?"}]}
        row |= {role: [{"role": "assistant", "content": role}] for role in ("chosen", "rejected")}
        row |= {"chosen_id": X, "rejected_id": Y}
        (folder / "data" / tag).mkdir(parents=True)
        table = pa.Table.from_pylist([row], schema.PREFERENCES)
        pq.write_table(table, folder / "data" / tag / "train-00000000-00000000.parquet")
    return folder


FILES = [f"data/{tag}/train-00000000-00000000.parquet" for tag in ("de", "he")]


def test_a_language_that_is_named_twice_gets_one_sheet(pairs: Path, tmp_path: Path) -> None:
    sheets = sheets_module.export_sheets(pairs, FILES, ["he", "de", "he"], 5, 0, tmp_path)
    assert sheets == [tmp_path / "review-he.csv", tmp_path / "review-de.csv"]
    with sheets[0].open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    sides = ["rejected", "chosen"] if sheets_module.swapped(TWO, 0) else ["chosen", "rejected"]
    ids = [Y, X] if sheets_module.swapped(TWO, 0) else [X, Y]
    assert (row["id"], row["prompt"]) == (f"{TWO}-0-{ids[0]}-{ids[1]}", "?")
    assert [row["answer A"], row["answer B"]] == sides


def test_two_answers_that_several_people_voted_on_stand_in_a_sheet_once(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "he").mkdir(parents=True)
    (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
    turned = {"chosen": row["rejected"], "rejected": row["chosen"], "chosen_id": Y, "rejected_id": X}
    other = {"rejected": [{"role": "assistant", "content": "another"}], "rejected_id": ONE}
    votes = [row, row | turned | {"pair_id": ONE}, row | other | {"pair_id": THREE}]
    pq.write_table(pa.Table.from_pylist(votes, schema.PREFERENCES), tmp_path / FILES[1])
    (sheet,) = sheets_module.export_sheets(tmp_path, FILES[1:], ["he"], 5, 0, tmp_path)
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        shown = [{row["answer A"], row["answer B"]} for row in csv.DictReader(file)]
    assert sorted(map(sorted, shown)) == [["another", "chosen"], ["chosen", "rejected"]]


def test_answers_whose_ids_are_none_are_not_named_in_a_sheet(pairs: Path, tmp_path: Path) -> None:
    for number, ids in enumerate([("=1+1", Y), (X, X)]):
        folder = tmp_path / str(number)
        (folder / "data" / "he").mkdir(parents=True)
        (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
        row |= dict(zip(("chosen_id", "rejected_id"), ids, strict=True))
        pq.write_table(pa.Table.from_pylist([row], schema.PREFERENCES), folder / FILES[1])
        (sheet,) = sheets_module.export_sheets(folder, FILES[1:], ["he"], 5, 0, folder)
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            assert [row["id"] for row in csv.DictReader(file)] == [f"{TWO}-0"]


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
    named, *rest = sheets_module.name_answers([answer, absent, other], pairs, FILES)
    assert (named.chosen, named.rejected) == (chosen, {X: Y, Y: X, "": ""}[chosen])
    assert named.meaning == "chosen" and rest == [absent, other]


def test_answers_that_read_the_same_are_not_told_apart(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "he").mkdir(parents=True)
    (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
    row |= {"rejected": [{"role": "assistant", "content": "chosen "}]}
    pq.write_table(pa.Table.from_pylist([row], schema.PREFERENCES), tmp_path / FILES[1])
    answer = Answer(TWO, "he", "noa", "chosen", "", texts=("chosen", "chosen"))
    assert sheets_module.name_answers([answer], tmp_path, FILES[1:])[0].chosen == ""


def test_a_sheet_of_before_keeps_the_texts_that_it_shows(tmp_path: Path) -> None:
    sheet = tmp_path / "noa.csv"
    sheet.write_text(f"id,language,answer A,answer B,verdict\n{ONE}-0,he,'=one,two,A\n", "utf-8")
    (answer,) = sheets_module.read_sheet(sheet)
    assert answer.texts == (("two", "=one") if sheets_module.swapped(ONE, 0) else ("=one", "two"))


def test_a_language_without_pairs_is_told_before_any_sheet_is_written(pairs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no pairs in 'fa'; it has de, he"):
        sheets_module.export_sheets(pairs, FILES, ["he", "fa"], 5, 0, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sheets_are_not_written_below_a_file(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UserError, match=f"{tmp_path}/mine is a file, where a folder is needed; give another place"):
        sheets_module.export_sheets(pairs, FILES, ["he"], 5, 0, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_sheet_that_cannot_be_read_is_told_by_its_reason(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none.csv", f"there is no file {tmp_path}/none.csv"), (tmp_path, "is a folder")):
        with pytest.raises(UserError, match=f"{problem}; give the sheet that reviewers filled in, saved as CSV"):
            sheets_module.read_sheet(path)


def test_a_long_id_or_verdict_is_shown_in_short(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"id,language,verdict\n{'x' * 51},he,a\n", "utf-8")
    with pytest.raises(UserError, match=f":2: '{'x' * 50}' is not an id of a review sheet"):
        sheets_module.read_sheet(sheet)
    sheet.write_text(f"id,language,verdict\n{ONE}-0,he,{'y' * 41}\n", "utf-8")
    with pytest.raises(UserError, match=rf"sheet\.csv: '{'y' * 40}' is not a verdict \(row 2 of the sheet\)"):
        sheets_module.read_sheet(sheet)


def test_all_verdicts_that_are_none_are_named_with_their_rows_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    words = ["Tie", "A", "maybe", "", "tie ", *["neither"] * 9]
    lines = [f'{ONE}-0,he,"שורה\nשורה",{word}' for word in words]
    sheet.write_text("\n".join(["id,language,prompt,verdict", *lines]), "utf-8")
    with pytest.raises(UserError) as error:
        sheets_module.read_sheet(sheet)
    assert str(error.value) == (
        f"{sheet}: 'tie' is not a verdict (rows 2, 6 of the sheet); 'maybe' is not a verdict (row 4 of the sheet); "
        "'neither' is not a verdict (rows 7, 8, 9, 10, 11, 12, 13, 14 ... of the sheet); write one of a, b, both bad, "
        "not my language, or leave the cell empty where none of them holds"
    )
