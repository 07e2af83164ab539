"""What a form of export is: which rows it takes, what it makes of them, and who reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

#: What stands in a file for a row: keys and values of JSON.
Values: TypeAlias = dict[str, object]
#: A turn of a conversation: role and content, and where the dataset has whole turns what else `text.messages` knows.
Turn: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class Row:
    """A published row.

    Attributes:
        values: its columns, but for turns and tools.
        prompt: the turns of its prompt.
        answers: column -> turns: `chosen` and `rejected`, or `completion` of a single labelled answer.
        tools: the schemas of the tools that the prompt offers.
    """

    values: Values
    prompt: Sequence[Turn]
    answers: Mapping[str, Sequence[Turn]]
    tools: Sequence[Values] = ()

    @property
    def language(self) -> str:
        """The tag of its language."""
        return str(self.values["language"])

    @property
    def turns(self) -> list[Turn]:
        """All turns, those of the prompt first."""
        return [*self.prompt, *(turn for answer in self.answers.values() for turn in answer)]


@dataclass(frozen=True)
class Reader:
    """The code that reads a form.

    Attributes:
        repository: on GitHub, as in OWNER/NAME; empty where no trainer reads the form.
        path: the file in it.
        commit: of the version that was read.
        package: name and version of the package on PyPI whose reader was run on exported rows; empty where it was read,
            and not run.
    """

    repository: str = ""
    path: str = ""
    commit: str = ""
    package: str = ""

    def sentence(self) -> str:
        """Where it is, and whether it was run.

        Returns:
            One line; empty where no trainer reads the form.
        """
        if not self.repository:
            return ""
        how = f"run, {self.package}" if self.package else "read, not run"
        return f"{self.repository} {self.path} at {self.commit[:12]} ({how})"


@dataclass(frozen=True)
class Target:
    """Where rows were written to, for the lines of config.

    Attributes:
        folder: as the user named it.
        name: of the dataset and config.
        files: split -> name of the file in the folder.
        notes: what stands at the head of the config.
    """

    folder: Path
    name: str
    files: Mapping[str, str]
    notes: Sequence[str] = ()

    def path(self, split: str) -> str:
        """The file of a split.

        Args:
            split: its name.

        Returns:
            Its path, with the folder as the user named it.
        """
        return str(self.folder / self.files[split])


@dataclass(frozen=True)
class Form:
    """A form of export.

    Attributes:
        name: one of `exports.NAMES`.
        trainer: who takes it, as people call it.
        reader: the code that was read.
        misfit: why a row has no place in the form, as a noun; empty where it has one.
        rows: what stands in the file for a row, in order.
        settings: name of a file -> its text: the lines of config.
        single: what stands in the file for a single labelled answer; None where the form takes pairs alone.
        columns: the columns of a Parquet file, of rows whose turns may have more than a role and a text, or not; None
            for a file of JSON lines.
        arrange: what stands in the file for up to `reading.BATCH` rows, in the order in which it is written.
        refused: characters that the trainer takes for something else in a path.
        note: what a user must know besides.
    """

    name: str
    trainer: str
    reader: Reader
    misfit: Callable[[Row], str]
    rows: Callable[[Row], list[Values]]
    settings: Callable[[Target], dict[str, str]]
    single: Callable[[Row], list[Values]] | None = None
    columns: Callable[[bool], pa.Schema] | None = None
    arrange: Callable[[list[Values]], list[Values]] = list
    refused: str = field(default="")
    note: str = field(default="")

    @property
    def suffix(self) -> str:
        """The ending of its files."""
        return ".jsonl" if self.columns is None else ".parquet"
