"""What machine translation breaks: numbers, addresses, Markdown, length, and words it left as they were.

Compared with the source text where there is one: the optional columns `prompt_source`, `chosen_source` and
`rejected_source` of a batch, and `source_language` (English where it is missing).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.bounds import AtLeastZero, Share
from ...scripting.declared import checked_call
from ...text.placeholders import missing_numbers
from .common import Action, OfTexts, Role, outcome, without_code
from .contract import Batch, Outcome
from .length import characters
from .untranslated import english_phrase

# One missing number counts from so many significant digits: decades and centuries go by other names.
_LONG_NUMBER = 4
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]{}\u3000-\u303f\uff00-\uffef]+|[\w.+-]+@[\w-]+\.[A-Za-z]{2,}")
_QUOTED = re.compile(
    r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|\u201e[^\u201c\u201d\n]*[\u201c\u201d]|\u00ab[^\u00bb\n]*\u00bb|"
    r"\u300c[^\u300d]*\u300d|\u300a[^\u300b]*\u300b"
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
# Added to both lengths, as short sentences differ more: 40 characters by half.
_SOFT = 40.0
_STRETCH = re.compile(r"[^\W\d_]+(?:(?:,? |['\u2019])[^\W\d_]+){4,}")
# Links and images torn from their address, fullwidth brackets around it, torn heading marks.
_TORN = re.compile(r"(?m)\]\s+\(https?:|[\]\uff3d]\s?\uff08https?:|!\s\[[^\]\n]*\]\s?\(|^# #+ ")
_HEADING = re.compile(r"(?m)^#{1,6} ?\S")
_ITEM = re.compile(r"(?m)^\s*(?:[-*+\u2022]|\d{1,3}[.)\u3001]) ?\S")


def missing_urls(source: str, translation: str) -> list[str]:
    """The web and mail addresses of the source that the translation lacks.

    Args:
        source: the text that was translated.
        translation: what came of it.

    Returns:
        addresses without marks at their ends, each once, in order.
    """
    if "://" not in source and "www." not in source and "@" not in source:
        return []
    return [url for url in dict.fromkeys(u.rstrip(".,;:!?*_`") for u in _URL.findall(source)) if url not in translation]


def leftover(source: str, translation: str, source_language: str = "en") -> str | None:
    """Words on end of the source that stand in the translation too, outside code and quotes.

    For sources in English five words, three of them in lower case, with a function word and another word in lower
    case; else eight, six in lower case: names, titles and unmarked code come through translation as they are.

    Args:
        source: the text that was translated.
        translation: what came of it.
        source_language: tag of the source's language.

    Returns:
        the first such words, or None where there are none.
    """
    from ...kernels.words import share_run

    length, lower = (5, 3) if source_language == "en" else (8, 6)
    plain, plain_source = without_code(translation), without_code(source)
    if share_run(plain_source, plain, length) is False:
        return None
    runs = {run for _, of_stretch in _runs(_QUOTED.sub(" \n ", plain), length) for run in of_stretch}
    for stretch, of_stretch in _runs(plain_source, length) if runs else ():
        for at, run in enumerate(of_stretch):
            if run not in runs:
                continue
            words = stretch[at : at + length]
            if sum(map(str.islower, words)) >= lower and (source_language != "en" or english_phrase(words)):
                return " ".join(words)
    return None


def _runs(text: str, length: int) -> Iterator[tuple[list[str], Iterator[tuple[str, ...]]]]:
    """Yields the words of each stretch with nothing but a space or comma between them, and their runs, folded."""
    for stretch in _STRETCH.findall(text):
        words = _WORD.findall(stretch)
        folded = [word.casefold() for word in words]
        yield words, zip(*(folded[i:] for i in range(length)), strict=False)


def torn_markdown(text: str) -> str | None:
    """The first piece of Markdown that no longer works as it was meant, outside code.

    Spaces inside bold marks, between the two halves of a link or in a heading mark, fullwidth brackets around a
    link's address: what translation engines do to Markdown, and people do not.

    Args:
        text: a translation.

    Returns:
        it, at most 60 characters, or None where there is none.

    Example:
        >>> torn_markdown("Das ist ** sehr ** gut.")
        '** sehr **'
    """
    if "**" in text:
        for line in without_code(text).splitlines():
            pieces = line.split("**")
            # Every second piece is bold if the marks pair up; 2 ** 3 ** 4 is no bold.
            for bold in pieces[1::2] if len(pieces) % 2 else ():
                if bold[:1] == bold[-1:] == " " and _WORD.search(bold):
                    return f"**{bold[:56]}**"
    if "](" in text or "] (" in text or "# #" in text or "\uff08http" in text:
        hit = _TORN.search(without_code(text))
        return hit and hit.group().strip()[:60]
    return None


def lost_markdown(source: str, translation: str) -> str | None:
    """Which Markdown of the source the translation lost.

    Of headings, items and bold it counts as lost when there were two or more and fewer than half are left.

    Args:
        source: the text that was translated.
        translation: what came of it.

    Returns:
        code fences, links, headings, list items or bold, whichever is first; None where nothing is lost.
    """
    if source.count("```") != translation.count("```"):
        return "code fences"
    if source.count("](") > translation.count("]("):
        return "links"
    one, other = without_code(source), without_code(translation)
    for what, before, after in (
        ("headings", len(_HEADING.findall(one)), len(_HEADING.findall(other))),
        ("list items", len(_ITEM.findall(one)), len(_ITEM.findall(other))),
        ("bold", one.count("**") // 2, other.count("**") // 2),
    ):
        if before >= 2 and after < before / 2:
            return what
    return None


def length_change(source: str, source_language: str, translation: str, language: str) -> float:
    """The length of the translation against the source's, both in normalised characters (see length.py).

    Args:
        source: the text that was translated.
        source_language: tag of its language.
        translation: what came of it.
        language: tag of the translation's language.

    Returns:
        1 for the same length, 2 for about twice as long.
    """
    return (characters(translation, language) + _SOFT) / (characters(source, source_language) + _SOFT)


@checked_call
@dataclass(frozen=True)
class TranslationArtefacts(OfTexts):
    """Translated texts that differ from their source where they should not.

    Read are prompts of origin `translated` and answers of route `translated`. Without a source text only torn Markdown
    can be seen.
    """

    name: ClassVar[str] = "translation_artefacts"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "translations with lost numbers, addresses or Markdown, source words, or a wrong length"
    thresholds: ClassVar[dict[str, str]] = {
        "max_missing_numbers": "0.25: 24 of 9,000 human translations lack more, the ten read for a reason",
        "max_length_change": "1.7: 1 of 9,000 human translations lies outside; half the text missing is found in 89%",
    }

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")
    action: Action = "flag"
    max_missing_numbers: Share = 0.25
    max_length_change: AtLeastZero = 1.7

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Yields `<role>_numbers`, `_addresses`, `_source_words`, `_markdown` and `_translation_length`."""
        names = set(batch.names)
        absent = [None] * len(batch)
        origins = batch.column("source_language") if "source_language" in names else absent
        for role in batch.roles_of(self.roles):
            routes = batch.column("origin" if role == "prompt" else f"{role}_route")
            sources = batch.column(f"{role}_source") if f"{role}_source" in names else absent
            tags = batch.tags(role)
            for row, text in enumerate(batch.texts(role)):
                if routes[row] == "translated":
                    for kind, detail in self._examine(text, tags[row], sources[row], origins[row] or "en"):
                        yield row, outcome(self.action, f"{role}_{kind}", detail)

    def _examine(self, text: str, language: str, source: str | None, origin: str) -> Iterator[tuple[str, str]]:
        if torn := torn_markdown(text):
            yield "markdown", torn
        if not source or origin == language:
            return
        missing, wanted = missing_numbers(source, text)
        if len(missing) > self.max_missing_numbers * wanted and (len(missing) > 1 or len(missing[0]) >= _LONG_NUMBER):
            yield "numbers", " ".join(missing)[:60]
        if urls := missing_urls(source, text):
            yield "addresses", urls[0]
        if words := leftover(source, text, origin):
            yield "source_words", words
        if lost := lost_markdown(source, text):
            yield "markdown", f"lost {lost}"
        change = length_change(source, origin, text, language)
        if not 1 / self.max_length_change <= change <= self.max_length_change:
            yield "translation_length", f"{change:.2f}"
