"""What is counted of an answer to see what chosen answers have more of.

Counts are taken as log2(1 + n), so that a difference of 1 is a doubling: the tenth item of a list says less than the
first. What stands in code counts as code alone. Hedging, apology and register are known by the phrases of the
language's file (`style_cues`); a language without them has no such factor.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from .. import languages
from ..evaluation.figures.statistics import Floats
from ..evaluation.figures.style_control import style_counts
from ..languages import scripts
from ..languages.close_languages import evidence
from ..languages.fidelity import foreign_words, has_word_check
from ..languages.phrases import Index, Texts, bounds_of, compiled
from ..text.prose import prose

#: In the order in which they stand in a table, and in which one gives way that says the same as those before it.
FACTORS = (
    *("length", "list_items", "headings", "bold", "code", "digits", "exclamations", "emoji", "question_back"),
    *("foreign_words", "hedging", "apology", "formal_address"),
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_LIST_MARK = re.compile(r"^[^\S\n]*(?:\d{1,9}[.)]|[-*+])\s", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,٫٬:]\d+)*")
_EXCLAMATION = re.compile("[!！]")
# Pictographs, flags, dingbats and weather signs; a selector or a joiner makes no further one.
_EMOJI = re.compile("[\U0001f300-\U0001faff\U0001f1e6-\U0001f1ff\u2600-\u27bf]")
# Question marks of all scripts: Latin, full-width, Arabic, Greek (two signs), Armenian, Ethiopic.
_QUESTION = "?？؟\u037e՞፧"
# Read from the end on: looked for with \Z, every place of a long run of blanks inside of a text would be tried.
_AFTER_QUESTION = re.compile(r"[\s\"'“”„«»「」『』)\]*_~\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d\u200f]*")
# Japanese marks a question by a word at its end as well.
_ASKING_ENDS = {"ja": ("か。", "か"), "el": (";",)}


def answer_features(texts: Sequence[str], tag: str) -> dict[str, Floats]:
    """What answers in one language have.

    Args:
        texts: (n,) answers.
        tag: their language.

    Returns:
        Factor -> (n,) values; without the factors for which the language has no cues.
    """
    values = {name: np.zeros(len(texts)) for name in FACTORS[:10]}
    for row, text in enumerate(texts):
        for name, value in _plain_values(text, tag).items():
            values[name][row] = value
    return values | _cued_values(texts, tag)


def _plain_values(text: str, tag: str) -> Mapping[str, float]:
    """What is counted without cues."""
    spoken = _CODE.sub(" ", text)
    _, headings, items, bold = style_counts(text)
    counts = {
        "length": sum(map(len, text.split())),
        "list_items": items,
        "headings": headings,
        "bold": bold,
        "digits": len(_NUMBER.findall(_LIST_MARK.sub("", spoken))),
        "exclamations": len(_EXCLAMATION.findall(spoken)),
        "emoji": len(_EMOJI.findall(spoken)),
        "foreign_words": _foreign_count(spoken, tag),
    }
    flags = {"code": _CODE.search(text) is not None, "question_back": asks_back(text, tag)}
    return {name: float(np.log2(1 + n)) for name, n in counts.items()} | {n: float(flag) for n, flag in flags.items()}


def asks_back(text: str, tag: str) -> bool:
    """Whether an answer ends with a question to who asked.

    Args:
        text: the answer.
        tag: its language.

    Returns:
        True where it ends with a question mark of any script; in Greek with the semicolon that is one, and in
        Japanese with the word that asks.

    Example:
        >>> asks_back("**Noch Fragen?** 😊", "de"), asks_back("هل تريد المزيد؟", "ar"), asks_back("Why? Because.", "en")
        (True, True, False)
    """
    behind = _AFTER_QUESTION.match(text[::-1])
    end = text[: len(text) - (behind.end() if behind else 0)]
    return end.endswith(tuple(_QUESTION)) or end.endswith(_ASKING_ENDS.get(tag, ()) or ("\0",))


def _foreign_count(text: str, tag: str) -> int:
    """Words in scripts that the language has not, and English words."""
    own = scripts.members(languages.get(tag).scripts)
    words = 0 if text.isascii() else sum(bool(scripts.without(word, own)) for word in text.split())
    if tag == "en":
        return words
    if has_word_check(tag):
        return words + len(foreign_words(text, tag))
    return words + int(evidence(prose(text), "en").own)


def _cued_values(texts: Sequence[str], tag: str) -> dict[str, Floats]:
    """Hedging (how many different phrases), apology (whether), and address: 1 is formal, -1 informal, 0 neither."""
    counts = {}
    for name in ("hedging", "apology", "formal", "informal"):
        index = _cue_index(tag, name)
        if index is not None:
            numbers = np.zeros(len(texts))
            for row, _ in index.find(Texts.of(texts)) if texts else ():
                numbers[row] += 1
            counts[name] = numbers
    values = {}
    if "hedging" in counts:
        values["hedging"] = np.log2(1 + counts["hedging"])
    if "apology" in counts:
        values["apology"] = np.minimum(counts["apology"], 1)
    if "formal" in counts and "informal" in counts:
        both = counts["formal"] + counts["informal"]
        values["formal_address"] = (counts["formal"] - counts["informal"]) / np.maximum(both, 1)
    return values


@cache
def _cue_index(tag: str, name: str) -> Index | None:
    language = languages.get(tag)
    cues: tuple[str, ...] = getattr(language.style_cues, name) if language.style_cues else ()
    return Index([compiled(one, bounds_of(language), None) for one in cues]) if cues else None
