"""Exact duplicates and contradictions."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages.checks.contract import Batch, Flag, Reject
from polypref.stages.checks.duplicates import ExactDuplicates

AGAIN, AGAINST = "duplicate_pair", "contradicting_pair"


def reasons(*pairs: tuple[str, str, str]) -> dict[int, str]:
    """row -> reason, of pairs of (prompt, chosen, rejected)."""
    columns = list(zip(*pairs, strict=True)) or [()] * 3
    names = ("prompt_id", "chosen", "rejected")
    table = pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})
    reason_of: dict[int, str] = {}
    for row, outcome in ExactDuplicates()(Batch(table)):
        assert isinstance(outcome, Reject) and row not in reason_of
        reason_of[row] = outcome.reason
    return reason_of


def test_the_later_of_two_equal_pairs_goes() -> None:
    assert reasons(("p", "कल", "आज"), ("p", "कल", "परसों"), ("p", "कल", "आज"), ("p", "कल", "आज")) == {2: AGAIN, 3: AGAIN}


def test_equal_answers_to_another_prompt_are_no_duplicate() -> None:
    assert reasons(("p", "是", "否"), ("q", "是", "否")) == {}


def test_one_equal_text_is_no_duplicate() -> None:
    assert reasons(("p", "예", "아니요"), ("p", "예", "글쎄요"), ("p", "물론", "아니요"), ("p", "예 ", "아니요")) == {}


def test_pairs_that_contradict_all_go() -> None:
    pairs = [("p", "a", "b"), ("p", "a", "c"), ("p", "b", "a"), ("p", "a", "b")]
    assert reasons(*pairs) == {0: AGAINST, 2: AGAINST, 3: AGAINST}


def test_the_same_texts_the_other_way_round_under_another_prompt_do_not_contradict() -> None:
    assert reasons(("p", "a", "b"), ("q", "b", "a")) == {}


def test_no_pairs() -> None:
    assert reasons() == {}


PAIRS = st.tuples(st.sampled_from("pq"), st.sampled_from("abc"), st.sampled_from("abc")).filter(lambda t: t[1] != t[2])


@given(st.lists(PAIRS, max_size=12))
def test_what_is_kept_is_said_once_and_undisputed(pairs: list[tuple[str, str, str]]) -> None:
    rejected = reasons(*pairs)
    kept = [pair for row, pair in enumerate(pairs) if row not in rejected]
    assert len(set(kept)) == len(kept)
    undisputed = {(p, a, b) for p, a, b in pairs if (p, b, a) not in pairs}
    assert set(kept) == undisputed
    assert all(
        pairs[row] in undisputed and pairs[row] in pairs[:row] for row, reason in rejected.items() if reason == AGAIN
    )


def each_vote(*votes: tuple[str, str, int | None]) -> Batch:
    """A pair for each vote: chosen, rejected, and its number among those on its answers; None for no vote."""
    names = ("chosen", "rejected", "vote_number")
    return Batch(pa.Table.from_pylist([{"prompt_id": "p"} | dict(zip(names, vote, strict=True)) for vote in votes]))


def test_each_of_several_verdicts_on_two_answers_has_its_pair() -> None:
    assert list(ExactDuplicates()(each_vote(("a", "b", 1), ("a", "b", 2), ("a", "b", 3)))) == []
    # Two models wrote the same: their first votes are votes all the same.
    assert list(ExactDuplicates()(each_vote(("a", "b", 1), ("a", "b", 1), ("a", "b", 2)))) == []
    assert [row for row, _ in ExactDuplicates()(each_vote(("a", "b", None), ("c", "d", 1), ("a", "b", None)))] == [2]


def test_votes_that_turn_each_other_round_are_flagged_or_go() -> None:
    batch = each_vote(("a", "b", 1), ("a", "b", 2), ("b", "a", 1), ("c", "d", 1), ("c", "d", 2))
    flag, reject = Flag("annotators_disagree"), Reject("annotators_disagree")
    assert list(ExactDuplicates()(batch)) == [(0, flag), (1, flag), (2, flag)]
    assert list(ExactDuplicates(disputed="reject")(batch)) == [(0, reject), (1, reject), (2, reject)]


def test_what_the_check_promises_leaves_out_the_pairs_that_it_keeps() -> None:
    promise, but, exception = ExactDuplicates.summary.partition(", but for ")
    assert "the other way round" in promise and but and "join='each'" in exception
