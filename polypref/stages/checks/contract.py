"""The contract of a check, and the chain that runs checks over pairs in one pass.

A check is one file with one frozen dataclass: its settings are its fields, its `name` a class attribute, and `__call__`
a pure function over a batch of prompts, answers or pairs that yields `(row, Reject(reason))` or `(row, Flag(name))` for
the rows it has something to say about; a row it does not mention is kept. Prompts and answers are checked before pairs
are made (see findings.py), pairs after.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, Protocol, SupportsIndex

import pyarrow as pa

from ... import schema
from ...console.escaping import as_written
from ...errors import UserError
from ...kernels.prose import prose_of_each
from ...scripting.declared import checked_call
from ...scripting.own_code import is_own, of_class, own_code
from ...text.cleaning import is_label

#: What a check is shown: prompts, answers (each once, whatever pairs it may come to be in), or pairs.
Subject = Literal["prompt", "answer", "pair"]
#: What an answer can be in a pair.
Side = Literal["chosen", "rejected"]
SIDES: tuple[Side, ...] = ("chosen", "rejected")
_IDS: Mapping[Subject, str] = {"prompt": "prompt_id", "answer": "completion_id", "pair": "pair_id"}


@checked_call
@dataclass(frozen=True)
class Reject:
    """The prompt or pair goes, or the answer is not used, for this reason: a few words for counting, with underscores.

    `detail` tells a reader what was found (a language, a phrase); it is kept with the row and never counted by. `sides`
    says of an answer what it may not be, chosen or rejected; None: what the check's `roles` name, or both.

    Raises:
        UserError: the reason is no text, the detail neither a text nor None, or the sides are none.
    """

    reason: str
    detail: str | None = None
    sides: tuple[Side, ...] | None = None

    def __post_init__(self) -> None:
        _check_label(self.reason, f"Reject(reason={self.reason!r:.80})", "reason")
        if not isinstance(self.detail, str | None):
            raise UserError(
                f"Reject({self.reason!r:.80}, detail={self.detail!r:.80}): its detail is "
                f"{type(self.detail).__name__}, write a text or None"
            )
        _check_sides(self.sides, f"Reject({self.reason!r:.80}")


@checked_call
@dataclass(frozen=True)
class Flag:
    """The pair stays and carries this mark in its `flags` column; of a prompt or an answer, every pair that it is in.

    Of an answer, `sides` says in which of its pairs: where it is chosen, or rejected; None: as for `Reject`.

    Raises:
        UserError: the name is no text, or the sides are none.
    """

    name: str
    sides: tuple[Side, ...] | None = None

    def __post_init__(self) -> None:
        _check_label(self.name, f"Flag(name={self.name!r:.80})", "name")
        _check_sides(self.sides, f"Flag({self.name!r:.80}")


Outcome = tuple[int, Reject | Flag]

_YIELD = "yield (row, Reject(reason)) or (row, Flag(name))"
_LONGEST_REASON = 200


def _check_label(label: object, declared: str, kind: str) -> None:
    """Sees that what an outcome is counted by is a text; what the text may hold is looked at once a check yields it.

    Raises:
        UserError: it is something else.
    """
    if not isinstance(label, str):
        raise UserError(f"{declared}: {_label_rule(kind)}")


def check_countable(label: str, declared: str, kind: str) -> None:
    """Sees that what outcomes are counted by can be, before there is any.

    Args:
        label: the reason or name.
        declared: what it is declared in, for the sentence.
        kind: `reason` or `name`.

    Raises:
        UserError: it is too long, empty, or not on one line.
    """
    if not _is_countable(label):
        raise UserError(f"{declared}: {_label_rule(kind)}")


def _is_countable(label: str) -> bool:
    return len(label) <= _LONGEST_REASON and is_label(label)


def _check_sides(sides: object, declared: str) -> None:
    """Sees that the sides that an outcome names are sides.

    Raises:
        UserError: they are not, or there are none.
    """
    if sides is not None and (not isinstance(sides, tuple) or not sides or not set(sides) <= set(SIDES)):
        raise UserError(f"{declared}, sides={sides!r:.80}): write ('chosen',), ('rejected',) or ('chosen', 'rejected')")


def _label_rule(kind: str) -> str:
    return (
        f"its {kind} is counted by: write a text of 1 to {_LONGEST_REASON} characters on one line, and what was "
        "found into Reject's detail"
    )


class Batch:
    """Prompts, answers or pairs with their texts, as checks see them; of whole prompts, so that theirs are together.

    Columns of all: prompt_id, group_id, language, response_language, prompt (list of role and content), reference,
    labels, origin, translator and contaminated_by; messages and tools (JSON, or null), where a turn is more than a role
    and a text, or the prompt offers tools.
    Of answers also: completion_id, answer (text, with its calls of tools), answer_ model, route, finish_reason and
    message (JSON of the turn, or null: with `thinking` and `tool_calls`).
    Of pairs also: pair_id, chosen and rejected (text), chosen_/rejected_ id, model, route, finish_reason, message,
    score, scores (a list: all that the pair's rater gave in the source), score_margin, review (what reviewers decided,
    or null), by_check (the reason for which the rejected answer is the worse one, whatever the scores; or null) and
    vote_number (which of the votes on its answers it is, where each is a pair; or null).
    """

    def __init__(self, table: pa.Table, rows: Sequence[int] | None = None, subject: Subject = "pair") -> None:
        self._table, self._rows, self.subject = table, rows, subject
        self._columns: dict[str, list[Any]] = {}
        self._proses: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return int(self._table.num_rows) if self._rows is None else len(self._rows)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self._table.column_names)

    def column(self, name: str) -> list[Any]:
        """A column as Python values; converted once, when it is asked for, and shared by the checks.

        Args:
            name: as in `names`.

        Returns:
            a value for each row: a text, a number, a list, or None; as in the class's docstring.

        Raises:
            KeyError: there is no such column.
        """
        if name not in self._columns:
            values = self._table[name]
            self._columns[name] = (values if self._rows is None else values.take(pa.array(self._rows))).to_pylist()
        return self._columns[name]

    @cached_property
    def prompts(self) -> list[str]:
        """What the user wrote: the user turns of each prompt, joined by blank lines."""
        return [schema.prompt_text(messages) for messages in self.column("prompt")]

    def roles_of(self, roles: Collection[str]) -> tuple[str, ...]:
        """Which texts of this batch a check reads that reads these of a pair.

        Args:
            roles: of prompt, chosen and rejected.

        Returns:
            the same of a batch of pairs; of prompts `prompt`, of answers `answer` for chosen and rejected, or nothing.

        Example:
            >>> Batch(pa.table({}), subject="answer").roles_of(("prompt", "chosen", "rejected"))
            ('answer',)
        """
        if self.subject == "pair":
            return tuple(roles)
        there = "prompt" in roles if self.subject == "prompt" else not set(SIDES).isdisjoint(roles)
        return (self.subject,) if there else ()

    def texts(self, role: str) -> list[str]:
        """The texts of `prompt`, `chosen` or `rejected`; of answers, `answer`.

        Args:
            role: one of these.

        Returns:
            a text for each row; of a prompt what the user wrote.
        """
        return self.prompts if role == "prompt" else self.column(role)

    def tags(self, role: str) -> list[str]:
        """The languages that the texts of a role are to be in.

        Args:
            role: as for `texts`.

        Returns:
            a tag for each row.
        """
        return self.column("language" if role == "prompt" else "response_language")

    def named_row(self, row: int) -> str:
        """What a row is, for a message.

        Args:
            row: its number in the batch.

        Returns:
            `pair` and its id, say.
        """
        return f"{self.subject} {self.column(_IDS[self.subject])[row]}"

    def proses(self, role: str) -> list[str]:
        """What of the texts of a role counts as their language; see polypref.text.prose.prose.

        Args:
            role: as for `texts`.

        Returns:
            a text for each row, made once.
        """
        if role not in self._proses:
            self._proses[role] = prose_of_each(self.texts(role))
        return self._proses[role]

    def lent(self) -> "Batch":
        """The same rows in lists of its own, for code that is not polypref's.

        Returns:
            a batch of the same rows; nothing that is done to it is seen here.
        """
        return Batch(self._table, self._rows, self.subject)

    def changed_in(self, lent: "Batch") -> tuple[str, int] | None:
        """A column that somebody changed in what was `lent` to him, and the first row of it.

        Args:
            lent: what `lent` gave.

        Returns:
            (name of the column, number of the row in this batch); None where nothing was changed.
        """
        for name, values in lent._columns.items():
            if (row := _changed_row(values, self.column(name))) is not None:
                return name, row
        if "prompts" in lent.__dict__ and (row := _changed_row(lent.prompts, self.prompts)) is not None:
            return "prompt", row
        for role, proses in lent._proses.items():
            if (row := _changed_row(proses, self.proses(role))) is not None:
                return role, row
        return None

    def take(self, rows: Sequence[int]) -> "Batch":
        """The named rows as a batch of their own, without converting again what is converted already.

        Args:
            rows: numbers of rows in this batch.

        Returns:
            a batch of these, in this order.
        """
        part = Batch(self._table, rows if self._rows is None else [self._rows[i] for i in rows], self.subject)
        part._columns = {name: [values[i] for i in rows] for name, values in self._columns.items()}
        part._proses = {role: [values[i] for i in rows] for role, values in self._proses.items()}
        if "prompts" in self.__dict__:
            part.__dict__["prompts"] = [self.prompts[i] for i in rows]
        return part


def _changed_row(seen: Sequence[object], own: Sequence[object]) -> int | None:
    """The first row in which two lists differ; None where they do not. NaN is unequal to itself, and written alike."""
    if seen == own or repr(seen) == repr(own):
        return None
    rows = (row for row, two in enumerate(zip(seen, own, strict=False)) if repr(two[0]) != repr(two[1]))
    return next(rows, min(len(seen), len(own) - 1))


class Check(Protocol):
    """What a check is; a frozen dataclass, whose fields are its settings.

    The detector of a setting that is a `languages.identifier.Identifier` is part of what its verdicts stand for, with
    its version and its model file.

    A check is shown pairs. One of prompts or answers, which are checked before pairs are made, says so:
    `subjects: ClassVar[tuple[Subject, ...]] = ("answer",)`; what an answer that it rejects may then not be is said by
    `roles: ClassVar[tuple[Side, ...]] = ("chosen",)` (both where there are none), or by the outcome's `sides`.
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

    Args:
        checks: in the order in which they run.
        batch: the pairs.

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
        for row, outcome in outcomes_of(one, view):
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


def outcomes_of(check: Check, batch: Batch) -> list[Outcome]:
    """What a check says of a batch; what it raises is named with the first row that makes it raise.

    Args:
        check: the check.
        batch: of one of its subjects.

    Returns:
        what it yields.

    Raises:
        UserError: a check that is not polypref's raised, or gave what is no outcome.
    """
    try:
        outcomes = _answered(check, batch, f"check '{check.name}'")
    except UserError as error:
        if error.__cause__ is None:  # nothing that it raised: it gave or changed something
            raise
        if len(batch) > 1:
            # A check sees many rows at once; alone, each shows whether it was the one.
            for row in range(len(batch)):
                outcomes_of(check, batch.take([row]))
            raise
        _answered(check, batch, f"check '{check.name}', {batch.named_row(0)}")
        raise
    return [_outcome(check, one, len(batch)) for one in outcomes]


def _answered(check: Check, batch: Batch, what: str) -> Sequence[object]:
    """What a check gives for a batch; one of somebody's own gets lists that nobody else reads.

    Raises:
        UserError: it raised, gave nothing that can be read one by one, or changed what it was given.
    """
    if not is_own(check) and not hasattr(check, "function"):
        return list(check(batch))
    lent = batch.lent()
    try:
        with own_code(check, what):
            outcomes = check(lent)
            if isinstance(outcomes, str | bytes | Mapping) or not isinstance(outcomes, Iterable):
                raise UserError(
                    f"{what}{of_class(check)} returns {type(outcomes).__name__}; {_YIELD}, or return a list of them"
                )
            outcomes = list(outcomes)
    except UserError as error:
        if str(error).startswith(f"check '{check.name}'"):
            raise
        # What Reject(3) says, or another function of polypref's that the check calls, does not name the check.
        raise UserError(f"{what}: {error}") from error.__cause__
    if changed := batch.changed_in(lent):
        column, row = changed
        raise UserError(
            f"check '{check.name}'{of_class(check)}, {batch.named_row(row)}, changes column {column} of "
            f"the batch that it is given; a check changes no text, it says what it finds: {_YIELD}"
        )
    return outcomes


def _outcome(check: Check, one: object, rows: int) -> Outcome:
    """What a check yielded, as it is written down.

    Raises:
        UserError: it is no outcome, or its reason or name cannot be counted by.
    """
    if wrong := _wrong_in(one, rows):
        raise UserError(f"check '{check.name}'{of_class(check)} yields {as_written(one)[:100]}; {wrong}")
    assert isinstance(one, tuple)
    row, outcome = one
    if isinstance(outcome, Flag) or outcome.detail is None:
        return row, outcome
    # A snippet may have cut a character in two.
    return row, replace(outcome, detail=outcome.detail.encode("utf-8", "backslashreplace").decode())


def _wrong_in(one: object, rows: int) -> str:
    """What is wrong with what a check yielded; empty where nothing is."""
    pair = one if isinstance(one, tuple) and len(one) == 2 else (None, None)
    if not isinstance(pair[1], Reject | Flag) or not _is_row(pair[0], rows):
        return f"{_YIELD}, with a row of the batch, 0 to {rows - 1}"
    outcome = pair[1]
    label = outcome.reason if isinstance(outcome, Reject) else outcome.name
    if not _is_countable(label):
        return _label_rule("reason" if isinstance(outcome, Reject) else "name")
    return ""


def _is_row(row: object, rows: int) -> bool:
    # A row may be an integer of NumPy.
    return not isinstance(row, bool) and isinstance(row, SupportsIndex) and 0 <= row.__index__() < rows


def each(batch: Batch, roles: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """The texts of the named roles.

    Args:
        batch: prompts, answers or pairs.
        roles: of prompt, chosen and rejected.

    Yields:
        (role, number of the row, text), role by role; of answers the role is `answer`.
    """
    for role in batch.roles_of(roles):
        for row, text in enumerate(batch.texts(role)):
            yield role, row, text
