"""What became of a battle, and which battles a page holds."""

import json
import math
from collections import Counter

import pytest

from polypref.evaluation.report import battles
from polypref.evaluation.report import page as report_page
from polypref.pages.parts import MOST_CHARACTERS
from tests.evaluation import samples


@pytest.mark.parametrize(
    ("scores", "became"),
    [
        ((1, 1), "won"),
        ((0, 0), "lost"),
        ((0.5, 0.5), "tie"),
        ((1, 0), "disagreement"),
        ((1, 0.5), "disagreement"),
        ((1, None), "unparsed"),
        ((math.nan,), "unparsed"),
        ((0.73,), "won"),
        ((), "unparsed"),
    ],
)
def test_outcomes(scores, became):
    assert battles.outcome({"orders": [{"score": score, "reason": ""} for score in scores]}) == became


def test_the_page_holds_so_many_of_each_language_and_outcome(full, table):
    drawn = battles.draw_battles(table, samples.read(full).comparisons, per_group=3)
    rows = [json.loads(row) for row in drawn.rows]
    counts = Counter((row["comparison"], row["language"], row["outcome"]) for row in rows)
    assert counts == drawn.held == {group: min(3, n) for group, n in drawn.totals.items()}
    assert drawn.totals[0, "he", "unparsed"] == 2 and drawn.totals[0, "ar", "won"] == 12
    assert drawn.totals.total() == table.num_rows == 220
    again = battles.draw_battles(table.take(list(range(219, -1, -1))), samples.read(full).comparisons, per_group=3)
    assert again.rows == drawn.rows
    more = [
        json.loads(row)["id"] for row in battles.draw_battles(table, samples.read(full).comparisons, per_group=4).rows
    ]
    assert {row["id"] for row in rows} < set(more) and len(set(more)) == len(more)
    text = report_page.page(samples.read(full), table, per_group=3)
    assert (
        f"This page holds {len(rows)} of 220 battles: of each comparison, language and outcome at most 3, in an order "
        "drawn with seed 0, in turn up to 12 MB, so that"
    ) in " ".join(text.split())


def test_battles_of_a_comparison_without_results_are_not_lost(full, table):
    drawn = battles.draw_battles(table, [], per_group=1)
    assert [one.model for one in drawn.comparisons] == ["new-model"] and drawn.totals.total() == 220


def test_a_long_text_comes_with_its_length():
    whole = "字" * (MOST_CHARACTERS + 5)
    answer = battles._answer_of(whole, None, "pass", "unknown")
    assert answer == {
        "text": "字" * MOST_CHARACTERS, "lines": "pass", "words": "unknown", "characters": MOST_CHARACTERS + 5
    }  # fmt: skip
    assert battles._answer_of(None, "timeout", None, None) == {"text": "", "failure": "timeout"}
    order = {"first": "model", "score": math.nan, "reason": "no_verdict", "said": whole}
    assert battles._order(order) == {
        "first": "model", "reason": "no_verdict", "said": "字" * MOST_CHARACTERS, "characters": MOST_CHARACTERS + 5
    }  # fmt: skip
    assert battles._order(order | {"score": 0.0, "reason": "", "said": None}) == {"first": "model", "score": 0.0}
