"""Standard errors of weights whose pairs hang together in two ways: pairs of one prompt, and pairs of one person.

The variance of a sum of estimates is that of Cameron, Gelbach and Miller (2011, J. Business & Economic Statistics 29,
238-249): by prompts and by people, less that by both at once, and no less than any of the first two alone, or than the
model's own, of which a sandwich of few clusters falls short. Where several estimates are taken together, the pairs of
all of them go into one sandwich (Weesie 1999, Stata Technical Bulletin 52, 34-47, after Liang and Zeger 1986,
Biometrika 73, 13-22): what two of them have in common by way of the same prompts is in the sums of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..people.two_ways import Floats, Numbers, clustered_variance, number_both


@dataclass(frozen=True)
class Estimate:
    """What a standard error needs of one estimate of some weights.

    Attributes:
        influence: (n, k) by how much each pair moves the weights, negative where they are subtracted.
        model: (k,) the model's own standard errors.
        prompts: (n,) number of each pair's prompt, the same in all estimates that are taken together.
        people: (n,) number of each pair's person, who has pairs in this estimate alone.
    """

    influence: Floats
    model: Floats
    prompts: Numbers
    people: Numbers

    def subtracted(self) -> "Estimate":
        """The same of weights that are subtracted.

        Returns:
            The estimate with its influence turned round.
        """
        return Estimate(-self.influence, self.model, self.prompts, self.people)


def two_way_errors(estimates: Sequence[Estimate]) -> tuple[Floats, Floats]:
    """The standard errors of a sum of estimates, clustered by prompt and by person.

    Nobody is in two of the estimates, so the people of each have a correction of their own for being few, and their
    degrees of freedom are Welch's (1947, Biometrika 34, 28-35): between those of the smallest and of all. People count
    for nothing where an estimate is of one alone: how people vary is then not known.

    Args:
        estimates: at least one; of two that are subtracted the second one as `subtracted` gives it.

    Returns:
        (k,) standard errors, and (k,) degrees of freedom that the people give; infinite where nothing is known of them.
    """
    influence = np.concatenate([one.influence for one in estimates])
    by_prompt = _clustered(influence, np.concatenate([one.prompts for one in estimates]))
    known = [one for one in estimates if len(np.unique(one.people)) > 1]
    nothing = np.zeros(influence.shape[1])
    each = [_clustered(one.influence, one.people) for one in known]
    by_person = np.asarray(sum(each, nothing), float)
    by_both = sum((_clustered(one.influence, number_both(one.prompts, one.people)) for one in known), nothing)
    model = sum((one.model**2 for one in estimates), nothing)
    variance = np.maximum.reduce([by_prompt, by_person, by_prompt + by_person - by_both, model])
    few = sum((part**2 / (len(np.unique(one.people)) - 1) for one, part in zip(known, each, strict=True)), nothing)
    df = np.full(influence.shape[1], np.inf)
    np.divide(by_person**2, few, out=df, where=few > 0)
    return np.sqrt(variance), df


def _clustered(influence: Floats, clusters: Numbers) -> Floats:
    """The variance of each column's sum."""
    return np.array([clustered_variance(column, clusters) for column in influence.T])
