"""Commonest openings against other models, and those that are chosen more than rejected."""

from polypref.analysis.answers import Answer, AnswerPair
from polypref.analysis.clusters import clustered_share
from polypref.analysis.openings import commonest_openings, openings_of_sides


def answers(model: str, texts: list[str]) -> list[Answer]:
    return [Answer(f"g{n}", f"p{n}", model, text) for n, text in enumerate(texts)]


def test_a_models_openings_are_counted_against_the_others():
    own = answers("m", ["Sure, here you go"] * 6 + [f"{n} is a number" for n in range(4)])
    other = answers("o", ["**Sure!** Here you are"] * 1 + [f"{n} of them" for n in range(9)])
    shown = commonest_openings([*own, *other], True)
    (one,) = shown["m"]
    assert (one.text, one.answers, one.others) == ("sure here you", 6, 0.1)
    assert one.share == clustered_share([(1, 1)] * 6 + [(0, 1)] * 4)
    assert shown["o"] == []  # none of three answers or more


def test_a_model_alone_has_nothing_beside_it():
    ((one,),) = commonest_openings(answers("m", ["Gut so, ja"] * 3), True).values()
    assert one.others is None and one.share.share == 1


def test_answers_to_one_prompt_are_one_group():
    own = [Answer("g0", "p0", "m", "Gut so ja")] * 6 + answers("m", ["a b", "c d", "e f"])[1:]
    ((one,),) = commonest_openings(own, True).values()
    assert one.share == clustered_share([(6, 6), (0, 1), (0, 1)])


def test_openings_that_are_chosen_and_rejected_unevenly():
    pairs = [AnswerPair(f"g{n}", "Oh ja bitte", f"nein {n}") for n in range(5)]
    pairs += [AnswerPair(f"h{n}", f"{n} ja", "Leider nein nein") for n in range(4)]
    pairs += [AnswerPair(f"i{n}", "So so so", "So so so!") for n in range(9)]
    shown = [(one.text, one.chosen, one.rejected) for one in openings_of_sides(pairs, True)]
    assert shown == [("oh ja bitte", 5, 0), ("leider nein nein", 0, 4)]
