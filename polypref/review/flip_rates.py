"""What a review says of the labels: how many of a language's are the wrong way round, reviewers' own errors apart."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .agreement import Judgements
from .decisions import Decisions

#: Judgements below which a language's rate is not stated, and twos of reviewers below which their errors are not.
LEAST = 20
#: Reviewers who err as often say next to nothing of a label (their agreement beyond chance, (1 - 2 r)^2, is under .04),
#: and a rate reckoned from them would be noise, mostly 0 or 1.
MOST_ERROR = 0.4


@dataclass(frozen=True)
class FlipRate:
    """How many labels of a language are wrong, by its reviewers.

    Attributes:
        rate: share of pairs whose chosen answer is the worse one; .5 or more says that the labels mean nothing. It is
            .5 where reviewers agree with each other so seldom (MOST_ERROR) that nothing can be known of the labels.
        judgements: how many judgements prefer one answer.
        twos: how many times two of them are of the same pair.
        reviewer_error: share of judgements that are wrong; 0 where too few twos say anything of it.
    """

    rate: float
    judgements: int
    twos: int
    reviewer_error: float


def is_next_to_coins(reviewer_error: float) -> bool:
    """Whether reviewers err so often that nothing can be known of labels from them.

    Args:
        reviewer_error: share of their judgements that are wrong.

    Returns:
        true from MOST_ERROR on.
    """
    return reviewer_error > MOST_ERROR - 1e-9  # it comes from a square root


def flip_rates(review: Decisions) -> dict[str, FlipRate]:
    """By language, how many labels are wrong.

    Reviewers who err at a rate r, each by themselves, contradict a label that is wrong at a rate e in a share
    d = e (1 - r) + (1 - e) r of their judgements, and each other in a share s = 2 r (1 - r): so r = (1 - sqrt(1 - 2 s))
    / 2 and e = (d - r) / (1 - 2 r). Where fewer than LEAST twos were judged r is taken as 0, and the rate is the most
    that it can be. That both answers are bad, or in another language, says nothing of the label; nor do pairs that were
    routed to people, whose labels are wrong more often than others, nor those that somebody picked on a dataset's page,
    which shows the label.

    Args:
        review: what the review came to; the labels are those of the dataset that it was of.

    Returns:
        By tag, sorted; languages with fewer than LEAST judgements are left out.
    """
    judged: dict[str, list[Judgements]] = defaultdict(list)
    routed = set(review.routed)
    for pair_id, one in review.decisions.items():
        if one.judgements is not None and not one.judgements.not_blind and pair_id not in routed:
            judged[one.language].append(one.judgements)
    if not routed and all(one.judgements is None for one in review.decisions.values()):
        # A file of before 0.3 has the figures of a language alone.
        whole = {tag: one.judgements for tag, one in review.agreement.items()}
        rates = {tag: _rate(one.chosen, one.rejected, 0, 0) for tag, one in whole.items()}
    else:
        rates = {tag: _rate_of(some) for tag, some in judged.items()}
    return {tag: rate for tag, rate in sorted(rates.items()) if rate is not None}


def _rate_of(judged: Sequence[Judgements]) -> FlipRate | None:
    chosen, rejected = (sum(getattr(one, side) for one in judged) for side in ("chosen", "rejected"))
    twos = sum(math.comb(one.chosen + one.rejected, 2) for one in judged)
    return _rate(chosen, rejected, twos, sum(one.chosen * one.rejected for one in judged))


def _rate(chosen: int, rejected: int, twos: int, differing: int) -> FlipRate | None:
    judgements = chosen + rejected
    if judgements < LEAST:
        return None
    contradicted = rejected / judgements
    error = 0.0
    if twos >= LEAST:
        error = (1 - math.sqrt(max(1 - 2 * differing / twos, 0))) / 2
    if is_next_to_coins(error):
        return FlipRate(0.5, judgements, twos, error)
    return FlipRate(min(max((contradicted - error) / (1 - 2 * error), 0.0), 1.0), judgements, twos, error)
