"""What an evaluation's files may hold: what does not hold together is refused with the place."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.results import Facts, Rate, Results, SetFacts, check_ends
from polypref.files.records import decode, encode
from tests.evaluation import samples


@pytest.fixture
def whole(bundled):
    return samples.results(samples.battles(bundled))


def test_results_are_written_as_they_were_read(whole):
    read = samples.read(whole)
    assert decode(Results, encode(read), "again") == read
    assert read.comparisons[0].who == (samples.SET, samples.MODEL, samples.OTHER, samples.JUDGE)


def test_half_an_interval_is_none():
    check_ends(None, None)
    with pytest.raises(ValueError, match="an interval has one end"):
        Rate(win_rate=0.5, low=0.4, high=None)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("below_half", ["xx"], "below_half names a language without figures"),
        ("thin", ["xx"], "thin names a language without figures"),
        ("rows", "none", "comparisons.0.rows is 'none', not a list"),
    ],
)
def test_a_comparison_that_does_not_hold_together_is_named(whole, key, value, message):
    whole["comparisons"][0][key] = value
    with pytest.raises(UserError, match=message):
        samples.read(whole)
    whole["comparisons"] = []
    with pytest.raises(UserError, match="there is no comparison"):
        samples.read(whole)


def test_verdicts_do_not_stand_without_what_they_are_of():
    assert Facts(name="x").lacking() == ["judges", "models", "sets", "settings"]
    with pytest.raises(ValueError, match="judges is missing"):
        Facts(name="x", judged="0" * 12)


def test_a_set_of_an_earlier_version_has_nothing_left_out():
    old = {"name": "sky", "repo": None, "revision": None, "licence": None, "note": None, "languages": {"de": 2}}
    read = decode(SetFacts, old | {"available": {"de": 3}}, "set")
    assert (read.left_out, read.unknown_languages, read.not_in_set) == ({}, {}, ())
    assert read.others == {"available": {"de": 3}}
