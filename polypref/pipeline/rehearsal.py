"""What a build would ask its models, counted without asking anything."""

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from ..engines.local import Local
from ..files import sql
from ..files.store import Store
from ..inference import backend_traits
from ..inference.log import ResponseLog
from ..stages import asking
from .builder import Builder
from .context import Asked, RunContext
from .steps import BuildRun


@dataclass(frozen=True)
class Rehearsed:
    """What a stage would ask a model; cost is None where its backend names no prices.

    Of the prompts' tokens `cached_tokens` stand at a beginning that one of the requests just before has too.
    """

    stage: str
    model: str
    requests: int
    answered: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    cached_tokens: int = 0


def rehearse(builder: Builder, store: Store, limit: int | None, log: Path | None) -> list[Rehearsed]:
    """Counts what a build would ask its models, stage by stage, and asks nothing.

    Translations are taken to be as long as their source and other answers to have 400 tokens; second tries at broken
    translations are not counted. Prices are the backend's, less its discount; a beginning of 1,024 tokens or more that
    one of the last four requests has too is taken to have the price of tokens that were read before.

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
            backend_traits(served.backend).prices.price_of(
                counts["prompt_tokens"], counts["completion_tokens"], counts["cached_tokens"]
            ),
            counts["cached_tokens"],
        )
        for (stage, served), counts in rehearsal.counts.items()
    ]
