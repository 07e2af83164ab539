"""What judge_check.json holds, as types; see `files.records` for how they are written and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ...files.records import Count
from ..figures.agreement import Agreement, Share
from ..figures.fleiss import Fleiss
from ..results import JudgeFacts

#: What is said of a judge in a language, by its accuracy where the winner is known.
State = Literal["passes", "below", "too_few", "not_known"]
_Counts = Mapping[str, Count]


@dataclass(frozen=True, kw_only=True)
class LengthLiking:
    """Whether a judge is right more often where the better answer is the longer one.

    Attributes:
        longer, shorter: share of comparisons in which it prefers the better answer, where that is the longer, or the
            shorter one.
        difference, low, high: of the two: 0 for a judge to whom length is nothing, 1 for one that goes by it alone.
    """

    longer: Share
    shorter: Share
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What a judge is worth in a language.

    Attributes:
        language: its tag; empty for all together.
        prompts, comparisons: that it was asked about.
        state: `below` where the lower end of the interval of `known` is under the bar, `too_few` where that would be so
            were all right, `not_known` without such comparisons.
        known: share in which it prefers the better answer, where the winner is known; a tie, orders that differ and a
            verdict that is missing count half.
        kinds: the same by kind of comparison.
        people: the same for what people preferred, without their ties; `people_kappa` with them: Cohen's kappa.
        orders: share of comparisons on which both orders say the same.
        again: share of verdicts that are the same when it is asked again.
        translations: of a comparison's translations, the share that get the same verdict as this language's.
        length: see LengthLiking.
        first: share of verdicts, of those that are no tie, for the answer that is shown first.
        replies, unread, failed: verdicts asked for; of them those that could not be read, and those nobody gave.
        reasons: why verdicts are missing.
        prompt_tokens, completion_tokens: of all replies; `uncounted` are those whose server did not say.
        cost: of these tokens; None where no price is known.
    """

    language: str
    prompts: Count
    comparisons: Count
    state: State
    known: Share
    kinds: Mapping[str, Share]
    people: Share
    people_kappa: Agreement
    orders: Share
    orders_kappa: Agreement
    again: Share
    again_kappa: Agreement
    translations: Share
    translations_kappa: Agreement
    length: LengthLiking
    first: Share
    replies: Count
    unread: Count
    failed: Count
    reasons: _Counts
    prompt_tokens: Count
    completion_tokens: Count
    uncounted: Count
    cost: float | None


@dataclass(frozen=True, kw_only=True)
class WriterReplies:
    """Replies about the answers of one writer (a model, or a kind of comparison) that could not be read."""

    writer: str
    replies: Count
    unread: Count
    reasons: _Counts


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """Where comparisons are from: good answers or votes, by language, and what was left out by language and reason."""

    what: Literal["answers", "votes"]
    name: str
    languages: _Counts
    left_out: Mapping[str, _Counts]


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """How a judge was checked; see `run.check_judge`."""

    bar: float
    level: float
    seed: int
    repeat_share: float
    limit: int | None
    known_winners: int


@dataclass(frozen=True, kw_only=True)
class JudgeCheck:
    """All that a judge was found to be worth.

    Attributes:
        schema_version: of the file.
        polypref: the version that wrote it.
        judge: who it is, and how it was asked.
        greedy: whether its replies are the likeliest ones; None for a judge whose replies are not drawn at all.
        settings, sources: how, and of what.
        languages: a row each, by tag.
        every: the same over all of them.
        between_languages: Fleiss' kappa of the translations of all comparisons.
        below, too_few: languages in these states.
        writers: unreadable replies by whose answers were shown.
        not_made: language -> kind and reason -> good answers of which no such comparison was made.
        limits: sentences for a reader.
    """

    schema_version: Literal[1] = 1
    polypref: str
    judge: JudgeFacts
    greedy: bool | None
    settings: CheckSettings
    sources: tuple[SourceFacts, ...]
    languages: tuple[Checks, ...]
    every: Checks
    between_languages: Fleiss
    below: tuple[str, ...]
    too_few: tuple[str, ...]
    writers: tuple[WriterReplies, ...]
    not_made: Mapping[str, _Counts]
    limits: tuple[str, ...]
