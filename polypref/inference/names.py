"""Whether a server's name for a model is the one that was asked for: only an owner, a date or a revision may differ.

A name ends in a pin where it says which state of the model it is: a date (`gpt-4o-2024-08-06`, `gpt-4-0613`), `latest`,
or what stands after an `@`. What one side leaves out may be anything; what both say must agree. Everything else in a
name is the model: its size, `-it`, `-base`, a quantisation (`-Q4_K_M.gguf`, `-FP8`), a variant (`:free`, `:8b`).
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ..console.redaction import redact_text
from ..errors import UserError

#: Names of whatever is newest: they agree with every date and commit.
_POINTERS = frozenset({"latest", "main", "master", "head", "default"})
# As model makers write dates: 2024-08-06, 20240806, 240806; 05-20; 08-2024; 2407 or 0613.
_DATES = (
    re.compile(r"(?P<y>20\d\d)-?(?P<m>0[1-9]|1[0-2])-?(?P<d>0[1-9]|[12]\d|3[01])"),
    re.compile(r"(?P<m>0[1-9]|1[0-2])-(?P<y>20\d\d)"),
    re.compile(r"(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])"),
    re.compile(r"(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"),
    re.compile(r"(?P<yy>2\d|3\d)(?P<m>0[1-9]|1[0-2])"),
    re.compile(r"(?P<yy>2\d|3\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])"),
)
_DATED = re.compile(r"(?<=[^-])-(?:20\d\d-\d\d-\d\d|20\d{6}|\d\d-20\d\d|\d\d-\d\d|\d{6}|\d{4})$")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
# A folder of the Hub's cache: models--OWNER--NAME/snapshots/COMMIT.
_CACHED = re.compile(r"(?:^|/)models--(?P<owner>[^/]+?)--(?P<name>[^/]+)/snapshots/(?P<commit>[^/]+)$")
_FOLDER = re.compile(r"(?:/|~|\.{1,2}/|[a-z]:/)")
#: Folders that models lie in: what is called so is nobody's name.
_SHELVES = frozenset({"models", "model", "weights", "checkpoints", "hub"})

_Date = tuple[str | None, str | None, str | None]


class _Name(NamedTuple):
    """A name in its parts; the owners of a folder on a disk are the folders above it."""

    owners: tuple[str, ...]
    model: str
    pin: str
    folder: bool = False


@lru_cache(maxsize=1024)
def same_model(served: str, asked: str) -> bool:
    """Whether a server's name for a model stands for the one asked for.

    Args:
        served: as the server's answer names it.
        asked: as the request names it.

    Returns:
        Whether they are equal but for case, and for an owner, a date or a revision that only one of them gives.
    """
    if _plain(served) == _plain(asked):
        return True
    one, other = _parts(served), _parts(asked)
    return bool(one.model) and one.model == other.model and _same_owner(one, other) and pins_agree(one.pin, other.pin)


def pinned(name: str) -> str:
    """What a name says of the model's date or revision.

    Args:
        name: of a model.

    Returns:
        The date, `latest`, or what stands after an `@`; empty where it says nothing.

    Example:
        >>> pinned("gpt-4o-2024-08-06"), pinned("lab/model@0123abc"), pinned("gemma-2-9b-it")
        ('2024-08-06', '0123abc', '')
    """
    return _parts(name).pin


def pins_agree(one: str, other: str) -> bool:
    """Whether two dates or revisions can be the same; one that is left out can be any.

    Args:
        one: a date, a commit or a pointer such as `latest`; empty where nothing is said.
        other: another.

    Returns:
        Whether they agree in all that both say.

    Example:
        >>> pins_agree("2024-08-06", "0806"), pins_agree("2024-08-06", "2024-05-13")
        (True, False)
    """
    one, other = one.lower(), other.lower()
    if not one or not other or one == other or one in _POINTERS or other in _POINTERS:
        return True
    if (dates := _dates(one)) and (others := _dates(other)):
        return any(_overlap(a, b) for a in dates for b in others)
    if _COMMIT.fullmatch(one) and _COMMIT.fullmatch(other):
        return one.startswith(other) or other.startswith(one)
    return False


def public_name(name: str) -> str:
    """A name without where somebody keeps the model.

    Args:
        name: Hub id, path, or the name that a server knows a model by.

    Returns:
        Of a folder or file only the last part, of one in the Hub's cache its id and commit; secrets starred.

    Example:
        >>> public_name("/home/ada/models/my-model"), public_name("lab/model")
        ('my-model', 'lab/model')
    """
    whole = name.strip().replace("\\", "/").rstrip("/")
    cached = _CACHED.search(whole)
    if cached:
        return redact_text(f"{cached['owner']}/{cached['name']}@{cached['commit']}")
    return redact_text(whole.rpartition("/")[2] if _FOLDER.match(whole.lower()) else whole)


def refuse_missing_folder(name: str) -> None:
    """Stops at a path where there is nothing, before a library is loaded that would ask the Hub for it.

    Args:
        name: Hub id or path of a model.

    Raises:
        UserError: it can only be a path, and nothing lies there.
    """
    is_path = name.startswith(("/", "./", "../", "~")) or name.count("/") > 1
    if is_path and not Path(name).expanduser().exists():
        raise UserError(f"no model {name}: no folder here; check its path")


def comparable(one: str, other: str) -> bool:
    """Whether two revisions are of one kind, so that they can differ.

    Args:
        one: a revision.
        other: another.

    Returns:
        Whether both are dates, or both commits.
    """
    one, other = one.lower(), other.lower()
    return bool(_dates(one) and _dates(other)) or bool(_COMMIT.fullmatch(one) and _COMMIT.fullmatch(other))


def _plain(name: str) -> str:
    return name.strip().lower().replace("\\", "/").rstrip("/")


def _parts(name: str) -> _Name:
    plain = _plain(name)
    if cached := _CACHED.search(plain):
        return _Name((cached["owner"],), cached["name"], cached["commit"])
    head, _, pin = plain.partition("@")
    *owners, last = head.split("/")
    if not pin:
        model, _, tag = last.rpartition(":")
        if model and (tag in _POINTERS or _dates(tag)):
            last, pin = model, tag
        elif last.endswith("-latest"):
            last, pin = last.removesuffix("-latest"), "latest"
        elif (dated := _DATED.search(last)) and _dates(dated[0][1:]):
            last, pin = last[: dated.start()], dated[0][1:]
    return _Name(tuple(owners), last, pin, _FOLDER.match(head) is not None)


def _same_owner(one: _Name, other: _Name) -> bool:
    """Whether owners agree: `openrouter/openai` and `openai` do. Two folders that differ are two models."""
    if one.folder and other.folder:
        return False
    if one.folder or other.folder:
        folder, name = (one, other) if one.folder else (other, one)
        above = [part for part in folder.owners if part not in ("", "~", ".", "..") and not part.endswith(":")]
        unnamed = len(above) < 2 or above[-1] in _SHELVES
        return unnamed or not name.owners or name.owners[-1] in above
    return all(a == b for a, b in zip(reversed(one.owners), reversed(other.owners), strict=False))


def _dates(text: str) -> list[_Date]:
    """The (year, month, day) that a text can stand for: `0613` and `2407` are written alike."""
    dates: list[_Date] = []
    for form in _DATES:
        if match := form.fullmatch(text):
            parts = match.groupdict()
            year = parts.get("y") or (f"20{parts['yy']}" if parts.get("yy") else None)
            dates.append((year, parts.get("m"), parts.get("d")))
    return dates


def _overlap(one: _Date, other: _Date) -> bool:
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))
