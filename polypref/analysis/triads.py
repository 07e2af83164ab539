"""Cyclic preferences: of three answers to a prompt, each preferred to the next and the last to the first.

No score can say that, and no reward model that gives one learns it (Zhang et al. 2025, arXiv 2410.02197). Coins prefer
in a circle in a quarter of triads; judges who know an order and err in a share e of comparisons do so in e (1 - e) of
them: with a better than b and b better than c, either the third comparison alone goes wrong, e (1 - e)^2, or the other
two do, e^2 (1 - e).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from .. import schema
from ..files import sql
from ..release.audit_results import TriadFacts
from ..stages.verdict_pairs import VOTER
from .answers import ratings_with_texts
from .clusters import clustered_share

_Matrix = npt.NDArray[np.float64]

# How often each of two texts of a prompt was preferred to the other; a person who says the same again says it once, and
# a judge that prefers another answer in the other order (disagreement) says both.
_BALLOTS = """
SELECT DISTINCT language, rater, prompt_id, least(one, other) AS low, greatest(one, other) AS high,
       CASE WHEN preferred = 'a' THEN one WHEN preferred = 'b' THEN other ELSE preferred END AS best, voter
FROM ({verdicts}) WHERE one <> other
"""
_TALLY = """
SELECT language, rater, prompt_id, low, high, count(*) FILTER (best = low), count(*) FILTER (best = high),
       count(*) FILTER (best = 'disagreement')
FROM ({ballots}) GROUP BY ALL ORDER BY ALL
"""
_OF_BUILD = """
SELECT p.language, v.rater, v.prompt_id, md5(trim(a.text)) AS one, md5(trim(b.text)) AS other, v.preferred,
       {voter} AS voter
FROM {verdicts} v
JOIN (SELECT prompt_id, any_value(response_language) AS language FROM {prompts} GROUP BY prompt_id) p USING (prompt_id)
JOIN (SELECT DISTINCT ON (completion_id) completion_id, text FROM {completions}) a ON a.completion_id = v.completion_a
JOIN (SELECT DISTINCT ON (completion_id) completion_id, text FROM {completions}) b ON b.completion_id = v.completion_b
"""
# A verdict is a row of each of its answers; that of the one with the lesser id stands for both.
_OF_RATINGS = """
SELECT v.response_language AS language, v.rater, v.prompt_id, md5(trim(v.completion[-1].content)) AS one,
       md5(trim(o.text)) AS other, CASE v.verdict WHEN 'better' THEN 'a' WHEN 'worse' THEN 'b' ELSE v.verdict END
         AS preferred, {voter} AS voter
FROM {files} v
JOIN (SELECT DISTINCT ON (completion_id) completion_id, completion[-1].content AS text FROM {files}) o
  ON o.completion_id = v.compared_with
WHERE v.verdict IS NOT NULL AND v.completion_id < v.compared_with
"""


class Compared(NamedTuple):
    """Two answers to a prompt, by number, and how often each was preferred to the other."""

    low: int
    high: int
    for_low: int
    for_high: int


def cyclic_triads(
    con: sql.Connection,
    verdicts: Sequence[Path],
    prompts: Sequence[Path],
    completions: Sequence[Path],
    ratings: Sequence[Path],
) -> list[TriadFacts]:
    """Counts cyclic triads over the verdicts of a build, before any pair is made; else over published ones.

    Args:
        con: a connection that may read the files.
        verdicts: parts of the stages that have any.
        prompts, completions: parts of the stages, for languages and texts.
        ratings: published files of ratings, where the stages are not at hand.

    Returns:
        a row for each language and rater that has a triad, sorted.
    """
    if verdicts and prompts and completions:
        query = _OF_BUILD.format(
            voter=VOTER,
            verdicts=sql.parquet(*verdicts),
            prompts=sql.parquet(*prompts),
            completions=sql.parquet(*completions),
        )
    elif ratings:
        query = _OF_RATINGS.format(files=ratings_with_texts(ratings), voter=_published_voter(ratings))
    else:
        return []
    tally: dict[tuple[str, str], dict[str, list[tuple[str, str, int, int, int]]]] = defaultdict(dict)
    rows = con.execute(_TALLY.format(ballots=_BALLOTS.format(verdicts=query))).fetchall()
    for language, rater, prompt, *compared in rows:
        tally[language, rater].setdefault(prompt, []).append(tuple(compared))
    facts = [count_triads(*key, _numbered(by_prompt.values())) for key, by_prompt in sorted(tally.items())]
    return [one for one in facts if one.cyclic.of or one.tied]


def _published_voter(ratings: Sequence[Path]) -> str:
    """An expression of whose a published verdict `v` is: the person where one is told apart, else the row's own."""
    own = "concat('row ', row_number() OVER ())"
    if "annotator" not in pq.read_schema(ratings[0]).names:
        return own
    return f"coalesce(nullif(v.annotator, {sql.quote(schema.OTHER)}), {own})"


def count_triads(language: str, rater: str, prompts: Sequence[Sequence[Compared]]) -> TriadFacts:
    """Counts the triads of a rater's verdicts in a language.

    Args:
        language: of the answers.
        rater: whose verdicts.
        prompts: of each prompt the comparisons of its answers.

    Returns:
        what there is to say of them.

    Example:
        >>> circle = [Compared(0, 1, 1, 0), Compared(1, 2, 1, 0), Compared(0, 2, 0, 1)]
        >>> count_triads("de", "people", [circle]).cyclic.share
        1.0
    """
    error = single_error([one for compared in prompts for one in compared])
    counted = [_of_prompt(compared, error) for compared in prompts]
    triads = sum(one.triads for one in counted)
    consistent = [one.consistence for one in counted if one.consistence is not None]
    return TriadFacts(
        language,
        rater,
        prompts=sum(one.triads > 0 for one in counted),
        cyclic=clustered_share((one.cyclic, one.triads) for one in counted),
        tied=sum(one.tied for one in counted),
        repeated=sum(one.for_low + one.for_high > 1 for compared in prompts for one in compared),
        error=None if error is None else round(error, 4),
        noise=None if error is None or not triads else round(sum(one.noise for one in counted) / triads, 4),
        consistence=round(fmean(consistent), 4) if consistent else None,
    )


def single_error(compared: Iterable[Compared]) -> float | None:
    """How often a verdict errs, where each errs alike and by itself: two differ in d = 2 e (1 - e) of cases.

    Args:
        compared: comparisons.

    Returns:
        e, at most a half; None where no comparison was made twice.

    Example:
        >>> round(single_error([Compared(0, 1, 2, 0), Compared(0, 1, 1, 1)]), 3)
        0.5
        >>> single_error([Compared(0, 1, 1, 0)]) is None
        True
    """
    differ = drawn = 0
    for one in compared:
        votes = one.for_low + one.for_high
        differ += 2 * one.for_low * one.for_high
        drawn += votes * (votes - 1)
    return (1 - sqrt(max(0.0, 1 - 2 * differ / drawn))) / 2 if drawn else None


class _Prompt(NamedTuple):
    """Triads of a prompt: untied ones, cyclic ones of them, tied ones; cyclic ones expected; Kendall's coefficient."""

    triads: int
    cyclic: int
    tied: int
    noise: float
    consistence: float | None


def _of_prompt(compared: Sequence[Compared], error: float | None) -> _Prompt:
    size = 1 + max((max(one.low, one.high) for one in compared), default=0)
    # beats[i, j]: i is preferred to j; met: they were compared; wrong: how likely the other way would be right.
    beats, met, wrong = (np.zeros((size, size)) for _ in range(3))
    for one in compared:
        gap = one.for_low - one.for_high
        met[one.low, one.high] = met[one.high, one.low] = 1
        if gap:
            first, second = (one.low, one.high) if gap > 0 else (one.high, one.low)
            beats[first, second] = 1
            wrong[first, second] = wrong[second, first] = majority_error(error, abs(gap))
    strict = beats + beats.T
    triads = _closed(strict, strict, strict) // 6
    right, swapped = strict * (1 - wrong), strict * wrong
    # Each triad's chance of a circle, averaged over which of its comparisons spans the order.
    noise = float(np.trace(right @ right @ swapped) + np.trace(swapped @ swapped @ right)) / 6
    return _Prompt(
        triads,
        _closed(beats, beats, beats) // 3,
        _closed(met, met, met) // 6 - triads,
        noise,
        consistence(beats.sum(1)) if strict.sum() == size * (size - 1) else None,
    )


def _closed(one: _Matrix, two: _Matrix, three: _Matrix) -> int:
    """How many walks of three steps end where they began."""
    return round(float(np.trace(one @ two @ three)))


def majority_error(error: float | None, lead: int) -> float:
    """How likely a decision by a lead of so many verdicts is wrong, where no answer is the likelier one beforehand.

    Args:
        error: of a single verdict; None where it is not known.
        lead: verdicts for the one side less those for the other.

    Returns:
        e^m / (e^m + (1 - e)^m).

    Example:
        >>> majority_error(0.2, 1), round(majority_error(0.2, 2), 4)
        (0.2, 0.0588)
    """
    if not error:
        return 0.0
    return error**lead / (error**lead + (1 - error) ** lead)


def consistence(wins: npt.ArrayLike) -> float | None:
    """Kendall's coefficient of consistence (Kendall and Babington Smith 1940, Biometrika 31, 324-345).

    1 - d / d_max, with d = n (n - 1) (2 n - 1) / 12 - sum(a^2) / 2 circular triads, a the times that each was
    preferred, and d_max = (n^3 - n) / 24 for odd n, (n^3 - 4 n) / 24 for even n.

    Args:
        wins: of n answers of which every two were compared, without ties.

    Returns:
        1 for an order, 0 for as many circles as there can be; None for fewer than three.

    Example:
        >>> consistence([2, 1, 0]), consistence([1, 1, 1])
        (1.0, 0.0)
    """
    won = np.asarray(wins, float)
    n = len(won)
    if n < 3:
        return None
    circular = n * (n - 1) * (2 * n - 1) / 12 - float(np.square(won).sum()) / 2
    return 1 - 24 * circular / (n**3 - (n if n % 2 else 4 * n))


def _numbered(prompts: Iterable[Sequence[tuple[str, str, int, int, int]]]) -> list[list[Compared]]:
    """Comparisons with texts as numbers; each verdict of a judge in both orders counts as two that agree."""
    listed = list(prompts)
    twice = any(disagreed for compared in listed for *_, disagreed in compared)
    numbered = []
    for compared in listed:
        names = sorted({text for low, high, *_ in compared for text in (low, high)})
        place = {text: number for number, text in enumerate(names)}
        each = 2 if twice else 1
        numbered.append(
            [
                Compared(place[low], place[high], each * one + both, each * other + both)
                for low, high, one, other, both in compared
            ]
        )
    return numbered
