"""Why the languages of answers are not known."""

from polypref.evaluation.report.answer_languages import unchecked_languages
from tests.evaluation import samples


def test_languages_that_were_not_looked_at_are_explained_and_others_are_not(full):
    assert unchecked_languages(samples.read(full).comparisons[0]) == []
    for row in full["comparisons"][0]["rows"]:
        row["fidelity"] = row["other_fidelity"] = {"answers": 0, "lines": None, "words": None}
    (sentence,) = unchecked_languages(samples.read(full).comparisons[0])
    assert sentence.startswith("The languages of these answers were not looked at") and "of kind stored" in sentence
