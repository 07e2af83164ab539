"""Words that are published as they are: what may not stand in them."""

import pytest

from polypref.errors import UserError
from polypref.text.personal_data import KINDS
from polypref.text.published_words import LONGEST_NAME, check_words, problem_of_words

KEY = "hf_" + "qRzVtLbNcWkXjHsDmFgPyQaTeUoKiZxBvL"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("two\nlines", "a sign that is no part of a text (U+000A)"),
        ("a tab\t", "(U+0009)"),
        ("bell\x07", "(U+0007)"),
        ("line\u2028two", "(U+2028)"),
        ("abc\u202ednuor", "(U+202E)"),
        ("\u2066abc\u2069", "(U+2066)"),
        ("plain\U000e0041\U000e0042", "(U+E0041)"),
        (" \u200b ", "is empty"),
        ("", "is empty"),
        ("half \ud83d", "holds half a character"),
        ("x" * 301, "has 301 characters; write at most 300"),
        ("ada@" + "lovelace.org", "must not be published (email)"),
        (f"model {KEY}", "must not be published (secret)"),
    ],
)
def test_what_may_not_stand_there_is_said_without_being_repeated(text: str, problem: str) -> None:
    sentence = problem_of_words(text)
    assert problem in sentence and "lovelace" not in sentence and "qRzV" not in sentence and "\u202e" not in sentence
    with pytest.raises(UserError, match=r"^source 'x': its licence stands in what is published and "):
        check_words("source 'x': its licence", text)


@pytest.mark.parametrize(
    "text",
    [
        "cc-by-4.0 AND apache-2.0", "meta-llama/Llama-3.1-8B-Instruct@0e9e39f249a16976918f6564b8830bc894c89659",
        "گزینهٔ نخست\u200cها", "עברית\u200f", "الأولى", "हिन्दी \u200d", "日本語", "*bold* <b>", "2026-11-30",
        "x" * LONGEST_NAME, "claude-3-5-sonnet-20240620", "gpt-4o-2024-08-06",
        "+49 30 901820 is a number, and no e-mail address",
    ],
)  # fmt: skip
def test_usual_names_are_left_alone(text: str) -> None:
    assert problem_of_words(text) == ""


def test_a_note_may_have_lines_and_reasons_no_telephone() -> None:
    assert problem_of_words("one\ntwo\r\n\tthree", several_lines=True) == ""
    assert "U+0000" in problem_of_words("one\ntwo\x00", several_lines=True)
    assert "(phone)" in problem_of_words("call +49 30 901820", kinds=KINDS)
