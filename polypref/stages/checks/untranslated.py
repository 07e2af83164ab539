"""English left standing in prompts that were translated out of English."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.bounds import Share
from ...scripting.declared import checked_call
from .common import Action, Role, outcome, without_code, without_maths
from .contract import Batch, Outcome, Subject

# Frequent words of English that are no words, or rare ones, in the other 22 languages of Aya; "the" and "and" stand
# there in titles and names only.
_ENGLISH = (
    "the and with this that these those which from have has been you your yours would should could what when where "
    "there their they because while about between each other into only after before using following below above make "
    "create write give provide explain without through how"
)
# Frequent words of English that are words of others too: they count only beside one of the above.
_SHARED = "a an of to in is are it for on as be was were by at or not if my i we he she its can will do does no all any"


def _words(words: str) -> re.Pattern[str]:
    longest_first = sorted(words.split(), key=len, reverse=True)
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(longest_first)})(?![^\W\d_])", re.IGNORECASE)


_ENGLISH_WORD, _SHARED_WORD = _words(_ENGLISH), _words(_SHARED)
_LATIN_WORD = re.compile(r"(?<![^\W\d_])[A-Za-z](?:[a-z'\u2019]*[a-z])?(?![^\W\d_])")
_LETTER = re.compile(r"[^\W\d_]")
# Sentences and lines; a stretch shorter than this many Latin words is a name, a term or a title.
_SPLIT = re.compile(r"\n+|(?<=[.!?\u3002\uff01\uff1f\u0964\u061f])\s*(?=\S)")
_MIN_WORDS = 5
# Share of function words in a stretch that is English; of running English a third to a half are.
_MIN_FUNCTION_WORDS = 0.3
# English of more than a few words has one of these; most prompts in other languages have none, and are read no closer.
_SIGNS = (" the ", " and ", " of ", " to ", " you", " for ", " with ", "What ", "How ", "Write ")


def english_phrase(words: Sequence[str]) -> bool:
    """Whether words are English for certain and no name: one is a frequent English word that no other language of the
    23 has, and one in lower case is not a function word ("the Lord of the Rings" has none).

    Args:
        words: words in the order of the text.

    Returns:
        whether both hold.

    Example:
        >>> english_phrase(["write", "the", "answer"]), english_phrase(["Lord", "of", "the", "Rings"])
        (True, False)
    """
    return any(_ENGLISH_WORD.fullmatch(word) for word in words) and any(
        word.islower() and not _ENGLISH_WORD.fullmatch(word) and not _SHARED_WORD.fullmatch(word) for word in words
    )


def english_share(text: str) -> float:
    """The share of a text's letters that stand in English sentences or lines; code is left out.

    Meant for texts in other languages: English is a stretch of five Latin words or more of which 30% are function
    words of English, and which is no title (see english_phrase). English terms in a sentence of another language do not
    count.

    Args:
        text: a text in another language.

    Returns:
        0 to 1.
    """
    if not any(sign in text for sign in _SIGNS):
        return 0.0
    plain = without_maths(without_code(text))
    english = 0
    for stretch in _SPLIT.split(plain):
        own = len(_ENGLISH_WORD.findall(stretch))
        if own == 0:
            continue
        words = _LATIN_WORD.findall(stretch)
        both = own + len(_SHARED_WORD.findall(stretch))
        if len(words) >= _MIN_WORDS and both >= _MIN_FUNCTION_WORDS * len(words) and english_phrase(words):
            english += sum(map(len, words))
    letters = len(_LETTER.findall(plain)) if english else 0
    return english / letters if letters else 0.0


@checked_call
@dataclass(frozen=True)
class Untranslated:
    """Prompts of origin `translated` with English sentences left in them.

    Flags by default: what is to be proof-read, summarised or translated stays in English by right.
    """

    name: ClassVar[str] = "untranslated"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "English sentences left in translated prompts"
    thresholds: ClassVar[dict[str, str]] = {
        "maximum": "0.2: 1 of 9,000 human translations and 1 of 11,000 machine translations has more",
    }

    roles: ClassVar[tuple[Role, ...]] = ("prompt",)
    subjects: ClassVar[tuple[Subject, ...]] = ("prompt",)
    action: Action = "flag"
    maximum: Share = 0.2

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads prompts of translated origin whose language is not English; yields `prompt_untranslated`."""
        rows = zip(batch.column("origin"), batch.column("language"), batch.prompts, strict=True)
        for row, (origin, language, text) in enumerate(rows):
            if origin == "translated" and language != "en" and (share := english_share(text)) > self.maximum:
                yield row, outcome(self.action, "prompt_untranslated", f"{share:.0%}")
