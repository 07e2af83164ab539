"""Thoughts of models in their answers: <think>...</think> and the other marks that models write around them.

An answer that is a text about such marks holds none: what stands in code or in quotation marks is spoken of.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .cleaning import BLANK

Thoughts = Literal["refused", "kept", "cut"]
#: Why a text is left out that holds a thought.
THOUGHT = "thought_in_text"
#: Why a text is left out whose thought is cut, and that ends in the middle of it.
UNENDED = "thought_without_end"


class _Form(NamedTuple):
    """How some models mark their thoughts.

    `known`: a parser of an inference server looks for these marks, or they are special tokens, so they are looked for
    in the whole text; others only where an answer begins with the mark and the thought ends. Empty `closes`: no mark
    ends it. `alone`: the last mark says enough by itself, for templates that write the first one into the prompt.
    """

    opens: str
    closes: str
    known: bool
    seen: str
    alone: bool = True


_LESS = "(?:<|&lt;)"
_WORDS = r"(?:ant|inner_|internal_)?(?:thinking|thoughts?|reasoning|reason|reflection|scratchpad|monologue)"
# In the order in which they are looked for.
_FORMS = (
    _Form(
        rf"{_LESS} ?(?:[a-z]{{1,20}}[:_])?think(?:[:_]\w{{1,20}})? ?(?:>|&gt;)",
        rf"{_LESS} ?/ ?(?:[a-z]{{1,20}}[:_])?think(?:[:_]\w{{1,20}})? ?(?:>|&gt;)",
        True,
        "DeepSeek R1, Qwen3, GLM-4.5, MiniMax M2, OLMo 3, Nemotron; seed:think of Seed-OSS, mm:think of MiniMax M3, "
        "longcat_think of LongCat, think:opensource of Hunyuan (parsers of vLLM and SGLang)",
    ),
    _Form(r"◁ ?think ?▷", r"◁ ?/ ?think ?▷", True, "Kimi (SGLang)"),
    _Form(r"\[(?-i:THINK\])", r"\[(?-i:/THINK\])", True, "Magistral and Mistral (vLLM, SGLang)"),
    _Form(
        r"<\|channel\|> ?analysis\b[^<\n]{0,40}(?:<\|message\|>)?",
        r"<\|end\|>|<\|channel\|> ?(?:final|commentary)\b",
        True,
        "gpt-oss, harmony (vLLM, SGLang)",
        alone=False,
    ),
    _Form(r"<\|channel>(?:thought\b)?", r"<channel\|>", True, "Gemma 4 (vLLM, SGLang)"),
    _Form(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>", True, "Command A and R7B (vLLM, llama.cpp)"),
    _Form(r"<\|inner_prefix\|>", r"<\|inner_suffix\|>", True, "Apertus (SGLang, llama.cpp)"),
    _Form(r"<\|open\|>think<\|sep\|>", r"<\|close\|>think<\|sep\|>", True, "Kimi K3 (SGLang)"),
    _Form(r"<\|content_thinking\|>", r"<\|end_message\|>", True, "Inkling (vLLM, SGLang)", alone=False),
    _Form(r"<\|think\|>", r"<\|end\|>|<\|/think\|>", True, "Solar Open (vLLM)", alone=False),
    _Form(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>", True, "data of Sky-T1 and OpenThoughts"),
    _Form(r"<unused94>", r"<unused95>", True, "MedGemma (its users' code)"),
    _Form(r"\[(?-i:unused16\])", r"\[(?-i:unused17\])", True, "openPangu (its model card's code)"),
    _Form(rf"<{_WORDS}>", rf"</{_WORDS}>", False, "models that a prompt asks for it; EXAONE Deep, Open WebUI's list"),
    _Form(r'<details type="reasoning"[^<>\n]{0,80}>', "</details>", False, "Open WebUI's exports"),
    _Form(r"Thinking\.\.\.(?=\s)", r"\.\.\.done thinking\.", False, "what ollama prints"),
    _Form(
        r"Here(?:'s| is) my thought process:",
        r"Here(?:'s| is) my response:",
        False,
        "Granite 3.2 (vLLM), which has no tokens for it",
    ),
    _Form(r"(?-i:analysis)(?=\S)", r"(?-i:assistant(?:final|commentary))", False, "gpt-oss without special tokens"),
    _Form(r"(?-i:thought)(?=\n[^\n]{60})", "", False, "Gemma and MedGemma without special tokens"),
)

# What a template may put before: its own tokens, with the role.
_LEAD = rf"[{BLANK}]*(?:(?:<\|[a-z_]{{1,20}}\|>|<(?:s|bos)>)(?:assistant\b)?\s*){{0,3}}?"
# What stands directly before and after a mark that is spoken of.
_QUOTES = frozenset("`\"'´‘’‚‛“”„‟«»‹›「」『』《》〈〉()[]{}（）【】*_\\")
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)


#: Thoughts of one text that are taken out: each asks for another look through the text.
_MOST_THOUGHTS = 100
# What gpt-oss writes between a thought and what it says: a turn of its own, on another channel.
_HARMONY_HEAD = re.compile(r"\s*(?:<\|start\|>assistant)?(?:<\|channel\|> ?final\b[^<\n]{0,40})?<\|message\|>")


class _Marks(NamedTuple):
    # The same, as they are looked for; `begins` at the beginning of a text.
    begins: re.Pattern[str]
    opens: re.Pattern[str]
    closes: re.Pattern[str] | None
    known: bool
    alone: bool


_MARKS = tuple(
    _Marks(
        re.compile(rf"{_LEAD}(?P<mark>{form.opens})", re.IGNORECASE),
        re.compile(form.opens, re.IGNORECASE),
        re.compile(form.closes, re.IGNORECASE) if form.closes else None,
        form.known,
        form.alone,
    )
    for form in _FORMS
)
# What nearly every text fails. At its beginning: a token, or the first sign or word of a mark.
_MAY_BEGIN = re.compile(rf"[{BLANK}]*(?:[<&\[◁]|Thinking\.|Here(?:'s| is) my|analysis|thought\n)", re.IGNORECASE)
# And anywhere, all that may be a mark. Each way to write one begins with a sign, and a search for these is fast.
_ANY = re.compile(
    "|".join(
        one
        for form in _FORMS
        if form.known
        for part in (form.opens, form.closes)
        for one in ([part.replace(_LESS, sign, 1) for sign in ("<", "&lt;")] if part.startswith(_LESS) else [part])
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Thought:
    """A thought in a text.

    Attributes:
        begin, end: where it stands, with its marks.
        thinking: the thought itself, without blanks at its ends.
        mark: the first of its marks, as it is written.
        closed: whether a mark ends it; one that none ends was cut off, and all the rest of the text is thought.
    """

    begin: int
    end: int
    thinking: str
    mark: str
    closed: bool


def thought_in(text: str) -> Thought | None:
    """Looks for a thought of the model that wrote a text.

    Args:
        text: an answer.

    Returns:
        the first one: what stands after a mark with which the text begins, or that begins a line, up to the mark that
        ends it; or all before a mark that ends one, where the template of the model wrote the first mark. None where
        there is none, and where marks are only spoken of: in code, in quotation marks, within a line.

    Example:
        >>> thought_in("<think>7, or 9?</think>Nine.").thinking
        '7, or 9?'
        >>> thought_in("Qwen3 writes `<think>` first.") is None
        True
    """
    for marks in _MARKS if _MAY_BEGIN.match(text) else ():
        if (start := marks.begins.match(text)) and (thought := _opened(text, marks, start.start("mark"))):
            return thought
    if not _ANY.search(text):
        return None
    fences = [fence.start() for fence in _FENCE.finditer(text)]
    for marks in _MARKS:
        if marks.known and (thought := _inside(text, marks, fences) or _never_opened(text, marks, fences)):
            return thought
    return None


class Spoken(NamedTuple):
    """A text and the thoughts that stood in it, apart.

    Attributes:
        text: what is said.
        thinking: the thoughts, blank lines between them; empty where there was none, or none that says anything.
        unended: the mark of a thought that nothing ends, which is all the rest of the text, or of one beyond the
            first hundred; empty where all end.
    """

    text: str
    thinking: str = ""
    unended: str = ""


def without_thoughts(text: str) -> Spoken:
    """Takes the thoughts of the model that wrote a text out of it.

    Args:
        text: an answer.

    Returns:
        what is said, without blanks where a thought stood at its beginning, and the thoughts.

    Example:
        >>> without_thoughts("<think>7, or 9?</think>\\n\\nNine.")
        Spoken(text='Nine.', thinking='7, or 9?', unended='')
    """
    thoughts: list[str] = []
    marks: list[str] = []
    while thought := thought_in(text):
        if not thought.closed or len(marks) == _MOST_THOUGHTS:
            return Spoken(text[: thought.begin], "\n\n".join(thoughts), thought.mark)
        marks.append(thought.mark)
        before, after = text[: thought.begin], text[thought.end :]
        if thought.thinking:
            thoughts.append(thought.thinking)
        # What a template writes before a thought (`<|im_start|>assistant`) is no text of the answer.
        before = "" if re.fullmatch(_LEAD, before, re.IGNORECASE) else before
        if head := _HARMONY_HEAD.match(after):
            after = after[head.end() :]
        text = before + after if before.strip(BLANK) else after.lstrip(BLANK)
    return Spoken(text, "\n\n".join(thoughts))


def _opened(text: str, marks: _Marks, begin: int) -> Thought | None:
    """The thought that a mark opens with which the text begins."""
    opens = marks.opens.match(text, begin)
    assert opens
    if closes := marks.closes.search(text, opens.end()) if marks.closes else None:
        return _thought(text, begin, opens, closes)
    return _thought(text, begin, opens, None) if marks.known or not marks.closes else None


def _thought(text: str, begin: int, opens: re.Match[str], closes: re.Match[str] | None) -> Thought:
    inner = text[opens.end() : closes.start() if closes else len(text)]
    return Thought(begin, closes.end() if closes else len(text), inner.strip(BLANK), opens.group(), closes is not None)


def _inside(text: str, marks: _Marks, fences: list[int]) -> Thought | None:
    """The first thought that begins a line of a text that begins with something else."""
    ends = marks.closes is not None
    for opens in marks.opens.finditer(text):
        if not _line_begins(text, opens.start()) or _in_code(fences, opens.start()):
            continue
        closes = marks.closes.search(text, opens.end()) if marks.closes and ends else None
        ends = closes is not None
        if closes is None:
            # Without an end, only a mark alone on its line: lists explain marks.
            if _line_ends(text, opens.end()):
                return _thought(text, opens.start(), opens, None)
            continue
        thought = _thought(text, opens.start(), opens, closes)
        # `<think>...</think>`, with dots for what the reader shall fill in, is a pattern.
        if (_line_ends(text, opens.end()) or _line_ends(text, closes.end())) and re.search(r"\w", thought.thinking):
            return thought
    return None


def _never_opened(text: str, marks: _Marks, fences: list[int]) -> Thought | None:
    """What stands before a mark that ends a thought, and that no mark opens."""
    if not marks.alone or marks.closes is None:
        return None
    first = marks.opens.search(text)
    for closes in marks.closes.finditer(text):
        begin, end = closes.span()
        # A thought may break off in the middle of its code: then a fence opens before and none ends after.
        if _in_code(fences, begin) and (len(fences) - bisect_left(fences, end)) % 2:
            continue
        before, after = text[max(0, begin - 1) : begin], text[end : end + 1]
        quoted = before in _QUOTES and after in _QUOTES
        glued = not (first and first.start() < begin) and before not in BLANK and not quoted
        if glued or not begin or (_line_begins(text, begin) and _line_ends(text, end)):
            return Thought(0, end, text[:begin].strip(BLANK), closes.group(), True)
    return None


def _line_begins(text: str, at: int) -> bool:
    while at and text[at - 1] != "\n" and text[at - 1] in BLANK:
        at -= 1
    return not at or text[at - 1] == "\n"


def _line_ends(text: str, at: int) -> bool:
    while at < len(text) and text[at] != "\n" and text[at] in BLANK:
        at += 1
    return at == len(text) or text[at] == "\n"


def _in_code(fences: list[int], at: int) -> bool:
    """Whether a place stands behind an odd number of lines that open or close a fence of code."""
    return bisect_left(fences, at) % 2 == 1
