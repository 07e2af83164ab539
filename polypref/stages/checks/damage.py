"""Text that was damaged on its way: broken encodings, chat-template tokens, unfilled placeholders, HTML remnants."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from ...scripting.bounds import Natural
from ...scripting.declared import checked_call
from .common import Action, OfTexts, Role, holding, outcome, snippet, without_code, without_maths
from .contract import Batch, Outcome, Reject, each

_REPLACEMENT = "\ufffd"
# Controls without meaning in text (tab, newline and carriage return have one), noncharacters, and a byte order mark,
# which is damage anywhere but at the start of a file.
_CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF, 0xFFFE, 0xFFFF]))
_CONTROL = re.compile(f"[{re.escape(_CONTROLS)}]")


def _characters(encoding: str, first: int, last: int) -> str:
    """Returns the characters of a range of bytes; bytes that the encoding lacks as C1 controls, as browsers do."""
    characters = []
    for byte in range(first, last + 1):
        try:
            characters.append(bytes([byte]).decode(encoding))
        except UnicodeDecodeError:
            characters.append(chr(byte))
    return "".join(characters)


def _sequence(*encodings: str) -> str:
    """Returns a pattern for one UTF-8 sequence of two to four bytes, read in one of the encodings."""

    def cls(first: int, last: int) -> str:
        return "[" + re.escape("".join(sorted({*"".join(_characters(e, first, last) for e in encodings)}))) + "]"

    tail = cls(0x80, 0xBF)
    return f"(?:{cls(0xC2, 0xDF)}{tail}|{cls(0xE0, 0xEF)}{tail}{tail}|{cls(0xF0, 0xF4)}{tail}{tail}{tail})"


@cache
def _mojibake_patterns() -> tuple[tuple[str, re.Pattern[str], int], ...]:
    """Returns for each kind of misreading: characters one of which it needs, the pattern, how often it must be found.

    Lone sequences count only where no writing system puts the two signs side by side: a capital A with tilde before
    a sign that is no quotation mark, the beginnings of typographic quotes, of emoji, of U+FFFD. Else it takes three
    sequences on end, as single ones occur ("allé…»" is one, "Рік" is one).
    """
    sign = r"\x80-\x9f¡-©¬\xad¯-º¼-¿€ƒ†‡ˆ‰Ÿ"

    def run(*encodings: str) -> re.Pattern[str]:
        return re.compile(f"(?:{_sequence(*encodings)}){{3}}")

    return (
        # UTF-8 read as Latin-1 or cp1252: é, ş, а; then “ ” … €, emoji, ế; then whole words of other scripts.
        (
            "ÃÅÂÄÐÆ",
            re.compile(
                rf"[ÃÅ][{sign}ŠŒœžŽ]|[ÂÄÐ][{sign}]|Æ[°¡]|(?<=[a-zß-ÿ])[ÃÂÄ][^\w\s]|[ÃÅ][“‘](?=[^\W\d_])|"
                r"(?<![^\W\d_])Ã\xa0|(?<=[a-zß-ÿ])Ã\xa0"
            ),
            1,
        ),
        (
            "€\x80†ˆ‰Œœ¿Ÿ»º",
            re.compile(
                rf"â(?:€[{sign}\u2013-\u203a˜™œž]|[„†ˆ‰Œœ][{sign}’“”•–—]|\x80[\x80-\xbf])|ï¿½|ï»¿|ðŸ|á[º»][{sign}]"
            ),
            1,
        ),
        ("\x80\x90\x9d¤¦¨¬¯¸¹¶±¼½¾µƒ‡", run("cp1252", "latin-1"), 1),
        # UTF-8 read as cp1251, cp1253, cp1255, cp1256, cp1250, and “ ” … as cp1251.
        ("ѓЃђЂќћџЏљЉњЊѕЅ°µ", run("cp1251"), 1),
        ("΅Ξ―", run("cp1253"), 1),
        ("\u05f3\u05b2\u05b3", run("cp1255"), 1),
        ("±¨¬¤ˆƒ†‡", run("cp1256"), 1),
        ("ĹˇĂ˝˛", re.compile(r"Ĺ[^\x00-\x7f]|Ă[ˇ©\xadł¶Ľ]|Ä[›ŤŚ™…‡‚]"), 2),
        ("њќ™€", re.compile(r"вЂ[“”™њќ¦]"), 1),
        # UTF-8 read as KOI8-R, as Mac Roman.
        ("╧╨╩╪╦", re.compile(r"(?:[╧╨п][╟-╬░-▓]|п[©-°▄-▌]){3}|(?:[п╨п][\u2500-\u25a0©°·÷√]){4}"), 1),
        ("√‚", re.compile(r"√[©®†£¶ß•§°]|‚Ä[îìôúù¶Ó¢]"), 1),
        # 8-bit Cyrillic, Greek, Hebrew, Arabic or two-byte Chinese and Korean read as Latin-1.
        ("ðåþæÝÞÌÊ¾µ", re.compile(r"[^\W\d_a-zA-Z\u0100-\uffff]{4,}"), 4),
        # UTF-8 read as GBK, as Shift-JIS.
        ("锟", re.compile(r"锟斤拷"), 1),
        ("锛銆鐨鏄鍙鑷鐢鎴", re.compile(r"[锛銆鐨鏄鍙鑷鐢鎴]"), 2),
        ("縺繧繝", re.compile(r"[縺繧繝]"), 3),
    )


@cache
def _suspects() -> str:
    """Returns the characters one of which nearly every misread text holds, and few sound texts do."""
    return "".join(needed for needed, _, _ in _mojibake_patterns())


def mojibake(text: str) -> str | None:
    """The first stretch that is text decoded in the wrong encoding.

    Knows UTF-8 read as Latin-1, cp1250 to cp1256, KOI8-R, Mac Roman, GBK and Shift-JIS, and old 8-bit encodings read
    as Latin-1. What a lossy chain left as question marks or dropped is not seen.

    Args:
        text: any text.

    Returns:
        the stretch, or None where there is none.

    Example:
        >>> mojibake("trÃ¨s bien")
        'Ã¨'
    """
    for needed, pattern, least in _mojibake_patterns():
        if not any(character in text for character in needed):
            continue
        hits = []
        for hit in pattern.finditer(text):
            hits.append(hit)
            if len(hits) == least:
                return snippet(text, hits[0].start(), hits[0].end(), 0)
    return None


@checked_call
@dataclass(frozen=True)
class EncodingDamage(OfTexts):
    """Texts with replacement characters (U+FFFD), control characters, or text decoded in the wrong encoding.

    Neither a chosen nor a rejected answer may be damaged by default: of such a pair a model learns the damage.
    """

    name: ClassVar[str] = "encoding_damage"
    version: ClassVar[int] = 1
    answer_reasons: ClassVar[tuple[str, ...]] = (
        "answer_replacement_character",
        "answer_control_character",
        "answer_mojibake",
    )
    summary: ClassVar[str] = "replacement characters, control characters, text decoded in the wrong encoding"
    thresholds: ClassVar[dict[str, str]] = {
        "max_replacements": "0: one lost character is too many; 0 of 3,874 sound texts have one, 46 of 11,500 prompts",
    }

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")
    action: Action = "reject"
    max_replacements: Natural = 0

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`; yields `<role>_replacement_character`, `_control_character` or `_mojibake`."""
        for role in batch.roles_of(self.roles):
            texts = batch.texts(role)
            marks = holding(texts, (_REPLACEMENT, _CONTROLS, _suspects()))
            for row in marks.nonzero()[0].tolist():
                damage = self._examine(texts[row], int(marks[row]))
                if damage:
                    yield row, outcome(self.action, f"{role}_{damage[0]}", damage[1])

    def _examine(self, text: str, marks: int) -> tuple[str, str] | None:
        if marks & 1 and text.count(_REPLACEMENT) > self.max_replacements:
            at = text.index(_REPLACEMENT)
            return "replacement_character", snippet(text, at, at + 1)
        if marks & 2 and (hit := _CONTROL.search(text)):
            return "control_character", f"U+{ord(hit.group()):04X}"
        if marks & 4 and (broken := mojibake(text)):
            return "mojibake", broken
        return None


# What a text must hold, and what is then looked for. Each pattern starts with a plain character: those are found five
# times faster than patterns that start with a choice.
_TEMPLATE_TOKENS = (
    (
        "<",
        re.compile(
            r"<(?:\|[A-Za-z][A-Za-z0-9_ -]{0,40}\|?>|\uff5c[^\uff5c<>\n]{1,40}\uff5c>|"
            r"(?:start|end)_of_(?:turn|text|image)>|</?SYS>>|/s>\s*(?:\Z|<s>)|(?:unk|pad|bos|eos|eod)>|(?:extra_id|reserved)_\d+>)"
        ),
    ),
    ("[", re.compile(r"\[(?:/?INST|UNK|PAD|CLS|SEP|EOS|BOS)\]")),
    ("ASSISTANT:", re.compile(r"(?m)^ASSISTANT:")),
    ("##", re.compile(r"## ?(?:Human|Assistant|User|System|Response|Instruction) ?:")),
)


def template_token(text: str) -> str | None:
    """The first token of a chat template or tokenizer, or turn marker of one, outside code.

    Args:
        text: any text.

    Returns:
        it, at most 60 characters, or None where there is none.

    Example:
        >>> template_token("Yes.<|im_end|>")
        '<|im_end|>'
    """
    for needed, pattern in _TEMPLATE_TOKENS:
        if needed in text and pattern.search(text) and (hit := pattern.search(without_code(text))):
            return hit.group().strip()[:60]
    return None


@checked_call
@dataclass(frozen=True)
class TemplateTokens(OfTexts):
    """Texts with chat-template tokens (`<|im_end|>`, `[/INST]`, `<start_of_turn>`), special tokens of tokenizers
    (`<unk>`, `<extra_id_0>`) or turn markers (`### Human:`) outside code: in training each would pass for a turn.
    """

    name: ClassVar[str] = "template_tokens"
    version: ClassVar[int] = 1
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_template_token",)
    summary: ClassVar[str] = "chat-template tokens, tokenizers' special tokens and turn markers outside code"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")
    action: Action = "reject"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`; yields `<role>_template_token`."""
        return _each_remnant(batch, self.roles, self.action, "template_token", template_token)


_WORDS = (
    "name|user|username|placeholder|text|input|output|instruction|question|answer|context|topic|language|"
    "company|product"
)
_PLACEHOLDERS = (
    ("\u27e6", re.compile(r"\u27e6\s?\w{1,10}\s?\u27e7")),
    ("__", re.compile(r"__(?:[A-Z]{2,}(?:_?[A-Z0-9]+)*__|(?:PH|VAR|URL|TAG)_?\d+__?\b)")),
    ("PH", re.compile(r"PH(?:OLDER_?|_)\d+\b|XXPH\d+XX")),
    ("PLACEHOLDER", re.compile(r"PLACEHOLDER(?:_?\d+\b|[}>\]])")),
    ("@@", re.compile(r"@@\d+@@")),
    ("%%", re.compile(r"%%[A-Z_]{2,20}%%")),
    (
        "<",
        re.compile(
            r"<(?:(?:ph|x|bpt|ept)(?: (?:id|i)=[^<>\n]{1,40})?/?>|g id=[^<>\n]{1,20}>|"
            rf"(?i:(?:insert|your|enter|add)?[ _-]?(?:{_WORDS})(?:[ _-]here)?>))"
        ),
    ),
    (
        "{",
        re.compile(
            rf"{{(?:{{\s?[A-Za-z_][\w .]{{0,40}}}}}}|(?<![\w$\\{{^]{{)(?:{_WORDS})(?:[_ ]?\w{{1,20}})?}}(?!\w))"
        ),
    ),
    (
        "[",
        re.compile(
            r"\[(?:(?:INSERT|ENTER|ADD|FILL IN|YOUR)\b[^\]\n]{0,60}\]|(?:Insert|insert) [^\]\n]{1,60}\](?!\()|MASK\])"
        ),
    ),
)


def placeholder(text: str) -> str | None:
    """The first placeholder that nobody filled, outside code and LaTeX.

    Two kinds: masks with which translation chains protect names, numbers and code (`__PH_3__`, `<x id="1"/>`), and
    slots of a template (`{name}`, `{{topic}}`, `[INSERT DATE]`, `<placeholder>`). `[Your name]` is neither: a letter
    written as a template has it by right.

    Args:
        text: any text.

    Returns:
        it, at most 60 characters, or None where there is none.

    Example:
        >>> placeholder("Dear {name}, welcome.")
        '{name}'
    """
    for needed, pattern in _PLACEHOLDERS:
        # One character is looked for four times faster than two.
        seen = needed[0] in text and needed in text and pattern.search(text)
        if seen and (hit := pattern.search(without_maths(without_code(text)))):
            return hit.group()[:60]
    return None


@checked_call
@dataclass(frozen=True)
class LeakedPlaceholders(OfTexts):
    """Texts with a placeholder that nobody filled; see `placeholder`.

    Flags by default: a prompt may ask for a template, and an answer may be one.
    """

    name: ClassVar[str] = "leaked_placeholders"
    version: ClassVar[int] = 1
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_placeholder",)
    summary: ClassVar[str] = "unfilled template slots and translation masks outside code"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: tuple[Role, ...] = ("prompt", "chosen")
    action: Action = "flag"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`; yields `<role>_placeholder`."""
        return _each_remnant(batch, self.roles, self.action, "placeholder", placeholder)


_ENTITY = re.compile(
    r"&(?:amp;)?(?:quot|amp|lt|gt|nbsp|apos|ldquo|rdquo|lsquo|rsquo|laquo|raquo|ndash|mdash|hellip|copy|euro|"
    r"[aeiouAEIOU](?:acute|grave|circ|uml|tilde)|[nN]tilde|[cC]cedil|szlig|#\d{2,6}|#x[0-9A-Fa-f]{2,5});"
)
_TAG = re.compile(
    r"<(?:/?(?:p|div|span|strong|em|font|center|blockquote|h[1-6]|ul|ol|li|table|tbody|thead|tr|td|th|hr|iframe|"
    r"script|style|section|article|html|body|head|meta|figure|figcaption)(?:\s[^<>\n]{0,300})?/?>|"
    r"(?:a|img)\s+(?:href|src|class|id|target|alt|title|rel)\s*=[^<>\n]{1,300}>|!--.{0,300}?-->|!\[CDATA\[)"
)
_BREAK = re.compile(r"(?m)^(?!\s*\|).*<br\s?/?>")
# Words of the same letters in all languages, and tags.
_ASKS_FOR_HTML = re.compile(r"html|css(?![a-z])|javascript|</?[a-z][a-z0-9]*[\s/>]", re.IGNORECASE)


def html_remnant(text: str) -> str | None:
    """The first HTML entity, tag or comment outside code.

    A line break tag in a row of a Markdown table is no remnant: there is no other way to write one.

    Args:
        text: any text.

    Returns:
        it, its last 60 characters, or None where there is none.

    Example:
        >>> html_remnant("Fish &amp; chips")
        '&amp;'
    """
    for needed, pattern in (("&", _ENTITY), ("<", _TAG), ("<br", _BREAK)):
        seen = needed[0] in text and needed in text and pattern.search(text)
        if seen and (hit := pattern.search(without_code(text))):
            return hit.group()[-60:]
    return None


@checked_call
@dataclass(frozen=True)
class HtmlRemnants(OfTexts):
    """Texts with HTML entities, tags or comments outside code; answers to a prompt that speaks of HTML may have them.

    Flags by default: people paste HTML into prompts without marking it as code.
    """

    name: ClassVar[str] = "html_remnants"
    version: ClassVar[int] = 2
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_html",)
    summary: ClassVar[str] = "HTML entities, tags and comments outside code"
    thresholds: ClassVar[dict[str, str]] = {}

    roles: tuple[Role, ...] = ("prompt", "chosen")
    action: Action = "flag"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`, and the prompts; yields `<role>_html`."""
        prompts = batch.prompts
        for row, one in _each_remnant(batch, self.roles, self.action, "html", html_remnant):
            name = one.reason if isinstance(one, Reject) else one.name
            if name == "prompt_html" or not _ASKS_FOR_HTML.search(prompts[row]):
                yield row, one


def _each_remnant(
    batch: Batch, roles: tuple[Role, ...], action: Action, kind: str, find: Callable[[str], str | None]
) -> Iterator[Outcome]:
    for role, row, text in each(batch, roles):
        if remnant := find(text):
            yield row, outcome(action, f"{role}_{kind}", remnant)
