"""The commonest openings of a model's answers, and how often other models' answers in the language begin so."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..release.audit_results import ClusteredShare, OpeningFacts, SideOpening
from .answers import Answer, AnswerPair
from .clusters import clustered_share
from .quotes import quoted
from .words import opening

#: Openings that are shown of a model, and of a language's pairs; none of fewer answers.
MOST_SHOWN, FEWEST = 3, 3


def commonest_openings(answers: Sequence[Answer], spaced: bool) -> dict[str, list[OpeningFacts]]:
    """The commonest openings of each model.

    Args:
        answers: in one language.
        spaced: whether it separates words.

    Returns:
        model -> its openings of most answers, those that no other answer of it has left out.
    """
    begins = [opening(one.text, spaced) for one in answers]
    by_model: dict[str, Counter[str]] = defaultdict(Counter)
    for one, text in zip(answers, begins, strict=True):
        by_model[one.model][text] += 1
    every, whole = sum(by_model.values(), Counter[str]()), len(answers)
    shown: dict[str, list[OpeningFacts]] = {}
    for model, counts in sorted(by_model.items()):
        others = whole - counts.total()
        own = [(one.group, text) for one, text in zip(answers, begins, strict=True) if one.model == model]
        shown[model] = [
            OpeningFacts(
                quoted(text),
                number,
                _share_of(own, text),
                round((every[text] - number) / others, 4) if others else None,
            )
            for text, number in _most(counts)
        ]
    return shown


def openings_of_sides(pairs: Iterable[AnswerPair], spaced: bool) -> list[SideOpening]:
    """The openings whose answers are most unevenly chosen and rejected.

    Args:
        pairs: in one language.
        spaced: whether it separates words.

    Returns:
        those of which chosen and rejected answers differ most in number.
    """
    chosen, rejected = Counter[str](), Counter[str]()
    for one in pairs:
        chosen[opening(one.chosen, spaced)] += 1
        rejected[opening(one.rejected, spaced)] += 1
    gaps = {text: abs(chosen[text] - rejected[text]) for text in (chosen | rejected) if text}
    return [SideOpening(quoted(text), chosen[text], rejected[text]) for text, _ in _most(gaps)]


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The texts of the highest numbers, FEWEST at least; of equal ones the first by letters."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(text, number) for text, number in ordered[: MOST_SHOWN + 1] if text and number >= FEWEST][:MOST_SHOWN]


def _share_of(own: Iterable[tuple[str, str]], text: str) -> ClusteredShare:
    groups: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for group, begins in own:
        groups[group][0] += begins == text
        groups[group][1] += 1
    return clustered_share((hits, number) for hits, number in groups.values())
