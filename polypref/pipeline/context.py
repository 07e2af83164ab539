"""What the stages of one run share: the folders they write, what they count, how models are asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..console import progress
from ..engines.contract import Engine
from ..engines.running import run_jobs, serving_of
from ..files.atomic import fingerprint, read_json, write_json
from ..files.json_types import Json, mapping_of
from ..files.records import decode, encode
from ..files.store import Stage, Store
from ..inference import Model
from ..inference.log import ResponseLog
from ..stages import asking
from ..stages.contract import Asking
from ..stages.counts import Funnel, FunnelRow, funnel_rows
from ..stages.vote_agreement import VoteAgreement
from . import parts
from .builder import Builder
from .closing import Closing, Noted, closing
from .last_run import RunNotes
from .portable import portable
from .ways import names_of
from .who_rated import who_rated

#: Raised when what a stage computes changes.
VERSIONS = {
    **{"read": 31, "translate": 2, "cross": 1, "index": 1, "complete": 3, "check": 2, "rate": 7, "combine": 8},
    **{"rated": 1, "pair": 14, "review": 5, "filter": 4, "balance": 4},
}


@dataclass(frozen=True)
class Asked:
    """How models are asked.

    Attributes:
        log: the response log; None: in the store.
        again: ask once more for what failed before.
        rehearsal: counts what would be asked, and answers in the models' place; None to ask them.

    """

    log: Path | None = None
    again: bool = False
    rehearsal: asking.Rehearsal | None = None


class RunContext:
    """A builder, its store and engine, the funnel so far, and the folders of stages."""

    def __init__(
        self,
        builder: Builder,
        store: Store,
        engine: Engine,
        limit: int | None,
        quiet: bool,
        asked: Asked,
        previous: Path | None = None,
    ) -> None:
        self.builder, self.store, self.engine, self.limit, self.quiet = builder, store, engine, limit, quiet
        named = builder.split.previous
        self.previous = previous or (Path(named) if named else None)
        self.again = asked.again
        self.log = asked.log or store.root / "responses.sqlite"
        self.rehearsal = asked.rehearsal
        self.answers = asked.rehearsal or asking.Logged(self.log)
        self.funnel: list[FunnelRow] = []
        self.agreement: list[VoteAgreement] = []
        self.scratch = store.root / "scratch"
        self.served: dict[str, set[str]] = {}
        self.model_notes: dict[str, list[str]] = {}
        rater, ways = names_of(builder.ways), [(one.rater.name, one.pairs.rule, one.sources) for one in builder.ways]
        rated = who_rated(mapping_of(portable(builder)), rater, ways)
        self.notes = RunNotes(store.root, builder.name, builder.version, rater, rated)

    def open_stage(self, name: str, settings: object, inputs: object, counted: bool = True) -> Stage:
        """The folder of a stage with these settings and inputs.

        Args:
            name: the stage's name, one of VERSIONS.
            settings: what steers it.
            inputs: fingerprints of what it reads.
            counted: whether what it counts is part of the run's funnel.

        Returns:
            The stage, made or not; the run has come to it.
        """
        stage = self.store.stage(name, VERSIONS[name], self._counted(settings), self._counted(inputs))
        self.notes.note_stage(stage, counted)
        return stage

    def _counted(self, settings: object) -> Json:
        """Settings or inputs as a fingerprint counts them."""
        return portable(settings, self.store.digest)

    def close(self, stage: Stage, name: str, unit: str, funnel: Funnel) -> None:
        """Writes down that a stage is made, and what it counted.

        Args:
            stage: the stage.
            name: its name.
            unit: what the funnel counts.
            funnel: its counts.
        """
        stage.finish(encode(Closing(funnel_rows(name, unit, funnel))))

    def finished(self, stage: Stage) -> Stage:
        """Adds what a stage that is made counted to the funnel of the run.

        Args:
            stage: the stage.

        Returns:
            The same stage.
        """
        closed = closing(stage)
        self.funnel += closed.funnel
        self.agreement += closed.agreement
        return stage

    def make_parts(
        self,
        name: str,
        stage: Stage,
        table: str,
        function: Callable[..., int],
        jobs: Sequence[tuple[*tuple[object, ...], int]],
        reads: tuple[Stage, str],
        runs: Sequence[object] = (),
        engine: Engine | None = None,
    ) -> None:
        """Runs the jobs whose part is missing.

        Args:
            name: the stage's name.
            stage: its folder.
            table: the table whose part is written last.
            function: what makes a part; its last argument is the part's number.
            jobs: its arguments, for every part.
            reads: a stage and its table, whose rows the progress bar counts.
            runs: what is somebody's own code and runs in it.
            engine: what runs the jobs; None for that of the run.
        """
        todo = [job for job in jobs if not stage.part(table, job[-1]).exists()]
        total = sum(parts.rows_of_bucket(*reads, job[-1]) for job in todo)
        with progress.stage(name, total, quiet=self.quiet) as advance:
            part_of = lambda job: stage.part(table, job[-1])  # noqa: E731
            for rows in run_jobs(engine if engine is not None else self.engine, name, function, todo, part_of, runs):
                advance(rows)

    def answered(self, name: str, asked: Asking, inputs: object, buckets: asking.Buckets) -> Stage:
        """The folder of a stage, when all that it asks is answered; the answers are part of its name.

        Args:
            name: the stage's name.
            asked: what asks.
            inputs: fingerprints of what it reads.
            buckets: gives what it asks about.

        Returns:
            The stage, made or not.
        """
        settings = (getattr(asked, "name", ""), asked.version, asked)
        if self.rehearsal is not None:
            self.rehearsal.count(name, asked, buckets)
            return self.open_stage(name, settings, [inputs, "rehearsed"])
        digits = fingerprint(name, VERSIONS[name], self._counted(settings), inputs)
        note = self.store.root / f"{name}-{digits}.asked.json"
        if self.again or read_json(note) is None:
            self.notes.note_asking(name)
            with ResponseLog(self.log) as log:
                again, quiet, serving = self.again, self.quiet, serving_of(self.engine)
                asking.ask_models(name, asked, buckets, log, again=again, quiet=quiet, serving=serving)
                answers = asking.digest(asked, buckets, log)
                known = dict[str, list[str]]()
                for served in asked.models:
                    _add_notes(known, {_name_at(served.model): log.model_notes(served)})
                notes = {name: lines for name, lines in sorted(known.items()) if lines}
                write_json(note, {"answers": answers, "served": log.served_names(), "model_notes": notes})
        noted = decode(Noted, read_json(note), f"{note} is damaged", "delete it and build again")
        for model, names in noted.served.items():
            self.served.setdefault(model, set()).update(names)
        _add_notes(self.model_notes, noted.model_notes)
        return self.open_stage(name, settings, [inputs, noted.answers])


def _name_at(model: Model) -> str:
    """A model's name with its revision, where it has one: two revisions of a model are two."""
    return model.name if model.revision == "unknown" else f"{model.name}@{model.revision}"


def _add_notes(known: dict[str, list[str]], notes: Mapping[str, Sequence[str]]) -> None:
    """Adds what was seen of models to what is known of them, each sentence once."""
    for name, lines in notes.items():
        own = known.setdefault(name, [])
        own += [line for line in lines if line not in own]
