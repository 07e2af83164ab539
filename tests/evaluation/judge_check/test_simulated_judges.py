"""Four judges whose mind is known: the check shows each for what it is, a perfect one in 23 languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from polypref.evaluation.judge_check import words
from polypref.evaluation.judge_check.good_answers import AnswersRead
from polypref.evaluation.judge_check.results import JudgeCheck
from polypref.evaluation.judge_check.run import check_judge, material
from polypref.languages import AYA_23
from tests.evaluation.judge_check.samples import good_answers, known_answers
from tests.evaluation.simulated import Rule, by_chance, first_place, judge_by, longer, perfect

TAGS = tuple(sorted(AYA_23))
#: From the right and from the left, with blanks between words and without.
FEW = ("ar", "de", "he", "ja", "uk", "zh")


def checked(rule: Rule, tags: tuple[str, ...], out: Path) -> JudgeCheck:
    answers = tuple(one for one in good_answers() if one.language in tags)
    return check_judge(judge_by(rule), material(AnswersRead(answers, "bundled", {}), None, None, 0), out, quiet=True)


@pytest.fixture(scope="module", params=[FEW, pytest.param(TAGS, marks=pytest.mark.slow)], ids=["few", "all"])
def tags(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return request.param


def test_a_perfect_judge(tmp_path: Path) -> None:
    results = checked(perfect(known_answers(good_answers())), TAGS, tmp_path)
    assert tuple(row.language for row in results.languages) == TAGS and results.below == results.too_few == ()
    for row in results.languages:
        assert row.prompts == 16 and row.state == "passes", row.language
        shares = [row.known, *row.kinds.values(), row.orders, row.again, row.translations]
        assert {one.share for one in shares} == {1.0} and row.first.share == 0.5, row.language
        assert row.length.difference == 0.0 and row.unread == row.failed == 0, row.language
        assert set(row.kinds) == {"cut", "shuffled", "other_language", "other_prompt", "injected"}, row.language
    assert results.between_languages.kappa == 1.0 and results.between_languages.raters == 23
    assert words.headline(results) == "simulated reaches the bar of 0.8 in all 23 languages."


@pytest.mark.slow
def test_a_judge_by_chance(tags: tuple[str, ...], tmp_path: Path) -> None:
    results = checked(by_chance, tags, tmp_path)
    assert results.below == tags
    for row in results.languages:
        # Two draws of three labels: half right on average, a third the same in both orders.
        assert row.known.share is not None and 0.35 < row.known.share < 0.65, row.language
        assert row.orders.high is not None and row.orders.high < 0.6, row.language
        assert row.orders_kappa.kappa is not None and abs(row.orders_kappa.kappa) < 0.35, row.language
    assert results.every.again.high is not None and results.every.again.high < 0.5
    assert results.between_languages.kappa is not None and abs(results.between_languages.kappa) < 0.1
    assert words.headline(results).startswith(
        f"Do not rely on simulated in {len(tags)} of {len(tags)} languages, where it is under the bar"
    )


@pytest.mark.slow
def test_a_judge_that_likes_the_first_place(tags: tuple[str, ...], tmp_path: Path) -> None:
    results = checked(first_place, tags, tmp_path)
    assert results.below == tags
    for row in results.languages:
        assert (row.first.share, row.known.share, row.orders.share) == (1.0, 0.5, 0.0), row.language
        assert row.again.share == 1.0, "it says the same each time"
    (sentence,) = [one for one in words.sentences(results) if one.startswith("It likes a place")]
    assert all(f"{tag} 100.0%" in sentence for tag in tags)
    assert not any(one.startswith("Length sways it") for one in words.sentences(results))


@pytest.mark.slow
def test_a_judge_that_likes_length(tags: tuple[str, ...], tmp_path: Path) -> None:
    results = checked(longer, tags, tmp_path)
    assert results.below == tags
    for row in results.languages:
        assert (row.length.longer.share, row.length.shorter.share, row.length.difference) == (1.0, 0.0, 1.0), (
            row.language
        )
        assert row.length.low is not None and row.length.low > 0.5, row.language
        assert row.kinds["cut"].share == 1.0 and row.first.share == 0.5, row.language
    (sentence,) = [one for one in words.sentences(results) if one.startswith("Length sways it")]
    assert all(f"{tag} +1.00" in sentence for tag in tags)
    assert not any(one.startswith("It likes a place") for one in words.sentences(results))
