"""What translation must leave as it is survives it, or the translation is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.stages import segments
from polypref.stages.segments import SHORTEST, assemble_translation, plan_segments
from polypref.text import placeholders, prose, spans
from polypref.text.placeholders import Broken, mask_text, missing_numbers, numbers, restore_text, verify_placeholders
from tests.text.steps import counted
from tests.text.test_spans import anything, held


def test_placeholders_never_mean_a_word_of_the_text():
    for text in ("`a` XQ1Z `b`", "`a` xq 2 z", "`a` ＸＱ٣Ｚ", "XQ`1`Z", "`a` XQ1Z XZ2Z XJ3Z"):
        masked = mask_text(text)
        assert restore_text(masked, masked.text) == text
        assert masked.text.count(masked.mark) == len(masked.held) or masked.mark == "XQ"
    everything = " ".join(f"{a}{b}1Z" for a in "XQZJVWK" for b in "XQZJVWK") + " `a`"
    masked = mask_text(everything)
    assert len(masked.mark) == 3
    assert restore_text(masked, masked.text) == everything


# --- putting back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "translated", "result"),
    [
        ("Use `a` and `b`.", "XQ2Z und XQ1Z.", "`b` und `a`."),
        ("See `a`.", "Siehe xq1z.", "Siehe `a`."),
        ("See `a`.", "参照ＸＱ１Ｚ。", "参照`a`。"),
        ("See `a`.", "انظر XQ ١ Z.", "انظر `a`."),
        ("At `a`.", "XQ1Z'da.", "`a`'da."),
        ("At `a`.", "בXQ1Z.", "ב`a`."),
        ("Run `a`1.", "XQ1Z1 실행", "`a`1 실행"),
        (r"It is `\1\g<0>`.", "XQ1Z.", r"`\1\g<0>`."),
        ("A <b>red</b> car `x`", "XQ3Z ein XQ1Zrotes XQ2Z Auto", "`x` ein <b>rotes </b> Auto"),
        ("Say:\n```\na\n```\nNow.", "Sag:\nXQ1Z\nJetzt.", "Sag:\n```\na\n```\nJetzt."),
    ],
)
def test_grammar_may_move_what_is_inside_a_sentence(source, translated, result):
    assert restore_text(mask_text(source), translated) == result


@pytest.mark.parametrize(
    ("source", "translated", "reason"),
    [
        ("Use `a` and `b`.", "Nimm XQ1Z.", "placeholder_lost"),
        ("Use `a` and `b`.", "Nimm XQ1Z und XQ1Z.", "placeholder_lost"),
        ("Use `a`.", "Nimm XQ1Z, ja XQ1Z.", "placeholder_doubled"),
        ("Use `a`.", "Nimm XQ1Z und XQ2Z.", "placeholder_unknown"),
        ("Use it.", "Nimm XQ1Z.", "placeholder_unknown"),
        ("%s has %d.", "XQ2Z hat XQ1Z.", "placeholder_reordered"),
        ("A <b>red</b> car", "Ein XQ2Zrotes XQ1Z Auto", "placeholder_reordered"),
        ("<b>a <i>b</i></b>", "XQ1Za XQ2ZbXQ4ZXQ3Z", "placeholder_reordered"),
        ("a\n```\n1\n```\nb\n```\n2\n```\nc", "a\nXQ2Z\nb\nXQ1Z\nc", "placeholder_reordered"),
        ("a\n```\n1\n```\nb", "a XQ1Z\nb", "placeholder_moved"),
        ("a\n```\n1\n```\nb", "a\nXQ1Z b", "placeholder_moved"),
    ],
)  # fmt: skip
def test_a_broken_translation_is_refused_with_its_reason(source, translated, reason):
    with pytest.raises(Broken, match=f"^{reason}$"):
        restore_text(mask_text(source), translated)


# --- checking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "translated"),
    [
        ("It cost $1,250.50 in 1998.", "Es kostete 1.250,50 $ im Jahr 1998."),
        ("20,000 people, 3.75 each", "每人3.75，共2万人"),
        ("In 1998, 45 of 60.", "در سال ۱۹۹۸، ۴۵ از ۶۰."),
        ("In 1998, 45 of 60.", "في عام ١٩٩٨، ٤٥ من ٦٠."),
        ("In 1998, 45 of 60.", "१९९८ में ६० में से ४५।"),
        ("We have 3 cats.", "У нас три коти."),
        ("1. One\n2. Two", "١. واحد\n٢. اثنان"),
        ("1. One\n2. Two", "1、 一\n2、 二"),
        ("It was on May 12.", "Das war am\n12. Mai.".replace("\n", " ")),
        ("May 12 was fine.", "12. Mai war schön."),
        ("See https://a.example.", "https://a.exampleを見て。"),
        ("Pay $5 now or $10 later", "Zahl jetzt 5$ oder später 10$ drauf"),
    ],
)
def test_sound_translations_pass(source, translated):
    assert verify_placeholders(source, translated) == []


@pytest.mark.parametrize(
    ("source", "translated", "reasons"),
    [
        ("It cost $1,250 in 1998.", "Es kostete 1.250 $ im Jahr 1989.", ["numbers"]),
        ("Run `ls -l`.", "Führe `ls -1` aus.", ["code_lost", "code_added"]),
        ("Run `ls`.", "Führe ls aus.", ["code_lost"]),
        ("Run it.", "Führe `ls` aus.", ["code_added"]),
        ("See https://a.example/b", "Siehe https://a.example/c", ["url_lost", "url_added"]),
        ("Mail a@b.example", "Post an c@b.example", ["email_lost", "email_added"]),
        ("Solve $x^2$", "Löse $x^3$", ["latex_lost", "latex_added"]),
        ("Hi {name}, %s", "Hallo {Name}, %s", ["slot_lost", "slot_added"]),
        ("A <b>red</b> car", "Ein rotes</b> Auto", ["tag_lost"]),
        ("# A\n\nb", "# A\nb", ["line_breaks"]),
        ("# A\n\nb", "A\n\nb", ["headings"]),
        ("# A\n\nb", "## A\n\nb", ["headings"]),
        ("- a\n- b", "- a\nb", ["list_marks"]),
        ("1. a\n2. b", "1. a\nb", ["list_marks"]),
        ("> a", "a", ["quote_marks"]),
        ("| a | b |\n|---|---|\n| c | d |", "| a | b |\n|---|---|\n| c d |", ["table_bars"]),
        ("**a** b", "**a** **b**", ["emphasis"]),
        ("[a](b.md)", "[a] b.md", ["links"]),
        ("```\na\n```\nb\n", "b\n", ["code_lost", "line_breaks"]),
    ],
)  # fmt: skip
def test_what_was_broken_is_named(source, translated, reasons):
    assert verify_placeholders(source, translated) == reasons


def test_numbers_count_by_their_digits():
    assert numbers("1,000,000 1.000.000 ٣٫٥ 12 013 0.5") == {"1": 2, "35": 1, "13": 1}
    assert missing_numbers("22 338 618 and 77", "22.338.618 und 78") == (["77"], 4)
    assert missing_numbers("9" * 10_000, "9" * 10_000) == ([], 1)


# --- properties -------------------------------------------------------------------------------------------------------

longest = st.sampled_from([SHORTEST, 123, 1000])
unit = st.sampled_from(["text", "sentence"])


@given(anything)
def test_masking_alone_changes_nothing(text):
    masked = mask_text(text)
    assert restore_text(masked, masked.text) == text
    assert verify_placeholders(text, text) == []


@given(anything, longest, unit)
def test_a_translator_that_changes_nothing_gives_the_text_byte_for_byte(text, most, kind):
    plan = plan_segments(text, most, kind)
    assert assemble_translation(plan, plan.segments) == text
    assert all(0 < len(segment) <= most and segment == segment.strip() for segment in plan.segments)
    # Fractions and the like are letters to regular expressions.
    assert all(any(c.isalpha() or c.isnumeric() > c.isdecimal() for c in segment) for segment in plan.segments)


@given(anything, longest, unit)
def test_a_translator_that_changes_words_alone_is_found_sound(text, most, kind):
    plan = plan_segments(text, most, kind)
    # Letters for others of their script, and none that a placeholder is made of.
    other = str.maketrans("ПокладиΒάλετο把书放下本置שימאתהספר", "ваолгмзαβγδεζ上中日月火水אבגדהוזחט")
    result = assemble_translation(plan, [segment.translate(other) for segment in plan.segments])
    assert [h for h in held(result) if h[0] != "code"] == [h for h in held(text) if h[0] != "code"]
    assert verify_placeholders(text, result) == []


# --- hostile input ----------------------------------------------------------------------------------------------------

UNITS = [
    "`", "``` ", "`a", "$", "$a ", "$$a", "\\(", "\\[", "\\begin{a}", "\\begin{a}\\end{b}",
    "<", "<a ", "<pre>", "<!--", "[](", "](a", "{", "{{", "{%", "%", "%(", "a@", "a.", "a/",
    "/a", "/", "https://(", "www.", "\\", "\\a{", "\\a[", "XQ1Z", "XQ`a`", ".", "!)", "。", "|",
    "> ", "- ", "1. ", "\n", " \n", "\n ", "(", "\u0301", "=;\n", "@ \n", "~~~\n", "1,", "1",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_steps_grow_with_length_alone(unit):
    counts = []
    with counted(placeholders, prose, segments, spans) as steps_since:
        for length in (1_000, 2_000):
            text = "a " + unit * (length // len(unit))
            for kind in ("text", "sentence"):
                plan = plan_segments(text, 1000, kind)
                assert assemble_translation(plan, plan.segments) == text
            verify_placeholders(text, text + " ")
            counts.append(steps_since())
    # Twice the text; four times as many steps were quadratic. What patterns repeat is bounded, by up to 1,000.
    assert 0 < counts[1] < 3 * counts[0]
