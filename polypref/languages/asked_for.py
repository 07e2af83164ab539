"""Answers held against what their prompts ask for: evaluations, metrics and rewards mean by it what the checks do.

A translation into French is right in French, and a copy of what was to be translated is not, whatever it is in. See
`allowed` for what a prompt asks for. Where it cannot be known (a translation is asked for, and no language named), an
answer in another language is neither right nor wrong.
"""

from collections.abc import Iterable, Sequence

from . import fidelity, registry
from .allowed import (
    Allowed,
    allowed_languages,
    copies_its_prompt,
    is_allowed,
    may_be_untranslated,
    translation_beside,
    untranslated,
)
from .copies import may_copy, may_show_source
from .fidelity import Lines
from .identifier import Check, Identifier
from .latin_letters import are_asked_in_latin_letters, is_asked_in_latin_letters
from .tasks import ask_for_translation, language_task


def instruction_text(turns: Iterable[tuple[str, str]]) -> str:
    """What the system and the user wrote in a prompt.

    Args:
        turns: role and content of each.

    Returns:
        these turns, a blank line between two.
    """
    return "\n\n".join(content for role, content in turns if role != "assistant")


def allowed_lines(
    text: str,
    tag: str,
    allowed: Allowed,
    identifier: Identifier,
    longest: int | None = None,
    references: bool = True,
) -> Lines:
    """Checks the lines of an answer whose prompt asks for, or quotes, other languages.

    Args:
        text: the answer.
        tag: its own language.
        allowed: what `allowed_languages` gives for its prompt.
        identifier: decides on a line.
        longest, references: see `fidelity.check_lines`.

    Returns:
        what its lines are in; none is checked where it cannot be known what was asked for.
    """
    if allowed.any:
        return Lines(0, ())
    others = [tuple(sorted(allowed.languages))]
    (lines,) = fidelity.check_lines([text], [tag], identifier, longest=longest, references=references, also=others)
    return lines


def check_asked_lines(
    texts: Sequence[str], expected: Sequence[str], prompts: Sequence[str | None], identifier: Identifier
) -> list[Lines]:
    """Checks every line of every answer by what its prompt asks for; lines are whole, as in the published benchmark.

    Args:
        texts: answers.
        expected: for each, the language that it is in if nothing else is asked for.
        prompts: what was asked (`instruction_text`); None where that is not known, or says nothing of the language.
        identifier: decides what lines, and parts of prompts, are in.

    Returns:
        what the lines of each answer are in. A copy of what was to be translated counts as one wrong line.

    Raises:
        UserError: an unknown tag, or a detector that is not installed.
    """
    lines = fidelity.check_lines(texts, expected, identifier)
    for row, one in enumerate(lines):
        prompt = prompts[row]
        if one.wrong and prompt is not None:
            if are_asked_in_latin_letters(texts[row], one.wrong, prompt, expected[row]):
                lines[row] = Lines(one.checked, ())
                continue
            beside = translation_beside(texts[row], expected[row], prompt, identifier)
            if beside and beside.wrong is None:
                others = [tuple(sorted(beside.languages - {expected[row]}))]
                (lines[row],) = fidelity.check_lines([beside.text], [expected[row]], identifier, also=others)
                continue
            allowed = allowed_languages(prompt, expected[row], identifier, texts[row])
            if allowed and not copies_its_prompt(texts[row], expected[row], allowed.task, prompt):
                lines[row] = allowed_lines(texts[row], expected[row], allowed, identifier)
    for row, language in _untranslated(texts, expected, prompts, identifier).items():
        if not lines[row].wrong:
            lines[row] = Lines(1, ((0, language),), 1.0)
    return lines


def are_in_language(
    texts: Sequence[str], expected: Sequence[str], prompts: Sequence[str | None], identifier: Identifier
) -> list[bool | None]:
    """Whether whole answers are in a language that their prompts ask for.

    Args:
        texts, expected, prompts, identifier: see `check_asked_lines`.

    Returns:
        a truth value each; None where it cannot be known.
    """
    checks = identifier.check_many(texts, expected)
    copies = _untranslated(texts, expected, prompts, identifier)
    return [
        False if row in copies else _is_in_language(texts[row], check, expected[row], prompts[row], identifier)
        for row, check in enumerate(checks)
    ]


def _is_in_language(text: str, check: Check, tag: str, prompt: str | None, identifier: Identifier) -> bool | None:
    if check.status != "other" or prompt is None:
        return {"ok": True, "other": False}.get(check.status)
    if is_asked_in_latin_letters(text, check.language, prompt, tag):
        return True
    if beside := translation_beside(text, tag, prompt, identifier):
        return beside.wrong is None
    allowed = allowed_languages(prompt, tag, identifier, text)
    if not is_allowed(text, check.language, tag, allowed, prompt, identifier):
        return False
    return None if allowed.any else True


def are_without_english(
    texts: Sequence[str],
    expected: Sequence[str],
    prompts: Sequence[str | None],
    lines: Sequence[Lines],
    identifier: Identifier,
    known: frozenset[str] | None = None,
) -> list[bool | None]:
    """Whether answers in other scripts than Latin hold no English word.

    Args:
        texts, expected, prompts, identifier: see `check_asked_lines`.
        lines: what it gave for them.
        known: English words, in lower case; see `fidelity.foreign_words`.

    Returns:
        a truth value each; None in a language that is written in Latin letters, for an answer with a wrong line or
        without one that can be told, and where there are such words and the prompt asks for, or quotes, a language
        that is written in Latin letters.
    """
    without: list[bool | None] = []
    for text, tag, prompt, one in zip(texts, expected, prompts, lines, strict=True):
        if not one.passed or not fidelity.has_word_check(tag):
            without.append(None)
        elif not fidelity.foreign_words(text, tag, known):
            without.append(True)
        else:
            asked = prompt is not None and may_have_latin(allowed_languages(prompt, tag, identifier, text))
            without.append(None if asked else False)
    return without


def may_have_latin(allowed: Allowed) -> bool:
    """Whether an answer in another script may hold words in Latin letters.

    Args:
        allowed: what `allowed_languages` gives for its prompt.

    Returns:
        true where its prompt asks for, or quotes, a language that is written in them, or one that cannot be known.
    """
    known = filter(None, map(registry.find, allowed.languages))
    return allowed.any or any("Latn" in language.scripts for language in known)


def _untranslated(
    texts: Sequence[str], expected: Sequence[str], prompts: Sequence[str | None], identifier: Identifier
) -> dict[int, str]:
    """Answers in the language of their prompt, or in none, that should have been translated; and what they are in."""
    by_tag: dict[str, list[int]] = {}
    for row, prompt in enumerate(prompts):
        if prompt is not None and texts[row]:
            by_tag.setdefault(expected[row], []).append(row)
    copies: dict[int, str] = {}
    for tag, rows in by_tag.items():
        by_words = {rows[place] for place in ask_for_translation([prompts[row] or "" for row in rows], tag)}
        asking = [row for row in rows if row in by_words or _is_looked_at(texts[row], prompts[row] or "")]
        checks = identifier.check_many([texts[row] for row in asking], [tag] * len(asking))
        for row, check in zip(asking, checks, strict=True):
            prompt, bare = prompts[row] or "", check.status == "undetermined"
            if check.status == "other":
                continue
            if beside := translation_beside(texts[row], tag, prompt, identifier):
                copies |= {row: beside.wrong} if beside.wrong else {}
                continue
            is_asked = row in by_words or may_be_untranslated(texts[row], tag, prompt, identifier, bare)
            if is_asked and (
                language := untranslated(texts[row], tag, language_task(prompt, tag), prompt, identifier, bare)
            ):
                copies[row] = language
    return copies


def _is_looked_at(text: str, prompt: str) -> bool:
    """Whether an answer may be a copy of what its prompt holds, or may hold another language in JSON or code."""
    return may_copy(text, prompt) or may_show_source(text, prompt) or any(sign in text for sign in "{`")
