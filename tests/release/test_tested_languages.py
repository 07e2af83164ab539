"""What is said of languages whose test pairs are there by no draw, are one pair, or are not there."""

from typing import Any

import pytest

from polypref.files.records import decode
from polypref.release.provenance import Provenance
from polypref.release.tested_languages import few_in_test, has_test_share, limits_of_test, pairs_in_test, untested_tag
from polypref.release.warnings import warnings
from tests import strangers

LARGER = (
    "a larger share goes to test with --test 0.2 on the command line, where the builder comes with polypref, or "
    "Split(test=0.2) in a script of your own; prompts that are nearly the same go to one split together, however "
    "large the share"
)


def quota(given: int, test: int) -> dict[str, int]:
    return {"asked": 50, "available": 50, "given": given, "test": test}


def undrawn(tag: str, groups: int, test: int, free: int) -> dict[str, object]:
    return {"language": tag, "groups": groups, "test": test, "free": free}


def facts(**tests: int) -> dict[str, object]:
    lengths = {"chosen_characters": 1, "rejected_characters": 1, "chosen_longer": 0.5}
    languages = {tag: {"train": 9, "test": test, **lengths} for tag, test in tests.items()}
    return {"languages": languages, "models": [], "flags": [], "origins": [], "raters": []}


def record(share: float | None = 0.05, **change: Any) -> Provenance:
    settings = {} if share is None else {"builder": {"split": {"test": share}}}
    configs = [{"config_name": name, "data_files": []} for name in change.get("mixtures", ["x"])]
    return decode(Provenance, strangers.minimal(settings=settings, configs=configs, **change), "a test's record")


def test_the_pairs_of_each_mixture_are_counted_and_nothing_else_is_said_where_the_hash_draws_some() -> None:
    mixtures = {"all": {"de": quota(30, 2), "he": quota(20, 1)}, "few": {"de": quota(5, 2)}}
    assert pairs_in_test(record(mixtures=mixtures)) == "all 3, few 2"


def test_languages_that_have_theirs_by_no_draw_are_named_with_their_groups() -> None:
    mixtures = {"all": {"de": quota(30, 2), "el": quota(11, 1), "he": quota(40, 3)}}
    known = [undrawn("el", 12, 1, 11), undrawn("he", 14, 2, 12)]
    assert pairs_in_test(record(mixtures=mixtures, not_drawn=known)) == (
        "all 6; no leak group of el, he was drawn for test, so the next was put there: el 1 of 12, he 2 of 14"
    )


def test_languages_without_a_test_pair_are_named_by_why_they_have_none() -> None:
    tags = {"ar": 12, "el": 1, "fr": 10, "ja": 9, "uk": 30, "zh": 4}
    mixtures = {"all": {tag: quota(given, 0) for tag, given in tags.items()} | {"he": quota(0, 0)}}
    known = [undrawn("ar", 1, 0, 1), undrawn("el", 1, 0, 1), undrawn("fr", 10, 0, 4), undrawn("uk", 14, 0, 0)]
    known += [undrawn("he", 3, 0, 3), undrawn("vi", 3, 0, 3)]  # of no training pair, of no mixture
    assert pairs_in_test(record(mixtures=mixtures, not_drawn=known)).split("; ", 1) == [
        "none",
        f"ar (1 leak group), el (1) have none: from 10 leak groups on there is one; {LARGER}; "
        "uk (14 leak groups) has none: an earlier version has them all in train, where they stay; add prompts; "
        "fr (10 leak groups) has none: each of them is the last that another language has in train; add prompts",
    ]


def test_of_builds_of_before_languages_of_ten_pairs_are_named() -> None:
    mixtures = {"all": {"de": quota(10, 0), "he": quota(9, 0), "ja": quota(12, 1)}}
    assert pairs_in_test(record(mixtures=mixtures)) == f"one; de has none: {LARGER}"
    # As where the test pair that a language was given has been taken back since.
    taken_back = [undrawn("de", 12, 1, 11)]
    assert pairs_in_test(record(mixtures=mixtures, not_drawn=taken_back)) == f"one; de has none: {LARGER}"


def test_without_a_test_share_no_language_lacks_test_pairs() -> None:
    none = record(0.0, mixtures={"all": {"de": quota(30, 0)}})
    assert pairs_in_test(none) == "none" and not has_test_share(none)
    assert has_test_share(record(0.01)) and has_test_share(record(None))


def test_what_a_careful_reader_is_told_has_the_number_of_groups() -> None:
    known = [undrawn("ja", 7, 0, 7)]
    one = record(mixtures={"all": {"de": quota(9, 1), "ja": quota(8, 0), "uk": quota(8, 0)}}, not_drawn=known)
    assert warnings(one)[0] == "all: no test pair in ja (7 leak groups), uk; add prompts or raise the test share"
    assert (untested_tag(one, "ja"), untested_tag(one, "uk")) == ("ja (7 leak groups)", "uk")


@pytest.mark.parametrize(
    ("given", "test", "share", "words"),
    [
        (126, 2, 0.05, "2 test pairs, of at most as many leak groups: a share measured on them, as a win-rate or an "
         "accuracy, is known to ±41 points at best (95% interval of a half); --test 0.5 on the command line, where the "
         "builder comes with polypref, or Split(test=0.5) in a script of your own gives about 64 (±12)"),
        (1971, 29, 0.01, "29 test pairs, of at most as many leak groups: a share measured on them, as a win-rate or an "
         "accuracy, is known to ±17 points at best (95% interval of a half); --test 0.05 on the command line, where "
         "the builder comes with polypref, or Split(test=0.05) in a script of your own gives about 100 (±10)"),
        (1, 1, 0.5, "1 test pair, of at most as many leak groups: a share measured on them, as a win-rate or an "
         "accuracy, is known to ±45 points at best (95% interval of a half); add prompts"),
    ],
)  # fmt: skip
def test_a_test_split_too_small_for_a_win_rate_is_said_with_its_interval(given, test, share, words):
    mixtures = {"all": {"de": quota(given, test)}, "few": {"de": quota(1, 1)}}
    assert few_in_test(record(share, mixtures=mixtures)) == f"config all has {words}"


def test_of_no_test_pair_of_enough_and_of_none_asked_for_nothing_is_said():
    for test, share in ((0, 0.05), (30, 0.05), (2, 0.0)):
        assert few_in_test(record(share, mixtures={"all": {"de": quota(99, test)}})) == ""


def test_the_card_says_which_test_splits_are_no_sample_and_which_are_one_pair() -> None:
    known = [undrawn("el", 12, 1, 11), undrawn("he", 14, 2, 12), undrawn("ja", 7, 0, 7)]
    assert limits_of_test(record(facts=facts(de=3, el=1, he=4, ja=0, uk=1), not_drawn=known)) == [
        "Where no leak group (prompts with their translations and near-copies) of a language was drawn for test, the "
        "next was put there: el 1 of 12, he 2 of 14. Their share is not the 5% that are asked for.",
        "The test split of el, uk is one pair: a figure measured on it is of that pair, and says nothing of the "
        "language.",
    ]
    (line,) = limits_of_test(record(None, facts=facts(he=4), not_drawn=known))
    assert line.endswith("he 2 of 14. Their share is not that of the others.")
    assert limits_of_test(record(facts=facts(de=3, ja=0))) == []
