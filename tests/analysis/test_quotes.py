"""What is quoted of answers is short, on one line, and without personal data."""

from polypref.analysis.quotes import LONGEST, quoted


def test_personal_data_is_masked_before_a_text_is_cut():
    text = "Schreiben Sie bitte, wenn Sie dazu noch Fragen haben, jederzeit an anna.weber@uni-kassel.de und nicht mir."
    assert "anna" not in quoted(text) and "kassel" not in quoted(text)
    assert quoted("mail anna.weber@uni-kassel.de").startswith("mail [")


def test_a_quote_is_one_line_that_obeys_nothing():
    assert quoted("a\x1b[31m\n\tb\u202ec") == "a\ufffd[31m bU+202Ec"
    assert quoted("\ud800 half") == "? half"
    assert len(quoted("wort " * 50)) <= LONGEST and quoted("wort " * 50).endswith("…")
