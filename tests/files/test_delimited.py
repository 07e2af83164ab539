"""Delimited files: any cells come back, what separates columns is seen, faults of quotes stop the reading."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.delimited import SEPARATORS, check_separator
from polypref.files.readers import read_file
from tests.files.written_files import PACK, places, read, rows_of_lines

CELL = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('",\t\r\n'), max_size=6)


@given(st.lists(st.fixed_dictionaries({"a": CELL, "b": CELL}), min_size=1, max_size=4), st.sampled_from([",", "\t"]))
@settings(deadline=None)
def test_any_cells_come_back_from_csv(rows, delimiter):
    with tempfile.TemporaryDirectory() as folder:
        name = "a.csv" if delimiter == "," else "a.tsv"
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, ["a", "b"], delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        assert rows_of_lines(read(Path(folder), name, out.getvalue().encode())) == rows


def test_rows_of_csv_are_named_by_their_first_line(tmp_path):
    data = 'prompt,answer\n"eins\nzwei",a\n\nnur eins\nα,β,γ\n"x\n""y""",b\n'.encode()
    lines = read(tmp_path, "a.csv", data)
    assert rows_of_lines(lines) == [
        {"prompt": "eins\nzwei", "answer": "a"},
        ("wrong_number_of_columns", "1 of 2"),
        ("wrong_number_of_columns", "3 of 2"),
        {"prompt": 'x\n"y"', "answer": "b"},
    ]
    assert places(lines, tmp_path) == ["a.csv:2", "a.csv:5 (row 4)", "a.csv:6 (row 5)", "a.csv:7 (row 6)"]


def test_rows_below_a_cell_of_several_lines_have_the_number_that_a_spreadsheet_shows_too(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('sep=;\nask;answer\none;1\n"two\nand more";2\n\nthree;3;4\nfour;4\n', "utf-8")
    places = [line.where.removeprefix(f"{path}") for line in read_file(path)]
    assert places == [":3", ":4", ":7 (row 5)", ":8 (row 6)"]


def test_a_csv_row_that_is_not_utf8_is_named(tmp_path):
    data = b'prompt,answer\ngut,ja\n"zwei\ncaf\xe9\nzeilen",x\n\xff,y\ngut,nein\n'
    lines = read(tmp_path, "a.csv", data)
    assert rows_of_lines(lines) == [
        {"prompt": "gut", "answer": "ja"},
        ("not_utf8", "line 4, as in an 8-bit encoding"),
        ("not_utf8", "line 6, as in an 8-bit encoding"),
        {"prompt": "gut", "answer": "nein"},
    ]
    assert places(lines, tmp_path) == ["a.csv:2", "a.csv:3", "a.csv:6 (row 4)", "a.csv:7 (row 5)"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_csv_lines_may_end_as_on_any_system(end, last, tmp_path):
    data = end.join(["prompt,answer", "α,β", f'"γ{end}δ",ε', "ζ,η"]) + end * last
    rows = rows_of_lines(read(tmp_path, "a.csv", data.encode()))
    assert rows == [
        {"prompt": "α", "answer": "β"},
        {"prompt": f"γ{end}δ", "answer": "ε"},
        {"prompt": "ζ", "answer": "η"},
    ]


def test_cells_of_csv_stay_text(tmp_path):
    rows = rows_of_lines(read(tmp_path, "a.csv", b"prompt,score,n\nx,1.0,\n,nan,\x00null\n"))
    assert rows == [{"prompt": "x", "score": "1.0", "n": ""}, {"prompt": "", "score": "nan", "n": "\x00null"}]


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        ('prompt,answer\na,b\n"offen,c\nd,e\nf,g\n', 3, "unexpected end of data"),
        ('prompt,answer\na,b\n"er sagte "hallo"",c\nd,e\n', 3, "expected after"),
        ('prompt,answer\n"zwei\nzeilen"x,c\nd,e\n', 2, "expected after"),
    ],
)
def test_a_fault_in_the_quotes_stops_rather_than_swallowing_rows(data, line, reason, tmp_path):
    with pytest.raises(UserError, match=rf"the row at .*a\.csv:{line} is not valid CSV \(.*{reason}"):
        read(tmp_path, "a.csv", data.encode())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it has none"),
        (b"\n", "it has none"),
        (b"a,a\n1,2\n", "each once; 'a' stands there twice"),
        (b"a,,\n1,2,3\n", "each once; two columns have no name"),
        (
            b"caf\xe9,b\n1,2\n",
            r"in UTF-8 \(line 1, as in an 8-bit encoding\): the file seems to be in an",
        ),
        ("né".encode() + b"\xe9,b\n1,2\n", r"in UTF-8 \(line 1\): some bytes of the file are damaged"),
    ],
)
def test_a_csv_file_without_good_names_of_columns_is_one_sentence(data, reason, tmp_path):
    with pytest.raises(UserError, match=r"a\.csv needs a first line with one name a column.*" + reason):
        read(tmp_path, "a.csv", data)


# What separates columns


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from('",;\t|\r\n'), max_size=8
)
NAMES = st.lists(st.text(st.sampled_from("ab ,;|\t\né"), min_size=1, max_size=5), min_size=2, max_size=4, unique=True)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]


@given(
    st.data(), NAMES, st.sampled_from(list(SEPARATORS)), st.sampled_from([".csv", ".tsv"]), st.sampled_from(ENCODINGS)
)
@settings(deadline=None)
def test_any_cells_in_quotes_come_back_whatever_separates_them(data, names, separator, ending, encoding):
    cells = st.fixed_dictionaries(dict.fromkeys(names, TEXT))
    rows = data.draw(st.lists(cells, min_size=1, max_size=4))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{ending}"
        text = written(rows, separator, csv.QUOTE_ALL)
        path.write_bytes(("\ufeff" * (encoding == "utf-16-be") + text).encode(encoding))
        assert [line.row for line in read_file(path)] == rows
        assert [line.row for line in read_file(path, separator=separator)] == rows


@given(st.lists(st.fixed_dictionaries({"prompt": TEXT, "answer": TEXT}), min_size=1, max_size=4))
@settings(deadline=None)
def test_with_names_without_signs_cells_need_no_more_quotes_than_csv_asks_for(rows):
    with tempfile.TemporaryDirectory() as folder:
        for separator in SEPARATORS:
            data = written(rows, separator, csv.QUOTE_MINIMAL).encode()
            assert rows_of_lines(read(Path(folder), "a.csv", data)) == rows


def written(rows: list[dict[str, str]], separator: str, quoting: int) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize(
    ("data", "rows"),
    [
        # texts with more commas than separators
        (
            "id;prompt;score\n1;Wer, wo, was?;3,5\n2;Ja, nein;2\n",
            [("1", "Wer, wo, was?", "3,5"), ("2", "Ja, nein", "2")],
        ),
        ("id\tprompt\tscore\n1\tA; b, c\t2\n", [("1", "A; b, c", "2")]),
        ("id|prompt|score\n1|A; b, c|2\n", [("1", "A; b, c", "2")]),
        # a name of a column, and rows, that hold another separator
        ("id,prompt;old,score\n1,a;b,2\n2,c,3\n", [("1", "a;b", "2"), ("2", "c", "3")]),
        ('id;"prompt, in Hebrew";score\n1;"a, ""b""";2\n', [("1", 'a, "b"', "2")]),
        ("id;prompt, or question;score\n1;a;2\n2;b, c, d;3\n", [("1", "a", "2"), ("2", "b, c, d", "3")]),
        # nine of ten rows as the first line
        ("id;prompt;score\n" + "1;a;2\n" * 19 + "1;a\n", [("1", "a", "2")] * 19),
        ("id;prompt;score\n", []),
        ("sep=;\nid;prompt;score\n1;a,b;2\n", [("1", "a,b", "2")]),
        ('"sep=^"\r\nid^prompt^score\r\n1^a,b^2\r\n', [("1", "a,b", "2")]),
    ],
)
def test_what_separates_columns_is_what_the_first_line_and_the_rows_bear_out(data, rows, packing, tmp_path):
    lines = read(tmp_path, f"a.csv{packing}", PACK[packing](data.encode()))
    read_rows = [tuple(line.row.values()) for line in lines if isinstance(line.row, dict)]
    assert read_rows == rows


def test_places_of_rows_after_a_line_that_names_the_separator(tmp_path):
    lines = read(tmp_path, "a.csv", b"sep=;\na;b\n1;2\n\xff;4\n")
    assert places(lines, tmp_path) == ["a.csv:3", "a.csv:4"]
    assert rows_of_lines(lines)[1] == ("not_utf8", "line 4, as in an 8-bit encoding")
    (row, _) = [line.row for line in read_file(tmp_path / "a.csv", separator="^")]
    assert row == {"a;b": "1;2"}, "what is stated goes before what the file says"


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ("prompt\nWer; wo\n", ["prompt"]),
        ("prompt\nWer; wo\nUnd; wann\n", ["prompt"]),
        ('"prompt; question"\na\n', ["prompt; question"]),
        ("a,b;c\n1,2;3\n4,5;6\n", ["a", "b;c"]),  # both fit: the comma
        ("a,b;c\n1,2\n3;4,5;6;7\n", ["a", "b;c"]),  # the comma fits half of it
        ("a;b\n", ["a", "b"]),
    ],
)
def test_a_file_that_does_not_tell_is_separated_by_commas(data, columns, tmp_path):
    lines = read(tmp_path, "a.csv", data.encode())
    assert all(list(line.row) == columns for line in lines if isinstance(line.row, dict))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.csv", "a;b;c\n1\n2\n", "by comma its first line is one column, by semicolon 3, and its rows do not tell"),
        ("a.csv", "a;b|c\n1;2|3\n", "by comma its first line is one column, by semicolon 2, by bar 2, and"),
        ("a.tsv", "a;b|c\n1;2|3\n", "by tab its first line is one column, by semicolon 2, by bar 2, and"),
    ],
)
def test_one_column_that_might_be_several_is_one_sentence_and_can_be_settled(name, data, reason, tmp_path):
    with pytest.raises(UserError, match=reason + r".*\(separator=';'\), or save it with commas"):
        read(tmp_path, name, data.encode())
    assert all(
        len(line.row) == data.split("\n")[0].count(";") + 1
        for line in read_file(tmp_path / name, None, ";")
        if isinstance(line.row, dict)
    )
    assert [list(line.row) for line in read_file(tmp_path / name, separator="~")][:1] == [[data.split("\n")[0]]]


def test_long_files_are_judged_by_their_beginning_and_a_row_may_go_on_beyond_it(tmp_path):
    cell = "\n".join(f"Zeile, {n}; und mehr" for n in range(150))
    data = f'prompt;answer\n1;2\n"{cell}";x\n' + "a;b\n" * 500
    rows = rows_of_lines(read(tmp_path, "a.csv", data.encode()))
    assert rows[1] == {"prompt": cell, "answer": "x"} and len(rows) == 502


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "\r", "\x00", "\ud800"])
def test_what_separates_no_columns_is_refused(separator):
    check_separator(";", "Files")
    with pytest.raises(UserError, match=r"^Files: .* separates no columns; write one sign, as in ';' or"):
        check_separator(separator, "Files")
