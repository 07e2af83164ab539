"""Why a rater that was asked gave no score or no verdict, with counts, and what to do about it."""

from collections.abc import Iterable, Mapping
from typing import Final

from .equation import NO_SCORE, NO_VERDICT
from .losses import Case

#: Names of models, raters or languages, or reasons, that a sentence lists at most.
SHOWN: Final = 6
_RETRY: Final = "retry (--retry) asks again for what failed"
_NO_COMPLAINT: Final = (
    "only a message in which the model reads dissatisfaction makes a pair, and nothing failed there; give more "
    "conversations, or have another model read them"
)
_NOT_MENDED: Final = (
    "people were dissatisfied, and by the model no later answer is what they asked for; give more conversations, or "
    "have another model read them"
)
_NOTHING_TO_ASK: Final = "there is nothing to ask about these; give other rows"
#: What to do where asking again is no cure: also what a rater of feedback (`FeedbackRater`) says of a message.
_CURES: Final[Mapping[str, str]] = {
    "missing_score": "these lack the score of one of the raters that are combined; mend or leave out the one named",
    "score_not_finite": "mend the scores or the rater",
    "user_satisfied": _NO_COMPLAINT,
    "reaction_says_nothing": _NO_COMPLAINT,
    "later_answer_does_not_address_it": _NOT_MENDED,
    "later_answer_not_to_the_request": _NOT_MENDED,
    "no_reaction": _NOTHING_TO_ASK,
    "same_answers_again": _NOTHING_TO_ASK,
    "identical_texts": _NOTHING_TO_ASK,
}


def listed_names(names: Iterable[str]) -> str:
    """Names in a sentence.

    Args:
        names: in order.

    Returns:
        The first of them, and dots where there are more.
    """
    listed = list(names)
    return ", ".join(listed[:SHOWN]) + (" ..." if len(listed) > SHOWN else "")


def counted_reasons(counts: Mapping[str, int]) -> str:
    """Names with their counts in a sentence.

    Args:
        counts: name -> how many.

    Returns:
        As in `tie 12, empty_answer 3`, the most first.
    """
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return listed_names(f"{name} {rows:,}" for name, rows in ranked)


def failed_replies(case: Case) -> str:
    """Why there is no score, or no verdict, of answers that raters were asked about.

    Args:
        case: the loss, and what is known around it.

    Returns:
        Part of a sentence; empty where no reason is noted. Verdicts are counted where there are some, and not once
        more by the answers that they would be on.
    """
    for stage in ("rate", "combine"):
        for unit in ("verdicts", "answers"):
            failed = case.lost((stage,), unit)
            for reason in (NO_SCORE, NO_VERDICT):
                del failed[reason]
            if failed:
                what = "verdicts that it did not give" if unit == "verdicts" else "answers that have none"
                reason = failed.most_common(1)[0][0]
                example = case.example(stage, reason)
                cure = _CURES.get(reason, _RETRY)
                return f"; {what}, by reason: {counted_reasons(failed)}{example}; {cure}"
    return ""
