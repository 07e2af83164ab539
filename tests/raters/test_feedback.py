"""A rater that reads reactions: what it asks, what becomes of each exchange, and what is read back of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Known, Reply, Request
from polypref.raters.contract import is_marked, way_of
from polypref.raters.feedback import REACTIONS, FeedbackRater, MarkedTurn, marked_turns
from polypref.stages.pool import Bucket
from tests.raters.judged import SERVED, bucket, code_of, known_by, nobody

P1, P2 = "1" * 32, "2" * 32
A, B, C = "a" * 32, "b" * 32, "c" * 32
RATER = FeedbackRater(SERVED)


def reacted(prompt: str, answer: str, later: str, *texts: str | None, row: str = "row") -> list[dict[str, Any]]:
    """The verdicts of one exchange, as a source with reactions gives them."""
    return [
        {"prompt_id": prompt, "completion_a": answer, "completion_b": later, "preferred": "b", "rater": REACTIONS}
        | {"vote": f"{row} {place}", "rationale": text}
        for place, text in enumerate(texts)
    ]


def with_reactions(*rows: dict[str, Any], answers: dict[str, str] | None = None) -> Bucket:
    texts = {A: "אחת", B: "שתיים", C: "שלוש"} if answers is None else answers
    return replace(bucket((P1, texts)), verdicts=pa.Table.from_pylist(list(rows), schema.VERDICTS))


def kind(request: Request) -> str:
    return "reaction" if '"mark"' in request.messages[-1][1] else "later"


def answering(marks: dict[str, str], addresses: str = "yes", answers: str = "yes") -> Known:
    """A reader that goes by words in the message."""

    def reply(request: Request) -> str:
        text = request.messages[-1][1]
        stated: dict[str, str] = {"rationale": "", "code": code_of(request)}
        if kind(request) == "later":
            return json.dumps(stated | {"addresses": addresses, "answers_request": answers})
        message = text[text.index("<<BEGIN the person's next message") :]
        return json.dumps(stated | {"mark": next(mark for word, mark in marks.items() if word in message)})

    return known_by(reply)


MARKS = {"רע": "dissatisfied", "תודה": "satisfied", "ועכשיו": "neither"}


def outcomes(some: Bucket, known: Known, rater: FeedbackRater = RATER) -> tuple[list[tuple[str, str, str]], list[str]]:
    tables = rater.collect(some, known)
    assert tables["verdicts"].schema == schema.VERDICTS and tables["rejected"].schema == schema.REJECTED
    kept = [(row["completion_a"], row["completion_b"], row["rationale"]) for row in tables["verdicts"].to_pylist()]
    return kept, [row["reason"] for row in tables["rejected"].to_pylist()]


def test_it_is_a_rater_that_asks_and_whose_dataset_waits_for_people() -> None:
    assert way_of(RATER) == "ask" and is_marked(RATER)
    assert RATER.reader.startswith("richter@r7 reaction-1+later_answer-1-") and RATER.marks_wanted == 100
    # Where somebody keeps the model is no part of it: it stands in the card.
    here = FeedbackRater(replace(RATER.served, model=replace(RATER.served.model, name="/home/ada/models/richter")))
    assert here.reader == RATER.reader


def test_a_complaint_that_the_later_answer_mends_is_a_verdict_for_it() -> None:
    some = with_reactions(*reacted(P1, A, B, "רע מאוד", "תודה"))
    assert outcomes(some, answering(MARKS)) == ([(A, B, "רע מאוד")], [])
    (row,) = RATER.collect(some, answering(MARKS))["verdicts"].to_pylist()
    assert (row["preferred"], row["rater"], row["vote"]) == ("b", "richter", None)


def test_the_second_question_is_asked_of_complaints_alone_and_shows_the_next_message() -> None:
    some = with_reactions(*reacted(P1, A, B, "רע מאוד", "תודה"), *reacted(P1, A, C, "תודה", row="other"))
    assert [kind(one) for one in RATER.requests(some, nobody)] == ["reaction"] * 2
    asked = list(RATER.requests(some, answering(MARKS)))
    assert [kind(one) for one in asked] == ["reaction", "reaction", "later"]
    assert "תודה" in asked[2].messages[-1][1] and "תודה" not in asked[0].messages[-1][1]


@pytest.mark.parametrize(
    ("message", "replies", "reason"),
    [
        ("תודה רבה", ("yes", "yes"), "user_satisfied"),
        ("ועכשיו?", ("yes", "yes"), "reaction_says_nothing"),
        ("רע", ("no", "yes"), "later_answer_does_not_address_it"),
        ("רע", ("no", "no"), "later_answer_does_not_address_it"),
        ("רע", ("yes", "no"), "later_answer_not_to_the_request"),
        (None, ("yes", "yes"), "no_reaction"),
    ],
)
def test_every_other_exchange_is_a_rejection_with_its_reason(
    message: str | None, replies: tuple[str, str], reason: str
) -> None:
    some = with_reactions(*reacted(P1, A, B, message))
    assert outcomes(some, answering(MARKS, *replies)) == ([], [reason])


def test_replies_that_cannot_be_read_are_asked_for_again_and_counted() -> None:
    some = with_reactions(*reacted(P1, A, B, "רע"))
    nonsense = known_by(lambda request: "I would say so.")
    assert len(list(RATER.requests(some, nonsense))) == 2
    assert outcomes(some, nonsense) == ([], ["judge_unparsable"])
    good = answering(MARKS)

    def half(requests: Sequence[Request]) -> list[Any]:
        return [Reply("no") if kind(one) == "later" else good([one])[0] for one in requests]

    kept, reasons = outcomes(some, half)
    assert (kept, reasons) == ([], ["judge_unparsable"])
    # It was read as a complaint all the same, and people may be asked about it.
    rejected = RATER.collect(some, half)["rejected"].to_pylist()
    assert marked_turns([], rejected, {}) == [MarkedTurn(P1, "he", A, B, "dissatisfied")]


@pytest.mark.parametrize("word", ["dissatisfied.", "neither of these", "satisfied: thanks"])
def test_a_word_that_only_begins_as_a_mark_is_none_that_people_are_asked_about(word: str) -> None:
    some = with_reactions(*reacted(P1, A, B, "רע"))
    known = known_by(lambda request: json.dumps({"rationale": "", "code": code_of(request), "mark": word}))
    (row,) = RATER.collect(some, known)["rejected"].to_pylist()
    assert row["reason"] == "judge_unknown_verdict" and row["detail"].endswith(word)
    assert marked_turns([], [row], {}) == []


def test_one_exchange_in_two_conversations_counts_once() -> None:
    twice = [*reacted(P1, A, B, "רע", row="one"), *reacted(P1, A, B, "תודה", row="two")]
    assert outcomes(with_reactions(*twice), answering(MARKS)) == ([(A, B, "רע")], ["same_answers_again"])
    same_row = [*reacted(P1, A, B, "רע"), *reacted(P1, A, B, "רע")]
    assert outcomes(with_reactions(*same_row), answering(MARKS)) == ([(A, B, "רע")], [])


def test_answers_of_one_text_are_no_two() -> None:
    some = with_reactions(*reacted(P1, A, B, "רע"), answers={A: "אחת", B: "אחת", C: "שתיים"})
    assert outcomes(some, answering(MARKS)) == ([], ["identical_texts"])
    alone = with_reactions(*reacted(P1, A, B, "רע"), answers={A: "אחת", B: " "})
    assert outcomes(alone, answering(MARKS))[1] == ["empty_answer", "fewer_than_two_answers"]


def test_what_it_read_can_be_read_back() -> None:
    rows = [
        *reacted(P1, A, B, "רע", row="1"),
        *reacted(P1, A, C, "תודה", row="2"),
        *reacted(P1, B, C, "ועכשיו", row="3"),
    ]
    tables = RATER.collect(with_reactions(*rows), answering(MARKS))
    turns = marked_turns(tables["verdicts"].to_pylist(), tables["rejected"].to_pylist(), {P1: "he"})
    assert [(one.answer_id, one.later_id, one.mark) for one in turns] == [
        (A, B, "dissatisfied"),
        (A, C, "satisfied"),
        (B, C, "neither"),
    ]


@pytest.mark.parametrize("settings", [{"attempts": 0}, {"marks_wanted": 0}, {"name": REACTIONS}])
def test_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="a rater of feedback"):
        FeedbackRater(SERVED, **settings)
