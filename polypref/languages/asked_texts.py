"""Texts that a prompt asks for by kind and language, an English cancellation, and what it asks about a text it quotes.

No translation is asked for there, and nothing says "in English": the adjective beside the kind of text does. What the
answer is to be in is not certain, so that it only widens what an answer may be in.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import groupby

from ..files.packaged import packaged_text
from ..text.letters import letter_class
from . import phrases, registry
from .named import LINE_END, LONGEST_LEAD, is_asked_about
from .tasks import places_of_names

# Where adjectives stand behind nouns.
_BEHIND_NOUNS = frozenset(("ar", "es", "fa", "fr", "he", "id", "it", "pt", "ro", "vi"))
# One word may stand between a kind of text and its language, or so many letters of a dense script; none that makes the
# language another thing's, as a preposition or a teacher does.
_LONGEST_WORD, _MOST_DENSE = 16, 4
_NO_ADJECTIVE = re.compile(
    r"(?<!\w)(?:a|al|à|au|aux|pour|sur|de|del|des|du|di|da|do|su|per|pe|despre|către|sobre|para|por|con|avec|cu|la|un|"
    r"على|عن|من|إلى|مع|درباره|درباره‌ی|به|برای|از|על|אל|עם|tentang|kepada|untuk|dari|về|gửi|của|cho)(?!\w)|['’]|"
    r"teacher|professor|lehrer|leraar|docent|nauczyciel|učitel|учител|вчител|викладач|преподавател|öğretmen|معلم|مدرس|"
    r"מורה|शिक्षक|अध्यापक|guru|insegnant|prof|καθηγητ|δάσκαλ|教師|先生|老师|老師|教师|선생|교사|giáo|[へ와과의께]"
)
# A request without a word that asks for a text is one of so few words, or letters of a dense script, and no question.
_FEW_WORDS, _FEW_DENSE, _SHORT_PROMPT = 8, 16, 120
_GAP = "[^.!?。！？؟।:]{0,60}?"
_DENSE = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_END = re.compile(f"[.!?。！？؟।;{re.escape(LINE_END)}]")
_QUESTION = re.compile(r"[?？؟;]")
# A word of another language that sentences are to have: in quotation marks, or in Latin letters among others.
_SAMPLE = re.compile(r"[\"“„«「『]([^\"“”„«»「」『』\n]{2,30})[\"”“»」』]|(?<!\w)['‘]([^'‘’\n]{2,30})['’](?!\w)")
_LATIN = re.compile(r"[a-z][a-z' -]{1,28}[a-z]")
_LEAST_SAMPLE, _ENDING_OF_SAMPLE = 3, 2
_ITEMS = re.compile(r"\n+|(?<=[.!?])\s+")
# An instruction of so many words stands by itself.
_MOST_WORDS = 5
_WORD = re.compile(f"[{letter_class()}]+(?:['’-][{letter_class()}]+)*")


@lru_cache(64)
def texts_asked_for(prompt: str, tag: str) -> frozenset[str]:
    """The languages of texts that a prompt asks for, named beside their kind.

    Args:
        prompt: the prompt's text.
        tag: its language; one without words has the English ones.

    Returns:
        their tags, without its own; none where a kind of text is only spoken of.

    Example:
        >>> texts_asked_for("Schreib eine englische Absage an den Verein.", "de")
        frozenset({'en'})
        >>> texts_asked_for("Warum sind deutsche Sätze so lang?", "de")
        frozenset()
    """
    own = _tag(tag)
    text = phrases.normal(prompt.replace("\n", f" {LINE_END} "))
    if not _words(own, "kinds").search(text):
        return frozenset()
    places = places_of_names(text, own)
    asked = {other for other, start, end in places if _is_asked_in(text, start, end, own)}
    return frozenset(asked | set(_by_grammar(text, own))) - {tag}


def _is_asked_in(text: str, start: int, end: int, tag: str) -> bool:
    """Whether the language named here is that of a text that its sentence asks for."""
    if not _stands_beside_a_kind(text, start, end, tag):
        return False
    begin = max((stop.end() for stop in _END.finditer(text, 0, start)), default=0)
    stop = _END.search(text, end)
    return _is_request(text[begin : stop.start() if stop else len(text)], stop, text, begin, tag)


def _is_request(sentence: str, stop: re.Match[str] | None, text: str, begin: int, tag: str) -> bool:
    """Whether a sentence asks for a text: by a word that does, or as nothing but the name of a text."""
    lead = text[max(0, begin - 1) : begin + len(sentence)][-LONGEST_LEAD:]
    if is_asked_about(lead, registry.get(tag)):
        return False
    if _words(tag, "making").search(sentence):
        return True
    is_question = stop is not None and bool(_QUESTION.match(stop[0]))
    is_short = len(_DENSE.findall(sentence)) <= _FEW_DENSE and len(sentence.split()) <= _FEW_WORDS
    return not is_question and is_short and len(text) <= _SHORT_PROMPT


def _stands_beside_a_kind(text: str, start: int, end: int, tag: str) -> bool:
    kinds = _words(tag, "kinds")
    behind = kinds.search(text, end)
    if behind and _is_near(text[end : behind.start()]):
        return True
    if tag not in _BEHIND_NOUNS:
        return False
    lead = max(0, start - 3 * _LONGEST_WORD)
    return any(_is_near(text[before.end() : start]) for before in kinds.finditer(text, lead, start))


def _is_near(between: str) -> bool:
    dense = len(_DENSE.findall(between))
    is_short = dense <= _MOST_DENSE if dense else len(between.split()) <= 1 and len(between) <= _LONGEST_WORD + 2
    return is_short and not re.search("[,.:;!?。、，：]", between) and not _NO_ADJECTIVE.search(between)


def _by_grammar(text: str, tag: str) -> Iterator[str]:
    """The languages whose grammar a request for sentences names."""
    for other in _tables()["grammar"]:
        if other != tag and _words("grammar", other).search(text):
            yield other


def has_sample(prompt: str, tag: str, answer: str) -> bool:
    """Whether an answer is made of sentences with the word that its prompt asks sentences with.

    Args:
        prompt: the prompt's text.
        tag: its language.
        answer: an answer in another language.

    Returns:
        true where at least half of its lines, or sentences, have that word, or one that begins as it does.

    Example:
        >>> has_sample('Drei Beispielsätze mit "although"', "de", "Although it rained, we left.")
        True
    """
    own = _tag(tag)
    text = phrases.normal(prompt)
    if len(text) > _SHORT_PROMPT or not _words(own, "kinds").search(text):
        return False
    samples = {(one[1] or one[2]).strip() for one in _SAMPLE.finditer(text)}
    if "Latn" not in registry.get(own).scripts:
        samples |= set(_LATIN.findall(text))
    items = [item for item in _ITEMS.split(phrases.normal(answer.replace("\n", ". "))) if _WORD.search(item)]
    beginnings = filter(None, map(_beginning, samples))
    return bool(items) and any(2 * sum(one in item for item in items) >= len(items) for one in beginnings)


def _beginning(sample: str) -> str:
    """What the forms of a word begin with, an English "to" left out; nothing for what is too short."""
    word = sample.removeprefix("to ")
    word = word if " " in word else word[: max(_LEAST_SAMPLE, len(word) - _ENDING_OF_SAMPLE)]
    return word if len(word) >= _LEAST_SAMPLE else ""


def asks_for_meaning(request: str, tag: str) -> bool:
    """Whether a request asks what a text means: the answer says it in the language of the request.

    Args:
        request: a prompt without the text that it quotes.
        tag: its language.

    Returns:
        false where it asks for something in the text's language as well (`asks_to_keep`).

    Example:
        >>> asks_for_meaning("Was bedeutet das?", "de"), asks_for_meaning("Verbessere das.", "de")
        (True, False)
    """
    return _stands_in("meaning", request, tag) and not asks_to_keep(request, tag)


def asks_to_keep(request: str, tag: str) -> bool:
    """Whether a request asks for a text as it is, corrected, continued or used: its language stays.

    Args:
        request: a prompt without the text that it quotes.
        tag: its language.

    Returns:
        true where a word for it stands there.
    """
    return _stands_in("keeps", request, tag)


def asks_about_text(request: str, tag: str) -> bool:
    """Whether a request asks something of a text: a question, or a word for a summary, a mood or the like.

    Args:
        request: a prompt without the text that it quotes.
        tag: its language.

    Returns:
        false where it asks for the text itself, in whatever form (`asks_to_keep`).

    Example:
        >>> asks_about_text("Worum geht es hier?", "de"), asks_about_text("Wiederhole:", "de")
        (True, False)
    """
    is_about = any(_stands_in(kind, request, tag) for kind in ("about", "meaning"))
    return (is_about or bool(_QUESTION.search(request))) and not asks_to_keep(request, tag)


def asks_how_another_says(prompt: str, tag: str) -> bool:
    """Whether a prompt asks how somebody else would say something, in words that also ask for rewording.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        false in languages without such words.

    Example:
        >>> asks_how_another_says("Wie würde das ein Franzose formulieren?", "de")
        True
    """
    own = _tag(tag)
    if "renders" not in _tables()[own]:
        return False
    return _stands_in("renders", prompt, own) and not _stands_in("rewords", prompt, own)


def is_short_instruction(text: str, tag: str, other: str | None = None) -> bool:
    """Whether a text is nothing but an instruction of a few words: "Summary:", "Positive or negative?".

    Args:
        text: what stands before, or beside, another text.
        tag: the language that it should be in.
        other: the language of the text beside it; a word that both have tells nothing.

    Returns:
        true where each word is one of those that instructions of a few words are made of.

    Example:
        >>> is_short_instruction("Stimmung?", "de"), is_short_instruction("Montag:", "de")
        (True, False)
    """
    written = _WORD.findall(phrases.normal(text))
    if not 1 <= len(written) <= _MOST_WORDS or not all(_words(_tag(tag), "about").fullmatch(one) for one in written):
        return False
    if other is None or other not in _tables():
        return True
    return not all(_words(other, "about").fullmatch(one) for one in written)


def _stands_in(kind: str, text: str, tag: str) -> bool:
    return bool(_words(_tag(tag), kind).search(phrases.normal(text)))


def _tag(tag: str) -> str:
    return tag if tag in _tables() and tag != "grammar" else "en"


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    tables: dict[str, dict[str, str]] = tomllib.loads(packaged_text("asked_texts.toml"))
    return tables


@cache
def _words(table: str, kind: str) -> re.Pattern[str]:
    """What finds the words of a list."""
    bounds = "words" if table == "grammar" else phrases.bounds_of(registry.get(table))
    onto = {"ar": "[وفبكل]{0,2}(?:ال|ل)?", "he": "[והבלמשכ]{0,3}"}.get(table, "")
    listed = sorted((one.replace("_", " ") for one in _tables()[table][kind].split()), key=len, reverse=True)
    expressions = [_expression(one, bounds, onto) for one in listed]
    # What neighbours have around them is written once: it holds all letters there are, which take long to compile.
    around = groupby(expressions, key=lambda one: (one[0], one[2]))
    return re.compile("|".join(f"{before}(?:{'|'.join(w for _, w, _ in some)}){end}" for (before, end), some in around))


def _expression(listed: str, bounds: phrases.Bounds, onto: str) -> tuple[str, str, str]:
    """What finds one word of a list, or several with a gap between them: before it, the word itself, and behind it."""
    letters = f"[{letter_class()}]"
    goes_on = "" if bounds == "none" or (_DENSE.match(listed) and bounds == "words") else f"{letters}*"
    parts = (re.escape(phrases.normal(part.rstrip("*"))) + goes_on * part.endswith("*") for part in listed.split("…"))
    words = _GAP.join(parts)
    if not goes_on:
        return "", words, ""
    is_whole = bounds == "words" and not listed.endswith("*")
    # The sign behind is the Persian one that joins an adjective.
    return rf"(?<![^\W\d_]){onto}", words, f"\u0654?(?!{letters})" if is_whole else f"{letters}*"
