"""Puts a finished dataset in the place of the one before, and touches nothing that polypref did not write."""

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import UserError
from ..files.atomic import file_digest
from ..files.json_types import Json
from ..files.owned import FORMAT, is_ours, is_there, read_record, recorded, write_record
from . import provenance

STAGING = ".polypref/folder"
_REPLACED = ".polypref/replaced"
_TOP = ("README.md", "provenance.json")
# What a build keeps in `STAGING` until it is done, each also under its temporary name.
_STAGED = re.compile(
    r"scratch/.+|[0-9]+\.arrow|(?:data/(?:ratings/)?[^/]+/)?\.?(?:README\.md|provenance\.json|(?:train|test)-[0-9]{8,}-[0-9]{8,}\.parquet)"
    r"(?:\.[0-9]+-[0-9a-f]+\.tmp)?"
)
Known = dict[str, set[str]]


def check_place(out: Path, thorough: bool = False) -> Known:
    """Sees that a build may replace the dataset of a folder, and what of it is polypref's.

    Args:
        out: the folder.
        thorough: compare digests; else a file whose size, time and number are as recorded is taken for unchanged.

    Returns:
        Path -> digests of what polypref wrote there.

    Raises:
        UserError: something is there that polypref did not write, that was changed since, or that is a link.
    """
    known = _known(out)
    stamps = read_record(out).get("stamps")
    if thorough or not isinstance(stamps, dict):
        stamps = {}
    for place in (STAGING, _REPLACED):
        if (out / place).is_symlink():
            raise UserError(f"{out / place} is a symbolic link, which no build made; remove it and build again")
    _check_disks(out)
    for name in _TOP:
        if is_there(out / name) and not _unchanged(out / name, name, known, stamps):
            raise UserError(_not_ours(out / name, name, known))
    _check_data(out / "data", known, stamps)
    return known


def check_staging(out: Path) -> None:
    """Sees that what lies in `STAGING` is what a build that was stopped left there, and may be cleared away.

    Args:
        out: the dataset's folder.

    Raises:
        UserError: something is there that no build makes, or no build ever got so far.
    """
    work = out / STAGING
    began = any((out / ".polypref").glob("balance-*/done.json"))
    for parent, inner, files in os.walk(work, onerror=_unreadable) if is_there(work) else ():
        links = [name for name in inner if Path(parent, name).is_symlink()]
        for path in sorted(Path(parent, name) for name in (*links, *files)):
            name = path.relative_to(work).as_posix()
            if not began or path.is_symlink() or not _STAGED.fullmatch(name):
                raise UserError(
                    f"{path} is no file that polypref wrote, and the build would delete it; move it away, or choose "
                    "another folder (out= or --out)"
                )


def _check_disks(out: Path) -> None:
    data, store = out / "data", out / ".polypref"
    if data.is_symlink():
        raise UserError(
            f"{data} is a symbolic link, and a build replaces data/ as a whole; move what it points to back in its "
            "place, or make the folder itself (out= or --out) a link to the other disk"
        )
    if data.is_dir() and os.path.ismount(data):
        raise UserError(
            f"{data} is a mount point, which no build can replace; mount the disk at the folder itself (out= or --out)"
        )
    if store.is_dir() and store.stat().st_dev != out.stat().st_dev:
        raise UserError(
            f"{store} is on another disk than {out}, and finished files are moved from one to the other at once; keep "
            "both on one disk"
        )


def _check_data(data: Path, known: Known, stamps: Mapping[str, Json], at: str = "data") -> None:
    """Sees that a folder holds nothing but what polypref wrote as `at`."""
    if not is_there(data):
        return
    if not data.is_dir():
        raise UserError(f"{data} is no folder, and the build makes one of this name; move it away")
    folders = {str(parent) for name in known for parent in Path(name).parents}
    for parent, inner, files in os.walk(data, onerror=_unreadable):
        for one in sorted((*inner, *files)):
            path = Path(parent, one)
            name = f"{at}/{path.relative_to(data).as_posix()}"
            if path.is_symlink() or (name in known and path.is_dir()):
                raise UserError(_not_ours(path, name, known))
            ours = name in folders if path.is_dir() else _unchanged(path, name, known, stamps)
            if not ours:
                raise UserError(_not_ours(path, name, known))


def _unreadable(error: OSError) -> None:
    raise UserError(f"cannot read {error.filename}: {error.strerror}; check its permissions") from None


def _unchanged(path: Path, name: str, known: Known, stamps: Mapping[str, Json]) -> bool:
    if name not in known or path.is_symlink() or not path.is_file():
        return False
    return stamps.get(name) == stamp(path) or is_ours(path, known[name])


def stamp(path: Path) -> list[int]:
    """Size, time and number of a file: while they stay, gigabytes need not be read to see that nothing changed.

    Args:
        path: the file.

    Returns:
        Bytes, nanoseconds and inode.
    """
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino]


def _not_ours(path: Path, name: str, known: Known) -> str:
    what = "would delete it" if name not in _TOP else "would write over it"
    if path.is_symlink():
        how = "is a symbolic link, which no build made"
    elif name in known:
        how = "was changed after polypref wrote it"
    else:
        how = f"is no {'folder' if path.is_dir() else 'file'} that polypref wrote"
    todo = "move it out of data/, or choose another folder (out= or --out)"
    if name in _TOP:
        todo = "move it away, or choose another folder (out= or --out)"
    if name == "README.md" and name in known:
        todo = (
            "text of your own belongs into the card's file in dataset_cards/; take it there, delete this README.md, "
            "and build again"
        )
    elif name in known and not path.is_symlink():
        todo = "move it out of the folder if you want to keep it, else delete it, and build again"
    return f"{path} {how}, and the build {what}; {todo}"


def place_files(out: Path, files: Mapping[str, str]) -> None:
    """Moves the finished dataset from `STAGING` to its place.

    Args:
        out: the folder.
        files: path -> digest of all that is new: data, README.md, provenance.json.

    Raises:
        UserError: as in `check`; nothing was touched then.
        OSError: the disk refuses; the dataset that was there is there again.
    """
    known = check_place(out, thorough=True)
    work, old = out / STAGING, out / _REPLACED
    _discard_files(old, known)
    both = {name: {*known.get(name, ()), *([files[name]] if name in files else [])} for name in {*known, *files}}
    write_record(out, both, writing=True)
    try:
        if (out / "data").is_dir():
            (out / "data").replace(old)
        # Somebody may have put a file there since it was looked at.
        _check_names(out / "data", old, known)
        (work / "data").replace(out / "data")
    except BaseException:
        if old.is_dir() and not (out / "data").exists():
            old.replace(out / "data")
        write_record(out, both)
        raise
    for name in _TOP:
        (work / name).replace(out / name)
    settle_record(out, files)
    shutil.rmtree(work, ignore_errors=True)


def replace_top(out: Path) -> None:
    """Moves a finished README.md and provenance.json from `STAGING` to their place; the data stays where it is.

    Args:
        out: the dataset's folder, whose place was checked.
    """
    known, work = check_place(out), out / STAGING
    new = {name: file_digest(work / name) for name in _TOP}
    # After a build that was stopped the record names what it would have written too: what is there counts.
    old = {
        name: min(digests) if len(digests) == 1 else file_digest(out / name)
        for name, digests in known.items()
        if name not in _TOP and is_there(out / name)
    }
    write_record(
        out, {name: {*known.get(name, ()), *([new[name]] if name in new else [])} for name in known}, writing=True
    )
    for name in _TOP:
        (work / name).replace(out / name)
    settle_record(out, old | new)
    shutil.rmtree(work, ignore_errors=True)


def _discard_files(old: Path, known: Known) -> None:
    """Deletes the dataset that a build moved out of the way, once it is seen to be that."""
    _check_data(old, known, {})
    if old.is_dir():
        shutil.rmtree(old)


def _check_names(data: Path, moved: Path, known: Known) -> None:
    for path in sorted(moved.rglob("*")):
        name = f"data/{path.relative_to(moved).as_posix()}"
        if not path.is_dir() and name not in known:
            raise UserError(_not_ours(data / path.relative_to(moved), name, known))


def settle_record(out: Path, files: Mapping[str, str]) -> None:
    """Records that the dataset is whole, with digest, size, time and number of every file.

    Args:
        out: the folder.
        files: path -> digest of all that makes up the dataset.
    """
    # Before the record forgets the old files.
    _discard_files(out / _REPLACED, _known(out))
    stamps = {name: stamp(out / name) for name in files}
    write_record(out, {name: {digest} for name, digest in files.items()}, stamps=stamps)


def is_whole(out: Path) -> bool:
    """Whether no build was stopped while it put a dataset in place.

    Args:
        out: the folder.

    Returns:
        True also where no record is kept, as in a download.
    """
    return not read_record(out).get("writing")


def _known(out: Path) -> Known:
    record = read_record(out)
    return recorded(out) if record.get("format") == FORMAT else _of_version_0_1_0(out, record)


def _of_version_0_1_0(out: Path, stamps: Mapping[str, Json]) -> Known:
    """What version 0.1.0 wrote: its record held sizes, times and numbers, its provenance the digests.

    A provenance counts when the record names the same files, or the stage it was made of is in the folder's store: one
    that was merely copied here has neither.
    """
    known: defaultdict[str, set[str]] = defaultdict(set)
    for path in (out / "provenance.json", out / STAGING / "provenance.json"):
        try:
            record = provenance.read_provenance(path)
        except (OSError, UserError):
            continue
        own = set(stamps) == {*_TOP, *record.files}
        if own or (out / ".polypref" / f"balance-{record.fingerprints.get('ranked')}" / "done.json").is_file():
            known["provenance.json"].add(file_digest(path))
            known["README.md"].add(record.readme)
            for name, facts in record.files.items():
                known[name].add(facts.sha256)
    for name, was in stamps.items():
        if known[name]:  # a digest tells more than size and time, which a change may keep
            continue
        with suppress(OSError, ValueError):  # a name that no file can have
            if stamp(out / name) == was:
                known[name].add(file_digest(out / name))
    return dict(known)
