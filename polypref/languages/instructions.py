"""Short instructions beside a text in another language: "Stimmung? The food was cold", "정리: The food was cold".

Of a word or two a detector says little, and the text beside them makes the whole look like another language.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from . import registry, scripts
from .asked_texts import is_short_instruction
from .close_languages import evidence
from .identifier import Identifier

# A text has so many letters (those of dense scripts count double); an instruction so many at least, and at most.
_LEAST_TEXT, _LEAST_LETTERS, _MOST_LETTERS = 12, 2, 60
# So many letters are enough to look at an instruction by itself.
_LOOKED_AT = 3
# So much of a text is in the script that it counts as in.
_SHARE = 0.8
_COLON = re.compile(r"：|:(?!//)")
_QUESTION = re.compile(r"[?？؟]")
_GREEK_QUESTION = re.compile("[;?\u037e]")
# A mark that nothing closes is followed up to the next one alone.
_QUOTED = re.compile(r"(?:[\"“„«»「『]([^\"“”„«»「」『』’]+)|‘([^\"“”„«»「」『』‘’]+))[\"”“»«」』’]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# What prompts begin with in English, and a detector takes for a word of some language or other.
_LABEL = re.compile(
    r"\W*(?:answer|article|assistant|author|blog|code|context|data|date|document|email|example|format|input|instruction|"
    r"location|message|name|note|output|paragraph|passage|place|problem|prompt|question|request|review|role|sentence|"
    r"sentiment|source|summary|system|task|text|title|tone|topic|user)s?\W*",
    re.I,
)


def is_instruction_beside_text(prompt: str, tag: str, identifier: Identifier) -> bool:
    """Whether a prompt that seems to be in another language is a short instruction in its own beside a text.

    Args:
        prompt: the prompt's text.
        tag: the language that it should be in.
        identifier: decides what the two are in.

    Returns:
        true where one part, before a colon, a question mark or a quotation, or on a line of its own, is in the
        language, or is in its script where the other part is in another; false for all that is in one language.

    Example:
        >>> is_instruction_beside_text("감정 분류: The food was cold and the waiter rude.", "ko", Identifier())
        True
        >>> is_instruction_beside_text("Sentiment: The food was cold and the waiter rude.", "de", Identifier())
        False
    """
    return any(
        _is_beside(instruction, text, tag, identifier, is_marked)
        for instruction, text, is_marked in _splits(prompt, tag)
        if _LEAST_LETTERS <= scripts.letters(instruction) <= _MOST_LETTERS and scripts.letters(text) >= _LEAST_TEXT
    )


def _splits(prompt: str, tag: str) -> Iterator[tuple[str, str, bool]]:
    """Ways to take a prompt apart, as instruction and text, and whether a sign is between them."""
    for pattern in (_COLON, _GREEK_QUESTION if tag == "el" else _QUESTION):
        if mark := pattern.search(prompt):
            yield prompt[: mark.end()], prompt[mark.end() :], True
    if quoted := _QUOTED.search(prompt):
        yield prompt[: quoted.start()] + prompt[quoted.end() :], quoted[1] or quoted[2], True
    lines = prompt.strip().split("\n")
    if len(lines) > 1:
        yield lines[0], "\n".join(lines[1:]), False
        yield lines[-1], "\n".join(lines[:-1]), False
    if "Latn" in registry.get(tag).scripts:
        other = scripts.without(prompt, scripts.members(("Latn",)))
        rest = "".join(sign if sign.isascii() or _LATIN.match(sign) else " " for sign in prompt)
        yield " ".join(rest.split()), other, True


def _is_beside(instruction: str, text: str, tag: str, identifier: Identifier, is_marked: bool) -> bool:
    check = identifier.check(text, tag)
    # Of a word that English has too the whole is English.
    is_short = is_short_instruction(instruction, tag, "en" if check.language == "en" else None)
    if is_short and check.status != "ok":
        return True
    if check.status != "other":
        return False
    own = scripts.members(registry.get(tag).scripts)
    if _share_in_others(instruction, own) > 1 - _SHARE:
        return False
    if "Latn" not in own and _share_in_others(text, own) >= _SHARE:
        return True
    # A line of its own may be a name or a heading.
    if _LABEL.fullmatch(instruction) or not (is_marked or evidence(instruction, tag).own):
        return False
    # English is what prompts in no language of their own are written in.
    others = {check.language, "en"} - {tag}
    close = replace(identifier, min_letters=_LOOKED_AT)
    if close.check(instruction, tag).status != "ok":
        return False
    return not any(close.check(instruction, one).status == "ok" for one in others if registry.find(one))


def _share_in_others(text: str, own: frozenset[str]) -> float:
    """How much of a text is in other scripts than these."""
    latin = "" if "Latn" in own else "".join(_LATIN.findall(text))
    return scripts.letters(scripts.without(text, own) + latin) / max(1, scripts.letters(text))
