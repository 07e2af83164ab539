r"""A text without what is only style: case, spaces, emphasis, list marks, quotation marks, points at the ends of words.

What stands inside a word counts, and so does every other sign, for it may be all that differs: 3.5 and 35, x = -4 and
x = 4, a == b and a = b, C++ and C#, the vowel signs of Hindi. Brackets around words are style, beside an operator or
between numbers they are not: (a + b) * c, [1, 2], [3], nor around an interval: (a, b]. Capitals are style but where
they make another sign: -V, pH, mW, CO beside Co, Abc12. Code counts as it is written, but for empty lines and spaces
at the ends of lines.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest

# What can stand inside a text and not be seen; soft hyphens, variation selectors, the stroke that widens Arabic words.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]+"
)
# A run of marks is taken whole or not at all: of a long one that opens nothing each part would be tried.
_CODE = re.compile(
    r"(?ms)(?P<fence>(?<!`)`{3,}+|^[ \t]*+~{3,}+)[^\n`]*\n(?P<block>.*?)(?:(?P=fence)[`~]*|\Z)|"
    r"(?P<tick>`{1,2})(?P<inline>[^`\n]+)(?P=tick)"
)
_MAY_BE_CODE = re.compile("[`~]")
# Marks of headings, quotations and lists at the beginning of a line, and rules.
_LINE_MARK = re.compile(
    r"(?m)^[ \t]*(?:(?:#{1,6}|>+|[-*+\u2022\u25cf\u30fb\u2013\u2014])[ \t]+)+|^[ \t]*[-*_=]{3,}[ \t]*$"
)
# Emphasis of up to 500 characters: in a line of marks that nothing closes each would be looked for to the line's end.
_STRONG = re.compile(r"(?<![^\W_*])(\*{2,3}|~~)(?=[^\s*~])([^\n]{0,500}?)\1(?!\*)")
_SLANTED = re.compile(r"(?<![^\W_*])(\*)(?=[^\s*])([^\n]{0,500}?[^\s*])\1(?!\*)")
_UNDERLINED = re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])([^\n]{0,500}?[^\s_])\1(?!\w)")
# The bars of a table, and the dashes under its head.
_TABLE = re.compile(
    r"(?m)^[ \t]*\|[ \t|:-]*$|^[ \t]*\||\|[ \t]*$|(?<=[ \t])\|(?=[ \t])|"
    r"^[ \t]*:?-{3,}:?(?:[ \t]*\|[ \t]*:?-{3,}:?)*[ \t|]*$"
)
# Points and brackets of Chinese and Japanese, which no space follows, and ASCII ones between their letters.
_WIDE_LETTER = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f"
_WIDE = re.compile(
    "[\u3001\u3002\u3008-\u3011\u3014-\u301b\uff61-\uff64]+|[\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f](?!\\d)|"
    f"(?<=[{_WIDE_LETTER}])[,.;:?!()]+(?=[{_WIDE_LETTER}])"
)
_MINUS = re.compile("[\u2010-\u2013\u2212](?=\\d)")
# Signs that stand before or behind a word and say nothing of it.
_QUOTES = "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb\u05f3\u05f4"
_BEFORE = _QUOTES + "\u00bf\u00a1\u2013\u2014\u2015\u2026;:.,"
_BEHIND = _QUOTES + (
    "\u2013\u2014\u2015\u2026.,;:?!\u037e\u0387\u0589\u05c3\u060c\u061b\u061f\u06d4\u0964\u0965\u0e2f\u1362\u17d4\u104a\u104b"
)
_SIGN_THAT_IS_A_LETTER = "\u0e2f"
_OPENING, _CLOSING = "()[{", ")]}"
# Those of them that say something before and behind a number; and what words stand between whose brackets do.
_BEFORE_NUMBERS, _BEHIND_NUMBERS = ".,[{", "!]}"
_OPERATOR = re.compile("[+*/=<>^%\u00d7\u00f7\u00b7\u2192\u2248\u2260\u2264\u2265]+")
# An interval or a pair, and brackets that do not pair up: they are kept under signs that nothing takes off.
_OPERAND = r"[-+\u2212]?(?:\d[\d.]*|[^\W\d_]\d?|\u221e)"
_INTERVAL = re.compile(
    rf"[(\[\]][ \t]*{_OPERAND}[ \t]*[,;][ \t]*{_OPERAND}[ \t]*[)\]\[](?![^\W_])|"
    r"\([^()\[\]{}\n]{1,40}\]|\[[^()\[\]{}\n]{1,40}\)"
)
_KEPT = str.maketrans("()[] \t", "\ue001\ue002\ue003\ue004  ")
# Words whose capitals say something: with digits, an option of a command, a capital behind a small letter (in a short
# word, or behind two, or twice in one word); symbols of chemistry and units in capitals, which are no words; and a
# letter behind a number.
_SYMBOLS = "CO|CS|HF|PB|SC|NB|BI|CN|PH|[KMGT]B|[KMG]W|M[ALNVJS]|DB"
_SAYS_MORE = re.compile(r"(?=[^\W\d_]*\d)\d*[^\W\d_]\w*|-[^\W\d_]|--[^\W\d_][\w-]*|" + _SYMBOLS)
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST_SYMBOL = 5
_DASHES = re.compile("[-\u2010-\u2015]+")
_ENDS_IN_OPERAND = re.compile(r"(?:\d|\)|(?<![^\W_])[^\W_])$")
_BEGINS_AS_OPERAND = re.compile(r"\d|\(|[^\W_](?![^\W_])")


def unstyled(text: str) -> str:
    """A text's content: what two texts have in common that differ in style alone.

    Args:
        text: any text.

    Returns:
        the content without spaces; empty where there is none, as of "..." alone.

    Example:
        >>> unstyled("**Yes**, it is 3.5."), unstyled("x = -4"), unstyled("C++ (1979)")
        ('yesitis3.5', 'x=-4', 'c++1979')
    """
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_prose(text[end : code.start()]), _written(code["block"] or code["inline"] or "")]
        end = code.end()
    return "".join([*parts, _prose(text[end:])])


def same_letters(one: str, other: str) -> bool:
    """Whether two texts can have one content, as their letters alone tell; soon known where an early one differs.

    Args:
        one: a text.
        other: another.

    Returns:
        false only where `unstyled` gives two different contents.

    Example:
        >>> same_letters("**Yes**, it is.", "Yes, it was."), same_letters("**Yes**, it is.", "yes it is")
        (False, True)
    """
    # Of a fence the first line is no content; what stands before code is enough to tell most texts apart.
    ends = [code.start() if (code := _MAY_BE_CODE.search(text)) else len(text) for text in (one, other)]
    texts = [_UNSEEN.sub("", text[:end]) for text, end in zip((one, other), ends, strict=True)]
    # Ligatures and width forms become other letters.
    if not all(unicodedata.is_normalized("NFKC", text) for text in texts):
        return True
    letters = (filter(str.isalpha, text.casefold().replace(_SIGN_THAT_IS_A_LETTER, "")) for text in texts)
    is_whole = ends == [len(one), len(other)]
    return all(a == b for a, b in (zip_longest(*letters) if is_whole else zip(*letters, strict=False)))


def _written(code: str) -> str:
    """Code without empty lines and spaces at the ends of lines."""
    return "\n".join(filter(None, map(str.rstrip, code.split("\n")))).strip()


def _prose(text: str) -> str:
    text = _same_width(_WIDE.sub(" ", text)).replace("\u2019", "'")
    text = _TABLE.sub(" ", _LINE_MARK.sub("", text))
    for emphasis in (_STRONG, _SLANTED, _UNDERLINED):
        text = emphasis.sub(r"\2", text)
    text = _INTERVAL.sub(lambda match: "".join(match[0].translate(_KEPT).split()), text)
    tokens = list(_words(_MINUS.sub("-", text).split()))
    return "".join(
        word if _capitals_count(word, tokens[place - 1] if place else "") else word.casefold()
        for place, word in enumerate(tokens)
    )


def _capitals_count(word: str, before: str) -> bool:
    """Whether a word would say something else with other capitals."""
    if word.islower() or not word:
        return False
    if _SAYS_MORE.fullmatch(word) or (len(word) == 1 and before[-1:].isdecimal()):
        return True
    return any(map(_is_mixed, _LETTERS.findall(word)))


def _is_mixed(word: str) -> bool:
    """Whether a capital stands behind a small letter as in a symbol, a name in code or a password."""
    places = [at for at in range(1, len(word)) if word[at].isupper() and word[at - 1].islower()]
    if not places:
        return False
    return len(word) <= _LONGEST_SYMBOL or len(places) > 1 or (places[0] > 1 and word[: places[0]].islower())


def _words(tokens: list[str]) -> Iterator[str]:
    """The tokens without the signs around them; a dash stays between what it may be the minus of."""
    for place, token in enumerate(tokens):
        if token.isalnum() and token[-1] not in _BEHIND:  # of these a Thai one is a letter
            yield token
        elif not _DASHES.fullmatch(token):
            yield _without_signs(token, brackets=not any(_is_operator(tokens, at) for at in (place - 1, place + 1)))
        elif _is_minus(tokens, place):
            yield "-"


def _without_signs(token: str, brackets: bool) -> str:
    """A word without the signs around it; brackets are among them, but beside operators they say what goes together."""
    word = token.lstrip(_BEFORE + _OPENING * brackets)
    if word[:1].isdecimal() and token[: -len(word)].endswith(tuple(_BEFORE_NUMBERS)):
        word = token[-len(word) - 1 :]
    bare = word.rstrip(_BEHIND + _CLOSING * brackets)
    if bare[-1:].isdecimal() and word[len(bare) :].startswith(tuple(_BEHIND_NUMBERS)):
        bare = word[: len(bare) + 1]
    return bare


def _is_operator(tokens: list[str], place: int) -> bool:
    """Whether an operator stands somewhere among the tokens, by itself."""
    if not 0 <= place < len(tokens):
        return False
    token = tokens[place]
    return bool(_OPERATOR.fullmatch(token)) or (bool(_DASHES.fullmatch(token)) and _is_minus(tokens, place))


def _is_minus(tokens: list[str], place: int) -> bool:
    """Whether a dash stands between two numbers, single letters or brackets."""
    between = 0 < place < len(tokens) - 1 and _ENDS_IN_OPERAND.search(tokens[place - 1])
    return bool(between and _BEGINS_AS_OPERAND.match(tokens[place + 1]))


def _same_width(text: str) -> str:
    """The text in NFKC, but for raised and lowered signs and fractions: 2\u00b3 is not 23."""
    if text.isascii():
        return text
    return "".join(
        part if odd else unicodedata.normalize("NFKC", part) for odd, part in _alternating(_raised().split(text))
    )


def _alternating(parts: list[str]) -> Iterator[tuple[bool, str]]:
    return ((bool(place % 2), part) for place, part in enumerate(parts))


@cache
def _raised() -> re.Pattern[str]:
    forms = ("<super>", "<sub>", "<fraction>")
    signs = (chr(code) for code in range(0xA0, 0x2200) if unicodedata.decomposition(chr(code)).startswith(forms))
    return re.compile(f"([{''.join(signs)}]+)")
