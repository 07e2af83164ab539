"""What a build would ask its models, counted without asking anything."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from ..engines.local import Local
from ..files import sql
from ..files.store import Store
from ..inference import Served, backend_traits
from ..inference.log import ResponseLog
from ..stages import asking
from .builder import Builder
from .context import Asked, RunContext
from .steps import BuildRun


@dataclass(frozen=True)
class Rehearsed:
    """What a stage would ask a model; cost is None where its backend names no prices."""

    stage: str
    model: str
    requests: int
    answered: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


def rehearse(builder: Builder, store: Store, limit: int | None, log: Path | None) -> list[Rehearsed]:
    """Counts what a build would ask its models, stage by stage, and asks nothing.

    Translations are taken to be as long as their source and other answers to have 400 tokens; second tries at broken
    translations are not counted.

    Args:
        builder: the declared dataset.
        store: a folder that is thrown away after.
        limit: at most so many prompts a language.
        log: the response log, for what is answered already.

    Returns:
        A row for each stage and model that would be asked.
    """
    with ResponseLog(log) if log and log.exists() else nullcontext() as known, sql.disk_errors(store.root):
        rehearsal = asking.Rehearsal(known)
        BuildRun(RunContext(builder, store, Local(1), limit, True, Asked(rehearsal=rehearsal))).rated()
    return [
        Rehearsed(
            stage,
            served.model.name,
            counts["requests"],
            counts["answered"],
            counts["prompt_tokens"],
            counts["completion_tokens"],
            _cost(served, counts),
        )
        for (stage, served), counts in rehearsal.counts.items()
    ]


def _cost(served: Served, counts: Mapping[str, int]) -> float | None:
    traits = backend_traits(served.backend)
    if traits.price_in is None or traits.price_out is None:
        return None
    return float(counts["prompt_tokens"] * traits.price_in + counts["completion_tokens"] * traits.price_out) / 1e6
