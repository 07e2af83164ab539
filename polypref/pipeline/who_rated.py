"""What the sources declare of who rated, held together: one rater's scores and verdicts are declared in one way."""

from collections.abc import Sequence

from ..errors import UserError
from ..layouts.fields import Fields
from ..layouts.readings import Join
from ..raters.contract import Rater, is_combining, is_given


def join_of(fields: Sequence[Fields], rater: str) -> Join:
    """How several verdicts of a rater on the same two answers are one.

    Args:
        fields: of the sources.
        rater: its name.

    Returns:
        what the sources declare; `unanimous` where none has verdicts by it.
    """
    joins = [one.verdict.join for one in fields if one.verdict and one.verdict.rater == rater]
    return joins[0] if joins else "unanimous"


def check_who_rated(name: str, fields: Sequence[Fields], rater: Rater) -> None:
    """Sees that nobody goes by another's name, and that one rater's verdicts and scores are declared in one way.

    Args:
        name: of the builder.
        fields: of the sources.
        rater: of the builder.

    Raises:
        UserError: a rater is called as somebody who rated in a source, verdicts are joined in two ways, or scores of
            several occasions would be combined with others.
    """
    scored = {answer.rater for one in fields for answer in one.answers if answer.score}
    there = scored | {one.verdict.rater for one in fields if one.verdict}
    joins: dict[str, Join] = {}
    for verdict in (one.verdict for one in fields if one.verdict):
        if joins.setdefault(verdict.rater, verdict.join) != verdict.join:
            raise UserError(
                f"builder '{name}' has verdicts by '{verdict.rater}' joined by {joins[verdict.rater]} in one source "
                f"and by {verdict.join} in another; declare one join, or give the raters names of their own"
            )
    parts: Sequence[Rater] = rater.raters if is_combining(rater) else ()
    for one in (rater, *parts):
        if not is_given(one) and one.name in there:
            raise UserError(
                f"rater {type(one).__name__} is called '{one.name}', and so is who rated in a source: their scores "
                "would be taken for one rater's; give one of them another name"
            )
    for declared in (one for one in fields if one.occasion and one.occasion != "=all"):
        of_occasions = {answer.rater for answer in declared.answers if answer.score}
        if mixed := [one.name for one in parts if one.name in of_occasions]:
            raise UserError(
                f"builder '{name}': the scores by '{mixed[0]}' are of several occasions ({declared.occasion}), and "
                f"'{rater.name}' takes the mean of each rater's scores over all prompts; take '{mixed[0]}' by itself"
            )
