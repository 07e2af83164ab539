"""Which pairs people should see: those whose label is the least sure by what is known without them.

People's time is what multilingual data has least of, and most labels need none of it (Hybrid Preferences, arXiv
2410.19133: which instances to send to people decides what their work is worth). A pair is scored by what speaks against
its label, is hard to tell, or was flagged. A part of the rows is drawn at random, and in the sheet nothing tells which:
when the sheets come back, how much more often reviewers contradict the labels of routed pairs is measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from ..files import sql
from .sheet_rows import SheetRow

#: Pairs of a language that are scored, at most; of more so many are drawn.
MOST_SCORED: Final = 20_000
# What of two answers is compared, in characters, and the length of the stretches that they may share.
_COMPARED: Final = 2_000
_STRETCH: Final = 3
_OWN_FLAGS: Final = "review_"  # of what reviewers decided already


@dataclass(frozen=True)
class Routing:
    """How the rows of a sheet are chosen.

    Attributes:
        random_share: share of the rows that are drawn at random, so that the gain can be measured.
        ratings: files of what raters gave, where the dataset publishes it.
    """

    random_share: float = 0.25
    ratings: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """The rows of a sheet, and by which way each came into it.

    Attributes:
        rows: in the order of the sheet, which tells nothing of their way.
        routed: ids of those with the highest scores among the others.
        drawn: ids of those that were drawn at random among all.
    """

    rows: list[SheetRow]
    routed: list[str]
    drawn: list[str]


def choose_rows(rows: Sequence[SheetRow], number: int, routing: Routing) -> Chosen:
    """Chooses the rows of a sheet.

    Args:
        rows: the pairs of one language, in a random order.
        number: how many people have time for.
        routing: how they are chosen.

    Returns:
        As many rows, or all where there are fewer: first those that are drawn, of the others those with the highest
        scores.
    """
    drawn = rows[: min(len(rows), round(number * routing.random_share))]
    others = rows[len(drawn) :]
    scores = score_rows(rows, votes_of_raters(rows, routing.ratings))[len(drawn) :]
    best = np.argsort(-scores, kind="stable")[: max(number - len(drawn), 0)]
    routed = [others[at] for at in best]
    ids = {one.pair_id for one in (*drawn, *routed)}
    # Rows that were drawn stand first among all: sorted by their ids, which are digests, neither way shows.
    shown = sorted((one for one in rows if one.pair_id in ids), key=lambda one: one.pair_id)
    return Chosen(shown, sorted(one.pair_id for one in routed), sorted(one.pair_id for one in drawn))


def score_rows(rows: Sequence[SheetRow], against: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """How unsure the label of each pair is, as far as it can be told without people.

    The share of people's votes and of other raters that prefer the rejected answer, each from 0 to 1, and the mean of
    the ranks, from 0 to 1 within the language, of: scores that are close, the chosen answer being the shorter one,
    answers of like length, answers that share much of their text, and flags.

    Args:
        rows: pairs of one language.
        against: pair_id -> share of other raters that prefer the rejected answer.

    Returns:
        A score for each; the higher, the less sure.
    """
    if not rows:
        return np.zeros(0)
    lengths = np.log([[len(one.chosen) + 1, len(one.rejected) + 1] for one in rows])
    shorter = lengths[:, 1] - lengths[:, 0]
    known = [one.score_margin for one in rows if one.score_margin is not None]
    middle = float(np.median(known)) if known else 0.0
    ranked = [
        _ranks(np.array([-(middle if one.score_margin is None else one.score_margin) for one in rows])),
        _ranks(shorter),
        _ranks(-np.abs(shorter)),
        _ranks(np.array([shared_text(one.chosen, one.rejected) for one in rows])),
        _ranks(np.array([sum(not flag.startswith(_OWN_FLAGS) for flag in one.flags) for one in rows], float)),
    ]
    people = np.array([one.against / one.votes for one in rows])
    raters = np.array([against.get(one.pair_id, 0.0) for one in rows])
    scores: npt.NDArray[np.float64] = people + raters + np.mean(ranked, axis=0)
    return scores


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ranks from 0 to 1; equal values share the middle of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    ranks: npt.NDArray[np.float64] = middle[places] / max(len(values) - 1, 1)
    return ranks


def shared_text(one: str, other: str) -> float:
    """How much two answers share: Jaccard similarity of their stretches of 3 characters, of the first 2,000 each.

    Args:
        one: a text.
        other: another.

    Returns:
        0 to 1.

    Example:
        >>> shared_text("abcd", "abce")
        0.3333333333333333
    """
    a, b = ({text[i : i + _STRETCH] for i in range(max(1, len(text) - _STRETCH + 1))} for text in _begun(one, other))
    return len(a & b) / len(a | b)


def _begun(*texts: str) -> list[str]:
    return [text[:_COMPARED] for text in texts]


class Compared(Protocol):
    """What is asked of a pair, to know what raters say of it."""

    @property
    def pair_id(self) -> str:
        """Of the pair."""
        ...

    @property
    def chosen_id(self) -> str:
        """Of the chosen answer."""
        ...

    @property
    def rejected_id(self) -> str:
        """Of the other one."""
        ...

    @property
    def rater(self) -> str:
        """Who gave the label."""
        ...


def votes_of_raters(rows: Iterable[Compared], ratings: Sequence[Path]) -> dict[str, float]:
    """What raters other than the pair's own say of each pair, where the dataset publishes it.

    Args:
        rows: pairs.
        ratings: files of what raters gave (schema.RELEASED_RATINGS).

    Returns:
        pair_id -> share of them that prefer the rejected answer, ties counted half; without pairs on which no other
        rater says anything.
    """
    if not ratings:
        return {}
    con = sql.connect(reads=ratings)
    columns = [[one.pair_id, one.chosen_id, one.rejected_id, one.rater] for one in rows]
    names = ("pair_id", "chosen_id", "rejected_id", "own")
    lists = [list(values) for values in zip(*columns, strict=True)] or [[], [], [], []]
    con.execute(
        f"CREATE TEMP TABLE pairs AS SELECT {', '.join(f'unnest(?) AS {name}' for name in names)}",
        lists,
    )
    con.execute(
        f"""CREATE TEMP TABLE given AS
            SELECT completion_id, compared_with, rater, score, verdict FROM {sql.parquet(*ratings)}"""
    )
    shares = con.execute(
        """WITH votes AS (
             SELECT pair_id, c.rater, avg(CASE WHEN c.score > r.score THEN 0 WHEN c.score < r.score THEN 1 ELSE 0.5 END)
                    AS against
             FROM pairs JOIN given c ON c.completion_id = chosen_id AND c.score IS NOT NULL AND c.rater <> own
             JOIN given r ON r.completion_id = rejected_id AND r.rater = c.rater AND r.score IS NOT NULL GROUP BY ALL
             UNION ALL
             SELECT pair_id, rater, avg(CASE verdict WHEN 'better' THEN 0 WHEN 'worse' THEN 1 ELSE 0.5 END)
             FROM pairs JOIN given ON completion_id = chosen_id AND compared_with = rejected_id
             WHERE verdict IS NOT NULL AND rater <> own GROUP BY ALL)
           SELECT pair_id, avg(against) FROM votes GROUP BY pair_id"""
    ).fetchall()
    return dict(shares)


def shared_budget(budget: int, pairs: Mapping[str, int]) -> dict[str, int]:
    """Shares what people have time for between languages: evenly, and what one has no pairs for goes to the others.

    Args:
        budget: rows of all sheets together.
        pairs: language -> how many it has, in the order in which single rows left over are given.

    Returns:
        language -> how many rows its sheet gets.

    Example:
        >>> shared_budget(10, {"he": 2, "fa": 100, "ja": 100})
        {'he': 2, 'fa': 4, 'ja': 4}
    """
    shares = dict.fromkeys(pairs, 0)
    left = min(budget, sum(pairs.values()))
    while left:
        wanting = [tag for tag in pairs if shares[tag] < pairs[tag]]
        each = max(left // len(wanting), 1)
        for tag in wanting[:left]:
            more = min(each, pairs[tag] - shares[tag])
            shares[tag] += more
            left -= more
    return shares
