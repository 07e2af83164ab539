"""Near-copies: answers of one model to different prompts that say nearly the same."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from ..stages.prompts.shingles import Rows, distinct
from ..stages.prompts.signatures import NearDuplicates, bands, jaccard, shingles, signed
from .answers import Answer


def copied_answers(answers: Sequence[Answer], language: str) -> list[bool]:
    """Which answers have a near-copy among the answers of their model to prompts of other groups.

    Two are near-copies where the Jaccard similarity of their shingles is .7 or more, as for prompts
    (`stages.prompts`): MinHash bands find the candidates, so that a few may be missed. Translations of one prompt, and
    its near-copies, are one group, and what is said to them alike is no near-copy.

    Args:
        answers: in one language.
        language: its tag.

    Returns:
        whether each of them has one.
    """
    has_copy = [False] * len(answers)
    by_model: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(answers):
        by_model[one.model].append(number)
    for numbers in by_model.values():
        own = [answers[number] for number in numbers]
        for pair in _copies(own, language):
            for place in pair:
                has_copy[numbers[place]] = True
    return has_copy


def _copies(answers: Sequence[Answer], language: str) -> Iterator[tuple[int, int]]:
    """Pairs of near-copies: of each that has any at least one."""
    settings = NearDuplicates()
    if len(answers) < 2:
        return
    grams, exact = shingles([one.text for one in answers], [language] * len(answers))
    grams = distinct(grams)
    for at in _buckets(exact[:, None]):
        yield from _other_groups(answers, at)
    long = np.flatnonzero(np.diff(grams.offsets) >= settings.shortest)
    if len(long) < 2:
        return
    hashed = bands(signed(_some_rows(grams, long), settings), settings)
    done: set[tuple[int, int]] = set()
    for at in _buckets(hashed):
        for one, other in _other_groups(answers, [int(long[place]) for place in at]):
            if (one, other) not in done:
                done.add((one, other))
                if jaccard(grams.row(one), grams.row(other)) >= settings.threshold:
                    yield one, other


def _buckets(hashed: "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]") -> Iterator[list[int]]:
    """Rows that have the same value in a column."""
    for column in hashed.T:
        order = np.argsort(column, kind="stable")
        cuts = np.flatnonzero(np.diff(column[order])) + 1
        yield from (some.tolist() for some in np.split(order, cuts) if len(some) > 1)


def _other_groups(answers: Sequence[Answer], at: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each with the first of a bucket whose prompt is of another group, and with the next."""
    first = at[0]
    other = next((one for one in at if answers[one].group != answers[first].group), None)
    if other is None:
        return
    for place, one in enumerate(at):
        against = first if answers[one].group != answers[first].group else other
        yield min(one, against), max(one, against)
        if place and answers[at[place - 1]].group != answers[one].group:
            before = at[place - 1]
            yield min(one, before), max(one, before)


def _some_rows(rows: Rows, wanted: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> Rows:
    lengths = np.diff(rows.offsets)[wanted]
    values = np.concatenate([rows.row(int(one)) for one in wanted])
    return Rows(values, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)]))
