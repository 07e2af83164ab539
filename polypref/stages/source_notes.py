"""What somebody should know of the sources of a build that is none of its faults: said once, when they are read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..files.cells import Bad, Cell, Row, is_missing, look_up_or_none
from ..files.json_types import JsonObject, mapping_of
from ..layouts.serialised import is_serialised
from ..layouts.source import Source
from ..layouts.tables import Item
from ..layouts.turns import USUAL, has_role, thought_key

# Models that a sentence lists.
_NAMES = 3
_UNKNOWN = "unknown"


class SourceNotes:
    """Counts in the rows of one source what is no fault and yet may be a mistake."""

    def __init__(self, source: Source) -> None:
        self._fields = source.fields
        self._rows, self._grouped, self._printed = 0, 0, 0
        self._one_name, self._thoughts = Counter[str](), Counter[str]()

    def add(self, row: Row, item: Item) -> None:
        """Takes a row that is kept.

        Args:
            row: as read.
            item: what it became.
        """
        self._rows += 1
        texts = [one["text"] for one in item.completions]
        self._printed += bool(texts) and all(text.lstrip()[:1] == "[" and is_serialised(text, True) for text in texts)
        if self._fields.thoughts == "kept":
            self._thoughts.update(set(_thought_keys(row)))
        if self._fields.group and not self._grouped:
            self._grouped += _says_something(row, self._fields.group)
        # A list of answers may well be several by one model; two that are declared one by one are to be told apart.
        if len(self._fields.answers) > 1 and not self._fields.each:
            models = Counter(one["model"] for one in item.completions)
            self._one_name.update(name for name, answers in models.items() if answers > 1 and name != _UNKNOWN)

    def record(self) -> JsonObject:
        """What was counted.

        Returns:
            to be held together with what was counted in other parts of the source.
        """
        counts: JsonObject = {"rows": self._rows, "grouped": self._grouped, "printed": self._printed}
        return counts | {"one_name": dict(self._one_name), "thoughts": dict(self._thoughts)}


def _thought_keys(value: Cell) -> Iterator[str]:
    """The keys under which turns that stand anywhere in a row hold thoughts."""
    if isinstance(value, Mapping):
        if has_role(value, USUAL) and (key := thought_key(value)):
            yield key
        for one in value.values():
            yield from _thought_keys(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _thought_keys(one)


def _says_something(row: Row, column: str) -> bool:
    try:
        value = look_up_or_none(row, column)
    except Bad:
        return True
    return not is_missing(value) and value != ""


def notes_of(parts: Iterable[tuple[Source, JsonObject]]) -> list[str]:
    """What to say of the sources of a build.

    Args:
        parts: each part of a source with what `SourceNotes.record` gave for it.

    Returns:
        sentences without full stops.
    """
    of_source: dict[int, tuple[Source, list[JsonObject]]] = {}
    for source, record in parts:
        of_source.setdefault(id(source), (source, []))[1].append(record)
    return [note for source, records in of_source.values() for note in _notes(source, records)]


def _notes(source: Source, records: Sequence[JsonObject]) -> Iterable[str]:
    rows, group = sum(_number(one.get("rows")) for one in records), source.fields.group
    if group and rows and not any(_number(one.get("grouped")) for one in records):
        yield (
            f"source '{source.name}': column {group!r} (group of Fields) is empty in all {rows:,} rows: no prompt is "
            "joined with its translations"
        )
    printed = sum(_number(one.get("printed")) for one in records)
    if printed * 2 > rows:
        yield (
            f"source '{source.name}': in {printed:,} of {rows:,} rows every answer is a list printed into a text, "
            "as in [\"A lake.\"]; where the texts in it are meant, have it parsed: Fields(..., serialised='texts')"
        )
    keys = Counter[str]()
    for one in records:
        keys.update({key: _number(n) for key, n in mapping_of(one.get("thoughts")).items()})
    for key, number in sorted(keys.items()):
        yield (
            f"source '{source.name}': in {number:,} of {rows:,} rows a turn has a thought under a key of its own, "
            f"'{key}', which thoughts='kept' leaves out, as it speaks of texts; thoughts='cut' keeps it"
        )
    names = Counter[str]()
    for one in records:
        names.update({name: _number(n) for name, n in mapping_of(one.get("one_name")).items()})
    if names:
        listed = ", ".join(f"{name!r:.60} in {n:,}" for name, n in names.most_common(_NAMES)) + " ..." * (
            len(names) > _NAMES
        )
        yield (
            f"source '{source.name}': two answers of a row go by the name of one model ({listed} of {rows:,} rows); "
            "where they are by two, give Answer(model=...) or its model_column the name of each"
        )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
