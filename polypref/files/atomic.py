"""Files written whole or not at all, digests of them, and errors of the disk in one sentence."""

import hashlib
import io
import json
import os
import secrets
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..console.escaping import as_written
from ..console.redaction import Setting as Setting
from ..console.redaction import forget_values, shown
from ..errors import UserError
from .encodings import open_utf8
from .json_types import Json, JsonObject

#: Rows of a Parquet row group: small enough to stream, large enough to compress.
ROW_GROUP = 2_000
#: The same of a released file: where a row is gone, every later group begins another row further on, so the fewer the
#: better; a reader holds one at a time.
RELEASED_ROW_GROUP = 5_000
# Processes on two machines that share a folder may have the same number.
_MACHINE = secrets.token_hex(4)


def plain(value: Setting) -> Json:
    """Settings as JSON can hold them: dataclasses become dicts that name their class, paths and tuples plain values.

    Args:
        value: settings of a stage, or anything else of the types that JSON knows; a set comes out sorted.

    Returns:
        The same as mappings, lists, texts, numbers, true, false and None.

    Raises:
        TypeError: a value of another type is in it.

    Example:
        >>> plain({1: (Path("a"), None)})
        {'1': ['a', None]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        # A field marked `settings: False` says how something is done, not what comes of it (an address, a batch size).
        # A secret is a star: a change of key changes nothing that comes of it, and fingerprints tell nothing of it.
        # A later setting of a known class (`omit_default`) is not there where it is left out: nothing is made again.
        fields = [
            f
            for f in dataclass_fields(value)
            if f.metadata.get("settings", True)
            and not (f.metadata.get("omit_default") and getattr(value, f.name) == f.default)
        ]
        return {"class": type(value).__name__} | {f.name: plain(shown(f, getattr(value, f.name))) for f in fields}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v) for v in value), key=json.dumps)
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"a setting of type {type(value).__name__} cannot be written down: {as_written(value)}")


def fingerprint(*values: Setting) -> str:
    """16 hexadecimal digits that stand for values: equal settings and inputs, equal digits, on any machine.

    Args:
        *values: as `plain` takes them; secrets in them count for nothing.

    Returns:
        The first digits of the SHA-256 of their JSON.

    Example:
        >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
        True
    """
    text = forget_values(json.dumps(plain(values), sort_keys=True))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Args:
        path: the file.

    Returns:
        64 digits.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None


def temporary(path: Path) -> Path:
    """The name under which this process writes a file: another process, on this machine or not, writes another.

    Args:
        path: the file as it will be called.

    Returns:
        A hidden name beside it, `.NAME.PROCESS-MACHINE.tmp`; who claims the folder next clears such files away.
    """
    return path.with_name(f".{path.name}.{os.getpid()}-{_MACHINE}.tmp")


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all (temporary name, sync, rename).

    Args:
        path: the file; folders that lack are made.
        data: its content.

    Raises:
        UserError: no space, or the folder cannot be written; a file that was there before is unharmed.
    """
    part = temporary(path)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def json_bytes(value: Setting) -> bytes:
    """A value as a JSON file; keys sorted, so that equal values give equal bytes.

    Args:
        value: as `plain` takes it.

    Returns:
        UTF-8, indented by one, with a line's end at the end.
    """
    text = json.dumps(plain(value), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    # A file name that is not UTF-8 holds lone surrogates; backslashreplace writes them as JSON writes them.
    return text.encode("utf-8", "backslashreplace")


def write_json(path: Path, value: Setting) -> None:
    """Writes a JSON file whole or not at all, as `json_bytes`.

    Args:
        path: the file; folders that lack are made.
        value: as `plain` takes it.
    """
    write_bytes(path, json_bytes(value))


def read_json(path: Path) -> JsonObject | None:
    """Reads a JSON object; None when there is no such file.

    Args:
        path: the file, which polypref wrote: the advice is to make it again.

    Returns:
        The object; None where there is no file.

    Raises:
        UserError: the file cannot be read or is not a JSON object.
    """
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check its permissions") from None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UserError(f"{path} is damaged; delete the folder it is in and run the same command again")
    return value


def write_table(path: Path, table: pa.Table, compact: bool = True) -> None:
    """Writes a Parquet file whole or not at all; the same table gives the same bytes.

    Args:
        path: the file; its folder is there.
        table: the rows; ROW_GROUP of them make a row group.
        compact: as in `open_parquet`.
    """
    part = temporary(path)
    with disk_errors(path):
        _write_whole(open_parquet(part, table.schema, compact), table, ROW_GROUP, part, path)


def write_released(path: Path, table: pa.Table) -> None:
    """Writes a Parquet file of a dataset that is released, whole or not at all; the same rows give the same bytes.

    Its pages are cut by their content, so that a row more or less leaves the others as they are: a Hub that stores
    chunks of files is sent the changed ones alone. An index says which rows are in which page.

    Args:
        path: the file; its folder is there.
        table: the rows; RELEASED_ROW_GROUP of them make a row group.
    """
    part = temporary(path)
    with disk_errors(path):
        writer = pq.ParquetWriter(
            part,
            table.schema,
            compression="zstd",
            compression_level=3,
            # Ids are all different: as a dictionary a column of them is one page, whatever its length.
            use_dictionary=[
                one.name for one in table.schema if one.type == pa.string() and not one.name.endswith("_id")
            ],
            use_content_defined_chunking=True,
            write_page_index=True,
        )
        # Where pages end depends on where the table's chunks do.
        _write_whole(writer, table.combine_chunks(), RELEASED_ROW_GROUP, part, path)


def _write_whole(writer: pq.ParquetWriter, table: pa.Table, rows: int, part: Path, path: Path) -> None:
    """Writes a table in row groups of so many rows and gives the file its name."""
    try:
        writer.write_table(table, row_group_size=rows)
        writer.close()
        sync_rename(part, path)
    except OSError:
        abandon_part(writer, part)
        raise


def abandon_part(writer: pq.ParquetWriter, part: Path) -> None:
    """Closes a writer whose file is lost, and removes the file.

    Args:
        writer: the writer, open or not.
        part: the file that it was writing.
    """
    # A full disk refuses the footer too, and would again, with a traceback, when the writer is collected.
    with suppress(OSError):
        writer.close()
    writer.is_open = False
    part.unlink(missing_ok=True)


def open_parquet(path: Path, schema: pa.Schema, compact: bool = True) -> pq.ParquetWriter:
    """A Parquet writer with the project's settings (zstd, row-group statistics).

    Args:
        path: the file, mostly under its temporary name.
        schema: of all tables that are written into it.
        compact: false for texts that stay in the working folder, where every stage reads them again: LZ4 is larger,
            and sooner written and read.

    Returns:
        The writer, to be closed.
    """
    if not compact:
        return pq.ParquetWriter(path, schema, compression="lz4")
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=3)


def sync_rename(part: Path, path: Path) -> None:
    """Syncs a finished temporary file to disk and gives it its name.

    Args:
        part: the finished file under its temporary name.
        path: its name, in the same folder.
    """
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns what the disk refuses (no space, read-only) into a UserError that names the path.

    Args:
        path: what is being written.

    Yields:
        Nothing; what is done inside is watched.

    Raises:
        UserError: the disk refused; the sentence says whether a file is in a folder's place, and what to do.
    """
    try:
        yield
    except OSError as error:
        if file := _in_the_way(path, error):
            raise UserError(f"cannot write {path}: {file}") from None
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot write {path}: {reason}; free some space or mend the folder's permissions, then run the same "
            "command again: what is done is kept"
        ) from None


def _in_the_way(path: Path, error: OSError) -> str:
    """What stands where a file or folder was to be made, and what to do; empty where the error is of another kind."""
    if not isinstance(error, (FileExistsError, NotADirectoryError, IsADirectoryError)):
        return ""
    if path.is_dir():
        return "it is a folder; give the name of a file"
    files = [one for one in (path, *path.parents) if one.is_file()]
    return f"{files[0]} is a file, where a folder is needed; give another place, or move the file away" if files else ""


def read_text(path: Path, advice: str, encoding: str = "utf-8") -> str:
    """Reads a text file that a user named.

    Args:
        path: the file.
        advice: what to do where it cannot be read.
        encoding: utf-8, or utf-8-sig where a byte order mark may come first.

    Returns:
        The text.

    Raises:
        UserError: there is none, it is a folder, the system refuses it, or it is not UTF-8.
    """
    with _problems_named(path, advice):
        return path.read_text(encoding)


def read_text_by_its_mark(path: Path, advice: str) -> str:
    """Reads a text file that a user named as sources are read: UTF-8, or UTF-16 by its byte order mark.

    Args:
        path: the file, packed or not.
        advice: what to do where it cannot be read.

    Returns:
        The text without the mark, with a line feed at each line's end.

    Raises:
        UserError: as for `read_text`, or it is UTF-32 or UTF-16 without a mark.
    """
    with _problems_named(path, advice), open_utf8(path) as file:
        return io.StringIO(file.read().decode(), newline=None).read()


@contextmanager
def _problems_named(path: Path, advice: str) -> Iterator[None]:
    try:
        yield
        return
    except FileNotFoundError:
        problem = f"there is no file {path}"
    except IsADirectoryError:
        problem = f"{path} is a folder"
    except UnicodeDecodeError as error:
        problem = f"{path} is no text in UTF-8 (byte {error.start + 1})"
    except (OSError, EOFError, zlib.error) as error:
        problem = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
    raise UserError(f"{problem}; {advice}")
