"""Damaged files are never read half, and much out of little is not believed."""

import tempfile
import tracemalloc
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files import encodings, json_rows
from polypref.files.cells import Bad
from polypref.files.readers import read_file
from tests.files.written_files import CONTENT, PACK, ROWS, jsonl, parquet, read, rows_of_lines

# Damage


@pytest.mark.parametrize("ending", [".jsonl.gz", ".csv.zst", ".tsv.gz", ".json.zst", ".jsonl.zst", ".csv.gz"])
def test_a_packed_file_that_was_cut_short_is_never_read_half(ending, tmp_path):
    kind, packing = "." + ending.split(".")[1], "." + ending.split(".")[2]
    whole = PACK[packing](CONTENT[kind])
    for size in {*range(0, len(whole), 5), *range(len(whole) - 12, len(whole))}:
        with pytest.raises(UserError, match=r"cannot read .*; check that the file is there and whole"):
            read(tmp_path, f"a{ending}", whole[:size])


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_packed_file_with_a_changed_byte_is_never_read_wrong(packing, tmp_path):
    whole = PACK[packing](CONTENT[".jsonl"])
    for at in range(0, len(whole), 3):
        damaged = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        try:
            rows = rows_of_lines(read(tmp_path, f"a.jsonl{packing}", damaged))
        except UserError as error:
            assert "cannot read" in str(error)
        else:
            assert rows == ROWS  # a byte that says nothing of the content, as the time in a gzip header


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("junk", [b"junk", b"PK\x03\x04 and more", b"\x1f"])
def test_bytes_after_the_end_of_a_packed_file_are_not_passed_over(packing, junk, tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        read(tmp_path, f"a.jsonl{packing}", PACK[packing](CONTENT[".jsonl"]) + junk)


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".json"])
def test_a_plain_file_under_a_packed_name_is_one_sentence(packing, ending, tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        read(tmp_path, f"a{ending}{packing}", CONTENT[ending])


def test_a_parquet_file_that_was_cut_short_is_never_read_half(tmp_path):
    whole = parquet(ROWS, compression="zstd")
    for size in range(0, len(whole), 7):
        with pytest.raises(UserError, match=r"not a readable Parquet file|cannot read"):
            read(tmp_path, "a.parquet", whole[:size])


def test_damaged_pages_of_a_parquet_file_are_one_sentence(tmp_path):
    whole = parquet(ROWS * 50, compression="zstd")
    for at in range(4, len(whole) // 2, 40):
        damaged = whole[:at] + b"\xff" * 8 + whole[at + 8 :]
        try:
            read(tmp_path, "a.parquet", damaged)
        except UserError as error:
            assert "a.parquet" in str(error)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.jsonl", "cannot read .*: No such file or directory"),
        ("missing.jsonl.gz", "cannot read .*: No such file or directory"),
        ("missing.csv.zst", "cannot read .*: No such file or directory"),
        ("missing.parquet", "cannot read .* No such file or directory"),
        ("folder.jsonl", "cannot read .*: Is a directory"),
        ("folder.csv", "cannot read .*: Is a directory"),
        ("folder.parquet", "cannot read|not a readable"),
        ("notes.txt", "ends in none of the known ways"),
        ("noending", "ends in none of the known ways"),
        ("a.tar.gz", "ends in none of the known ways"),
        ("a.gz", "ends in none of the known ways"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(name, reason, tmp_path):
    if name.startswith("folder"):
        (tmp_path / name).mkdir()
    with pytest.raises(UserError, match=reason) as error:
        list(read_file(tmp_path / name))
    assert "\n" not in str(error.value)


@given(st.sampled_from([*CONTENT, ".parquet", ".jsonl.gz", ".csv.zst", ".json.gz"]), st.binary(max_size=60))
@settings(deadline=None, max_examples=150)
def test_no_bytes_make_anything_but_rows_or_one_sentence(ending, data):
    with tempfile.TemporaryDirectory() as folder:
        try:
            lines = read(Path(folder), f"a{ending}", data)
        except UserError as error:
            assert "\n" not in str(error)
            return
        assert all(isinstance(line.row, (dict, Bad)) for line in lines)


# Much out of little


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".tsv", ".json"])
@pytest.mark.parametrize(("packing", "size", "memory"), [(".gz", 24 << 20, 8 << 20), (".zst", 96 << 20, 72 << 20)])
def test_a_line_without_an_end_is_not_believed(ending, packing, size, memory, tmp_path, monkeypatch):
    monkeypatch.setattr(encodings, "MAX_LINE", 1 << 20)
    monkeypatch.setattr(json_rows, "MAX_JSON", 1 << 20)
    bomb = PACK[packing](b'"' + b"a" * size)
    assert len(bomb) < 200_000
    path = tmp_path / f"a{ending}{packing}"
    path.write_bytes(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=r"is longer than 1 MiB"):
            list(read_file(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < memory


def test_the_longest_line_is_still_read(tmp_path, monkeypatch):
    monkeypatch.setattr(encodings, "MAX_LINE", 100)
    longest = b'{"a": "' + b"x" * 90 + b'"}\n'
    assert len(longest) == 100
    assert rows_of_lines(read(tmp_path, "a.jsonl", longest)) == [{"a": "x" * 90}]
    with pytest.raises(UserError, match=r"a\.jsonl:2 is longer than"):
        read(tmp_path, "a.jsonl", b"{}\n" + longest.replace(b"x", b"xx", 1))


def test_a_zst_file_that_asks_for_a_huge_window_is_refused(tmp_path):
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = packed.compress(jsonl(ROWS)) + packed.flush()
    with pytest.raises(UserError, match=r"(?i)cannot read .*(memory|window)"):
        read(tmp_path, "a.jsonl.zst", data)
