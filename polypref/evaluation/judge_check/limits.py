"""What the figures of a judge's check cannot say."""

from collections.abc import Collection, Iterator

from ..judge_notes import unreviewed
from ..results import JudgeFacts


def limits(judge: JudgeFacts, sources: Collection[str]) -> Iterator[str]:
    """What a reader of the figures must know.

    Args:
        judge: who was checked.
        sources: answers, votes or both.

    Yields:
        a sentence or two each.
    """
    if "answers" in sources:
        yield (
            "Where the winner is known the worse answer was made by code, and is worse than most that models give: who "
            "fails here cannot judge, who passes may still not tell two good answers apart. Only what people preferred "
            "says that."
        )
        yield (
            "That a good answer is good is its owner's word. A list whose order means nothing may be as good in "
            "another order, an answer whose first half is enough as good cut off, and a prompt that asks for another "
            "language may have its answer in it; such comparisons count as the others."
        )
        yield "The sentences that claim to have won are machine-written and unreviewed."
    if "votes" in sources:
        yield "People do not agree with each other in everything either; a judge that agrees with them wholly is none."
    if bare := unreviewed(judge):
        yield f"The judge's prompts are machine-written and unreviewed in {', '.join(bare)}."
    if judge.caution:
        yield f"{judge.name}: {judge.caution}"
    yield (
        "Intervals tell of other prompts of the same kind, clustered by prompt; not of other kinds of prompts, of "
        "another prompt for the judge, or of another revision of it."
    )
