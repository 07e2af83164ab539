"""The run of a builder through the stages, which makes only what is not made yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..engines.contract import Engine
from ..engines.local import Local
from ..engines.running import here_of
from ..files import sql
from ..files.store import Stage, Store
from ..scripting.declared import check_contract
from ..stages.checks.retracted import known_retractions
from ..stages.counts import FunnelRow, Mixtures, RankRange, absent_languages
from ..stages.pool import Rows
from ..stages.retracted import Retracted
from ..stages.vote_agreement import VoteAgreement
from .builder import Builder
from .closing import closing
from .context import Asked, RunContext
from .steps import BuildRun


@dataclass(frozen=True)
class Built:
    """A finished run: where the pairs are and what is known of them.

    Attributes:
        builder: what was built.
        buckets: number of buckets.
        rows: the stages whose prompts, answers and ratings make up the buckets.
        read, index, check, pair, filtered, ranked: the stages' folders.
        funnel: the rows of all stages.
        mixtures: name -> language -> its quota.
        settings: everything that steered the build, for provenance.
        agreement: how far those agree who judged the same answers.
        served: model -> the names by which its servers said that they serve it.
        model_notes: model (NAME, or NAME@REVISION) -> what its chat template does by itself, and at which revision it
            was loaded.
        ranges: of a later version which ranks are in which mixtures; None where every mixture has the first ranks.
        retracted: what was taken back from earlier releases.

    """

    builder: Builder
    buckets: int
    rows: Rows
    read: Stage
    index: Stage
    check: Stage
    pair: Stage
    filtered: Stage
    ranked: Stage
    funnel: list[FunnelRow]
    mixtures: Mixtures
    settings: dict[str, object]
    served: Mapping[str, set[str]] = field(default_factory=dict)
    model_notes: Mapping[str, list[str]] = field(default_factory=dict)
    agreement: list[VoteAgreement] = field(default_factory=list)
    ranges: Sequence[RankRange] | None = None
    retracted: Retracted = field(default_factory=Retracted)

    @property
    def fingerprint(self) -> str:
        """Stands for all that went into the pairs."""
        return self.ranked.fingerprint


def run_builder(
    builder: Builder,
    store: Store,
    engine: Engine | None = None,
    limit: int | None = None,
    quiet: bool = False,
    asked: Asked | None = None,
    previous: Path | None = None,
) -> Built:
    """Runs a builder through its stages, making only what is not made yet.

    Args:
        builder: the declared dataset.
        store: its working folder.
        engine: what runs the parts of row-wise stages.
        limit: at most so many prompts a language.
        quiet: show no progress.
        asked: how models are asked.
        previous: the folder of the release that `Split(previous=...)` names, where that is no folder itself.

    Returns:
        Where the pairs are, and what is known of them.

    Raises:
        UserError: bad input, a mixture that cannot be filled, a disk that is full, a model that cannot be reached.
    """
    if engine is not None:
        check_contract(engine, Engine, "engine")
        here_of(engine)
    chosen = Local() if engine is None else engine
    steps = BuildRun(RunContext(builder, store, chosen, limit, quiet, asked or Asked(), previous))
    with sql.disk_errors(store.root):
        read, rows, index, check, buckets = steps.rated()
        pair = steps.review(steps.pair(rows, index, check, buckets), buckets)
        filtered = steps.filter(rows, index, check, pair, buckets)
        ranked, mixtures = steps.balance(rows, index, check, pair, filtered, buckets)
    absent = absent_languages(builder.languages, steps.run.funnel)
    return Built(
        builder,
        buckets,
        rows,
        read,
        index,
        check,
        pair,
        filtered,
        ranked,
        [*(FunnelRow("read", "rows", tag, "in", "", 0) for tag in absent), *steps.run.funnel],
        mixtures,
        steps.settings(),
        steps.run.served,
        steps.run.model_notes,
        steps.run.agreement,
        closing(ranked).ranges,
        known_retractions(builder.retracted, steps.run.previous),
    )
