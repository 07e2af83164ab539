"""How far reviewers agree: by hand."""

import pytest

from polypref.review import agreement
from polypref.review.answers import Answer, Meaning


def test_agreement_by_hand() -> None:
    # Two reviewers, four pairs: (c, c), (c, r), (r, r), (c, c). po = 3/4; pooled: 5 chosen, 3 rejected of 8;
    # pe = (5/8)^2 + (3/8)^2 = 34/64; kappa = (48/64 - 34/64) / (30/64) = 14/30.
    votes: list[tuple[Meaning, Meaning]] = [
        ("chosen", "chosen"),
        ("chosen", "rejected"),
        ("rejected", "rejected"),
        ("chosen", "chosen"),
    ]
    answers = [
        Answer(f"{pair:032x}", "he", reviewer, meaning, "")
        for pair, meanings in enumerate(votes)
        for reviewer, meaning in zip("ab", meanings, strict=True)
    ]
    hebrew = agreement.agreement(answers)["he"]
    assert hebrew.agree == 5 / 8
    assert hebrew.raw == 3 / 4
    assert hebrew.kappa == pytest.approx(14 / 30)
    assert hebrew.prevalence == 5 / 8
    assert (hebrew.pairs, hebrew.reviewers, hebrew.both) == (4, 2, 4)


def test_kappa_is_the_one_of_pooled_margins() -> None:
    # Scott 1955: po = 1/2; pooled 3 of 4 and 1 of 4; pe = 9/16 + 1/16 = 5/8; (1/2 - 5/8) / (3/8) = -1/3.
    assert agreement.pooled_kappa([("chosen", "chosen"), ("chosen", "rejected")]) == pytest.approx(-1 / 3)


def test_a_language_in_which_nobody_preferred_a_side_has_no_share() -> None:
    answers = [Answer("0" * 32, "fa", "a", "both_bad", ""), Answer("1" * 32, "he", "a", "chosen", "")]
    by_language = agreement.agreement(answers)
    assert list(by_language) == ["fa", "he"]
    assert (by_language["fa"].agree, by_language["fa"].low, by_language["fa"].raw) == (None, None, None)
    assert by_language["fa"].judgements == agreement.Judgements(0, 0, 1, 0) and by_language["he"].agree == 1


def test_kappa_where_all_say_the_same_is_undefined() -> None:
    assert agreement.pooled_kappa([("chosen", "chosen")] * 5) is None
