"""What a finished stage writes down of itself, and what a stage that asks models notes of their answers."""

from dataclasses import dataclass, field

from ..files.records import OMIT_DEFAULT, decode
from ..files.store import Stage
from ..stages.counts import FunnelRow, Mixtures, NotDrawn, RankRange, SourceRow, UnknownLanguage
from ..stages.vote_agreement import VoteAgreement


@dataclass(frozen=True)
class Closing:
    """What a stage writes down when it is whole.

    Attributes:
        funnel: what it counted.
        mixtures: of the stage balance: what every mixture has of each language.
        unknown_languages: of the stage read: names in the sources that no language goes by.
        agreement: of the stage pair: how far those agree who judged the same answers.
        notes: of the stage read: what somebody should know of the sources; of the stage balance: what took the places
            of rows of an earlier version that are gone.
        by_source: of the stage read: what it counted, source by source, where there are several.
        ranges: of the stage balance of a later version: which ranks are in which mixtures.
        not_drawn: of the stage balance: languages of whose leak groups the hash draws none for test.

    """

    funnel: list[FunnelRow]
    mixtures: Mixtures | None = field(default=None, metadata=OMIT_DEFAULT)
    unknown_languages: list[UnknownLanguage] = field(default_factory=list, metadata=OMIT_DEFAULT)
    agreement: list[VoteAgreement] = field(default_factory=list, metadata=OMIT_DEFAULT)
    notes: list[str] = field(default_factory=list, metadata=OMIT_DEFAULT)
    by_source: list[SourceRow] = field(default_factory=list, metadata=OMIT_DEFAULT)
    ranges: list[RankRange] | None = field(default=None, metadata=OMIT_DEFAULT)
    not_drawn: list[NotDrawn] = field(default_factory=list, metadata=OMIT_DEFAULT)


@dataclass(frozen=True)
class Noted:
    """What is noted when all that a stage asks is answered: a digest of the answers, and who served which model.

    Attributes:
        model_notes: model (NAME, or NAME@REVISION) -> what its chat template does by itself, and at which revision it
            was loaded.
    """

    answers: str
    served: dict[str, list[str]] = field(default_factory=dict)  # builds of before noted none
    model_notes: dict[str, list[str]] = field(default_factory=dict)


def closing(stage: Stage) -> Closing:
    """What a finished stage wrote down.

    Args:
        stage: one that is done.

    Returns:
        What was counted, and what else the stage notes.

    Raises:
        UserError: the file is damaged.
    """
    return decode(Closing, stage.done, f"{stage.path / 'done.json'} is damaged", f"delete {stage.path} and build again")
