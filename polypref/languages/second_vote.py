"""An audit vote on languages: what another detector says of texts that one has decided on already. It rejects nothing.

The vote is langdetect's: the detector that most published pipelines use. It is slower and surer of itself than the
default one, calls Azerbaijani Turkish and Galician Portuguese, and has no label for many languages; a language in which
it disagrees often is one to read a sample of.
"""

from collections.abc import Sequence
from typing import Literal

from .. import languages
from .identifier import Identifier

#: The detectors that may vote.
SecondDetector = Literal["langdetect"]


def votes_on(tag: str, second: Identifier) -> bool:
    """Whether a detector has a label for a language, without which it has no vote.

    Args:
        tag: the language's tag.
        second: what votes.

    Returns:
        False where it knows no label for the language.
    """
    return bool(getattr(languages.get(tag).codes, second.detector))


def disagreements(
    texts: Sequence[str], expected: Sequence[str], first: Identifier, second: Identifier
) -> list[bool | None]:
    """Says for each text whether two detectors disagree on its being in the language that it should be in.

    Args:
        texts: the texts as they are.
        expected: for each, the tag of the language.
        first: what decided.
        second: what votes.

    Returns:
        for each text whether one takes it for the language and the other for another; None where the second has no
        label for the language, or one of them cannot tell.

    Raises:
        UserError: an unknown tag, or a detector that is not installed.
    """
    places = [place for place, tag in enumerate(expected) if votes_on(tag, second)]
    asked, tags = [texts[place] for place in places], [expected[place] for place in places]
    differ: list[bool | None] = [None] * len(texts)
    verdicts = zip(places, first.check_many(asked, tags), second.check_many(asked, tags), strict=True)
    for place, one, other in verdicts:
        # A vote for no language at all is none.
        if "undetermined" not in (one.status, other.status) and (other.status, other.language) != ("other", "und"):
            differ[place] = one.status != other.status
    return differ
