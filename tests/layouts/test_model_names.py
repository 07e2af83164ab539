"""Labels that two other columns hold, now one and now the other: names of models, and no places."""

import json

import pytest

from polypref.errors import UserError
from polypref.layouts.fields import Answer, Fields, Scale, Verdict
from polypref.layouts.label_counts import LabelCounts, check_labels, count_labels
from polypref.layouts.model_names import (
    ModelColumns,
    Sighting,
    Sightings,
    count_sightings,
    model_columns,
    sightings_from_json,
    sightings_in,
    sightings_to_json,
)
from tests.layouts.interpreted import item_of

VERDICT = Verdict("people", "winner", first=("m1",), second=("m2",), tie=("tie",))
TWO = (Answer("a"), Answer("b"))
ASKED = {"q": "Name a lake.", "a": "Baikal.", "b": "The Rhine."}


def seen(rows, verdict=VERDICT, answers=TWO):
    fields, labels, sightings = Fields("q", answers, verdict=verdict), LabelCounts(), Sightings()
    for row in rows:
        item = item_of(ASKED | row, prompt="q", answers=answers, verdict=verdict)
        count_labels(labels, item.labels)
        count_sightings(sightings, item.sightings)
    return fields, labels, sightings


def battles(*battles):
    return [{"left": left, "right": right, "winner": winner} for left, right, winner in battles]


SWAPPED = battles(("m1", "m2", "m1"), ("m2", "m1", "m1"), ("m1", "m2", "m2"))


@pytest.mark.parametrize(
    "rows",
    [
        SWAPPED,
        # The model shown first wins every time: each name stands in one column only, and is the wrong side once.
        battles(("m1", "m2", "m1"), ("m2", "m1", "m2")),
        # One name wins every time, and changes its column.
        battles(("m1", "m2", "m1"), ("m2", "m1", "m1")),
        battles(("m1", "m2", "m1"), ("m2", "m3", "m2"), ("m3", "m1", "m1")),
        # Names deeper in the row.
        [
            {"winner": "m1", "left": {"model": "m1"}, "right": {"model": "m2"}},
            {"winner": "m1", "left": {"model": "m2"}, "right": {"model": "m1"}},
        ],
        [{"winner": "m1", "models": ["m1", "m2"]}, {"winner": "m1", "models": ["m2", "m1"]}],
    ],
)
def test_names_that_change_places_are_refused(rows):
    fields, labels, sightings = seen(rows)
    columns = model_columns(sightings)
    assert columns is not None and columns.contradicts
    sentence = (
        r"^f\.csv: column winner holds .*names of models whose answers change places.*names_models=True\) \(--model-a"
    )
    with pytest.raises(UserError, match=sentence + r" and --model-b.*names_models=False\) \(--by-place with"):
        check_labels("f.csv", fields, labels, sightings=sightings)


@pytest.mark.parametrize(
    "rows",
    [
        # Every answer of a column is by one model: what is declared is right.
        battles(("m1", "m2", "m1"), ("m1", "m2", "m2"), ("m1", "m2", "tie")),
        battles(("m2", "m1", "m1"), ("m2", "m1", "m2")),
        # A column that repeats the verdict, beside one of something else.
        [{"winner": "m1", "label": "m1", "by": "Ann"}, {"winner": "m2", "label": "m2", "by": "Ben"}],
        # Two people who mostly agree, and once do not.
        battles(*[("m1", "m1", "m1")] * 4, *[("m2", "m2", "m2")] * 4, ("m1", "m2", "m1"), ("m2", "m1", "m1")),
        # Names in ties only.
        battles(("m1", "m2", "tie"), ("m2", "m1", "tie")),
    ],
)
def test_other_columns_that_hold_labels_refuse_nothing(rows):
    fields, labels, sightings = seen(rows)
    columns = model_columns(sightings)
    assert columns is None or not columns.contradicts
    if len({one.meaning for one in labels} & {"a", "b"}) == 2:
        check_labels("f.csv", fields, labels, sightings=sightings)


def test_a_typing_error_in_a_name_hides_nothing():
    rows = battles(*[("m1", "m2", "m1"), ("m2", "m1", "m1")] * 5, ("M1", "m2", "m1"))
    assert model_columns(seen(rows)[2]) == ModelColumns("winner", "left", "right", True)


def test_declared_columns_and_what_is_said_to_name_places_are_not_looked_at():
    named = (Answer("a", model_column="left"), Answer("b", model_column="right"))
    assert model_columns(seen(SWAPPED, answers=named)[2]) is None
    by_place = Verdict("people", "winner", first=("m1",), second=("m2",), names_models=False)
    assert not seen(SWAPPED, by_place)[2] and not seen([{"winner": 2}], Scale("people", "winner"))[2]


def test_a_name_that_nothing_declares_is_said_to_name_a_model():
    fields, labels, sightings = seen(SWAPPED, Verdict("people", "winner", first=("m1",)))
    with pytest.raises(UserError, match=r"holds 'm2' \(1\).*write each into first.*'left' and 'right' do, declare"):
        check_labels("f.csv", fields, labels, sightings=sightings)
    fields, labels, sightings = seen([{"winner": "x"}, {"winner": "m1"}], Verdict("people", "winner", first=("m1",)))
    with pytest.raises(UserError) as error:
        check_labels("f.csv", fields, labels, sightings=sightings)
    assert "model" not in str(error.value)


def test_sightings_come_back_from_a_file_and_are_bounded():
    counts = seen(SWAPPED)[2]
    assert counts == {
        Sighting("winner", "a", ("left",), ("right",)): 1,
        Sighting("winner", "a", ("right",), ("left",)): 1,
        Sighting("winner", "b", ("right",), ("left",)): 1,
    }
    assert sightings_from_json(json.loads(json.dumps(sightings_to_json(counts)))) == counts
    many = Sightings()
    for number in range(3_000):
        count_sightings(many, [Sighting("winner", "a", (f"c{number}",), ())])
    assert len(many) == 1_001 and many.total() == 3_000


def test_a_row_of_many_columns_is_looked_at_within_bounds():
    row = {"winner": "m1", "deep": {"er": {"and": {"deeper": "m1"}}}, "long": "m1" * 100, "list": ["m2"] * 9 + ["m1"]}
    fields, labels, _ = seen([row])
    (one,) = sightings_in(row, labels, fields)
    assert one.holding == () and len(one.others) == 8


def test_columns_that_every_row_has_of_its_own_are_no_search_without_end():
    # Votes by name of the voter: thousands of columns, each of which holds a label once. Compared two by two, with all
    # rows, they would take hours.
    counts = Sightings()
    for number in range(900):
        voters = tuple(f"votes.u{number * 8 + at}" for at in range(7))
        counts[Sighting("winner", "a", ("left" if number % 2 else "right", *voters), ("votes.u0",))] += 1
    assert model_columns(counts) == ModelColumns("winner", "left", "right", True)
