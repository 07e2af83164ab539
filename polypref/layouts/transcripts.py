"""Conversations written into one text: transcripts with role labels, and lists of turns printed as JSON or Python.

A model that is trained on such a cell as one turn of the user learns to speak for both sides. So a cell is refused when
as a whole it is a transcript or such a list; a text that only holds one, as a quotation, an example or code, is sound.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple

from .. import languages
from ..files.packaged import packaged_text
from ..languages.facts import LABEL_FAMILIES
from ..text.cleaning import BLANK
from .serialised import is_serialised

Reason = Literal["transcript_in_text", "serialised_turns_in_text"]
TRANSCRIPT: Reason = "transcript_in_text"
SERIALISED: Reason = "serialised_turns_in_text"

_NUMBER = r"(?:[ \t]?#?[0-9]{1,3}(?:[ \t]?\([^()\n]{1,20}\))?)?"
_MARKS = r"\u200b-\u200f\u202a-\u202e\u2066-\u2069"
# Formats that put a text of their own before the first turn, and what else often stands there.
_FORMAT = re.compile(r"A chat between a (?:curious|human|user)|Below is an instruction that describes", re.IGNORECASE)
_PREAMBLE = re.compile(
    r"A chat between a |Below is an instruction|The following is a conversation (?:between|with) an? |"
    r"You are (?:a|an|the) [^\n]{0,80}\b(?:assistant|AI|chatbot|model)\b",
    re.IGNORECASE,
)
_LONGEST_PREAMBLE = 2_000
_LONGEST_READ = 50_000
_ROUND = re.compile(r"\[Round [0-9]{1,3}\]\s*", re.IGNORECASE)


class _Known(NamedTuple):
    """What labels look like: at the beginning of a line, anywhere, and word -> (family, side).

    `of_dialogues` are the words of all languages that speak of a dialogue: one that is quoted, to be gone on with.
    """

    at_line: re.Pattern[str]
    inside: re.Pattern[str]
    words: Mapping[str, tuple[str, str]]
    of_dialogues: re.Pattern[str]


@cache
def _known() -> _Known:
    of_none = tomllib.loads(packaged_text("transcript_labels.toml"))
    labels_of = [language.transcript_labels for language in languages.known() if language.transcript_labels]
    own = [one.families for one in labels_of]
    dialogue_words = sorted({word for one in labels_of for word in one.dialogue_words})
    listed = sorted(
        {
            (unicodedata.normalize("NFC", word), family, side)
            for table in (of_none, *own)
            for family, sides in table.items()
            for side, words in sides.items()
            for word in words
        },
        key=lambda row: (LABEL_FAMILIES.index(row[1]), *row),  # a word of two families counts for the first
    )
    word = _alternatives([one for one, *_ in listed])
    # `Human:`, `**Human:**`, `### Human:`, `<human>:`, `【用户】：`; without a colon `### Human`, `[|user|]`,
    # `【用户】`.
    label = (
        rf"(?P<hash>\#{{2,4}}[ \t]*)?(?:\*\*|__)?[<\[【(]?(?P<word>{word}){_NUMBER}[>\]】)]?(?:\*\*|__)?"
        rf"[ \t\u00a0\u202f]?[:：](?:\*\*|__)?|"
        rf"\#{{2,4}}[ \t]*(?P<bare>{word})[ \t]*(?=\n|\Z)|(?:\[\||【)(?P<token>{word})(?:\|\]|】)"
    )
    return _Known(
        re.compile(rf"(?m)^[ \t{_MARKS}]*(?:{label})", re.IGNORECASE),
        re.compile(rf"(?:(?<=[\s.!?。！？…؟।>{_MARKS}])|^)(?:{label})", re.IGNORECASE | re.MULTILINE),
        {_folded(one): (family, side) for one, family, side in reversed(listed)},
        re.compile("|".join(map(re.escape, dialogue_words)) or "(?!)", re.IGNORECASE),
    )


def _alternatives(words: Sequence[str]) -> str:
    """A regular expression of words, longest first: by their first letters, so that at most places none is tried."""
    by_letter: dict[str, list[str]] = {}
    for one in sorted(words, key=len, reverse=True):
        by_letter.setdefault(_folded(one[0]), []).append(re.escape(one[1:]))
    return "|".join(f"{re.escape(letter)}(?:{'|'.join(rest)})" for letter, rest in by_letter.items())


def _folded(word: str) -> str:
    # The Turkish dotted capital has no small letter of its own, and the dotless one no capital.
    return word.casefold().replace("i\u0307", "i").replace("\u0131", "i")


@dataclass(frozen=True)
class _Label:
    family: str
    side: str
    case: str
    begin: int
    end: int


def reason(text: str) -> Reason | None:
    """Why the text of a prompt is no text of one turn.

    Args:
        text: the text of one message.

    Returns:
        the reason; None where it is one.
    """
    text = _plain(text)
    if is_serialised(text, strings=True):
        return SERIALISED
    text = _ends(text)
    labels = _labels(text)
    if not {"user", "assistant"} <= {one.side for one in labels}:
        return None
    first, last = labels[0], labels[-1]
    waits = last.side == "assistant" and last.end == len(text)
    if first.begin == 0:
        if {one.family for one in labels} & {"chat_name", "question"}:
            # `Q: ... A:` is how many ask one question, `User: ... Model: ...` may be a form: another turn must follow.
            sides = [one.side for one in labels]
            again = "user" in sides[sides.index("assistant") :]
            if first.family == "question":
                # `Answer: 42. Question: ...?` is a riddle.
                again = again and "assistant" in sides[sides.index("user") :]
            else:
                again = again or "assistant" in sides[: sides.index("user")]
            waits = waits and first.family != "question"
            return TRANSCRIPT if again or waits else None
        return TRANSCRIPT
    before = text[: first.begin].rstrip()
    if first.family == "question" or before.endswith((":", "：")):
        return None
    if len(before) <= _LONGEST_PREAMBLE and _PREAMBLE.match(before):
        return TRANSCRIPT
    return TRANSCRIPT if waits and not _known().of_dialogues.search(before) else None


def answer_reason(text: str, prompt: Sequence[Mapping[str, str]] = ()) -> Reason | None:
    """Why the text of an answer is no text of one turn.

    An answer may be a dialogue that was asked for, or questions with answers: with labels that such texts have too it
    is a transcript when one of its turns is the prompt itself.

    Args:
        text: the answer.
        prompt: the messages that it answers.

    Returns:
        the reason; None where it is one.
    """
    text = _plain(text)
    if is_serialised(text):
        return SERIALISED
    text = _ends(text)
    if not _starts_labelled(text):
        return None  # for the labels of an answer that begins otherwise nothing follows
    labels = _labels(text)
    if labels and not labels[0].begin and labels[0].side == "assistant" and _asks_labelled(prompt):
        return TRANSCRIPT
    if not {"user", "assistant"} <= {one.side for one in labels} or (labels[0].begin and not _FORMAT.match(text)):
        return None
    if all(one.family in ("chat", "instruction") for one in labels):
        return TRANSCRIPT
    asked = {" ".join(unicodedata.normalize("NFC", message["content"]).split()) for message in prompt}
    turns = (text[one.end : after.begin] for one, after in pairwise(labels))
    return TRANSCRIPT if any(" ".join(turn.split()) in asked for turn in turns) else None


def _asks_labelled(prompt: Sequence[Mapping[str, str]]) -> bool:
    """Whether the prompt's last turn begins with a label of the user, so that one on the answer belongs to it."""
    labels = _labels(_plain(prompt[-1]["content"])) if prompt else []
    return bool(labels) and labels[0].side == "user" and not labels[0].begin


def _plain(text: str) -> str:
    """The text in one form: composed, and without what shows nothing at its ends."""
    text = unicodedata.normalize("NFC", text).strip(BLANK)
    return text[head.end() :] if (head := _ROUND.match(text)) else text


def _ends(text: str) -> str:
    """Where a very long text begins and ends: what it is shows there, and nobody waits for the rest."""
    return text if len(text) <= _LONGEST_READ else f"{text[: _LONGEST_READ - 2_000]}\n{text[-2_000:]}"


def _labels(text: str) -> list[_Label]:
    """The labels of the text's first speaker and of those of the same family; none where that has no label.

    Labels stand at the beginning of lines; where the text begins with one, also inside of lines, written in the same
    way: `USER: ... ASSISTANT: ...`.
    """
    if ":" not in text and "：" not in text and "##" not in text and "[|" not in text and "【" not in text:
        return []
    start = _starts_labelled(text)
    labels = [
        one for match in (_known().inside if start else _known().at_line).finditer(text) if (one := _label(match))
    ]
    if not labels:
        return []
    first = labels[0]
    families = {"chat", "chat_name"} if first.family in ("chat", "chat_name") else {first.family}
    lines = {match.end() for match in _known().at_line.finditer(text)} if start else set()
    return [
        one for one in labels if one.family in families and (not start or one.case == first.case or one.end in lines)
    ]


def _starts_labelled(text: str) -> bool:
    """Whether a text begins with what may be a label, or with what formats put before their first turn."""
    return bool(_known().at_line.match(text) or _PREAMBLE.match(text))


def _label(match: re.Match[str]) -> _Label | None:
    word = match["word"] or match["bare"] or match["token"]
    known = _known().words.get(_folded(word))
    if known is None:
        return None
    family, side = known
    hashed = bool(match["hash"] or match["bare"])
    if match["bare"] and family not in ("chat", "instruction"):
        return None  # a heading
    if family == "instruction" and not hashed:
        return None  # "Input:" and "Output:" stand in every task of programming
    if len(word) == 1 and word.islower():
        return None  # a: is a variable
    case = "upper" if word.isupper() else "lower" if word.islower() else "title"
    return _Label(family, side, case, match.start(), match.end())
