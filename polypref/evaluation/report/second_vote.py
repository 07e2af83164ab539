"""How often a second language detector disagrees on the language of answers, as a report says it."""

from typing import NamedTuple

from ..results import Results
from . import formats

#: What the report says above the figures.
WHAT = (
    "Answers that both it and the detector that decides take for the language of the prompt or for another, and on how "
    "many of these they disagree. No other figure is made of its votes. Where it has no label for a language it has "
    "no votes."
)
HEADS = ("model", "detector", "language", "votes", "disagree", "share")


class Voted(NamedTuple):
    """Cells of a row, named as HEADS."""

    model: str
    detector: str
    language: str
    votes: str
    disagree: str
    share: str


def voted(results: Results) -> list[Voted]:
    """Votes by model and language.

    Args:
        results: as in results.json.

    Returns:
        a row each; none where no second detector was asked.
    """
    return [
        Voted(
            one.name,
            one.second_detector.name,
            tag,
            formats.count_words(of.votes),
            formats.count_words(of.disagree),
            formats.share(of.disagree / of.votes if of.votes else None),
        )
        for one in results.models
        if one.second_detector
        for tag, of in sorted(one.second_detector.languages.items())
    ]
