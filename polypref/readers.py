"""Readers: files and Hub datasets as rows, each with its place, so that a bad one can be named."""

import csv
import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from . import hub_names
from .errors import UserError
from .hub_limits import limit_answer, mark_request
from .text import has_lone_surrogate

#: The longest line or field read, in bytes: far above any answer, far below what a decompression bomb needs.
MAX_LINE = 64 << 20
#: The longest .json file read, in bytes: it is held in memory whole, unlike every other kind.
MAX_JSON = 1 << 30
#: The most values of a YAML file: far above any settings.
MAX_YAML = 100_000
#: Its deepest nesting.
MAX_YAML_DEPTH = 100
#: Bytes of a .zst file unpacked in one go: at most 64 MiB come out of them.
_PACKED = 2 << 10

_BOM = b"\xef\xbb\xbf"

Row = Mapping[str, Any]


class Bad(Exception):
    """A row that cannot be used: a reason fit for counting, and what was found.

    Attributes:
        reason: one word with underscores.
        detail: for a reader; may be empty.
        language: tag of the row's language, where that is known.

    """

    language = ""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


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
        reason = getattr(error, "strerror", None) or _first_line(error)
        raise UserError(f"cannot read {path}: {reason}; check that the file is there and whole") from None


def _ending(path: Path) -> str:
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _open(path: Path) -> BinaryIO:
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
        self._frame: Any = None
        self._file, self._packed, self._ready = file, b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
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
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    with _open(path) as file:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise UserError(f"{path}:{number} is longer than {MAX_LINE >> 20} MiB; split it or leave it out")
            yield number, line


def _jsonl(path: Path) -> Iterator[Line]:
    for number, line in _lines(path):
        line = line.removeprefix(_BOM) if number == 1 else line
        if line.strip():
            yield Line(f"{path}:{number}", _parse(line))


def _parse(data: bytes) -> Row | Bad:
    try:
        row = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        return Bad("not_utf8", f"byte {error.start}")
    except (json.JSONDecodeError, RecursionError) as error:
        return Bad("not_json", getattr(error, "msg", "nested too deeply"))
    except ValueError as error:  # an integer of thousands of digits
        return Bad("not_json", str(error))
    return _row(row)


def _object(pairs: list[tuple[str, Any]]) -> Row | Bad:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        return Bad("key_twice", next(name for name in names if names.count(name) > 1)[:40])
    return row


def _row(value: Any) -> Row | Bad:
    return value if isinstance(value, (dict, Bad)) else Bad("not_an_object", type(value).__name__)


def _json(path: Path, records: str | None) -> Iterator[Line]:
    with _open(path) as file:
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
        raise UserError(f"{path} is not a readable Parquet file ({_first_line(error)}); get it again") from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def read_hub(repo: str, config: str | None, split: str, revision: str | None, files: str = "") -> Iterator[Line]:
    """Reads the rows of a Hub dataset.

    Args:
        repo: ORG/NAME.
        config: its config; None for the default one.
        split: its split.
        revision: branch, tag or commit; None for main.
        files: pattern of the files that make up the split, for repositories whose configs the client cannot find out.

    Raises:
        UserError: the dataset, config, split or revision is not there or not readable with this account.

    """
    hub_names.check(repo, revision, files)
    import datasets

    guard_downloads()
    try:
        if files:
            rows = datasets.load_dataset(repo, data_files={split: files}, split=split, revision=revision)
        else:
            rows = datasets.load_dataset(repo, config, split=split, revision=revision)
    except UserError:
        raise
    except Exception as error:  # the client raises many kinds; each means that these rows cannot be had
        name = f"{repo}" + (f" ({config})" if config else "")
        raise UserError(
            f"cannot load split '{split}' of {name} at revision {revision or 'main'} ({_first_line(error)}); "
            "check the name, that you are online, and that your account may read it"
        ) from None
    where, number = f"{repo}[{config or 'default'}/{split}] row", 0
    try:
        for row in rows:
            yield Line(f"{where} {number}", row)
            number += 1
    except (OSError, ValueError, OverflowError, RuntimeError) as error:  # a damaged cache, an image that is none
        raise UserError(
            f"cannot read {where} {number} ({_first_line(error)}); load it again or fix its revision"
        ) from None


def guard_downloads() -> None:
    """Makes the Hub's client refuse answers that would have it write outside of its cache, or fill the memory."""
    from huggingface_hub import get_session

    session = get_session()
    hooks = session.event_hooks
    if hub_names.check_answer not in hooks["response"]:
        requests = [*hooks["request"], mark_request]
        # In this order: the second reads answers.
        responses = [*hooks["response"], limit_answer, hub_names.check_answer]
        session.event_hooks = {**hooks, "request": requests, "response": responses}


def hub_revision(repo: str, revision: str | None) -> str:
    """The commit that a branch or tag of a Hub dataset stands for; a full commit id is its own answer.

    Raises:
        UserError: it cannot be found.

    """
    hub_names.check(repo, revision)
    if revision and len(revision) == 40 and all(c in "0123456789abcdef" for c in revision):
        return revision
    from huggingface_hub import HfApi

    guard_downloads()
    try:
        return str(HfApi().dataset_info(repo, revision=revision or None).sha)
    except Exception as error:
        raise UserError(
            f"cannot look up {repo} at revision {revision or 'main'} on the Hub ({_first_line(error)}); "
            "check the name and that you are online, or give the full commit id"
        ) from None


def read_yaml(text: str, where: str) -> Any:
    """A YAML document as plain values: mappings, lists, texts, numbers, true, false, null; a date stays a text.

    Args:
        text: the document.
        where: what it is called in messages.

    Raises:
        UserError: it is not YAML, holds something else, or its aliases make much out of little.

    """
    import yaml

    try:
        found = yaml.load(text, _yaml_loader())
        _count_plain(found, _Room(MAX_YAML))
    except RecursionError:
        raise UserError(f"cannot read {where}: it is nested too deeply, or names itself; write it out") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"cannot read {where}: {' '.join(str(error).split())[:300]}") from None
    return found


@cache
def _yaml_loader() -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Dates stay texts: a date has no place in settings, and a wrong one would be an error of its own."""

        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            # PyYAML's time grows with the square of the depth, up to wherever Python's limit is set.
            self.depth += 1
            if self.depth > MAX_YAML_DEPTH:
                raise RecursionError
            found = super().compose_node(parent, index)
            self.depth -= 1
            return found

    Loader.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in ways if not tag.endswith(":timestamp")]
        for first, ways in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


@dataclass
class _Room:
    left: int


def _count_plain(value: Any, room: _Room) -> None:
    # An alias is the same object many times over: it costs nothing here and everything when it is written out.
    room.left -= 1
    if room.left < 0:
        raise ValueError(f"it holds more than {MAX_YAML:,} values, aliases written out")
    if isinstance(value, Mapping):
        for key, one in value.items():
            _count_plain(key, room)
            _count_plain(one, room)
    elif isinstance(value, list):
        for one in value:
            _count_plain(one, room)
    elif value is not None and not isinstance(value, (str, int, float)):
        raise ValueError(f"a value of type {type(value).__name__}; write a text in quotes, a number, or true or false")
    if isinstance(value, str) and has_lone_surrogate(value):
        raise ValueError("half a character (an escape such as \\ud800)")


def is_there(name: str) -> bool:
    """Whether a file or folder has this name; a text that no path can be is the name of none."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def look_up(row: Any, column: str) -> Any:
    """The value of a column; dots lead into nested objects (`input.prompt`).

    Raises:
        Bad: `missing_field`, or what is wrong with the value.

    """
    if isinstance(row, dict) and column in row and not isinstance(row[column], Bad):
        return row[column]  # nearly always; it is asked of every field of every row
    steps = [column] if isinstance(row, Mapping) and column in row else column.split(".")
    for step in steps:
        if not isinstance(row, Mapping) or step not in row:
            raise row if isinstance(row, Bad) else Bad("missing_field", column)
        row = row[step]
    if isinstance(row, Bad):
        raise row
    return row


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing; in tables that went through pandas that is not-a-number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def name_of(value: Any) -> str:
    """What a value says as a name: 1, 1.0 and "1" are one name, a missing value is "".

    Raises:
        Bad: `not_text` (a list, an object) or `lone_surrogate`.

    """
    if is_missing(value):
        return ""
    if not isinstance(value, str) and isinstance(value, (list, tuple, Mapping, bytes, Bad)):
        raise Bad("not_text", type(value).__name__)
    name = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if not name.isascii() and has_lone_surrogate(name):
        raise Bad("lone_surrogate")
    return name


_WHOLE_NUMBER = re.compile(r"([+-]?[0-9]+)\.0+")


def label_of(value: Any) -> str:
    """What a value says as a label: as `name_of`, without blanks around it; the text "1.0" too is the label 1.

    Raises:
        Bad: as `name_of`.

    """
    label = name_of(value).strip()
    whole = _WHOLE_NUMBER.fullmatch(label)
    return whole[1] if whole else label
