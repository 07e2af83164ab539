"""Cells of sheets: no formulas, the same text again, and a digest that survives what spreadsheet programs change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.review.cells import digest_of_cells, plain_cell, safe_cell, steady_text


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-x", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1", "'quoted"])
def test_cells_that_could_be_formulas_begin_with_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


INVISIBLE = "\u200b\u200e\u200f\u202e\u2066\ufeff\u00a0\u3000\u2028\u00ad\u034f\u115f\u3164\u2800\ufe0f\x00\x1f \t\r\n"


@given(st.text(INVISIBLE, max_size=6), st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫\u2212"), st.text(max_size=5))
def test_what_shows_nothing_hides_no_formula(hidden: str, sign: str, rest: str) -> None:
    text = hidden + sign + rest
    assert safe_cell(text) == "'" + text


@given(st.one_of(st.text(), st.text("'=+a\u200b ")))
def test_a_cell_comes_back_as_the_text_that_it_was(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text


@pytest.mark.parametrize("text", ["שלום", "سلام = صلح", "日本語", "Привіт", "a=b", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("text", "saved"),
    [
        ("Zeile\nzwei ", "Zeile\r\nzwei"),
        ("e\u0301t\u00e9", "\u00e9te\u0301"),
        ("1/2", "01.02.2026"),
        ("12345678901234567890123456", "1,23457E+25"),
        ("true", "WAHR" and "TRUE"),
        ("\u200fשלום", "שלום"),
        ("x" * 40_000, "x" * 32_767),
    ],
)
def test_a_digest_stays_where_programs_change_a_cell(text: str, saved: str) -> None:
    assert digest_of_cells(["he", text]) == digest_of_cells(["he", saved])


@given(st.lists(st.text("abcd שלום", min_size=1).map(str.strip).filter(bool), min_size=2, max_size=4, unique=True))
def test_a_digest_tells_moved_cells(texts: list[str]) -> None:
    moved = [*texts[1:], texts[0]]
    normal = [" ".join(one.split()) for one in texts], [" ".join(one.split()) for one in moved]
    assert (digest_of_cells(texts) == digest_of_cells(moved)) == (normal[0] == normal[1])
    assert len(digest_of_cells(texts)) == 8


def test_steady_text_has_one_kind_of_line_end() -> None:
    assert steady_text(" a\r\nb\u2028c \n") == "a\nb\nc"
