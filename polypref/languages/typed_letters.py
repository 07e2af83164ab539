"""Letters that look alike and are typed for one another: Persian with Arabic yeh and kaf, Romanian with cedillas.

Arabic keyboards, old systems and old fonts write ي and ك where Persian has ی and ک, and many people's texts have them
throughout. A detector knows a language in its own letters, and takes it for a neighbour in others.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

Passes = Callable[[Sequence[str], Sequence[str], Sequence[str]], list[bool]]
"""Says of texts, of their prose and of a tag for each, whether they pass as that language in the letters they have."""

_PERSIAN = {"ي": "ی", "ى": "ی", "ك": "ک"}
_ARABIC = {"ی": "ي", "ک": "ك", "ہ": "ه"}
_SENTENCE = re.compile(r"\n|(?<=[.!?؟۔])[^\S\n]+")


@dataclass(frozen=True)
class Letters:
    """What a language's letters are typed as, and which languages a text may be in that has others.

    Attributes:
        own: another letter -> the language's own one.
        rivals: tag of a language that is written with the other letters -> in which letters it is looked for.
    """

    own: Mapping[str, str]
    rivals: Mapping[str, Mapping[str, str]]

    @cached_property
    def others(self) -> re.Pattern[str]:
        """What finds another letter."""
        return re.compile(f"[{''.join(self.own)}]")


#: Language -> its letters. Measured in benchmarks/language_id/README.md.
# Pashto and Uyghur in other letters are known as they are; of Kurdish
# (ckb), Sindhi and Dari the detector knows nothing in any letters.
LETTERS = {
    "fa": Letters(_PERSIAN, {"ar": {}}),
    "ur": Letters(_PERSIAN | {"ه": "ہ"}, {"ar": _ARABIC, "fa": _PERSIAN, "ps": _PERSIAN, "ug": {}}),
    "ar": Letters(_ARABIC, {"fa": {}, "ur": {}, "ps": {}}),
    "ro": Letters({"ş": "ș", "ţ": "ț", "Ş": "Ș", "Ţ": "Ț"}, {}),
}


def in_own_letters(
    texts: Sequence[str], cleaned: Sequence[str], expected: Sequence[str], passed: Sequence[bool], passes: Passes
) -> list[int]:
    """Looks again at texts that do not pass and have other letters, as their languages write them.

    What passes as a rival in the letters that it has stays as it is: the whole, or a sentence in it. Arabic that is
    written with Persian letters is no Persian.

    Args:
        texts: texts as they are.
        cleaned: their prose.
        expected: for each the language that it should be in.
        passed: for each whether it passes as that.
        passes: decides.

    Returns:
        the places of those that are in their languages.
    """
    again = [
        i
        for i, tag in enumerate(expected)
        if not passed[i] and tag in LETTERS and LETTERS[tag].others.search(cleaned[i])
    ]
    again = _passing(again, texts, cleaned, expected, {}, passes)
    kept = {i: _rivals_in(cleaned[i], LETTERS[expected[i]].rivals, passes) for i in again}
    mixed = [i for i in again if kept[i] and cleaned[i] not in kept[i]]
    still = _passing(mixed, texts, cleaned, expected, kept, passes)
    return [i for i in again if not kept[i] or i in still]


def typed_as(text: str, own: Mapping[str, str], kept: Collection[str] = ()) -> str:
    """Writes other letters.

    Args:
        text: any text.
        own: letter -> the one in its place.
        kept: sentences that stay as they are.

    Returns:
        the text, as long as it was.

    Example:
        >>> typed_as("سؤال عربي. كتاب من كجاست؟", {"ي": "ی", "ك": "ک"}, {"سؤال عربي."})
        'سؤال عربي. کتاب من کجاست؟'
    """
    table = str.maketrans(dict(own))
    if not kept:
        return text.translate(table)
    ends = [0, *(end for stop in _SENTENCE.finditer(text) for end in stop.span()), len(text)]
    parts = [text[start:end] for start, end in pairwise(ends)]
    return "".join(part if part in kept else part.translate(table) for part in parts)


def _passing(
    places: Sequence[int],
    texts: Sequence[str],
    cleaned: Sequence[str],
    expected: Sequence[str],
    kept: Mapping[int, Collection[str]],
    passes: Passes,
) -> list[int]:
    """The places of texts that pass in their languages' letters."""

    def typed(given: Sequence[str]) -> list[str]:
        return [typed_as(given[i], LETTERS[expected[i]].own, kept.get(i, ())) for i in places]

    answers = passes(typed(texts), typed(cleaned), [expected[i] for i in places])
    return [i for i, answer in zip(places, answers, strict=True) if answer]


def _rivals_in(text: str, rivals: Mapping[str, Mapping[str, str]], passes: Passes) -> frozenset[str]:
    """The sentences that pass as a rival; the whole text, where it does."""
    parts = list(dict.fromkeys([text, *filter(str.strip, _SENTENCE.split(text))]))
    of_rivals: set[str] = set()
    for tag, own in rivals.items():
        typed = [typed_as(part, own) for part in parts]
        answers = passes(typed, typed, [tag] * len(parts))
        of_rivals.update(part for part, answer in zip(parts, answers, strict=True) if answer)
    return frozenset(of_rivals)
