"""The face of this metric for `evaluate`, loaded as a user loads it; values worked out by hand."""

import pytest


def test_language_fidelity(computed):
    metric = computed["fidelity"]
    ja, ko, de = (metric["by_language"][tag] for tag in ("ja", "ko", "de"))
    assert (ja["line_pass_rate"], ja["word_pass_rate"]) == (0.5, 1.0)
    assert ja["language_confusion_pass_rate"] == pytest.approx(2 / 3)
    assert (ko["line_pass_rate"], ko["published_word_pass_rate"]) == (1.0, 0.5), "one English word in one of two"
    assert (ja["published_word_pass_rate"], ko["word_pass_rate"]) == (1.0, 1.0), "by ours one word may be a name"
    assert (de["line_pass_rate"], de["word_pass_rate"], de["answers"], de["told"]) == (1.0, None, 2, 1)
    assert metric["line_pass_rate"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert (metric["word_pass_rate"], metric["published_word_pass_rate"]) == (1.0, pytest.approx(0.75))
    assert metric["language_confusion_pass_rate"] == pytest.approx(2 / 3)
    without = computed["without words"]
    assert without["published_word_pass_rate"] is None and without["word_pass_rate"] == metric["word_pass_rate"]
    assert without["by_language"]["ko"]["language_confusion_pass_rate"] == 1.0, "by our rule"


def test_with_prompts_answers_are_right_in_what_was_asked_for(computed):
    with_prompts, without = computed["prompts"]["by_language"], computed["no prompts"]["by_language"]
    assert (with_prompts["de"]["line_pass_rate"], without["de"]["line_pass_rate"]) == (pytest.approx(1 / 3), 0)
    # English words in an Arabic answer that was asked to hold some are no fault.
    assert (with_prompts["ar"]["word_pass_rate"], without["ar"]["word_pass_rate"]) == (None, 0)
    assert computed["one prompt"] == "4 predictions and 1 prompts; give one prompt for each answer"
