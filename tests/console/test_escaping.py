"""Text from data is shown, and obeyed by no terminal and no Markdown."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.console.escaping import (
    as_literal,
    as_written,
    lines,
    markdown,
    one_line,
    one_text,
    print_safely,
    short_text,
    unseen_letters,
    without_overrides,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("one\r\ntwo\nthree", "one\ntwo\nthree"),
        ("a\tb", "a b"),
        ("\x1b[2Jx\x07", "\ufffd[2Jx\ufffd"),  # ESC and BEL
        ("\x7f\x9b31m", "\ufffd\ufffd31m"),  # DEL, and CSI in one character
        ("a\rb", "a\ufffdb"),  # a carriage return alone writes over the line
        ("\u202eabc\u202c", "U+202Eabc" + "U+202C"),
        ("\u2066x\u2069", "U+2066xU+2069"),
        (
            "'\u2068מה\u2069' stands in \u2068וכן\u2069",
            "'\u2068מה\u2069' stands in \u2068וכן\u2069",
        ),  # as one_text isolates
        ("\u2068a\u2067b\u2069c\u2069", "\u2068aU+2067bU+2069c\u2069"),  # within them, what turns is named
        ("\u2068a\nb\u2069", "U+2068a\nbU+2069"),  # no pair on one line
        ("a\u2069b\u2068", "aU+2069bU+2068"),
        ("שלום, नमस्ते, 你好", "שלום, नमस्ते, 你好"),
        ("\u200f", "\u200f"),  # right-to-left texts need it, and it turns nothing
        (3, "3"),
        (None, "None"),
        (Path("a") / "b", "a/b"),
        (ValueError("bad \x1b"), "bad \ufffd"),
    ],
)
def test_lines_show_what_a_terminal_would_obey(value, shown):
    assert lines(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("one\r\n  two\n\nthree\t", "one two three "),
        ("a\u2028b\u00a0c\x0bd", "a b c d"),
        ("\x1b[1m\u202e", "\ufffd[1mU+202E"),
    ],
)
def test_one_line_has_one_space_for_all_white_space(value, shown):
    assert one_line(value) == shown


@pytest.mark.parametrize(
    ("value", "longest", "shown"),
    [
        ("one\ntwo", 0, "one two"),
        ("abcdef", 3, "abc\u2026"),
        ("abc", 3, "abc"),
        ("a" * 1_000_000, 3, "aaa\u2026"),
        ("  a", 1, " \u2026"),
        ("טוב (1).", 0, "\u2068טוב (1).\u2069"),
        ("سلام abc", 4, "\u2068سلام\u2026\u2069"),
        ("טוב\u2069\u202e", 0, "\u2068טובU+2069U+202E\u2069"),  # it cannot end its own isolation
        ("abc\u202e", 0, "abcU+202E"),
        ("א\u2068ב\u2069", 0, "\u2068אU+2068בU+2069\u2069"),
        (7, 0, "7"),
    ],
)
def test_a_text_beside_others_is_cut_and_isolated_where_it_runs_from_right_to_left(value, longest, shown):
    assert one_text(value, longest) == shown


@pytest.mark.parametrize(
    "text", ['say "x"\\n', "a\nb\tc\r\x1b", "هیچ\u200cکدام", "👍\ufe0f\u200d🟰", "\U000e0100", "\ud800", "\xa0"]
)
def test_a_literal_is_the_text_and_shows_every_character(text):
    literal = as_literal(text)
    assert ast.literal_eval(literal) == text
    assert literal.isprintable() and not unseen_letters(literal)
    assert all(letter in literal for letter in text if letter.isalpha() and letter != "\ud800")


def test_letters_that_are_not_seen_are_named_once():
    assert unseen_letters("a\u200cb\u200c\ufe0f c\x07") == [
        "Zero Width Non-Joiner (U+200C)",
        "Variation Selector-16 (U+FE0F)",
        "A Control Character (U+0007)",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
        ("a|b", r"a\|b"),
        ("[x](y)!", r"\[x\]\(y\)\!"),
        ("`*_{}#+~$\\", r"\`\*\_\{\}\#\+\~\$\\"),
        ("# one\n# two", r"\# one \# two"),
        ("1.5 - x", "1.5 - x"),
    ],
)
def test_markdown_shows_the_text_as_it_is(value, shown):
    assert markdown(value) == shown


def test_a_page_names_marks_that_embed_or_override_a_direction():
    assert without_overrides("a\u202ab\u202cc\u202ed\u2067e") == "aU+202AbU+202CcU+202Ed\u2067e"


def test_a_text_isolated_in_a_message_is_printed_as_it_is(capsys):
    print_safely(f"the column {one_text('برنده')} holds nothing")
    assert capsys.readouterr().out == "the column \u2068برنده\u2069 holds nothing\n"
    assert one_line(f"a\n{one_text('برنده')}") == "a \u2068برنده\u2069"


@given(st.text(alphabet=st.sampled_from("aא|`*_<>&[]()#\\~$!\n\r\t -+.\x1b\x9b\u202e\u2067"), max_size=30))
def test_one_line_holds_nothing_that_a_terminal_obeys(text):
    for shown in (one_line(text), markdown(text)):
        assert shown.isprintable() and len(shown.splitlines()) <= 1


def test_what_is_printed_is_escaped_and_holds_no_secret(capsys):
    print_safely("token hf_" + "a" * 34 + " of \x1b[31mred\nsecond line")
    assert capsys.readouterr().out == "token *** of \ufffd[31mred\nsecond line\n"


class Unwritten:
    def __repr__(self) -> str:
        raise SystemExit(3)


def test_a_value_that_cannot_be_written_is_its_type():
    assert as_written("a\nb\x1b") == "'a\\nb\\x1b'"
    assert as_written(Unwritten()) == "<Unwritten, whose __repr__ raises SystemExit>"
    assert as_written([Unwritten()]) == "<list, whose __repr__ raises SystemExit>"


def test_of_a_long_value_a_message_says_a_hundred_characters():
    assert short_text("a" * 100) == "a" * 100
    assert short_text("a" * 5_000) == "a" * 100 + "\u2026"
