"""In which languages an answer may be: its own, and those that its prompt asks for, or quotes.

An instruction is not prose: a translation is in the language that it was asked for in, and a prompt that quotes another
language is in its own all the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..text.held import sentences_in_code
from ..text.prose import prose
from ..text.running import running_text
from . import registry, scripts
from .asked_texts import (
    asks_about_text,
    asks_for_meaning,
    asks_how_another_says,
    asks_to_keep,
    has_sample,
    texts_asked_for,
)
from .carried import Carried, carried_text
from .copies import beside_source, is_copy, may_copy
from .identifier import Identifier
from .tasks import LanguageTask, asks_for_correction, asks_for_latin_letters, language_task, may_repeat

# A part of a prompt or an answer is looked at from so many letters on (those of dense scripts count double).
_LEAST_LETTERS = 12
# An instruction has so many words.
_LEAST_WORDS = 3
# A prompt quotes another language from so many letters in it on, or so large a share.
_LEAST_QUOTED, _LEAST_QUOTED_SHARE = 40, 0.3
# So many words in JSON or comments are looked at too, and so many letters in another script (vowel signs are none).
_LEAST_HELD_WORDS, _LEAST_HELD = 10, 20
# An answer in several languages may have so much in one that nobody named.
_MOST_WRONG = 0.3
# Where no word says that a translation is asked for: so much of the text stands in what the prompt carries,
# and so much of that in the text; where something is to be in the language, and where it only is named.
_COPIED_INTO, _COPIED_NAMED = (0.8, 0.6), (0.95, 0.8)
# What stands in the prompt is the source if so much of what it carries is there; or so much of the prompt.
_LEAST_SHOWN, _LEAST_SHOWN_PROMPT = 0.7, 0.4
# An answer only says a text again if it is so much of it; it has something of its own from so large a share on.
_LEAST_SAID_AGAIN, _LEAST_OWN = 0.9, 0.2
# What is asked beside an echoed text has so many signs at most.
_LONGEST_REQUEST = 200
# Of so many prompts is kept what was read.
_PROMPTS = 64
# Of Greek the semicolon is the question mark.
_PARTS = re.compile(
    r"\n+|(?<=[\u3040-\u30ff\u3400-\u9fff]):(?=[A-Za-z])|(?<=[:;\u037e])\s|(?<=[：；])\s*(?=\S)|[\"“”„«»「」『』]|(?<=[.!?。！？؟۔।॥])\s*(?=\S)"
)
_JSON = re.compile(r"\s*(?:```(?:json)?\s*)?[{\[].*[}\]]\s*(?:```\s*)?", re.S)
_CODE = re.compile(r"[{}<>`]|json|api\b|code", re.I)
# Formats that a text may be put into as it is, whatever language its prompt names beside it.
_FORMATS = re.compile(r"json|xml|html|yaml|csv|latex|markdown|sql|python|code|[{}<>`|]", re.I)
_WORD = re.compile(r"[^\W\d_]+")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True)
class Allowed:
    """The languages that an answer may be in beside its own.

    Attributes:
        languages: their tags.
        any: whether it cannot be known: a translation is asked for, and no language named.
        task: what the prompt says of it.
        carried: a text that the prompt carries beside a request that names languages, where it is not certain that
            it asks for the text in them.
        quoted: those of them that the prompt only quotes.
    """

    languages: frozenset[str]
    any: bool
    task: LanguageTask
    carried: Carried | None = None
    quoted: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.any or bool(self.languages)


def allowed_languages(prompt: str, tag: str, identifier: Identifier, answer: str | None = None) -> Allowed:
    """Reads in which languages the answer to a prompt may be.

    Args:
        prompt: the prompt's text.
        tag: the language that the answer is in if nothing else is asked for.
        identifier: decides what the parts of the prompt are in.
        answer: the answer, where there is one.

    Returns:
        those that it names where it asks for a translation, or for a text in them; where it asks for neither, those
        that a good part of it is in, and those that it names beside a text which the answer may be in them.
    """
    allowed = _allowed_languages(prompt, tag, identifier, tuple(language.tag for language in registry.known()))
    if answer is None:
        return allowed
    if allowed.carried is not None and allowed.carried.may_be_given_by(answer):
        allowed = replace(allowed, languages=allowed.languages | (allowed.carried.languages - {tag}))
    # Of sentences with a word of another language it cannot be known in which they are to be.
    is_unknown = not allowed and (has_sample(prompt, tag, answer) or _may_correct(answer, prompt, tag, identifier))
    return replace(allowed, any=True) if is_unknown else allowed


def _may_correct(answer: str, prompt: str, tag: str, identifier: Identifier) -> bool:
    """Whether an answer has half its words from a sentence that is to be corrected and is in no language for sure.

    What learners write is often too odd for a detector; what it is to be is not.
    """
    words = set(_WORD.findall(answer.lower()))
    if len(words) < _LEAST_WORDS or not (asks_for_correction(prompt, tag) or asks_to_keep(prompt, tag)):
        return False
    shared = [part for part in _parts(prompt) if 2 * len(words & set(_WORD.findall(part.lower()))) >= len(words)]
    return any(check.status == "undetermined" for check in identifier.check_many(shared, [tag] * len(shared)))


@lru_cache(_PROMPTS)
def _allowed_languages(prompt: str, tag: str, identifier: Identifier, known: tuple[str, ...]) -> Allowed:
    """The same where these languages are known; several checks ask it of all answers to a prompt."""
    task = language_task(prompt, tag)
    carried = carried_text(prompt, tag)
    if task.is_translation or task.into:
        targets = task.targets or (carried.languages if carried else frozenset())
        if not targets and (source := _quoted(prompt, tag, identifier, asked=False) - {tag, "und"}):
            # What is in another language is to be in the prompt's own.
            return Allowed(source, False, task, quoted=source)
        return Allowed(targets - {tag}, task.is_translation and not targets, task)
    quoted = _quoted(prompt, tag, identifier, asked=bool(task.named) or asks_for_correction(prompt, tag))
    texts = texts_asked_for(prompt, tag)
    languages = (quoted | task.named if quoted else quoted) | texts
    return Allowed(languages - {tag, "und"}, False, task, carried, quoted - task.named - texts - {tag, "und"})


def quotes_another(prompt: str, tag: str, identifier: Identifier) -> bool:
    """Whether a prompt that seems to be in another language only quotes it.

    Args:
        prompt: the prompt's text.
        tag: the language that it should be in.
        identifier: decides what its parts are in.

    Returns:
        true where some part is a sentence in its own language, or asks for a translation or a correction in it.
    """
    if language_task(prompt, tag).is_translation:
        return True
    # A word or two say that something is to be corrected.
    asking = [part for part in filter(None, _PARTS.split(prompt)) if asks_for_correction(part, tag, also_english=False)]
    if any(check.status != "other" for check in identifier.check_many(asking, [tag] * len(asking))):
        return True
    parts = _parts(prompt)
    checks = identifier.check_many(parts, [tag] * len(parts))
    return any(check.status == "ok" and _is_instruction(part) for part, check in zip(parts, checks, strict=True))


def is_allowed(text: str, language: str, tag: str, allowed: Allowed, prompt: str, identifier: Identifier) -> bool:
    """Whether a text that is not in its own language is in those that its prompt allows.

    Args:
        text: the answer.
        language: what it was found to be in.
        tag: its own language.
        allowed: what `allowed_languages` gives for its prompt.
        prompt: the prompt's text.
        identifier: decides what the text and its parts are in.

    Returns:
        false for a copy of what was to be translated, too, and for what is said in the language of a quoted text alone,
        or only says it again, where the prompt asks what it means, or something of it.
    """
    is_right = language in allowed.languages and not allowed.task.is_translation
    if not allowed or (not is_right and copies_its_prompt(text, tag, allowed.task, prompt)):
        return False
    if language in allowed.quoted and _only_says_again(text, language, tag, prompt, identifier):
        return False
    if allowed.any or language in allowed.languages:
        return True
    others = [other for other in sorted(allowed.languages) if registry.find(other)]
    if any(check.status != "other" for check in identifier.check_many([text] * len(others), others)):
        return True
    parts = _parts(text)
    wrong = _in_none(parts, [tag, *others], identifier)
    return sum(map(scripts.letters, wrong)) <= _MOST_WRONG * sum(map(scripts.letters, parts))


def _only_says_again(text: str, language: str, tag: str, prompt: str, identifier: Identifier) -> bool:
    """Whether an answer in the language of a text that its prompt asks about has nothing in the prompt's own."""
    parts = _parts(prompt)
    checks = identifier.check_many(parts, [tag] * len(parts))
    given = [part for part, check in zip(parts, checks, strict=True) if check.status == "other"]
    request = prompt
    for part in given:
        request = request.replace(part, " ")
    if asks_for_correction(request, tag) or _FORMATS.search(request):
        return False
    if asks_for_meaning(request, tag) and not _has_own(text, tag, identifier):
        return True
    letters = scripts.letters(text)
    is_whole = letters >= _LEAST_SAID_AGAIN * sum(map(scripts.letters, given)) and is_copy(text, prompt)
    beside = beside_source(text, prompt) if is_whole else None
    return asks_about_text(beside.request(prompt), tag) if beside else False


def _has_own(text: str, tag: str, identifier: Identifier) -> bool:
    """Whether some of an answer is in its own language."""
    parts = _parts(text)
    checks = identifier.check_many(parts, [tag] * len(parts))
    own = sum(scripts.letters(part) for part, check in zip(parts, checks, strict=True) if check.status == "ok")
    return own >= _LEAST_OWN * scripts.letters(text)


def untranslated(
    text: str, tag: str, task: LanguageTask, prompt: str, identifier: Identifier, bare: bool = False
) -> str | None:
    """Which wrong language a translation is in that seems to be in its own, or in none.

    Args:
        text: the answer.
        tag: the language of the prompt.
        task: what it asks for.
        prompt: the prompt's text.
        identifier: decides what the text is in.
        bare: whether the text holds nothing but code, tables and the like.

    Returns:
        the language of a copy of what was to be translated, and of sentences in comments or JSON, where there are no
        others, that are in a language that was not asked for; None for all else.
    """
    carried = carried_text(prompt, tag)
    into = sorted(task.into or (carried.languages - {tag} if carried else ()))
    held = sentences_in_code(text)
    if not into and not task.named and _echoes(text, tag, task, prompt):
        return tag
    if not into or tag in into:
        is_home = tag in into or bool(_quoted(prompt, tag, identifier, asked=False) - {tag, "und"})
        looks_inside = bare and task.is_translation and is_home and bool(held.strip())
        return _another(held, [tag, *into], identifier) if looks_inside else None
    shown = running_text(text, prose(text))
    both = f"{shown}\n\n{held}"
    is_copied = copies_its_prompt(both, tag, task, prompt)
    if is_copied and carried and not (task.is_translation or task.into):
        is_copied = not (_FORMATS.search(prompt) if bare else carried.is_edited_in(text))
    language = _another(both, into, identifier) if is_copied else None
    looks_inside = bare and (task.is_translation or (carried is not None and carried.may_be_given_by(held)))
    return language or (_another(held, [tag, *into], identifier) if looks_inside and held.strip() else None)


def _echoes(text: str, tag: str, task: LanguageTask, prompt: str) -> bool:
    """Whether an answer is the text that its prompt asks to translate, into a language that no word of it names."""
    if not task.is_translation or not is_copy(text, prompt):
        return False
    beside = beside_source(text, prompt)
    if beside is None or not beside.is_only_copy:
        return False
    request = beside.request(prompt)
    if len(request) > _LONGEST_REQUEST or asks_for_correction(request, tag) or asks_to_keep(request, tag):
        return False
    return language_task(request, tag).is_translation


@dataclass(frozen=True)
class Translation:
    """What an answer has beside the text that was to be translated, which it shows as well.

    Attributes:
        text: it, a piece a line.
        languages: tags of those that it may be in.
        wrong: the language that it is in, where it is none of them, or that of a copy with nothing beside it; None for
            what is right.
    """

    text: str
    languages: frozenset[str]
    wrong: str | None


def may_ask_for_another(prompt: str, tag: str) -> bool:
    """Whether an answer to a prompt may be a translation beside its source.

    Args:
        prompt: the prompt's text.
        tag: its language.

    Returns:
        false for one that asks for no other language and carries no text; so it is for all answers to it.
    """
    task, carried = language_task(prompt, tag), carried_text(prompt, tag)
    return task.is_translation or bool(task.into) or (carried is not None and carried.may_be_meant)


def translation_beside(text: str, tag: str, prompt: str, identifier: Identifier) -> Translation | None:
    """Reads an answer that shows what was to be translated: in lines, a table, JSON, before or behind an arrow.

    Args:
        text: the answer.
        tag: the language of the prompt.
        prompt: the prompt's text.
        identifier: decides what source and translation are in.

    Returns:
        the translation; None for an answer without the source, to a prompt that asks for no other language or for a
        correction, and where it cannot be known what was asked for.
    """
    task, carried = language_task(prompt, tag), carried_text(prompt, tag)
    is_asked = task.is_translation or bool(task.into)
    if not is_asked and not (carried and carried.may_be_meant):
        return None
    beside = beside_source(text, prompt)
    given, least = (carried.text, _LEAST_SHOWN) if carried else (prompt, _LEAST_SHOWN_PROMPT)
    if beside is None or not is_copy(given, beside.source, least):
        return None
    request = beside.request(prompt)
    if asks_for_correction(request, tag) or asks_for_latin_letters(request, tag):
        return None
    if not is_asked and _may_repeat(request, tag):
        return None
    source = identifier.check(beside.source, tag)
    if source.status == "undetermined" or (not is_asked and _FORMATS.search(prompt)):
        return None
    source_tag = tag if source.status == "ok" else source.language
    named = task.targets or (carried.languages if carried else frozenset())
    # "It is in Italian: ..." names no language that it is to be in.
    into = (task.into if source_tag == tag else task.into - {source_tag}) or named - {source_tag}
    if not into and source_tag != tag and is_asked:
        into = frozenset((tag,))
    if not into or into == {source_tag}:
        return None
    languages = into | {tag}
    if beside.is_only_copy:
        is_wrong = is_asked or source_tag == tag or tag in into
        return Translation(beside.rest, languages, source_tag) if is_wrong else None
    return Translation(beside.rest, languages, _none_of(beside.rest, sorted(languages), identifier))


def _none_of(text: str, languages: Sequence[str], identifier: Identifier) -> str | None:
    """The language of a text that is in none of these, nor most of its parts; None where it may be."""
    known = [language for language in languages if registry.find(language)]
    language = _another(text, known, identifier)
    parts = _parts(text)
    wrong = sum(map(scripts.letters, _in_none(parts, known, identifier))) if language else 0
    return language if wrong > _MOST_WRONG * sum(map(scripts.letters, parts)) else None


def held_language(text: str, tag: str, identifier: Identifier, prompt: str | None = None) -> str | None:
    """Which other language the sentences in an answer's JSON or comments are in; English ones are usual.

    Args:
        text: an answer that is nothing else.
        tag: the language that it should be in.
        identifier: decides what they are in.
        prompt: the prompt's text, where it is known.

    Returns:
        the language, None where it is its own, or not to be known; English where the answer is JSON and its prompt
        speaks of no code.
    """
    held = sentences_in_code(text)
    letters = scripts.letters(held)
    if letters < _LEAST_QUOTED and len(held.split()) < _LEAST_HELD_WORDS:
        foreign = scripts.letters(scripts.without(held, scripts.members(registry.get(tag).scripts)))
        if letters < _LEAST_HELD or 2 * foreign < letters:
            return None
    check = identifier.check(held, tag)
    if check.status != "other":
        return None
    is_usual = prompt is None or not _JSON.fullmatch(text) or bool(_CODE.search(prompt))
    return None if check.language == "en" and (is_usual or len(held.split()) < _LEAST_HELD_WORDS) else check.language


def copies_its_prompt(text: str, tag: str, task: LanguageTask, prompt: str) -> bool:
    """Whether a text that should be in another language is what the prompt holds.

    Args:
        text: an answer.
        tag: the language of the prompt.
        task: what it asks for.
        prompt: the prompt's text.

    Returns:
        true where a translation is asked for and the text stands in the prompt; where none is, for the whole of what
        the prompt carries beside a request that names a language, unless a correction or a repetition is asked for.
    """
    if task.is_translation:
        return is_copy(text, prompt)
    carried = carried_text(prompt, tag)
    if carried is None:
        return False
    share, covered = _COPIED_INTO if task.into else _COPIED_NAMED
    if not (is_copy(text, carried.text, share) and is_copy(carried.text, text, covered)):
        return False
    is_for_edit = asks_for_correction(prompt, tag) or _may_repeat(prompt, tag)
    return bool(task.into) or (carried.may_be_meant and not is_for_edit)


def _may_repeat(prompt: str, tag: str) -> bool:
    return may_repeat(prompt, tag) and not asks_how_another_says(prompt, tag)


def may_be_untranslated(text: str, tag: str, prompt: str, identifier: Identifier, bare: bool) -> bool:
    """Whether `untranslated` may find something, though no word of the prompt asks for a translation; quick.

    Args:
        text, tag, prompt, identifier, bare: see `untranslated`.

    Returns:
        false for nearly all answers to prompts that ask for no other language.
    """
    if may_copy(text, prompt):
        return True
    held = sentences_in_code(text) if bare else ""
    return bool(held.strip()) and (may_copy(held, prompt) or identifier.check(held, tag).status == "other")


def _is_instruction(part: str) -> bool:
    return bool(_DENSE.search(part)) or len(part.split()) >= _LEAST_WORDS


def _another(text: str, languages: Sequence[str], identifier: Identifier) -> str | None:
    """The language of a text that is in none of these; None where it may be in one."""
    checks = identifier.check_many([text] * len(languages), languages)
    return checks[0].language if all(check.status == "other" for check in checks) else None


def _quoted(prompt: str, tag: str, identifier: Identifier, asked: bool) -> frozenset[str]:
    """The languages that a good part of a prompt is in; a smaller one where it speaks of languages."""
    parts = _parts(prompt)
    checks = identifier.check_many(parts, [tag] * len(parts))
    other = [(part, check.language) for part, check in zip(parts, checks, strict=True) if check.status == "other"]
    letters = sum(scripts.letters(part) for part, _ in other)
    enough = asked or letters >= _LEAST_QUOTED or letters >= _LEAST_QUOTED_SHARE * scripts.letters(prompt)
    return frozenset(language for _, language in other) if enough else frozenset()


def _in_none(parts: Sequence[str], languages: Sequence[str], identifier: Identifier) -> Iterable[str]:
    """The parts that are in another language than all of these."""
    left = list(parts)
    for language in languages:
        checks = identifier.check_many(left, [language] * len(left))
        left = [part for part, check in zip(left, checks, strict=True) if check.status == "other"]
    return left


def _parts(text: str) -> list[str]:
    return [part for part in _PARTS.split(text) if part and scripts.letters(part) >= _LEAST_LETTERS]
