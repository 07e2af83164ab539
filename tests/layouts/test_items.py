"""Lists of several people's verdicts in a row: which items count, and lists side by side."""

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.items import NOT_WANTED, Items, items_in
from polypref.layouts.sources import Scale, Verdict
from polypref.layouts.where import Except
from tests.layouts.interpreted import TWO, item_of

ROW = {"prompt": "Q?", "a": "A.", "b": "B."}


def voted(verdict, **row):
    """The verdicts of a row, and what could not be used of it."""
    item = item_of(ROW | row, answers=TWO, verdict=verdict)
    return [one["preferred"] for one in item.verdicts], item.problems, item.unreadable


def test_items_that_where_leaves_out_are_counted_and_not_read():
    verdict = Verdict(
        "p",
        "s",
        first=("x",),
        second=("y",),
        each=Items(("votes",), where={"cancelled": [False, None]}),
        annotator="who",
    )
    votes = [{"s": "x", "who": 1}, {"s": "y", "who": 2, "cancelled": True}, {"s": "y", "who": 3, "cancelled": False}]
    assert voted(verdict, votes=votes) == (["a", "b"], [(NOT_WANTED, "cancelled")], False)


def test_items_that_are_bare_values_are_named_by_a_point():
    verdict = Verdict("p", ".", first=("A",), second=("B",), tie=(0,), each="votes", join="majority")
    assert voted(verdict, votes=["A", "B", "A", 0]) == (["a", "b", "a", "tie"], [], False)
    assert voted(verdict, votes=["A", None, ""])[1] == [("not_judged", ""), ("not_judged", "")]
    assert voted(verdict, votes=["A", "C"])[1] == [("unknown_verdict", "'C' (known: 'A', 'B', '0')")]
    assert voted(Scale("p", ".", each="votes"), votes=[-1, "3", 0]) == (["a", "b", "tie"], [], False)
    kept = Verdict("p", ".", first=("A",), second=("B",), each=Items(("votes",), where={".": Except(("draft",))}))
    assert voted(kept, votes=["A", "draft", "B"]) == (["a", "b"], [(NOT_WANTED, ".")], False)


def test_lists_side_by_side_are_read_place_by_place():
    lists = Items(("p.responses", "p.responses.users", "p.responses.status"), where={"[2]": Except(("draft",))})
    verdict = Scale("p", "[0]", each=lists, annotator="[1]")
    row = {"p.responses": [-2, 3, 1], "p.responses.users": ["u", "v", "w"], "p.responses.status": ["ok", "draft", "ok"]}
    item = item_of(ROW | row, answers=TWO, verdict=verdict)
    assert [one["preferred"] for one in item.verdicts] == ["a", "b"]
    assert len({one["annotator"] for one in item.verdicts}) == 2 and item.problems == [(NOT_WANTED, "[2]")]


def test_no_list_and_an_empty_one_say_nothing():
    verdict = Verdict("p", "s", first=("x",), second=("y",), each=Items(("votes",)))
    for row in ({}, {"votes": None}, {"votes": []}):
        assert voted(verdict, **row) == ([], [("not_judged", "")], False)


def test_what_is_no_list_or_of_another_length_cannot_be_read():
    verdict = Verdict("p", "[0]", first=("x",), second=("y",), each=Items(("v", "u")))
    assert voted(verdict, v=["x"], u=["x", "y"]) == ([], [("verdicts_lists_of_several_lengths", "1, 2")], True)
    assert voted(verdict, v="x", u=["x"]) == ([], [("verdicts_not_a_list", "v")], True)
    one = Verdict("p", "s", first=("x",), second=("y",), each=Items(("v",), where={"s": "x"}))
    assert voted(one, v=[{"s": Bad("key_twice")}]) == ([], [("key_twice", "")], True)


def test_a_list_printed_into_a_text_is_read_where_that_is_declared():
    assert list(items_in({"v": '["x", "y"]'}, Items(("v",), where={}), True)) == ["x", "y"]
    with pytest.raises(Bad, match="not_a_list"):
        list(items_in({"v": '["x"]'}, "v"))


@pytest.mark.parametrize("lists", [(), ("a", "a")])
def test_lists_are_named_once_and_at_least_one(lists):
    with pytest.raises(UserError, match="name each list once, and at least one"):
        Items(lists)
