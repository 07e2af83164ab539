import numpy as np
import pytest

from polypref.errors import UserError
from polypref.evaluation.reference_judge import ReferenceJudge

RIGHT = {
    "he": "אוטובוס 47 נוסע אל העיר העתיקה דרך תחנת הרכבת.",
    "ja": "47番のバスは駅の前を通って旧市街まで行きます。",
    "uk": "Автобус 47 їде повз вокзал аж до старого міста.",
}
ENGLISH = "Bus 47 goes to the old town by way of the station."


@pytest.mark.parametrize("tag", RIGHT)
def test_grades_exact_then_language_then_all_else(tag):
    right = RIGHT[tag]
    answers = [right, right.replace("47", "12"), ENGLISH, "", f"  {right}\n"]
    grades = ReferenceJudge().grades(answers, [[ENGLISH + "!", right]] * 5, [tag] * 5)
    assert grades.tolist() == [2, 1, 0, 0, 2]


def test_a_translation_is_in_the_language_that_was_asked_for():
    answers = [RIGHT["uk"], ENGLISH, RIGHT["ja"], RIGHT["uk"] + " Так."]
    asked = "Переклади на англійську: " + RIGHT["uk"]
    grades = ReferenceJudge().grades(answers, [["Bus 47 goes to town."]] * 4, ["uk"] * 4, [asked] * 4)
    assert grades.tolist() == [0, 1, 0, 0]
    assert ReferenceJudge().grades(answers, [["Bus 47 goes to town."]] * 4, ["uk"] * 4).tolist() == [1, 0, 0, 1]


def test_unicode_form_and_spaces_do_not_make_an_answer_wrong():
    grades = ReferenceJudge().grades(["Cafe\u0301  im  Haus"], [["Café im Haus"]], ["de"])
    assert grades.tolist() == [2]


def test_scores_are_of_the_first_answer_and_sum_to_one_when_swapped():
    tags = ["he", "ja", "uk"]
    own, other = list(RIGHT.values()), [ENGLISH, RIGHT["ja"], RIGHT["uk"].replace("47", "3")]
    references = [[RIGHT[tag]] for tag in tags]
    judge = ReferenceJudge()
    assert judge.scores(own, other, references, tags).tolist() == [[1.0], [0.5], [1.0]]
    assert np.all(judge.scores(own, other, references, tags) + judge.scores(other, own, references, tags) == 1)


def test_a_prompt_without_references_and_unequal_lengths_are_refused():
    with pytest.raises(UserError, match="no list of references"):
        ReferenceJudge().grades(["a"], [[]], ["de"])
    with pytest.raises(UserError, match="no list of references"):
        ReferenceJudge().grades(["a"], ["abc"], ["de"])
    with pytest.raises(UserError, match="2 answers, 1 lists of references and 2 languages"):
        ReferenceJudge().grades(["a", "b"], [["a"]], ["de", "de"])
