"""What the last run of a build came to: its stages and how it ended, noted in the store as the run goes on.

Many runs leave their stages in one store; the note says which are those of the last one, so that a build which stopped
on its way, or left no pair, can be looked at.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from ..console.escaping import one_line
from ..console.redaction import redact_text
from ..errors import UserError
from ..files.atomic import disk_errors, read_json, write_json
from ..files.records import OMIT_DEFAULT, Text, decode, encode
from ..files.store import Stage
from ..stages.counts import FunnelRow
from ..stages.job_records import counted_so_far, stopped_at
from .closing import closing

FILE = "run.json"
#: Raised when the note's form changes.
VERSION = 1
_LONGEST = 2_000  # characters of the sentence that a run ended with

FolderName = Annotated[str, re.compile("[a-z]+-[0-9a-f]{16}")]


@dataclass(frozen=True)
class StageNote:
    """A stage that a run came to.

    Attributes:
        folder: its folder in the store.
        counted: whether what it counts is part of the run's funnel.
    """

    folder: FolderName
    counted: bool = True

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.folder.rpartition("-")[0]


@dataclass(frozen=True)
class LastRun:
    """A run, as far as it came.

    Attributes:
        name, version: of the builder.
        rater: whose scores or verdicts count.
        stages: those that were begun, in order; the last one may not be finished.
        asking: the stage for which models are asked, before it has a folder; empty where none is.
        stopped: what ended the run before its end; empty where nothing did, or nobody could say.
        finished: whether the dataset was written.
        rated: who rated, as a page says it; empty in notes of before.
    """

    name: Text
    version: Text
    rater: Text
    stages: list[StageNote] = field(default_factory=list)
    asking: Text = ""
    stopped: Text = ""
    finished: bool = False
    rated: Text = field(default="", metadata=OMIT_DEFAULT)

    def folders(self, root: Path, *names: str) -> list[Path]:
        """The folders of stages that are finished.

        Args:
            root: the store.
            *names: names of stages; none for all.

        Returns:
            Their paths, in order.
        """
        noted = [root / one.folder for one in self.stages if not names or one.name in names]
        return [path for path in noted if Stage(path, "").done is not None]

    def begun(self, root: Path, name: str) -> list[Path]:
        """The folders of a stage of which a part is there, whether or not the stage is finished.

        Args:
            root: the store.
            name: of the stage.

        Returns:
            Their paths, in order.
        """
        return [root / one.folder for one in self.stages if one.name == name and (root / one.folder).is_dir()]

    def place(self, root: Path) -> str:
        """Where the run is, or was when it ended.

        Args:
            root: the store.

        Returns:
            Words that go on after "stopped": in, after or before which stage.
        """
        if self.asking:
            return f"while models were asked for the stage {self.asking}"
        if not self.stages:
            return "before its first stage"
        last = self.stages[-1]
        return f"{'after' if Stage(root / last.folder, '').done is not None else 'in'} the stage {last.name}"

    def stopped_reading(self, root: Path) -> list[str]:
        """Where the stage read stopped within a file.

        Args:
            root: the store.

        Returns:
            A line for each source; none where it did not stop within one.
        """
        return [line for path in self.begun(root, "read") for line in stopped_at(Stage(path, ""))]

    def funnel(self, root: Path) -> list[FunnelRow]:
        """What the finished stages counted, and what of the sources was read before the stage read was stopped.

        Args:
            root: the store.

        Returns:
            Rows of the funnel, in the order of the stages.

        Raises:
            UserError: a stage's record is damaged.
        """
        rows: list[FunnelRow] = []
        for one in self.stages:
            stage = Stage(root / one.folder, "")
            if one.counted and stage.done is not None:
                rows += closing(stage).funnel
            elif one.counted and one.name == "read":
                rows += counted_so_far(stage)
        return rows


class RunNotes:
    """Writes the note of a run as it goes on, from the first thing that it makes: one with nothing to do writes none.

    Args:
        root: the store.
        name, version: of the builder.
        rater: its name.
        rated: who rated, in words.
    """

    def __init__(self, root: Path, name: str, version: str, rater: str, rated: str = "") -> None:
        self.root, self.run = root, LastRun(name, version, rater, rated=rated)
        self._makes = False
        if (end := _END.get()) is not None:
            end.append(self)

    def note_asking(self, stage: str) -> None:
        """Notes that models are asked for a stage.

        Args:
            stage: its name.
        """
        self._makes = True
        self._keep(replace(self.run, asking=stage))

    def note_stage(self, stage: Stage, counted: bool = True) -> None:
        """Notes that a run came to a stage.

        Args:
            stage: the stage.
            counted: whether what it counts is part of the run's funnel.
        """
        note = StageNote(stage.path.name, counted)
        self._makes = self._makes or stage.done is None
        self._keep(replace(self.run, stages=[*self.run.stages, note], asking=""))

    def close(self, stopped: str = "") -> None:
        """Notes how the run ended.

        Args:
            stopped: what ended it before its end; empty where it came to its end.
        """
        ended = replace(self.run, stopped=stopped, finished=not stopped)
        with suppress(UserError):  # a note of another run that cannot be read is written over
            if read_last_run(self.root) == ended:
                return
        _write_run(self.root, ended)

    def _keep(self, run: LastRun) -> None:
        self.run = run
        if self._makes:
            _write_run(self.root, run)


#: The notes of the run in the block of `noted_end`, once there are any.
_END: ContextVar[list[RunNotes] | None] = ContextVar("notes of the run that goes on", default=None)


def _write_run(root: Path, run: LastRun) -> None:
    write_json(root / FILE, {"format": VERSION, **encode(run)})


@contextmanager
def noted_end(root: Path) -> Iterator[None]:
    """Notes how a run ends that goes on in the block; what an earlier run noted is written over.

    Args:
        root: the store.

    Yields:
        Nothing.
    """
    notes: list[RunNotes] = []
    token = _END.set(notes)
    try:
        yield
    except BaseException as error:
        # A disk that is full may have stopped the run, and has no room for the note either.
        with suppress(UserError, OSError):
            for one in notes:
                one.close(_ending(error))
        raise
    finally:
        _END.reset(token)
    with disk_errors(root):
        for one in notes:
            one.close()


def _ending(error: BaseException) -> str:
    if isinstance(error, UserError):
        text = redact_text(str(error))
    elif isinstance(error, KeyboardInterrupt):
        text = "it was interrupted (Ctrl-C)"
    else:
        text = f"an error that is no mistake of the input ({type(error).__name__})"
    return one_line(text)[:_LONGEST]


def read_last_run(root: Path) -> LastRun | None:
    """What is noted of the last run in a store.

    Args:
        root: the store.

    Returns:
        The note; None where there is none.

    Raises:
        UserError: it is damaged, or a newer polypref wrote it.
    """
    path = root / FILE
    try:
        record = read_json(path)
    except UserError:
        raise UserError(f"{path} cannot be read as a note of a run; delete it and build again") from None
    if record is None:
        return None
    if record.get("format") != VERSION:
        raise UserError(f"{path} is of another polypref; look at this build with that one, or build again")
    del record["format"]
    return decode(LastRun, record, f"{path} is damaged", "delete it and build again")
