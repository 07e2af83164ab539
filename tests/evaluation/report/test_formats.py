"""Figures as a report shows them: values by hand, and a dash for what is not known."""

import math

import pytest

from polypref.evaluation.figures.agreement import Agreement
from polypref.evaluation.report import formats
from polypref.evaluation.results import Rate


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (formats.rate_words(0.5338), "0.534"),
        (formats.rate_words(0.5338, 1), "0.5"),
        (formats.signed(0.034), "+0.034"),
        (formats.signed(-1.2, 2), "-1.20"),
        (formats.share(0.9861), "98.6%"),
        (formats.count_words(1234.4), "1,234"),
        (formats.ends(0.501, 0.566), "0.501 to 0.566"),
        (formats.p_value(0.0123), "0.012"),
        (formats.p_value(0.00099), "<0.001"),
        (formats.language_names(["he", "xx"]), "Hebrew (he), xx"),
        (formats.revision("a" * 40), "a" * 12),
        (formats.revision("v1.0"), "v1.0"),
        (formats.plain_value(57.0), "57"),
        (formats.plain_value("57.20"), "57.20"),
        (formats.words("judge_cut_off"), "judge cut off"),
    ],
)
def test_figures_by_hand(shown, text):
    assert shown == text


def test_no_zero_is_negative():
    assert (formats.signed(-0.0004), formats.rate_words(-0.0004)) == ("+0.000", "0.000")


def test_an_estimate_has_its_interval_where_it_has_one():
    assert formats.estimate(Rate(win_rate=0.6, low=0.5, high=0.7)) == "0.600 (0.500 to 0.700)"
    assert formats.estimate(Rate(win_rate=0.6, low=None, high=None)) == "0.600"
    assert formats.kappa(Agreement(9, 0.8, 0.5, 0.6, 0.04, 0)) == "0.60 ± 0.04"
    assert formats.kappa(Agreement(9, 0.8, 0.5, 0.6, None, 0)) == "0.60"


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf])
def test_what_is_not_known_is_a_dash(unknown):
    figures = (formats.rate_words, formats.signed, formats.share, formats.count_words, formats.p_value)
    assert {show(unknown) for show in figures} == {formats.DASH}
    assert formats.ends(0.1, unknown) == formats.ends(unknown, 0.1) == formats.DASH
    assert formats.estimate(None) == formats.revision(None) == formats.DASH
    assert not formats.known(unknown)
