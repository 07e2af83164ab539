"""Who takes batches: a server of OpenAI's files and batches, or a folder from which somebody else has them answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from ..errors import UserError
from .batch_store import Batch, BatchStore

#: done: what could be answered is. failed: the server took none of it. cancelled: somebody ended it there.
Ending = Literal["done", "failed", "cancelled"]


@dataclass(frozen=True)
class Refusal:
    """Why a server took none of a batch.

    Attributes:
        code: its word for it.
        message: its sentence.
        line: of the request that is to blame, from 1; None where none is named.
    """

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True)
class Progress:
    """How far a batch is.

    Attributes:
        words: how the server calls it.
        ending: how it ended; None while it goes on.
        refusals: of one that failed.
        files: by which its results are fetched.
    """

    words: str
    ending: Ending | None = None
    refusals: Sequence[Refusal] = ()
    files: Sequence[str] = ()


class BatchService(Protocol):
    """Who takes batches, and gives back what came of them."""

    @property
    def place(self) -> str:
        """Stands for it in the store: batches of another place are none of its own."""
        ...

    def submit(self, store: BatchStore, batch: Batch) -> Batch:
        """Hands a batch over, at most once, however often this is called and wherever a call before was killed.

        Args:
            store: in which each step is written down.
            batch: prepared or sending; its file is there.

        Returns:
            The batch, open.

        Raises:
            UserError: it is refused, or the server is of no use.
        """
        ...

    def progress(self, batch: Batch) -> Progress:
        """How far a batch is.

        Args:
            batch: open.

        Returns:
            What the server says.

        Raises:
            UserError: the server is of no use, or knows nothing of it.
        """
        ...

    def wait(self, seconds: float, batches: Sequence[Batch], model: str) -> None:
        """Lets time pass, when no batch has come to its end.

        Args:
            seconds: until the next look.
            batches: those that are out.
            model: who is asked.

        Raises:
            UserError: nothing comes by itself here.
        """
        ...

    def fetch(self, batch: Batch, progress: Progress, paths: Sequence[Path]) -> None:
        """Writes files of results, each whole or not at all.

        Args:
            batch: ended.
            progress: what the server says of it.
            paths: where to, one for each of `files`.

        Raises:
            UserError: the server is of no use, or the disk refuses.
        """
        ...


@dataclass(frozen=True)
class FolderService:
    """A folder: batches are files in it, and whoever answers them puts a file of results beside.

    Attributes:
        folder: the folder.
    """

    folder: Path

    @property
    def place(self) -> str:
        """The store is in the same folder, so all of its batches are here."""
        return "folder"

    def submit(self, store: BatchStore, batch: Batch) -> Batch:
        """Leaves a batch where it is: its file is what is handed over.

        Args:
            store: in which it is written down.
            batch: prepared.

        Returns:
            The batch, open.
        """
        return store.note(batch.number, "open")

    def progress(self, batch: Batch) -> Progress:
        """Looks for a batch's results.

        Args:
            batch: open.

        Returns:
            Done where they are there.
        """
        there = results_path(self.folder, batch.number).is_file()
        return Progress("results are there", "done") if there else Progress("waits for results")

    def wait(self, seconds: float, batches: Sequence[Batch], model: str) -> None:
        """Ends the run: its requests are written, and somebody has to have them answered.

        Args:
            seconds, batches, model: as in `BatchService`.

        Raises:
            UserError: always; the sentence says how results come to be.
        """
        first = batches[0]
        requests, results = (path(self.folder, first.number) for path in (requests_path, results_path))
        count = sum(batch.requests for batch in batches)
        others = f" and {len(batches) - 1} more files" if len(batches) > 1 else ""
        raise UserError(
            f"{count:,} requests wait in {requests}{others}; have each file answered, for example by: vllm run-batch "
            f"-i {requests} -o {results} --model {model}; then run the same command again, which reads {results.name}"
        )

    def fetch(self, batch: Batch, progress: Progress, paths: Sequence[Path]) -> None:
        """Does nothing: results are where they belong.

        Args:
            batch, progress, paths: as in `BatchService`.
        """


def requests_path(folder: Path, number: int) -> Path:
    """The file of a batch's requests.

    Args:
        folder: of the batches.
        number: of the batch.

    Returns:
        The path.

    Example:
        >>> requests_path(Path("b"), 3).name
        'requests-0003.jsonl'
    """
    return folder / f"requests-{number:04}.jsonl"


def results_path(folder: Path, number: int, part: int = 0) -> Path:
    """A file of a batch's results.

    Args:
        folder: of the batches.
        number: of the batch.
        part: servers give what failed as a file of its own, which is part 1.

    Returns:
        The path.

    Example:
        >>> [results_path(Path("b"), 3, part).name for part in (0, 1)]
        ['results-0003.jsonl', 'results-0003-errors.jsonl']
    """
    return folder / f"results-{number:04}{'-errors' if part else ''}.jsonl"
