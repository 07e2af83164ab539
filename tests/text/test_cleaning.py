"""Cleaning at the door."""

import json
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polypref.text.cleaning import Uncleanable, clean_text, texts_changed

TEXTS = {
    "ar": "كيف حالك؟ أكتب لك \u200fرسالة\u200e قصيرة.",
    "he": "מה שלומך? שָׁלוֹם",
    "fa": "می\u200cخواهم کتاب\u200cها را بخوانم.",
    "hi": "क्\u200dषमा कीजिए, यह क्या है?",
    "zh": "“你好”，世界！𠮷野家",
    "ja": "こんにちは。\n\tカタカナと漢字「々」",
    "ko": "안녕하세요? 한국어 글입니다.",
    "el": "Καλημέρα· πώς είστε;",
    "uk": "Доброго дня! Чи є м’ята, ґанок і їжак?",
    "emoji": "👩‍👩‍👧 ❤️ 🇺🇦",
}

TOKENS = [
    "<|im_start|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|start header id|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<end_of_text>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "<｜User｜>",
    "<｜end▁of▁sentence｜>",
]


@pytest.mark.parametrize("tag", TEXTS)
@pytest.mark.parametrize("answer", [False, True])
def test_text_of_any_script_comes_through_as_it_is(tag, answer):
    assert clean_text(TEXTS[tag], trim_end_tokens=answer) == TEXTS[tag]


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\r\r\nb", "a\n\nb"),
        ("eins\x85zwei", "eins\nzwei"),
        ("\ufeffΓεια", "Γεια"),
        ("מה\x00 זה", "מה זה"),
        ("\x1b[1mfett\x1b[0m", "[1mfett[0m"),
        ("a\x7f\x80\x9fb\ufffe\uffffc", "abc"),
        ("\ttab und\nZeile bleiben", "\ttab und\nZeile bleiben"),
        ("Seite eins.\x0cSeite zwei", "Seite eins.\nSeite zwei"),
        ("σελίδα\n\x0cσελίδα", "σελίδα\n\nσελίδα"),
        ("שורה\x0bשורה", "שורה\nשורה"),
        ("a\x1cb\x1dc\x1ed\x1fe", "a\nb\nc\nde"),
        ("第一行\u2028第二行\u2029第三行", "第一行\n第二行\n第三行"),
        ("  Ränder bleiben \n", "  Ränder bleiben \n"),
        ("", ""),
    ],
)
def test_control_characters_go_and_line_ends_become_one(came, goes):
    assert clean_text(came) == goes


def test_a_text_whose_page_break_became_a_line_break_is_counted_as_changed():
    before = texts_changed()
    clean_text("eins\nzwei")
    assert texts_changed() == before
    clean_text("eins\x0czwei")
    assert texts_changed() == before + 1


@pytest.mark.parametrize("lost", ["\ud83d", "\ude00", "\ude00\ud83d", "가\udcff나"])
@pytest.mark.parametrize("answer", [False, True])
def test_half_a_character_cannot_be_cleaned(lost, answer):
    with pytest.raises(Uncleanable, match=r"^lone_surrogate$"):
        clean_text(lost, trim_end_tokens=answer)


def test_two_halves_that_json_writes_apart_are_one_character():
    assert clean_text(json.loads(r'"\ud83d\ude00"')) == "😀"


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("answer", [False, True])
def test_a_turn_marker_inside_a_text_cannot_be_cleaned(token, answer):
    with pytest.raises(Uncleanable, match=r"^chat_template_token$"):
        clean_text(f"Добрий день {token} ще раз", trim_end_tokens=answer)


@pytest.mark.parametrize("token", TOKENS)
def test_a_prompt_may_not_even_end_in_a_turn_marker(token):
    with pytest.raises(Uncleanable):
        clean_text(f"질문입니다{token}")


def test_a_control_character_does_not_hide_a_turn_marker():
    with pytest.raises(Uncleanable, match="chat_template_token"):
        clean_text("x <|im_\x00start|> y")


@pytest.mark.parametrize("token", [*TOKENS, "</s>", "<s>"])
@pytest.mark.parametrize("between", ["", "\n", " \n\t"])
def test_what_a_generation_left_at_its_end_is_cut_off(token, between):
    assert clean_text(f"はい、そうです。{between}{token}{between}{token}\n", trim_end_tokens=True) == "はい、そうです。"


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        ("<|begin_of_text|>Ναι.", "Ναι."),
        (" <|BOS_TOKEN|> <|endoftext|>\nOui", "Oui"),
        ("<|endoftext|>", ""),
        ("Ja. </s><|im_end|>", "Ja."),
        ("Ja.  ", "Ja.  "),  # no token, no change
        ("3 < 4 [a]", "3 < 4 [a]"),
    ],
)
def test_ends_of_answers(came, goes):
    assert clean_text(came, trim_end_tokens=True) == goes


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        ("statt <s>falsch</s>", "statt <s>falsch</s>"),
        ("<s>a</s> und <s>b</s>", "<s>a</s> und <s>b</s>"),
        ("statt <s>falsch</s></s>", "statt <s>falsch</s>"),
        ("statt <s>falsch</s> <|im_end|>", "statt <s>falsch</s>"),
        ("zu viel </s> mitten", "zu viel </s> mitten"),
    ],
)
def test_struck_out_words_are_no_end_tokens(came, goes):
    assert clean_text(came, trim_end_tokens=True) == goes


@pytest.mark.parametrize("text", ["a <| b |> c", "<b>fett</b>", "[INSTALL]", "if (a <b|| c|> d)", "<|ü|>", "<>", "|>"])
def test_what_only_looks_like_a_token_stays(text):
    assert clean_text(text, trim_end_tokens=True) == text


@pytest.mark.parametrize(
    "text",
    ["<" + " " * 300_000 + "a", "[" + "\n\t" * 300_000, "x" + "</s>" * 200_000, "<" * 300_000, "</s> " * 100_000 + "x"],
    ids=["spaces", "lines", "tokens", "openings", "tokens inside"],
)
def test_no_text_takes_more_than_linear_time(text):
    begin = time.process_time()
    clean_text(text, trim_end_tokens=True)
    assert time.process_time() - begin < 3


PIECES = st.sampled_from(
    [*TOKENS, "</s>", "<s>", "<|endoftext|>", " ", "\n", "\r", "\x00", "\x85", "\x0c", "\u2028", "ب", "क", "|>", "<|"]
)
ANY = st.lists(PIECES | st.text(st.characters(exclude_categories=[]), max_size=3), max_size=8).map("".join)


@given(ANY, st.booleans())
@example("</s><s>", True)
@settings(deadline=None)
def test_a_cleaned_text_is_clean(text, answer):
    try:
        once = clean_text(text, trim_end_tokens=answer)
    except Uncleanable as error:
        assert str(error) in ("lone_surrogate", "chat_template_token")
        return
    assert clean_text(once, trim_end_tokens=answer) == once
    once.encode("utf-8")
    assert len(once.splitlines()) == len(once.removesuffix("\n").split("\n")) * bool(once)
    assert not any((ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 or c == "\ufeff" for c in once)
    assert not any(token in once for token in TOKENS)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"], exclude_characters="\ufeff<>[]")))
@settings(deadline=None)
def test_a_text_without_signs_of_either_kind_is_not_touched(text):
    assert clean_text(text) == text
    assert clean_text(text, trim_end_tokens=True) == text
