"""Columns that say which answers are better, with one answer or several in each; answers in lists of their own."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.sources import Answer, Fields, Verdict
from polypref.stages.pair import PairRule
from tests.layouts.interpreted import item_of, turns_of
from tests.stages.builds import built

SIDES = (Answer("chosen", side="chosen"), Answer("rejected", side="rejected"))


def preferred(item) -> list[tuple[str, str]]:
    text = {one["completion_id"]: one["text"] for one in item.completions}
    assert {one["preferred"] for one in item.verdicts} <= {"a"}
    return [(text[one["completion_a"]], text[one["completion_b"]]) for one in item.verdicts]


@pytest.mark.slow
def test_of_a_row_of_more_answers_than_are_compared_nothing_is_said() -> None:
    """Were every two of 100,000 compared, one row would fill the memory."""
    each = tuple(Answer(".", side=side, each=side) for side in ("chosen", "rejected"))
    for rejected, compared in ((999, True), (1_000, False), (100_000, False)):
        row = {"prompt": "x", "chosen": ["eins"], "rejected": [f"zwei {n}" for n in range(rejected)]}
        item = item_of(row, answers=each)
        assert (len(item.verdicts), item.unreadable) == (rejected * compared, not compared)
        problem = ("too_many_answers", f"{rejected + 1:,}, at most 1,000")
        assert item.problems == ([] if compared else [problem])
        assert item.verdicts_left_out == ([] if compared else ["too_many_answers"])


@pytest.mark.parametrize(
    ("chosen", "rejected", "pairs"),
    [
        ("eins", "zwei", [("eins", "zwei")]),
        (["eins"], ["zwei", "drei"], [("eins", "zwei"), ("eins", "drei")]),
        (["eins", "zwei"], "drei", [("eins", "drei"), ("zwei", "drei")]),
        (["eins", "eins"], ["zwei"], [("eins", "zwei")]),
        (
            turns_of(("user", "x"), ("assistant", "eins")),
            [turns_of(("user", "x"), ("assistant", "zwei")), turns_of(("user", "x"), ("assistant", "drei"))],
            [("eins", "zwei"), ("eins", "drei")],
        ),
    ],
)
def test_every_chosen_answer_is_preferred_to_every_rejected_one(chosen, rejected, pairs) -> None:
    item = item_of({"prompt": "x", "chosen": chosen, "rejected": rejected}, answers=SIDES)
    assert preferred(item) == pairs and item.problems == [] and item.verdicts[0]["rater"] == "source"


@pytest.mark.parametrize(
    ("row", "texts", "problems", "unreadable"),
    [
        ({"rejected": "zwei"}, ["zwei"], [("no_chosen_answer", "")], False),
        ({"chosen": [], "rejected": "zwei"}, ["zwei"], [("no_chosen_answer", "")], False),
        ({"chosen": "eins", "rejected": None}, ["eins"], [("no_rejected_answer", "")], False),
        (
            {"chosen": ["eins", 3], "rejected": "zwei"},
            ["zwei"],
            [("answer_not_text", "list"), ("no_chosen_answer", "")],
            True,
        ),
        (
            {"chosen": Bad("key_twice", "k"), "rejected": "zwei"},
            ["zwei"],
            [("answer_key_twice", "k"), ("no_chosen_answer", "")],
            True,
        ),
        (
            {"chosen": ["ein\ud800s", "eins"], "rejected": "zwei"},
            ["eins", "zwei"],
            [("answer_lone_surrogate", "")],
            True,
        ),
    ],
)
def test_a_side_without_an_answer_is_counted(row, texts, problems, unreadable) -> None:
    item = item_of({"prompt": "x"} | row, answers=SIDES)
    assert ([one["text"] for one in item.completions], item.problems, item.unreadable) == (texts, problems, unreadable)


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=4)


@given(TEXTS, TEXTS)
def test_sides_are_as_the_reference_has_them(chosen, rejected) -> None:
    item = item_of({"prompt": "x", "chosen": chosen, "rejected": rejected}, answers=SIDES)
    assert preferred(item) == list(product(dict.fromkeys(chosen), dict.fromkeys(rejected)))


def test_an_answer_may_have_a_list_of_its_own() -> None:
    answers = (
        Answer("t", each="best", model_column="m", side="chosen", rater="people"),
        Answer("t", each="worst.of", side="rejected", rater="people"),
        Answer("other"),
    )
    row = {"best": [{"t": "eins", "m": "x"}], "worst": {"of": [{"t": "zwei"}, {"t": "drei"}]}, "other": "vier"}
    item = item_of({"prompt": "x"} | row, answers=answers)
    assert preferred(item) == [("eins", "zwei"), ("eins", "drei")]
    assert [one["model"] for one in item.completions] == ["x", "unknown", "unknown", "unknown"]
    assert item.verdicts[0]["rater"] == "people"


@pytest.mark.parametrize(
    ("value", "problems", "unreadable"),
    [
        (None, [], False),
        ([], [], False),
        ("text", [("answer_not_a_list", "l")], True),
        (["text"], [("answer_not_an_object", "str")], True),
        (Bad("key_twice", "k"), [("answer_key_twice", "k")], True),
    ],
)
def test_a_list_of_answers_that_is_none_costs_them_alone(value, problems, unreadable) -> None:
    item = item_of({"prompt": "x", "a": "eins", "l": value}, answers=(Answer("a"), Answer("t", each="l")))
    assert ([one["text"] for one in item.completions], item.problems) == (["eins"], problems)
    assert item.unreadable == unreadable


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"answers": SIDES[:1]}, "sides go together, of one rater"),
        ({"answers": (SIDES[0], Answer("r", side="rejected", rater="other"))}, "sides go together, of one rater"),
        ({"answers": SIDES, "verdict": Verdict("people")}, "leave out verdict, or the sides"),
        ({"answers": SIDES, "each": "l"}, "leave out each, or the sides"),
        ({"answers": (Answer("t", each="l"),), "each": "m"}, "both name a list of answers; name one"),
    ],
)
def test_sides_and_lists_that_do_not_go_together_are_refused(settings, message) -> None:
    with pytest.raises(UserError, match=message):
        Fields("prompt", **settings)


def test_best_of_several_is_built_by_verdicts() -> None:
    rows: list[dict[str, Any]] = [
        {"q": "Which lake is the deepest?", "chosen": "Baikal.", "rejected": ["Victoria.", "Ladoga.", "Baikal."]},
        {"q": "Who built this bridge?", "chosen": ["Eiffel.", "Brunel."], "rejected": []},
    ]
    outcome = built(rows, Fields("q", SIDES), PairRule("given"))
    assert [pair[1:] for pair in outcome.pairs] == [("Baikal.", "Ladoga."), ("Baikal.", "Victoria.")]
    assert outcome.counts("pair", "verdicts")["rejected", "identical_texts"] == 1
    assert outcome.counts("read", "rows")["part_rejected", "no_rejected_answer"] == 1


def test_a_rule_of_scores_says_that_there_are_verdicts() -> None:
    with pytest.raises(UserError, match="the sources have verdicts by 'source': declare pairs=PairRule\\('given'\\)"):
        built([{"q": "Which lake?", "chosen": "Baikal.", "rejected": "Victoria."}], Fields("q", SIDES))


def test_a_printed_list_of_texts_is_several_answers_only_where_texts_are_printed() -> None:
    row = {"prompt": "x", "chosen": "eins", "rejected": '["zwei", "drei"]'}
    assert preferred(item_of(row, answers=SIDES, serialised="texts")) == [("eins", "zwei"), ("eins", "drei")]
    printed = json.dumps(
        [turns_of(("user", "x"), ("assistant", "zwei")), turns_of(("user", "x"), ("assistant", "drei"))]
    )
    assert preferred(item_of(row | {"rejected": printed}, answers=SIDES, serialised=True)) == [
        ("eins", "zwei"),
        ("eins", "drei"),
    ]
    one = json.dumps(turns_of(("user", "x"), ("assistant", "zwei")))
    assert preferred(item_of(row | {"rejected": one}, answers=SIDES, serialised=True)) == [("eins", "zwei")]
