"""What several checks share: outcomes, snippets, texts without code and formulas, rare characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages.checks import common
from polypref.stages.checks.common import holding, outcome, snippet, without_code, without_maths
from polypref.stages.checks.contract import Flag, Reject


def test_the_action_says_whether_a_reason_rejects_or_flags():
    assert outcome("reject", "too_long", "31,000") == Reject("too_long", "31,000")
    assert outcome("flag", "too_long", "31,000") == Flag("too_long")


def test_a_snippet_is_one_line_with_a_little_around_it():
    text = "0123456789\nabc  here\tdef 0123456789"
    begin = text.index("here")
    assert snippet(text, begin, begin + 4, 5) == "abc here def"
    assert snippet(text, begin, begin + 4, 0) == "here"
    # Of a long stretch 60 characters, and what stands beside those.
    assert snippet("x" * 500, 100, 400) == "x" * (12 + 60 + 12)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("vor `code` nach", "vor   nach"),
        ("vor ``a b`` nach", "vor   nach"),
        ("vor\n```py\nx = 1\n```\nnach", "vor\n \nnach"),
        ("vor\n~~~\nx\n~~~\nnach", "vor\n \nnach"),
        ("vor\n```\nnever closed", "vor\n "),
        ("kein ` allein", "kein ` allein"),
        ("ohne", "ohne"),
    ],
)
def test_code_goes_whether_or_not_it_is_closed(text, left):
    assert without_code(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("求$x$的值", "求 的值"),
        ("a $$b\nc$$ d", "a   d"),
        (r"a \(b\) \[c\] d", "a     d"),
        ("a \\begin{align}b\nc\\end{align} d", "a   d"),
        ("5 $ und 6", "5 $ und 6"),
        ("kostet 5 $\n6 $ mehr", "kostet 5 $\n6 $ mehr"),
    ],
)
def test_formulas_go_and_prices_stay(text, left):
    assert without_maths(text) == left


@given(st.lists(st.text("a <&é中א\ufffd😀\ud800"), max_size=8))
def test_characters_of_a_class_are_found_in_the_texts_that_hold_them(texts):
    classes = ("<&", "é\ufffd", "א中é", "&")
    expected = [sum(any(c in text for c in cls) << i for i, cls in enumerate(classes)) for text in texts]
    assert holding(texts, classes).tolist() == expected


@given(
    st.lists(st.sampled_from(["`", "``", "```", "````", "~", "~~~", "a", " ", "\t", "\n", "\n"]), max_size=14).map(
        "".join
    )
)
def test_code_is_what_one_expression_finds_at_any_place(text):
    plain = without_code(text)
    assert plain == common._CODE.sub(" ", text)
    assert (plain is text) == (not common._CODE.search(text))
