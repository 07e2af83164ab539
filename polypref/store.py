"""Where stages keep what they made: a folder a stage, named by what went in, that survives being killed.

Layout: `ROOT/STAGE-FINGERPRINT/PART-00000.parquet ... done.json`. A part is written under a temporary name, synced and
renamed, so a part that is there is whole; `done.json` comes last. A run that was killed makes only what is missing.
"""

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from . import locks
from .errors import UserError
from .redact import forget_values, shown

#: Rows of a Parquet row group: small enough to stream, large enough to compress.
ROW_GROUP = 2_000
# Processes on two machines that share a folder may have the same number.
_MACHINE = secrets.token_hex(4)
_FRESH = 2_000_000_000  # nanoseconds: the coarsest file time in use (FAT)


def plain(value: Any) -> Any:
    """Settings as JSON can hold them: dataclasses become dicts that name their class, paths and tuples plain values."""
    if is_dataclass(value) and not isinstance(value, type):
        # A field marked `settings: False` says how something is done, not what comes of it (an address, a batch size).
        # A secret is a star: a change of key changes nothing that comes of it, and fingerprints tell nothing of it.
        fields = [f for f in dataclass_fields(value) if f.metadata.get("settings", True)]
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
    raise TypeError(f"a setting of type {type(value).__name__} cannot be written down: {value!r}")


def fingerprint(*values: Any) -> str:
    """Returns 16 hexadecimal digits that stand for the values: equal settings and inputs, equal digits."""
    text = forget_values(json.dumps(plain(values), sort_keys=True))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        UserError: the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None


def temporary(path: Path) -> Path:
    """The name under which this process writes a file: another process, on this machine or not, writes another."""
    return path.with_name(f".{path.name}.{os.getpid()}-{_MACHINE}.tmp")


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all (temporary name, sync, rename).

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


def json_bytes(value: Any) -> bytes:
    """A value as a JSON file; keys sorted, so that equal values give equal bytes."""
    text = json.dumps(plain(value), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    # A file name that is not UTF-8 holds lone surrogates; backslashreplace writes them as JSON writes them.
    return text.encode("utf-8", "backslashreplace")


def write_json(path: Path, value: Any) -> None:
    """Writes a JSON file whole or not at all, as `json_bytes`."""
    write_bytes(path, json_bytes(value))


def read_json(path: Path) -> dict[str, Any] | None:
    """Reads a JSON object; None when there is no such file.

    Raises:
        UserError: the file cannot be read or is not a JSON object.

    """
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check its permissions") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UserError(f"{path} is damaged; delete the folder it is in and run the same command again")
    return found


def write_table(path: Path, table: pa.Table) -> None:
    """Writes a Parquet file whole or not at all; the same table gives the same bytes."""
    part = temporary(path)
    with disk_errors(path):
        writer = open_parquet(part, table.schema)
        try:
            writer.write_table(table, row_group_size=ROW_GROUP)
            writer.close()
            sync_rename(part, path)
        except OSError:
            abandon(writer, part)
            raise


def abandon(writer: pq.ParquetWriter, part: Path) -> None:
    """Closes a writer whose file is lost, and removes the file."""
    # A full disk refuses the footer too, and would again, with a traceback, when the writer is collected.
    with suppress(OSError):
        writer.close()
    writer.is_open = False
    part.unlink(missing_ok=True)


def open_parquet(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet writer with the project's settings (zstd, row-group statistics)."""
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=3)


def sync_rename(part: Path, path: Path) -> None:
    """Syncs a finished temporary file to disk and gives it its name."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns what the disk refuses (no space, read-only) into a UserError that names the path."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"cannot write {path}: {reason}; free some space or mend the folder's permissions, then run the same "
            "command again: what is done is kept"
        ) from None


class Stage:
    """A stage's folder.

    Attributes:
        path: the folder.
        fingerprint: what went in; a later stage takes it as the fingerprint of its input.

    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint

    @property
    def done(self) -> dict[str, Any] | None:
        """The closing record of a finished stage (`parts`, `funnel`, what the stage adds), or None."""
        return read_json(self.path / "done.json")

    def part(self, table: str, number: int) -> Path:
        """Path of one part of one of the stage's tables."""
        return self.path / f"{table}-{number:05d}.parquet"

    def parts(self, table: str) -> list[Path]:
        """The parts of a table that are there, in order."""
        return sorted(self.path.glob(f"{table}-*.parquet"))

    def finish(self, record: Mapping[str, Any]) -> None:
        """Writes the closing record: from now on the stage is whole."""
        write_json(self.path / "done.json", record)


class Store:
    """The working folder of one build, held by one process at a time.

    Args:
        root: the folder; made when missing.
        build: name of the build it belongs to.

    Raises:
        UserError: another process holds it, it belongs to another build, or it cannot be written.

    """

    def __init__(self, root: Path, build: str) -> None:
        self.root = root
        with disk_errors(root):
            root.mkdir(parents=True, exist_ok=True)
            self._lock: int | None = locks.hold(root)
        try:
            self._claim(build)
        except UserError:
            self.close()
            raise

    def _claim(self, build: str) -> None:
        owner = self.root / "build.json"
        found = read_json(owner)
        if found is None:
            with disk_errors(self.root):
                for left in self.root.glob(".build.json.*.tmp"):
                    left.unlink()
            write_json(owner, {"build": build})
            return
        if found.get("build") != build:
            raise UserError(
                f"{self.root.parent} holds the build '{found.get('build')}', not '{build}'; choose another --out"
            )
        # Only in a folder that is known to be this build's own.
        with disk_errors(self.root):
            for left in self.root.glob(".*.tmp"):
                left.unlink()

    def close(self) -> None:
        """Gives the folder back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False

    def stage(self, name: str, version: int, settings: Any, inputs: Any) -> Stage:
        """The folder for a stage with these settings and inputs; leftovers of a killed run are cleared away.

        Args:
            name: the stage's name.
            version: raised by whoever changes what the stage computes.
            settings: what steers it.
            inputs: fingerprints of what it reads.

        """
        digits = fingerprint(name, version, settings, inputs)
        path = self.root / f"{name}-{digits}"
        with disk_errors(path):
            path.mkdir(exist_ok=True)
            for left in path.glob(".*.tmp"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        return Stage(path, digits)

    def check_input(self, path: Path) -> None:
        """Sees that an input is none of the files that a build of this folder replaces, by whatever way it is named.

        Raises:
            UserError: it is.
        """
        if self.root.name != ".polypref":
            return
        out = self.root.parent
        replaced = [out / "data", out / "README.md", out / "provenance.json", self.root / "folder"]
        stats = {place: place.stat() for place in replaced if place.exists()}
        resolved = path.resolve()
        for one in (resolved, *resolved.parents):
            for place, stat in stats.items():
                if one.exists() and os.path.samestat(one.stat(), stat):
                    raise UserError(
                        f"the build reads {path}, which is in what it writes over ({place}); choose another --out, or "
                        "keep a copy of the input elsewhere"
                    )

    def digest(self, path: Path) -> str:
        """SHA-256 of an input file, remembered by size and time so that an unchanged one is not read again.

        Raises:
            UserError: the file cannot be read, or lies where the build writes.
        """
        self.check_input(path)
        try:
            stat = path.stat()
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}; check the path") from None
        memo = self.root / "digests.json"
        known = read_json(memo) or {}
        key, stamp = str(path.resolve()), [stat.st_size, stat.st_mtime_ns, stat.st_ino]
        if known.get(key, {}).get("stamp") == stamp:
            return str(known[key]["sha256"])
        digest = file_digest(path)
        # A file of this very moment may change again without a new time: clocks of file systems are coarse.
        if time.time_ns() - stat.st_mtime_ns > _FRESH:
            write_json(memo, known | {key: {"stamp": stamp, "sha256": digest}})
        return digest
