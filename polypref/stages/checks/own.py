"""Checks of one line: a pattern, or a function of a row."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from ...errors import UserError
from ...scripting.declared import check_fields, checked_call
from ...scripting.functions import Carried, code_digest
from ...scripting.loading import PASSES, is_async, place_of_error, raised_in_own, takes
from ...scripting.own_code import failed
from .common import Action, OfTexts, Role, outcome, snippet
from .contract import Batch, Flag, Outcome, Reject, Subject, check_countable, each


@checked_call
@dataclass(frozen=True)
class RegexCheck(OfTexts):
    """Rejects or flags prompts and answers that hold a pattern.

    `RegexCheck("as_an_ai", r"(?i)\\bas an ai\\b")`: an answer that says so is not chosen.

    Attributes:
        name: what the check is called.
        pattern: a regular expression of Python, looked for anywhere; `(?i)` at its beginning: in capitals too.
        roles: `prompt`; `chosen` and `rejected`: what an answer that holds it may not be.
        reason: under which it is counted; the name when left out.
        action: reject the pair, or flag it.
        version: no need to raise it: the settings above are all there is.
        summary: one line for those who read the list of checks.
    """

    name: str
    pattern: str
    roles: tuple[Role, ...] = ("chosen",)
    reason: str = ""
    action: Action = "reject"
    version: int = 1
    summary: str = "texts that hold a pattern"
    thresholds: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.name or not self.pattern or not self.roles:
            raise UserError(f"RegexCheck {self.name!r} needs a name, a pattern and a role; it would say nothing")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise UserError(
                f"RegexCheck '{self.name}': the pattern {self.pattern!r} is none ({error}); a text as it is goes "
                "through re.escape()"
            ) from None
        label = self.reason or self.name
        check_countable(label, f"RegexCheck '{self.name}', reason={label!r:.80}", "reason")

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`."""
        pattern = re.compile(self.pattern)
        for _, row, text in each(batch, self.roles):
            if there := pattern.search(text):
                yield row, outcome(self.action, self.reason or self.name, snippet(text, *there.span()))


_ARTICLES = {"prompt": "a prompt", "answer": "an answer", "pair": "a pair"}


class Row(Mapping[str, Any]):
    """One row of a batch: its columns (`Batch` lists them) by name, each read when it is asked for."""

    def __init__(self, batch: Batch, row: int) -> None:
        self._batch, self._row = batch, row

    def __getitem__(self, name: str) -> Any:
        if name not in self._batch.names:
            raise KeyError(
                f"{_ARTICLES[self._batch.subject]} has no column {name!r}; it has {', '.join(self._batch.names)}"
            )
        return self._batch.column(name)[self._row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._batch.names)

    def __len__(self) -> int:
        return len(self._batch.names)


@checked_call
@dataclass(frozen=True)
class FunctionCheck:
    """Rejects or flags pairs, answers or prompts as a function says, which is given one at a time.

    `FunctionCheck(lambda row: "too_long" if len(row["chosen"]) > 3000 else None)`. The function may return

    - None, False, or what else is empty (0, ""): the pair stays as it is;
    - a text: the pair goes, for this reason (a few words, fit for counting), or is flagged with it where `action` says;
    - True: the same, with the check's name as reason;
    - `Reject(reason, detail)` or `Flag(name)`, whatever `action` says.

    A finished build is made again when the function changes: `code` stands for the text of the function as it is in its
    file, for the plain values (numbers, texts, patterns, dates, lists of these) that it takes from outside, and, in the
    same way, for the functions and classes of the same file that it uses and the attributes of their instances. A class
    of that file without a text of its own, as `type("Made", ...)` makes it, is refused. What it imports from elsewhere
    is not looked at: raise `version` when that changes. The function goes to worker processes; values from around it go
    with it.

    Attributes:
        function: takes a mapping of a pair's columns: prompt (a list of role and content), chosen, rejected, language,
            response_language, chosen_model, chosen_score and the others that `Batch` names.
        name: what the check is called; the function's name when left out, of a lambda `function_check`.
        action: what a text or True does: reject the pair, or flag it.
        of: what the function is given: pairs; or, before there are pairs, each answer (with `answer`, answer_model and
            the prompt's columns), which is then neither chosen nor rejected, or each prompt.
        version: raise it when something changed that `code` does not stand for.
        summary: one line for those who read the list of checks.
        code: stands for the function; filled in.
    """

    function: Callable[[Mapping[str, Any]], object] = field(metadata={"settings": False})
    name: str = ""
    action: Action = "reject"
    of: Subject = "pair"
    version: int = 1
    summary: str = "as a function says"
    code: str = field(init=False, default="")
    thresholds: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        check_fields(self)
        function = self.function
        if not self.name:
            name = getattr(function, "__name__", "<lambda>")
            object.__setattr__(self, "name", "function_check" if name == "<lambda>" else name)
        if is_async(function):
            raise UserError(f"FunctionCheck '{self.name}': its function is async, and nobody awaits it; write def")
        if not takes(function, ("row",)):
            code = getattr(function, "__code__", None)
            place = f" ({Path(code.co_filename).name} line {code.co_firstlineno})" if code else ""
            raise UserError(
                f"FunctionCheck '{self.name}'{place}: its function is not to be called with one row; write "
                "def check(row), or lambda row: ..."
            )
        object.__setattr__(self, "code", code_digest(function, f"FunctionCheck '{self.name}'"))

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What it is shown."""
        return (self.of,)

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "function": Carried.of(self.function, f"FunctionCheck '{self.name}'")}

    def __setstate__(self, state: dict[str, object]) -> None:
        carried = state["function"]
        assert isinstance(carried, Carried)
        vars(self).update(state, function=carried.function())

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Gives the function each pair."""
        for row in range(len(batch)):
            try:
                result = self.function(Row(batch, row))
                says_nothing = not isinstance(result, Reject | Flag) and not result
            except PASSES as error:
                file = self.function.__code__.co_filename
                if not isinstance(error, UserError) or not raised_in_own(error, file):
                    raise
                # A sentence of their own says what is wrong, but not whose it is.
                what = f"check '{self.name}', {batch.named_row(row)} ({place_of_error(error, file)})"
                raise UserError(f"{what}: {error}") from None
            except BaseException as error:
                what = f"check '{self.name}', {batch.named_row(row)}"
                raise failed(what, error, self.function.__code__.co_filename) from error
            if not says_nothing:
                yield row, self._outcome(result, batch, row)

    def _outcome(self, result: object, batch: Batch, row: int) -> Reject | Flag:
        if isinstance(result, Reject | Flag):
            return result
        if result is True:
            return outcome(self.action, self.name)
        if isinstance(result, str) and result.strip():
            return outcome(self.action, result)
        raise UserError(
            f"check '{self.name}', {batch.named_row(row)}: the function returns {result!r:.60}; return "
            f"None to keep the {batch.subject}, or a text that says why it goes"
        )
