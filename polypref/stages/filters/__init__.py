"""The filter contract, and the chain that runs filters over pairs in one pass.

A filter is one file with one frozen dataclass: its settings are its fields, its `name` a class attribute, and
`__call__` a pure function over a batch of pairs that yields `(row, Reject(reason))` or `(row, Flag(name))` for the rows
it has something to say about; a row it does not mention is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema


@dataclass(frozen=True)
class Reject:
    """The pair goes, for this reason: a few words fit for counting, with underscores.

    `detail` tells a reader what was found (a language, a phrase); it is kept with the row and never counted by.
    """

    reason: str
    detail: str | None = None


@dataclass(frozen=True)
class Flag:
    """The pair stays and carries this mark in its `flags` column."""

    name: str


Outcome = tuple[int, Reject | Flag]


class Batch:
    """Pairs with their texts, as filters see them: whole prompts, so that pairs of one prompt are together.

    Columns of `table`: pair_id, prompt_id, group_id, language, response_language, prompt (list of role and content),
    chosen and rejected (text), reference, labels, origin, translator, chosen_/rejected_ id, model, route,
    finish_reason, score, scores (a list: all that the pair's rater gave in the source), score_margin, review (what
    reviewers decided, or null) and contaminated_by.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> list[Any]:
        """A column as Python values; converted once and shared by the filters."""
        if name not in self._columns:
            self._columns[name] = self.table[name].to_pylist()
        return self._columns[name]

    @cached_property
    def prompts(self) -> list[str]:
        """What the user wrote: the user turns of each prompt, joined by blank lines."""
        return [schema.prompt_text(messages) for messages in self.column("prompt")]

    def texts(self, role: str) -> list[str]:
        """The texts of `prompt`, `chosen` or `rejected`."""
        return self.prompts if role == "prompt" else self.column(role)

    def take(self, rows: Sequence[int]) -> "Batch":
        """The named rows as a batch of their own, without converting again what is converted already."""
        part = Batch(self.table.take(pa.array(rows, pa.int64())))
        part._columns = {name: [values[i] for i in rows] for name, values in self._columns.items()}
        if "prompts" in self.__dict__:
            part.__dict__["prompts"] = [self.prompts[i] for i in rows]
        return part


class Filter(Protocol):
    """What a filter is; see the module's text. `version` rises when the filter's verdicts change."""

    name: ClassVar[str]
    version: ClassVar[int]

    def __call__(self, batch: Batch) -> Iterable[Outcome]:
        """Yields what the filter has to say about rows of the batch."""
        ...


def run_chain(filters: Iterable[Filter], batch: Batch) -> pa.Table:
    """Runs the filters in order over a batch; a rejected row is not shown to the filters after.

    Returns:
        a table with schema.FILTERED, a row for every pair, in the batch's order.
    """
    n = len(batch)
    flags: list[list[str]] = [[] for _ in range(n)]
    rejected: list[tuple[str, Reject] | None] = [None] * n
    alive, view = list(range(n)), batch
    for one in filters:
        if not alive:
            break
        for row, outcome in one(view):
            if isinstance(outcome, Reject):
                rejected[alive[row]] = rejected[alive[row]] or (one.name, outcome)
            elif outcome.name not in flags[alive[row]]:
                flags[alive[row]].append(outcome.name)
        keep = [i for i, row in enumerate(alive) if rejected[row] is None]
        if len(keep) < len(alive):
            alive, view = [alive[i] for i in keep], view.take(keep)
    return pa.table(
        {
            "pair_id": batch.table["pair_id"],
            "language": batch.table["language"],
            "flags": pa.array([sorted(marks) for marks in flags], pa.list_(pa.string())),
            "filter": pa.array([r and r[0] for r in rejected], pa.string()),
            "reason": pa.array([r and r[1].reason for r in rejected], pa.string()),
            "detail": pa.array([r and r[1].detail for r in rejected], pa.string()),
            "length_gap": pc.cast(
                pc.subtract(pc.utf8_length(batch.table["chosen"]), pc.utf8_length(batch.table["rejected"])), pa.int64()
            ),
        },
        schema=schema.FILTERED,
    )


def each(batch: Batch, roles: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Walks the texts of the named roles: (role, row, text)."""
    for role in roles:
        for row, text in enumerate(batch.texts(role)):
            yield role, row, text
