"""The bundled questions: the same draws for ever, a line for each language, and none both trained on and kept."""

import pytest

from polypref import languages
from polypref.evaluation.inputs import bundled_questions
from polypref.evaluation.inputs.bundled_questions import CONFUSED_INTO, NUMBERS, is_confused, lines, split_groups
from polypref.languages.fidelity import check_lines
from polypref.languages.identifier import Identifier


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


def test_every_answer_is_in_its_language_and_long_enough_to_tell():
    questions = lines([f"{topic}-47" for topic in ("bus", "room", "page", "house", "train", "exercise")])
    assert len(questions) == 6 * 23 and {one.language for one in questions} == set(languages.AYA_23)
    answers, tags = [one.answer for one in questions], [one.language for one in questions]
    for one, fidelity in zip(questions, check_lines(answers, tags, Identifier()), strict=True):
        assert fidelity.passed, f"{one.language} {one.group}: {one.answer} ({fidelity})"
        assert "47" in one.prompt and "47" in one.answer and "{" not in one.prompt + one.answer
        assert (one.answer == one.confused) == (one.language == "en")


def test_planted_confusion_has_the_share_asked_for():
    questions = lines(split_groups(0, 60)[0])
    for share in (0.0, 0.3, 1.0):
        drawn = [is_confused(1, one, share) for one in questions]
        # 2,760 draws: three standard errors are 0.026 at the most.
        assert sum(drawn) / len(drawn) == pytest.approx(share, abs=0.026 if 0 < share < 1 else 0)
