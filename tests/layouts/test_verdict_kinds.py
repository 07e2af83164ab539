"""Scales, one-hot columns and rankings as verdicts, against references in plain Python."""

import math
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.sources import Answer, OneHot, Ranking, Scale
from tests.layouts.interpreted import TWO, item_of


def outcome(reading) -> str:
    """The side of a reading of two answers, or why it has none."""
    if reading.problem:
        return str(reading.problem[0])
    ((one, other, side),) = reading.preferred
    assert (one, other) == (0, 1)
    return str(side)


# Scales


def on_scale(value, **settings) -> str:
    return outcome(Scale("people", "s", **settings).read({"s": value}, "s", 2))


@pytest.mark.parametrize(
    ("value", "side"),
    [
        *((-3, "a"), (-0.5, "a"), ("-1", "a"), (0, "tie"), (0.0, "tie"), ("0.0", "tie"), (1, "b"), (3.0, "b")),
        *((None, "not_judged"), ("", "not_judged"), (math.nan, "not_judged")),
        *((4, "unknown_verdict"), (-3.01, "unknown_verdict"), ("better", "unknown_verdict"), (True, "unknown_verdict")),
        *((math.inf, "unknown_verdict"), ([1], "unknown_verdict")),
    ],
)
def test_a_number_names_the_answer_on_whose_side_of_the_middle_it_is(value, side) -> None:
    assert on_scale(value) == side


@pytest.mark.parametrize(("bad", "detail"), [(Bad("key_twice", "s"), "s"), (Bad("not_utf8"), "not_utf8")])
@pytest.mark.parametrize("kind", [Scale("people", "s"), OneHot("people", "s", "t"), Ranking("people", "s")])
def test_a_cell_that_cannot_be_read_is_unknown_and_says_why(kind, bad, detail) -> None:
    reading = kind.read({"s": bad, "t": 0}, "s", 2)
    assert reading.unreadable and reading.problem[0] == "unknown_verdict"
    assert reading.problem[1] == (bad.detail if isinstance(kind, Ranking) else detail)


def test_the_ends_say_which_side_is_whose() -> None:
    assert [on_scale(n, first=3, second=-3) for n in (3, 0, -3)] == ["a", "tie", "b"]
    # AlpacaEval: 1 for the first answer, 2 for the second, 1.5 or 0 for neither.
    assert [on_scale(n, first=1, second=2, draws=(0,)) for n in (1.0000098, 1.5, 1.9, 0)] == ["a", "tie", "b", "tie"]


def test_a_band_round_the_middle_is_a_tie_at_both_of_its_ends() -> None:
    sides = [on_scale(n / 10, first=1, second=0, tie_within=0.3) for n in range(11)]
    assert sides == ["b"] * 2 + ["tie"] * 7 + ["a"] * 2


def test_the_middle_of_a_scale_is_a_tie_though_it_is_no_round_number_to_a_computer() -> None:
    assert on_scale(-0.5, first=0.9, second=-1.9) == "tie"


@given(
    st.integers(-20, 20),
    st.integers(-20, 20),
    st.integers(-25, 25),
    st.integers(0, 9),
    st.lists(st.integers(-25, 25), max_size=2),
)
def test_a_scale_is_as_the_reference_has_it(first, second, value, within, draws) -> None:
    assume(2 * within < abs(second - first))
    tenth = Fraction(1, 10)
    settings = {"first": first / 10, "second": second / 10, "tie_within": within / 10, "draws": [n / 10 for n in draws]}
    number, middle = value * tenth, (first + second) * tenth / 2
    if value in draws:
        expected = "tie"
    elif not min(first, second) <= value <= max(first, second):
        expected = "unknown_verdict"
    elif abs(number - middle) <= within * tenth:
        expected = "tie"
    else:
        expected = "a" if abs(number - first * tenth) < abs(number - second * tenth) else "b"
    assert on_scale(value / 10, **settings) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"first": 1, "second": 1}, "both ends of its scale are 1"),
        ({"first": 0, "second": 1, "tie_within": 0.5}, "every number from 0 to 1 is a tie"),
        ({"tie_within": -1}, "tie_within"),
        ({"never": "tie"}, "write one of first, second"),
    ],
)
def test_a_scale_that_means_nothing_is_refused(settings, message) -> None:
    with pytest.raises(UserError, match=message):
        Scale("people", "s", **settings)


def test_a_scale_with_a_decimal_comma_is_declared() -> None:
    assert [on_scale(value, decimal=",") for value in ("-2,5", "0,0", "\u22120,5", 2.5)] == ["a", "tie", "a", "b"]
    assert on_scale("2,5") == on_scale("2.5", decimal=",") == "unknown_verdict"


# One-hot columns


HOT = OneHot("people", first="wa", second="wb", tie="wt")


@pytest.mark.parametrize(
    ("cells", "side"),
    [
        *(((1, 0, 0), "a"), ((0, 1, 0), "b"), ((0, 0, 1), "tie"), (("1", "0", ""), "a"), ((False, True, None), "b")),
        *((("true", "FALSE", "0.0"), "a"), ((None, None, None), "not_judged"), (("", "", ""), "not_judged")),
        *(((0, 0, 0), "no_winner"), ((1, 1, 0), "several_winners"), ((1, 2, 0), "unknown_verdict")),
        *((("yes", 0, 0), "unknown_verdict"), (([1], 0, 0), "unknown_verdict")),
    ],
)
def test_the_column_that_is_1_names_the_side(cells, side) -> None:
    assert outcome(HOT.read(dict(zip(("wa", "wb", "wt"), cells, strict=True)), None, 2)) == side


def test_columns_that_are_absent_are_empty() -> None:
    assert outcome(HOT.read({"wa": 1}, None, 2)) == "a"
    assert outcome(OneHot("people", first="wa", second=None, tie="wt").read({"wt": 1}, None, 2)) == "tie"


@pytest.mark.parametrize("named", [("wa", "wa", None), ("wa", None, None), ("wa", "wb", "wa")])
def test_one_of_two_columns_or_three_is_1(named) -> None:
    with pytest.raises(UserError, match="name two columns or three"):
        OneHot("people", *named)


# Rankings


def ranked(value, answers=("x", "y", "z"), **settings):
    return Ranking("people", "r", **settings).read({"r": value}, "r", len(answers), answers)


ORDER = ((0, 1, "b"), (0, 2, "tie"), (1, 2, "a"))


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["y", ["x", "z"]], "models"),
        ("y > x = z", "models"),
        ([1, [0, 2]], "from_0"),
        ("[2, [1, 3]]", "from_1"),
        (["B", ["A", "C"]], ("A", "B", "C")),
    ],
)
def test_every_answer_is_preferred_to_those_behind_it(value, names) -> None:
    assert ranked(value, names=names).preferred == ORDER


def test_what_is_not_in_the_ranking_is_not_compared() -> None:
    assert ranked(["z", "x"]).preferred == ((0, 2, "b"),)
    for value in (["z"], [], None, ""):
        assert ranked(value).preferred == () and ranked(value).problem == ("not_judged", "")


def best_of(names, value, answers=("x", "y", "z"), **settings):
    """Which answer is better than which, or why none is."""
    kind = Ranking("people", "best", names, best_only=True, **settings)
    reading = kind.read({"best": value}, "best", len(answers), answers)
    if reading.problem:
        return reading.problem
    sides = [(one, other) if side == "a" else (other, one) for one, other, side in reading.preferred]
    return [(answers[one], answers[other]) for one, other in sides]


@pytest.mark.parametrize(
    ("names", "value"),
    [
        *(("from_0", 1), ("from_0", "1"), ("from_0", 1.0), ("from_1", 2), ("from_1", " 2.0 "), ("models", "y")),
        *((("A", "B", "C"), "B"), (("أ", "ب", "ج"), "ب"), ((True, "y", False), "y"), ("from_1", "[2]")),
    ],
)
def test_the_one_that_is_named_is_better_than_every_other(names, value):
    assert best_of(names, value) == [("y", "x"), ("y", "z")]


@pytest.mark.parametrize("names", ["from_0", "from_1"])
def test_every_place_names_its_own_answer(names):
    begin = int(names[-1])
    for count, best in product((2, 3, 4), range(4)):
        answers = "abcd"[:count]
        if best < count:
            assert best_of(names, best + begin, answers) == [
                (answers[best], one) for one in answers if one != answers[best]
            ]
        else:
            assert best_of(names, best + begin, answers)[0] == "unknown_verdict"


@pytest.mark.parametrize(
    ("names", "value", "detail"),
    [
        ("from_0", 3, "'3' of 3 answers (known: 0, 1, 2)"),
        ("from_1", 0, "'0' of 3 answers (known: 1, 2, 3)"),
        ("from_1", -1, "'-1' of 3 answers (known: 1, 2, 3)"),
        ("from_0", 0.5, "'0.5' of 3 answers (known: 0, 1, 2)"),
        ("models", "w", "'w' of 3 answers (known: x, y, z)"),
        (("A", "B", "C"), "D", "'D' of 3 answers (known: A, B, C)"),
    ],
)
def test_what_names_no_answer_is_told_with_those_that_there_are(names, value, detail):
    assert best_of(names, value) == ("unknown_verdict", detail)


@pytest.mark.parametrize("value", [None, "", -1, "none"])
def test_nobody_judged(value):
    assert best_of("from_0", value, unjudged=(-1, "none")) == ("not_judged", "")


def test_two_models_of_one_name_cannot_be_told_apart():
    assert best_of("models", "x", ("x", "x", "z"))[0] == "two_answers_of_one_name"


def test_the_number_of_the_best_of_a_list_of_bare_texts():
    row = {"prompt": "Q?", "answers": ["A.", "B.", "C."], "best": 3}
    verdict = Ranking("people", "best", "from_1", best_only=True)
    item = item_of(row, answers=(Answer("."),), each="answers", verdict=verdict)
    texts = {one["completion_id"]: one["text"] for one in item.completions}
    sides = {(texts[one["completion_a"]], texts[one["completion_b"]], one["preferred"]) for one in item.verdicts}
    assert sides == {("A.", "C.", "b"), ("B.", "C.", "b")}


@pytest.mark.parametrize(
    ("value", "preferred"),
    [
        *(("y", ((0, 1, "b"), (1, 2, "a"))), (["x", "y"], ((0, 1, "a"), (0, 2, "a"), (1, 2, "a")))),
        *(
            ([["x", "z"]], ((0, 1, "a"), (0, 2, "tie"), (1, 2, "b"))),
            ("z > x", ((0, 1, "a"), (0, 2, "b"), (1, 2, "b"))),
        ),
    ],
)
def test_the_best_are_better_than_those_that_are_not_named(value, preferred) -> None:
    assert ranked(value, best_only=True).preferred == preferred
    labels = ("response_a", "response_b", "response_c")
    assert ranked("response_b", names=labels, best_only=True).preferred == ((0, 1, "b"), (1, 2, "a"))


def test_a_name_alone_is_a_ranking_of_the_best_only_and_one_of_nobody_stops_the_build() -> None:
    assert ranked("y").problem[0] == "not_a_ranking"
    for value, why in (("w", "unknown_verdict"), (["w"], "unknown_verdict"), (None, "not_judged"), ("", "not_judged")):
        reading = ranked(value, best_only=True)
        assert (reading.preferred, reading.problem[0], reading.unreadable) == ((), why, why != "not_judged")


@pytest.mark.parametrize(
    ("value", "answers", "why"),
    [
        (["x", "w"], ("x", "y"), "unknown_verdict"),
        (["x", "y", "x"], ("x", "y"), "ranked_twice"),
        (["x", "y"], ("x", "x"), "two_answers_of_one_name"),
        (3, ("x", "y"), "not_a_ranking"),
        ([["x", {"y": 1}]], ("x", "y"), "unknown_verdict"),
    ],
)
def test_a_ranking_that_names_no_answers_is_none(value, answers, why) -> None:
    reading = ranked(value, answers)
    assert (reading.preferred, reading.unreadable) == ((), True) and reading.problem[0] == why


@given(st.integers(2, 6).flatmap(lambda n: st.lists(st.integers(0, 3), min_size=n, max_size=n)))
def test_a_ranking_is_as_the_reference_has_it(places) -> None:
    value = [[str(answer) for answer, at in enumerate(places) if at == place] for place in range(4)]
    expected = {
        (one, other): "tie" if places[one] == places[other] else "a" if places[one] < places[other] else "b"
        for one, other in combinations(range(len(places)), 2)
    }
    reading = ranked(value, tuple(map(str, range(len(places)))))
    assert {(one, other): side for one, other, side in reading.preferred} == expected


# In rows


def test_a_ranking_of_a_list_of_answers_makes_a_verdict_of_every_two_that_can_be_used() -> None:
    row = {
        "prompt": "x",
        "o": [{"m": "one", "t": "eins"}, {"m": "two", "t": 3}, {"m": "three", "t": "drei"}, {"m": "four", "t": "vier"}],
        "r": ["four", "two", ["one", "three"]],
    }
    item = item_of(row, each="o", answers=(Answer("t", model_column="m"),), verdict=Ranking("people", "r"))
    model = {one["completion_id"]: one["model"] for one in item.completions}
    assert [(model[v["completion_a"]], model[v["completion_b"]], v["preferred"]) for v in item.verdicts] == [
        ("one", "three", "tie"),
        ("one", "four", "b"),
        ("three", "four", "b"),
    ]


@pytest.mark.parametrize("best_only", [True, False])
def test_a_ranking_of_more_answers_than_are_compared_says_nothing(best_only) -> None:
    kind = Ranking("people", "r", "from_0", best_only=best_only)
    assert len(kind.read({"r": [3, 1]}, None, 1_000).preferred) == (2 * 998 + 1 if best_only else 1)
    reading = kind.read({"r": [3, 1]}, None, 1_001)
    assert (reading.problem, reading.unreadable) == (("too_many_answers", "1,001, at most 1,000"), True)


def test_a_ranking_may_call_answers_by_names_that_are_no_models() -> None:
    row = {"prompt": "x", "o": [{"id": 7, "m": "m", "t": "eins"}, {"id": "8", "m": "m", "t": "zwei"}], "r": ["8", 7]}
    answer = Answer("t", model_column="m", name_column="id")
    item = item_of(row, each="o", answers=(answer,), verdict=Ranking("people", "r"))
    assert [one["model"] for one in item.completions] == ["m", "m"]
    assert [verdict["preferred"] for verdict in item.verdicts] == ["b"]


@pytest.mark.parametrize("kind", [Scale("people", "s"), HOT])
def test_a_verdict_of_two_needs_two_answers(kind) -> None:
    item = item_of({"prompt": "x", "a": "eins", "s": 1, "wa": 1}, answers=TWO[:1], verdict=kind)
    assert item.verdicts == [] and ("verdict_without_two_answers", "1 usable") in item.problems


def test_a_row_without_a_list_of_answers_says_so_and_not_that_its_labels_are_unknown() -> None:
    verdict = Ranking("people", "best", "from_0", best_only=True)
    item = item_of({"prompt": "Q?", "r": "[]", "best": 0}, answers=(Answer("."),), each="r", verdict=verdict)
    assert [reason for reason, _ in item.problems] == ["answers_not_a_list", "verdict_without_two_answers"]
    assert not item.labels and item.unreadable
