"""Texts in 23 languages on which compiled parts and the Python that defines them are compared: sound ones, and edited.

What goes into them is what rules about words react to: a language's own words and its neighbours', phrases, letters
whose lower case is longer or depends on what stands beside it, marks, joiners, apostrophes, abbreviations, code.
"""

import functools
import json
import random
from collections.abc import Iterator, Sequence

from polypref import languages
from polypref.files.packaged import packaged_text
from polypref.languages.phrases import elements

SIGNS = (
    "\x00", "\ud800", "\udfff", "e\u0301", "x\u0301UN ", "UN\u0301 ", " UN, ", " EU's ", " A ", "_UN ", "9UN ",
    "İ", "I",
    "ı", "i\u0307", "Σ", " ΟΔΟΣ ", " ΣΑΣ", "Σ\u0301", "Σ'", "ς", "ß", "ẞ", "STRASSE", "ﬁ", "ŉ", "\u212a", "\u212b", "ǅ",
    "ª", "²", "½", "Ⅷ", "Ⓐ", "߀", "٣", "7", "_", "'", "’", ", ", ",  ", " ", "  ", "\n", "\t", "\u3000", "\u2028",
    "\"", "«", "»", "“", "”", "„", "「", "」", "`x` ", "```\n", "~~~", "\u200c", "\u200d", "\u00ad", "\u0640", "\u0307",
    "\u093c", "\u094d", "𝐀", "𐐀", "𠜎", "😀", "\U0010ffff", ".", "!", "。", "a", "ä", "я",
)  # fmt: skip


@functools.cache
def _words(tag: str) -> tuple[str, ...]:
    """Words and phrases that a language's file lists, and texts in it."""
    language = languages.get(tag)
    close = language.close_languages
    listed = [*close.own, *close.own_letters, *close.own_endings] if close else []
    listed += [word for words in close.other.values() for word in words] if close else []
    phrases = ["".join(options[0] for options in elements(one.text)) for one in language.refusals]
    return tuple(word.rstrip("~") + " " for word in listed) + tuple(one.replace("…", " ") for one in phrases)


@functools.cache
def _sound(tag: str) -> tuple[str, ...]:
    records = [json.loads(line) for line in packaged_text("languages", f"{tag}.jsonl").splitlines()]
    return tuple(text for one in records for text in (one["prompt"], one["reference"], *one["answers"].values()))


def texts_of_words(number: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """Yields so many texts: the tag of a language, a text mostly in it, and a text that shares a part with it."""
    dice = random.Random(seed)
    for _ in range(number):
        tag = dice.choice(languages.AYA_23)
        text = _composed(tag, dice)
        begin = dice.randint(0, len(text))
        other = _composed(dice.choice(languages.AYA_23), dice)
        yield tag, text, text[begin : begin + dice.choice((20, 60, 400))] + other[:200]


def _composed(tag: str, dice: random.Random) -> str:
    parts = [dice.choice(_sound(tag)) for _ in range(dice.choice((0, 1, 1, 1, 3)))]
    parts += dice.choices(_words(tag) or SIGNS, k=dice.choice((0, 0, 2, 8)))
    if dice.random() < 0.2:
        parts.append(dice.choice(_sound(dice.choice(languages.AYA_23))))
    dice.shuffle(parts)
    text = dice.choice(("", " ")).join(parts)
    for _ in range(dice.choice((0, 1, 3, 8))):
        text = _edited(text, dice)
    return text


def _edited(text: str, dice: random.Random) -> str:
    begin = dice.randint(0, len(text))
    part = text[begin : begin + dice.choice((1, 1, 5, 40, 400))]
    new: Sequence[str] = (
        *("", part.upper(), part.lower(), part.title(), part.swapcase(), part * 2, part.replace(" ", "")),
        *(dice.choice(SIGNS) + part, dice.choice(SIGNS), "".join(dice.choices(SIGNS, k=5))),
        chr(dice.choice((dice.randrange(128), dice.randrange(0x3000), dice.randrange(0x110000)))) + part,
    )
    return text[:begin] + dice.choice(new) + text[begin + len(part) :]
