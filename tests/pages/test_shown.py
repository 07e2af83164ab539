"""A row of a page: what is left out of its JSON, and what is cut."""

import json

import pytest

from polypref.pages.parts import MOST_CHARACTERS
from polypref.pages.shown import answer_of, number_of, other_language, shown_row, turns_of

TOTAL = ("kept", "", "", "he")


def test_what_a_row_has_not_is_not_written():
    row = shown_row(TOTAL, {"id": "a<b", "detail": None, "flags": [], "margin": 0.0, "stage": ""})
    assert json.loads(row.text) == {"id": "a<b", "margin": 0.0, "stage": ""}
    assert "<" not in row.text and row.total == TOTAL and row.size == len(row.text) + 2


def test_bytes_are_counted_and_not_characters():
    assert shown_row(TOTAL, {"id": "של"}).size == len('{"id":"של"}') + 2 + 2


def test_a_long_text_is_cut_and_its_length_kept():
    long = "x" * (MOST_CHARACTERS + 5)
    answer = answer_of("chosen", "m", "given", float("inf"), long)
    assert answer == {
        **{"name": "chosen", "model": "m", "route": "given", "score": None},
        **{"text": "x" * MOST_CHARACTERS, "characters": MOST_CHARACTERS + 5},
    }
    assert "characters" not in answer_of("chosen", "m", "given", 1.0, "short")
    assert turns_of([{"role": "user", "content": long}]) == [["user", "x" * MOST_CHARACTERS, MOST_CHARACTERS + 5]]


@pytest.mark.parametrize(("value", "number"), [(None, None), (float("nan"), None), (0.0, 0.0), (-2.5, -2.5)])
def test_a_score_that_is_none_is_not_shown(value, number):
    assert number_of(value) == number


def test_only_another_language_of_the_answers_is_named():
    assert (other_language("de", "de"), other_language("de", "he")) == (None, "he")
