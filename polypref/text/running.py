"""What of a text is running text: its sentences, without lists of names, tables, forms, sums and code."""

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import chain

from .letters import letter_class

# A line of code, also one that prose leaves: it begins and ends as statements do.
_STATEMENT = re.compile(
    r"^[^.!?]*[;{}]\s*$|^\s*(?:#!|#include\b|//|/\*|\*/|--\s|@\w|<[/!\w]|\$\s|>>>\s|import\s\w|from\s[\w.]+\simport\b)|"
    r"^\s*(?:def|class|for|while|if|elif|else|try|except|finally|with|switch|case|function|struct|interface|match)\b.*[:{]\s*$|"
    r"^\s*(?:return|break|continue|pass|end|else|try|do|begin|fi|done|endif|yield|raise|throw)\b[^.!?]*$"
)
# Signs that prose has not; a line that has one may still be a sentence.
_SIGN = re.compile(
    r"\w\([^()\s]*\)|\w\([^()]*\)[:;.,)]*\s*$|[=!<>+*/-]=|\w\s*=\s*\S|->|=>|::|&&|\|\||\w\[\w+\]|\w\.\w+\("
)
_COMMENT = re.compile(r"^\s*(?:#+|//+|/?\*+|--|%+|\"\"\"|''')\s?")
# In a stretch without an empty line so many of the lines are code, or all of it is prose.
_LEAST_CODE = 0.4
# Prose has fewer of these signs.
_CODE_SIGNS, _LETTERS_A_SIGN, _LEAST_BREAKS = b"(){}[]<>=;_", 25, 2
# Han and kana, where no space tells words apart.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
# Thai, Lao, Tibetan, Burmese, Khmer: no space tells words apart either, and a word is several letters.
_UNSPACED_LETTERS = re.compile("[\u0e01-\u0fff\u1000-\u109f\u1780-\u17ff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LONG_DASH = re.compile("(?<=\\w)\u2014(?=\\w)")
# A stretch without a sign or digit in it is of a sentence from so many words on, and with so many that no capital
# begins; in Korean, whose words are long, from fewer on; without spaces from so many characters, or letters, on.
_WORDS, _LOWER, _KOREAN_WORDS, _CHARACTERS, _LETTERS = 4, 3, 3, 8, 20
# Of a text in capitals or Title Case from more words on: names are shorter.
_CAPITALISED_WORDS = 7
# A line of which so much is in such stretches is running text as a whole; of others the stretches are.
_MOST = 0.5


def running_text(text: str, prose: str) -> str:
    """Leaves of a text its sentences.

    Args:
        text: any text.
        prose: what `polypref.text.prose.prose` leaves of it.

    Returns:
        lines that hold a stretch of several words on end, most of them no names; of code nothing, nor its comments.

    Example:
        >>> running_text(*["1. Paris\\n2. Rome\\nThese are the two that I like."] * 2)
        'These are the two that I like.'
    """
    return "\n".join(filter(None, (_running(*two) for two in _uncoded(text, prose))))


def has_running_text(text: str, prose: str) -> bool:
    """Whether a text has a sentence outside of code.

    Args:
        text: any text.
        prose: what `polypref.text.prose.prose` leaves of it.

    Returns:
        true where `running_text` leaves something.
    """
    return any(left.strip() and any(map(_is_of_a_sentence, _stretches(line))) for line, left in _uncoded(text, prose))


def uncoded(text: str, prose: str) -> str:
    """Leaves of a text's prose the lines that do not stand in code.

    Args:
        text: any text.
        prose: what `polypref.text.prose.prose` leaves of it.

    Returns:
        the lines of prose.
    """
    return "\n".join(left for _, left in _uncoded(text, prose))


def _uncoded(text: str, prose: str) -> Iterator[tuple[str, str]]:
    """Each line that does not stand in code, and what is prose of it."""
    shown, left = text.split("\n"), prose.split("\n")
    if len(shown) != len(left):
        shown = left
    for two, is_code in zip(zip(shown, left, strict=True), _in_code(shown, left), strict=True):
        if not is_code:
            yield two


def is_like_code(text: str) -> bool:
    """Whether a text has so many of the signs of code that its words may be code; quickly known.

    Args:
        text: any text.

    Returns:
        false for a text of one or two lines.

    Example:
        >>> is_like_code("a = [1]\\nb = a[0]\\nprint(b)"), is_like_code("One\\ntwo\\nthree")
        (True, False)
    """
    if text.count("\n") < _LEAST_BREAKS:
        return False
    written = text.encode("utf-8", "surrogatepass")
    # In UTF-8 a byte of an ASCII sign is never part of another's.
    signs = len(written) - len(written.translate(None, _CODE_SIGNS))
    return signs * _LETTERS_A_SIGN > len(text)


def code_lines(text: Sequence[str], prose: Sequence[str]) -> list[bool]:
    """Which lines of a text are code, or stand in code: comments in it too.

    Args:
        text: the lines.
        prose: for each, what `polypref.text.prose.prose` leaves of it.

    Returns:
        whether, for each line.
    """
    return list(_in_code(text, prose))


def _in_code(text: Sequence[str], prose: Sequence[str]) -> Iterator[bool]:
    """The same, stretch by stretch between empty lines, as far as it is asked for."""
    start = 0
    for end in chain((at for at, line in enumerate(text) if not line.strip()), [len(text)]):
        lines = text[start:end]
        signs = [_is_code(*two) for two in zip(lines, prose[start:end], strict=True)]
        known = sum(signs)
        comments = known and sum(
            not sign and bool(_COMMENT.match(line)) for sign, line in zip(signs, lines, strict=True)
        )
        yield from [known > 0 and known + comments > _LEAST_CODE * len(lines)] * len(lines)
        if end < len(text):
            yield False
        start = end + 1


def _is_code(line: str, left: str) -> bool:
    if not line.strip() or not left.strip() or _STATEMENT.match(line):
        return bool(line.strip())
    return bool(_SIGN.search(line)) and not _running(line, left)


def _running(line: str, left: str) -> str:
    """What of a line is running text; empty where nothing is."""
    if not left.strip():
        return ""
    stretches = _stretches(line)
    of_sentences = [one for one in stretches if _is_of_a_sentence(one)]
    if not of_sentences:
        return ""
    whole = sum(map(len, of_sentences)) >= _MOST * sum(map(len, stretches))
    return left.strip() if whole else " ".join(of_sentences)


def _stretches(line: str) -> list[str]:
    plain = _LONG_DASH.sub(" ", line) if "\u2014" in line else line
    return [one.strip() for one in _separators().split(plain)]


def _is_of_a_sentence(stretch: str) -> bool:
    is_ascii = stretch.isascii()
    if not is_ascii and (
        len(_UNSPACED.findall(stretch)) >= _CHARACTERS or len(_UNSPACED_LETTERS.findall(stretch)) >= _LETTERS
    ):
        return True
    words = stretch.split()
    if sum(len(word) > 1 for word in words) < _KOREAN_WORDS:
        return False
    if not is_ascii and _HANGUL.search(stretch):
        return True
    lower = sum(not word[0].isupper() for word in words)
    return (len(words) >= _WORDS and lower >= _LOWER) or len(words) >= _CAPITALISED_WORDS


@functools.cache
def _separators() -> re.Pattern[str]:
    """What parts the words of a list: every sign but those inside words, and digits."""
    return re.compile(rf"(?:[^{letter_class()}'\u2019\u02bc \-]|[\d_]|\s-\s)+")
