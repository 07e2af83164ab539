r"""How columns are named: paths into a row, templates that join columns, constants.

- `a.b`, `a[0]`, `a[-1]`, `a.0`, `responses["gpt-3.5-turbo"].text`: a path. At every level a key that is written exactly
  as what is left of the path goes first, then shorter ones, so `responses.gpt-3.5-turbo.text` is understood too. Within
  quotes `\"` is a quotation mark and `\\` a backslash.
- `.`: the value itself, where it is an item of a list of bare values, as in `["A", "B"]`.
- `{instruction}\n\n{input}`: a template, whose braces hold paths; `{{` and `}}` are braces. A line all of whose columns
  are absent, null or blank is left out, the blank lines round it become one, and both ends are stripped. A template of
  one path and nothing else is that path.
- `=VALUE`: the same text for every row.

A key with accents is found in either of Unicode's forms (NFC, NFD), the one that is written first. A column that is
called exactly as what is written goes before all of these.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from ..errors import UserError

#: How an item of a list of bare values is named.
ITEM = "."
#: Characters of a path and of a template, steps of a path and columns of a template, at most.
MAX_PATH, MAX_TEMPLATE, MAX_STEPS, MAX_COLUMNS = 1_000, 20_000, 32, 64

_INDEX = re.compile(r"\[(-?[0-9]{1,9})\](?=[.\[]|\Z)")
_QUOTED = re.compile(r"""\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\](?=[.\[}]|\Z)""", re.DOTALL)
# A key that is written without quotes; one of digits alone could be a place in a list.
_PLAIN = re.compile(r"(?![0-9-]*\Z)[^.\[\]{}=\"'\\]+")
_PLACE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True)
class Step:
    """One step of a path.

    Attributes:
        keys: (key, number of the step that comes after it) for each key that may be meant in an object, in the order in
            which they are tried: the longest first.
        place: which item of a list is meant, counted from the end where it is below 0; None for none.
    """

    keys: tuple[tuple[str, int], ...]
    place: int | None


@dataclass(frozen=True)
class Path:
    """A path, step by step; `text` is how it is written."""

    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Constant:
    """The same text for every row."""

    text: str


@dataclass(frozen=True)
class Template:
    """Columns joined by a text: for each of its lines the pieces, texts and paths."""

    lines: tuple[tuple[str | Path, ...], ...]

    @property
    def only(self) -> Path | None:
        """The path that is all of it; None where there is more."""
        piece = self.lines[0][0] if len(self.lines) == 1 and len(self.lines[0]) == 1 else None
        return piece if isinstance(piece, Path) else None


Parsed: TypeAlias = Path | Constant | Template


class _Wrong(ValueError):
    """Says what is wrong with the name of a column, and what to write."""


@lru_cache(maxsize=4096)  # asked of every field of every row
def parsed(column: str) -> Parsed:
    """What the name of a column means.

    Args:
        column: as it is declared.

    Returns:
        a path, a template or a constant.

    Raises:
        UserError: it is none of these, or too long.

    Example:
        >>> parsed("=de")
        Constant(text='de')
        >>> [step.place for step in parsed("turns[-1].content").steps]
        [None, -1, None]
    """
    try:
        return _parsed(column)
    except _Wrong as wrong:
        raise UserError(f"column {column[:60]!r}{'...' * (len(column) > 60)}: {wrong}") from None


def column_complaint(column: str) -> str:
    """What is wrong with the name of a column.

    Args:
        column: as it is declared.

    Returns:
        a clause without a full stop; empty where nothing is.

    Example:
        >>> column_complaint("{instruction} {input"), column_complaint("input")
        ('the brace at character 15 is not closed; write {COLUMN}, or {{ for a brace', '')
    """
    try:
        _parsed(column)
    except _Wrong as wrong:
        return str(wrong)
    return ""


def path_of(keys: Sequence[str | int]) -> str:
    """How the place of a value in a row is written as a column.

    Args:
        keys: from the row inwards, keys of objects and places in lists; at least one, a key first.

    Returns:
        the key itself where there is one; else a path, keys with dots, brackets and the like in quotes, the whole in
        braces where a key holds one.

    Example:
        >>> path_of(["turns", -1, "content"]), path_of(["answers", "m-1.5"])
        ('turns[-1].content', 'answers["m-1.5"]')
    """
    if len(keys) == 1 and not column_complaint(only := str(keys[0])) and not only.startswith("="):
        return only  # a column of the row itself is known by its name, whatever that holds
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif _PLAIN.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += '["{}"]'.format(re.sub(r'(["\\])', r"\\\1", key))
    return f"{{{text}}}" if "{" in text or "}" in text else text


def _parsed(column: str) -> Parsed:
    braces = "{" in column or "}" in column
    if column.startswith("=") or braces:
        if len(column) > MAX_TEMPLATE:
            raise _Wrong(f"it has {len(column):,} characters; at most {MAX_TEMPLATE:,} are read")
        return Constant(column[1:]) if column.startswith("=") else _template(column)
    return _path(column)


def _path(text: str) -> Path:
    if len(text) > MAX_PATH:
        raise _Wrong(f"it has {len(text):,} characters; at most {MAX_PATH:,} are read as the path of a column")
    if text == ITEM:
        return Path(text, ())
    parts = list(_parts(text))
    if len(parts) > MAX_STEPS:
        raise _Wrong(
            f"it has {len(parts)} steps; at most {MAX_STEPS} are taken; a name with dots in it is one step in quotes, "
            'as in ["a name. With dots."]'
        )
    steps = []
    for number, part in enumerate(parts):
        keys: tuple[tuple[str, int], ...] = () if part.key is None else ((part.key, number + 1),)
        if part.bare:
            longer = [(text[part.start : parts[last].end], last + 1) for last in range(len(parts) - 1, number, -1)]
            keys = (*longer, *keys)
        steps.append(Step(tuple(_spellings(keys)), part.place))
    return Path(text, tuple(steps))


def _spellings(keys: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Keys as they are written; then, where accents may stand in letters or beside them, the same in Unicode's forms.

    Nobody sees the difference, and programs write either.
    """
    for key, after in keys:
        forms = (key,) if key.isascii() else (key, unicodedata.normalize("NFC", key), unicodedata.normalize("NFD", key))
        yield from ((form, after) for form in dict.fromkeys(forms))


class _Part(NamedTuple):
    """A step as it is written: its key, its place in a list, where it begins and ends, whether it has no brackets."""

    key: str | None
    place: int | None
    start: int
    end: int
    bare: bool


def _parts(text: str) -> Iterator[_Part]:
    at, end = 0, -1
    while end < len(text):
        if match := _INDEX.match(text, at):
            end = match.end()
            yield _Part(None, int(match[1]), at, end, False)
        elif match := _QUOTED.match(text, at):
            end = match.end()
            key = re.sub(r"\\(.)", r"\1", match[match.lastindex or 1], flags=re.DOTALL)
            yield _Part(key, None, at, end, False)
        else:
            end = at
            while end < len(text) and text[end] != "." and not _bracket(text, end):
                end += 1
            name = text[at:end]
            yield _Part(name, int(name) if _PLACE.fullmatch(name) else None, at, end, True)
        if end == len(text):
            return
        at = end + (text[end] == ".")


def _bracket(text: str, at: int) -> bool:
    return text[at] == "[" and bool(_INDEX.match(text, at) or _QUOTED.match(text, at))


def _template(text: str) -> Template:
    lines: list[list[str | Path]] = [[]]
    columns = 0
    for piece in _pieces(text):
        if isinstance(piece, Path):
            columns += 1
            lines[-1].append(piece)
            continue
        first, *more = piece.split("\n")
        if first:
            lines[-1].append(first)
        lines += [[line] if line else [] for line in more]
    if not columns:
        raise _Wrong("it names no column; write {COLUMN} ({{ and }} are braces), or =TEXT for the same text everywhere")
    if columns > MAX_COLUMNS:
        raise _Wrong(f"it joins {columns} columns; at most {MAX_COLUMNS} can be joined")
    return Template(tuple(map(tuple, lines)))


def _pieces(text: str) -> Iterator[str | Path]:
    """The texts and the paths of a template, in their order; neighbouring texts may come apart."""
    at = 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            yield text[at]
            at += 2
        elif text[at] == "}":
            raise _Wrong(f"the brace at character {at + 1} closes nothing; write }}}} for a brace")
        elif text[at] == "{":
            end = _closing(text, at + 1)
            if end == at + 1:
                raise _Wrong(
                    f"the braces at character {at + 1} hold no column; write {{COLUMN}}, or {{{{}}}} for braces"
                )
            yield _path(text[at + 1 : end])
            at = end + 1
        else:
            end = min((place for brace in "{}" if (place := text.find(brace, at)) >= 0), default=len(text))
            yield text[at:end]
            at = end


def _closing(text: str, start: int) -> int:
    """Where the brace is that closes a column; one within quotes is of the key."""
    at = start
    while at < len(text) and text[at] not in "{}":
        quoted = _QUOTED.match(text, at)
        at = quoted.end() if quoted else at + 1
    if at == len(text) or text[at] == "{":
        raise _Wrong(f"the brace at character {start} is not closed; write {{COLUMN}}, or {{{{ for a brace")
    return at
