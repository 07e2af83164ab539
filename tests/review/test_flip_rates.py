"""Shares of wrong labels from reviews: worked by hand, and planted."""

import random
from dataclasses import replace

import pytest

from polypref.review.agreement import Agreement, Judgements
from polypref.review.decisions import FORMAT, Decided, Decisions
from polypref.review.flip_rates import LEAST, FlipRate, flip_rates


def review(*judged: tuple[str, int, int]) -> Decisions:
    """Pairs of a language with so many judgements for the chosen and for the rejected answer."""
    decided = {
        f"{at:032x}": Decided("agreed", tag, "", Judgements(chosen, rejected, 1, 1))
        for at, (tag, chosen, rejected) in enumerate(judged)
    }
    return Decisions(FORMAT, decided, {})


def test_one_reviewer_a_pair_is_taken_at_their_word():
    """20 of 100 judgements contradict the label; bad pairs and those in another language do not count."""
    assert flip_rates(review(*[("de", 1, 0)] * 80, *[("de", 0, 1)] * 20)) == {"de": FlipRate(0.2, 100, 0, 0.0)}


def test_errors_of_reviewers_are_no_errors_of_labels():
    """Of 100 pairs with two judgements 18 differ: 2 r (1 - r) = .18, r = .1. Of 200 judgements 2 * 21 + 18 = 60
    contradict the label: d = .3, and e = (.3 - .1) / (1 - .2) = .25."""
    rate = flip_rates(review(*[("de", 2, 0)] * 61, *[("de", 0, 2)] * 21, *[("de", 1, 1)] * 18))["de"]
    assert rate.rate == pytest.approx(0.25) and rate.reviewer_error == pytest.approx(0.1)
    assert (rate.judgements, rate.twos) == (200, 100)


@pytest.mark.parametrize("planted", [0.0, 0.1, 0.3])
def test_planted_rates_come_out_though_reviewers_err(planted):
    draw = random.Random(7)

    def judged():
        flipped = draw.random() < planted
        against = sum((draw.random() < 0.15) != flipped for _ in range(3))
        return "he", 3 - against, against

    one = flip_rates(review(*(judged() for _ in range(6_000))))["he"]
    assert one.rate == pytest.approx(planted, abs=0.02) and one.reviewer_error == pytest.approx(0.15, abs=0.01)


def test_too_few_judgements_say_nothing_and_coins_say_that_labels_mean_nothing():
    few = [("de", 1, 0)] * (LEAST - 1)
    coins = [("tr", 1, 1)] * LEAST
    assert flip_rates(review(*few, *coins)) == {"tr": FlipRate(0.5, 2 * LEAST, LEAST, 0.5)}
    assert flip_rates(review(*few, *coins, ("de", 0, 1)))["de"].rate == pytest.approx(1 / LEAST)
    # Reviewers who agree with each other and never with the labels.
    assert flip_rates(review(*[("de", 0, 2)] * 30))["de"].rate == 1.0


def test_reviewers_who_hardly_agree_say_nothing_of_labels():
    """48 of 100 twos differ: 2 r (1 - r) = .48, r = .4. Reckoned on, d = .24 would be a rate of -.8, taken for 0."""
    hardly = [("he", 2, 0)] * 52, [("he", 1, 1)] * 48
    one = flip_rates(review(*hardly[0], *hardly[1]))["he"]
    assert one.rate == 0.5 and one.reviewer_error == pytest.approx(0.4)
    assert flip_rates(review(*[("he", 2, 0)] * 53, *[("he", 1, 1)] * 47))["he"].rate == 0.0


def test_a_file_of_before_names_no_judgements_of_pairs_and_has_those_of_languages():
    of_language = Agreement(40, 1, Judgements(30, 10, 0, 0), 0.75, 0.6, 0.86, 0, None, None, None)
    before = Decisions(FORMAT, {f"{1:032x}": Decided("agreed", "", "", None)}, {"de": of_language})
    assert flip_rates(before) == {"de": FlipRate(0.25, 40, 0, 0.0)}


def test_pairs_that_were_routed_to_people_say_nothing_of_the_others():
    drawn = review(*[("de", 1, 0)] * 30, *[("de", 0, 1)] * 10)
    ids = sorted(drawn.decisions)
    routed = [one for one in ids if drawn.decisions[one].judgements == Judgements(0, 1, 1, 1)][:5]
    assert flip_rates(drawn)["de"].rate == 0.25
    assert flip_rates(replace(drawn, routed=routed))["de"].rate == pytest.approx(5 / 35)
    assert flip_rates(replace(drawn, routed=ids)) == {}
