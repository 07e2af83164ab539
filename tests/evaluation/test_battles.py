"""What is said of an answer's lines before anybody judges it. Battles of whole evaluations are in test_judgements."""

from polypref.evaluation import battles


def test_lines_that_nobody_could_check_are_unknown():
    assert [battles._word(passed) for passed in (None, True, False)] == ["unknown", "pass", "fail"]
