"""What is written down of batches."""

import pytest

from polypref.errors import UserError
from polypref.inference.batch_store import BatchStore, Line


@pytest.fixture
def store(tmp_path):
    one = BatchStore(tmp_path / "batches")
    yield one
    one.close()


def test_a_batch_is_there_for_the_next_process(store, tmp_path):
    batch = store.add("t1", "here", "{}", ["a", "b"])
    assert (batch.number, batch.state, batch.requests, batch.file_id) == (1, "prepared", 2, None)
    store.note(1, "sending", file_id="f")
    store.note(1, "open", batch_id="b")
    other = BatchStore(tmp_path / "batches")
    again = other.batch(1)
    assert (again.state, again.file_id, again.batch_id, again.token, again.place) == ("open", "f", "b", "t1", "here")
    assert (
        other.line_numbers(1) == {1: "a", 2: "b"}
        and other.next_number() == 2
        and other.ways_sent("here") == [("{}", False)]
    )
    other.close()


def test_a_request_is_in_its_last_batch_with_its_tries(store):
    store.add("t1", "here", "{}", ["a", "b", "c", "d"])
    store.note_outcomes(1, [("a", "again"), ("b", "reply"), ("c", "later")])
    store.add("t2", "here", "{}", ["a", "c"])
    store.note_outcomes(2, [("a", "again"), ("c", "final")])
    store.add("t3", "here", "{}", ["a"])
    assert store.lines("here", ["a", "b", "c", "d", "e"]) == {
        "a": Line(3, None, 2),
        "b": Line(1, "reply", 0),
        "c": Line(2, "final", 0),
        "d": Line(1, None, 0),
    }
    # Once it came out for good, it begins anew.
    store.note_outcomes(3, [("a", "final")])
    store.add("t4", "here", "{}", ["a"])
    assert store.lines("here", ["a"]) == {"a": Line(4, None, 0)}


def test_batches_of_another_place_and_those_given_up_count_for_nothing(store):
    store.add("t1", "there", "{}", ["a"])
    store.add("t2", "here", "{}", ["a"])
    store.note(2, "given_up")
    assert store.lines("here", ["a"]) == {} and store.lines("there", ["a"]) == {"a": Line(1, None, 0)}
    assert store.ways_sent("nowhere") == []


def test_a_file_that_is_none_is_not_begun_anew(tmp_path):
    (tmp_path / "batches.sqlite").write_bytes(b"no database at all, but what somebody wrote over it" * 20)
    with pytest.raises(
        UserError, match="restore it from a copy: without it batches that were submitted would be asked"
    ):
        BatchStore(tmp_path)
