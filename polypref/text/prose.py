"""What of a text is prose: without code, markup, formulas and names in other scripts."""

import html
import re
import string

# Classes of characters, as they stand in brackets in the patterns below and in polypref.kernels.prose.
LATIN = "A-Za-zÀ-ɏ"
IN_NAMES = f"{LATIN}0-9 .,'’&:-"
OTHER = r"\u0370-\u1dff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufaff\ufe70-\ufefc"
MARKUP = r"#*_`~|<>\[\]{}\\^=+"
# Signs that stand in names of things in code behind a letter or digit.
JOINTS = r"={}<>\\/|@$^&+(\["
# What `without_formulas` leaves out has one of these.
FORMULA_SIGNS = r"$\\<;{"
QUOTATION_MARKS = '"“«„‘「『《'

# What in a text is no prose. All patterns take linear time: what they repeat is bounded or cannot be matched two ways.
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")

_INLINE_CODE = re.compile(r"(`{1,3})[^`]{1,2000}\1")
# LaTeX; and paths in Windows, whose parts look like its commands.
_MATH = re.compile(
    r"\b[A-Za-z]:\\[!-~]*|\$\$[^$]{1,2000}\$\$|\$(?! )[^$\n]{1,300}(?<! )\$|\\\[[^\]]{1,300}\\\]|\\\([^)]{1,300}\\\)|"
    r"\\begin\{[^}]{1,30}\}[^\\]{0,300}|\\[A-Za-z]+(?:\{[^{}]{0,100}\})?"
)

_TAG = re.compile(r"<!--[^>]{0,300}-->|</?[A-Za-z][^<>]{0,300}>")

_CODE_START = (
    r"(?:#include|import|from|def|class|return|public|private|static|var|let|const|function|if|for|while|else|elif|try|"
    r"except|catch|void|int|float|double|char|bool|string|using|namespace|package|print|echo|export|func|fn|SELECT|INSERT|"
    r"UPDATE|DELETE|CREATE|ALTER)\b[^\n]{0,300}(?:[{}=\[\]<>]|\w\(|;$|\):$)[^\n]*|"
    r"(?:import|from) [\w.]+(?: (?:import|as) [^\n]*)?|"
    r"(?:@|\$ |>>> |//|/\*|\*/|\}|\{|%%|pip |npm |git |sudo )[^\n]*"
)

_CODE_END = re.compile(r"(?m)[{};][ \t]*$")

_STARTS_LIKE_CODE = re.compile(rf"(?m)^[ \t]*(?:{_CODE_START})$")
#: A line of code: it starts like one and holds a sign that prose has not, or it holds one and ends like code.
CODE_LINE = re.compile(
    rf"(?m)^[ \t]*(?:{_CODE_START}|"
    r"(?=[^\n]*[{};][ \t]*$)[^\n]{0,200}(?:[{}]|(?:[={}\[\]<>]|\w\()[^\n]{0,200};)[ \t]*"
    r")$"
)
# Code in the middle of a line: what ends in a semicolon like a statement, and what braces hold.
_STATEMENT = re.compile(r"(?:\$?[A-Za-z0-9_.]+\s?[-+*/]?=(?!=)[^\n]{0,200}|[A-Za-z0-9_.]+\([^()\n]{0,200}\)\s?)\Z")

_BRACES = re.compile(r"\{[^{}]{0,500}\}")

_DEEPEST_BRACES = 4
# Names of things in code, paths, addresses: an ASCII word with a sign or digit inside, where prose has none. One class
# of all signs comes first in the pattern, as they are rare: so most of a text is passed over quickly.
_MARK = re.compile(
    rf"[{JOINTS}_.:0-9-](?:(?<=[A-Za-z0-9][{JOINTS}])|(?<=[A-Za-z0-9][_.:])(?=[A-Za-z0-9_:])|"
    r"(?<=[A-Za-z][0-9])|(?<=[0-9])(?=[A-Za-z])|(?<![!-~].)(?:(?<=\$)|(?<=-)-?)(?=[A-Za-z]))"
)
# Words joined by capitals inside: camelCase.
_HUMP = re.compile(r"[A-Z](?<=[a-z].)")

_REST_OF_MARKED, _REST_OF_HUMPED = re.compile(r"[!-~]*"), re.compile(r"[A-Za-z0-9_]*")

_SIGNS = frozenset(map(chr, range(ord("!"), ord("~") + 1)))

_ASCII_LETTERS = frozenset(string.ascii_letters)

_MARKUP = re.compile(f"[{MARKUP}]+")

_QUOTED = re.compile(
    r"\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|«[^»\n]{1,60}»|„[^“”\n]{1,60}[“”]|‘[^’\n]{1,60}’|「[^」\n]{1,40}」|『[^』\n]{1,40}』|《[^》\n]{1,40}》"
)

_LATIN_RUN = re.compile(f"[{LATIN}][{IN_NAMES}]*")

_LATIN_LETTERS = re.compile(f"[{LATIN}]+")

_OTHER_LETTERS = re.compile(f"[{OTHER}]+")

_LONGEST_NAME = 4  # words


def prose(text: str) -> str:
    """Leaves of a text what counts as its language.

    Left out are code (fenced, also by a fence that is never closed; inline; lines that look like code; names of things
    in code), URLs and addresses, file paths, LaTeX, HTML tags, Markdown marks, short quoted names in Latin letters, and
    names in Latin letters inside a text in another script.

    Args:
        text: any text. Time is linear in its length.

    Returns:
        the rest: words keep their order and lines their number; what is left out leaves a space.
    """
    return _without_names(without_formulas(_without_code(html.unescape(text) if "&" in text else text)))


def _without_code(text: str) -> str:
    if "```" in text or "~~~" in text:
        text = _without_fences(text)
    if "`" in text:
        text = _INLINE_CODE.sub(_blank_match, text)
    if "\n" in text:
        text = (CODE_LINE if _CODE_END.search(text) else _STARTS_LIKE_CODE).sub(" ", text)
    return text


def without_formulas(text: str) -> str:
    """Leaves out of a text LaTeX, tags, and code in the middle of a line.

    Args:
        text: any text, from which fenced, inline and whole lines of code are taken out.

    Returns:
        the rest; a text without FORMULA_SIGNS as it is.
    """
    if "$" in text or "\\" in text:
        text = _MATH.sub(_blank_match, text)
    if "<" in text:
        text = _TAG.sub(_blank_match, text)
    if ";" in text:
        text = ";".join(_without_statement(part) for part in text.split(";"))
    if "{" in text:
        for _ in range(_DEEPEST_BRACES):
            text = _BRACES.sub(_blank_match, text)
    return text


def _without_names(text: str) -> str:
    text = _without_words(text, _HUMP, _ASCII_LETTERS, _REST_OF_HUMPED)
    text = _MARKUP.sub(" ", _without_words(text, _MARK, _SIGNS, _REST_OF_MARKED))
    if any(mark in text for mark in QUOTATION_MARKS):
        unquoted = _QUOTED.sub(_unless_long, text)
        text = unquoted if 3 * len(unquoted.strip()) >= len(text.strip()) else text
    return _without_latin_names(text)


def _blank_match(match: re.Match[str]) -> str:
    return " " + "\n" * match.group().count("\n")


def _without_fences(text: str) -> str:
    """Returns the text with fenced lines empty; a fence never closed reaches the end if something stands before it."""
    lines = text.split("\n")
    shown = lines.copy()
    fence, opened = "", 0
    for at, line in enumerate(lines):
        mark = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            shown[at] = ""
            if mark and mark.group(1).startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark and mark.group(1) not in line[mark.end() :]:
            fence, opened, shown[at] = mark.group(1), at, ""
    if fence and not any(line.strip() for line in shown):
        shown[opened + 1 :] = lines[opened + 1 :]
    return "\n".join(shown)


def _without_statement(part: str) -> str:
    return _STATEMENT.sub(" ", part) if "=" in part or part.rstrip().endswith(")") else part


def _without_words(text: str, mark: re.Pattern[str], before: frozenset[str], rest: re.Pattern[str]) -> str:
    """Returns the text with a space for each word that holds a mark: with what stands before it, and the rest."""
    kept, end = [], 0
    for match in mark.finditer(text):
        if match.start() >= end:
            begin = match.start()
            while begin > end and text[begin - 1] in before:
                begin -= 1
            kept.append(text[end:begin])
            end = rest.match(text, match.end()).end()  # type: ignore[union-attr]
    return " ".join((*kept, text[end:]))


def _unless_long(quoted: re.Match[str]) -> str:
    span = quoted.group()
    return " " if _LATIN_LETTERS.search(span) and (span.count(" ") <= _LONGEST_NAME or span.isupper()) else span


def _without_latin_names(text: str) -> str:
    if text.isascii():
        return text
    others = sum(map(len, _OTHER_LETTERS.findall(text)))
    if not others or others < sum(map(len, _LATIN_LETTERS.findall(text))):
        return text
    return _LATIN_RUN.sub(lambda run: " " if run.group().strip().count(" ") < _LONGEST_NAME else run.group(), text)
