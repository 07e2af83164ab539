"""Weights of factors as they are kept: sorted, in words, and read again as they were written."""

import pytest

from polypref.errors import UserError
from polypref.files.records import decode, encode
from polypref.release.factor_results import LEFT_OUT, Factors, FactorWeight, LanguagePairs, with_ends

WEIGHTS = [
    FactorWeight("de", "length", 60, 40, 90, 0.5, 0.2, -0.1, 0.5, 1.5, 0.8, 2.7, 0.2, 0.4),
    FactorWeight("de", "bold", 10, 50, 55, 0.5, -0.8, -1.1, -0.5, 0.2, 0.1, 0.4, 1e-5, 3e-5),
    FactorWeight("de", "apology", 50, 10, 55, 0.5, 0.4, 0.2, 0.6, 2.2, 1.5, 3.3, 0.001, 0.002),
    FactorWeight("de", "emoji", 2, 1, 3, 0.1, left_out="seldom"),
    FactorWeight("he", "formal_address", 0, 0, 0, 0.0, left_out="no_cues"),
]
FACTORS = Factors(1, 0.95, 3, [LanguagePairs("de", 100, 90), LanguagePairs("he", 9, 9)], WEIGHTS, ["de"])


def test_the_largest_weight_that_holds_stands_first():
    assert [one.factor for one in FACTORS.of_language("de")] == ["bold", "apology", "length"]
    assert [one.factor for one in FACTORS.held()] == ["bold", "apology"]


def test_sentences_say_more_and_less():
    assert FACTORS.sentences() == [
        "de (100 pairs of 90 prompts): less bold passages (-0.80 [-1.10, -0.50]), more apology (+0.40 [+0.20, +0.60])",
        "he (9 pairs of 9 prompts): nothing that holds",
    ]


def test_no_zero_is_negative():
    assert with_ends(-0.001, -0.004, 0.3) == "+0.00 [+0.00, +0.30]"


def test_what_has_no_weight_is_named_by_its_reason():
    assert FACTORS.left_out_sentences() == [
        f"no weight, as {LEFT_OUT['seldom']}: emoji (de)",
        f"no weight, as {LEFT_OUT['no_cues']}: formal address (he)",
    ]


def test_what_is_written_is_read_again():
    assert decode(Factors, encode(FACTORS), "there") == FACTORS


@pytest.mark.parametrize("name", ["weight", "low", "high", "odds", "odds_low", "odds_high", "p"])
def test_a_weight_that_lacks_what_is_shown_beside_it_is_not_read(name):
    damaged = encode(WEIGHTS[0]) | {name: None}
    with pytest.raises(UserError, match="a weight without its interval, its odds or its test"):
        decode(FactorWeight, damaged, "there")


def test_a_factor_of_a_later_version_goes_by_its_name():
    later = FactorWeight("de", "rhyme", 1, 0, 1, 1.0)
    assert later.words == "rhyme" and later.unit == ""


@pytest.mark.parametrize(("key", "value"), [("factor", "length** [x](http://x.test)"), ("left_out", "few\nprompts")])
def test_what_is_no_name_of_a_factor_or_reason_is_not_read(key, value):
    # Where nothing knows words for it, it is shown as it is: in a card too.
    with pytest.raises(UserError, match=f"'{key}'|{key}"):
        decode(FactorWeight, encode(WEIGHTS[0]) | {key: value}, "there")


def test_an_estimate_that_is_none_is_an_empty_cell():
    assert with_ends(None, None, None) == "" and with_ends(1, 0.5, 1.5) == "+1.00 [+0.50, +1.50]"
