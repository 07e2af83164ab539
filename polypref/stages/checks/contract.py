"""The contract of a check, and the chain that runs checks over pairs in one pass.

A check is one file with one frozen dataclass: its settings are its fields, its `name` a class attribute, and `__call__`
a pure function over a batch of pairs that yields `(row, Reject(reason))` or `(row, Flag(name))` for the rows it has
something to say about; a row it does not mention is kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa

from ... import schema
from ...errors import UserError
from ...scripting.declared import own_code
from ...text.prose import prose


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

    def __init__(self, table: pa.Table, rows: Sequence[int] | None = None) -> None:
        self._table, self._rows = table, rows
        self._columns: dict[str, list[Any]] = {}
        self._proses: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return int(self._table.num_rows) if self._rows is None else len(self._rows)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self._table.column_names)

    def column(self, name: str) -> list[Any]:
        """A column as Python values; converted once, when it is asked for, and shared by the filters."""
        if name not in self._columns:
            values = self._table[name]
            self._columns[name] = (values if self._rows is None else values.take(pa.array(self._rows))).to_pylist()
        return self._columns[name]

    @cached_property
    def prompts(self) -> list[str]:
        """What the user wrote: the user turns of each prompt, joined by blank lines."""
        return [schema.prompt_text(messages) for messages in self.column("prompt")]

    def texts(self, role: str) -> list[str]:
        """The texts of `prompt`, `chosen` or `rejected`."""
        return self.prompts if role == "prompt" else self.column(role)

    def proses(self, role: str) -> list[str]:
        """What of the texts of a role counts as their language; see polypref.text.prose.prose."""
        if role not in self._proses:
            self._proses[role] = [prose(text) for text in self.texts(role)]
        return self._proses[role]

    def take(self, rows: Sequence[int]) -> "Batch":
        """The named rows as a batch of their own, without converting again what is converted already."""
        part = Batch(self._table, rows if self._rows is None else [self._rows[i] for i in rows])
        part._columns = {name: [values[i] for i in rows] for name, values in self._columns.items()}
        part._proses = {role: [values[i] for i in rows] for role, values in self._proses.items()}
        if "prompts" in self.__dict__:
            part.__dict__["prompts"] = [self.prompts[i] for i in rows]
        return part


class Check(Protocol):
    """What a check is; a frozen dataclass, whose fields are its settings.

    The detector of a setting called `identifier` (`languages.identifier.Identifier`) is part of what its verdicts stand
    for, with its version and its model file.
    """

    @property
    def name(self) -> str:
        """What it is called, in the funnel and in `filter` columns: name: ClassVar[str] = "too_many_links"."""
        ...

    @property
    def version(self) -> int:
        """A whole number, raised when it comes to say something else of the same pair: version: ClassVar[int] = 1."""
        ...

    @property
    def summary(self) -> str:
        """One line that says what it finds: summary: ClassVar[str] = "answers with too many links"."""
        ...

    @property
    def thresholds(self) -> Mapping[str, str]:
        """Setting -> why its default is what it is, with what was measured; {} where there is nothing to say."""
        ...

    def __call__(self, batch: Batch) -> Iterable[Outcome]:
        """Yields what it has to say about rows of the batch, (row, Reject(reason)) or (row, Flag(name))."""
        ...


def run_chain(checks: Iterable[Check], batch: Batch) -> pa.Table:
    """Runs the checks in order over a batch; a rejected row is not shown to the checks after.

    Returns:
        a table with schema.FILTERED, a row for every pair, in the batch's order.

    Raises:
        UserError: a check that is not polypref's raised, or gave what is no outcome.
    """
    n = len(batch)
    flags: list[list[str]] = [[] for _ in range(n)]
    rejected: list[tuple[str, Reject] | None] = [None] * n
    alive, view = list(range(n)), batch
    for one in checks:
        if not alive:
            break
        for row, outcome in _outcomes(one, view):
            if isinstance(outcome, Reject):
                rejected[alive[row]] = rejected[alive[row]] or (one.name, outcome)
            elif outcome.name not in flags[alive[row]]:
                flags[alive[row]].append(outcome.name)
        keep = [i for i, row in enumerate(alive) if rejected[row] is None]
        if len(keep) < len(alive):
            alive, view = [alive[i] for i in keep], view.take(keep)
    return pa.table(
        {
            "pair_id": batch.column("pair_id"),
            "language": batch.column("language"),
            "flags": [sorted(marks) for marks in flags],
            "filter": [r and r[0] for r in rejected],
            "reason": [r and r[1].reason for r in rejected],
            "detail": [r and r[1].detail for r in rejected],
            "length_gap": [
                len(chosen) - len(other)
                for chosen, other in zip(batch.column("chosen"), batch.column("rejected"), strict=True)
            ],
        },
        schema=schema.FILTERED,
    )


def _outcomes(check: Check, batch: Batch) -> list[Outcome]:
    """What a check says of a batch; what it raises is named with the first pair that makes it raise."""
    try:
        with own_code(check, f"check '{check.name}'"):
            outcomes = list(check(batch))
    except UserError:
        if len(batch) > 1:
            # A check sees many pairs at once; alone, each shows whether it was the one.
            for row in range(len(batch)):
                _outcomes(check, batch.take([row]))
            raise
        with own_code(check, f"check '{check.name}', pair {batch.column('pair_id')[0]}"):
            list(check(batch))
        raise
    for one in outcomes:
        if not _is_outcome(one, len(batch)):
            raise UserError(
                f"check '{check.name}' yields {one!r:.80}; yield (row, Reject(reason)) or (row, Flag(name)), with a "
                f"row of the batch, 0 to {len(batch) - 1}"
            )
    return outcomes


def _is_outcome(one: Any, rows: int) -> bool:
    if not isinstance(one, tuple) or len(one) != 2 or not isinstance(one[1], Reject | Flag):
        return False
    label = one[1].reason if isinstance(one[1], Reject) else one[1].name
    # A row may be an integer of NumPy.
    return hasattr(one[0], "__index__") and 0 <= one[0] < rows and isinstance(label, str) and bool(label)


def each(batch: Batch, roles: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Walks the texts of the named roles: (role, row, text)."""
    for role in roles:
        for row, text in enumerate(batch.texts(role)):
            yield role, row, text
