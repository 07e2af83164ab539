"""What a build counts: its funnel, and what each language of a mixture asked for and got."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..files.records import Count, Text

Funnel = Counter[tuple[str, str, str]]
"""Counts by (language, outcome, reason); outcome is in | kept | rejected | skipped | flagged."""


@dataclass(frozen=True)
class FunnelRow:
    """How many rows of one language came to one outcome in one stage.

    Attributes:
        stage: the stage.
        unit: what it counts: rows, prompts, answers, verdicts, edits or pairs; where several rate, of which of them
            (`unit_of_rater`).
        language: of the rows; empty where it is not known.
        outcome: in | kept | rejected | skipped | joined | unused: stages.equation says which are left out. Of what is
            kept also part_rejected, cleaned, flagged, rated_beyond_use, rejected_only, chosen_only; of prompts
            pairs_made, with_a_pair, first_choice, first_choice_fell; of pairs flipped_by_criterion.
        reason: why, or which flag or split; empty where there is nothing to say.
        rows: how many.
    """

    stage: Text
    unit: Text
    language: Text
    outcome: Text
    reason: Text
    rows: Count


@dataclass(frozen=True)
class SourceRow:
    """How many rows of one source and language came to one outcome when they were read.

    Attributes:
        source: the source's name.
        language: of the rows; empty where it is not known.
        outcome, reason: as in FunnelRow, of the stage read; `in` is not among them, as it is all that is kept, rejected
            and skipped.
        rows: how many.
    """

    source: Text
    language: Text
    outcome: Text
    reason: Text
    rows: Count


@dataclass(frozen=True)
class UnknownLanguage:
    """A name in the sources that no language goes by.

    Attributes:
        name: the name.
        rows: how many rows are in it.
        nearest: the known language whose name is nearest; empty where none is near.
    """

    name: Text
    rows: Count
    nearest: Text


@dataclass(frozen=True)
class Quota:
    """Pairs of one language in one mixture.

    Attributes:
        asked: how many training pairs the mixture asks for.
        available: how many there are.
        given: how many it has.
        test: its test pairs.
    """

    asked: Count
    available: Count
    given: Count
    test: Count


@dataclass(frozen=True)
class NotDrawn:
    """A language of whose leak groups the hash draws none for test (`small_languages`).

    Attributes:
        language: its tag.
        groups: how many leak groups it has a pair of.
        test: how many of them are in test all the same: those with the lowest hash, or in an earlier version.
        free: how many could go there yet: no earlier version has released them.
    """

    language: Text
    groups: Count
    test: Count
    free: Count


@dataclass(frozen=True)
class RankRange:
    """Ranks of one language and split, one after the other, that are in the same mixtures and stand in one file.

    Attributes:
        language, split: of the rows.
        first, last: their ranks, both ends included.
        mixtures: names of the mixtures that have them.
    """

    language: Text
    split: Literal["train", "test"]
    first: Count
    last: Count
    mixtures: list[Text]


#: What stands between a unit and the rater of whom it is counted.
_OF_RATER = ", rater "


def unit_of_rater(unit: str, rater: str) -> str:
    """What is counted of one of several raters.

    Args:
        unit: answers or verdicts.
        rater: its name.

    Returns:
        the unit, as it stands in a funnel.

    Example:
        >>> unit_of_rater("answers", "length")
        'answers, rater length'
    """
    return f"{unit}{_OF_RATER}{rater}"


def whole_unit(unit: str) -> str:
    """What is counted, whichever rater it is counted of.

    Args:
        unit: as it stands in a funnel.

    Returns:
        the unit without a rater.

    Example:
        >>> whole_unit("answers, rater length"), whole_unit("possible pairs")
        ('answers', 'possible pairs')
    """
    return unit.partition(_OF_RATER)[0]


Mixtures = dict[str, dict[str, Quota]]
"""Name of the mixture -> language -> its quota."""


def funnel_rows(stage: str, unit: str, funnel: Funnel) -> list[FunnelRow]:
    """A stage's funnel as rows.

    Args:
        stage: the stage's name.
        unit: what it counts: rows, prompts, answers, verdicts or pairs.
        funnel: its counts.

    Returns:
        a row for each count, sorted by language, outcome and reason.
    """
    return [
        FunnelRow(stage, unit, language, outcome, reason, rows)
        for (language, outcome, reason), rows in sorted(funnel.items())
    ]


def absent_languages(asked: Iterable[str] | None, funnel: Iterable[FunnelRow]) -> list[str]:
    """Languages that were asked for and of which no stage saw a row.

    Args:
        asked: their tags; None where every language of the sources was.
        funnel: the rows of all stages.

    Returns:
        Tags in the order asked for.

    Example:
        >>> absent_languages(("fr", "he"), [FunnelRow("read", "rows", "he", "in", "", 3)])
        ['fr']
    """
    seen = {row.language for row in funnel if row.rows}
    return [tag for tag in asked or () if tag not in seen]
