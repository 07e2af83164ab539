"""Text that says little for its length: what a compressor leaves of it."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from ... import languages
from ...languages.tasks import may_repeat
from ...scripting.bounds import AtLeastZero
from ...scripting.declared import checked_call
from .asked_repetition import without_asked_repetition
from .common import Action, OfTexts, Role, outcome, without_code
from .contract import Batch, Outcome
from .framed_lists import without_framed_lists
from .repetition import is_short_refrain, recurring, without_tables

#: Least compressed bytes a character of sound text of 200 characters or more, by script: 0.7 of the quantile 0.005 of
#: 2,631 answers of gpt-4, gpt-4o and claude-3.5 without their code, measured by `benchmarks/quality/run.py floors`.
FLOORS: Mapping[str, float] = MappingProxyType(
    {
        "Latn": 0.27, "Cyrl": 0.37, "Grek": 0.35, "Arab": 0.40, "Hebr": 0.39, "Deva": 0.41, "Kore": 0.44, "Jpan": 0.64,
        "Hans": 0.68,
    }
)  # fmt: skip
# For scripts not measured: the smallest of all.
_OTHER = min(FLOORS.values())
_MIN_CHARACTERS = 200
# Texts under their floor nearly all have so many stretches that recur.
_PROBES, _MIN_PROBES = 10, 3
# Where repeating is meant, as in songs with refrains, so much of the floor is the floor.
_MEANT = 0.75


def compressed_bytes(text: str) -> float:
    """How many bytes zlib (level 1) makes of one character of the text in the mean.

    Args:
        text: any text without lone surrogates.

    Returns:
        bytes a character; 0 for an empty text.
    """
    return len(zlib.compress(text.encode(), 1)) / len(text) if text else 0.0


@checked_call
@dataclass(frozen=True)
class LowInformation(OfTexts):
    """Texts of 200 characters or more that a compressor shrinks below what sound text of the script ever shrinks to.

    Catches what is no exact loop: lists that vary one word, rows of numbers, the same sentence in other dress. Code is
    left out, and so are lists whose items differ in a word of their own (up to 12 items, 60 with two words). A text
    mostly in ASCII is measured as Latin script, whatever its language should be. Where the prompt asks for a song, a
    rewrite or a translation, more may be said again; what it asks to be said again and again does not count.
    """

    name: ClassVar[str] = "low_information"
    version: ClassVar[int] = 4
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_low_information",)
    summary: ClassVar[str] = "answers that a compressor shrinks below what sound text of the script shrinks to"
    thresholds: ClassVar[dict[str, str]] = {
        "floor_scale": (
            "1.0 of FLOORS, which are 0.7 of the half-percent quantile of strong models' answers: 1 of 3,874 sound "
            "texts lies below, 262 of 960 okapi answers"
        ),
    }

    roles: tuple[Role, ...] = ("chosen", "rejected")
    action: Action = "reject"
    floor_scale: AtLeastZero = 1.0

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`; yields `<role>_low_information` with the compressed bytes a character."""
        for role in batch.roles_of(self.roles):
            tags = zip(batch.tags(role), batch.column("language"), strict=True)
            for row, (text, (tag, prompt_tag)) in enumerate(zip(batch.texts(role), tags, strict=True)):
                prompt = "" if role == "prompt" else batch.prompts[row]
                density = self._examine(text, tag, prompt, prompt_tag)
                if density is not None and prompt:
                    rest = without_asked_repetition(text, prompt, languages.get(tag).spaces, prompt_tag)
                    density = density if rest == text else self._examine(rest, tag, prompt, prompt_tag)
                if density is not None:
                    yield row, outcome(self.action, f"{role}_low_information", f"{density:.2f}")

    def _examine(self, text: str, tag: str, prompt: str, prompt_tag: str) -> float | None:
        if len(text) < _MIN_CHARACTERS:
            return None
        language = languages.get(tag)
        if not recurring(text, language.spaces, _PROBES, _MIN_PROBES):
            return None
        plain = without_code(text)
        if len(plain) < _MIN_CHARACTERS:
            return None
        density = self._density_below_floor(plain, language, prompt, prompt_tag)
        if density is None or is_short_refrain(plain, tag, prompt, prompt_tag):
            return None
        rest = without_framed_lists(without_tables(plain), language.spaces)
        if rest == plain:
            return density
        return None if len(rest) < _MIN_CHARACTERS else self._density_below_floor(rest, language, prompt, prompt_tag)

    def _density_below_floor(
        self, text: str, language: languages.Language, prompt: str, prompt_tag: str
    ) -> float | None:
        mostly_ascii = len(text.encode()) < 1.3 * len(text)
        floor = FLOORS.get("Latn" if mostly_ascii else language.scripts[0], _OTHER) * self.floor_scale
        density = compressed_bytes(text)
        if density >= floor or (density >= _MEANT * floor and may_repeat(prompt, prompt_tag)):
            return None
        return density
