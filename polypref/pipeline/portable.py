"""Settings as plain values that are equal wherever a build's files lie: for fingerprints, and to be published."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from ..files.atomic import plain
from ..files.json_types import Json
from ..files.readers import is_there
from ..scripting.own_code import is_own

#: What polypref's classes call a file or folder. What such a one holds has a part in fingerprints of its own.
_PATHS = ("path", "previous", "review", "retracted", "marks")


def portable(value: object, digest: Callable[[Path], str] | None = None) -> Json:
    """Settings as plain values, with paths of local files cut to their last part: a copy elsewhere is equal.

    Args:
        value: settings of any kind.
        digest: gives the digest of a file: for a fingerprint. Of a file that a setting of somebody's own class names,
            what it holds counts then beside its name; a folder, or what is no file, counts as it is written.

    Returns:
        Mappings, lists, texts and numbers, as JSON has them.
    """
    return _portable(value, plain(value), digest, own=False)


def _portable(value: object, written: Json, digest: Callable[[Path], str] | None, own: bool) -> Json:
    """What was written down of a value, with paths cut; what stands in an object of an own class is its own too."""
    if isinstance(written, list):
        parts = value if isinstance(value, list | tuple) else [None] * len(written)
        return [_portable(part, one, digest, own) for part, one in zip(parts, written, strict=True)]
    if not isinstance(written, dict):
        return written
    members: dict[str, object] = {}
    if isinstance(value, Mapping):
        members = {str(key): one for key, one in value.items()}
    elif is_dataclass(value):
        own, members = own or is_own(value), {f.name: getattr(value, f.name) for f in fields(value)}
    return {
        key: _path(one, digest if own else None)
        if key in _PATHS and isinstance(one, str) and not (key == "previous" and _is_on_hub(one))
        else _portable(members.get(key), one, digest, own)
        for key, one in written.items()
    }


def _is_on_hub(previous: str) -> bool:
    """Whether an earlier version is one on the Hub, which is the same everywhere."""
    return "@" in previous and not is_there(previous)


def _path(path: str, digest: Callable[[Path], str] | None) -> Json:
    if digest is None:
        return Path(path).name
    return [Path(path).name, digest(Path(path))] if is_there(path) and Path(path).is_file() else path
