"""Texts that hold a conversation, each turn behind a label that a script declares: `Human: ...`, `用户：...`."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..errors import UserError
from ..files.cells import Bad, Cell
from ..scripting.declared import check_fields, checked_call
from ..text.cleaning import BLANK

# Where a line begins, in texts that are not cleaned yet.
_LINE = r"(?:\A|(?<=[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]))"
_BLANKS = r" \t\u00a0\u202f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_SPACE = f"[{_BLANKS}]*"
# After a label: the rest of its line, or blank lines; what is indented below them stays so.
_BEFORE_TEXT = re.compile(r"(?:[^\S\r\n]*[\r\n]+)+|[^\S\r\n]+")


@checked_call
@dataclass(frozen=True)
class Transcript:
    """How texts hold whole conversations: the labels that begin a line and say who speaks from there on.

    With `Transcript(user=("Human",), assistant=("Assistant",))` the lines `Human: Hello.` and `Assistant: Hello!` are
    two turns. A label is compared letter by letter, with its case. After one that ends in a letter stands a colon, in
    any width; one that ends in a mark stands alone, as `### Human:` and `[|User|]` do. A text without labels is one
    turn; one that has a label inside of a line, or begins with something else, is refused.

    Attributes:
        user, assistant, system: the labels of each, in any language.
        own_line: True where a label is all that stands in its line, without a colon.
        opening: who says what stands before the first label, where a text begins without one.
    """

    user: tuple[str, ...]
    assistant: tuple[str, ...]
    system: tuple[str, ...] = ()
    own_line: bool = False
    opening: Literal["user", "assistant", "system"] | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        labels = [_composed(one) for one in (*self.user, *self.assistant, *self.system)]
        if not self.user or not self.assistant:
            raise UserError("Transcript(...) needs a label of the user and one of the assistant; write both")
        if not all(labels) or any(len(one.splitlines()) > 1 for one in labels):
            raise UserError("Transcript(...): a label is empty or has several lines; write it as it begins a line")
        if twice := next((one for one in labels if labels.count(one) > 1), ""):
            raise UserError(f"Transcript(...): the label {twice!r:.40} is declared twice; give each label once")

    @cached_property
    def _roles(self) -> Mapping[str, str]:
        sides = (("user", self.user), ("assistant", self.assistant), ("system", self.system))
        return {_composed(label): role for role, labels in sides for label in labels}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._roles, key=lambda label: -len(label))
        labels = "|".join(_expression(one, self.own_line) for one in longest_first)
        return re.compile(f"{_LINE}{_SPACE}(?:{labels})")

    @cached_property
    def _inside(self) -> re.Pattern[str]:
        """Labels behind a blank in a line; not those of one letter, as in "vitamin A:"."""
        long = "|".join(_expression(one, self.own_line) for one in self._roles if len(one) > 1)
        return re.compile(rf"(?<=[^\s{_BLANKS}])[{_BLANKS}]+(?:{long or '(?!)'})")

    def turns(self, text: str) -> list[dict[str, Cell]] | None:
        """The turns of a text.

        Args:
            text: what a cell holds.

        Returns:
            {role, content} for each, without blanks around the content; None for a text without labels.

        Raises:
            Bad: `text_before_first_turn`, or `label_inside_a_line`, which may begin a turn or be spoken of.
        """
        matches = list(self._pattern.finditer(text))
        if not matches:
            return None
        before = text[: matches[0].start()].strip(BLANK)
        if before and self.opening is None:
            raise Bad("text_before_first_turn", before[:40])
        if inside := self._inside.search(text):
            raise Bad("label_inside_a_line", text[inside.start() :][:40])
        ends = [match.start() for match in matches[1:]] + [len(text)]
        turns: list[dict[str, Cell]] = [{"role": self.opening, "content": before}] if before else []
        for match, end in zip(matches, ends, strict=True):
            label = _composed(next(group for group in match.groups() if group))
            content = text[match.end() : end].rstrip()
            begin = _BEFORE_TEXT.match(content)
            turns.append({"role": self._roles[label], "content": content[begin.end() if begin else 0 :]})
        return turns


def _composed(label: str) -> str:
    return unicodedata.normalize("NFC", label.strip())


def _expression(label: str, own_line: bool) -> str:
    """What matches a label, composed or not; group 1 of it is the label."""
    forms = "|".join(re.escape(one) for one in dict.fromkeys((label, unicodedata.normalize("NFD", label))))
    if own_line:
        return rf"({forms}){_SPACE}(?=[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\Z)"
    # Letters, and the vowel signs in which words of Hindi or Thai end.
    is_word = unicodedata.category(label[-1])[0] in "LMN"
    return f"({forms})" + (f"{_SPACE}[:：]" if is_word else "")
