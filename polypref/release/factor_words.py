"""What card, page and terminal say above the weights of factors."""

from .factor_results import ALPHA, Factors


def factors_head(factors: Factors) -> str:
    """How the weights came about, and how to read them.

    Args:
        factors: the weights.

    Returns:
        Sentences.
    """
    held, counted = len(factors.held()), sum(row.pairs for row in factors.languages)
    cues = (
        f" Hedging, apology and address are known by phrases that nobody confirmed ({', '.join(factors.unreviewed)})."
        if factors.unreviewed
        else ""
    )
    return (
        f"Of {counted:,} pairs: in each language a conditional logit of which answer is chosen, on the differences of "
        "all factors at once. A weight is the log odds for a difference as large as they usually are in that language "
        f"(its root mean square), with a {factors.level:.0%} interval clustered by prompt; the odds are for one unit. "
        f"{held:,} of {factors.tests:,} weights differ from 0 at {ALPHA:g} after Holm's correction over all of them. "
        f"They say what goes with being chosen, not what caused it.{cues}"
    )
