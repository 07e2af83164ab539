"""How much an answer is about its prompt, by character n-grams: a stand-in for trial runs, no judgement of quality.

After the Regularized Relevance Reward of Kim and Seo 2024 (arXiv 2402.03469), with character n-gram TF-IDF in place of
their embedding model.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]
_BINS = 1 << 16


def weights(texts: Iterable[str], gram: int) -> Weights:
    """Inverse document frequency of every n-gram bin: ln((1 + n) / (1 + df)) + 1.

    Args:
        texts: n prompts of one language.
        gram: characters of an n-gram.

    Returns:
        (65,536,) a weight for each bin that n-grams are hashed into.
    """
    n, frequency = 0, np.zeros(_BINS)
    for text in texts:
        frequency[np.unique(_grams(text, gram))] += 1
        n += 1
    return np.asarray(np.log((1 + n) / (1 + frequency)) + 1)


def relevance_score(question: str, text: str, spaces: bool, gram: int, full_length: int, weights: Weights) -> float:
    """Scores an answer: cos(prompt, answer) * min(1, length / full_length) * share of distinct n-grams.

    Args:
        question: the prompt's text.
        text: the answer.
        spaces: whether the answer's language separates its words; one that does not is full at a third of the length.
        gram: characters of an n-gram.
        full_length: characters from which on length no longer helps.
        weights: (65,536,) of the n-grams, from prompts in the prompt's language.

    Returns:
        Between 0 and 1.
    """
    return regularised(cosine(question, text, gram, weights), text, spaces, full_length)


def regularised(relevance: float, text: str, spaces: bool, full_length: int) -> float:
    """Relevance times a length incentive, times a repetition penalty.

    Args:
        relevance: of the answer to its prompt.
        text: the answer.
        spaces: whether the answer's language separates its words; one that does not is full at a third of the length.
        full_length: characters from which on length no longer helps.

    Returns:
        relevance * min(1, length / full_length) * share of distinct n-grams.

    Example:
        >>> regularised(0.5, "a b c a b c", True, 22)
        0.1875
    """
    length = min(1.0, len(text.strip()) / (full_length if spaces else full_length / 3))
    return relevance * length * distinct_share(text, spaces)


def cosine(one: str, other: str, gram: int, weights: Weights) -> float:
    """Cosine of two texts' character n-gram TF-IDF vectors, tf as 1 + ln(count).

    Args:
        one: a text.
        other: another.
        gram: characters of an n-gram.
        weights: (65,536,) of the n-grams.

    Returns:
        Between 0 and 1; 0 when either text is shorter than an n-gram.
    """
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
    """Share of distinct word trigrams (character 8-grams where words are not separated).

    Args:
        text: the answer.
        spaces: whether its language separates words.

    Returns:
        Above 0, at most 1; 1 for a text too short for an n-gram.

    Example:
        >>> distinct_share("a b c a b c", spaces=True)
        0.75
    """
    units: Sequence[str] = text.split() if spaces else [c for c in text if not c.isspace()]
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
