"""Texts of another script that a prompt asks for in Latin letters: romaji, pinyin, Hinglish, Greeklish, Arabizi.

A detector takes them for languages that they are not, pinyin for Vietnamese, Hebrew in Latin letters for English.
"""

import re
from collections.abc import Iterable

from . import scripts
from .close_languages import evidence
from .tasks import asks_for_latin_letters

# Letters of pinyin that Vietnamese has not.
_PINYIN = re.compile("[āēīōūǖǎǐǒǔǚ]", re.I)
# So much of the text is in Latin letters, and so many letters of another script the prompt has to write in them.
_SHARE, _LEAST_WRITTEN = 0.8, 4
# Of a language that a text is not in it has so many frequent words at most, by chance.
_MOST_WORDS, _MOST_SHARE = 1.0, 0.15
_ROMANISED = "-Latn"


def is_asked_in_latin_letters(text: str, language: str, prompt: str, tag: str) -> bool:
    """Whether an answer that seems to be in another language is what its prompt asks for in Latin letters.

    Args:
        text: the answer.
        language: what it was found to be in.
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where the prompt asks for Latin letters and the answer is in romanised Hindi or the like, or is in Latin
        letters and has hardly a frequent word of the language that it was found to be in.
    """
    if not asks_for_latin_letters(prompt, tag):
        return False
    if language.endswith(_ROMANISED):
        return True
    latin = scripts.members(("Latn",))
    if scripts.letters(scripts.without(text, latin)) > (1 - _SHARE) * scripts.letters(text):
        return False
    if scripts.letters(scripts.without(prompt, latin)) < _LEAST_WRITTEN:
        return False
    if language == "vi" and _PINYIN.search(text):
        return True
    return evidence(text, language).own <= max(_MOST_WORDS, _MOST_SHARE * len(text.split()))


def are_asked_in_latin_letters(text: str, wrong: Iterable[tuple[int, str]], prompt: str, tag: str) -> bool:
    """The same of the lines of an answer that seem to be in another language.

    Args:
        text: the answer.
        wrong: the numbers of these lines, and what each was found to be in.
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where all of them are what the prompt asks for.
    """
    if not asks_for_latin_letters(prompt, tag):
        return False
    lines = dict(enumerate(text.split("\n")))
    return all(is_asked_in_latin_letters(lines.get(at, text), language, prompt, tag) for at, language in wrong)
