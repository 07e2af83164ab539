"""What a prompt asks for, by the phrases of its language's file: a correction, a translation, an answer in a language.

The names of languages, in each of the 23 with a file, are Unicode CLDR's, with forms that benchmarks/languages/names.py
made of them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from ..files.packaged import packaged_text
from ..text.letters import letter_class
from . import phrases, registry
from .facts import Language, TaskWords
from .named import LINE_END, LONGEST_LEAD, is_asked_about, is_label, is_of_a_text, is_topic, languages_of_codes
from .peoples import peoples_in, words_for_peoples

# How far the form of a name goes on; what is written onto it before, in scripts that do so.
_LONGEST_ENDING = 4
# The words that say that something is to be in a language stand so near to its name, in characters.
_NEAR = 40
# Of labels and titles the Indonesian word for language is often left out.
_ONTO = {
    "ar": "[وفبكل]{0,2}(?:ال|ل)?",
    "he": "[והבלמשכ]{0,3}",
    "id": r"(?:(?:ber)?bahasa |\A|(?<=\| )|(?<=[>=] )|(?<=versi )|(?<=judul ))",
}
_PLAIN_ONTO = {"ar": "(?:ال|ل)?", "id": "(?:(?:ber)?bahasa |)", "he": "ה?"}


# What sets a text apart in a prompt.
_CARRIES = re.compile(r"[:：\n\"“”„«»「」『』‘`]|(?<!\w)'|[.!?。！？؟।]\s*\S")


@dataclass(frozen=True)
class LanguageTask:
    """What a prompt says of the language of its answer.

    Attributes:
        is_translation: whether it asks for a translation, or in which language something is.
        named: tags of the languages that it names.
        into: those of them that something is to be in.
    """

    is_translation: bool = False
    named: frozenset[str] = frozenset()
    into: frozenset[str] = frozenset()

    @property
    def targets(self) -> frozenset[str]:
        """The languages that a translation or a text is asked for in, as far as they can be known."""
        return self.into or (self.named if self.is_translation else frozenset())


def asks_for_correction(prompt: str, tag: str, also_english: bool = True) -> bool:
    """Whether points, capitals or spelling count in the answer to a prompt.

    Args:
        prompt: the prompt's text.
        tag: its language.
        also_english: whether English words ask for it too, whatever the language.

    Returns:
        true where it speaks of them, or asks for a correction, in its language or in English.

    Example:
        >>> asks_for_correction("Setze die Kommas: Ich hoffe dass du kommst.", "de")
        True
    """
    return _asks_for("correction", prompt, tag, also_english)


def may_repeat(prompt: str, tag: str) -> bool:
    """Whether the answer to a prompt may say the same again and again.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where it speaks of a song or poem, of rewriting, translating or repeating, in its language or in English.

    Example:
        >>> may_repeat("Schreib ein Schlaflied mit drei Strophen.", "de")
        True
    """
    return _asks_for("repetition", prompt, tag)


def asks_for_declining(prompt: str, tag: str) -> bool:
    """Whether a prompt asks for a text that declines something: a letter of refusal, an excuse, an apology.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where it speaks of one, in its language or in English.

    Example:
        >>> asks_for_declining("Entwirf eine höfliche Absage.", "de")
        True
    """
    return _asks_for("declining", prompt, tag)


def asks_for_latin_letters(prompt: str, tag: str) -> bool:
    """Whether a prompt asks for a text in another script to be written in Latin letters.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        true where it speaks of Latin letters, romaji, pinyin or the like, in its language or in English.

    Example:
        >>> asks_for_latin_letters("Напиши латиницей: завтра", "ru")
        True
    """
    return _asks_for("latin_letters", prompt, tag)


def _asks_for(
    task: Literal["correction", "declining", "latin_letters", "repetition"],
    prompt: str,
    tag: str,
    also_english: bool = True,
) -> bool:
    text = phrases.normal(prompt)
    known = filter(None, map(registry.find, dict.fromkeys((tag, "en") if also_english else (tag,))))
    return any(pattern.stands_in(text) for language in known for pattern in _patterns(language, task))


def language_task(prompt: str, tag: str) -> LanguageTask:
    """Reads what a prompt says of the language of its answer.

    Args:
        prompt: the prompt's text.
        tag: its language; one without phrases has the English ones.

    Returns:
        what it says; nothing is named where it says nothing.

    Example:
        >>> language_task("Schreibe eine E-Mail auf Englisch.", "de").into
        frozenset({'en'})
        >>> language_task("Wie viele Leute sprechen Englisch?", "de").targets
        frozenset()
    """
    language = _with_words(tag)
    text = phrases.normal(prompt)
    named, into = set(), set()
    # A line's end is an end: what follows is no noun to an adjective.
    for other, is_into in _names_in(phrases.normal(prompt.replace("\n", f" {LINE_END} ")), language):
        named.add(other)
        if is_into:
            into.add(other)
    codes = languages_of_codes(prompt)
    named |= codes
    into |= codes
    is_translation = any(pattern.stands_in(text) for pattern in _patterns(language, "translation"))
    is_translation = is_translation and not _is_question_alone(prompt, text, language)
    return LanguageTask(is_translation, frozenset(named), frozenset(into))


def _is_question_alone(prompt: str, text: str, language: Language) -> bool:
    """Whether a prompt is a question why, or how much or many, and carries no text: what does a translator earn?"""
    asked = text.rstrip("?？؟;\u037e ")
    is_bare = asked != text and len(text) < LONGEST_LEAD and not _CARRIES.search(prompt.strip())
    return is_bare and is_asked_about(asked, language)


def named_in_any_form(text: str, tag: str) -> frozenset[str]:
    """The languages that a text names, in whatever form: by themselves, as adjectives, by their people or country.

    Args:
        text: a prompt, or what of it is no text that it carries.
        tag: its language; one without phrases has the English ones.

    Returns:
        their tags; none of those that a question is about ("why is English so common?").

    Example:
        >>> sorted(named_in_any_form("How would a Frenchman put this in Dutch?", "en"))
        ['fr', 'nl']
    """
    language, normal = _with_words(tag), phrases.normal(text)
    return frozenset(
        other
        for other, start, _ in places_of_names(normal, tag)
        if not is_asked_about(normal[max(0, start - LONGEST_LEAD) : start], language)
    )


def places_of_names(text: str, tag: str) -> list[tuple[str, int, int]]:
    """The languages that a text names, by themselves, as adjectives, by their people or country, and where.

    Args:
        text: a text in normal form (see `phrases.normal`).
        tag: its language; one without phrases has the English ones.

    Returns:
        the tag of each, with the begin and the end of the word.

    Example:
        >>> places_of_names("three french sentences", "en")
        [('fr', 6, 12), ('fr', 6, 12)]
    """
    language = _with_words(tag)
    forms, names = _forms(language.tag)[0], _names(text, language.tag)
    by_themselves = [(forms[match["name"]], match.start("name"), match.end()) for match in names.finditer(text)]
    return [*by_themselves, *peoples_in(text, language.tag)]


def ask_for_translation(prompts: Sequence[str], tag: str) -> list[int]:
    """Which of many prompts ask for a translation, or in which language something is; all are read at once.

    Args:
        prompts: their texts.
        tag: their language; one without phrases has the English ones.

    Returns:
        their numbers, in order.

    Example:
        >>> ask_for_translation(["Wie spät ist es?", "Übersetze das."], "de")
        [1]
    """
    hits = _index(_with_words(tag)).find(phrases.Texts.of(prompts)) if prompts else ()
    return sorted({row for row, _ in hits})


def may_name_languages(prompts: Sequence[str], tag: str) -> list[int]:
    """Which of many prompts may name a language or ask for a translation; all are read at once, and soon known.

    Args:
        prompts: their texts.
        tag: their language; one without phrases has the English ones.

    Returns:
        their numbers, in order. Of the others `language_task` says nothing, nor `named_in_any_form` of their parts.

    Example:
        >>> may_name_languages(["Wie spät ist es?", "Auf Englisch, bitte.", "Was isst ein Franzose?"], "de")
        [1, 2]
    """
    if not prompts:
        return []
    language = _with_words(tag)
    hits = {row for row, _ in _naming(language).find(phrases.Texts.of(prompts))}
    return [row for row, prompt in enumerate(prompts) if row in hits or languages_of_codes(prompt)]


@cache
def _naming(language: Language) -> phrases.Index:
    """What stands in each text that names a language or people, or asks for a translation: whole names, or words."""
    bounds, (forms, going_on) = phrases.bounds_of(language), _forms(language.tag)
    begin, end = ("", "") if bounds == "none" else (r"(?<![^\W\d_])", f"(?![{letter_class()}])")
    end = end if bounds == "words" else ""
    # What Indonesian has before a name are words, or the beginning of a part.
    onto = "" if language.tag == "id" else _ONTO.get(language.tag, "")
    # Of several words the longest: the others may be in another line.
    words = {max(form.split(" "), key=len): "" for form in forms if " " in form}
    words |= dict.fromkeys((max(word.split(" "), key=len) for word in words_for_peoples(language.tag)), "")
    names = {form: end for form in forms if " " not in form}
    names |= {form: f"[{letter_class()}]{{0,{_LONGEST_ENDING}}}{end}" for form in going_on & names.keys()}
    named = (
        phrases.Pattern((word,), f"{begin}{onto}{re.escape(word)}{behind}", 4 if len(word) >= 4 and begin else 2)
        for word, behind in (names | words).items()
    )
    return phrases.Index((*_patterns(language, "translation"), *named))


@cache
def _index(language: Language) -> phrases.Index:
    return phrases.Index(_patterns(language, "translation"))


def _with_words(tag: str) -> Language:
    language = registry.find(tag)
    has_words = language is not None and language.task_words is not None and language.task_words.translation
    return language if language is not None and has_words else registry.get("en")


def _words(language: Language) -> TaskWords:
    return language.task_words or TaskWords("")


@cache
def _patterns(language: Language, kind: str) -> tuple[phrases.Pattern, ...]:
    bounds = phrases.bounds_of(language)
    listed: tuple[str, ...] = getattr(_words(language), kind)
    return tuple(phrases.compiled(phrase, bounds, None) for phrase in listed)


def _names_in(text: str, language: Language) -> Iterator[tuple[str, bool]]:
    """Each language that a text in normal form names, and whether something is to be in it."""
    forms, names = _forms(language.tag)[0], _names(text, language.tag)
    before, after = _into(language)
    onto = _PLAIN_ONTO.get(language.tag, "")
    for match in names.finditer(text):
        lead = text[max(0, match.start("name") - _NEAR) : match.start("name")]
        rest = match["ending"] + text[match.end() : match.end() + _NEAR]
        # An ending of which the form holds the first letter, as of Czech adverbs: anglick-y, but angličtin-y.
        rests = (rest, match["name"][-1:] + rest) if match["ending"] else (rest,)
        cue = before.search(lead) if before else None
        tail = next(filter(None, map(after.match, rests)), None) if after else None
        is_adjective = _is_adjective(text, match, language, names)
        is_into = bool(cue or tail) and not is_adjective and not _is_country(match, language)
        if is_into:
            start = match.start("name") - (len(lead) - cue.start() if cue else 0)
            is_into = not is_topic(
                text[max(0, start - LONGEST_LEAD) : start], rest, tail[0] if tail else match["ending"], language
            )
        start, behind = match.start(), text[match.end() : match.end() + _NEAR]
        yield (
            forms[match["name"]],
            is_into
            or is_label(text[max(0, start - LONGEST_LEAD) : start], behind)
            or is_of_a_text(lead, rest, language, onto, is_adjective),
        )


def _is_country(match: re.Match[str], language: Language) -> bool:
    """Whether a language's name is that of a country or a people."""
    form = match["name"] + match["ending"]
    return any(form.endswith(phrases.normal(one)) for one in _words(language).no_language_endings)


def _is_adjective(text: str, match: re.Match[str], language: Language, names: re.Pattern[str]) -> bool:
    """Whether a language's name is an adjective of the noun behind it: in French literature."""
    words = _words(language)
    form = match["name"] + match["ending"]
    if not any(one == "*" or form.endswith(phrases.normal(one)) for one in words.adjective_endings):
        return False
    behind, joining = _behind(language)
    at = match.end()
    # In French, German and Italian cuisine: they are adjectives of what comes behind the last.
    while (between := joining.match(text, at)) and (other := names.match(text, between.end())):
        at = other.end()
    return not behind.match(text, at)


@cache
def _behind(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may stand behind a name that is no adjective, and what between two names."""
    words = _words(language)
    letter = letter_class()
    listed = "|".join(
        re.escape(phrases.normal(one.rstrip("*"))) + ("" if one.endswith("*") else f"(?![{letter}])")
        for one in (*words.into_followers, *words.question_words)
    )
    joined = "|".join(f" {re.escape(phrases.normal(one))} " for one in words.and_words)
    return (
        re.compile(f"(?![ -]?[{letter}])" + (f"|[ -](?:{listed})" if listed else "")),
        re.compile(f" ?[,/&] ?{f'|{joined}' if joined else ''}"),
    )


@cache
def _forms(tag: str) -> tuple[Mapping[str, str], frozenset[str]]:
    """The forms of names of languages in prompts in one, longest first, with the language of each; those that go on."""
    table: dict[str, dict[str, str]] = json.loads(packaged_text("language_names.json"))
    forms: dict[str, str] = {}
    going_on: set[str] = set()
    # The 23 first: another language may go by the same word.
    for other, written in sorted(table.get(tag, {}).items(), key=lambda one: one[0] not in registry.AYA_23):
        for form in written.split("|"):
            folded = phrases.normal(form.rstrip("*"))
            forms.setdefault(folded, other)
            if form.endswith("*"):
                going_on.add(folded)
    return {form: forms[form] for form in sorted(forms, key=len, reverse=True)}, frozenset(going_on)


def _names(text: str, tag: str) -> re.Pattern[str]:
    """What finds names of languages in a text in normal form.

    An expression of all names takes up to a second to compile, and few stand in a text.
    """
    return _expression(tag, tuple(form for form in _forms(tag)[0] if form in text))


@lru_cache(256)
def _expression(tag: str, forms: Sequence[str]) -> re.Pattern[str]:
    _, going_on = _forms(tag)
    bounds = phrases.bounds_of(registry.get(tag))
    begin = "" if bounds == "none" else r"(?<![^\W\d_])"
    end = f"(?![{letter_class()}])" if bounds == "words" else ""
    ending = f"[{letter_class()}]{{0,{_LONGEST_ENDING}}}"
    ends = (f"(?={ending}{end})" if one in going_on else end for one in forms)
    names = "|".join(re.escape(one) + behind for one, behind in zip(forms, ends, strict=True))
    tail = f"(?P<ending>{ending})" if end else "(?P<ending>)"
    return re.compile(f"{begin}{_ONTO.get(tag, '')}(?P<name>{names or '(?!)'}){tail}")


@cache
def _into(language: Language) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """What stands before, and after, the name of a language that something is to be in."""
    words = _words(language)
    bounds = phrases.bounds_of(language)
    begin, end = ("", "") if bounds == "none" else (r"(?<![^\W\d_])", f"(?![{letter_class()}])")
    before, after = (
        "|".join(re.escape(phrases.normal(one)) for one in sorted(listed, key=len, reverse=True))
        for listed in (words.into_before, words.into_after)
    )
    end = end if bounds == "words" else ""
    onto = _PLAIN_ONTO.get(language.tag, "")
    return (
        re.compile(f"{begin}(?:{before})[ (-]?{onto}$") if before else None,
        re.compile(f"['’]? ?(?:{after}){end}") if after else None,
    )
