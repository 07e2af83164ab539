"""What a rater would have chosen without the checks: how often its first choice may not be chosen, by language."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .counts import FunnelRow


@dataclass(frozen=True)
class FirstChoices:
    """Of one language: what the pairs were raised from.

    Attributes:
        language: its tag.
        prompts: those with an answer that the rater scored. What it was not asked about, as it can be in no pair, is
            not among them.
        fell: those of them whose best answer may not be chosen.
        reasons: why -> how many; the commonest first.
    """

    language: str
    prompts: int
    fell: int
    reasons: dict[str, int]

    @property
    def share(self) -> float:
        """The share of prompts whose first choice fell, 0 to 1."""
        return self.fell / self.prompts if self.prompts else 0.0


def first_choices(funnel: Iterable[FunnelRow]) -> list[FirstChoices]:
    """How often the rater's first choice fell.

    Args:
        funnel: the rows of all stages.

    Returns:
        a row for each language in which it fell at all, the largest share first.
    """
    prompts, reasons = Counter[str](), dict[str, Counter[str]]()
    for row in funnel:
        if row.outcome == "first_choice":
            prompts[row.language] += row.rows
        if row.outcome == "first_choice_fell":
            reasons.setdefault(row.language, Counter())[row.reason] += row.rows
    rows = [FirstChoices(tag, prompts[tag], why.total(), dict(why.most_common())) for tag, why in reasons.items()]
    return sorted(rows, key=lambda row: (-row.share, row.language))
