"""What a prompt asks to be said again and again is no loop; more than that, and anything else, is one."""

import pytest

from polypref import languages
from polypref.stages.checks.asked_repetition import without_asked_repetition
from polypref.stages.checks.repetition import RepetitionLoops
from tests.stages.checks.repetition_texts import ASKED


def is_loop(pairs, outcomes, tag, prompt, text):
    rows = pairs({"language": tag, "prompt": prompt, "chosen": text})
    return outcomes(RepetitionLoops(roles=("chosen",)), rows) == [(0, "chosen_loop")]


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_what_is_asked_for_is_no_loop_in_whatever_form(pairs, outcomes, tag):
    sentence, *prompts = ASKED[tag]
    end, space = ("。", "") if tag in ("zh", "ja") else (".", " ")
    forms = [
        f"{sentence}{end}\n" * 12,
        f"{sentence}{end}{space}" * 12,
        "".join(f"{i}. {sentence}{end}\n" for i in range(1, 13)),
        f"{sentence.upper()}!\n" * 12 + "OK.",
    ]
    for prompt in prompts:
        assert [is_loop(pairs, outcomes, tag, prompt, form) for form in forms] == [False] * len(forms), prompt


@pytest.mark.parametrize("tag", languages.AYA_23)
def test_far_more_of_it_and_anything_else_is_a_loop(pairs, outcomes, tag):
    sentence, *prompts = ASKED[tag]
    for prompt in prompts:
        assert is_loop(pairs, outcomes, tag, prompt, f"{sentence}.\n" * 101)
        assert is_loop(pairs, outcomes, tag, prompt, f"{sentence[::-1]}, {sentence[3:]}.\n" * 25)
    assert is_loop(pairs, outcomes, tag, f"{sentence}?", f"{sentence}.\n" * 12)


def test_up_to_twice_as_often_as_it_is_asked_for():
    prompt, line = "Write 'no running' 5 times.", "No running! "
    assert without_asked_repetition(line * 10, prompt, True, "en") == ""
    assert without_asked_repetition(line * 11, prompt, True, "en") == line * 11
    assert without_asked_repetition(line * 100, "Repeat 'no running'.", True, "en") == ""
    assert without_asked_repetition(line * 101, "Repeat 'no running'.", True, "en") == line * 101


def test_words_near_the_request_need_no_signs_and_far_ones_do():
    line = "tea is hot "
    near = "Please say tea is hot 9 times."
    far = "Say that tea is hot to your dear old friend who lives here, 9 times."
    assert without_asked_repetition(line * 9, near, True, "en") == ""
    assert without_asked_repetition(line * 9, far, True, "en") == line * 9


def test_sentences_in_turns_and_a_particle_on_the_last_word():
    text = "I love tea.\nI love milk.\n" * 9
    assert without_asked_repetition(text, 'Write "I love tea" and "I love milk" in turns, 9 times.', True, "en") == ""
    assert without_asked_repetition("미안해 " * 20, "미안해를 스무 번 말해 줘", True, "ko") == ""


def test_a_loop_beside_what_was_asked_for_is_one(pairs, outcomes):
    text = "No running.\n" * 5 + "and so it goes on and on for ever, as I said, " * 12
    assert is_loop(pairs, outcomes, "en", "Write 5 times: No running.", text)
    assert not is_loop(pairs, outcomes, "en", "Write 5 times: No running.", "No running.\n" * 5)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("I take this pill three times a day. Is that too much?", "Is that too much? "),
        ("How many times did Italy win?", "Italy did win four times. "),
        ("Write a story about a boy who says sorry ten times.", "The boy said that he was sorry. "),
    ],
)
def test_a_number_in_a_question_asks_for_no_repetition(pairs, outcomes, prompt, text):
    assert is_loop(pairs, outcomes, "en", prompt, text * 20)


@pytest.mark.slow
@pytest.mark.parametrize("marks", ["「", "『", "‘", "‹", " 'a"])
def test_marks_that_nothing_closes_are_looked_for_once(marks):
    """Of 200,000 on end each would be looked for to the end of the prompt."""
    prompt = f"Write 'That's all' 5 times, or 「be good」. {marks * 200_000}"
    assert without_asked_repetition("That's all. " * 5, prompt, True, "en") == ""
    assert without_asked_repetition("be good! " * 5, prompt, True, "en") == ""
    assert without_asked_repetition("be bad! " * 5, prompt, True, "en") == "be bad! " * 5
