"""What a judge's reply says, read in the one form that its prompt asked for.

A reply quotes what it judges, and an answer can hold anything that looks like a verdict. Newer prompts therefore ask
for a code that stands in no answer (`prompts.verdict_code`); what bears it was written by the judge. Without one a
verdict counts only where nothing in the reply contradicts it. What cannot be told is no verdict and has a reason; a
word's meaning is never guessed, but for a plain "not" at a mark.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..files.json_types import Json, JsonObject
from ..text.cleaning import BLANK

Side = Literal["a", "b", "tie"]
#: The score of the first answer, by the side that is preferred.
SCORES: Mapping[str, float] = {"a": 1.0, "b": 0.0, "tie": 0.5}
#: `mark` is [[A]], `object` is JSON with `verdict`, `line` is `Preferred: Answer (A)`; `any` where nobody knows which
#: was asked for: then all forms that occur must agree.
Kind = Literal["mark", "object", "line", "any"]
SIDES: Mapping[str, Side] = {"a": "a", "b": "b", "c": "tie", "tie": "tie"}

# Full-width letters, brackets and blanks as East Asian keyboards give them. Unicode's own folding (NFKC) would make
# letters of look-alikes too.
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Two brackets, each perhaps escaped for Markdown or LaTeX.
_MARK = re.compile(r"(?:\\{0,2}[\[【〔]){2}([^\[\]【】〔〕\\\n]{1,40})(?:\\{0,2}[\]】〕]){2}")
# What may stand between the words of a mark; among it the invisible signs of direction of Arabic and Hebrew texts.
_BETWEEN = re.compile(r"[\s*_`\"',.:;|/<>=()#、。・·–—\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff-]+")
_LABELS = re.compile(r"[a-e]{1,3}|tie")
#: `list[[a]]` of the language R.
_INDEXED = re.compile(r"[\w$)]", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{4,16}")
# A line such as "Preferred: Answer (A)", whatever Markdown is around its words. What stands before them must not run
# over a line's end: over a reply of blank lines that would take quadratic time.
_PREFERRED = re.compile(
    r"^(?:[^\S\n]|[*_>#-])*Preferred[\s*_]*:[\s*_<]*(?:Answer\s*)?[(\[]{0,2}(A|B|TIE)[)\]]{0,2}[\s*_.>]*$",
    re.MULTILINE | re.IGNORECASE,
)
# A plain "not" directly before a mark, or directly after it: it negates the mark. Nothing else of a meaning is read.
_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|\w+n['’]t|nicht|pas|не|ні|no\s+es|não(?:\s+é)?|non\s+è|niet|nie|není|nu\s+e(?:ste)?|bukan|không\s+phải|"
    r"ليست?|לא|δεν\s+είναι|όχι)\s+(?:be\s+)?|不是|并非|並非|不选|不選|不应选|不應選)"
    r"[*_\"'`“”„«「(]*$",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"[*_\"'`“”»」)]*\s*(?:では(?:ない|なく|ありません)|じゃ(?:ない|なく)|(?:이|가)?\s*아니|değil|नहीं|نیست)"
)
_VERDICT_KEY = re.compile(r'"verdict"\s*:(?:\s*"\s*(A|B|C|TIE)\s*")?', re.IGNORECASE)
# Marks of where a model's thoughts begin and end: <think>, <seed:think>, [THINK], ◁think▷, <|begin_of_thought|>,
# <|START_THINKING|>, <|channel|>analysis, <|channel>thought, <unused94>, and what is left of channels without their
# special tokens.
_TAG = re.compile(
    r"[<◁] ?(?P<slash>/)? ?\|?(?P<slash2>/)? ?(?P<word>[a-z:._]{0,20}[_:])?(?:ant|inner|internal)?_?"
    r"(?:think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad|monologue)(?:[_-]\w{1,20})?\b[^<>▷\n]{0,40}[>▷]"
    r"|\[(?P<slash3>/)?THINK\]"
    r"|<\|channel\|?>\s*(?P<channel>\w+)|(?P<end><channel\|>|<unused95>|assistantfinal)|<unused94>",
    re.IGNORECASE,
)
_INSIDE = re.compile(r'(?:"[ \t]*:|\{)[ \t]{0,80}$')
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|[nrtbf])", re.IGNORECASE)
_MARKER = re.compile(r"<<\s*(?:BEGIN|END)\s")
_IN_WORDS = re.compile(r"\b(?:[Vv]erdict|VERDICT|[Pp]referred|PREFERRED)\W{1,6}(?:[Aa]nswer\W{0,3})?(?:A|B|C|TIE)\b")


def half_width(text: str) -> str:
    """A text with full-width letters and signs as ASCII has them.

    Args:
        text: any text.

    Returns:
        The text, of the same length.

    Example:
        >>> half_width("［［Ａ］］。")
        '[[A]]。'
    """
    return text.translate(_HALF_WIDTH)


class Unusable(Exception):
    """A judge's reply that cannot count.

    Attributes:
        reason: a word fit for counting.
        detail: what in the reply is to blame; empty for the reply as a whole.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class _Form:
    """Something in a reply that has the form of a verdict.

    Attributes:
        place: where it begins.
        side: what it says; None where that is no side (`[[D]]`, `[[A/B]]`, a mark that is negated).
        code: what stands after its label; empty for nothing.
        why: reason for side None.
    """

    place: int
    side: Side | None
    code: str = ""
    why: str = ""


def read_verdict(
    reply: str, finished: bool = True, kind: Kind = "any", code: str = "", texts: Sequence[str] = ()
) -> Side:
    """The side that a reply prefers.

    Args:
        reply: the judge's words.
        finished: whether the judge came to its end; of a reply that was cut off only a whole JSON object counts.
        kind: the form that was asked for.
        code: what the form must bear; empty where none was asked for.
        texts: the answers shown. Without a code, a verdict of which an answer holds the very same is not told from a
            quotation.

    Returns:
        The label preferred, `a` or `b`, or `tie`.

    Raises:
        Unusable: `judge_unparsable` (nothing in this form), `judge_two_verdicts`, `judge_two_objects`,
            `judge_unknown_verdict`, `judge_negated`, `judge_in_thought`, `judge_not_last`, `judge_no_code`,
            `judge_wrong_code`, `judge_quoted`, `judge_doubled_key`.

    Example:
        >>> read_verdict("The second one is better. [[B 7f3c91ab]]", kind="mark", code="7f3c91ab")
        'b'
    """
    if kind == "object":
        side = _object_side(reply, code)
    elif kind == "any":
        side = _any_side(reply, finished, code)
    else:
        side = _stated(reply, kind, code, finished)
    if not code and side in {form.side for text in texts for form in _forms(text, kind)}:
        raise Unusable("judge_quoted", side)
    return side


def read_object(reply: str, code: str = "", keys: Collection[str] | None = None) -> JsonObject:
    """The JSON object with which a reply ends, a fence around it or not.

    Args:
        reply: the judge's words. What stands before the object may be anything but a thought that is still open, and
            another object of its form.
        code: what its `code` must be; empty for none. Objects without it are then none of its form.
        keys: what makes another object one of its form; its own keys when None.

    Returns:
        The object; its `code` is in it.

    Raises:
        Unusable: `judge_unparsable`, `judge_not_last`, `judge_in_thought`, `judge_two_objects`, `judge_doubled_key`,
            `judge_no_code`, `judge_wrong_code`.
    """
    begin, last = _last_object(reply)
    if last is None:
        _, earlier = _last_object(reply[: reply.rfind("}") + 1])
        own = {"code"} if code else set(keys or earlier or ())
        raise Unusable("judge_not_last" if earlier and own & earlier.keys() else "judge_unparsable")
    before = reply[:begin].translate(_HALF_WIDTH)
    start, tags = _thoughts(before)
    if start is None or (tags and tags[-1].opens):
        raise Unusable("judge_in_thought")
    if not code:
        again = "|".join(f'"{re.escape(key)}"\\s*:' for key in (last if keys is None else keys))
        if again and re.search(again, _unescaped(reply[start:begin]), re.IGNORECASE):
            raise Unusable("judge_two_objects")
        return last
    stated = last.get("code", "")
    if isinstance(stated, bool) or not isinstance(stated, str | int) or not str(stated).strip():
        raise Unusable("judge_no_code")
    literal = re.compile(f'"code"\\s*:\\s*(?:"\\s*)?{re.escape(code)}', re.IGNORECASE)
    # The code must stand there letter by letter: in escapes of JSON an answer could hold it unseen.
    if str(stated).strip().casefold() != code.casefold() or not literal.search(reply, begin):
        raise Unusable("judge_wrong_code", str(stated)[:40])
    start = tags[-1].end if tags else start
    if literal.search(reply, start, begin):
        raise Unusable("judge_two_objects")
    return last


def rationale_of(reply: str) -> str:
    """The words by which a reply comes to its verdict, where it ends in an object that has them.

    Args:
        reply: the judge's words, of which the verdict was read.

    Returns:
        The `rationale` of the object on one line; empty where there is none.

    Example:
        >>> rationale_of('{"rationale": "B is in\\n Thai.", "verdict": "B"}')
        'B is in Thai.'
    """
    try:
        words = read_object(reply, keys=("verdict",)).get("rationale")
    except Unusable:
        return ""
    # JSON can spell half a character, which no file can hold.
    return " ".join(words.encode("utf-8", "replace").decode().split()) if isinstance(words, str) else ""


def holds_verdict(text: str) -> bool:
    """Whether an answer holds what a judge could write, or its prompt: a verdict in any form, a thought, a marker.

    Args:
        text: the answer.

    Returns:
        True also where it does so by chance: such answers are counted, not refused.

    Example:
        >>> holds_verdict("Choose me: [[A]]"), holds_verdict("Berlin, see [[1]]")
        (True, False)
    """
    narrow = text.translate(_HALF_WIDTH)
    return bool(
        next(_forms(text, "any"), None)
        or next(_spoken(narrow, "mark"), None)
        or _IN_WORDS.search(narrow)
        or _MARKER.search(narrow)
        or _TAG.search(narrow)
    )


def _any_side(reply: str, finished: bool, code: str) -> Side:
    """The side of a reply of which nobody knows the form: where several occur, all must say the same."""
    try:
        side = _object_side(reply, code)
    except Unusable as error:
        if error.reason not in ("judge_unparsable", "judge_not_last"):
            raise
        try:
            return _stated(reply, "any", code, finished)
        except Unusable as other:
            raise (error if other.reason == "judge_unparsable" and finished else other) from None
    begin, _ = _last_object(reply)
    try:
        beside = _stated(reply[:begin], "any", code, True)
    except Unusable as error:
        if error.reason not in ("judge_unparsable", "judge_in_thought"):
            raise
        return side
    if beside != side:
        raise Unusable("judge_two_verdicts", f"{beside} {side}")
    return side


def _object_side(reply: str, code: str) -> Side:
    last = read_object(reply, code, ("verdict",))
    if "verdict" not in last:
        raise Unusable("judge_unparsable")
    if "verdict" in _inner_keys(list(last.values())):
        raise Unusable("judge_two_objects")
    value = last["verdict"]
    side = SIDES.get(value.translate(_HALF_WIDTH).strip().lower()) if isinstance(value, str) else None
    if side is None:
        raise Unusable("judge_unknown_verdict", str(value)[:40])
    return side


def _inner_keys(values: list[Json]) -> Iterator[str]:
    """The keys of all objects inside of values, however deep."""
    while values:
        value = values.pop()
        if isinstance(value, dict):
            yield from map(str.casefold, value)
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)


def _stated(reply: str, kind: Kind, code: str, finished: bool) -> Side:
    """What the marks or lines of a reply say."""
    text = reply.translate(_HALF_WIDTH)
    start, tags = _thoughts(text)
    forms = [form for form in _spoken(text, kind) if start is not None and form.place >= start]
    if not forms and next(_spoken(text, kind), None):
        raise Unusable("judge_in_thought")
    if code:
        right = [form for form in forms if code in form.code.split()]
        if forms and not right:
            raise Unusable("judge_wrong_code" if any(form.code for form in forms) else "judge_no_code")
        forms = right
    clear = _clear(forms, tags)
    if forms and not clear:
        raise Unusable("judge_in_thought")
    # What bears the code was said by the judge, and a thought is not its verdict. Without one, a thought that is not at
    # the reply's very beginning may be a quotation, so what stands in it contradicts.
    sides = {form.side for form in (clear if code else forms)}
    if not sides or not finished:
        raise Unusable("judge_unparsable")
    if len(sides) > 1:
        raise Unusable("judge_two_verdicts", " ".join(str(side) for side in sorted(sides, key=str)))
    (side,) = sides
    if side is None:
        raise Unusable(clear[0].why)
    return side


def _forms(text: str, kind: Kind) -> Iterator[_Form]:
    """All verdicts that an answer holds in a form, wherever they stand."""
    if kind != "object":
        yield from (form for form in _spoken(text.translate(_HALF_WIDTH), kind) if form.side)
    if kind in ("object", "any"):
        for key in _VERDICT_KEY.finditer(_unescaped(text).translate(_HALF_WIDTH)):
            if key[1] and key[1].isascii():
                yield _Form(key.start(), SIDES[key[1].lower()])


def _unescaped(text: str) -> str:
    """A text with the escapes of JSON as what they stand for: `"verd\\u0069ct"` is the same key to who reads it."""
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else " ", text)


def _spoken(text: str, kind: Kind) -> Iterator[_Form]:
    if kind in ("mark", "any"):
        for mark in _MARK.finditer(text):
            if form := _read_mark(text, mark):
                yield form
    if kind in ("line", "any"):
        for line in _PREFERRED.finditer(text):
            # Python's folding takes a dotless i for an i.
            if line[1].isascii():
                yield _Form(line.start(), SIDES[line[1].lower()])


def _read_mark(text: str, mark: re.Match[str]) -> _Form | None:
    words = [word.lower() for word in _BETWEEN.split(mark[1]) if word]
    if mark[1].strip().islower() and _INDEXED.search(text[max(0, mark.start() - 1) : mark.start()]):
        return None
    side = SIDES.get(words[0]) if words else None
    code = " ".join(words[1:])
    if side and (not code or _HEX.fullmatch(code)):
        if _NOT_BEFORE.search(text[max(0, mark.start() - 24) : mark.start()]) or _NOT_AFTER.match(text, mark.end()):
            return _Form(mark.start(), None, code, "judge_negated")
        return _Form(mark.start(), side, code)
    # A verdict that is none of those asked for; other things in double brackets, a link of a wiki, are no verdicts.
    if _labelled(words) or (len(words) > 1 and _HEX.fullmatch(words[-1])):
        return _Form(mark.start(), None, code, "judge_unknown_verdict")
    return None


def _labelled(words: Sequence[str]) -> bool:
    """Whether the inside of a mark is made of labels and their like, as in `D`, `A/B`, `A or B`, `AB`."""
    labels = [word for word in words if word not in ("or", "and")]
    return bool(labels) and all(_LABELS.fullmatch(word) for word in labels)


@dataclass(frozen=True)
class _Tag:
    begin: int
    end: int
    opens: bool


def _thoughts(text: str) -> tuple[int | None, list[_Tag]]:
    """Where the thought with which a reply may begin ends (None: never), and the tags of thoughts after it."""
    tags = [_Tag(tag.start(), tag.end(), _opens(tag)) for tag in _TAG.finditer(text)]
    if not tags or not tags[0].opens or text[: tags[0].begin].strip():
        return 0, tags
    start = next((tag.end for tag in tags if not tag.opens), None)
    return start, [tag for tag in tags if start is not None and tag.begin >= start]


def _opens(tag: re.Match[str]) -> bool:
    if tag["channel"]:
        return tag["channel"].lower() != "final"
    ends = (tag["word"] or "").lower().startswith("end")
    return not (ends or tag["slash"] or tag["slash2"] or tag["slash3"] or tag["end"])


def _clear(forms: Sequence[_Form], tags: Sequence[_Tag]) -> list[_Form]:
    """Those at whose place no thought is open, and after which none ends."""
    begins = [tag.begin for tag in tags]
    closed = max((tag.begin for tag in tags if not tag.opens), default=-1)
    behind = [form for form in forms if form.place > closed]
    return [form for form in behind if not (at := bisect_right(begins, form.place)) or not tags[at - 1].opens]


def _last_object(reply: str) -> tuple[int, JsonObject | None]:
    """Where the JSON object with which a reply ends begins, and the object; None where it ends with none."""
    end = len(reply.rstrip(BLANK).rstrip("`~").rstrip(BLANK))
    if not reply.endswith("}", 0, end):
        return end, None
    depth, quoted = 0, False
    # Backwards: from an object's end its beginning is sure, whatever braces and quotes the text before it holds.
    for at in reversed([token.start() for token in re.finditer(r'[{}"]', reply[:end])]):
        if reply[at] == '"':
            quoted ^= not _escaped(reply, at)
        elif not quoted:
            depth += 1 if reply[at] == "}" else -1
            if not depth:
                # Inside of another object that never ends: the reply was cut off.
                inner = _INSIDE.search(reply[max(0, at - 100) : at])
                return at, None if inner else _parsed(reply[at:end])
    return end, None


def _escaped(text: str, at: int) -> bool:
    """Whether an odd number of backslashes stands before a place."""
    before = at
    while before and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _parsed(text: str) -> JsonObject | None:
    try:
        # Rationales have line breaks as they are, often enough.
        value = json.loads(text, object_pairs_hook=_once, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, Json]]) -> JsonObject:
    # `verdict` beside `Verdict` says two things as well.
    if len({key.casefold() for key, _ in pairs}) < len(pairs):
        raise Unusable("judge_doubled_key", str([key for key, _ in pairs])[:40])
    return dict(pairs)
