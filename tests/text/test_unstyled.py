"""Content and style of texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.text import unstyled as content
from polypref.text.unstyled import same_letters, unstyled

OTHER_CONTENT = [
    ("दिन", "दीन"),
    ("सिर पर बाल", "सिर पर बोल"),
    ("ครู", "ครี"),
    ("שָׁלוֹם", "שִׁלּוּם"),
    ("x = -4", "x = 4"),
    ("\u22124", "4"),
    ("\u20134", "4"),
    ("5 + 3", "5 - 3"),
    ("-x", "x"),
    ("3.5", "35"),
    ("3,5", "3.5"),
    (".5", "5"),
    ("1:2", "12"),
    ("2^10", "210"),
    ("2\u00b9\u2070", "210"),
    ("\u00bd", "1"),
    ("2*3", "23"),
    ("2**3", "2*3"),
    ("10%", "10"),
    ("10°", "10"),
    ("€5", "$5"),
    ("5!", "5"),
    ("if a == b:", "if a = b:"),
    ("a && b", "a || b"),
    ("x != y", "x == y"),
    ("x > 3", "x < 3"),
    ("f(x)", "f x"),
    ("(a+b)*c", "a+(b*c)"),
    ("(a + b) * c", "a + (b * c)"),
    ("2 \u00d7 (3 \u2212 4)", "(2 \u00d7 3) \u2212 4"),
    ("[1, 2], [3]", "[1], [2, 3]"),
    ("{1, 2}", "1, 2"),
    ("`Foo`", "foo"),
    ("```\nA\n```", "```\na\n```"),
    ("```\nif a:\n  b\n```", "```\nif a:\nb\n```"),
    ("```\na\nb\n```", "```\nab\n```"),
    ("C++", "C#"),
    ("C#", "C"),
    ("A+", "A-"),
    (":-)", ":-("),
    ("👍", "👎"),
]
SAME_CONTENT = [
    ("Yes", "yes!"),
    ("**Yes**", "Yes"),
    ("***a b*** c", "a b c"),
    ("__x__ is", "x is"),
    ("~~no~~", "no"),
    ("`foo`", "foo"),
    ("```\na = 1\n\nb = 2  \n```", "```\na = 1\nb = 2\n```"),
    ("~~~\n\n\n  a\n \n\tb\n~~~", "~~~\n  a\n\tb\n~~~"),
    ("1. a", "1) a"),
    ("- item", "* item"),
    ("# Head\ntext", "Head\n\ntext"),
    ("| a | b |\n|---|:-:|\n| c | d |", "a b\nc d"),
    ("« Oui »", "“Oui”"),
    ("(Oui), [oui] {oui}", "Oui oui oui"),
    ("Kassel (1979)", "Kassel 1979"),
    ("a)", "a"),
    ("nein...!", "nein"),
    ("«.5!»", ".5!"),
    ("¿Qué?", "qué"),
    ("—Hola", "Hola"),
    ("Berlin - die Stadt", "Berlin: die Stadt"),
    ("你好，世界。", "你好世界"),
    ("你好,世界", "你好，世界。"),
    ("नमस्ते।", "नमस्ते"),
    ("مرحبا، كيف؟", "مرحبا كيف"),
    ("e\u0301a", "éa"),
    ("ｶﾞ", "ガ"),
    ("Ｙｅｓ", "yes"),
    ("می\u200cروم", "میروم"),
    ("كلمـــة", "كلمة"),
    ("so\u00adft", "soft"),
]


@pytest.mark.parametrize(("one", "other"), OTHER_CONTENT)
def test_signs_that_say_something_are_content(one, other):
    assert unstyled(one) != unstyled(other)
    sentence = "The answer is {} here"
    assert unstyled(sentence.format(one)) != unstyled(sentence.format(other))


@pytest.mark.parametrize(("one", "other"), SAME_CONTENT)
def test_style_is_none(one, other):
    assert unstyled(one) == unstyled(other) != ""


@pytest.mark.parametrize("text", ["", "...", "?!", "—", " \n", "**"])
def test_points_alone_have_no_content_or_stand_for_themselves(text):
    assert unstyled(text) in ("", "**", "?!")


@pytest.mark.parametrize("mark", ["*", "_"])
def test_emphasis_has_a_length(mark):
    """Beyond it marks count as they stand: else, in a line of open marks, each would be looked for to its end."""
    for length, is_style in ((501, True), (502, False)):
        text = "a" * length
        assert (unstyled(f"{mark}{text}{mark}") == text) is is_style


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["`", "~"])
def test_a_run_of_marks_is_looked_at_once(mark):
    """Were each part of the run tried as the beginning of code, this would take hours."""
    assert unstyled(mark * 1_000_000).strip("`~") == ""
    assert unstyled("a" + ".!" * 500_000 + "a") == "a" + ".!" * 500_000 + "a"
    assert unstyled(f"{mark * 5}\nA\n{mark * 5}") == "A" == unstyled(f"{mark * 3}\nA\n{mark * 7}")


@given(some.text(max_size=80))
def test_spaces_and_lines_around_a_text_say_nothing(text):
    assert unstyled(text) == unstyled(f"  {text} ") or text[:1] in " \t#>-*+\u2022\u25cf\u30fb\u2013\u2014`~|:=_"


@given(some.text("abc", min_size=1), some.text("abc", min_size=1))
def test_other_letters_are_other_content(one, other):
    assert (unstyled(one) == unstyled(other)) == (one == other)


def test_the_thai_sign_of_abbreviation_is_none_of_the_word():
    assert unstyled("กรุงเทพฯ") == unstyled("กรุงเทพ") == "กรุงเทพ"


#: Capitals and brackets that are style.
OF_STYLE = [
    ("Yes.", "yes"),
    ("YES!", "Yes"),
    ("**Yes**, it is.", "yes it is"),
    ("(yes)", "yes"),
    ("JavaScript is good", "Javascript is good"),
    ("OK", "Ok."),
    ("No", "NO"),
    ("Straße", "STRASSE"),
    ("Straße", "straße"),
    ("Ο Λόγος", "ο λόγος"),
    ("ΛΌΓΟΣ", "λόγος"),
    ("The US (America)", "the us America"),
    ("Co je to?", "co je to"),
    ("Sí", "SÍ"),
    ("ДА", "да"),
    ("Ναι", "ΝΑΙ"),
    ("Evet", "EVET"),
    ("A", "a"),
    ("(see below)", "see below"),
    ("1. Yes", "1. yes"),
    ("(a) First", "(a) first"),
    ("It’s a YouTube video", "it's a Youtube video"),
    ("HELLO world", "Hello World"),
    ("Мы знаем.", "мы знаем"),
    ("好的。", "好的"),
    ("It is 5 Apples", "It is 5 apples"),
    ("McDonald", "Mcdonald"),
    ("[Note]: this", "note: this"),
]
#: Capitals that make another sign, and brackets of intervals.
OF_CONTENT = [
    ("(a,b]", "(a,b)"),
    ("[a, b)", "(a, b)"),
    ("[a, b]", "(a, b)"),
    ("The interval is (0, 1].", "The interval is (0, 1)."),
    ("]a; b[", "[a; b]"),
    ("Use -v", "Use -V"),
    ("pH", "PH"),
    ("the pH is 7", "the PH is 7"),
    ("Abc12", "abc12"),
    ("Password: Abc12", "Password: aBC12"),
    ("CO", "Co"),
    ("It is CO.", "It is Co."),
    ("5 mW", "5 MW"),
    ("5 mW", "5 mw"),
    ("мВт", "МВт"),
    ("10 Mb", "10 MB"),
    ("5 m", "5 M"),
    ("5m", "5M"),
    ("H2o", "H2O"),
    ("getValue", "getvalue"),
    ("QwErTy", "qwerty"),
    ("--All", "--all"),
    ("kB", "KB"),
    ("100 K", "100 k"),
    ("mRNA", "MRNA"),
    ("ls -A", "ls -a"),
    ("(-∞, 3]", "(-∞, 3)"),
    ("Antwort: (2; 5]", "Antwort: [2; 5)"),
    ("(א, ב]", "(א, ב)"),
    ("dB", "DB"),
    ("NaCl", "NACL"),
    ("NaCl", "nacl"),
    ("No", "NO2"),
]


@pytest.mark.parametrize(("one", "other"), OF_STYLE)
def test_capitals_and_brackets_are_style(one, other):
    assert unstyled(one) == unstyled(other)


@pytest.mark.parametrize(("one", "other"), OF_CONTENT)
def test_capitals_of_signs_and_brackets_of_intervals_count(one, other):
    assert unstyled(one) != unstyled(other)


SIGNS = some.sampled_from(
    [*"aAbé\u0e01\u0e2f\u0e33\u0640\u200d\u0301 .,-*_|#>()[]0'~`\n\u2019\ufb01\uff21\u0130\u3042\u3002\u00b2", "**"]
)


@settings(max_examples=500)
@given(some.lists(SIGNS, max_size=8), some.lists(SIGNS, max_size=2), some.integers(0, 8), some.integers(0, 2))
def test_texts_whose_letters_differ_have_two_contents(signs, others, start, number):
    one, other = "".join(signs), "".join(signs[:start] + others + signs[start + number :])
    assert same_letters(one, other) or unstyled(one) != unstyled(other)


def test_one_sign_that_words_may_be_without_is_a_letter():
    signs = {*content._BEFORE, *content._BEHIND, *content._OPENING, *content._CLOSING}
    assert [sign for sign in signs if sign.isalpha()] == [content._SIGN_THAT_IS_A_LETTER]
