"""What the outcomes, reasons and flags of a build mean, a sentence each, as docs/reasons.md and the pages show."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from ..files.packaged import packaged_text
from .counts import FunnelRow

#: What `{side}` in a name stands for: what a check looks at, and what an answer is called in a pair.
SIDES = ("prompt", "answer", "chosen", "rejected")
# Beginnings that name a part of a row; what stands after them is a reason of its own.
_PARTS = (
    "answer_",
    "verdicts_",
    "annotator_",
    "criterion_",
    "rationale_",
    "occasion_",
    "score_",
    "translation_",
    "where_",
    "of_the_",
)
# What an open name ends in: another reason, a column or a role stands in its place.
_OPEN = ("REASON", "COLUMN", "ROLE")


@dataclass(frozen=True)
class Group:
    """The words of some stages.

    Attributes:
        title: of the group.
        about: a sentence or two on all of them.
        stages: in which they occur; none for outcomes, which occur in all.
        words: names, as they stand in the file -> what they mean.
    """

    title: str
    about: str
    stages: tuple[str, ...]
    words: Mapping[str, str]

    def meanings(self) -> dict[str, str]:
        """Every single name of the group.

        Returns:
            name -> what it means; `{side}` written out.
        """
        return {name: sentence for key, sentence in self.words.items() for name in names_in(key)}


def names_in(key: str) -> list[str]:
    """The names that one sentence is about.

    Args:
        key: names with blanks between them; `{side}` in one stands for each of SIDES.

    Returns:
        the names.

    Example:
        >>> names_in("refusal {side}_refusal")
        ['refusal', 'prompt_refusal', 'answer_refusal', 'chosen_refusal', 'rejected_refusal']
    """
    return [name.replace("{side}", side) for name in key.split() for side in (SIDES if "{side}" in name else ("",))]


@cache
def groups() -> Mapping[str, Group]:
    """All groups, in the order in which data goes through a build.

    Returns:
        name of the group -> it.
    """
    tables = tomllib.loads(packaged_text("reasons.toml"))
    return {name: Group(one["title"], one["about"], tuple(one["stages"]), one["words"]) for name, one in tables.items()}


@cache
def meaning_of(stage: str, reason: str) -> str:
    """What a reason or flag means.

    Args:
        stage: in which it is counted.
        reason: as the funnel has it: of a check, with the check's name before it.

    Returns:
        A sentence; empty where none is known, as for the reasons of one's own checks.

    Example:
        >>> meaning_of("balance", "in_no_mixture")
        "No mixture has the pair's language."
    """
    name, known = reason.rpartition(": ")[2], list(groups().values())[1:]
    ordered = [one.meanings() for one in sorted(known, key=lambda one: stage not in one.stages)]
    for meanings in ordered:
        if name in meanings:
            return meanings[name]
    part = next((part for part in _PARTS if name.startswith(part)), "")
    names = [f"{part}{end}" for end in _OPEN] if part else []
    of_part = next((meanings[one] for meanings in ordered for one in names if one in meanings), "")
    rest = name.removeprefix(part)
    return " ".join(filter(None, (of_part, next((one[rest] for one in ordered if of_part and rest in one), ""))))


def legend(funnel: Iterable[FunnelRow]) -> dict[str, str]:
    """The words that occur in a funnel, with what they mean.

    Args:
        funnel: its rows.

    Returns:
        name -> a sentence: outcomes first (as pages write them, with blanks), then reasons, in the order in which they
        occur; those alone of which something is known. A reason that means different things in two stages has the
        sentence of the first.
    """
    rows, outcomes = [row for row in funnel if row.rows], groups()["outcomes"].meanings()
    seen = dict.fromkeys(row.outcome for row in rows)
    meanings = {outcome.replace("_", " "): outcomes[outcome] for outcome in seen if outcome in outcomes}
    for row in rows:
        if row.reason and (sentence := meaning_of(row.stage, row.reason)):
            meanings.setdefault(row.reason.rpartition(": ")[2], sentence)
    return meanings
