"""Consistency of a model across languages: verdicts by hand, chrF by hand and as published."""

import numpy as np
import pytest

from polypref.evaluation.figures.consistency import most_shared, same_answers, same_verdicts, translation_chrf

NAN = float("nan")


def test_verdicts_by_hand():
    """Five prompts in English; German says the same of three of four, Hindi of one of two."""
    rows = [
        *(("en", group, score) for group, score in zip("abcde", (1.0, 1.0, 0.0, 0.5, NAN), strict=True)),
        *(("de", group, score) for group, score in zip("abcde", (1.0, 0.75, 1.0, 0.5, 1.0), strict=True)),
        *(("hi", group, score) for group, score in zip("ab", (0.0, 1.0), strict=True)),
    ]
    tags, groups, scores = zip(*rows, strict=True)
    same = same_verdicts(np.array(scores), groups, tags, "en")
    de, hi = same.rows
    assert (same.language, de.same.language, de.same.n, de.same.share) == ("en", "de", 4, 0.75)
    assert de.difference == (0 + 0.25 + 1 + 0) / 4
    # won, won, lost, tie against won, won, won, tie: 3/4 alike, 7/16 by chance of those margins.
    assert de.kappa.kappa == pytest.approx((0.75 - 7 / 16) / (1 - 7 / 16))
    assert (hi.same.n, hi.same.share, hi.difference) == (2, 0.5, 0.5)
    assert same.average.share == 0.625 and same.average.groups == 4


def test_several_prompts_of_a_group_are_compared_one_by_one():
    """Two turns of one conversation, in one group: each with its translation, and none in another's place."""
    rows = [("en", "a1", 1.0), ("en", "a2", 0.0), ("de", "a1", 1.0), ("de", "a2", 1.0), ("de", "a3", NAN)]
    tags, names, scores = zip(*rows, strict=True)
    (de,) = same_verdicts(np.array(scores), ["a"] * 5, tags, "en", prompts=names).rows
    assert (de.same.n, de.same.groups, de.same.share, de.difference) == (2, 1, 0.5, 0.5)
    # Where every language has one prompt of a group, its names may differ.
    (he,) = same_verdicts(np.array([1.0, 1.0]), ["a", "a"], ["en", "he"], "en", prompts=["x", "y"]).rows
    assert (he.same.n, he.same.share) == (1, 1.0)


def test_of_several_scores_of_a_prompt_the_mean_is_compared():
    """Two battles on one prompt in English, won and tied: 0.75, which German with one battle at 1 says too."""
    (de,) = same_verdicts(np.array([1.0, 0.5, 1.0]), ["a"] * 3, ["en", "en", "de"], "en", prompts=["x", "x", "y"]).rows
    assert (de.same.n, de.same.share, de.difference) == (1, 1.0, 0.25)


def test_without_shared_prompts_there_is_no_figure():
    assert same_verdicts(np.array([1.0, 1.0]), ["a", "b"], ["en", "de"], "en") is None
    assert same_verdicts(np.array([1.0, NAN]), ["a", "a"], ["en", "de"], "en") is None
    assert most_shared(["a", "b"], ["en", "de"], [True, True]) == ""


def test_the_language_compared_with():
    groups, tags = ["a", "a", "b", "b", "c", "c"], ["hi", "de", "hi", "fr", "en", "hi"]
    assert most_shared(groups, tags, [True] * 6) == "en"
    assert most_shared(groups, tags, [True] * 4 + [False] * 2) == "hi", "the most shared where English has no score"
    assert most_shared(groups[:2], tags[:2], [True] * 2) == "de", "by the alphabet where all are shared alike"


def test_chrf_by_hand():
    """Of abc against abd: 2/3 of the letters, 1/2 of the pairs, none of the threes; the longer n are in neither."""
    of = translation_chrf({("de", "q"): "abc", ("de", "r"): "xyz", ("he", "s"): "abd"}, {"q": "abd", "r": "xyz"})
    assert of["de", "q"][0] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3, abs=1e-3)
    assert of["de", "r"][0] == pytest.approx(1.0) and of["de", "r"][1] == pytest.approx(0, abs=1e-9)
    assert ("he", "s") not in of, "no answer in the language of the translations"
    assert translation_chrf({("de", "q"): "abc"}, {"q": "abc"})["de", "q"] == (pytest.approx(1.0), None)


def test_chrf_as_its_authors_tools_print_it():
    """The example in sacrebleu's README of a sentence and its reference, chrF2 of one pair alone."""
    from sacrebleu.metrics.chrf import CHRF

    text, answer = "The dog bit the man.", "The dog bit the guy."
    expected = CHRF(char_order=6, word_order=0, beta=2).corpus_score([text], [[answer]]).score / 100
    assert translation_chrf({("de", "q"): text}, {"q": answer})["de", "q"][0] == pytest.approx(expected)


def test_answers_by_language():
    same = same_answers([0.9, 0.7, NAN], [0.2, 0.4, NAN], ["a", "b", "a"], ["de", "de", "he"], "en")
    assert same.language == "en" and same.chrf.rows[0].share == pytest.approx(0.8)
    assert same.by_chance.average.share == pytest.approx(0.3) and same.chrf.rows[1].n == 0
