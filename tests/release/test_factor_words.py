"""What stands above the weights says how many hold, and that nobody confirmed the phrases."""

from dataclasses import replace

from polypref.release.factor_words import factors_head
from tests.release.test_factor_results import FACTORS


def test_the_head_counts_what_holds():
    text = factors_head(FACTORS)
    assert text.startswith("Of 109 pairs: ") and "2 of 3 weights differ from 0 at 0.05" in text
    assert text.endswith("phrases that nobody confirmed (de).")
    assert "nobody confirmed" not in factors_head(replace(FACTORS, unreviewed=[]))
