"""A rater that is an LLM asked what people wrote after an answer: was it no good, and is the next one better?

WildFeedback (Shi et al. 2024, arXiv 2408.15549) without its rewriting: there the chosen answer is written anew by a
model that is given the person's wishes, here it is the one that the conversation holds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..inference import Failure, Known, Reply, Request, Sampling, Served
from ..inference.names import public_name
from ..judging import feedback, replies
from ..judging.feedback import Exchange, Mark, Mended
from ..judging.prompts import Group, Query
from ..scripting.declared import check_fields, checked_call
from ..stages.asking import rejections
from ..stages.pool import Bucket
from .groups import Rejection, groups

#: Who gives the verdicts of sources that hold reactions (`layouts.Reactions`): the later answer over the one before it,
#: with the reaction as the rationale. They are none until a rater has read them.
REACTIONS: Final = "reactions"
#: Turns that people mark before a dataset is released.
MARKS_WANTED: Final = 100
#: Why an exchange makes no pair.
NO_REACTION, SAME_ANSWERS_AGAIN = "no_reaction", "same_answers_again"
SATISFIED, NEITHER = "user_satisfied", "reaction_says_nothing"
NOT_ADDRESSED, NOT_THE_REQUEST = "later_answer_does_not_address_it", "later_answer_not_to_the_request"
_NO_PAIR: Final[Mapping[str, str]] = {"satisfied": SATISFIED, "neither": NEITHER, "dissatisfied": ""}
_SAMPLING = Sampling(max_tokens=512)
_NO_MARK: Final = "no mark"
_DETAIL = re.compile(f"([0-9a-f]{{32}}) before ([0-9a-f]{{32}}): ({'|'.join(feedback.MARKS)})\\b")


@dataclass(frozen=True)
class _Item:
    """An exchange, and the ids of its two answers."""

    exchange: Exchange
    answer_id: str
    later_id: str

    def rejection(self, reason: str, mark: str | None = None, detail: str = "") -> Rejection:
        """What is written of it where it makes no pair."""
        group = self.exchange.group
        # What a reply said in place of a mark never stands where a mark is read from (`marked_turns`).
        words = (f"{self.answer_id} before {self.later_id}", mark or (detail and _NO_MARK), detail)
        return group.language, group.prompt_id, reason, ": ".join(filter(None, words))


@checked_call
@dataclass(frozen=True)
class FeedbackRater:
    """Verdicts of people on answers, read by an LLM from what they wrote next.

    The source holds reactions (`layouts.Reactions`) as verdicts by `reactions`. For each the LLM says whether the
    person was dissatisfied with the answer; where they were, whether the answer after it does what they wanted, and
    would be an answer to the request by itself. Only where all three are so the later answer is better, and the
    reaction is the verdict's rationale; every other exchange is a rejection with its reason. The pair rule is `given`.

    A dataset of such verdicts is released only with marks of people on `marks_wanted` turns (docs/wild_feedback.md).

    Attributes:
        served: the LLM.
        sampling: how its reply is drawn.
        attempts: how often a reply that cannot be read is asked for, the first time included.
        name: the rater's name; the model's when left out.
        marks_wanted: on so many turns people must have said what they find in them, before a release.
        prompts: which prompt texts these are; filled in.
    """

    served: Served
    sampling: Sampling = _SAMPLING
    attempts: int = 2
    name: str = ""
    marks_wanted: int = field(default=MARKS_WANTED, metadata={"settings": False})
    prompts: str = field(init=False)
    version: ClassVar[int] = 2
    table: ClassVar[str] = "verdicts"
    caution: ClassVar[str] = (
        "Which answers people were dissatisfied with was read from their next message by a language model, and not "
        "asked of them. The chosen answer was given later, to a request with the correction behind it, and people "
        "correct what they find worth correcting: of answers that nobody complained of, these pairs say nothing."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.attempts < 1 or self.marks_wanted < 1:
            raise UserError("a rater of feedback needs attempts and marks_wanted of at least 1")
        object.__setattr__(self, "name", self.name or self.served.model.name)
        object.__setattr__(self, "prompts", feedback.prompt_revision())
        if self.name == REACTIONS:
            raise UserError(
                f"a rater of feedback cannot be called '{REACTIONS}', as the reactions are; name it otherwise"
            )

    @property
    def models(self) -> tuple[Served, ...]:
        """The LLM."""
        return (self.served,)

    @property
    def reader(self) -> str:
        """Who read the reactions, as the card says it: the model, its revision and the prompt texts."""
        return f"{public_name(self.served.model.name)}@{self.served.model.revision} {self.prompts}"

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields a request an exchange, another where the person was dissatisfied, and again what cannot be read.

        Args:
            bucket: prompts, their answers, and reactions as verdicts.
            known: the response log.

        Yields:
            Requests, those that are answered already among them.
        """
        items, _ = _items_in(bucket)
        last: dict[int, Mark | Failure | None] = {}
        for at, sent, outcome in replies.ask_items(items, self.attempts, self._reaction, _read_mark, known):
            last[at] = outcome
            yield sent
        complaints = [items[at] for at in sorted(last) if last[at] == "dissatisfied"]
        for _, sent, _ in replies.ask_items(complaints, self.attempts, self._later, _read_mended, known):
            yield sent

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the replies.

        Args:
            bucket: prompts, their answers, and reactions as verdicts.
            known: the response log.

        Returns:
            `verdicts` (schema.VERDICTS), by prompt and completions, and `rejected` (schema.REJECTED): a row of one of
            them for each exchange.
        """
        items, rejected = _items_in(bucket)
        marks = replies.outcomes(replies.ask_items(items, self.attempts, self._reaction, _read_mark, known))
        complaints = []
        for item, mark in zip(items, marks, strict=True):
            if isinstance(mark, Failure):
                rejected.append(item.rejection(mark.reason, detail=mark.detail))
            elif reason := _NO_PAIR[mark]:
                rejected.append(item.rejection(reason, mark))
            else:
                complaints.append(item)
        mended = replies.outcomes(replies.ask_items(complaints, self.attempts, self._later, _read_mended, known))
        rows: list[dict[str, str]] = []
        for item, outcome in zip(complaints, mended, strict=True):
            if isinstance(outcome, Failure):
                rejected.append(item.rejection(outcome.reason, "dissatisfied", outcome.detail))
            elif not outcome.addresses:
                rejected.append(item.rejection(NOT_ADDRESSED, "dissatisfied"))
            elif not outcome.answers_request:
                rejected.append(item.rejection(NOT_THE_REQUEST, "dissatisfied"))
            else:
                rows.append(self._verdict(item))
        rows.sort(key=lambda row: (row["prompt_id"], row["completion_a"], row["completion_b"]))
        return {"verdicts": pa.Table.from_pylist(rows, schema.VERDICTS), "rejected": rejections(rejected)}

    def _verdict(self, item: _Item) -> dict[str, str]:
        return {
            "prompt_id": item.exchange.group.prompt_id,
            "completion_a": item.answer_id,
            "completion_b": item.later_id,
            "preferred": "b",
            "rater": self.name,
            "rationale": item.exchange.reaction,
        }

    def _reaction(self, item: _Item, attempt: int) -> Query:
        return feedback.reaction_query(self.served.model, item.exchange, self.sampling, attempt)

    def _later(self, item: _Item, attempt: int) -> Query:
        return feedback.later_query(self.served.model, item.exchange, self.sampling, attempt)


def _read_mark(_: _Item, query: Query, reply: Reply) -> Mark:
    return feedback.read_mark(query, reply)


def _read_mended(_: _Item, query: Query, reply: Reply) -> Mended:
    return feedback.read_mended(query, reply)


def _items_in(bucket: Bucket) -> tuple[list[_Item], list[Rejection]]:
    """The exchanges of a bucket that can be asked about, by prompt and answers, and what was left out of them."""
    prompt_groups, rejected = groups(bucket, least=2, tools=True)
    fit = {group.prompt_id: (group, _texts_by_id(group)) for group in prompt_groups}
    items: dict[tuple[str, str, str], _Item] = {}
    for (prompt, answer, later), written in reactions_in(bucket.verdicts.to_pylist()):
        if prompt not in fit or not {answer, later} <= fit[prompt][1].keys():
            continue  # the prompt or the answer is a rejection already
        group, texts = fit[prompt]
        item = _Item(Exchange(group, texts[answer], texts[later], *written), answer, later)
        if not item.exchange.reaction:
            rejected.append(item.rejection(NO_REACTION))
        elif texts[answer] == texts[later]:
            rejected.append(item.rejection("identical_texts"))
        elif (prompt, answer, later) in items:
            rejected.append(item.rejection(SAME_ANSWERS_AGAIN))
        else:
            items[prompt, answer, later] = item
    return [items[key] for key in sorted(items)], rejected


def _texts_by_id(group: Group) -> dict[str, str]:
    return {one: text for text, same in group.answers for one in same}


def reactions_in(verdicts: Iterable[Mapping[str, str | None]]) -> list[tuple[tuple[str, str, str], tuple[str, str]]]:
    """The exchanges that verdicts by `reactions` hold.

    Args:
        verdicts: rows of schema.VERDICTS, by whomever.

    Returns:
        Prompt, answer and later answer of each, and what the person wrote after the one and the other; empty where
        nothing is there.
    """
    written: dict[tuple[str, str, str, str], dict[int, str]] = {}
    for row in verdicts:
        if row["rater"] == REACTIONS:
            of_row, _, place = (row["vote"] or "").partition(" ")
            key = row["prompt_id"] or "", row["completion_a"] or "", row["completion_b"] or "", of_row
            written.setdefault(key, {})[int(place or 0)] = row["rationale"] or ""
    return [(key[:3], (texts.get(0, ""), texts.get(1, ""))) for key, texts in sorted(written.items())]


@dataclass(frozen=True)
class MarkedTurn:
    """What the LLM said of one reaction.

    Attributes:
        prompt_id, language: of the prompt.
        answer_id, later_id: of the two answers.
        mark: what the reaction says of the first of them.
    """

    prompt_id: str
    language: str
    answer_id: str
    later_id: str
    mark: Mark


def marked_turns(
    verdicts: Iterable[Mapping[str, str]], rejected: Iterable[Mapping[str, str]], languages: Mapping[str, str]
) -> list[MarkedTurn]:
    """What the LLM said of each reaction that it read, as the tables of `FeedbackRater.collect` hold it.

    Args:
        verdicts: rows of schema.VERDICTS by the rater.
        rejected: rows of schema.REJECTED of it.
        languages: prompt_id -> language.

    Returns:
        Those of which the reply could be read, by prompt and answers.
    """
    marked = [
        MarkedTurn(key, languages[key], row["completion_a"], row["completion_b"], "dissatisfied")
        for row in verdicts
        for key in (row["prompt_id"],)
    ]
    for row in rejected:
        if read := _DETAIL.match(row["detail"] or ""):
            mark = next(one for one in feedback.MARKS if one == read[3])
            marked.append(MarkedTurn(row["where"], row["language"], read[1], read[2], mark))
    return sorted(marked, key=lambda one: (one.prompt_id, one.answer_id, one.later_id))
