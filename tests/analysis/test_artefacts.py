"""A classifier that reads no prompt sees planted artefacts; shuffled labels are chance, prompts are not learned."""

import random

import pytest

from polypref.analysis.answers import AnswerPair
from polypref.analysis.artefacts import FEWEST_PAIRS, opening_features, text_features, told_apart

WORDS = list("aeioubcdfgh")


def text(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=20))


def pairs(number: int, mark: str, seed: int = 1) -> list[AnswerPair]:
    draw = random.Random(seed)
    return [AnswerPair(f"g{n}", f"{mark}{text(draw)}", text(draw)) for n in range(number)]


def test_an_opening_that_only_chosen_answers_have_is_seen():
    share = told_apart(pairs(100, "Aber gerne doch: "), True, opening_features)
    assert share is not None and share.share is not None and share.share > 0.95 and 35 < share.of < 65


def test_a_word_inside_is_seen_by_words_and_not_by_openings():
    rows = [
        one._replace(rejected=f"{one.rejected} übrigens {text(random.Random(n))}")
        for n, one in enumerate(pairs(200, ""))
    ]
    by_text, by_opening = (told_apart(rows, True, seen) for seen in (text_features, opening_features))
    assert by_text is not None and by_text.low is not None and by_text.low > 0.9
    assert by_opening is not None and by_opening.low is not None and by_opening.high is not None
    assert by_opening.low < 0.5 < by_opening.high


@pytest.mark.parametrize("seen", [opening_features, text_features])
def test_shuffled_labels_are_chance(seen):
    held = 0
    for seed in range(30):
        draw = random.Random(seed)
        rows = [
            one if draw.random() < 0.5 else AnswerPair(one.group, one.rejected, one.chosen)
            for one in pairs(120, "Aber gerne doch: ", seed)
        ]
        share = told_apart(rows, True, seen)
        assert share is not None and share.low is not None and share.high is not None
        held += share.low <= 0.5 <= share.high
    assert held >= 27


def test_a_prompt_is_never_in_both_halves():
    # Every prompt has an opening of its own, which its five pairs share: learned, it would tell all of them.
    draw = random.Random(2)
    rows = [
        AnswerPair(f"g{n}", f"w{n} a b {text(draw)}", f"v{n} a b {text(draw)}") for n in range(40) for _ in range(5)
    ]
    share = told_apart(rows, True, opening_features)
    assert share is not None and share.share == 0.5


def test_too_few_say_nothing():
    assert told_apart(pairs(FEWEST_PAIRS - 1, ""), True, opening_features) is None
    assert told_apart([one._replace(group="g") for one in pairs(100, "")], True, opening_features) is None


def test_letters_stand_for_words_where_no_space_parts_them():
    assert "has 東京" in text_features("東京です", False) and "opening 東京です" in opening_features("東京です", False)
    assert "sign *" in opening_features("**Gut**", True)
