"""Boilerplate: the same sentence in a model's answers to many prompts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..release.audit_results import SentenceFacts
from .answers import Answer
from .quotes import quoted
from .words import sentences

#: A sentence is boilerplate in answers to so many prompts, and to so large a share of those that the model answered.
FEWEST_PROMPTS, LEAST_SHARE = 3, 0.01
#: Sentences that are shown of a model.
MOST_SHOWN = 3


@dataclass(frozen=True)
class Boilerplate:
    """What of a model's answers is boilerplate.

    Attributes:
        sentences: those of most prompts.
        has_some: whether each answer has such a sentence, in their order.
    """

    sentences: list[SentenceFacts]
    has_some: list[bool]


def boilerplate(answers: Sequence[Answer], spaced: bool) -> dict[str, Boilerplate]:
    """The sentences that models write to many prompts.

    Numbers, capitals and signs make no other sentence. Sentences of fewer than five words, or twelve letters where no
    space parts words, are left out.

    Args:
        answers: in one language.
        spaced: whether it separates words.

    Returns:
        model -> its boilerplate.
    """
    by_model: dict[str, list[Answer]] = defaultdict(list)
    for one in answers:
        by_model[one.model].append(one)
    return {model: _of_model(own, spaced) for model, own in sorted(by_model.items())}


def _of_model(answers: Sequence[Answer], spaced: bool) -> Boilerplate:
    held = [sentences(one.text, spaced) for one in answers]
    groups: dict[str, set[str]] = defaultdict(set)
    shown: dict[str, str] = {}
    for one, own in zip(answers, held, strict=True):
        for key, text in own.items():
            groups[key].add(one.group)
            shown.setdefault(key, text)
    least = max(FEWEST_PROMPTS, LEAST_SHARE * len({one.group for one in answers}))
    counts = Counter({key: len(of) for key, of in groups.items() if len(of) >= least})
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_SHOWN]
    return Boilerplate(
        [SentenceFacts(quoted(shown[key]), number) for key, number in most],
        [any(key in counts for key in own) for own in held],
    )
