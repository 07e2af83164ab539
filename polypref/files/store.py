"""Where stages keep what they made: a folder a stage, named by what went in, that survives being killed.

Layout: `ROOT/STAGE-FINGERPRINT/PART-00000.parquet ... done.json`. A part is written under a temporary name, synced and
renamed, so a part that is there is whole; `done.json` comes last. A run that was killed makes only what is missing.
"""

import os
import re
import secrets
import shlex
import shutil
import time
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Literal

from ..errors import UserError
from . import locks
from .atomic import Setting, disk_errors, file_digest, fingerprint, read_json, write_bytes, write_json
from .json_types import JsonObject, mapping_of, text_of

_FRESH = 2_000_000_000  # nanoseconds: the coarsest file time in use (FAT)
# A copy by hand may end in a line's end.
_SALT = re.compile(rb"[0-9a-f]{64}\s*")


class Stage:
    """A stage's folder.

    Attributes:
        path: the folder.
        fingerprint: what went in; a later stage takes it as the fingerprint of its input.

    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint

    @property
    def done(self) -> JsonObject | None:
        """The closing record of a finished stage (`parts`, `funnel`, what the stage adds), or None."""
        return read_json(self.path / "done.json")

    def part(self, table: str, number: int) -> Path:
        """Path of one part of one of the stage's tables.

        Args:
            table: the table's name.
            number: of the part, from 0.

        Returns:
            The path, `TABLE-NUMBER.parquet`; nothing need be there.
        """
        return self.path / f"{table}-{number:05d}.parquet"

    def parts(self, table: str) -> list[Path]:
        """The parts of a table that are there, in order.

        Args:
            table: the table's name.

        Returns:
            Their paths; those of a run under way are whole too, as a part gets its name last.
        """
        return sorted(self.path.glob(f"{table}-*.parquet"))

    def finish(self, record: JsonObject) -> None:
        """Writes the closing record: from now on the stage is whole.

        Args:
            record: what `done` gives from then on: the funnel and whatever the stage adds.
        """
        write_json(self.path / "done.json", record)


def fingerprints(stages: Iterable[Stage]) -> list[str]:
    """What stands for the content of stages.

    Args:
        stages: any stages.

    Returns:
        a fingerprint each.
    """
    return [stage.fingerprint for stage in stages]


class Store:
    """The working folder of one build, held by one process at a time.

    Args:
        root: the folder; made when missing.
        build: name of the build it belongs to.

    Raises:
        UserError: another process holds it, it belongs to another build of which something is done, or it cannot be
            written.

    """

    def __init__(self, root: Path, build: str) -> None:
        self.root = root
        with disk_errors(root):
            root.mkdir(parents=True, exist_ok=True)
            self._lock: int | None = locks.hold_lock(root)
        try:
            self._claim(build)
        except UserError:
            self.close()
            raise

    def _claim(self, build: str) -> None:
        owner = self.root / "build.json"
        before = read_json(owner)
        if before is None:
            with disk_errors(self.root):
                for left in self.root.glob(".build.json.*.tmp"):
                    left.unlink()
            write_json(owner, {"build": build})
            return
        if before.get("build") != build and not self._holds_something():
            # The name was mended before anything came of the build: nothing is lost with it.
            write_json(owner, {"build": build})
        elif before.get("build") != build:
            raise UserError(
                f"{self.root.parent} holds the build '{before.get('build')}', not '{build}'; choose another folder "
                "(out= or --out)"
            )
        # Only in a folder that is known to be this build's own.
        with disk_errors(self.root):
            for left in self.root.glob(".*.tmp"):
                left.unlink()

    def _holds_something(self) -> bool:
        """Whether something of the build that is there would be missed: a stage, answers, what is beside it."""
        done = any(self.root.glob("*/done.json")) or (self.root / "responses.sqlite").exists()
        return done or any(path.name != self.root.name for path in self.root.parent.iterdir())

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

    def stage(self, name: str, version: int, settings: Setting, inputs: Setting) -> Stage:
        """The folder for a stage with these settings and inputs; leftovers of a killed run are cleared away.

        Args:
            name: the stage's name.
            version: raised by whoever changes what the stage computes.
            settings: what steers it.
            inputs: fingerprints of what it reads.

        Returns:
            The stage; its folder is there, finished or not.
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

        Args:
            path: the file or folder that the build reads.

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
                        f"the build reads {path}, which is in what it writes over ({place}); choose another folder "
                        f"(--out {shlex.quote(str(_free_beside(out)))}, or out= in Python), or keep a copy of the "
                        "input elsewhere"
                    )

    def salt(self) -> str:
        """The secret of this build from which pseudonyms of people are made; it never leaves the folder.

        Returns:
            64 hexadecimal digits, the same whenever this folder is built again.

        Raises:
            UserError: the file of the secret holds something else; without one pseudonyms could be guessed.
        """
        path = self.root / "pseudonyms.key"
        with disk_errors(path):
            if not path.exists():
                write_bytes(path, secrets.token_hex(32).encode())
                path.chmod(0o600)
            key = path.read_bytes()
        if not _SALT.fullmatch(key):
            raise UserError(
                f"{path}, the secret from which pseudonyms of people are made, is not as polypref wrote it (64 "
                "hexadecimal digits); put it back from a copy, or delete it: people then get other pseudonyms"
            )
        return key.decode("ascii").strip()

    def digest(self, path: Path) -> str:
        """SHA-256 of an input file, remembered by size and time so that an unchanged one is not read again.

        Args:
            path: the file.

        Returns:
            64 hexadecimal digits.

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
        before = mapping_of(known.get(key))
        if before.get("stamp") == stamp:
            return text_of(before.get("sha256"))
        digest = file_digest(path)
        # A file of this very moment may change again without a new time: clocks of file systems are coarse.
        if time.time_ns() - stat.st_mtime_ns > _FRESH:
            write_json(memo, known | {key: {"stamp": stamp, "sha256": digest}})
        return digest


def _free_beside(out: Path) -> Path:
    """A folder for the next version that nothing has taken yet."""
    return next(path for number in count(2) if not (path := out.with_name(f"{out.name}-{number}")).exists())
