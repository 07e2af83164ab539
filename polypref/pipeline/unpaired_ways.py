"""What a builder whose labels are kept unpaired may ask for: nothing that only pairs have.

Prompts and answers are checked as in any build, those with one answer too. A check of pairs has nothing to look at.
"""

from collections.abc import Mapping, Sequence

from ..errors import UserError
from ..layouts.fields import ALL, OF_ROW
from ..layouts.source import Source
from ..raters.contract import is_given
from ..scripting.own_code import is_own
from ..stages.checks import second_detector
from ..stages.checks.contract import Check
from ..stages.checks.findings import subjects_of
from .ways import SourceWay


def is_unpaired(ways: Sequence[SourceWay]) -> bool:
    """Whether a build keeps labels unpaired.

    Args:
        ways: those of the build, that `check_unpaired` has nothing against.

    Returns:
        whether its rows are single answers.
    """
    return any(way.pairs.unpaired for way in ways)


def check_unpaired(
    builder: str,
    ways: Sequence[SourceWay],
    sources: Sequence[Source],
    filters: Sequence[Check],
    others: Mapping[str, bool],
) -> None:
    """Sees that a builder whose labels are kept unpaired asks for nothing that only pairs have.

    Args:
        builder: the builder's name.
        ways: its ways to rate and to pair.
        sources: its sources.
        filters: its checks.
        others: further settings that need pairs, or make answers that nobody labels -> whether they are set.

    Raises:
        UserError: it does, or some of its sources are paired and others not.
    """
    if not is_unpaired(ways):
        return
    what = f"builder '{builder}' keeps labels unpaired (PairRule('unpaired'))"
    if paired := [source for way in ways if not way.pairs.unpaired for source in way.sources]:
        raise UserError(f"{what}, but those of source '{paired[0]}' not: a dataset has one form; build two datasets")
    if len({way.pairs.join for way in ways}) > 1:
        raise UserError(f"{what} with another join in one source than in others; declare one join for all")
    for way in ways:
        if not is_given(way.rater):
            raise UserError(f"{what}, and rater '{way.rater.name}' gives no labels; take SourceRater(...)")
    if wanted := [setting for setting, there in others.items() if there]:
        raise UserError(
            f"{what}, and {wanted[0]} goes with pairs alone, or makes what nobody has labelled; leave it out"
        )
    for source in sources:
        if source.fields.occasion in (ALL, OF_ROW):
            raise UserError(
                f"{what}, and source '{source.name}' has occasion='{source.fields.occasion}': labels are not compared; "
                "leave it out, or name the column of who labelled"
            )
    for one in filters:
        if one.name == second_detector.NAME:
            raise UserError(
                f"{what}, and a second detector (--second-detector, checks.SecondDetector) votes on the texts of "
                "pairs; leave it out"
            )
        # The default chain has checks of pairs too; those of somebody's own are meant to be run.
        if subjects_of(one) == ("pair",) and (is_own(one) or hasattr(one, "function")):
            raise UserError(
                f"{what}, and check '{one.name}' is shown pairs; have it look at answers, as in of='answer' or "
                "subjects = ('answer',)"
            )


def checks_without_pairs(chain: Sequence[Check]) -> list[Check]:
    """The checks that have something to look at where there are no pairs.

    Args:
        chain: a chain.

    Returns:
        those of prompts and answers.
    """
    return [one for one in chain if subjects_of(one) != ("pair",)]
