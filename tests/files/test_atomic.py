"""Files written whole or not at all; what stands in their way, and what cannot be read, in one sentence."""

import errno
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.files import atomic, sql


@dataclass(frozen=True)
class Settings:
    """Settings of a stage, as a builder declares them."""

    path: Path
    at: str = field(default="", metadata={"settings": False})


def test_settings_are_plain_values_and_what_changes_no_result_is_left_out() -> None:
    settings = Settings(Path("a/b"), "http://localhost:8000")
    assert atomic.plain([settings, {1: ("x", None)}, frozenset({2, 1})]) == [
        {"class": "Settings", "path": "a/b"},
        {"1": ["x", None]},
        [1, 2],
    ]
    assert atomic.fingerprint(settings) == atomic.fingerprint(Settings(Path("a/b"))) != atomic.fingerprint(Path("a/b"))
    with pytest.raises(TypeError, match="a setting of type complex cannot be written down"):
        atomic.plain(1j)  # type: ignore[arg-type]


def test_a_digest_is_that_of_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert atomic.file_digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(UserError, match=r"cannot read .*none: No such file"):
        atomic.file_digest(tmp_path / "none")


def test_json_has_sorted_keys_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    atomic.write_json(path, {"b": [1, "שלום"], "a": None})
    assert path.read_text("utf-8") == '{\n "a": null,\n "b": [\n  1,\n  "שלום"\n ]\n}\n'
    assert atomic.read_json(path) == {"a": None, "b": [1, "שלום"]}
    assert atomic.read_json(tmp_path / "none.json") is None
    for damaged in ("[1]", "{", "[" * 100_000):
        path.write_text(damaged)
        with pytest.raises(UserError, match=r"a\.json is damaged; delete the folder it is in"):
            atomic.read_json(path)


def test_a_table_comes_back_and_nothing_else_is_left(tmp_path: Path) -> None:
    table = pa.table({"n": list(range(5_000))})
    atomic.write_table(tmp_path / "t.parquet", table)
    assert pq.read_table(tmp_path / "t.parquet").equals(table)
    assert pq.ParquetFile(tmp_path / "t.parquet").num_row_groups == 3  # of 2,000 rows
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_a_row_less_leaves_the_other_pages_of_a_released_file_as_they_are(tmp_path: Path) -> None:
    texts = ["".join(hashlib.md5(f"{row} {part}".encode()).hexdigest() for part in range(40)) for row in range(4_000)]
    table = pa.table({"pair_id": [text[:32] for text in texts], "text": texts, "model": ["a", "b"] * 2_000})
    less = pa.concat_tables([table.slice(0, 1_000), table.slice(1_001)])

    def bytes_kept(write: Callable[[Path, pa.Table], None]) -> bool:
        for name, rows in (("all", table), ("less", less)):
            write(tmp_path / name, rows)
            assert pq.read_table(tmp_path / name).equals(rows.combine_chunks())
        every = (tmp_path / "all").read_bytes()
        place = len(every) * 3 // 4
        return every[place : place + 20_000] in (tmp_path / "less").read_bytes()

    assert bytes_kept(atomic.write_released) and not bytes_kept(atomic.write_table)
    atomic.write_released(tmp_path / "again", table)
    atomic.write_released(tmp_path / "all", table)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "all").read_bytes()
    columns = pq.ParquetFile(tmp_path / "all").metadata.row_group(0)
    assert all(columns.column(number).has_offset_index for number in range(3))
    assert [columns.column(number).has_dictionary_page for number in (0, 2)] == [False, True]
    atomic.write_released(tmp_path / "all", pa.table({"n": range(11_000)}))
    assert pq.ParquetFile(tmp_path / "all").num_row_groups == 3  # of 5,000 rows


@pytest.mark.parametrize("chunk", [1, 7, 50])
def test_the_same_rows_in_other_chunks_are_the_same_released_file(tmp_path: Path, chunk: int) -> None:
    texts = ["".join(hashlib.md5(f"{row} {part}".encode()).hexdigest() for part in range(20)) for row in range(6_000)]
    table = pa.table({"pair_id": [text[:32] for text in texts], "text": texts, "model": ["a", "b"] * 3_000})
    atomic.write_released(tmp_path / "whole", table)
    atomic.write_released(tmp_path / "cut", pa.concat_tables([table.slice(n, chunk) for n in range(0, 6_000, chunk)]))
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize(("released", "compression"), [(True, "ZSTD"), (False, "LZ4")])
def test_what_is_not_released_is_compressed_lightly_and_read_all_the_same(
    tmp_path: Path, released: bool, compression: str
) -> None:
    path, table = tmp_path / "t.parquet", pa.table({"text": ["a", "ä", "日"] * 1_000})
    atomic.write_table(path, table, released)
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == compression
    with sql.connect(reads=[path]) as con:
        rows = con.sql(f"SELECT text, count(*) FROM {sql.parquet(path)} GROUP BY ALL ORDER BY ALL").fetchall()
    assert rows == [("a", 1_000), ("ä", 1_000), ("日", 1_000)]


def test_a_failed_write_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device; free some space"):
        atomic.write_bytes(path, b"after")
    with pytest.raises(UserError, match="No space left on device; free some space"):
        atomic.write_table(path, pa.table({"n": [1]}))
    with pytest.raises(UserError, match="No space left on device; free some space"):
        atomic.write_released(path, pa.table({"n": [1]}))
    assert path.read_bytes() == b"before" and [one.name for one in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("below", ["file", "file/a", "file/a/b"])
def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    path = tmp_path / below / "review-he.csv"
    with pytest.raises(UserError) as refused:
        atomic.write_bytes(path, b"x")
    assert str(refused.value) == (
        f"cannot write {path}: {tmp_path / 'file'} is a file, where a folder is needed; give another place, or move "
        "the file away"
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_where_a_file_is_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(f"cannot write {tmp_path}: it is a folder; give the name of a file")):
        atomic.write_bytes(tmp_path, b"x")


def test_a_text_that_cannot_be_read_is_told_by_its_reason(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes("\ufeffa\n".encode())
    assert atomic.read_text(tmp_path / "text", "", "utf-8-sig") == "a\n"
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    for name, problem in {
        "none": f"there is no file {tmp_path}/none",
        "": f"{tmp_path} is a folder",
        "latin": f"{tmp_path}/latin is no text in UTF-8 (byte 4)",
        "text/x": f"cannot read {tmp_path}/text/x: Not a directory",
    }.items():
        with pytest.raises(UserError) as refused:
            atomic.read_text(tmp_path / name, "give another")
        assert str(refused.value) == f"{problem}; give another"


def test_a_text_is_read_by_its_mark_and_one_that_cannot_be_is_told_by_its_reason(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        (tmp_path / encoding).write_bytes("\ufeffשלום\r\na\rb".encode(encoding))
        assert atomic.read_text_by_its_mark(tmp_path / encoding, "") == "שלום\na\nb"
    (tmp_path / "cut").write_bytes("\ufeffab".encode("utf-16-le")[:-1])
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    for name, problem in {
        "none": f"there is no file {tmp_path}/none",
        "": f"{tmp_path} is a folder",
        "latin": f"{tmp_path}/latin is no text in UTF-8 (byte 4)",
        "cut": f"cannot read {tmp_path}/cut: the file ends in the middle of a character",
    }.items():
        with pytest.raises(UserError) as refused:
            atomic.read_text_by_its_mark(tmp_path / name, "give another")
        assert str(refused.value) == f"{problem}; give another"
