"""JSON lines (.jsonl) and JSON files (.json) as rows; a list of rows and rows a line are read under either name."""

import json
import shlex
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ..errors import UserError
from . import encodings
from .cells import Bad, Cell, Row, look_up
from .encodings import beside_not_utf8, numbered_lines, open_utf8, utf8_advice
from .json_lists import NotAList, TooLong, begins_a_list, list_items
from .packed import is_packed
from .paths import MAX_PATH, path_of

#: The longest JSON file that is held in memory whole, in bytes: one whose rows are somewhere inside. One that is packed
#: may be little and mean much, so less of it is believed.
MAX_JSON, MAX_PACKED = 1 << 30, 128 << 20
# Lists of rows inside of a file that a sentence lists, and how deep they are looked for.
_LISTS, _DEPTH = 5, 5


def json_lines(path: Path) -> Iterator[tuple[str, Row | Bad]]:
    """Reads a file with one object a line, or one list of objects however it is laid out.

    Args:
        path: the file; see `encodings.open_utf8`.

    Yields:
        Each row with its place, `FILE:LINE` or `FILE#NUMBER`; a row that cannot be read comes as Bad.

    Raises:
        UserError: it is one list, and damaged.
    """
    if _is_list(path):
        yield from _numbered(path, _items(path, f"{path} begins as one JSON list and is none", "mend it there"))
        return
    for number, line in numbered_lines(path):
        if line.strip():
            yield f"{path}:{number}", _parsed_line(line)


def json_rows(path: Path, records: str | None) -> Iterator[tuple[str, Row | Bad]]:
    """Reads a JSON file: a list of objects, wherever it is in it; or one object a line.

    Args:
        path: the file; see `encodings.open_utf8`.
        records: the path of the list of rows; None when the file is the list.

    Yields:
        As `json_lines`.

    Raises:
        UserError: the file is too long, not JSON, or holds no list there.
    """
    if records is None and _first_line(path).lstrip().startswith(b"["):
        yield from _numbered(path, _items(path, f"{path} is not JSON", "mend it, or get it again"))
        return
    data = _read_whole(path)
    try:
        rows = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        beside = beside_not_utf8(f"byte {error.start}", data[: error.start + 200])
        raise UserError(f"{path} is not JSON in UTF-8 ({beside}): {utf8_advice(beside)}") from None
    except (ValueError, RecursionError) as error:
        lines, wrong = _lines_in(data) if records is None else ([], "")
        if wrong or not lines:
            beside = f", nor one object a line ({wrong})" if wrong else ""
            raise UserError(f"{path} is not JSON ({error}){beside}; mend it, or get it again") from None
        yield from ((f"{path}:{number}", row) for number, row in lines)
        return
    try:
        whole, rows = rows, look_up(rows, records) if records else rows
    except Bad:
        raise UserError(f"{path} has no '{records}'; {_lists_in_words(rows)}") from None
    if not isinstance(rows, list):
        raise UserError(f"{path}: {records or 'the file'} is not a list of rows; {_lists_in_words(whole)}")
    yield from _numbered(path, rows)


def lists_of_rows(path: Path) -> list[str]:
    """The lists of objects in a JSON file that is no list itself.

    Args:
        path: the file; see `encodings.open_utf8`.

    Returns:
        their paths, in the order of the file; none of a file that is a list, or no JSON.

    Raises:
        UserError: the file is too long.
    """
    try:
        if _first_line(path).lstrip().startswith(b"["):
            return []
        whole = json.loads(_read_whole(path).decode("utf-8"), object_pairs_hook=_object)
        return [name for name, _ in _lists_of_rows(whole, ())]
    except (ValueError, RecursionError, OSError, EOFError, zlib.error):
        return []  # what is wrong with it is said where its rows are read


def _lists_in_words(whole: Cell) -> str:
    """What to say of the lists of rows that a JSON file holds inside."""
    if isinstance(whole, list):
        return "the file itself is a list: leave out records= (--records)"
    lists = list(islice(_lists_of_rows(whole, ()), _LISTS))
    if not lists:
        return "it holds no list of objects; write one (pandas: to_json(orient='records'))"
    listed = ", ".join(f"{name!r} ({rows:,})" for name, rows in lists)
    first = lists[0][0]
    return f"rows are in {listed}: name the list with records={first!r} (--records {shlex.quote(first)})"


def _lists_of_rows(value: Cell, above: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """The path and the length of each list of objects within objects."""
    for key, inner in value.items() if isinstance(value, dict) and len(above) < _DEPTH else ():
        if isinstance(inner, list) and inner and all(isinstance(row, dict) for row in inner):
            if len(path := path_of([*above, key])) <= MAX_PATH:  # a longer one names nothing
                yield path, len(inner)
        else:
            yield from _lists_of_rows(inner, (*above, key))


def _numbered(path: Path, rows: Iterable[Cell]) -> Iterator[tuple[str, Row | Bad]]:
    for number, row in enumerate(rows, 1):
        yield f"{path}#{number}", _row(row)


def _read_whole(path: Path) -> bytes:
    longest = min(MAX_JSON, MAX_PACKED) if is_packed(path) else MAX_JSON
    with open_utf8(path) as file:
        data = file.read(longest + 1)
    if len(data) > longest:
        raise UserError(f"{path} is longer than {longest >> 20} MiB; convert it to .jsonl, one object a line")
    return data


def _first_line(path: Path) -> bytes:
    """The first line that is not blank; of a very long one its beginning."""
    with open_utf8(path) as file:
        lines = iter(lambda: file.readline(encodings.MAX_LINE + 1), b"")
        return next((line for line in lines if line.strip()), b"")


def _is_list(path: Path) -> bool:
    """Whether a file is one JSON list, however it is laid out; false for one that has a list, or none, on each line.

    A list that is broken somewhere after its first line is one: line by line nothing of it could be read.
    """
    with open_utf8(path) as file:
        lines = iter(lambda: file.readline(encodings.MAX_LINE + 1), b"")
        first = next((line for line in lines if line.strip()), b"")
        if not first.lstrip().startswith(b"["):
            return False
        if len(first) > encodings.MAX_LINE:
            return True
        begins = begins_a_list(first.lstrip(), _object)
        return not any(line.strip() for line in lines) if begins is False else bool(begins)


def _items(path: Path, what: str, advice: str) -> Iterator[Cell]:
    """The items of a file that is one list; what is said of one that is none begins and ends as is given."""
    with open_utf8(path) as file:
        try:
            yield from list_items(file, encodings.MAX_LINE, _object)
        except TooLong as error:
            longest = encodings.MAX_LINE >> 20
            raise UserError(f"{path}#{error.number} is longer than {longest} MiB; split it or leave it out") from None
        except NotAList as error:
            if error.byte is None:
                raise UserError(f"{what} ({error}); {advice}") from None
            beside = beside_not_utf8(f"byte {error.byte}", error.data)
            raise UserError(f"{what} in UTF-8 ({beside}): {utf8_advice(beside)}") from None
        except (ValueError, RecursionError) as error:
            raise UserError(f"{what} ({error}); {advice}") from None


def _lines_in(data: bytes) -> tuple[list[tuple[int, Row]], str]:
    """The objects of a file that has one a line, with the numbers of the lines; which line is none, after the first."""
    rows: list[tuple[int, Row]] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            row = _parsed_line(line)
            if isinstance(row, Bad):
                return [], f"line {number}: {row.reason}, {row.detail}" if rows else ""
            rows.append((number, row))
    return rows, ""


def _parsed_line(data: bytes) -> Row | Bad:
    try:
        row = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        return Bad(encodings.NOT_UTF8, beside_not_utf8(f"byte {error.start}", data))
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
