"""What a build, its card and `inspect` say of contamination: that nothing was looked for is never a clean result."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..files.json_types import Json, JsonObject, list_of, mapping_of
from ..stages.counts import FunnelRow
from .provenance import Provenance

if TYPE_CHECKING:
    from ..pipeline.run import Built

NOT_CHECKED = "contamination not checked: no evaluation set given"


def of_build(built: "Built") -> str:
    """The sentence of a build that has just ended.

    Args:
        built: the build.

    Returns:
        One line without a full stop.
    """
    builder = built.builder
    return _sentence([one.name for one in builder.prompts.evaluation], _classes(builder.filters), built.funnel)


def of_record(record: Provenance) -> str:
    """The sentence of a dataset's provenance.

    Args:
        record: the provenance; it may be a stranger's.

    Returns:
        One line without a full stop.
    """
    # The settings may be of a stranger's making.
    settings = mapping_of(record.settings.get("builder"))
    given = mapping_of(settings.get("prompts")).get("evaluation")
    named = [str(one["name"]) for one in _mappings(given) if "name" in one]
    filters = [str(one.get("class")) for one in _mappings(settings.get("filters"))]
    return _sentence(named, filters, record.funnel)


def _sentence(sets: Sequence[str], filters: Sequence[str], funnel: Iterable[FunnelRow]) -> str:
    if not sets:
        return NOT_CHECKED
    names = ", ".join(sets)
    if "Contamination" not in filters:
        return f"contamination looked for in {names}, but no filter of the chain leaves out what was found"
    gone = Counter[str]()
    for row in funnel:
        if (row.outcome, row.reason) == ("rejected", "contamination: contaminated"):
            gone[row.stage] += row.rows
    # Builds before 0.3 checked prompts with their pairs.
    left_out = (
        f"{gone['filter']:,} pairs whose prompt holds" if gone["filter"] else f"{gone['check']:,} prompts that hold"
    )
    return f"contamination checked against {names}: {left_out} one of theirs left out"


def _classes(filters: Iterable[object]) -> list[str]:
    return [type(one).__name__ for one in filters]


def _mappings(value: Json) -> list[JsonObject]:
    return [one for one in list_of(value) if isinstance(one, dict)]
