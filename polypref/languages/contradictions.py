"""What is said of a language that cannot be true, or never does anything: values that contradict each other."""

import re
from collections.abc import Iterator

from ..text.letters import word_pattern
from .facts import CloseLanguages, Language
from .tags import parse_tag

# A backreference, which means another group as soon as patterns are joined.
_BACKREFERENCE = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[1-9]|\(\?P=|\(\?\()")


def contradictions(language: Language) -> list[str]:
    """Looks for values that contradict each other, and words and patterns that no text can hold.

    Args:
        language: a language.

    Returns:
        a sentence for each, which begins with the key of the language's file; none where all is well.
    """
    sentences = []
    if language.spaces and language.characters_of_a_word:
        sentences.append("measured: characters_of_a_word counts words that no spaces separate, but spaces is true")
    for label in sorted(set(language.margins) & set(language.codes.py3langid)):
        sentences.append(f"measured: margins: {label!r} is a label of the language itself; give those of neighbours")
    for phrase in language.refusals:
        if "..." in phrase.text:
            sentences.append(f"refusals: {phrase.kind}: {phrase.text!r} has '...'; write '…' for words in between")
    if close := language.close_languages:
        sentences += [
            f"close_languages: {one}"
            for one in (*_neighbours(close), *_in_both(close), *_useless_words(close), *_patterns(close))
        ]
    return sentences


def _neighbours(close: CloseLanguages) -> Iterator[str]:
    for tag in close.other:
        read = parse_tag(tag)
        if read is None:
            yield f"other: {tag!r} is the tag of no language; give one as in pt"
        elif read.language != tag.partition("-")[0]:
            yield f"other: {tag!r} is another code of {read.language}; write that"


def _in_both(close: CloseLanguages) -> Iterator[str]:
    own = {word.rstrip("~") for word in close.own}
    for tag, words in close.other.items():
        if both := sorted(own & {word.rstrip("~") for word in words}):
            yield f"{both[0]!r} stands in own and in other: {tag}; it tells neither"


def _useless_words(close: CloseLanguages) -> Iterator[str]:
    """Texts are read in lower case, word by word, so that a capital or a comma is never met."""
    for key in ("letters", "own_letters"):
        letters: str = getattr(close, key)
        if letters != letters.lower():
            yield f"{key} has capitals; write {letters.lower()!r}, as texts are read in lower case"
    if close.patterns:
        return
    lists = {"own": close.own, "own_endings": close.own_endings}
    for key, words in (lists | {f"other: {tag}": words for tag, words in close.other.items()}).items():
        for word in words:
            plain = word.removesuffix("~") if key != "own_endings" else word
            if plain != plain.lower() or not word_pattern().fullmatch(plain):
                yield (
                    f"{key} has {word!r}, which no text can hold: give words in lower case, separated by spaces, "
                    "without commas, hyphens or apostrophes"
                )
                break


def _patterns(close: CloseLanguages) -> Iterator[str]:
    """Patterns are joined into one, each an alternative."""
    if not close.patterns:
        return
    for key, patterns in ({"own": close.own} | {f"other: {tag}": one for tag, one in close.other.items()}).items():
        for pattern in patterns:
            plain = pattern.removesuffix("~")
            if key == "own" and plain != pattern:
                yield f"own has {pattern!r}; only patterns of other may count half"
            elif _BACKREFERENCE.search(plain):
                yield f"{key} has {pattern!r}, which refers to a group; patterns are joined, so write it without"
            elif re.compile(plain).match(""):
                yield f"{key} has {pattern!r}, which is found in every text, at every place"
