"""What of a text counts as language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.text import prose as prose_module
from polypref.text.prose import prose
from tests.text.steps import counted


def words(text: str) -> list[str]:
    return prose(text).split()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Rufen Sie `foo_bar` oder nx.complete_graph(6) auf!", "Rufen Sie oder auf!"),
        ("Siehe https://a.example/c?d=1 und www.b.example oder an me@c.example", "Siehe und oder an"),
        ("Öffne /usr/lib/python oder C:\\Users\\me jetzt", "Öffne oder jetzt"),
        ("Es gilt $x^2 + y$, auch \\(a+b\\) und \\frac{1}{2}.", "Es gilt , auch und ."),
        ("Das kostet $5 und $10 im Laden", "Das kostet $5 und $10 im Laden"),
        ("<p>Ein <b>fetter</b> Satz</p><!-- nichts -->", "Ein fetter Satz"),
        ("**Fett** und _kursiv_\n# Titel", "Fett und kursiv Titel"),
        ("eine Schleife: while (true) { x = 1; } und mehr", "eine Schleife: while (true) und mehr"),
        ("&lt;div&gt;Hallo &amp; Tschüs&lt;/div&gt;", "Hallo & Tschüs"),
    ],
)  # fmt: skip
def test_what_is_no_language_is_left_out(text, left):
    assert words(text) == left.split()


def test_fenced_code_is_left_out_and_what_comes_after_stays():
    assert words("Vorher\n```python\nfor x in y: print(x)\n```\nNachher") == ["Vorher", "Nachher"]
    assert words("Vorher\n~~~\nfence ``` inside\n~~~\nNachher") == ["Vorher", "Nachher"]


def test_a_fence_that_is_never_closed_hides_the_rest():
    assert words("Ось код:\n```python\nprint(x)\nthis is the rest of it") == ["Ось", "код:"]


def test_a_text_that_is_only_an_unclosed_fence_keeps_its_words():
    assert words("```\nЦе звичайний текст без коду") == ["Це", "звичайний", "текст", "без", "коду"]


def test_lines_that_look_like_code_are_left_out_without_a_fence():
    text = "Was macht das?\n\n#include <stdio.h>\nint main(void) {\n  return f(x);\n}\n\nDanke im Voraus"
    assert words(text) == ["Was", "macht", "das?", "Danke", "im", "Voraus"]


def test_statements_before_semicolons_are_left_out_in_the_middle_of_a_line_too():
    assert words("Setze x = 1; dann rufe f(y); fertig") == ["Setze", ";", "dann", "rufe", ";", "fertig"]


def test_prose_that_ends_in_a_semicolon_or_starts_like_code_stays():
    text = "Das Recht auf Leben;\nFor most people this is clear.\nIf in doubt, ask."
    assert words(text) == text.split()


def test_short_quoted_names_in_latin_letters_do_not_count():
    assert words("Он сказал «Hello world» и ушёл") == ["Он", "сказал", "и", "ушёл"]
    assert words("他说“Floresta Amazonica”是什么意思，请解释一下") == ["他说", "是什么意思，请解释一下"]
    assert words('She sang "La vie en rose" to all of us') == ["She", "sang", "to", "all", "of", "us"]


def test_chinese_without_spaces_keeps_what_stands_beside_code():
    assert words("BSkyB是什么时候宣布的？请用get_name(x)来说明") == ["是什么时候宣布的？请用", "来说明"]


def test_long_quotations_and_quotations_in_the_script_of_the_text_stay():
    long = 'Er sagte: "Das ist ein ganz normaler deutscher Satz."'
    assert words(long) == long.split()
    assert words("他说“世界人权宣言”很重要") == ["他说“世界人权宣言”很重要"]


def test_a_text_that_is_nothing_but_a_quotation_stays():
    assert words('"Guten Morgen"') == ['"Guten', 'Morgen"']


def test_latin_names_in_a_text_in_another_script_do_not_count():
    assert words("Компания Microsoft Corporation выпустила новую версию Windows вчера") == (
        ["Компания", "выпустила", "новую", "версию", "вчера"]
    )


@pytest.mark.parametrize("formula", [r"\(velocity\)", r"\[velocity\]", "$velocity$", r"\begin{a}velocity\end{a}"])
def test_formulas_are_no_words_however_they_are_marked(formula):
    assert words(f"Es gilt {formula} immer") == ["Es", "gilt", "immer"]


def test_latin_names_count_where_there_are_more_latin_letters_than_others():
    assert [words(text) for text in ("אבגדה pandas", "אבגדהו pandas")] == [["אבגדה", "pandas"], ["אבגדהו"]]


def test_a_latin_sentence_in_a_text_in_another_script_stays():
    text = "Компания выпустила новую версию программы вчера вечером, and nobody knew what to do about it then."
    assert "nobody knew what" in prose(text)


def test_lines_keep_their_numbers():
    text = "eins\n```\ncode\n```\nzwei $$a\nb$$ drei\n<i\nid=x>vier</i>\nint f(x) {\n}\n`fünf\nsechs`\nsieben"
    assert [line.split() for line in prose(text).split("\n")] == [
        ["eins"], [], [], [], ["zwei"], ["drei"], [], ["vier"], [], [], [], [], ["sieben"],
    ]  # fmt: skip


@given(st.text(alphabet="`~$\\[](){}<>\"'“”„«»/;=_*# \nabAя你1.:", max_size=300))
def test_no_line_is_lost(text):
    assert prose(text).count("\n") == text.count("\n")


@given(st.text())
def test_any_text_gives_no_more_than_it_had(text):
    assert len(prose(text)) <= len(text)


@given(st.text(alphabet="`~$\\[](){}<>\"'“”„«»/&;=_*# \nabAя你1.:", max_size=300))
def test_marks_in_any_order_raise_nothing(text):
    assert len(prose(text)) <= len(text)


@pytest.mark.parametrize(
    "unit",
    [
        "`",
        "```\n",
        "$a",
        "\\[",
        "\\begin{",
        "<a",
        "<!--",
        "{",
        "“",
        '"',
        "a.",
        "a;",
        "я a ",
        "if (",
        "import ",
        " ",
        "=",
        "x=",
        "f(",
        "-",
        "a",
    ],
)
def test_steps_grow_with_length_alone(unit):
    counts = []
    with counted(prose_module) as steps_since:
        for length in (1_000, 2_000):
            prose(unit * (length // len(unit)))
            counts.append(steps_since())
    # Twice the text; four times as many steps were quadratic.
    assert 0 < counts[1] < 3 * counts[0]
