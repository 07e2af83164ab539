"""What rows say of two answers each: verdicts joined as they are declared, or scores compared; for every evaluation."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median
from typing import NamedTuple

from ..errors import UserError
from ..text.cleaning import BLANK
from .ratings import UNKNOWN_SCORE
from .readings import Join, turned
from .tables import CompletionRow, Item, PromptRow, VerdictRow

#: Reasons why two answers that were compared have no side: their verdicts contradict one another, or no side has more
#: than half of them.
DISAGREEMENT, NO_MAJORITY = "disagreement", "no_majority"
#: Scored answers to one prompt on one occasion, at most: every two of them are compared.
MOST_SCORED = 1_000
# Problems of a row that say nothing of its verdicts.
_OTHERS = ("score_", "not_rated", UNKNOWN_SCORE, "no_occasion", "occasion_", "no_chosen", "no_rejected")


class Preference(NamedTuple):
    """What is known of two answers to a prompt.

    Attributes:
        prompt: what was asked.
        first, second: the answers, as the first of the rows has them.
        side: `a` where the first is better, `b` where the second is, or `tie`; empty where nothing tells.
        reason: why nothing tells; empty where something does.
        scores: of the two answers, where verdicts decide and both are scored.
        claimed: where all verdicts must say the same and do not, the sides that single ones take.
    """

    prompt: PromptRow
    first: CompletionRow
    second: CompletionRow
    side: str
    reason: str = ""
    scores: tuple[float, float] | None = None
    claimed: frozenset[str] = frozenset()


@dataclass
class _Seen:
    """What rows hold on one prompt."""

    prompt: PromptRow
    answers: dict[str, CompletionRow] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], list[VerdictRow]] = field(default_factory=dict)
    silent: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    scores: dict[tuple[str, str], dict[str, list[float]]] = field(default_factory=dict)


def preferences(items: Iterable[Item], by_verdicts: bool, join: Join = "unanimous") -> list[Preference]:
    """What rows say of every two answers that they compare.

    Args:
        items: what the rows became.
        by_verdicts: whether verdicts decide; scores do otherwise: of two answers of one prompt, rater and occasion the
            one with the higher score is better (with several scores, their median).
        join: how several verdicts on the same two answers are one.

    Returns:
        in the order in which the prompts and pairs are met; with `each`, one for every person's verdict.

    Raises:
        UserError: too many scored answers to compare every two of them.
    """
    seen: dict[str, _Seen] = {}
    for item in items:
        one = seen.setdefault(item.prompt["prompt_id"], _Seen(item.prompt))
        for answer in item.completions:
            one.answers.setdefault(answer["completion_id"], answer)
        for verdict in item.verdicts:
            one.verdicts.setdefault(_pair(verdict["completion_a"], verdict["completion_b"]), []).append(verdict)
        if by_verdicts and len(item.completions) == 2:
            pair = _pair(*(answer["completion_id"] for answer in item.completions))
            one.silent.setdefault(pair, []).extend(_of_verdicts(item))
        for rating in item.ratings:
            of_rater = one.scores.setdefault((rating["rater"], rating["occasion"] or ""), {})
            of_rater.setdefault(rating["completion_id"], []).append(rating["score"])
    compared = _by_verdicts if by_verdicts else _by_scores
    return [preference for one in seen.values() for preference in compared(one, join)]


def _of_verdicts(item: Item) -> list[str]:
    """Why verdicts of a row say nothing."""
    return [reason for reason, _ in item.problems if not reason.startswith(_OTHERS)]


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _by_verdicts(seen: _Seen, join: Join) -> Iterator[Preference]:
    for pair in dict.fromkeys([*seen.verdicts, *seen.silent]):
        verdicts, silent = seen.verdicts.get(pair, []), seen.silent.get(pair, [])
        first, second = _as_met(seen, pair)
        scores = _scores_of(seen, first, second)
        votes = [_vote(one, first) for one in verdicts]
        sides = joined(votes, join)
        claimed = frozenset(side for side, _ in votes if side in ("a", "b")) if join == "unanimous" else frozenset()
        for side, reason in sides or [("", silent[0])] * bool(silent):
            answers = seen.answers[first], seen.answers[second]
            yield Preference(seen.prompt, *answers, side, reason, scores, claimed if reason else frozenset())
        # Who said nothing is counted beside those whose verdicts count one by one.
        for reason in silent if join == "each" and sides else ():
            yield Preference(seen.prompt, seen.answers[first], seen.answers[second], "", reason, scores)


def _as_met(seen: _Seen, pair: tuple[str, str]) -> tuple[str, str]:
    """The ids of two answers, that first which is met first."""
    first = next(one for one in seen.answers if one in pair)
    return first, pair[1] if first == pair[0] else pair[0]


def _vote(verdict: VerdictRow, first: str) -> tuple[str, str | None]:
    side = verdict["preferred"]
    return side if verdict["completion_a"] == first else turned(side), verdict["annotator"]


def joined(votes: Sequence[tuple[str, str | None]], join: Join) -> list[tuple[str, str]]:
    """Several verdicts on the same two answers as one, or one by one.

    Args:
        votes: `a`, `b`, `tie` or `disagreement`, and whose it is; None for somebody who is not named.
        join: `unanimous`: all say the same; `majority`: more than half of the people do; `each`: every one counts, the
            same one of the same person once.

    Returns:
        (side, reason): a side, or none and why. Nothing where there is no vote.

    Example:
        >>> joined([("a", None), ("a", None), ("tie", None)], "majority")
        [('a', '')]
        >>> joined([("a", None), ("tie", None)], "unanimous")
        [('', 'disagreement')]
    """
    if not votes:
        return []
    if join == "each":
        named = dict.fromkeys((side, who) if who else (side, number) for number, (side, who) in enumerate(votes))
        return [_outcome(side) for side, _ in named]
    if join == "unanimous":
        sides = {side for side, _ in votes}
        return [_outcome(sides.pop()) if len(sides) == 1 else ("", DISAGREEMENT)]
    people: dict[str | int, set[str]] = {}
    for number, (side, who) in enumerate(votes):
        people.setdefault(who or number, set()).add(side)
    ballots = Counter(next(iter(sides)) if len(sides) == 1 else DISAGREEMENT for sides in people.values())
    for side, number in ballots.items():
        if 2 * number > ballots.total() and side != DISAGREEMENT:
            return [(side, "")]
    return [("", NO_MAJORITY)]


def _outcome(side: str) -> tuple[str, str]:
    return ("", DISAGREEMENT) if side == DISAGREEMENT else (side, "")


def _by_scores(seen: _Seen, _: Join) -> Iterator[Preference]:
    for (rater, occasion), scores in seen.scores.items():
        if len(scores) > MOST_SCORED:
            on = f" on the occasion {occasion}" if occasion else ""
            asked = seen.prompt["prompt"][-1]["content"][:60]
            raise UserError(
                f"{rater} scored {len(scores):,} answers to the prompt {asked!r}{on}: of at most {MOST_SCORED:,} every "
                "two are compared; check that `prompt` names what was asked"
            )
        of_answer = {answer: median(numbers) for answer, numbers in scores.items()}
        for one, other in combinations(of_answer, 2):
            first, second = of_answer[one], of_answer[other]
            side = "tie" if first == second else "a" if first > second else "b"
            yield Preference(seen.prompt, seen.answers[one], seen.answers[other], side)


def _scores_of(seen: _Seen, first: str, second: str) -> tuple[float, float] | None:
    """The scores of two answers by one rater on one occasion; None where there are none."""
    for scores in seen.scores.values():
        if first in scores and second in scores:
            return float(median(scores[first])), float(median(scores[second]))
    return None


def bare_text(text: str) -> str:
    """A text as it is compared with another.

    Args:
        text: of an answer.

    Returns:
        composed, without blanks at its ends.
    """
    return unicodedata.normalize("NFC", text).strip(BLANK)
