"""Which layouts fit some rows: shown to a person, and used for nothing without being named.

A layout fits a row that gives a prompt and what says which answers are better, or a prompt alone where that is all that
the layout reads.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ..console.escaping import one_text
from ..errors import UserError
from ..files.cells import Bad, Cell, Row, look_up_or_none
from ..files.encodings import NOT_UTF8, utf8_advice
from ..files.paths import ITEM
from ..files.readers import Line
from .absent_columns import NEEDED
from .columns import NamedColumn, named_columns
from .comparisons import Comparison, comparisons
from .flat_trees import NO_PARENT
from .named import NamedLayout
from .row_columns import RowColumn, Way, ways_of
from .rows import interpret_row
from .tables import Item, NotAsked
from .trees import ANSWERED, ANSWERS, NO_ANSWER, Tree, rows_of_trees
from .where import left_out_by

#: Rows that are looked at, and characters of all of them, at most.
ROWS, CHARACTERS = 200, 1 << 24
#: Rows that are looked at where each is a message, and those that it answers come later.
MESSAGES = 20_000
#: Comparisons that are shown of each layout.
_SAMPLES = 3
#: What stands for the language of every row where neither a column nor anybody says it: rows are only looked at.
_ANY_LANGUAGE = "en"
#: Characters of a column's name in a sentence.
_NAME = 60
#: What is read of a turn.
_OF_TURNS = frozenset({"role", "from", "content", "value", "text", "parts"})
Reading: TypeAlias = tuple[object, ...]
"""The place of a row, its prompt, its answers, and what is said of these."""


@dataclass(frozen=True)
class Fit:
    """How a layout fits.

    Attributes:
        layout: the layout.
        rows: how many rows were looked at (of trees: answered messages, and those that are left out).
        read: how many of them it can read.
        reasons: why not the others.
        samples: what the first few say.
        meaning: for each column of the rows what the layout takes it for; empty where it takes it for nothing.
        absent: columns that the layout names and no row has. Where it is one without which there is no prompt, answer
            or preference, no row is read.
        units: what is counted: rows, or what rows hold several of, as answered messages.
        other_units: reason -> what is counted by it, where these are no `units`: messages that nobody is asked.
        held: how many rows they are in.
        messages: of trees what each of their messages is -> how many; empty of others.
        readings: what is read of each row, so that two layouts that read the same can be told.
    """

    layout: NamedLayout
    rows: int
    read: int
    reasons: Mapping[str, int]
    samples: tuple[Comparison, ...]
    meaning: Mapping[str, str]
    absent: tuple[str, ...]
    units: str = "rows"
    other_units: Mapping[str, str] = field(default_factory=dict)
    held: int = 0
    messages: Mapping[str, int] = field(default_factory=dict)
    readings: frozenset[Reading] = frozenset()

    @property
    def counted(self) -> int:
        """How many `units` there are, read or not."""
        return self.read + sum(rows for reason, rows in self.reasons.items() if reason not in self.other_units)


def some_rows(lines: Iterable[Line], rows: int = ROWS) -> list[Line]:
    """The first rows of a source; fewer where they are long.

    Args:
        lines: the rows.
        rows: how many, at most.

    Returns:
        the rows.

    Raises:
        UserError: there is none, or none that can be read.
    """
    taken: list[Line] = []
    characters = 0
    for line in lines:
        taken.append(line)
        characters += 0 if isinstance(line.row, Bad) else _characters(line.row)
        if len(taken) == rows or characters > CHARACTERS:
            break
    if not taken:
        raise UserError("there is no row in it; check that it is the file that you mean")
    if all(isinstance(line.row, Bad) for line in taken):
        raise UserError(unread_in_words(taken, len(taken) == rows or characters > CHARACTERS))
    return taken


def answered_later(lines: Sequence[Line], one: NamedLayout) -> bool:
    """Whether rows are messages of trees that these rows alone do not make, as the others come later.

    Args:
        lines: the first rows of a source.
        one: the layout that reads them.

    Returns:
        false too where the layout is not of rows that are messages.
    """
    if one.tree is None or not {"parent", "message"} <= one.tree.ids.keys():
        return False
    names = one.tree.ids["parent"], one.tree.ids["message"]
    if not any(all(name in line.row for name in names) for line in lines if not isinstance(line.row, Bad)):
        return False
    return any(isinstance(line.row, Bad) and line.row.reason == NO_PARENT for line in rows_of_trees(lines, one.tree))


def unread_in_words(lines: Sequence[Line], there_are_more: bool) -> str:
    """Which rows of some cannot be read at all, and what to do.

    Args:
        lines: the rows.
        there_are_more: whether others may follow them.

    Returns:
        a sentence without a full stop; empty where all can be read.
    """
    bad = [(line.where, line.row) for line in lines if isinstance(line.row, Bad)]
    if not bad:
        return ""
    firsts = {one.reason: (where, one.detail) for where, one in reversed(bad)}
    reasons = "; ".join(
        f"{reason} {rows:,}, first at {firsts[reason][0]}" + f" ({firsts[reason][1]})" * bool(firsts[reason][1])
        for reason, rows in Counter(one.reason for _, one in bad).most_common()
    )
    advice = utf8_advice(firsts[NOT_UTF8][1]) if NOT_UTF8 in firsts else "mend them, or get the file again"
    rows = f"the {'first ' if there_are_more else ''}{len(lines):,} rows"
    which = f"of {rows} {len(bad):,} cannot be read"
    if len(bad) == len(lines):
        which = f"none of {rows} can be read" if len(lines) > 1 else "the one row cannot be read"
    return f"{which} ({reasons}): {advice}"


def _characters(value: Cell) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(key) + _characters(one) for key, one in value.items())
    return sum(map(_characters, value)) if isinstance(value, list | tuple) else 1


def fitting_layouts(
    lines: Sequence[Line], columns: Sequence[RowColumn], layouts: Iterable[NamedLayout], language: str = ""
) -> list[Fit]:
    """Which layouts fit some rows.

    Args:
        lines: the rows.
        columns: their columns.
        layouts: those that are tried.
        language: of every row, where no column says it.

    Returns:
        the layouts that can read at least one row, the one first that reads most of them, whose own columns are there,
        and that leaves fewest columns unread.
    """
    fits = [fit for one in layouts if (fit := fit_of(lines, columns, one, language)).read]
    return sorted(filter(_is_of_use, fits), key=_order)


def _is_of_use(fit: Fit) -> bool:
    """Whether a layout of prompts alone may be meant: its own columns are there, and hardly any others."""
    unread = sum(not what for what in fit.meaning.values())
    return bool(fit.layout.fields.answers) or (not fit.absent and 2 * unread <= len(fit.meaning))


def _order(fit: Fit) -> tuple[bool, float, int, int, bool, bool, str]:
    unread = sum(not what for what in fit.meaning.values())
    fields = fit.layout.fields
    # Of two that fit alike, one that declares how texts hold conversations declares more than these rows need, and that
    # of an evaluation set is the rarer one.
    last = bool(fields.transcript or fields.serialised), fit.layout.evaluation_set, fit.layout.name
    return not fields.answers, -fit.read / fit.rows, len(fit.absent), unread, *last


def without_repeats(fits: Sequence[Fit]) -> tuple[list[Fit], dict[str, str]]:
    """Those of some fits that read rows in a way of their own.

    Args:
        fits: the best first.

    Returns:
        the fits, but for each that reads exactly what an earlier one reads; and the name of each such layout -> that
        of the earlier one, and what else it is made for.
    """
    kept: list[Fit] = []
    alike: dict[str, str] = {}
    for fit in fits:
        earlier = next((one for one in kept if one.readings == fit.readings), None)
        if earlier is None:
            kept.append(fit)
        else:
            why = why_after(fit, earlier)
            alike[fit.layout.name] = f"{earlier.layout.name}{f': {why}' if why else ''}"
    return kept, alike


def why_after(fit: Fit, first: Fit) -> str:
    """What puts a layout after another one, in words.

    Args:
        fit: that which comes later.
        first: that which comes first.

    Returns:
        a clause, of the first of what layouts are ordered by in which they differ; empty where only their names differ.
    """
    if bool(fit.layout.fields.answers) != bool(first.layout.fields.answers):
        return "it reads prompts alone"
    if fit.read * first.rows != first.read * fit.rows:
        return f"it reads {fit.read:,} of {fit.counted:,} {fit.units}, {first.layout.name} {first.read:,}"
    if len(fit.absent) != len(first.absent):
        return f"it names {', '.join(one_text(name, _NAME) for name in fit.absent)}, which no row has"
    if unread := [name for name, use in fit.meaning.items() if not use and first.meaning.get(name)]:
        return f"it leaves {', '.join(one_text(name, _NAME) for name in unread)} unread"
    fields, other = fit.layout.fields, first.layout.fields
    if bool(fields.transcript or fields.serialised) != bool(other.transcript or other.serialised):
        return "it is made for conversations that are written into one text"
    return "it is made for an evaluation set" if fit.layout.evaluation_set != first.layout.evaluation_set else ""


def fit_of(lines: Sequence[Line], columns: Sequence[RowColumn], one: NamedLayout, language: str = "") -> Fit:
    """How one layout fits some rows.

    Args:
        lines: the rows.
        columns: their columns.
        one: the layout.
        language: of every row, where no column says it.

    Returns:
        How it fits.
    """
    meaning, absent = _meaning([line.row for line in lines if not isinstance(line.row, Bad)], columns, one)
    missing = tuple(dict.fromkeys(named.column for named in absent))
    needed = (named for named in absent if named.use in NEEDED)
    lacking = next((named.each if named.each in missing else named.column for named in needed), None)
    if lacking is not None:
        return Fit(one, len(lines), 0, {f"no column {lacking}": len(lines)}, (), meaning, missing, held=len(lines))
    reasons = Counter[str]()
    read: list[tuple[str, Item]] = []
    messages = _messages(lines, one)
    for where, item in items_of_rows(lines, one, language):
        if isinstance(item, str):
            reasons[item] += 1
        elif one.fields.answers and not item.verdicts and not item.ratings:
            reasons[_first_problem(item)] += 1
        else:
            read.append((where, item))
    compared = sorted(comparisons(read), key=lambda comparison: not (comparison.better or comparison.tied))
    return Fit(
        one,
        len(read) + reasons.total(),
        len(read),
        dict(reasons.most_common()),
        tuple(compared[:_SAMPLES]),
        meaning,
        missing,
        one.tree.units if one.tree else "rows",
        _other_units(lines, one, messages),
        len(lines),
        messages,
        frozenset(_reading(where, item) for where, item in read),
    )


def _messages(lines: Sequence[Line], one: NamedLayout) -> Counter[str]:
    """What the messages of trees are, each counted once: what its row is called where it is in no tree."""
    kinds = Counter[str]()
    tree = one.tree
    for line in tree.gathered(lines) if isinstance(tree, Tree) else ():
        if isinstance(line.row, Bad):
            kinds[line.row.reason] += 1
        elif isinstance(tree, Tree):
            kinds += tree.messages_in(line.row)
    return kinds


def _other_units(lines: Sequence[Line], one: NamedLayout, messages: Mapping[str, int]) -> dict[str, str]:
    """What is counted by reasons that are of no answered message; none where rows are counted."""
    if one.tree is None:
        return {}
    of_rows = {line.row.reason for line in lines if isinstance(line.row, Bad)}
    named = {reason: "messages" for reason in messages if reason not in (ANSWERED, ANSWERS)}
    return named | dict.fromkeys(of_rows, "rows") | {NO_ANSWER: "trees" if messages else "rows"}


def _reading(where: str, item: Item) -> Reading:
    verdicts = frozenset((one["completion_a"], one["completion_b"], one["preferred"]) for one in item.verdicts)
    scores = frozenset((one["completion_id"], one["score"]) for one in item.ratings)
    answers = tuple(one["completion_id"] for one in item.completions)
    return where, item.prompt["prompt_id"], item.prompt["tools"], answers, verdicts, scores


def _first_problem(item: Item) -> str:
    """Why a row that is read says nothing of which answer is better."""
    reason, detail = item.problems[0] if item.problems else ("no_preference", "")
    return f"{reason} {detail.split()[-1]}" if reason == "answer_unknown_role" and detail else reason


def items_of_rows(lines: Iterable[Line], one: NamedLayout, language: str = "") -> Iterator[tuple[str, Item | str]]:
    """What a layout makes of rows.

    Args:
        lines: the rows.
        one: the layout.
        language: of every row, where no column says it.

    Yields:
        the place of each row, of trees of each answered message, and what becomes of it; the reason where it cannot be
        used.
    """
    source = one.files("looked-at.jsonl", "looked-at", "unknown", "unknown", language or None)
    if source.language is None and source.fields.language is None:
        source = replace(source, language=_ANY_LANGUAGE)
    for line in rows_of_trees(lines, one.tree):
        if isinstance(line.row, Bad):
            yield line.where, line.row.reason
            continue
        try:
            yield line.where, interpret_row(line.row, source, None)
        except Bad as bad:
            # Which word it is says what to declare.
            word = f" {bad.detail}" if bad.reason == "unknown_role" else ""
            yield line.where, f"{bad.reason}{word}"
        except NotAsked as left_out:
            yield line.where, left_out.reason


def _meaning(
    rows: Sequence[Row], columns: Sequence[RowColumn], one: NamedLayout
) -> tuple[dict[str, str], list[NamedColumn]]:
    """What a layout takes each column of some rows for, and which columns it names that none of them has."""
    taken: dict[Way, list[str]] = {}
    absent = []
    for named in named_columns(one):
        ways = {way for row in _rows_read(rows, one) for way in _ways(row, named)}
        for way in ways:
            taken.setdefault(_in_tree(way, one), []).append(named.field.removeprefix("fields."))
        if not ways and not _is_optional(named, one) and not named.column.startswith("="):
            absent.append(named)
    meaning = {}
    for column in columns:
        way = _in_tree(column.way, one, of_row=True)
        uses = [use for at, its in taken.items() if at == way or _is_of_turn(at, way, one) for use in its]
        # An object of which only a part is named is listed whole where it lies deeper than what is looked into.
        uses = uses or [use for at, its in taken.items() if at[: len(way)] == way for use in its]
        uses = [f"tree.{use}" for use, its in (one.tree.ids if one.tree else {}).items() if way == (its,)] or uses
        if not uses and column.name == "language" and not (one.fields.language or one.language):
            uses = ["language"]  # of each row, where nothing else says it
        meaning[column.name] = ", ".join(dict.fromkeys(uses))
    return meaning, absent


def _is_optional(named: NamedColumn, one: NamedLayout) -> bool:
    """Whether rows need not have a column: it is declared so, or `where` allows that it holds nothing."""
    if named.field == "where":
        return left_out_by({}, {named.column: one.where[named.column]}) is None
    return named.column in one.fields.optional


def _rows_read(rows: Iterable[Row], one: NamedLayout) -> Iterator[Row]:
    """The rows that are read of rows: of a tree, each answered message."""
    for line in rows_of_trees((Line("", row) for row in rows), one.tree):
        if not isinstance(line.row, Bad):
            yield line.row


def _ways(row: Row, named: NamedColumn) -> Iterator[Way]:
    if not named.each:
        yield from ways_of(row, named.column)
        return
    try:
        items = look_up_or_none(row, named.each)
    except Bad:
        return
    for before in ways_of(row, named.each):
        for item in items if isinstance(items, list | tuple) else ():
            if isinstance(item, Mapping):
                yield from ((*before, None, *way) for way in ways_of(item, named.column))
            elif named.column == ITEM:
                yield (*before, None)


def _in_tree(way: Way, one: NamedLayout, of_row: bool = False) -> Way:
    """A way in a row that holds messages as the way in a message, wherever in the conversation that stands."""
    return way if one.tree is None else one.tree.within(way, of_row)


def _is_of_turn(named: Way, column: Way, one: NamedLayout) -> bool:
    """Whether a column is the role or the content of turns that a layout names."""
    inner = next((step for step in column[len(named) :] if step is not None), None)
    return named == column[: len(named)] and inner in _OF_TURNS | {*(one.fields.turn_keys or ())}
