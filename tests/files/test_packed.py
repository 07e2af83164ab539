"""Packed files: strung together, of any size."""

import struct
from pathlib import Path

import pytest

from polypref.files.packed import ending_of, open_packed
from tests.files.written_files import PACK, ROWS, jsonl, read, rows_of_lines, zst


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.csv", ".csv"), ("a.v1.JSONL.GZ", ".jsonl"), ("a.tsv.zst", ".tsv"), ("a.gz", ""), ("a", ""), (".gz", "")],
)
def test_an_ending_is_that_of_what_is_packed(name, ending):
    assert ending_of(Path("folder.d") / name) == ending


@pytest.mark.parametrize("packing", PACK)
def test_a_file_is_opened_unpacked(packing, tmp_path):
    path = tmp_path / f"a.csv{packing}"
    path.write_bytes(PACK[packing](b"\xef\xbb\xbfa,b\n"))
    with open_packed(path) as file:
        assert file.read() == b"\xef\xbb\xbfa,b\n"


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
