"""What is compiled of `prose` leaves of every text what Python leaves of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.kernels import prose as native
from polypref.kernels.library import library
from polypref.kernels.prose import prose_of_each
from polypref.text import prose as definition
from polypref.text.prose import prose
from tests.kernels.mutated import PIECES, mutated_texts
from tests.kernels.switch import without_library

compiled = pytest.mark.skipif(library() is None, reason="needs the compiled library")
#: Signs that rules react to, letters of two scripts, and white space that is no space.
SIGNS = "`~$\\[](){}<>\"'“”„«»‘’/;=_*#&!-:.,@ \n\t\r\u2028\x85abAZéßя你1²"
FENCED = (
    "a\n```\nb\n```\nc", "a\n```\nb\n``\nc\n````\nd", "```\nb", "a\n```\nb", " \n```\nb\n~~~\nc", "```x```\nb",
    "a\n``` ``", "~~~ ```\nb\n~~~", "> > ```\na\n\t```\u2003\nb", "a\n```\n```x\nb\n```\n~~~\nc", "a\n``` ``\nb",
    "a\n```a``\nb\n```",    "\n```\nb\n```\n```\nc",
)  # fmt: skip
INLINE = (
    "a`b`c", "a``b`c``d", "a```b```c", "a````b```c", "a`b``c", "a``b`c", "a``b```c``", "`\n\n`", "``", "`a",
    "`" * 9 + "a" + "`" * 5, "`" + "a" * 2000 + "`", "`" + "a" * 2001 + "`",
)  # fmt: skip
KEYWORDS = (*re.findall(r"#?\w+", definition._CODE_START.partition(")")[0]), "importx", "namespaces", "été", "I", "#")
ENDS = ("", "=", "(", " (", "я(", ";", "; ", "):", "): ", ")", "{", "}", "[", "]", "<", ">")
STARTS = (
    "import a.b", "import я as b", "import *", "from a import *", "import a from b", "from a.b", "from a b", "import ",
    "if", "@", "$ ", "$a", ">>> ", "//", "/*", "*/", "}", "{", "%%", "pip x", "pipx", "npm ", "git ", "sudo ", "a;",
    "=;", "f(;", "f (;", "я(;", "a};", "a{ ",
)  # fmt: skip
LONG_LINES = (
    "if" + " " * 300 + "=", "if" + " " * 301 + "=", "if" + " " * 300 + "é(", "if" + " " * 301 + "é(",
    " " + "é" * 200 + "{", "é" * 201 + "{", "é" * 200 + "=;", "é" * 201 + "=;", "=" + "é" * 200 + ";",
    "=" + "é" * 201 + ";", "é(" + "é" * 200 + ";", "é(" + "é" * 201 + ";", "a" + "\x1f" * 199 + "é(;",
    "a" + "\x1f" * 200 + "é(;",
)  # fmt: skip
NAMES = (
    "fooBar x", "afooBar1_2é", "1fooBar", "éfooBar", "a_bC.d", "aB aB", "aBcD-eF", "fooB", "B", "aB_1C", "a1", "1a",
    "1", "a.1", "_a", "a_", "a__b", "a::b", "a._b", "$a", "é$a", "-$a", "--a", "---a", "-a", "é--a", "- a", "-1",
    "x -a-b",
    *(f"x a{sign}b {sign}b a{sign} 1{sign}1 {sign}1 é{sign}é" for sign in "={}<>\\/|@$^&+([])_.:-!,;#*`~%'\"?"),
)  # fmt: skip
MARKUP = ("**a** #b", "a*_*b * * *", "*\n*", "[a]^^ *a1* |")
MARKS = ('""', "“”", "«»", "„“", "„”", "‘’", "「」", "『』", "《》", '“"', "«”")
QUOTED = (
    "", "a", "é", "я", "a\nb", "a b c d e", "a b c d e f", "A B C D E F", "A B C D E Ff", "A B C D E F ß",
    "A B C D E F ǅ", "A B C D E F я", "A B C D E F Я", "x" * 40, "x" * 41, "x" * 60, "x" * 61,
)  # fmt: skip
MOSTLY_QUOTED = ("„a“b”", "“a”", " “ab” a ", " “abc” a ", "\u2003“abcdefgh” ab\u2003c\x1f")
LATIN = (
    "абв abc", "аб abc", "абвгд a b c d", "абвгд abc", "абвгдеёж a b c d e", "абвгдеё a b c d ", "абвгде a b c d  e",
    "абвгдеабвгде a.b, c’d é1 ×", "你 abc", "你你你abc", "𝐀𝐀𝐀abc", "ͰͰͰabc", "ɐɐɐabc", "ﹰﹰﹰabc", "\ufefdabc",
)  # fmt: skip
FORMULAS = ("`a`$x_1$ aB", "a;\nb = 1; aB", "<b>`x`</b>", "{a}`;`", "`$`;", "&lt;b&gt; &amp;amp; &#96;a&#96;")
BEHIND = ("`", "~", ">", "\n", " ", "(", "=", ";", "a", "A", "1", "”", ":", "_", "{", "-", "я")
RARE = ("\x00a\x00", "\ud800 aB \udfff", "\U0001ffff aB", "\U00020000 aB", "\nif \U00020000(\nb", "\r`a`\r", "")
RULES = {
    "fences": FENCED,
    "inline code": INLINE,
    "keywords": [f"\n \t{word} x{end}\n" for word in KEYWORDS for end in ENDS],
    "starts of code": [f"\n{line}{rest}" for line in STARTS for rest in ("\nb", "")],
    "long lines": [f"\n{line}" for line in LONG_LINES],
    "one line": ("import a", "if =", "if =\n"),
    "names in code": NAMES,
    "markup": MARKUP,
    "quotations": [
        f"Da steht {a}{what}{b} und so viel mehr davon, dass es Text ist" for a, b in MARKS for what in QUOTED
    ],
    "texts that are mostly quotations": MOSTLY_QUOTED,
    "names in Latin letters": LATIN,
    "formulas between code and names": FORMULAS,
    "rare characters": RARE,
}


def differing(texts: list[str]) -> list[tuple[str, str, str]]:
    """(text, what C leaves, what Python leaves), where these differ."""
    both = zip(texts, prose_of_each(texts), map(prose, texts), strict=True)
    return [(text, one, other) for text, one, other in both if one != other]


def test_without_the_library_python_gives_the_same():
    texts = ["Siehe `x` und fooBar", "Он сказал «Hello world»", ""]
    with without_library():
        assert prose_of_each(texts) == [*map(prose, texts)] == ["Siehe   und  ", "Он сказал  ", ""]
    assert prose_of_each(texts) == [*map(prose, texts)]
    assert prose_of_each([]) == []


@compiled
def test_only_formulas_and_rare_characters_are_asked_of_python(monkeypatch):
    texts = ["Siehe `$x` und\n{\nfooBar «Hello world» 1a", "das $x^2$ da", "sehr selten: \U0002070e", "\ud800`a`"]
    expected = list(map(prose, texts))
    asked: list[str] = []
    for name, module in (("prose", definition), ("without_formulas", definition)):
        function = getattr(module, name)
        monkeypatch.setattr(native, name, lambda text, function=function: asked.append(text) or function(text))
    assert prose_of_each(texts) == expected
    assert asked == ["das $x^2$ da", "sehr selten: \U0002070e"]


@compiled
@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_that_of_python(rule):
    assert differing(list(RULES[rule])) == []
    # Nothing is read of the text behind.
    assert differing([text for one in RULES[rule] for behind in BEHIND for text in (one, behind)]) == []


@compiled
@given(st.lists(st.text(), max_size=4))
def test_any_texts(texts):
    assert differing(texts) == []


@compiled
@given(st.lists(st.text(alphabet=SIGNS, max_size=200), min_size=1, max_size=4))
def test_signs_in_any_order(texts):
    assert differing(texts) == []


@compiled
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_pieces_in_any_order(text):
    assert differing([text]) == []


@compiled
def test_mutated_texts():
    assert differing(list(mutated_texts(3_000, seed=1))) == []


@compiled
@pytest.mark.slow
def test_many_mutated_texts():
    assert differing(list(mutated_texts(60_000, seed=2))) == []


@pytest.mark.slow
@compiled
@pytest.mark.parametrize(
    "unit", [*'`~$<{“"=-a; \n(я&', "```\n", "~~~\n", "a.", "if (", "\nif ", "import ", "x=", "f(", "aB", "“a", "я a "]
)
def test_long_texts_are_done_in_steps_that_grow_with_length_alone(unit):
    # A way of quadratic time would take minutes for this.
    assert differing([unit * (300_000 // len(unit)), "Ende"]) == []
