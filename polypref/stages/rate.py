"""Raters that need no model: a score for every completion, from the source, from a reference, or from relevance.

A rater is a frozen dataclass with a `name`; `rate` is a pure function over the prompts and completions of a bucket.
Scores are compared within a prompt only; nothing here is comparable between languages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .. import languages, schema
from ..errors import UserError

_BINS = 1 << 16


@dataclass(frozen=True)
class SourceRater:
    """Scores, or verdicts, that came with the source: human labels, stored judge scores.

    Attributes:
        rater: the rater's name in the source's fields.

    """

    rater: str = "source"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The rater's name."""
        return self.rater


@dataclass(frozen=True)
class ReferenceRater:
    """chrF against the prompt's reference answer, 0 to 100 (Popović 2015; sacrebleu's implementation).

    A prompt without a reference leaves its completions unrated.

    Attributes:
        order: longest character n-gram.
        beta: weight of recall.

    """

    order: int = 6
    beta: int = 2
    name: ClassVar[str] = "chrf-reference"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = (
        "Scores are chrF against one reference answer: closeness in wording, not quality; a good answer in other words "
        "scores low."
    )

    def __post_init__(self) -> None:
        if self.order < 1 or self.beta < 1:
            raise UserError(f"{self.name}: order and beta must be at least 1")

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        """Returns ratings (schema.RATINGS) of the completions whose prompt has a reference."""
        from sacrebleu.metrics.chrf import CHRF

        metric = CHRF(char_order=self.order, beta=self.beta)
        references = dict(zip(prompts["prompt_id"].to_pylist(), prompts["reference"].to_pylist(), strict=True))
        columns = (completions[c].to_pylist() for c in ("prompt_id", "completion_id", "text"))
        return _ratings(
            self.name,
            (
                (prompt, completion, metric.sentence_score(text, [reference]).score)
                for prompt, completion, text in zip(*columns, strict=True)
                if (reference := references[prompt]) is not None
            ),
        )


@dataclass(frozen=True)
class RelevanceRater:
    """Relevance to the prompt, times a length incentive, times a repetition penalty; between 0 and 1.

    After the Regularized Relevance Reward of Kim and Seo 2024 (arXiv 2402.03469), with character n-gram TF-IDF in place
    of their embedding model: score = cos(prompt, answer) * min(1, length / full_length) * share of distinct n-grams.
    A baseline for trial runs, not a judgement of quality: it cannot see whether an answer is right, and rewards
    answers that repeat the prompt's words.

    Attributes:
        gram: characters of an n-gram for relevance.
        full_length: characters from which on length no longer helps, in languages with spaces; a third of it in others.

    """

    gram: int = 3
    full_length: int = 900
    name: ClassVar[str] = "relevance-baseline"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = (
        "Scores come from a baseline without any model (relevance to the prompt's words, length, repetition). They are "
        "no judgement of quality; do not train on this data as if they were."
    )

    def __post_init__(self) -> None:
        if self.gram < 1 or self.full_length < 1:
            raise UserError(f"{self.name}: gram and full_length must be at least 1")

    def fit(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Inverse document frequency of every n-gram bin: ln((1 + n) / (1 + df)) + 1."""
        n, frequency = 0, np.zeros(_BINS)
        for text in texts:
            frequency[np.unique(_grams(text, self.gram))] += 1
            n += 1
        return np.asarray(np.log((1 + n) / (1 + frequency)) + 1)

    def rate(self, prompts: pa.Table, completions: pa.Table, weights: dict[str, npt.NDArray[np.float64]]) -> pa.Table:
        """Returns ratings (schema.RATINGS) of all completions.

        Args:
            prompts, completions: rows of a bucket.
            weights: language -> what `fit` made of that language's prompts.

        """
        asked = {
            row["prompt_id"]: (row["language"], row["response_language"], schema.prompt_text(row["prompt"]))
            for row in prompts.select(["prompt_id", "language", "response_language", "prompt"]).to_pylist()
        }
        columns = (completions[c].to_pylist() for c in ("prompt_id", "completion_id", "text"))
        scores = []
        for prompt, completion, text in zip(*columns, strict=True):
            language, response_language, question = asked[prompt]
            spaces = languages.get(response_language).spaces
            relevance = cosine(question, text, self.gram, weights[language])
            length = min(1.0, len(text.strip()) / (self.full_length if spaces else self.full_length / 3))
            scores.append((prompt, completion, relevance * length * distinct_share(text, spaces)))
        return _ratings(self.name, scores)


Rater = SourceRater | ReferenceRater | RelevanceRater


def cosine(one: str, other: str, gram: int, weights: npt.NDArray[np.float64]) -> float:
    """Cosine of two texts' character n-gram TF-IDF vectors, tf as 1 + ln(count); 0 when either is empty."""
    vectors = []
    for text in (one, other):
        bins, counts = np.unique(_grams(text, gram), return_counts=True)
        values = (1 + np.log(counts)) * weights[bins]
        vectors.append((bins, values, float(np.linalg.norm(values))))
    (a, x, nx), (b, y, ny) = vectors
    if not nx or not ny:
        return 0.0
    _, i, j = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return float(x[i] @ y[j]) / (nx * ny)


def distinct_share(text: str, spaces: bool) -> float:
    """Share of distinct word trigrams (character 8-grams where words are not separated); 1 for a short text."""
    units: Any = text.split() if spaces else [c for c in text if not c.isspace()]
    n = 3 if spaces else 8
    grams = [tuple(units[i : i + n]) for i in range(len(units) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 1.0


def _grams(text: str, n: int) -> npt.NDArray[np.int64]:
    """The text's character n-grams, lower-cased, hashed into bins by a fixed polynomial."""
    codes = np.frombuffer(text.lower().encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    if len(codes) < n:
        return np.zeros(0, np.int64)
    hashed = np.zeros(len(codes) - n + 1, np.uint64)
    for i in range(n):
        hashed = hashed * np.uint64(1_000_003) + codes[i : len(codes) - n + 1 + i]
    return ((hashed * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)).astype(np.int64)


def _ratings(name: str, rows: Iterable[tuple[str, str, float]]) -> pa.Table:
    found = list(rows)
    return pa.table(
        {
            "prompt_id": pa.array([r[0] for r in found], pa.string()),
            "completion_id": pa.array([r[1] for r in found], pa.string()),
            "rater": pa.array([name] * len(found), pa.string()),
            "rater_revision": pa.array(["1"] * len(found), pa.string()),
            "score": pa.array([r[2] for r in found], pa.float64()),
            "aspects": pa.nulls(len(found), schema.RATINGS.field("aspects").type),
            "rationale": pa.nulls(len(found), pa.string()),
        },
        schema=schema.RATINGS,
    )
