"""Texts on which the compiled parts and the Python that defines them are compared: pieces that rules react to."""

import random
from collections.abc import Iterator

#: Scripts, code, Markdown, tables, LaTeX, HTML, quotations, names, and characters with a class of their own.
PIECES = (
    "Das ist ein Satz. ", "Это предложение о погоде. ", "这是一个句子。", "これは文です。", "نص عربي قصير ", "텍스트 ",
    "Ελληνικό κείμενο ", "हिन्दी पाठ ", "Câu tiếng Việt này dài hơn. ", "טקסט בעברית ", "à la carte ",
    "ɏ", "ɐ", "×", "```python\nfor x in y: print(x)\n```\n", "~~~\ncode\n~~~~\n", "> ```\n", "```\n",
    "````", "`", "``", "```", "`a`", "``b ` c``", "\n", "\n\n", "\r\n", "\r", "\u2028", "\u2029",
    "\x00", "\x1c", "\x85", "\xa0", "\u3000", "\t", "  ", "#include <stdio.h>\n", "import os\n",
    "from a.b import c\n", "import x as y\n", "    return f(x);\n", "else:\n", "if (a == b) {\n", "}\n",
    "def f(x):\n", "for most people this is clear\n", "function", "print(", "SELECT * FROM t;\n",
    "int main(void)", "// c\n", "/* c */\n", "@x\n", "$ ls\n", ">>> 1\n", "pip install x\n", "%%\n",
    "\tlet x = 1;\n", "$x^2$", "$ 5 ", "$$a\nb$$", "\\(a+b\\)", "\\[x\\]", "\\frac{1}{2}",
    "\\begin{a}v\\end{a}", "\\begin{", "C:\\Users\\me ", "<p>", "</b>", "<!-- x -->", "<!--->",
    "<!---->", "<a\nb>", "<", ">", "x = 1;", "f(y);", "f(y) ;", "a==b;", "a +=b;", "a\u2003=b;",
    "$a.b=c;", ";", "; ", "f((x));", "{ a { b } }", "{", "}", "{{{{{{}}}}}}", "\\", "$", "(", ")", "):",
    "fooBar", "foo1Bar_baz", "aB", "x1yZ", "foo_bar", "a.b", "a.", "1.5", "1a", "a1", "--opt", "-x",
    "---x", "$HOME", "www.a.example/c?d=1", "me@x.example", "a:b", "a::b", "10:30", "(a)", "f(x)",
    "x-y", "+", "**fett**", "# T\n", "_k_", "|a|b|\n|---|\n", "^", "=", "[a](b)", "- ", "1. ", "'a b'",
    "\"a b\"", "\"", "“x”", "“Hello world”", "„a“", "„b”", "«c»", "‘d’", "「e」", "『f』", "《g》",
    "“A B C D E F G”", "“A B C D E f G”", "“ǅ A B C D E F”", "“É ß A B C D E”", "“", "”", "«", "»",
    "Microsoft Corporation ", "Windows", "a b c d e f ", "’s ", "&amp;", "&lt;b&gt;", "&#0;", "&quot;",
    "ⅷ", "ª", "𝐀", "😀", "𠜎", "\U0010ffff", "\ud800", "\udfff", "e\u0301", "²", "߀", "\u200d", "ำ", "İ",
    "_", "-", ".", ",", "'", ":", " ", "1", "a", "Z", "é", "я", "ß", "i",
)  # fmt: skip


def mutated_texts(number: int, seed: int) -> Iterator[str]:
    """Yields texts of up to 60 pieces with up to three edits: parts left out, repeated or put in, other characters."""
    dice = random.Random(seed)
    for _ in range(number):
        text = "".join(dice.choices(PIECES, k=dice.choice((1, 2, 3, 5, 8, 20, 60))))
        for _ in range(dice.choice((0, 0, 1, 3))):
            text = _edited(text, dice)
        yield text


def _edited(text: str, dice: random.Random) -> str:
    begin = dice.randint(0, len(text))
    part = text[begin : begin + dice.choice((1, 1, 2, 8))]
    other = chr(dice.choice((dice.randrange(128), dice.randrange(0x3000), dice.randrange(0x110000))))
    new = dice.choice(("", part * dice.choice((2, 3, 50, 250)), dice.choice(PIECES) + part, other))
    return text[:begin] + new + text[begin + len(part) :]
