"""What rows say by themselves about which answers are better, before anything is joined or chosen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .readings import turned
from .tables import Item, VerdictRow

_WORDS = {
    "a": "for the first answer",
    "b": "for the second answer",
    "tie": "tied",
    "disagreement": "not the same in both orders",
}


@dataclass(frozen=True)
class Comparison:
    """What one or several rows say about the answers to a prompt.

    Attributes:
        where: the first of the rows.
        prompt: the last turn of the prompt.
        better, worse: the answers that are better, by the votes or scores that there are, and those that are worse.
        tied: whether there are two answers of which neither is better.
        basis: votes or scores, in words.
        before: the turns before the last one of the prompt: who speaks, and what.
    """

    where: str
    prompt: str
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    tied: bool = False
    basis: str = ""
    before: tuple[tuple[str, str], ...] = ()


@dataclass
class _Seen:
    """What was read of the answers to a prompt on one occasion."""

    where: str
    prompt: str
    before: tuple[tuple[str, str], ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    votes: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def count(self, verdict: VerdictRow) -> None:
        """Counts a verdict; a pair that was met the other way round before is the same pair."""
        pair, preferred = (verdict["completion_a"], verdict["completion_b"]), verdict["preferred"]
        if pair[::-1] in self.votes:
            pair, preferred = pair[::-1], turned(preferred)
        self.votes.setdefault(pair, Counter())[preferred] += 1


def comparisons(items: Iterable[tuple[str, Item]]) -> list[Comparison]:
    """What rows say, those together that are of one prompt and one occasion; those with verdicts of the same answers.

    Args:
        items: (place, what the row became).

    Returns:
        a comparison for each, in the order in which they are met. Scores that differ make the answers with the highest
        better than those with the lowest; a pair's votes count by their majority.
    """
    seen: dict[tuple[str, str, frozenset[str]], _Seen] = {}
    for where, item in items:
        texts = {one["completion_id"]: one["text"] for one in item.completions}
        together = frozenset(texts) if item.verdicts else frozenset[str]()
        for occasion in {one["occasion"] or "" for one in (*item.ratings, *item.verdicts)} or {""}:
            *before, last = ((turn["role"], turn["content"]) for turn in item.prompt["prompt"])
            first = _Seen(where, last[1], tuple(before))
            one = seen.setdefault((item.prompt["prompt_id"], occasion, together), first)
            one.texts.update(texts)
            one.scores |= {
                rating["completion_id"]: rating["score"]
                for rating in item.ratings
                if (rating["occasion"] or "") == occasion
            }
            for verdict in item.verdicts:
                if (verdict["occasion"] or "") == occasion:
                    one.count(verdict)
    return [replace(_compared(one), before=one.before) for one in seen.values()]


def _compared(seen: _Seen) -> Comparison:
    if seen.votes:
        return _by_votes(seen)
    if seen.scores:
        return _by_scores(seen)
    return Comparison(seen.where, seen.prompt, basis="no preference")


def _by_scores(seen: _Seen) -> Comparison:
    best, worst = max(seen.scores.values()), min(seen.scores.values())
    basis = "scored " + ", ".join(f"{score:g}" for score in sorted(seen.scores.values(), reverse=True)[:8])
    if best == worst:
        tied = len(seen.scores) > 1
        return Comparison(seen.where, seen.prompt, tied=tied, basis=basis + ("" if tied else ", the only answer"))
    return Comparison(seen.where, seen.prompt, _of(seen, best), _of(seen, worst), basis=basis)


def _of(seen: _Seen, score: float) -> tuple[str, ...]:
    return tuple(seen.texts[answer] for answer, its in seen.scores.items() if its == score)


def _by_votes(seen: _Seen) -> Comparison:
    better: dict[str, str] = {}
    worse: dict[str, str] = {}
    tied = False
    total = Counter[str]()
    for (one, other), votes in seen.votes.items():
        total.update(votes)
        won, lost = votes["a"] * 2 > votes.total(), votes["b"] * 2 > votes.total()
        tied = tied or votes["tie"] * 2 > votes.total()
        if won or lost:
            winner, loser = (one, other) if won else (other, one)
            better[winner], worse[loser] = seen.texts[winner], seen.texts[loser]
    return Comparison(
        seen.where, seen.prompt, tuple(better.values()), tuple(worse.values()), tied and not better, _words(total)
    )


def _words(votes: Mapping[str, int]) -> str:
    if len(votes) == 1 and sum(votes.values()) == 1:
        return next(_WORDS.get(side, side) for side in votes)
    return ", ".join(f"{count} {_WORDS.get(side, side)}" for side, count in votes.items())
