"""Sentences that a model writes to many prompts."""

from polypref.analysis.answers import Answer
from polypref.analysis.boilerplate import boilerplate

STOCK = "I hope that this helps you!"


def test_a_sentence_in_answers_to_three_prompts_or_more():
    rows = [Answer(f"g{n}", f"p{n}", "m", f"Number {n} of my many answers here {'x' * n}. {STOCK}") for n in range(4)]
    rows += [Answer(f"g{n}", f"p{n}", "m", f"Own words, {'y' * n}, are in this one.") for n in range(4, 9)]
    rows += [Answer(f"g{n}", f"p{n}", "o", STOCK) for n in range(2)]
    by = boilerplate(rows, True)
    assert [(one.text, one.prompts) for one in by["m"].sentences] == [(STOCK, 4)]
    assert by["m"].has_some == [True] * 4 + [False] * 5
    assert by["o"].sentences == [] and by["o"].has_some == [False, False]


def test_translations_of_a_prompt_count_once():
    rows = [Answer("g", f"p{n}", "m", STOCK) for n in range(9)]
    assert boilerplate(rows, True)["m"].sentences == []


def test_of_many_prompts_it_must_be_one_in_a_hundred():
    rows = [Answer(f"g{n}", f"p{n}", "m", STOCK if n < 3 else f"Here is answer {'x' * n}.") for n in range(301)]
    assert boilerplate(rows, True)["m"].sentences == []
    assert boilerplate(rows[:300], True)["m"].sentences[0].prompts == 3
