"""What a build left out, and what is known around it: what sentences on builds with nothing left are worded from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .counts import FunnelRow, whole_unit
from .pair import PairRule
from .unpaired import NONE_OF_LABELS
from .verdict_pairs import NONE_OF_VERDICTS

#: What was left out because somebody asked for it: named after all else.
_ASKED_FOR = ("language_not_asked_for", "beyond_limit")
_LOST = ("rejected", "skipped")
# Prompts of which each verdict, or label, is counted with its own reason.
_OF_PARTS = (("verdicts", NONE_OF_VERDICTS), ("labels", NONE_OF_LABELS))
_COUNTED_AGAIN = ("answers", "possible pairs")


@dataclass(frozen=True)
class Loss:
    """Rows that one stage left out for one reason, over all languages that are looked at."""

    stage: str
    unit: str
    reason: str
    rows: int


@dataclass(frozen=True)
class Example:
    """One row that was left out.

    Attributes:
        where: its place in the sources; empty where it has none.
        detail: what was found; empty where nothing is written down.
        alike: how many rows of the reason have the same detail.
    """

    where: str
    detail: str
    alike: int = 0


@dataclass(frozen=True)
class Evidence:
    """What a build knows of itself where nothing is left.

    Attributes:
        rater: whose scores or verdicts count.
        given: whether these come with the sources.
        unrated: what keeps the sources' ratings from being used, as the rater says; empty where nothing does.
        rule: the pair rule.
        scores: rater -> how many answers have its score.
        answers: model -> how many answers are by it.
        routes: route -> how many answers came by it.
        empty: model -> how many of its answers are empty.
        prompts, referenced: how many prompts there are, and how many with a reference.
        alike: how many prompts differ from another one in what cannot be seen alone.
        largest: the largest difference of two scores of which a pair could be, as margins count it; None where no
            prompt is left out for it.
        checked: check and reason -> how many answers it left out, of those that the pair rule asks for; None where that
            asks for all.
        constant: the one score that the rater gave all answers; None where it gave several.
        torn: how often one person said different things of the same two answers.
        columns: the column of the scores, where two answers have the same one; empty otherwise.
        examples: (stage, reason) -> a row that was left out, with the commonest detail.
        checks: the names of the checks -> what each does.
        previous, review, retracted: the earlier release, the file of decisions, the changelog; empty without.
        limit: at most so many prompts a language; None for all.
        folder: the build's folder, to look at; empty where it is not known.
    """

    rater: str = ""
    given: bool = True
    unrated: str = ""
    rule: PairRule = field(default_factory=PairRule)
    scores: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
    routes: Mapping[str, int] = field(default_factory=dict)
    empty: Mapping[str, int] = field(default_factory=dict)
    prompts: int = 0
    referenced: int = 0
    alike: int = 0
    largest: float | None = None
    checked: Mapping[str, int] | None = None
    constant: float | None = None
    torn: int = 0
    columns: str = ""
    examples: Mapping[tuple[str, str], Example] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    previous: str = ""
    review: str = ""
    retracted: str = ""
    limit: int | None = None
    folder: str = ""


@dataclass(frozen=True)
class Case:
    """What a cure is worded from: the commonest loss, all counts of the languages in question, and the evidence."""

    loss: Loss
    funnel: Sequence[FunnelRow]
    evidence: Evidence

    def lost(self, stages: tuple[str, ...], unit: str, outcomes: tuple[str, ...] = ("rejected",)) -> Counter[str]:
        """What some stages left out of one unit.

        Args:
            stages: their names.
            unit: of the counts, of whichever rater.
            outcomes: which count.

        Returns:
            reason -> rows.
        """
        lost = Counter[str]()
        for row in self.funnel:
            if row.stage in stages and whole_unit(row.unit) == unit and row.outcome in outcomes:
                lost[row.reason] += row.rows
        return lost

    def example(self, stage: str, reason: str) -> str:
        """A row that was left out, in brackets.

        Args:
            stage: which left it out.
            reason: why.

        Returns:
            `(first at rows.jsonl row 3: 'good')`, without what is not known; empty where nothing is.
        """
        one = self.evidence.examples.get((stage, reason))
        parts = [f"first at {one.where}" if one.where else "", one.detail] if one else []
        return f" ({': '.join(filter(None, parts))})" if any(parts) else ""

    def example_of_check(self, stage: str, reason: str) -> Example | None:
        """A row that a check left out; of verdicts and labels an answer: what is noted of these is the answers' ids.

        Args:
            stage: which left it out; pair, where verdicts or labels fell with an answer.
            reason: `check: reason`.

        Returns:
            a row; None where none is known.
        """
        if stage == "pair":
            reason = reason.replace(": chosen_", ": answer_").replace(": rejected_", ": answer_")
            stage = "check"
        return self.evidence.examples.get((stage, reason))


def losses_of(funnel: Iterable[FunnelRow]) -> list[Loss]:
    """What was left out, the commonest first; what was left out by request after all else.

    Where all pairs are of verdicts, or rows of labels, these are in it, and not the prompts that have none of theirs.
    Answers, and pairs that might have been, are in it only where nothing else is: what comes of them is counted with
    the prompts.

    Args:
        funnel: the rows of all stages.

    Returns:
        A loss for each stage and reason; of equals the one of the later stage first.
    """
    lost = Counter[tuple[str, str, str]]()
    for row in funnel:
        again = (row.stage, row.reason) in _OF_PARTS or _part_of_a_row(row)
        if row.outcome in _LOST and row.rows and not again:
            lost[row.stage, whole_unit(row.unit), row.reason] += row.rows
    losses = [(place, Loss(*key, rows)) for place, (key, rows) in enumerate(lost.items())]
    losses.sort(key=lambda one: (_by_request(one[1]), -one[1].rows, -one[0]))
    ranked = [loss for _, loss in losses]
    return [one for one in ranked if not _counted_again(one)] or ranked


def _part_of_a_row(row: FunnelRow) -> bool:
    """Whether it counts answers or verdicts that could not be read: of rows that they are a part of, these are told."""
    return row.stage == "read" and row.unit != "rows"


def _counted_again(loss: Loss) -> bool:
    """Whether it is of answers, possible pairs, or what raters did not give: prompts and verdicts tell of these."""
    return loss.unit in _COUNTED_AGAIN or (loss.unit == "verdicts" and loss.stage in ("rate", "combine"))


def _by_request(loss: Loss) -> bool:
    return loss.reason in _ASKED_FOR or loss.reason.startswith("where_")
