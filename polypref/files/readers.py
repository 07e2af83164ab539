"""Readers: files and Hub datasets as rows, each with its place, so that a bad one can be named."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..errors import UserError
from .cells import Bad, Cell, Row, look_up

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressionObj

#: The longest line or field read, in bytes: far above any answer, far below what a decompression bomb needs.
MAX_LINE = 64 << 20
#: The longest .json file read, in bytes: it is held in memory whole, unlike every other kind.
MAX_JSON = 1 << 30
#: Bytes of a .zst file unpacked in one go: at most 64 MiB come out of them.
_PACKED = 2 << 10

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Line:
    """A row as read: its place (`file:line` or `dataset row n`), and its fields or what is wrong with it."""

    where: str
    row: Row | Bad


def read_file(path: Path, records: str | None = None) -> Iterator[Line]:
    """Reads .jsonl, .json, .csv, .tsv (each also .gz or .zst) or .parquet; the ending tells.

    Args:
        path: the file.
        records: for .json: the dotted path of the list of rows inside the file; None when the file is the list.

    Yields:
        Each row with its place (`FILE:LINE`, `FILE#NUMBER`, `FILE row NUMBER`); a row that cannot be read comes as Bad
        and stops nothing.

    Raises:
        UserError: the file is missing, unreadable or damaged, or its ending is not known.
    """
    kinds: dict[str, Callable[[Path], Iterator[Line]]] = {
        ".jsonl": _jsonl,
        ".ndjson": _jsonl,
        ".json": lambda p: _json(p, records),
        ".csv": lambda p: _delimited(p, ","),
        ".tsv": lambda p: _delimited(p, "\t"),
        ".parquet": _parquet,
    }
    kind = kinds.get(_ending(path))
    if kind is None:
        raise UserError(f"{path} ends in none of the known ways ({', '.join(kinds)}, with .gz or .zst); convert it")
    try:
        yield from kind(path)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise UserError(f"cannot read {path}: {reason}; check that the file is there and whole") from None


def _ending(path: Path) -> str:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _open_file(path: Path) -> BinaryIO:
    ending = path.suffix.lower()
    if ending in (".gz", ".zst") and not path.stat().st_size:
        raise EOFError("the file is empty")
    if ending == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return io.BufferedReader(_Zstandard(path.open("rb"))) if ending == ".zst" else path.open("rb")


class _Zstandard(io.RawIOBase):
    """What a .zst file holds. Unlike the library's own reader it notices that a file was cut short."""

    def __init__(self, file: BinaryIO) -> None:
        import zstandard

        # One window of 128 MiB at most: a file that asks for more is refused rather than believed.
        self._library, self._decompressor = zstandard, zstandard.ZstdDecompressor(max_window_size=1 << 27)
        self._frame: ZstdDecompressionObj | None = None
        self._file, self._packed, self._ready = file, b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._ready and (data := self._packed or self._file.read(_PACKED)):
            self._frame = self._frame or self._decompressor.decompressobj()
            try:
                self._ready = memoryview(self._frame.decompress(data))
            except self._library.ZstdError as error:
                raise OSError(str(error)) from None
            self._packed = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        if not self._ready and self._frame:
            raise EOFError("the file ends in the middle of a frame")
        room = memoryview(buffer).cast("B")
        size = min(len(room), len(self._ready))
        room[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    with _open_file(path) as file:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise UserError(f"{path}:{number} is longer than {MAX_LINE >> 20} MiB; split it or leave it out")
            yield number, line


def _jsonl(path: Path) -> Iterator[Line]:
    for number, line in _lines(path):
        line = line.removeprefix(_BOM) if number == 1 else line
        if line.strip():
            yield Line(f"{path}:{number}", _parse_line(line))


def _parse_line(data: bytes) -> Row | Bad:
    try:
        row = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        return Bad("not_utf8", f"byte {error.start}")
    except (json.JSONDecodeError, RecursionError) as error:
        return Bad("not_json", getattr(error, "msg", "nested too deeply"))
    except ValueError as error:  # an integer of thousands of digits
        return Bad("not_json", str(error))
    return _row(row)


def _object(pairs: list[tuple[str, Cell]]) -> Row | Bad:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        return Bad("key_twice", next(name for name in names if names.count(name) > 1)[:40])
    return row


def _row(value: Cell) -> Row | Bad:
    return value if isinstance(value, (dict, Bad)) else Bad("not_an_object", type(value).__name__)


def _json(path: Path, records: str | None) -> Iterator[Line]:
    with _open_file(path) as file:
        data = file.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise UserError(f"{path} is longer than {MAX_JSON >> 20} MiB; convert it to .jsonl, one object a line")
    try:
        rows = json.loads(data.removeprefix(_BOM).decode("utf-8"), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({error}); a file with one object a line should end in .jsonl") from None
    try:
        rows = look_up(rows, records) if records else rows
    except Bad:
        raise UserError(f"{path} has no '{records}'; name the list of rows with records=") from None
    if not isinstance(rows, list):
        raise UserError(f"{path}: {records or 'the file'} is not a list of rows; name the list with records=")
    for number, row in enumerate(rows, 1):
        yield Line(f"{path}#{number}", _row(row))


def _delimited(path: Path, delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(MAX_LINE)
    not_utf8 = 0  # the last line that is not UTF-8

    def decoded() -> Iterator[str]:
        nonlocal not_utf8
        given = 0
        for number, line in _lines(path):
            try:
                text, bad = line.decode("utf-8-sig" if number == 1 else "utf-8"), False
            except UnicodeDecodeError:
                text, bad = line.decode("utf-8", "replace"), True
            # Old files end their lines in \r alone.
            for piece in io.StringIO(text, newline="") if "\r" in text.removesuffix("\r\n") else (text,):
                given += 1
                not_utf8 = given if bad else not_utf8
                yield piece

    # A fault in the quotes is an error of the file, not of a row: nobody can tell where the next row begins.
    rows, begin = csv.reader(decoded(), delimiter=delimiter, strict=True), 1
    try:
        header = next(rows, None)
        if not header or len(set(header)) < len(header) or not_utf8:
            raise UserError(f"{path} needs a first line with one name a column, each once, in UTF-8")
        begin = rows.line_num + 1
        for values in rows:
            where = f"{path}:{begin}"
            if not_utf8 >= begin:
                yield Line(where, Bad("not_utf8", f"line {not_utf8}"))
            elif len(values) == len(header):
                yield Line(where, dict(zip(header, values, strict=True)))
            elif values:
                yield Line(where, Bad("wrong_number_of_columns", f"{len(values)} of {len(header)}"))
            begin = rows.line_num + 1
    except csv.Error as error:
        raise UserError(f"the row at {path}:{begin} is not valid CSV ({error}); mend its quotes") from None


def _parquet(path: Path) -> Iterator[Line]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names, number = file.schema_arrow.names, 0
            if len(set(names)) < len(names):
                raise UserError(f"{path} has two columns of one name; rename one")
            for batch in file.iter_batches(batch_size=1_000):
                for row in batch.to_pylist():
                    number += 1
                    yield Line(f"{path} row {number}", row)
            if number != file.metadata.num_rows:
                raise ValueError(f"{number} rows, its footer states {file.metadata.num_rows}")
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise UserError(f"{path} is not a readable Parquet file ({first_line(error)}); get it again") from None


def first_line(error: BaseException) -> str:
    """The first line of an error's message, its kind where it has none; at most 200 characters.

    Args:
        error: what was raised.

    Returns:
        One line, never empty.
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def is_there(name: str) -> bool:
    """Whether a file or folder has this name; an empty text, and one that no path can be, is that of none.

    Args:
        name: a text that may be a path.

    Returns:
        Whether something is there, be it a folder.
    """
    try:
        return bool(name) and Path(name).exists()
    except (OSError, ValueError):
        return False
