"""How far people of one group and of different groups agree, where several judged the same two answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..files.records import Count
from .two_ways import interval

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ballots:
    """What people who are told apart said of two answers, vote by vote.

    Attributes:
        pairs: (n,) number of the two answers.
        prompts: (n,) number of their prompt.
        people: (n,) number of the person.
        sides: (n,) 1 for the one answer, -1 for the other.
    """

    pairs: Numbers
    prompts: Numbers
    people: Numbers
    sides: Floats


@dataclass(frozen=True)
class AgreedShare:
    """The share of twos of people on one pair of answers who prefer the same one, with its 95% interval."""

    twos: Count
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """How far people agree, by whether they have the same value of a group.

    Attributes:
        within: of twos of people of one value; None where there are none.
        across: of two values.
        pairs: pairs of answers on which two values or more took a side, by the majority of each.
        differ: of these, how many on which they took different ones.
        by_chance: the share of such pairs where values are dealt out among the people at random; None without a test.
        p: how often so, the one that was seen counted too, twos of one value agree by as much more than others; None
            where there are no twos of the one kind or of the other.
        p_holm: corrected over all tests of the dataset that ask this.
    """

    within: AgreedShare | None
    across: AgreedShare | None
    pairs: Count
    differ: Count
    by_chance: float | None = None
    p: float | None = None
    p_holm: float | None = None


def agreement_by(ballots: Ballots, labels: Numbers, deals: int, random: np.random.Generator) -> Agreement | None:
    """How far people agree, by the values of a group.

    Args:
        ballots: the votes of people.
        labels: (people,) number of each one's value.
        deals: how often a test deals the values out anew; 0 for no test.
        random: deals them.

    Returns:
        The figures; None where no two people judged the same two answers.
    """
    ballots = _of_several(ballots)
    if not len(ballots.pairs):
        return None
    within, across = _twos(ballots, labels)
    differ, pairs = _differing(ballots, labels)
    if not deals or within is None or across is None:
        return Agreement(within, across, pairs, differ)
    shares, beyond = [], 0
    for _ in range(deals):
        dealt = random.permutation(labels)
        hits, of = _differing(ballots, dealt)
        shares += [hits / of] if of else []
        beyond += _lead(ballots, dealt) >= within.share - across.share - 1e-9
    by_chance = float(np.mean(shares)) if shares else None
    return Agreement(within, across, pairs, differ, by_chance, (1 + beyond) / (1 + deals))


def _of_several(ballots: Ballots) -> Ballots:
    """The votes on answers that several people judged, one of each person."""
    _, first = np.unique(np.stack([ballots.pairs, ballots.people]), axis=1, return_index=True)
    pairs = ballots.pairs[first]
    kept = first[np.bincount(pairs, minlength=1)[pairs] > 1] if len(first) else first
    numbers = np.unique(ballots.pairs[kept], return_inverse=True)[1].ravel()
    return Ballots(numbers, ballots.prompts[kept], ballots.people[kept], ballots.sides[kept])


def _twos(ballots: Ballots, labels: Numbers) -> tuple[AgreedShare | None, AgreedShare | None]:
    """The shares of twos of people who agree: of one value, and of two."""
    label, first = labels[ballots.people], ballots.sides > 0
    everybody = _others(ballots.pairs)
    alike = _others(_joint(ballots.pairs, label))
    agree = _others(_joint(ballots.pairs, first))
    agree_alike = _others(_joint(ballots.pairs, label, first))
    return _share(ballots, alike, agree_alike), _share(ballots, everybody - alike, agree - agree_alike)


def _joint(*keys: NDArray[np.int64] | NDArray[np.bool_]) -> Numbers:
    """A number for each different combination."""
    return np.unique(np.stack([key.astype(np.int64) for key in keys]), axis=1, return_inverse=True)[1].ravel()


def _others(keys: Numbers) -> Floats:
    """How many other votes have the same key, vote by vote."""
    return (np.bincount(keys)[keys] - 1).astype(float)


def _share(ballots: Ballots, met: Floats, agreed: Floats) -> AgreedShare | None:
    """The share of twos who agree, with an interval that holds people and prompts for drawn.

    A two stands with both of its people. So what all twos of a person have in common is in the sum over people
    (Aronow, Samii and Assenova 2015, Political Analysis 23, 564-577), what those of a prompt have in the sum over
    prompts; each two by itself is in these three times, and counts once.
    """
    twos = met.sum() / 2
    if not twos:
        return None
    share = float(agreed.sum() / met.sum())
    off = agreed - share * met
    by_person, by_prompt = (
        np.bincount(np.unique(keys, return_inverse=True)[1].ravel(), weights=off)
        for keys in (ballots.people, ballots.prompts)
    )
    own = share * (1 - share) * twos
    variance = float((by_person**2).sum() + (by_prompt**2).sum() / 4 - 2 * own)
    people, prompts = (int((np.bincount(keys, weights=met) > 0).sum()) for keys in (ballots.people, ballots.prompts))
    fewest = min(people, prompts)
    few = fewest / (fewest - 1) if fewest > 1 else 1.0
    # What so few people have in common two by two is seen no more often than there are such twos.
    different = people * (people - 1) // 2
    done = interval(share, max(variance, own) * few / twos**2, fewest, min(int(twos), different))
    return AgreedShare(int(twos), *done)


def _lead(ballots: Ballots, labels: Numbers) -> float:
    """By how much more twos of people of one value agree than twos of two values; 0 where there are none of a kind."""
    votes, sides = _by_value(ballots, labels)
    met, agreed = _twos_of(votes, sides)
    of_all, agreed_of_all = _twos_of(votes.sum(1), sides.sum(1))
    if not met or met == of_all:
        return 0.0
    return agreed / met - (agreed_of_all - agreed) / (of_all - met)


def _twos_of(votes: Floats, sides: Floats) -> tuple[float, float]:
    """How many twos of votes there are, and how many agree: of n votes whose sides come to s, (n2 + s2) / 4 - n / 2."""
    return float((votes * (votes - 1)).sum() / 2), float(((votes**2 + sides**2) / 4 - votes / 2).sum())


def _by_value(ballots: Ballots, labels: Numbers) -> tuple[Floats, Floats]:
    """The votes on each pair by value, (pairs, values): how many there are, and the sum of their sides."""
    values = int(labels.max()) + 1
    keys = ballots.pairs * values + labels[ballots.people]
    size = (int(ballots.pairs.max()) + 1) * values
    votes = np.bincount(keys, minlength=size).astype(np.float64)
    sides = np.bincount(keys, ballots.sides, size).astype(np.float64)
    return votes.reshape(-1, values), sides.reshape(-1, values)


def _differing(ballots: Ballots, labels: Numbers) -> tuple[int, int]:
    """On how many pairs the majorities of values differ, and on how many two values or more have one."""
    _, votes = _by_value(ballots, labels)
    decided = (votes != 0).sum(1) > 1
    differ = decided & (votes > 0).any(1) & (votes < 0).any(1)
    return int(differ.sum()), int(decided.sum())
