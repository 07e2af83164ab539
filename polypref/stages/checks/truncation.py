"""Answers that stop before their end: the engine says so, a code fence stays open, or no sentence ends there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ... import languages
from ...scripting.declared import checked_call
from ...text.letters import is_letter
from ...text.prose import prose
from ...text.running import running_text
from .common import Action, OfTexts, Role, outcome, without_code
from .contract import Batch, Outcome

#: What engines call an answer cut at the token limit (OpenAI and vLLM, Anthropic, Gemini, Cohere).
CUT_REASONS = frozenset({"length", "max_tokens", "MAX_TOKENS", "max_length", "model_length"})

# Scripts whose sentences end in a sign of their own; of others nothing can be said.
_SIGNED = frozenset(
    {"Latn", "Cyrl", "Grek", "Arab", "Hebr", "Deva", "Beng", "Jpan", "Hans", "Hant", "Kore", "Armn", "Geor", "Ethi"}
)
# Full stop, exclamation and question marks and ellipsis of Latin script; ideographic, fullwidth and halfwidth ones;
# danda and double danda; Arabic question mark, full stop (Urdu) and three dots; Greek, Armenian, Ethiopic.
_ENDS = ".!?…\u3002\uff0e\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4\u061e\u037e\u0589\u1362\u1367\u1368"
_CLOSERS = "*_~ \t\"'\u201d\u2019\u00bb\u203a\u201c\u300d\u300f)\uff09]\uff3d\u3011\u300b\u200e\u200f\u202c\u2069"
_SENTENCE_END = re.compile(f"[{re.escape(_ENDS)}][{re.escape(_CLOSERS)}]*(?:\\s|$|(?<=[\u3002\uff01\uff1f]))")
_GREEK_END = ";"
# Besides letters: a comma of any script, an opening bracket or quotation mark, a colon, a dash.
_UNFINISHED = frozenset(",\u060c\u3001\uff0c:\uff1a([{\uff08\u300c\u00ab\u201e-")
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u25cf\u30fb>]|\d{1,3}[.)\u3001]|[A-Za-z\u0400-\u04ff][.)]|#{1,6}\s|\|)")
_BARE_ITEM = re.compile(r"\s*(?:[-*+\u2022]|\d{1,3}[.)\u3001]?|#{1,6})\s*(?:\*\*)?\s*\Z")
_NUMBER = re.compile(r"\d+")
# \\[2pt] is a line of a matrix with its distance from the next.
_OPEN_DISPLAY = re.compile(r"(?<!\\)\\\[")
_FENCES = ("```", "~~~")
_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|--|%|\"\"\"|''')")
# Shorter last lines may be headings, names, signatures. Half of it where a character is a syllable or a word.
_PROSE_LINE = 30


def open_fence(text: str) -> bool:
    """Whether a fenced code block is opened and never closed.

    Args:
        text: any text.

    Returns:
        whether it has an odd number of fences of one kind, unless the last one can only be an end: no name of a
        language stands behind it, but prose up to the end of a sentence. Then a beginning is missing, and no end.
    """
    return any(sign[0] in text and text.count(sign) % 2 == 1 and not _ends_in_prose(text, sign) for sign in _FENCES)


def _ends_in_prose(text: str, fence: str) -> bool:
    """Whether sentences stand behind the last fence, to the end."""
    behind = text[text.rfind(fence) + len(fence) :].rstrip("*_ \n")
    last = behind[behind.rfind("\n") + 1 :]
    if not behind[:1].isspace() or behind[-1:] not in _ENDS or _COMMENT.match(last):
        return False
    return running_text(last, prose(last)) != ""


def open_maths(text: str) -> bool:
    r"""Whether LaTeX is opened and never closed: \[, $$ or \begin.

    Args:
        text: any text.

    Returns:
        whether one of these has no end, in the text and in the text without its code.
    """
    # Code may hold one half of a pair (a regular expression, an array index), so a hit is looked at again without it.
    return _odd_maths(text) and _odd_maths(without_code(text))


def _odd_maths(text: str) -> bool:
    if "$" in text and text.count("$$") % 2 == 1:
        return True
    if "\\" not in text:
        return False
    opened = len(_OPEN_DISPLAY.findall(text)) if "\\[" in text else 0
    return opened > text.count("\\]") or text.count("\\begin{") > text.count("\\end{")


def no_sentence_end(text: str, language: str) -> bool:
    """Whether a text stops where no sentence ends, as far as its script and its own habits show.

    The last line must stop in a letter, comma, colon, dash or opening bracket and be prose, not a heading or a name; a
    list item counts only if the items before it end in a full stop, and the text must elsewhere end sentences with the
    signs of its script. A bracket, bold or inline code left open, or an empty list item, counts whatever the line is.

    Args:
        text: any text.
        language: tag of its language.

    Returns:
        whether it does; False where script and habits show nothing.

    Raises:
        UserError: the language is not known.
    """
    text = text.rstrip()
    last = text[text.rfind("\n") + 1 :]
    if _BARE_ITEM.match(last) and "\n" in text:
        return _continues(text, last)
    stripped = last.rstrip(_CLOSERS)
    if not stripped or not (is_letter(stripped[-1]) or stripped[-1] in _UNFINISHED):
        return False
    known = languages.get(language)
    if known.scripts[0] not in _SIGNED or (stripped[-1] in ":\uff1a" and stripped is not last):
        return False
    if _left_open(last):
        return True
    least = _PROSE_LINE // 2 if known.dense else _PROSE_LINE
    mark = _ITEM.match(last)
    if mark and not _SENTENCE_END.search(last, mark.end() + 10):
        before = text[: len(text) - len(last)].splitlines()[-12:]
        items = [line for line in before if _ITEM.match(line)]
        return len(items) >= 2 and all(_SENTENCE_END.search(line[-6:]) for line in items)
    return len(last) >= least and bool(_SENTENCE_END.search(without_code(text)))


def _continues(text: str, last: str) -> bool:
    """Returns whether a last line that is only a list mark goes on from a list: `7` or `7.` after an item 6."""
    number = _NUMBER.search(last)
    return number is None or re.search(rf"(?m)^\s*(?:\*\*)?{int(number.group()) - 1}[.)\u3001]", text) is not None


def _left_open(line: str) -> bool:
    return (
        line.count("(") > line.count(")")
        or line.count("\uff08") > line.count("\uff09")
        or line.count("**") % 2 == 1
        or line.count("`") % 2 == 1
    )


@checked_call
@dataclass(frozen=True)
class TruncatedAnswers(OfTexts):
    """Answers that the engine cut at the token limit (`finish_reason`), or whose last code block or formula is open."""

    name: ClassVar[str] = "truncated_answers"
    version: ClassVar[int] = 2
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_cut", "answer_open_fence", "answer_open_maths")
    summary: ClassVar[str] = "answers cut at the token limit, or with a code block or formula left open"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: tuple[Role, ...] = ("chosen", "rejected")
    action: Action = "reject"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts and finish reasons of `roles`; yields `<role>_cut`, `_open_fence` or `_open_maths`."""
        for role in batch.roles_of(self.roles):
            reasons = batch.column(f"{role}_finish_reason") if role != "prompt" else [None] * len(batch)
            for row, (text, reason) in enumerate(zip(batch.texts(role), reasons, strict=True)):
                if reason in CUT_REASONS:
                    yield row, outcome(self.action, f"{role}_cut", reason)
                elif open_fence(text):
                    yield row, outcome(self.action, f"{role}_open_fence")
                elif open_maths(text):
                    yield row, outcome(self.action, f"{role}_open_maths")


@checked_call
@dataclass(frozen=True)
class NoSentenceEnd(OfTexts):
    """Answers that stop where no sentence ends; see `no_sentence_end`. Flags by default: lists and letters vary."""

    name: ClassVar[str] = "no_sentence_end"
    version: ClassVar[int] = 3
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_no_sentence_end",)
    summary: ClassVar[str] = "answers that stop where no sentence ends"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: tuple[Role, ...] = ("chosen",)
    action: Action = "flag"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`; yields `<role>_no_sentence_end` with the last words."""
        for role in batch.roles_of(self.roles):
            for row, (text, language) in enumerate(zip(batch.texts(role), batch.tags(role), strict=True)):
                if no_sentence_end(text, language):
                    yield row, outcome(self.action, f"{role}_no_sentence_end", " ".join(text[-40:].split()))
