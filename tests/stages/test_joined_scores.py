"""Answers with several scores that nothing tells apart: a build says of how many, and nothing where there are none."""

import pytest

from polypref.layouts.sources import Answer, Fields
from polypref.stages.pair import PairRule
from tests.stages.builds import built

# A has 4 and 2, B 3 and 5, C twice the same.
MARKS = (("A.", "ana", 4), ("A.", "ben", 2), ("B.", "ana", 3), ("B.", "ben", 5), ("C.", "ana", 1), ("C.", "ben", 1))
ROWS = [{"q": "Which lake is the deepest?", "t": text, "who": who, "s": mark} for text, who, mark in MARKS]
SCORED = (Answer("t", score="s"),)
RULE = PairRule("all_pairs", per_prompt=9)


def test_several_scores_of_an_answer_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = built(ROWS, Fields("q", SCORED), RULE)
    assert (
        "rows: 2 answers have several scores that differ (4 in all), of which the median counts, whoever gave them; "
        "where they are several people's, name the column that says whose in Fields(occasion=...) (--annotator of "
        "answer_pool), and only scores of one person are compared\n"
    ) in capsys.readouterr().err
    # The medians are 3, 4 and 1.
    assert [pair[1:] for pair in outcome.pairs] == [("A.", "C."), ("B.", "A."), ("B.", "C.")]


def test_of_one_answer_it_is_said_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    built([*ROWS[:2], *ROWS[3:]], Fields("q", SCORED), RULE)
    assert "rows: 1 answer has several scores that differ (2 in all)" in capsys.readouterr().err


@pytest.mark.parametrize("occasion", ["who", "=all"])
def test_with_an_occasion_nothing_is_said(occasion: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = built(ROWS, Fields("q", SCORED, occasion=occasion), RULE)
    assert "several scores" not in capsys.readouterr().err
    assert (("B.", "A.") in [pair[1:] for pair in outcome.pairs]) is (occasion == "=all")


@pytest.mark.slow
def test_equal_scores_and_lists_of_answers_are_no_matter(capsys: pytest.CaptureFixture[str]) -> None:
    built([*ROWS[::2], *ROWS[4:]], Fields("q", SCORED), RULE)
    together = [{"q": ROWS[0]["q"], "r": [{"t": row["t"], "s": row["s"]} for row in ROWS]}]
    built(together, Fields("q", SCORED, each="r"), RULE)
    assert "several scores" not in capsys.readouterr().err
