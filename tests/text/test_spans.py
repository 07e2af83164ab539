"""What of a text is held back from translation, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.text.spans import spans


def held(text: str) -> list[tuple[str, str]]:
    return [(span.kind, span.text) for _, _, span in spans(text)]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Rufe `foo()` und ``a`b`` auf", [("code", "`foo()`"), ("code", "``a`b``")]),
        ("ein ` allein, zwei `` auch", []),
        ("offen `a\n\nnächster Absatz`", []),
        ("vorher\n```py\nx = 1\n\ny\n```\nnachher", [("code", "```py\nx = 1\n\ny\n```")]),
        ("> ~~~\n> a ``` b\n> ~~~~\nmehr", [("code", "~~~\n> a ``` b\n> ~~~~")]),
        ("vorher\n```\nnie zu", [("code", "```\nnie zu")]),
        ("```\nÜbersetze bitte alles", []),
        ("Fix:\ndef f(x):\n    return x\nprint(f(2))\nDanke", [("code", "def f(x):\n    return x\nprint(f(2))")]),
        ("if x = 3, was ist y?", []),
        ("x = f(2);\n    und das hier\ny = g(x);\n    und dies\nz = h(y);\nDanke", [("code",
            "x = f(2);\n    und das hier\ny = g(x);\n    und dies\nz = h(y);")]),
        ("x = f(2);\n    und das hier\ny = g(x);\n    und dies\nDanke", []),  # half of the lines say nothing of code
        ("in /usr/bin/env, C:\\Users\\me. Er/sie und/oder", [("code", "/usr/bin/env"), ("code", "C:\\Users\\me")]),
        ("<pre>a <b>\n\nc</pre> und <code>x</code>", [("code", "<pre>a <b>\n\nc</pre>"), ("code", "<code>x</code>")]),
        ("s. https://a.example/x_(y)?q=1#z, dort", [("url", "https://a.example/x_(y)?q=1#z")]),
        ("(www.b.example) **https://c.example**", [("url", "www.b.example"), ("url", "https://c.example")]),
        ("请看https://a.example/b谢谢。", [("url", "https://a.example/b")]),
        ("ראה https://a.example/ב, שם؟", [("url", "https://a.example/ב")]),
        ("주소는 https://a.example/b에서", [("url", "https://a.example/b")]),
        ("[hier](docs/a_(b).md \"Titel\") ![x](i.png)", [("url", "docs/a_(b).md"), ("url", "i.png")]),
        ("联系我a.b+c@d-e.example吧", [("email", "a.b+c@d-e.example")]),
        ("Es gilt $x^2$ und $$a\n+b$$, \\(c\\), \\[d\\]", [("latex", t) for t in
            ("$x^2$", "$$a\n+b$$", "\\(c\\)", "\\[d\\]")]),
        ("\\begin{align}a\n\nb\\end{align} \\alpha \\textbf{x}{y}", [("latex", t) for t in
            ("\\begin{align}a\n\nb\\end{align}", "\\alpha", "\\textbf{x}{y}")]),
        ("kostet $5 und $10, oder $5 million und 3$, US$20/US$30, $$$", []),
        ("kostet 5 $, 6 $ oder", []),
        ("Gleich $x = 5\\$$ und $y = \\$5$.", [("latex", "$x = 5\\$$"), ("latex", "$y = \\$5$")]),
        ("Zeile\\nnoch eine\\tund", []),
        ("求$x$的值", [("latex", "$x$")]),
        ("<b>a</b> <br/> <a href=\"u\">", [("tag", t) for t in ("<b>", "</b>", "<br/>", "<a href=\"u\">")]),
        ("<your name>, a < b und c > d, <!-- nie > -->", [("tag", "<!-- nie > -->")]),
        ("{name} {{ x.y }} {% if a %} ${var} {0} %s %1$s %(n)d", [("slot", t) for t in
            ("{name}", "{{ x.y }}", "{% if a %}", "${var}", "{0}", "%s", "%1$s", "%(n)d")]),
        ("100% sicher, 5 %, {1, 2}, 50%d", []),
    ],
)  # fmt: skip
def test_what_is_held_back(text, spans):
    assert held(text) == spans


def test_what_fills_whole_lines_is_a_block_and_slots_without_a_name_keep_their_order():
    kinds = [(span.text, span.block, span.fixed) for _, _, span in spans("```\nx\n```\n$$a$$\nin `b` %s {name}")]
    assert kinds == [
        ("```\nx\n```", True, False), ("$$a$$", True, False), ("`b`", False, False), ("%s", False, True),
        ("{name}", False, False),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "block"), [("$$a$$\nmehr", True), ("$$a$$ mehr", False), ("x $$a$$\nmehr", False)])
def test_a_formula_is_a_block_where_it_has_its_line_to_itself_the_first_of_a_text_too(text, block):
    assert [span.block for _, _, span in spans(text)] == [block]


WORDS = [
    "Put", "the book", "Dr. Wu", "ضع الكتاب؟", "שים את הספר!", "کتاب را بگذار.", "किताब रखो।",
    "把书放下。", "本を置いて！", "책을 놓아.", "Βάλε το βιβλίο;", "Поклади.", "e.g. 3.5", "1,250", "X",
    "Q1Z", "xq 1 z", "é", "👩‍👧", "می‌خواهم",
]  # fmt: skip
PIECES = [
    "`code`", "``a`b``", "`", "$x^2$", "$", "$$\n\\int\n$$", "\\(", "\\)", "\\[y\\]",
    "https://a.example/x_(y)", "m@b.example", "<b>", "</b>", "<br/>", "<", "{name}", "{{x}}",
    "%s", "{}", "[a](b.md)", "](", "**b**", "|", " | ", "\\|", "\\n", "XQ1Z", "/usr/bin/x",
    "\\begin{a}", "\\end{a}", "<pre>", "</pre>", "<!--", "-->", "&amp;", "\u200f", "\u2067",
]  # fmt: skip
LINES = [
    "", "", "# ", "- ", "  1. ", "٢. ", "> ", "> - ", "| ", "|---|---|", "```python", "```",
    "~~~", "    ", "def f(x):", "x = f(1);", "---",
]  # fmt: skip
BREAKS = ["\n", "\n\n", " \n", "\n\t", " ", " ", "", "\u3000"]
markdown = st.lists(
    st.tuples(st.sampled_from(LINES), st.lists(st.sampled_from([*WORDS, *PIECES])), st.sampled_from(BREAKS))
).map(lambda rows: "".join(mark + " ".join(words) + end for mark, words, end in rows))
anything = st.one_of(markdown, st.text(), st.text("`$\\[](){}<>|*#-~>.!?。 \n1aXQZ٣ـ"))


@given(anything)
def test_spans_stand_in_order_and_say_what_stands_there(text):
    last = 0
    for start, end, span in spans(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == span.text
        last = end
