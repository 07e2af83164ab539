"""How far a model and people agree, by hand: weights, shares, intervals."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.review.mark_figures import Figure, agreed_mark, figures_of_marks, marks_of_people
from polypref.review.turn_sheets import MARKS, Mark, PersonsMark, Turn


def turn(number: int, mark: Mark, language: str = "he") -> Turn:
    return Turn(f"{number:032x}", language, [{"role": "user", "content": "?"}], "a", "m", mark)


def frame(complaints: int, others: int, language: str = "he", begin: int = 0) -> dict[str, Turn]:
    marks: list[Mark] = ["dissatisfied"] * complaints + ["neither"] * others
    return {one.turn_id: one for one in (turn(begin + at, mark, language) for at, mark in enumerate(marks))}


def people(turns: dict[str, Turn], right: list[bool], missed: list[bool]) -> dict[str, list[Mark]]:
    """What people say of the first complaints, and of the first others: whether they see dissatisfaction."""
    words: dict[bool, Mark] = {True: "dissatisfied", False: "satisfied"}
    by_mark = {mark: [one for one in turns.values() if (one.mark == "dissatisfied") == mark] for mark in (True, False)}
    marked = [*zip(by_mark[True], right, strict=False), *zip(by_mark[False], missed, strict=False)]
    return {one.turn_id: [words[seen]] for one, seen in marked}


def value(figure: Figure | None) -> float:
    assert figure is not None and figure.low <= figure.value <= figure.high
    return figure.value


def test_shares_are_weighed_by_how_many_turns_the_model_read_of_each_kind() -> None:
    turns = frame(complaints=20, others=80)
    marks = people(turns, [True] * 8 + [False] * 2, [True] * 1 + [False] * 9)
    row = figures_of_marks(turns, marks)["he"]
    assert (row.turns, row.dissatisfied, row.marked) == (100, 20, 20)
    assert (row.both, row.model_only, row.people_only, row.neither) == (8, 2, 1, 9)
    # Of 100 turns: 16 both, 4 the model alone, 8 people alone, 72 neither.
    assert value(row.precision) == pytest.approx(0.8) and value(row.recall) == pytest.approx(16 / 24)
    assert value(row.accuracy) == pytest.approx(0.88)
    chance = 0.2 * 0.24 + 0.8 * 0.76
    assert value(row.kappa) == pytest.approx((0.88 - chance) / (1 - chance))


def test_intervals_are_jeffreys_for_the_share_that_is_counted() -> None:
    turns = frame(complaints=10, others=10)
    row = figures_of_marks(turns, people(turns, [True] * 8 + [False] * 2, [False] * 10))["he"]
    assert row.precision is not None
    # Jeffreys' interval of 8 of 10: the 2.5% and 97.5% points of Beta(8.5, 2.5) are 0.497 and 0.956.
    assert (row.precision.low, row.precision.high) == (pytest.approx(0.497, abs=0.01), pytest.approx(0.956, abs=0.01))
    assert row.recall is not None and row.recall.value == 1 and row.recall.low < 1


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Of 400 turns in which a model sees 25% complaints, 40 are marked as sheets are; 95% is promised."""
    draw, held = random.Random(3), {"precision": 0, "recall": 0, "accuracy": 0}
    turns = frame(complaints=100, others=300)
    truth = {"precision": 0.7, "recall": 70 / (70 + 30), "accuracy": (70 + 270) / 400}
    for _ in range(100):
        right, missed = ([draw.random() < share for _ in range(20)] for share in (0.7, 0.1))
        row = figures_of_marks(turns, people(turns, right, missed))["he"]
        for name in held:
            figure = getattr(row, name)
            held[name] += figure.low <= truth[name] <= figure.high
    assert all(88 <= number <= 100 for number in held.values()), held


def test_what_cannot_be_known_is_none() -> None:
    turns = frame(complaints=5, others=5)
    unseen = figures_of_marks(turns, people(turns, [True], []))["he"]
    assert (unseen.marked, unseen.accuracy, unseen.kappa, unseen.precision, unseen.recall) == (
        1,
        None,
        None,
        None,
        None,
    )
    quiet = frame(complaints=0, others=5)
    row = figures_of_marks(quiet, people(quiet, [], [False] * 5))["he"]
    assert value(row.accuracy) == 1 and (row.kappa, row.precision, row.recall) == (None, None, None)
    missed = figures_of_marks(quiet, people(quiet, [], [True] + [False] * 4))["he"]
    assert value(missed.recall) == 0 and missed.precision is None


def test_languages_stand_apart_and_those_that_nobody_looked_at_are_left_out() -> None:
    turns = frame(2, 2) | frame(2, 2, "hi", 10) | frame(2, 2, "ja", 20)
    marks: dict[str, list[Mark]] = {f"{0:032x}": ["dissatisfied"], f"{10:032x}": []}
    rows = figures_of_marks(turns, marks)
    assert list(rows) == ["he", "hi"] and (rows["hi"].marked, rows["hi"].unreadable) == (0, 1)


def mark(turn_id: str, marker: str, word: Mark | None, place: str = "x row 3") -> PersonsMark:
    return PersonsMark(turn_id, marker, word, place)


def test_several_people_are_one_by_their_majority() -> None:
    assert agreed_mark(["dissatisfied", "dissatisfied", "neither"]) is True
    assert agreed_mark(["satisfied", "neither"]) is False
    assert agreed_mark(["dissatisfied", "neither"]) is None and agreed_mark([]) is None
    turns = frame(1, 1)
    (one, two) = turns
    marks = marks_of_people([mark(one, "noa", "dissatisfied"), mark(one, "ben", "neither"), mark(two, "noa", None)])
    row = figures_of_marks(turns, marks)["he"]
    assert (row.marked, row.split, row.unreadable) == (0, 1, 1)


def test_one_person_marks_a_turn_once() -> None:
    assert marks_of_people([mark("a", "noa", "neither"), mark("a", "noa", "neither")]) == {"a": ["neither"]}
    with pytest.raises(UserError, match="x row 3 and y row 4 mark one turn differently, by one person"):
        marks_of_people([mark("a", "noa", "neither"), mark("a", "noa", "satisfied", "y row 4")])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(MARKS), st.sampled_from([*MARKS, None])), min_size=1, max_size=30))
def test_every_turn_that_was_looked_at_is_counted_once(pairs: list[tuple[Mark, Mark | None]]) -> None:
    turns = {one.turn_id: one for one in (turn(at, model) for at, (model, _) in enumerate(pairs))}
    marks = {f"{at:032x}": [word] if word else [] for at, (_, word) in enumerate(pairs)}
    row = figures_of_marks(turns, marks)["he"]
    assert row.marked + row.unreadable + row.split == row.turns == len(pairs)
    assert row.both + row.model_only + row.people_only + row.neither == row.marked
    assert row.both + row.model_only <= row.dissatisfied
    for figure in (row.accuracy, row.precision, row.recall):
        assert figure is None or 0 <= figure.low <= figure.value <= figure.high <= 1
