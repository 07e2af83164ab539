"""What a report of a judge's check says first."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from polypref.evaluation.judge_check import words
from polypref.evaluation.judge_check.good_answers import AnswersRead
from polypref.evaluation.judge_check.results import JudgeCheck
from polypref.evaluation.judge_check.run import check_judge, material
from polypref.inference import Request
from tests.evaluation.judge_check.samples import good_answers, known_answers
from tests.evaluation.simulated import Rule, judge_by, perfect

GOOD = tuple(one for one in good_answers() if one.language in ("de", "he", "ja"))


def checked(rule: Rule, out: Path, prompts: int) -> JudgeCheck:
    groups = sorted({one.group for one in GOOD})[:prompts]
    answers = tuple(one for one in GOOD if one.group in groups)
    return check_judge(judge_by(rule), material(AnswersRead(answers, "x", {}), None, None, 0), out, quiet=True)


def wrong_in_hebrew(question: str, a: str, b: str, request: Request) -> str:
    right = perfect(known_answers(GOOD))(question, a, b, request)
    return (
        {"A": "B", "B": "A"}.get(right, right) if any("\u05d0" <= letter <= "\u05ea" for letter in question) else right
    )


def test_a_kappa_that_is_not_known_and_tokens_that_nobody_counted_are_not_shown(tmp_path: Path) -> None:
    results = checked(perfect(known_answers(GOOD)), tmp_path / "d", 5)
    assert any(re.search(r"same verdict in .* of \d+, kappa 1\.00\.", one) for one in words.sentences(results))
    alone = replace(results, every=replace(results.every, again_kappa=replace(results.every.again_kappa, kappa=None)))
    assert any(re.search(r"same verdict in [^,]* of \d+\.", one) for one in words.sentences(alone))
    between = replace(results.between_languages, kappa=-0.333, low=None, high=None)
    assert any(
        "Fleiss kappa of -0.33; about 0.3" in one
        for one in words.sentences(replace(results, between_languages=between))
    )
    row = replace(results.every, prompt_tokens=0, completion_tokens=7, uncounted=3)
    assert words.cells(row)[14] == "– + 7 (3 not counted)" and words.counted(replace(row, uncounted=0), 0) == 0


def test_one_language_is_no_languages(tmp_path: Path) -> None:
    results = checked(perfect(known_answers(GOOD)), tmp_path / "e", 5)
    (source,) = results.sources
    assert next(words.asked(results)).endswith("of x in 3 languages")
    alone = replace(results, sources=(replace(source, languages={"he": 5}),))
    assert next(words.asked(alone)) == "5 good answers of x in 1 language"


@pytest.mark.slow
def test_the_first_sentence_names_what_not_to_rely_on(tmp_path: Path) -> None:
    assert words.headline(checked(wrong_in_hebrew, tmp_path / "a", 16)) == (
        "Do not rely on simulated in 1 of 3 languages, where it is under the bar of 0.8: Hebrew (he)."
    )
    few = checked(wrong_in_hebrew, tmp_path / "b", 5)
    assert few.below == ("he",) and few.too_few == ("de", "ja")
    assert words.headline(few).endswith("Hebrew (he). In 2 there are too few prompts to say.")
    right = checked(perfect(known_answers(GOOD)), tmp_path / "c", 5)
    assert words.headline(right) == (
        "simulated is under the bar of 0.8 in no language that has enough prompts. In 3 there are too few prompts to "
        "say."
    )
    assert any(
        one.startswith("Too few prompts to reach the bar even if all were right: German")
        for one in words.sentences(right)
    )
