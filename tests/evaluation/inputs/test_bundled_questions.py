"""The bundled questions: the same draws for ever, a line for each language, and none both trained on and kept."""

from polypref import languages
from polypref.evaluation.inputs import bundled_questions
from polypref.evaluation.inputs.bundled_questions import CONFUSED_INTO, NUMBERS, is_confused, lines, split_groups


def test_a_group_has_a_line_in_each_language_with_its_number():
    found_lines = lines(["bus-47"])
    assert sorted(line.language for line in found_lines) == sorted(languages.AYA_23)
    assert all("47" in line.prompt and "47" in line.answer and "{n}" not in line.confused for line in found_lines)
    english = next(line for line in found_lines if line.language == CONFUSED_INTO)
    assert {line.confused for line in found_lines} == {english.answer}


def test_groups_are_kept_for_the_end_or_trained_on():
    train, held = split_groups(0, 60)
    assert len(held) == 60 and len({*train, *held}) == len(train) + len(held) == 6 * len(NUMBERS)
    assert split_groups(0, 60) == (train, held) and split_groups(1, 60)[1] != held
    # The end of a larger split begins as that of a smaller one does: nothing that was held out is trained on later.
    assert split_groups(0, 20)[1] == held[:20]


def test_a_share_of_answers_is_confused():
    every = [line for line in lines(split_groups(0, 60)[0]) if line.language == "de"]
    confused = [is_confused(0, line, 0.5) for line in every]
    assert confused == [is_confused(0, line, 0.5) for line in every]
    assert 0.3 < sum(confused) / len(confused) < 0.7
    assert not any(is_confused(0, line, 0.0) for line in every) and all(is_confused(0, line, 1.0) for line in every)
    assert bundled_questions.is_confused(1, every[0], 1.0)
