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
AN_EVALUATION_SET = "contamination not checked: the dataset is an evaluation set itself"


def of_build(built: "Built") -> str:
    """The sentence of a build that has just ended.

    Args:
        built: the build.

    Returns:
        One line without a full stop.
    """
    builder = built.builder
    prompts, filters = builder.prompts, [type(one).__name__ for one in builder.filters]
    given = [one.name for one in prompts.evaluation]
    return _sentence(given, prompts.known_sets, builder.evaluation_set, filters, built.funnel)


def of_record(record: Provenance) -> str:
    """The sentence of a dataset's provenance.

    Args:
        record: the provenance; it may be a stranger's.

    Returns:
        One line without a full stop.
    """
    # The settings may be of a stranger's making.
    settings = mapping_of(record.settings.get("builder"))
    prompts = mapping_of(settings.get("prompts"))
    named = [str(one["name"]) for one in _mappings(prompts.get("evaluation")) if "name" in one]
    known = [one for one in list_of(prompts.get("known_sets")) if isinstance(one, str)]
    filters = [str(one.get("class")) for one in _mappings(settings.get("filters"))]
    return _sentence(named, known, record.evaluation_set, filters, record.funnel)


def _sentence(
    given: Sequence[str], known: Sequence[str], itself: bool, filters: Sequence[str], funnel: Iterable[FunnelRow]
) -> str:
    if not given and (itself or not known):
        return AN_EVALUATION_SET if itself else NOT_CHECKED
    sampled = [] if itself else [f"samples of {', '.join(known)}"] if known else []
    names = " and ".join([", ".join(given)] * bool(given) + sampled)
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


def _mappings(value: Json) -> list[JsonObject]:
    return [one for one in list_of(value) if isinstance(one, dict)]
