"""Does a text that a detector takes for another language hold anything of it: sentences, or its frequent words?

A detector has a label for every text: lists of capitals are Breton to it, adjectives Italian, code English.
"""

from ..text.running import running_text
from . import registry, scripts
from .close_languages import evidence, has_evidence

# So many letters (Chinese, Japanese and Korean ones count double) or words of running text need none that are known.
_LEAST_LETTERS = 45
_LEAST_RUNNING_WORDS = 10
# In a script of its own fewer do, and in a language of which no frequent words are known to be looked for.
_LEAST_IN_A_SCRIPT = 20
_LEAST_WITHOUT_WORDS, _WORDS_WITHOUT = 28, 6
# Latin sentences name a language from so many characters on, and where they are so much of what is in Latin letters;
# of lists of references less is.
_LEAST_LATIN, _MOST_LATIN = 60, 0.75
_AFTER_LATIN = "\u0370"
# Undetermined, and no language at all: labels of some detectors.
_OF_NONE = ("und", "zxx")
# Frequent words that stand in no sentence: so many, and so large a share; fewer in a text of a few words, most of them
# without a capital. In a sentence one is enough, and half of one where the sentence is the text.
_LEAST_WORDS, _LEAST_SHARE = 2.0, 0.2
_A_WORD, _SHARE_OF_FEW, _FEW = 1.0, 0.3, 3


def is_supported(sentences: str, text: str, language: str, expected: str) -> bool:
    """Whether something in a text speaks for the language that a detector found in it.

    Args:
        sentences: its running text.
        text: all of it that counts as its language, without code.
        language: the tag or label found.
        expected: the tag of the language that it should be in.

    Returns:
        true where its sentences are long, or in a script of their own, or hold a frequent word of the language, if any
        is known; or where its words outside sentences are frequent ones.
    """
    if language in _OF_NONE:
        return False
    letters = scripts.letters(sentences)
    if letters >= _LEAST_LETTERS or len(sentences.split()) >= _LEAST_RUNNING_WORDS:
        return True
    if letters >= _LEAST_IN_A_SCRIPT and _is_in_another_script(sentences, expected):
        return True
    if letters >= _LEAST_WITHOUT_WORDS and len(sentences.split()) >= _WORDS_WITHOUT and not has_evidence(language):
        return True
    against = evidence(sentences or text, expected)
    # Of a close language one word is none: both may have it.
    is_close = against.nearest == language
    own = max(evidence(sentences or text, language).own, against.other / 2 if is_close else 0.0)
    if letters:
        return own >= (_A_WORD / 2 if sentences.strip() == text.strip() and not is_close else _A_WORD)
    words = text.split()
    few = len(words) >= _FEW and 2 * sum(map(str.islower, words)) > len(words) and not is_close
    if few and own >= _SHARE_OF_FEW * len(words):
        return own >= _A_WORD
    return own >= max(_LEAST_WORDS, _LEAST_SHARE * len(words))


def in_other_scripts(text: str, expected: str) -> str:
    """What of a text that is mostly in other scripts may name its language.

    Args:
        text: the text.
        expected: the tag of the language that it should be in.

    Returns:
        the letters in scripts that the language has not; where these are Latin, the sentences, if they are long and
        most of them.
    """
    own = scripts.members(registry.get(expected).scripts)
    other = scripts.without(text, own)
    if other or "Latn" in own:
        return other
    latin = "".join(letter if letter < _AFTER_LATIN else " " for letter in text)
    running = running_text(latin, latin)
    enough = len(running) >= max(_LEAST_LATIN, _MOST_LATIN * len(" ".join(latin.split())))
    return running if enough else ""


def _is_in_another_script(text: str, expected: str) -> bool:
    """Whether a good part of the letters is in a script that the expected language has not, and that is not Latin."""
    foreign = scripts.without(text, scripts.members(registry.get(expected).scripts))
    return _LEAST_SHARE * scripts.letters(text) < scripts.letters(foreign)
