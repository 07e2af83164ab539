"""JSON lines and JSON files: a list or rows a line under either name; bad rows named."""

import json
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files import encodings, json_rows, readers
from polypref.files.cells import Bad, look_up
from tests.files.written_files import PACK, ROWS, places, read, rows_of_lines

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
        ("not_utf8", "byte 15, as in an 8-bit encoding"),
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


# JSON files as a whole


@pytest.mark.parametrize(("packing", "limit"), [("", "MAX_JSON"), (".gz", "MAX_PACKED")])
def test_a_json_file_with_rows_inside_is_read_whole_up_to_a_limit(packing, limit, tmp_path, monkeypatch):
    path, data = tmp_path / f"rows.json{packing}", b'{"rows": [{"a": 1}]}'
    path.write_bytes(PACK[packing](data) if packing else data)
    monkeypatch.setattr(json_rows, limit, len(data))
    assert [line.row for line in readers.read_file(path, "rows")] == [{"a": 1}]
    monkeypatch.setattr(json_rows, limit, len(data) - 1)
    with pytest.raises(UserError, match=r"rows.json.* is longer than 0 MiB; convert it to .jsonl, one object a line"):
        list(readers.read_file(path, "rows"))


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
        (b'{"a": 1}', None, r"not a list of rows; it holds no list of objects; write one \(pandas"),
        (
            b'{"v": 1, "a": {"b c": [{"x": 1}, {"x": 2}], "d": ["e"]}, "f": {"g": [{}]}}',
            None,
            r"the file is not a list of rows; rows are in 'a.b c' \(2\), 'f.g' \(1\): name the list with "
            r"records='a.b c' \(--records 'a.b c'\)",
        ),
        (b'{"a": {"b": [{"x": 1}]}}', "a", r"a is not a list of rows; rows are in 'a.b' \(1\): name the list"),
        (b'{"a": 1}', "b", "has no 'b'"),
        (b'{"a": [1]}', "a.b", "has no 'a.b'"),
        (b'{"a": {"b": 1}}', "a.b", "a.b is not a list of rows"),
        (b'{"a": [], "a": []}', "a", "has no 'a'"),
        (b'[{"a": 1}]', "a", r"has no 'a'; the file itself is a list: leave out records= \(--records\)$"),
        (b'{"' + b"a" * 1_100 + b'": [{}], "b": [{}]}', None, r"rows are in 'b' \(1\): name the list with records='b'"),
        (b"[1, 2", None, "is not JSON"),
        (b'{"a": 1}\n["a"]\n', None, r"is not JSON .*, nor one object a line \(line 2: not_an_object, list\)"),
        (b'{"a": 1}\n{"a": "caf\xe9"}\n', None, r"is not JSON in UTF-8 \(byte 19, .* save it as UTF-8 \(Excel"),
        (b'{"a": {"b": 1}}\n{"a": 2}\n', "a", r"is not JSON \(Extra data"),
        (b"", None, "is not JSON"),
        (b'["\xff"]', None, "is not JSON"),
        (b"[" * 100_000, None, "is not JSON"),
    ],
)
def test_a_json_file_of_another_shape_is_one_sentence(data, records, reason, tmp_path):
    with pytest.raises(UserError, match=reason):
        read(tmp_path, "a.json", data, records)


# A list of rows in .jsonl, rows a line in .json


LAYOUTS = {
    "one line": lambda rows: json.dumps(rows, ensure_ascii=False),
    "indented": lambda rows: json.dumps(rows, ensure_ascii=False, indent=2),
    "a row a line": lambda rows: "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n",
    "brackets beside rows": lambda rows: "\r\n [" + ",\r\n".join(json.dumps(row) for row in rows) + "]\r\n\r\n",
}


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_list_of_rows_is_read_under_the_name_of_lines(layout, packing, tmp_path):
    lines = read(tmp_path, f"a.jsonl{packing}", PACK[packing](LAYOUTS[layout](ROWS).encode()))
    assert rows_of_lines(lines) == ROWS
    assert places(lines, tmp_path)[:2] == [f"a.jsonl{packing}#1", f"a.jsonl{packing}#2"]


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, min_size=1, max_size=3), max_size=4), st.integers(0, 3))
@settings(deadline=None)
def test_any_list_of_rows_is_read_however_it_is_laid_out(rows, indent):
    with tempfile.TemporaryDirectory() as folder:
        data = json.dumps(rows, indent=indent or None).encode()
        assert rows_of_lines(read(Path(folder), "a.jsonl", data)) == rows


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), min_size=2, max_size=4))
@settings(deadline=None)
def test_any_rows_a_line_are_read_under_the_name_of_a_json_file(rows):
    with tempfile.TemporaryDirectory() as folder:
        lines = "\n\n".join(map(json.dumps, rows))
        assert rows_of_lines(read(Path(folder), "a.json", lines.encode())) == rows


def test_rows_a_line_in_a_json_file_are_named_by_their_lines(tmp_path):
    lines = read(tmp_path, "a.json", b'{"a": 1}\n\n{"a": 2}\n')
    assert places(lines, tmp_path) == ["a.json:1", "a.json:3"]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b'["a"]\n["b"]\n{"a": 1}\n', [("not_an_object", "list"), ("not_an_object", "list"), {"a": 1}]),
        (b"[1, 2]\n", [("not_an_object", "int"), ("not_an_object", "int")]),
        (b'[{"a": 1}, 3, {"b": 1, "b": 2}]', [{"a": 1}, ("not_an_object", "int"), ("key_twice", "b")]),
        (b'[2024-01-01] begun\n{"a": 1}\n', [("not_json", "Expecting ',' delimiter"), {"a": 1}]),
        (b'[{"a": 1}] and more\n{"a": 1}\n', [("not_json", "Extra data"), {"a": 1}]),
        (b'["caf\xe9"]\n{"a": 1}\n', [("not_utf8", "byte 5, as in an 8-bit encoding"), {"a": 1}]),
        (b"[]", []),
    ],
)
def test_what_begins_with_a_bracket_and_is_no_list_of_rows_is_read_line_by_line(data, rows, tmp_path):
    assert rows_of_lines(read(tmp_path, "a.jsonl", data)) == rows


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'[\n{"a": 1},\n{"a": 2\n]', r"a\.jsonl begins as one JSON list and is none \(Expecting .* line 4"),
        (b'[\n{"a": 1}\n]\n[\n{"a": 2}\n]\n', r"begins as one JSON list and is none \(Extra data: line 4"),
        (b'[\n{"a": 1},\n', r"begins as one JSON list and is none \("),
        (b'[\n{"a": "caf\xe9"}\n]', r"begins as one JSON list and is none in UTF-8 \(byte 12, .*: the file seems"),
    ],
)
def test_a_list_that_is_broken_after_its_first_line_is_one_sentence(data, reason, tmp_path):
    with pytest.raises(UserError, match=reason) as error:
        read(tmp_path, "a.jsonl", data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_an_item_of_a_list_is_read_up_to_a_limit(ending, tmp_path, monkeypatch):
    monkeypatch.setattr(encodings, "MAX_LINE", 1 << 20)
    rows = b'[{"a": 1},\n{"a": "' + b"a" * (3 << 20) + b'"}]'
    with pytest.raises(UserError, match=rf"a\{ending}#2 is longer than 1 MiB; split it or leave it out"):
        read(tmp_path, f"a{ending}", rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lists.jsonl", "list.jsonl", "list.json"])
def test_a_list_is_read_item_by_item_and_rows_of_lists_are_not_held(name, tmp_path):
    path = tmp_path / name
    item = b'["' + b"a" * 800 + b'"]'
    path.write_bytes(b'["a"]\n' * 20_000 if name == "lists.jsonl" else b"[" + b",\n".join([item] * 20_000) + b"]")
    tracemalloc.start()
    try:
        assert sum(isinstance(line.row, Bad) for line in readers.read_file(path)) == 20_000
        # A list of 16 MB; it is read in pieces of one.
        assert tracemalloc.get_traced_memory()[1] < (1 if name == "lists.jsonl" else 8) << 20
    finally:
        tracemalloc.stop()


def test_the_lists_of_objects_in_a_file_are_named(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"n": [1], "a b": [{"x": 1}], "=c": [{"x": 2}, {"x": 3}], "d": [], "e": {"f": [{}]}}', "utf-8")
    names = json_rows.lists_of_rows(path)
    assert names == ["a b", '["=c"]', "e.f"]
    assert [[line.row for line in readers.read_file(path, name)] for name in names] == [
        [{"x": 1}],
        [{"x": 2}, {"x": 3}],
        [{}],
    ]
    with pytest.raises(
        UserError, match=r"the file is not a list of rows; rows are in 'a b' \(1\), '\[\"=c\"\]' \(2\), "
    ):
        list(readers.read_file(path))
    path.write_text("[1]", "utf-8")
    assert json_rows.lists_of_rows(path) == []
    path.write_text("{", "utf-8")
    assert json_rows.lists_of_rows(path) == json_rows.lists_of_rows(tmp_path / "none.json") == []
