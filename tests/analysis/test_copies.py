"""Near-copies: of one model, to prompts of other groups."""

from polypref.analysis.answers import Answer
from polypref.analysis.copies import copied_answers

LONG = "Der alte Leuchtturm steht seit vielen Jahren auf dem Felsen vor der Stadt und weist den Schiffen den Weg."


def answer(group: str, text: str, model: str = "m") -> Answer:
    return Answer(group, group, model, text)


def test_an_answer_that_says_nearly_the_same_to_another_prompt():
    other = (
        "Im Garten hinter dem Haus wachsen Rosen, Tulpen und ein kleiner Kirschbaum, den die Kinder gepflanzt haben."
    )
    rows = [answer("a", LONG), answer("b", LONG.replace("vielen", "hundert")), answer("c", other)]
    assert copied_answers(rows, "de") == [True, True, False]


def test_neither_another_model_nor_a_translation_of_the_prompt_makes_a_copy():
    rows = [answer("a", LONG), answer("a", LONG), answer("b", LONG, "o")]
    assert copied_answers(rows, "de") == [False, False, False]
    # Two of three are to one prompt; the third is a copy of both.
    assert copied_answers([answer("a", LONG), answer("a", LONG), answer("b", LONG)], "de") == [True, True, True]


def test_short_answers_are_copies_where_they_are_equal():
    rows = [answer("a", "Ja!"), answer("b", "ja"), answer("c", "Nein."), answer("d", "Je.")]
    assert copied_answers(rows, "de") == [True, True, False, False]
    assert copied_answers([], "de") == [] and copied_answers(rows[:1], "de") == [False]


def test_many_copies_are_all_known():
    rows = [answer(f"g{n}", f"{LONG} {n}") for n in range(60)] + [
        answer("z", "Etwas ganz anderes steht in dieser Zeile.")
    ]
    assert copied_answers(rows, "de") == [True] * 60 + [False]
