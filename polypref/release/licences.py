"""Under which licence a dataset may be published, from the licences of its sources, models and translators.

The table is data (polypref/data/licences.toml), each line with its source. Licences are not a line from free to strict:
two that are each publishable may conflict.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from ..files.packaged import packaged_text


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


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(packaged_text("licences.toml"))


def kinds() -> dict[str, dict[str, Any]]:
    """Licence id -> its row of the table."""
    return {name: row for row in _table()["licence"] for name in row["ids"]}


def decide(named: Mapping[str, str]) -> Decision:
    """Looks up which licence covers everything.

    Args:
        named: what it is (`source x`, `model y`) -> its licence id; several, joined by ` AND `, all hold.
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
            if licence not in ("", "unknown"):
                what = f"{_are(names)} under '{licence}', which the table of licences does not have"
            problems.append(f"{_join(names)} {what}")
        elif row["kind"] == "closed":
            problems.append(f"{_join(names)} {_are(names)} under {licence}: {row['why']} ({row['source']})")
        else:
            rows[licence] = row["kind"]
    for one, other in combinations(sorted(rows), 2):
        if _combine(rows[one], rows[other]) is None:
            why = _row(rows[one], rows[other]).get("why", "nothing says that they may be combined")
            problems.append(f"{one} ({_join(parts[one])}) and {other} ({_join(parts[other])}) conflict: {why}")
    whole: str | None = next(iter(rows.values()), None)
    for kind in rows.values():
        whole = whole and _combine(whole, kind)
    if not problems and whole is None:
        problems.append(f"{', '.join(rows)} cannot all be combined" if rows else "nothing here has a licence")
    # The one licence of the whole's kind that is there; where there are several (mit, apache-2.0), the table's choice.
    there = [name for name, kind in rows.items() if kind == whole]
    usual = {row["kind"]: row["licence"] for row in _table()["publish"]}
    choice = there[0] if len(there) == 1 else usual.get(whole or "")
    choice = _table()["hub"].get(choice, choice)
    return Decision(None if problems else choice, tuple(problems), {k: tuple(v) for k, v in sorted(parts.items())})


def _row(one: str, other: str) -> dict[str, Any]:
    return next((row for row in _table()["combination"] if set(row["kinds"]) == {one, other}), {})


def _combine(one: str, other: str) -> str | None:
    return one if one == other else _row(one, other).get("whole")


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _join(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def named_parts(record: Mapping[str, Any]) -> dict[str, str]:
    """The named parts of a dataset's provenance, each with how much of it there is, and their licences."""
    answers: Counter[str] = Counter()
    for row in record["facts"]["models"]:
        answers[row["model"]] += row["chosen"] + row["rejected"]
    found = [("source", row["name"], row["revision"], f"{row['rows']:,} rows", row) for row in record["sources"]]
    found += [
        ("model", row["model"], row["revision"], f"{answers[row['model']]:,} answers", row) for row in record["models"]
    ]
    found += [("translator", row["name"], "", f"{row['rows']:,} rows", row) for row in record["translators"]]
    parts: dict[str, str] = {}
    for kind, name, revision, amount, row in found:
        full = f"{kind} {name}{'' if revision in ('', 'unknown') else '@' + revision} ({amount})"
        parts[full] = f"{parts[full]} AND {row['licence']}" if full in parts else row["licence"]
    return parts
