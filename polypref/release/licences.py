"""Under which licence a dataset may be published, from the licences of its sources, models and translators.

The table is data (polypref/data/licences.toml), each line with its source. Licences are not a line from free to strict:
two that are each publishable may conflict.
"""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import combinations

from ..files.packaged import packaged_text
from ..files.records import decode
from .provenance import Provenance

#: What stands where nobody stated a licence.
NOT_STATED = ("", "unknown", "none", "null", "nan", "n/a", "not stated")
#: How the licence of each kind of part is stated.
_HOW = {
    "source": "a source's by licence= of Files or HubDataset (--licence)",
    "model": "answers' by licence= of Answer (--answer-licence), or by Builder(licences={'MODEL': 'LICENCE'})",
    "translator": "a translator's by licence= of its model",
}


@dataclass(frozen=True)
class Decision:
    """What the table says of a dataset.

    Attributes:
        licence: the licence to publish under; None when it may not be published.
        problems: one sentence for each licence or pair of licences that stands in the way, with the names concerned.
        parts: licence -> names of the sources, models and translators under it.
    """

    licence: str | None
    problems: tuple[str, ...]
    parts: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Row:
    """A row of the table: licences of one kind, with where that is said; `why` they are closed, where they are."""

    ids: list[str]
    kind: str
    source: str
    why: str = ""


@dataclass(frozen=True)
class Combination:
    """What two kinds of licence come to together; without a `whole` they conflict."""

    kinds: tuple[str, str]
    source: str = ""
    whole: str | None = None
    conflict: bool = False
    why: str = "nothing says that they may be combined"


@dataclass(frozen=True)
class Choice:
    """Under which licence a whole of a kind is published."""

    kind: str
    licence: str


@dataclass(frozen=True)
class Table:
    """The table; `hub` says what the Hub calls a licence that it has another name for."""

    licence: list[Row]
    combination: list[Combination]
    publish: list[Choice]
    hub: dict[str, str]


@cache
def _table() -> Table:
    name = "licences.toml"
    return decode(Table, tomllib.loads(packaged_text(name)), f"{name} is no table")


def kinds() -> dict[str, Row]:
    """Licence id -> its row of the table.

    Returns:
        All rows of the table; the ids are in lower case.
    """
    return {name: row for row in _table().licence for name in row.ids}


def meant_licence(name: str) -> str:
    """Which licence of the table a name may mean that is none: for a sentence, never for a decision.

    Args:
        name: what somebody wrote.

    Returns:
        An id of the table that is spelt like it, with the same numbers; empty where none is.

    Example:
        >>> meant_licence("Apache License, Version 2.0"), meant_licence("CC BY 4"), meant_licence("mine")
        ('apache-2.0', 'cc-by-4.0', '')
    """
    shapes = {_shape(licence): licence for licence in reversed(kinds())}
    shape = _shape(name)
    for spelt in (shape, f"{shape}0", f"cc{shape}"):
        if spelt in shapes:
            return shapes[spelt]
    begun = [one for one in shapes if shape and one.startswith(shape) and one[len(shape) :].isdecimal()]
    if len(begun) == 1:
        return shapes[begun[0]]
    numbers = re.findall("[0-9]", shape)
    near = get_close_matches(shape, [one for one in shapes if re.findall("[0-9]", one) == numbers], n=1, cutoff=0.8)
    return shapes[near[0]] if near else ""


def _shape(name: str) -> str:
    return re.sub(r"licen[sc]e|version|\bthe\b|\bv(?=[0-9])|[^a-z0-9]", "", name.lower())


def decide_licence(named: Mapping[str, str]) -> Decision:
    """Looks up which licence covers everything.

    Args:
        named: what it is (`source x`, `model y`) -> its licence id; several, joined by ` AND `, all hold.

    Returns:
        The licence, or what stands in the way.

    Example:
        >>> decide_licence({"source x": "cc0-1.0", "model y": "apache-2.0"}).licence
        'apache-2.0'
    """
    parts: dict[str, list[str]] = defaultdict(list)
    for name, licence in sorted(named.items()):
        for one in licence.split(" AND "):
            parts[one.strip().lower()].append(name)
    problems, rows = [], {}
    known = kinds()
    for licence, names in sorted(parts.items()):
        row = known.get(licence)
        if row is None:
            have = "has" if len(names) == 1 else "have"
            what = f"{have} no known licence"
            if licence not in NOT_STATED:
                meant = f"; did you mean {near}?" if (near := meant_licence(licence)) else ""
                what = f"{_are(names)} under '{licence}', which the table of licences does not have{meant}"
            problems.append(f"{_join_names(names)} {what}")
        elif row.kind == "closed":
            problems.append(f"{_join_names(names)} {_are(names)} under {licence}: {row.why} ({row.source})")
        else:
            rows[licence] = row.kind
    for one, other in combinations(sorted(rows), 2):
        if (both := _combined(rows[one], rows[other])).whole is None:
            problems.append(
                f"{one} ({_join_names(parts[one])}) and {other} ({_join_names(parts[other])}) conflict: {both.why}"
            )
    whole: str | None = next(iter(rows.values()), None)
    for kind in rows.values():
        whole = whole and _combined(whole, kind).whole
    if not problems and whole is None:
        problems.append(f"{', '.join(rows)} cannot all be combined" if rows else "nothing here has a licence")
    # The one licence of the whole's kind that is there; where there are several (mit, apache-2.0), the table's choice.
    there = [name for name, kind in rows.items() if kind == whole]
    usual = {row.kind: row.licence for row in _table().publish}
    choice = there[0] if len(there) == 1 else usual.get(whole or "", "")
    choice = _table().hub.get(choice, choice)
    return Decision(
        None if problems else choice or None, tuple(problems), {k: tuple(v) for k, v in sorted(parts.items())}
    )


def unstated_licences(decision: Decision) -> str:
    """Of which parts nobody stated a licence, what that means for others, and how it is stated.

    Args:
        decision: what `decide_licence` gave.

    Returns:
        A sentence without a full stop; empty where every part has one.
    """
    names = [name for one in NOT_STATED for name in decision.parts.get(one, ())]
    if not names:
        return ""
    kinds_there = {name.partition(" ")[0] for name in names}
    how = [words for kind, words in _HOW.items() if kind in kinds_there] or ["it where the part is declared"]
    return (
        f"not stated for {_join_names(names)}: without one nobody else has permission to use, change or pass on these "
        f"texts, and a public release is refused; state {', '.join(how)}, and build again; spellings: "
        f"{', '.join(spellings())}"
    )


def spellings() -> list[str]:
    """The usual spellings of licences under which something may be published.

    Returns:
        At most two ids of each row of the table that is open.
    """
    return [name for row in _table().licence if row.kind != "closed" for name in row.ids[:2]]


def _combined(one: str, other: str) -> Combination:
    if one == other:
        return Combination((one, other), whole=one)
    same = (row for row in _table().combination if set(row.kinds) == {one, other})
    return next(same, Combination((one, other)))


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _join_names(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def named_parts(record: Provenance) -> dict[str, str]:
    """The named parts of a dataset's provenance, each with how much of it there is, and their licences.

    Args:
        record: the dataset's provenance.

    Returns:
        As in `source oasst2@abc (1,204 rows)` -> `apache-2.0`; a part with several licences has them joined by ` AND `.
    """
    answers: Counter[str] = Counter()
    for facts in record.facts.models:
        answers[facts.model] += facts.chosen + facts.rejected
    named = [("source", one.name, one.revision, _rows(one.rows), one.licence) for one in record.sources]
    named += [
        ("model", one.model, one.revision, f"{answers[one.model]:,} answers", one.licence) for one in record.models
    ]
    named += [("translator", one.name, "", _rows(one.rows), one.licence) for one in record.translators]
    if record.ratings:
        alone = "in the ratings alone"
        named += [("model", one.model, one.revision, alone, one.licence) for one in record.ratings.models]
        named += [("translator", one.name, "", alone, one.licence) for one in record.ratings.translators]
    parts: dict[str, str] = {}
    for kind, name, revision, amount, licence in named:
        full = f"{kind} {name}{'' if revision in ('', 'unknown') else '@' + revision} ({amount})"
        parts[full] = f"{parts[full]} AND {licence}" if full in parts else licence
    return parts


def _rows(number: int) -> str:
    return f"{number:,} row{'s' * (number != 1)}"
