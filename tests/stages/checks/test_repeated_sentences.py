"""Sentences that stood in a text before, with and without spaces; what only shares its turns of phrase is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages.checks.repeated_sentences import repeated_sentences


@pytest.mark.parametrize(
    ("text", "spaces", "share"),
    [
        ("", True, 0.0),
        ("One line here.\nAnother there.", True, 0.0),
        # Fourteen characters of which the second seven are the first again.
        ("a b c.\na b c.", True, 0.5),
        ("1. A b c.\n22) a B c!", True, 10 / 18),
        ("10 apples\n20 apples\n30 apples", True, 2 / 3),
        # One of four words may be another, of three words none, and of four not two.
        ("the red dog barks\nthe big dog barks", True, 0.5),
        ("red dog barks\nbig dog barks", True, 0.0),
        ("the red dog barks\nthe big cat barks", True, 0.0),
        ("دوست من امروز آمد؟ دوست من امروز آمد؟", True, 0.5),
        ("वह घर गया। वह घर गया।", True, 0.5),
        ("ひとつめの文です。ふたつめの文です。ひとつめの文です。", False, 1 / 3),
        # Of fourteen characters three on end may be others, of thirteen none, and of fourteen not four.
        ("一二三四五六七八九十百千万億\n一二三四甲乙丙八九十百千万億", False, 0.5),
        ("一二三四五六七八九十百千万\n一二三四甲乙丙八九十百千万", False, 0.0),
        ("一二三四五六七八九十百千万億\n一二三四甲乙丙丁九十百千万億", False, 0.0),
        ("pi is 3.14 today", True, 0.0),
        ("Words.\n" + "-" * 24, True, 24 / 30),
        ("Words.\n---", True, 0.0),
    ],
)
def test_shares_by_hand(text, spaces, share):
    assert repeated_sentences(text, spaces) == pytest.approx(share)


@given(st.text(max_size=60), st.booleans())
def test_a_share_is_a_share_and_a_second_time_repeats_what_was_there(text, spaces):
    share = repeated_sentences(text, spaces)
    assert 0 <= share <= 1
    if any(map(str.isalpha, text)):
        assert repeated_sentences(f"{text}\n{text}", spaces) >= share
