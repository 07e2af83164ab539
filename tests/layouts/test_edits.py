"""Answers that somebody corrected: each is an answer better than what it was made of, and each is accounted for."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.files.cells import Bad
from polypref.layouts.fields import Answer, Fields
from polypref.layouts.tables import Item
from polypref.layouts.verdicts import Verdict
from polypref.stages.checks.near_identical import IdenticalAnswers
from polypref.stages.pair import PairRule
from tests.layouts.interpreted import item_of
from tests.stages.builds import built

ONE = (Answer("a", model="m", revision="7", licence="mit", edited="e", rater="speakers"),)
TWO = (Answer("a", model="m", edited="better_a"), Answer("b", model="n", edited="better_b"))
PEOPLE = Verdict("people", "won", first=("a",), second=("b",))


def preferred(item: Item) -> list[tuple[str, str, str]]:
    text = {one["completion_id"]: one["text"] for one in item.completions}
    assert {one["preferred"] for one in item.verdicts} <= {"a"}
    return [(text[one["completion_a"]], text[one["completion_b"]], one["rater"]) for one in item.verdicts]


def test_a_corrected_answer_is_one_of_route_edited_that_is_better_than_what_it_was_made_of() -> None:
    item = item_of({"prompt": "Warum?", "a": "Darums.", "e": "Darum."}, answers=ONE)
    assert [(one["text"], one["route"], one["model"]) for one in item.completions] == [
        ("Darums.", "given", "m"),
        ("Darum.", "edited", "m"),
    ]
    assert {one["model_licence"] for one in item.completions} == {"mit"}
    assert preferred(item) == [("Darum.", "Darums.", "speakers")]
    assert (item.edits, item.edits_left_out, item.problems) == (1, [], [])


@pytest.mark.parametrize(
    ("row", "reason", "problems"),
    [
        ({"a": "Darum."}, "not_edited", []),
        ({"a": "Darum.", "e": None}, "not_edited", []),
        ({"a": "Darum.", "e": " \n"}, "not_edited", []),
        ({"a": "Darum.", "e": "Darum.\n"}, "edit_unchanged", []),
        ({"a": Bad("key_twice", "k"), "e": "Darum."}, "edit_of_no_answer", ["answer_key_twice"]),
        ({"a": "Darum.", "e": "\ud83d"}, "edit_not_readable", ["answer_lone_surrogate"]),
    ],
)
def test_an_answer_without_an_edit_that_counts_has_its_reason(
    row: dict[str, Any], reason: str, problems: list[str]
) -> None:
    item = item_of({"prompt": "Warum?"} | row, answers=ONE)
    assert (item.edits, item.edits_left_out, item.verdicts) == (0, [reason], [])
    assert [one for one, _ in item.problems] == problems and len(item.completions) == isinstance(row["a"], str)


def test_edits_stand_beside_the_verdict_of_their_row_by_the_same_rater() -> None:
    row = {"prompt": "Warum?", "a": "Darums.", "b": "Nein.", "better_a": "Darum.", "won": "a"}
    item = item_of(row, answers=TWO, verdict=PEOPLE)
    assert preferred(item) == [("Darums.", "Nein.", "people"), ("Darum.", "Darums.", "people")]
    assert (item.edits, item.edits_left_out) == (1, ["not_edited"])


TEXTS = st.sampled_from(["eins", "zwei", "drei ", "drei", "\ud83d", "", None])
ROWS = st.lists(
    st.fixed_dictionaries({"a": TEXTS, "b": TEXTS, "better_a": TEXTS, "better_b": TEXTS, "won": st.sampled_from("ab")}),
    min_size=1,
    max_size=6,
)


@pytest.mark.slow
@given(ROWS)
def test_every_answer_with_a_column_of_edits_is_accounted_for(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        item = item_of({"prompt": "x"} | row, answers=TWO, verdict=PEOPLE)
        plain = item_of({"prompt": "x"} | row, answers=tuple(Answer(one.text) for one in TWO), verdict=PEOPLE)
        assert item.edits + len(item.edits_left_out) == 2
        edited = [one for one in item.completions if one["route"] == "edited"]
        assert len(edited) == item.edits == len(item.verdicts) - len(plain.verdicts)
        # Of the originals and their verdict nothing is lost or added.
        assert len(item.completions) - len(edited) == len(plain.completions)
        assert item.verdicts_left_out == plain.verdicts_left_out


@pytest.mark.slow
@settings(max_examples=4, deadline=None)  # a whole build each, others in every run
@given(ROWS)
def test_rows_of_a_build_with_edits_are_conserved(rows: list[dict[str, Any]]) -> None:
    numbered = [{"prompt": f"Frage {number}?"} | row for number, row in enumerate(rows)]
    readable = [row for row in numbered if "\ud83d" not in row.values()]
    nothing = {"better_a": None, "better_b": None}
    readable += [{"prompt": "Noch?", "a": "eins", "b": "zwei", "won": "b"} | nothing | {"better_a": "vier"}]
    readable += [{"prompt": "Schon?", "a": "eins", "b": "zwei", "won": "a"} | nothing]
    done = built(readable, Fields("prompt", TWO, verdict=PEOPLE), PairRule("given"), "people", max_bad=1.0)
    assert ("Noch?", "vier", "eins") in done.pairs  # `built` sees that its counts add up
    edits = done.counts("read", "edits")
    assert edits["in", ""] == 2 * len(readable)
    assert sum(number for (outcome, _), number in edits.items() if outcome != "in") == edits["in", ""]


def test_edits_of_spaces_and_commas_stay_with_a_flag() -> None:
    long = "Der Spatz ist ein kleiner Vogel der in vielen Städten lebt."
    rows = [
        {"prompt": "Eins?", "a": long, "e": long.replace("Vogel der", "Vogel, der")},
        {"prompt": "Zwei?", "a": long, "e": long.replace("Spatz", "Sperling")},
    ]
    done = built(rows, Fields("prompt", ONE), PairRule("given"), "speakers", filters=(IdenticalAnswers(),))
    assert done.counts("filter", "pairs") == {("in", ""): 2, ("kept", ""): 2, ("flagged", "small_edit"): 1}
