"""What rows say of two answers: votes joined, scores compared; every figure by hand."""

import pytest

from polypref.errors import UserError
from polypref.layouts import preferences as those
from polypref.layouts.preferences import joined, preferences
from polypref.layouts.sources import Answer, Ranking, Verdict
from tests.layouts.interpreted import TWO, item_of

VERDICT = Verdict("people", "w", ("A",), ("B",), ("C",), unjudged=("?",), annotator="who")


def votes(*rows, verdict=VERDICT, answers=TWO, **settings):
    return [
        item_of({"prompt": "Wo?", "a": "Da.", "b": "Dort."} | row, answers=answers, verdict=verdict) for row in rows
    ]


def outcomes(items, by_verdicts=True, join="unanimous"):
    return [
        (one.first["text"], one.second["text"], one.side, one.reason) for one in preferences(items, by_verdicts, join)
    ]


@pytest.mark.parametrize(
    ("given", "join", "outcome"),
    [
        ([], "majority", []),
        (["a", "a", "tie"], "unanimous", [("", "disagreement")]),
        (["tie", "tie"], "unanimous", [("tie", "")]),
        (["disagreement"], "unanimous", [("", "disagreement")]),
        (["a", "a", "tie"], "majority", [("a", "")]),
        (["a", "tie", "b"], "majority", [("", "no_majority")]),
        (["a", "b"], "majority", [("", "no_majority")]),
        (["disagreement", "disagreement", "a"], "majority", [("", "no_majority")]),
        (["a", "b", "disagreement"], "each", [("a", ""), ("b", ""), ("", "disagreement")]),
        (["a", "a"], "each", [("a", ""), ("a", "")]),
    ],
)
def test_votes_of_people_who_are_not_named_are_joined(given, join, outcome):
    assert joined([(side, None) for side in given], join) == outcome


def test_a_person_has_one_vote_and_one_that_contradicts_itself_is_for_nobody():
    # Two say a, one says b three times: a has more than half of three people, b has three of five verdicts.
    assert joined([("a", "p"), ("a", "q"), ("b", "r"), ("b", "r"), ("b", "r")], "majority") == [("a", "")]
    # Of two people one says both, so that a has one of two: no more than half.
    assert joined([("a", "p"), ("b", "p"), ("a", "q")], "majority") == [("", "no_majority")]
    assert joined([("a", "p"), ("a", "p"), ("b", "p")], "each") == [("a", ""), ("b", "")]


def test_verdicts_of_several_rows_on_the_same_two_answers_are_one_whichever_stands_first():
    rows = [{"w": "A", "who": "p"}, {"w": "B", "who": "q", "a": "Dort.", "b": "Da."}, {"w": "C", "who": "r"}]
    items = votes(*rows, answers=(Answer("a", model="one"), Answer("b", model="one")))
    assert outcomes(items, join="majority") == [("Da.", "Dort.", "a", "")]
    assert outcomes(items) == [("Da.", "Dort.", "", "disagreement")]
    assert [side for *_, side, _ in outcomes(items, join="each")] == ["a", "a", "tie"]


def test_who_says_nothing_is_no_vote_and_is_counted_where_nobody_else_says_anything():
    assert outcomes(votes({"w": "?"}, {"w": "B"})) == [("Da.", "Dort.", "b", "")]
    assert outcomes(votes({"w": "?"}, {"w": None})) == [("Da.", "Dort.", "", "not_judged")]
    assert outcomes(votes({"w": "?"}, {"w": "B"}), join="each") == [
        ("Da.", "Dort.", "b", ""),
        ("Da.", "Dort.", "", "not_judged"),
    ]


def test_a_ranking_compares_every_two_answers():
    three = (*TWO, Answer("c", model="three"))
    items = votes({"c": "Hier.", "w": "two > one = three"}, verdict=Ranking("people", "w"), answers=three)
    assert outcomes(items) == [
        ("Da.", "Dort.", "b", ""),
        ("Da.", "Hier.", "tie", ""),
        ("Dort.", "Hier.", "a", ""),
    ]


def scored(*rows):
    answer = Answer("t", model_column="m", score="s")
    return [item_of({"prompt": "Wo?"} | row, answers=(answer,)) for row in rows]


def test_of_two_scored_answers_the_one_with_the_higher_score_is_better():
    items = scored(
        {"t": "Da.", "m": "x", "s": 1}, {"t": "Dort.", "m": "y", "s": "2.5"}, {"t": "Hier.", "m": "z", "s": 1}
    )
    assert outcomes(items, by_verdicts=False) == [
        ("Da.", "Dort.", "b", ""),
        ("Da.", "Hier.", "tie", ""),
        ("Dort.", "Hier.", "a", ""),
    ]


def test_several_scores_of_an_answer_are_their_median():
    rows = [{"t": "Da.", "m": "x", "s": score} for score in (9, 1, 2)]
    assert outcomes(scored(*rows, {"t": "Dort.", "m": "y", "s": 3}), by_verdicts=False) == [("Da.", "Dort.", "b", "")]


def test_scores_of_two_occasions_or_raters_never_meet():
    items = scored({"t": "Da.", "m": "x", "s": 1}, {"t": "Dort.", "m": "y", "s": 2})
    items[0].ratings[0]["occasion"], items[1].ratings[0]["occasion"] = "morning", "evening"
    assert outcomes(items, by_verdicts=False) == []
    items[1].ratings[0]["occasion"] = "morning"
    assert outcomes(items, by_verdicts=False) == [("Da.", "Dort.", "b", "")]
    items[1].ratings[0]["rater"] = "another"
    assert outcomes(items, by_verdicts=False) == []


def test_scores_stand_beside_verdicts():
    two = (Answer("a", model="one", score="x"), Answer("b", model="two", score="y"))
    (one,) = preferences(votes({"w": "A", "x": 1, "y": 2}, answers=two), True)
    assert (one.side, one.scores) == ("a", (1.0, 2.0))
    (half,) = preferences(votes({"w": "A", "x": 1}, answers=two), True)
    assert (half.side, half.scores) == ("a", None)


def test_too_many_scored_answers_to_one_prompt_are_refused(monkeypatch):
    monkeypatch.setattr(those, "MOST_SCORED", 2)
    items = scored(*({"t": text, "m": "x", "s": 1} for text in ("A.", "B.", "C.")))
    with pytest.raises(UserError, match="source scored 3 answers to the prompt 'Wo\\?': of at most 2 every two"):
        preferences(items, False)
