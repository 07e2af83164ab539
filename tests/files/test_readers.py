"""Files of every kind as rows: good ones as they are, bad ones named."""

import csv
import io
import json
import struct
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files import readers
from polypref.files.cells import Bad, look_up
from tests.files.written_files import CONTENT, PACK, ROWS, jsonl, parquet, places, read, rows_of_lines, zst

# Every kind, in every packing


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("ending", CONTENT)
def test_every_kind_of_file_gives_its_rows(ending, packing, tmp_path):
    name = f"data.v1{ending}{packing}"
    assert rows_of_lines(read(tmp_path, name, PACK[packing](CONTENT[ending]))) == ROWS
    assert rows_of_lines(read(tmp_path, name.upper(), PACK[packing](CONTENT[ending]))) == ROWS


def test_parquet_gives_its_rows(tmp_path):
    lines = read(tmp_path, "a.parquet", parquet(ROWS * 300, row_group_size=7))
    assert rows_of_lines(lines) == ROWS * 300
    assert places(lines, tmp_path)[:2] == ["a.parquet row 1", "a.parquet row 2"]
    assert len(set(places(lines, tmp_path))) == 2_700


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("ending", CONTENT)
def test_a_byte_order_mark_is_not_part_of_the_text(ending, packing, tmp_path):
    data = PACK[packing](b"\xef\xbb\xbf" + CONTENT[ending])
    assert rows_of_lines(read(tmp_path, f"a{ending}{packing}", data)) == ROWS


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_packed_files_may_be_strung_together(packing, tmp_path):
    parts = [PACK[packing](jsonl(ROWS[n : n + 3])) for n in (0, 3, 6)]
    if packing == ".zst":  # a frame that holds no data, as archivers leave them
        parts.insert(1, struct.pack("<II", 0x184D2A50, 3) + b"abc")
    assert rows_of_lines(read(tmp_path, f"a.jsonl{packing}", b"".join(parts))) == ROWS


@pytest.mark.parametrize("size", [0, 1, 4096, 70_000, 300_000])
def test_zst_of_any_size_gives_the_same_bytes_as_plain(size, tmp_path):
    rows = [{"n": n, "text": "и" * (n % 97)} for n in range(size // 90)] or [{"n": 0}]
    assert rows_of_lines(read(tmp_path, "a.jsonl.zst", zst(jsonl(rows)))) == rows


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, min_size=1, max_size=3), max_size=4), st.booleans())
@settings(deadline=None)
def test_any_rows_come_back_from_json(rows, ascii_only):
    with tempfile.TemporaryDirectory() as folder:
        lines = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
        assert rows_of_lines(read(Path(folder), "a.jsonl", lines.encode("utf-8", "surrogatepass"))) == rows
        assert rows_of_lines(read(Path(folder), "a.json", json.dumps(rows, ensure_ascii=ascii_only).encode())) == rows


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


@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b.c"]), st.text(max_size=4), min_size=2), min_size=1, max_size=4)
)
@settings(deadline=None, max_examples=30)
def test_any_texts_come_back_from_parquet(rows):
    with tempfile.TemporaryDirectory() as folder:
        assert rows_of_lines(read(Path(folder), "a.parquet", parquet(rows))) == rows


# Bad lines


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path):
    lines = [
        '{"prompt": "안녕"}'.encode(),
        b"",
        b'{"prompt": "caf\xe9"}',
        b'{"prompt": "cut',
        b'["a", "list"]',
        b"null",
        b"  \t",
        b'"text"',
        b'{"a": 1} {"b": 2}',
        b'{"prompt": "one", "answer": "x", "prompt": "two"}',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5_000 + b"}",
        b"\x00\x00",
        '{"prompt": "Ж"}'.encode("utf-16"),
        b'{"prompt": "last"}',
    ]
    read_lines = read(tmp_path, "a.jsonl", b"\r\n".join(lines))
    assert rows_of_lines(read_lines) == [
        {"prompt": "안녕"},
        ("not_utf8", "byte 15"),
        ("not_json", "Invalid control character at"),
        ("not_an_object", "list"),
        ("not_an_object", "NoneType"),
        ("not_an_object", "str"),
        ("not_json", "Extra data"),
        ("key_twice", "prompt"),
        ("not_json", "nested too deeply"),
        ("not_json", rows_of_lines(read_lines)[9][1]),
        ("not_json", "Expecting value"),
        ("not_utf8", "byte 0"),
        {"prompt": "last"},
    ]
    assert "digits" in rows_of_lines(read_lines)[9][1]
    assert places(read_lines, tmp_path) == [f"a.jsonl:{n}" for n in (1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15)]


def test_a_key_that_stands_twice_deeper_down_spoils_only_what_is_asked_for(tmp_path):
    line = b'{"meta": {"a": 1, "a": 2}, "prompt": "x", "turns": [{"role": "user", "role": "assistant"}]}'
    for name, data in {"a.jsonl": line, "a.json": b"[" + line + b"]"}.items():
        (row,) = rows_of_lines(read(tmp_path, name, data))
        assert look_up(row, "prompt") == "x"
        for column in ("meta", "meta.a"):
            with pytest.raises(Bad) as error:
                look_up(row, column)
            assert (error.value.reason, error.value.detail) == ("key_twice", "a")


def test_json_numbers_that_are_none_are_read(tmp_path):
    (row,) = rows_of_lines(
        read(tmp_path, "a.jsonl", b'{"a": NaN, "b": Infinity, "c": 1e999, "d": 99999999999999999999999}')
    )
    assert row["a"] != row["a"]
    assert (row["b"], row["c"], row["d"]) == (float("inf"), float("inf"), 99999999999999999999999)


def test_a_first_line_of_nothing_but_a_byte_order_mark_is_an_empty_line(tmp_path):
    assert rows_of_lines(read(tmp_path, "a.jsonl", b'\xef\xbb\xbf\n{"a": 1}\n')) == [{"a": 1}]


def test_rows_of_csv_are_named_by_their_first_line(tmp_path):
    data = 'prompt,answer\n"eins\nzwei",a\n\nnur eins\nα,β,γ\n"x\n""y""",b\n'.encode()
    lines = read(tmp_path, "a.csv", data)
    assert rows_of_lines(lines) == [
        {"prompt": "eins\nzwei", "answer": "a"},
        ("wrong_number_of_columns", "1 of 2"),
        ("wrong_number_of_columns", "3 of 2"),
        {"prompt": 'x\n"y"', "answer": "b"},
    ]
    assert places(lines, tmp_path) == ["a.csv:2", "a.csv:5", "a.csv:6", "a.csv:7"]


def test_a_csv_row_that_is_not_utf8_is_named(tmp_path):
    data = b'prompt,answer\ngut,ja\n"zwei\ncaf\xe9\nzeilen",x\n\xff,y\ngut,nein\n'
    lines = read(tmp_path, "a.csv", data)
    assert rows_of_lines(lines) == [
        {"prompt": "gut", "answer": "ja"},
        ("not_utf8", "line 4"),
        ("not_utf8", "line 6"),
        {"prompt": "gut", "answer": "nein"},
    ]
    assert places(lines, tmp_path) == ["a.csv:2", "a.csv:3", "a.csv:6", "a.csv:7"]


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


@pytest.mark.parametrize("data", [b"", b"\n", b"a,a\n1,2\n", b"caf\xe9,b\n1,2\n", "a,b\n".encode("utf-16")])
def test_a_csv_file_without_good_names_of_columns_is_one_sentence(data, tmp_path):
    with pytest.raises(UserError, match=r"a\.csv needs a first line with one name a column"):
        read(tmp_path, "a.csv", data)


# JSON files as a whole


@pytest.mark.parametrize("records", [None, "rows"])
def test_a_json_file_is_read_whole_up_to_a_limit(records, tmp_path, monkeypatch):
    path = tmp_path / "rows.json"
    path.write_text('[{"a": 1}]' if records is None else '{"rows": [{"a": 1}]}', "utf-8")
    size = path.stat().st_size
    monkeypatch.setattr(readers, "MAX_JSON", size)
    assert [line.row for line in readers.read_file(path, records)] == [{"a": 1}]
    monkeypatch.setattr(readers, "MAX_JSON", size - 1)
    with pytest.raises(UserError, match=r"rows.json is longer than 0 MiB; convert it to .jsonl, one object a line"):
        list(readers.read_file(path, records))


def test_rows_inside_a_json_file_are_found_by_their_path(tmp_path):
    data = json.dumps({"version": 1, "data": {"tasks": [*ROWS, "x", None, 3]}}).encode()
    lines = read(tmp_path, "a.json", data, "data.tasks")
    assert rows_of_lines(lines) == [
        *ROWS,
        ("not_an_object", "str"),
        ("not_an_object", "NoneType"),
        ("not_an_object", "int"),
    ]
    assert places(lines, tmp_path)[-1] == "a.json#12"


@pytest.mark.parametrize(
    ("data", "records", "reason"),
    [
        (b'{"a": 1}', None, "the file is not a list of rows; name the list with records="),
        (b'{"a": 1}', "b", "has no 'b'"),
        (b'{"a": [1]}', "a.b", "has no 'a.b'"),
        (b'{"a": {"b": 1}}', "a.b", "a.b is not a list of rows"),
        (b'{"a": [], "a": []}', "a", "has no 'a'"),
        (b"[1, 2", None, "is not JSON"),
        (b'{"a": 1}\n{"a": 2}\n', None, "is not JSON .* should end in .jsonl"),
        (b"", None, "is not JSON"),
        (b'["\xff"]', None, "is not JSON"),
        (b"[" * 100_000, None, "is not JSON"),
    ],
)
def test_a_json_file_of_another_shape_is_one_sentence(data, records, reason, tmp_path):
    with pytest.raises(UserError, match=reason):
        read(tmp_path, "a.json", data, records)


# Parquet of odd types


def test_parquet_types_become_plain_values(tmp_path):
    odd = pa.table(
        {
            "list": pa.array([["a", None]]),
            "struct": pa.array([{"role": "user", "content": "שלום"}]),
            "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "words": pa.array(["ja"]).dictionary_encode(),
            "large": pa.array(["текст"], pa.large_string()),
            "view": pa.array(["한국어"], pa.string_view()),
            "half": pa.array([1.5], pa.float16()),
            "time": pa.array([datetime(2024, 2, 29)], pa.timestamp("ns")),
            "span": pa.array([timedelta(days=1)]),
            "bytes": pa.array([b"\xff"]),
            "none": pa.nulls(1),
        }
    )
    (row,) = rows_of_lines(read(tmp_path, "a.parquet", parquet(odd)))
    assert row["list"] == ["a", None]
    assert row["struct"] == {"role": "user", "content": "שלום"}
    assert (row["words"], row["large"], row["view"], row["half"]) == ("ja", "текст", "한국어", 1.5)
    assert row["none"] is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.table({"a": pa.array([2**62], pa.timestamp("us"))}), "out of range"),
        (pa.table({"a": pa.array([b"caf\xe9"]).view(pa.string())}), "utf-8"),
        (pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "two columns of one name"),
    ],
)
def test_a_parquet_file_whose_values_cannot_be_had_is_one_sentence(values, reason, tmp_path):
    with pytest.raises(UserError, match=reason):
        read(tmp_path, "a.parquet", parquet(values))
