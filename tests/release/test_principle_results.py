"""Principles as they are kept: what the votes say, in words, and read again as they were written."""

import pytest

from polypref.errors import UserError
from polypref.files.records import decode, encode
from polypref.release.principle_results import LanguagePrinciples, Principle, Principles, share_with_interval

ROWS = [
    Principle("de", "Prefer the answer that is *short*.", 3, 40, 5, 5, 0, 0.89, 0.77, 0.95, 1e-7, 2e-7),
    Principle("de", "Prefer the answer that is long.", 1, 5, 40, 5, 0, 0.11, 0.05, 0.23, 1e-7, 2e-7),
    Principle("de", "Prefer the answer that rhymes.", 1, 0, 0, 40, 10),
]
PRINCIPLES = Principles("tiny", "r1", ["propose-1-0", "vote-1-0"], 0, 2, [LanguagePrinciples("de", 20, 0, 50)], ROWS)


def test_only_what_chosen_answers_follow_holds():
    assert [one.verdict for one in ROWS] == ["holds", "chosen answers go against it", "not shown"]
    assert "1 of 3 principles hold at 0.05" in PRINCIPLES.head


def test_sentences_have_the_votes():
    assert PRINCIPLES.sentences()[0] == (
        "de: Prefer the answer that is *short*. [0.89 [0.77, 0.95] of 45, 5 undecided; holds]"
    )
    assert share_with_interval(ROWS[2]) == "-"


def test_what_is_written_is_read_again():
    assert decode(Principles, encode(PRINCIPLES), "there") == PRINCIPLES


def test_what_could_not_be_shown_is_not_read():
    with pytest.raises(UserError, match="an accuracy without its interval"):
        decode(Principle, encode(ROWS[0]) | {"low": None}, "there")
    with pytest.raises(UserError, match="prompts are not the two that were asked with"):
        decode(Principles, encode(PRINCIPLES) | {"prompts": ["propose-1-0"]}, "there")
