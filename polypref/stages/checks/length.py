"""Lengths that can be compared across languages: bounds and the ratio of chosen to rejected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, ClassVar

from ...errors import UserError
from ...languages import find
from ...scripting.bounds import AtLeastZero
from ...scripting.declared import check_fields, checked_call
from .common import Action, OfTexts, Role, outcome
from .contract import Batch, Outcome

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Languages under this factor write a syllable or a word with one character, and numbers, names and code in ASCII.
_DENSE = 0.6
# Added to both lengths of a ratio, so that "Yes." against "Yes, it is." is no gap of three.
_SOFT = 50.0


def characters(text: str, language: str) -> float:
    """The length of a text in characters of English that say as much; see `Language.length_factor`.

    In Chinese, Japanese and Korean only characters that take three bytes in UTF-8 are weighted: code, numbers and
    Latin names count as they are. Languages without a factor count as English does.

    Args:
        text: any text.
        language: its language's tag; one that is not known counts as English.

    Returns:
        characters of English, a float.
    """
    factor = _factor(language)
    if factor > _DENSE:
        return len(text) / factor
    dense = (len(text.encode("utf-8", "surrogatepass")) - len(text)) // 2
    return len(text) + dense * (1 / factor - 1)


@cache
def _factor(tag: str) -> float:
    language = find(tag)
    return (language and language.length_factor) or 1.0


@lru_cache(maxsize=4)
def _tokenizer(name: str) -> "Tokenizer":
    try:
        import tokenizers
    except ImportError:
        raise UserError(
            "A length in tokens needs the package tokenizers: install it, or leave `tokenizer` unset for characters."
        ) from None
    try:
        if name.endswith(".json"):
            return tokenizers.Tokenizer.from_file(name)
        return tokenizers.Tokenizer.from_pretrained(name)
    except Exception as error:
        raise UserError(f"Cannot load the tokenizer {name!r}: {error}. Name a tokenizer.json or a Hub model.") from None


def lengths(texts: Sequence[str], languages: Sequence[str], tokenizer: str | None = None) -> list[float]:
    """The lengths of texts: normalised characters, or tokens of a tokenizer.

    Args:
        texts: the texts.
        languages: their language tags.
        tokenizer: None for normalised characters; else a Hub model or the path of a tokenizer.json, read with the
            optional package tokenizers.

    Returns:
        a length for each text, in the unit that `tokenizer` says.

    Raises:
        UserError: the package is missing or the tokenizer cannot be loaded.
    """
    if tokenizer is None:
        return [characters(text, language) for text, language in zip(texts, languages, strict=True)]
    encoded = _tokenizer(tokenizer).encode_batch_fast(list(texts), add_special_tokens=False)
    return [float(len(one.ids)) for one in encoded]


@checked_call
@dataclass(frozen=True)
class LengthBounds(OfTexts):
    """Texts that are empty, or longer or shorter than a bound.

    `minimum` and `maximum` are in normalised characters (see `characters`), or in tokens of `tokenizer`.
    """

    name: ClassVar[str] = "length_bounds"
    version: ClassVar[int] = 1
    answer_reasons: ClassVar[tuple[str, ...]] = ("answer_empty", "answer_too_short", "answer_too_long")
    summary: ClassVar[str] = "empty, too short or too long texts"
    thresholds: ClassVar[dict[str, str]] = {
        "minimum": "0: only empty texts; 7 can be a right answer (bloomz leaves 265 of 960 answers empty, gpt-4 none)",
        "maximum": "30,000: the longest gpt-4 answer has 5,740; all 13 of 6,160 answers above it are loops",
    }

    roles: tuple[Role, ...] = ("prompt", "chosen", "rejected")
    action: Action = "reject"
    minimum: AtLeastZero = 0.0
    maximum: AtLeastZero = 30_000.0
    tokenizer: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.minimum > self.maximum:
            raise UserError(
                f"LengthBounds(minimum={self.minimum:g}, maximum={self.maximum:g}): no text is as long and as short; "
                "write a minimum of at most the maximum"
            )

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads the texts of `roles`; yields `<role>_empty`, `<role>_too_short` or `<role>_too_long`."""
        for role in batch.roles_of(self.roles):
            texts = batch.texts(role)
            sizes = lengths(texts, batch.tags(role), self.tokenizer)
            for row, (text, size) in enumerate(zip(texts, sizes, strict=True)):
                if not text or text.isspace():
                    yield row, outcome(self.action, f"{role}_empty")
                elif size < self.minimum:
                    yield row, outcome(self.action, f"{role}_too_short", f"{size:.0f}")
                elif size > self.maximum:
                    yield row, outcome(self.action, f"{role}_too_long", f"{size:.0f}")


def length_ratio(chosen: float, rejected: float) -> float:
    """How many times longer one answer is than the other, both softened by 50.

    Args:
        chosen: length of the chosen answer.
        rejected: length of the rejected one, in the same unit.

    Returns:
        above 1 where the chosen one is longer, below 1 where the rejected one is.

    Example:
        >>> length_ratio(250.0, 50.0)
        3.0
    """
    return (chosen + _SOFT) / (rejected + _SOFT)


@checked_call
@dataclass(frozen=True)
class LengthRatio:
    """Pairs one of whose answers is many times longer than the other: of those a model learns length first.

    Flags by default: a long answer against a refusal to answer may be a good pair.
    """

    name: ClassVar[str] = "length_ratio"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "pairs one of whose answers is many times longer than the other"
    thresholds: ClassVar[dict[str, str]] = {
        "maximum": "5: of 9,800 pairs of two models' answers to one question 2.7% differ more",
    }

    roles: ClassVar[tuple[Role, ...]] = ("chosen", "rejected")
    action: Action = "flag"
    maximum: AtLeastZero = 5.0
    tokenizer: str | None = None

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads chosen and rejected; yields `chosen_much_longer` or `rejected_much_longer`."""
        tags = batch.column("response_language")
        chosen, rejected = (lengths(batch.texts(role), tags, self.tokenizer) for role in self.roles)
        for row, (c, r) in enumerate(zip(chosen, rejected, strict=True)):
            ratio = length_ratio(c, r)
            if ratio > self.maximum:
                yield row, outcome(self.action, "chosen_much_longer", f"{ratio:.1f}")
            elif ratio < 1 / self.maximum:
                yield row, outcome(self.action, "rejected_much_longer", f"{1 / ratio:.1f}")
