"""Verdicts in words: marks, labels and scores in texts; each by hand."""

import json

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.games import FieldsLayout
from polypref.layouts.labels import SeenLabel
from polypref.layouts.named import layout_of_keys
from polypref.layouts.readings import Reading
from polypref.layouts.sources import Answer, Fields, Marks
from polypref.stages.pair import PairRule
from tests.layouts.interpreted import TWO, item_of
from tests.stages.builds import built

CHOICE = Marks("judge", "said", r"Choice: (\w+)", ("one", 1), ("two", "2"), tie=("both",), unjudged=("none",))
SCORES = Marks("judge", "said", r"(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)", tie_within=0.5)


def side(kind, text, **more):
    reading = kind.read({"said": text} | more, None, 2)
    return reading.preferred[0][2] if reading.preferred else reading.problem


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("The first is better. [[A]]", "a"),
        ("[[B]], I say: [[B]]", "b"),
        ("[[C]]", "tie"),
        ("[[TIE]]", "tie"),
        ('{"verdict": "B"}', "b"),
        ("[[A]] or [[B]]?", ("judge_two_verdicts", "")),
        ("Who knows.", ("no_mark", "")),
        ("", ("not_judged", "")),
        (None, ("not_judged", "")),
        ([1], ("unknown_verdict", "list")),
    ],
)
def test_marks_that_are_known(text, outcome):
    assert side(Marks("judge", "said"), text) == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Choice: one", "a"),
        ("Choice: one. No! Choice: two", "b"),
        ("Choice: 1", "a"),
        ("Choice: both", "tie"),
        ("Choice: none", ("not_judged", "")),
        ("Choose one", ("no_mark", "")),
        ("Choice: neither", ("unknown_verdict", "'neither' (known: 'one', '1', 'two', '2', 'both', 'none')")),
    ],
)
def test_a_label_that_a_pattern_finds_means_what_is_declared(text, outcome):
    assert side(CHOICE, text) == outcome


def test_labels_are_seen_with_what_they_mean():
    reading = CHOICE.read({"said": "Choice: two"}, "said", 2)
    assert reading == Reading(((0, 1, "b"),), (SeenLabel("said", "two", "b"),))
    assert CHOICE.read({"said": "Choice: x"}, "said", 2).labels == (SeenLabel("said", "x", ""),)
    assert CHOICE.expected == {"a": "first", "b": "second"} and Marks("judge", "said").expected == {}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("8 / 6, then 1/9", "a"),
        ("7.5/8.5", "b"),
        ("7/7.5", "tie"),
        ("seven", ("no_scores", "")),
    ],
)
def test_two_scores_in_a_text(text, outcome):
    assert side(SCORES, text) == outcome


@pytest.mark.parametrize(
    ("one", "two", "by_place", "outcome"),
    [
        ("[[A]]", "[[B]]", True, "a"),
        ("[[A]]", "[[A]]", True, "disagreement"),
        ("[[A]]", "[[A]]", False, "a"),
        ("[[C]]", "[[C]]", True, "tie"),
        ("[[B]]", "?", True, ("no_mark", "")),
    ],
)
def test_a_second_text_is_on_the_other_order(one, two, by_place, outcome):
    kind = Marks("judge", "said", swapped="again", swapped_names_position=by_place)
    assert side(kind, one, again=two) == outcome


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pattern": "("}, "verdict 'j': pattern is no regular expression"),
        ({"first": ("A",), "second": ("B",)}, "has labels and no pattern that finds them"),
        ({"pattern": "(A|B)", "tie": ("A",)}, "no label names an answer; write them into first and second"),
        ({"pattern": "A|B", "first": ("A",)}, r"pattern 'A\|B' has 0 groups; put the label in brackets"),
        ({"pattern": "(A|B)"}, "has 1 groups; put the label in brackets and say which labels name"),
        ({"tie_within": 1}, "tie_within speaks of two scores, which a pattern of two groups finds"),
        ({"pattern": "(A)", "first": ("A", " A")}, "is written twice"),
        ({"column": ("x", "y"), "swapped": "z"}, "swapped is a second text beside one column"),
    ],
)
def test_a_declaration_that_says_nothing_is_refused(settings, message):
    with pytest.raises(UserError, match=message):
        Marks("j", **({"column": "said"} | settings))


def test_several_judges_and_what_says_nothing_in_a_row():
    several = Marks("judges", ("x", "y"), join="each")
    item = item_of({"prompt": "Wo?", "a": "Da.", "b": "Dort.", "x": "[[B]]", "y": "Hm."}, answers=TWO, verdict=several)
    assert [one["preferred"] for one in item.verdicts] == ["b"]
    assert item.problems == [("no_mark", "")] and not item.unreadable


def test_a_build_counts_what_says_nothing_and_stops_at_an_unknown_label():
    rows = [
        {"q": f"What is number {n}?", "a": f"Yes {n}, it is.", "b": f"No {n}, it is not.", "said": text}
        for n, text in enumerate(["Choice: one", "Choice: two", "Hm.", "Choice: both"])
    ]
    fields = Fields("q", (Answer("a"), Answer("b")), verdict=CHOICE)
    assert len(built(rows, fields, PairRule("given"), "judge").pairs) == 2
    with pytest.raises(UserError, match=r"column said holds 'x' \(1\), .*write each label into first"):
        built([*rows, rows[0] | {"q": "Which?", "said": "Choice: x"}], fields, PairRule("given"), "judge", max_bad=1.0)


def test_an_evaluation_reads_both_orders(tmp_path):
    verdict = {"kind": "Marks", "rater": "judge", "column": "said", "swapped": "again"}
    answers = [{"text": "a", "model": "x"}, {"text": "b", "model": "y"}]
    keys = {"fields": {"prompt": "q", "answers": answers, "verdict": verdict}}
    path = tmp_path / "said.jsonl"
    rows = [("[[A]]", "[[B]]"), ("[[A]]", "[[A]]"), ("[[B]]", "Hm.")]
    texts = [{"q": f"{n}?", "a": "Ja.", "b": "Nein.", "said": x, "again": y} for n, (x, y) in enumerate(rows)]
    path.write_text("".join(json.dumps(row) + "\n" for row in texts), "utf-8")
    games = FieldsLayout(layout_of_keys(keys, "mine", "layout")).read_games(path)
    scores = {("x", "y"): [], ("y", "x"): []}
    for game in games:
        scores[game.shown].append((game.score, game.reason))
    assert scores["x", "y"] == [(1.0, ""), (1.0, ""), (0.0, "")]
    # Shown first, y lost, then won; the third reply says nothing.
    assert scores["y", "x"][:2] == [(0.0, ""), (1.0, "")]
    assert scores["y", "x"][2][1] == "no_mark"


@pytest.mark.parametrize(("bad", "detail"), [(Bad("key_twice", "said"), "said"), (Bad("not_utf8"), "not_utf8")])
def test_a_text_that_cannot_be_read_is_unknown_and_says_why(bad, detail):
    reading = Marks("judge", "said").read({"said": bad}, None, 2)
    assert reading.problem == ("unknown_verdict", detail) and reading.unreadable
