"""The spans of a text that translation must leave as they are: code, addresses, LaTeX, HTML tags, template slots.

Time is linear in the length of a text (but for a logarithm), whatever it holds: what ends a span is found once for the
whole text, and what patterns repeat is bounded.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .prose import CODE_LINE

Kind = Literal["code", "url", "email", "latex", "tag", "slot"]


@dataclass(frozen=True)
class Held:
    """One span that is not translated.

    Attributes:
        text: the span as it stands in the source.
        kind: what it is.
        block: whether it fills whole lines, as fenced code and display formulas do.
        fixed: whether its place among others like it carries meaning (`%s`, `{}`), so that grammar may not move it.
    """

    text: str
    kind: Kind
    block: bool = False
    fixed: bool = False


TAG_NAME = re.compile(r"<(/?)([A-Za-z][\w:-]*)")
_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
# Addresses end where scripts that are written without spaces begin, at brackets and at punctuation.
_URL_CHARACTER = (
    r"[^\s<>\"'()\[\]{}`|\\^\u00a1\u00ab\u00bb\u00bf\u060c\u061b\u061f\u06d4\u0964\u0965\u1100-\u11ff\u2000-\u206f"
    r"\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
)
_PRINTF = r"[-+#0]{0,3}\d{0,4}(?:\.\d{1,3})?(?:ll?|hh?)?[sdifgeGExXcu@](?![A-Za-z0-9])"
_TOKEN = re.compile(
    "|".join(
        [
            r"(?P<ticks>`+)",
            r"(?P<dollars>\$+)",
            r"(?P<bracket>\\[\[(])",
            r"\\begin\{(?P<begin>[^{}\n]{1,30})\}",
            r"(?P<command>\\[A-Za-z]+\*?(?:\[[^\[\]\n]{0,100}\])?(?:\{[^{}\n]{0,300}\})*)",
            r"(?P<escape>\\[^\w\s])",
            r"(?P<comment><!--)",
            r"(?P<tag></?[A-Za-z][A-Za-z0-9:-]{0,40}(?:\s[^<>]{0,1000}|/)?>)",
            rf"(?P<url>(?<![A-Za-z])(?:(?:https?|ftp)://|www\.(?=[A-Za-z0-9]))"
            rf"(?:{_URL_CHARACTER}|\({_URL_CHARACTER}{{0,200}}\)|\{{[\w.-]{{1,60}}\}})+)",
            r"(?P<email>(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+)",
            r"(?P<link>\]\()",
            r"(?P<slot>\{\{[^{}\n]{1,100}\}\}|\{%[^{}\n]{1,200}%\}|\{[A-Za-z0-9_][A-Za-z0-9_.:\[\]-]{0,60}\}|"
            rf"(?<![\w%])%(?:\d{{1,2}}\$|\(\w{{1,40}}\)){_PRINTF})",
            r"(?P<fixed>\{\}|(?<![\w%])%" + _PRINTF + ")",
            r"(?P<path>(?<![A-Za-z0-9])[A-Za-z]:\\[!-~]*|(?<![\w/.~])(?:~|\.{1,2})?/(?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_.-]*)",
        ]
    )
)
_TARGET = re.compile(r"((?:[^()\s]|\([^()\s]{0,200}\))+)(?:[ \t]+\"[^\"\n]{0,300}\")?\)")
_DOLLAR_SLOT = re.compile(r"\$\{[A-Za-z_]\w{0,60}\}(?![$^_=+*/\\-])")
_RAW = ("pre", "code", "script", "style")
_CLOSER = re.compile(r"`+|\$\$|\\[\])]|\\end\{[^{}\n]{1,30}\}|-->|(?i:</(?:pre|code|script|style)\s{0,9}>)")
_BLANK_LINE = re.compile(r"\n(?=[ \t>]*\n)")
# LaTeX commands that need no braces; others are held only with them, as \n in front of a word is no command.
_BARE = re.compile(
    r"\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|"
    r"varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|times|cdot|div|pm|leq|geq|neq|le|ge|ne|"
    r"approx|equiv|infty|sum|prod|int|partial|nabla|sqrt|sin|cos|tan|log|ln|lim|to|rightarrow|Rightarrow|leftarrow|in|"
    r"notin|subset|cup|cap|forall|exists|quad|left|right|cdots|ldots|dots|circ|angle)"
)
_STRONG_MATHS = re.compile(r"[\\^_={}]")
_PLAIN_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE_SIGN = re.compile(r"[={}();\[\]<>]")
_URL_END = ".,;:!?*_~"
_LONGEST_FORMULA = 5_000

Span = tuple[int, int, Held]


def spans(text: str) -> list[Span]:
    """Looks for the spans that must not be translated.

    Args:
        text: any text. Time is linear in its length but for a logarithm.

    Returns:
        (start, end, what) for each, in order, none over another.
    """
    blocks = sorted([*_fences(text), *_code_runs(text)])
    held: list[Span] = []
    at, closers = 0, _closers(text)
    for start, end in [*blocks, (len(text), len(text))]:
        if start < at:
            continue
        held += _inline(text, at, start, closers)
        if end > start:
            held.append((start, end, Held(text[start:end], "code", block=True)))
        at = end
    return held


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Yields fenced code; a fence never closed reaches the end if something stands before it."""
    if "```" not in text and "~~~" not in text:
        return
    fence, opened, at, empty = "", 0, 0, True
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line[mark.end() :].strip():
                yield opened, at + len(line.rstrip())
                fence, empty = "", False
        elif mark and mark.group(1)[0] not in line[mark.end() :]:
            fence, opened = mark.group(1), at + mark.start(1)
        elif line.strip():
            empty = False
        at += len(line) + 1
    if fence and not empty:
        yield opened, len(text.rstrip())


def _code_runs(text: str) -> Iterator[tuple[int, int]]:
    """Yields runs of two and more lines that look like code, with the deeper lines that follow one of them.

    One such line alone may be prose ("if x = 3, what is y?"). More than half of a run's lines must hold a sign of code.
    """
    if "\n" not in text or not _CODE_SIGN.search(text):
        return
    code = {match.start() for match in CODE_LINE.finditer(text)}
    run: list[tuple[int, int]] = []
    at = 0
    for line in [*text.split("\n"), ""]:
        if line.strip() and (at in code or (run and line[0] in " \t")):
            run.append((at, at + len(line.rstrip())))
        else:
            signs = sum(_CODE_SIGN.search(text, *span) is not None for span in run)
            if len(run) > 1 and 2 * signs > len(run):
                yield run[0][0] + _indent(text, run[0][0]), run[-1][1]
            run = []
        at += len(line) + 1


def _indent(text: str, at: int) -> int:
    stop = at
    while text[stop] in " \t":
        stop += 1
    return stop - at


Closers = dict[str, list[int]]


def _closers(text: str) -> Closers:
    """Returns where everything that can end a span begins, by what it is: found once, so that no search is repeated."""
    places: Closers = {"blank": [match.start() for match in _BLANK_LINE.finditer(text)]}
    for match in _CLOSER.finditer(text):
        places.setdefault("".join(match.group().lower().split()), []).append(match.start())
    return places


def _next(closers: Closers, what: str, at: int) -> int:
    """Returns where the next one begins, or -1."""
    places = closers.get(what, ())
    place = bisect_left(places, at)
    return places[place] if place < len(places) else -1


def _inline(text: str, at: int, stop: int, closers: Closers) -> Iterator[Span]:
    while at < stop and (token := _TOKEN.search(text, at, stop)):
        kind, begin, end = _held_at(text, token, closers)
        if kind and begin < end <= stop:
            yield begin, end, Held(text[begin:end], kind, _is_block(text, begin, end, kind), token.lastgroup == "fixed")
            at = end
        else:
            at = token.end() if token.lastgroup in _SIGNS else token.start() + 1


# Tokens of signs alone; after another that turned out to be nothing, its inside is read too.
_SIGNS = ("ticks", "dollars", "bracket", "escape", "comment", "link")
_NOTHING: tuple[Kind | None, int, int] = (None, 0, 0)


def _held_at(text: str, token: re.Match[str], closers: Closers) -> tuple[Kind | None, int, int]:
    """Returns what a token begins, and where that begins and ends; None if nothing."""
    what, sign, begin, end = token.lastgroup, token.group(), token.start(), token.end()
    match what:
        case "ticks":
            return _until(closers, sign, "code", begin, end, one_paragraph=True)
        case "dollars":
            return _dollars(text, begin, end, closers)
        case "bracket":
            closer = "\\]" if sign == "\\[" else "\\)"
            return _until(closers, closer, "latex", begin, end, one_paragraph=True)
        case "begin":
            return _until(closers, f"\\end{{{token.group('begin')}}}", "latex", begin, end)
        case "comment":
            return _until(closers, "-->", "tag", begin, end)
        case "command":
            held = "{" in sign or _BARE.fullmatch(sign) is not None
            return ("latex", begin, end) if held else _NOTHING
        case "tag":
            return _tag(sign, begin, end, closers)
        case "url":
            return "url", begin, begin + len(sign.rstrip(_URL_END))
        case "link":
            target = _TARGET.match(text, end)
            return ("url", *target.span(1)) if target else _NOTHING
        case "path":
            return "code", begin, begin + len(sign.rstrip(_URL_END))
        case "email":
            return "email", begin, end
        case "slot" | "fixed":
            return "slot", begin, end
    return _NOTHING


def _until(
    closers: Closers, closer: str, kind: Kind, begin: int, end: int, one_paragraph: bool = False
) -> tuple[Kind | None, int, int]:
    """Returns the span from a token that ends at `end` to what closes it."""
    stop = _next(closers, "".join(closer.lower().split()), end)
    if stop < 0 or (one_paragraph and 0 <= _next(closers, "blank", end) < stop):
        return _NOTHING
    return kind, begin, stop + len(closer)


def _dollars(text: str, begin: int, end: int, closers: Closers) -> tuple[Kind | None, int, int]:
    """Returns the formula, or the slot, at one or two dollar signs; sums of money are neither."""
    if end - begin == 2:
        stop = _next(closers, "$$", end)
        held = end < stop <= end + _LONGEST_FORMULA and _is_maths(text[end:stop])
        return ("latex", begin, stop + 2) if held else _NOTHING
    if end - begin > 2:
        return _NOTHING
    if slot := _DOLLAR_SLOT.match(text, begin):
        return "slot", begin, slot.end()
    stop = text.find("$", end, end + _LONGEST_FORMULA)
    while stop > 0 and text[stop - 1] == "\\":
        stop = text.find("$", stop + 1, end + _LONGEST_FORMULA)
    content = text[end:stop] if stop > end else ""
    apart = (
        not (begin and text[begin - 1].isascii() and text[begin - 1].isalnum())
        and not text[stop + 1 : stop + 2].isdigit()
    )
    if content and apart and content == content.strip() and "\n" not in content and _is_maths(content):
        return "latex", begin, stop + 1
    return _NOTHING


def _is_maths(content: str) -> bool:
    """Whether what stands between dollar signs is a formula: "$5 million or 3$" is none."""
    if _STRONG_MATHS.search(content):
        return True
    return bool(content.strip()) and not (_PLAIN_WORD.search(content) and " " in content)


def _tag(sign: str, begin: int, end: int, closers: Closers) -> tuple[Kind | None, int, int]:
    """Returns the HTML tag; with its content if that is code. "<your name>" is none."""
    name = TAG_NAME.match(sign)
    assert name is not None
    attributes = sign[name.end() : -1].strip(" \t\n/")
    if attributes and "=" not in attributes:
        return _NOTHING
    word = name.group(2).lower()
    if word in _RAW and not name.group(1) and (stop := _next(closers, f"</{word}>", end)) >= 0:
        return "code", begin, stop + len(word) + 3
    return "tag", begin, end


def _is_block(text: str, start: int, end: int, kind: Kind) -> bool:
    """Whether a span is code or a display formula with its lines to itself; reads no further than the next sign."""
    if kind not in ("code", "latex") or not (
        "\n" in text[start:end] or text[start : start + 2] in ("$$", "\\[", "\\b")
    ):
        return False
    while start and text[start - 1] in " \t>":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    return (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end] == "\n")
