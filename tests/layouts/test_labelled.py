"""Texts with labels of speakers that a script declares, in several scripts; and what of them is refused."""

import unicodedata

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.fields import Transcript
from polypref.layouts.sources import Verdict
from tests.layouts.interpreted import TWO, item_of, reason, turns_of

HH = Transcript(user=("Human",), assistant=("Assistant",))
LABELS = {
    "ar": ("المستخدم", "المساعد"), "el": ("Χρήστης", "Βοηθός"), "he": ("משתמש", "עוזר"), "hi": ("उपयोगकर्ता", "सहायक"),
    "ja": ("ユーザー", "アシスタント"), "ko": ("사용자", "어시스턴트"), "th": ("ผู้ใช้", "ผู้ช่วย"),
    "vi": ("Người dùng", "Trợ lý"), "zh": ("用户", "助手"),
}  # fmt: skip


@pytest.mark.parametrize("tag", LABELS)
@pytest.mark.parametrize(
    "form",
    [
        "{u}: 1 + 1?\n\n{a}: 2.\n\n{u}: 2 + 2?\n\n{a}:",
        "\n\n{u}：1 + 1?\n{a}：2.\n{u}：2 + 2?\n{a}：",
        "{u} :\n1 + 1?\r\n\r\n{a}\u202f: 2.\r\n\u200f{u}\u200f:\n\n2 + 2?\n{a}:\n",
    ],
)
def test_labels_in_any_script(tag, form):
    user, assistant = LABELS[tag]
    how = Transcript((user,), (assistant,))
    turns = turns_of(("user", "1 + 1?"), ("assistant", "2."), ("user", "2 + 2?"), ("assistant", ""))
    text = form.format(u=user, a=assistant)
    assert how.turns(text) == turns
    assert item_of({"prompt": text}, transcript=how).prompt["prompt"] == turns[:3]


def test_composed_and_decomposed_labels_are_one():
    forms = [unicodedata.normalize(form, "Trợ lý") for form in ("NFC", "NFD")]
    assert forms[0] != forms[1]
    for declared in forms:
        for written in forms:
            assert Transcript((declared,), ("B",)).turns(f"{written}: x") == turns_of(("user", "x"))


def test_labels_that_end_in_a_mark_stand_alone():
    how = Transcript(("### Human:", "[|User|]"), ("### Assistant:", "[|Bot|]"), ("【系统】",))
    text = "【系统】短\n### Human: a\n### Assistant:b\n[|User|]c\n[|Bot|]"
    whole = turns_of(("system", "短"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", ""))
    assert how.turns(text) == whole


def test_the_longest_label_counts_and_letters_are_compared_with_their_case():
    how = Transcript(("User", "User 2"), ("AI",))
    assert how.turns("User 2: a\nAI: b") == turns_of(("user", "a"), ("assistant", "b"))
    assert how.turns("user: a\nAIR: b\nUserin: c") is None


def test_lines_of_a_turn_keep_their_indentation():
    assert HH.turns("Human: a\n  b\n\nAssistant:\n\n    def f():\n        pass\n") == turns_of(
        ("user", "a\n  b"), ("assistant", "    def f():\n        pass")
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Go on with this:\nHuman: a\n\nAssistant: b", "text_before_first_turn"),
        ("Human: Is it late? Assistant: No.", "label_inside_a_line"),
        ("Human: What does Human: mean?", "label_inside_a_line"),
        ("Human: a\n\nHuman: b\n\nAssistant:", "turns_out_of_order"),
        ("Human: a\n\nAssistant: b", "prompt_does_not_end_with_user"),
        ("Human:\n\nAssistant:", "empty_prompt"),
        ("Human: User: a\nAI: b\nUser: c", "transcript_in_text"),
        ("User: a\n\nAI:", "transcript_in_text"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(text, why):
    assert reason({"prompt": text}, transcript=HH)[0] == why


def test_labels_of_one_letter_may_stand_in_a_line():
    assert Transcript(("Q",), ("A",)).turns("Q: Is vitamin A: good?") == turns_of(("user", "Is vitamin A: good?"))


def test_answers_after_a_transcript_and_inside_of_one():
    asked = "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant:"
    apart = {"prompt": asked, "a": " d", "b": "Assistant: e"}
    whole = {"a": f"{asked} d", "b": f"{asked} e"}
    items = [
        item_of(row, prompt=prompt, answers=TWO, verdict=Verdict("people"), transcript=HH)
        for row, prompt in ((apart, "prompt"), (whole, None))
    ]
    for item in items:
        assert item.prompt["prompt"] == turns_of(("user", "a"), ("assistant", "b"), ("user", "c"))
        assert [one["text"].strip() for one in item.completions] == ["d", "e"] and len(item.verdicts) == 1


def test_an_answer_that_speaks_for_the_user_too_is_left_out():
    row = {"prompt": "Human: a\n\nAssistant:", "a": "d\n\nHuman: e\n\nAssistant: f", "b": "g\n\nHuman: e"}
    problems = item_of(row, answers=TWO, transcript=HH).problems
    assert [why for why, _ in problems] == ["answer_text_before_first_turn"] * 2


@pytest.mark.parametrize(
    ("user", "assistant", "words"),
    [
        ((), ("A",), "one of the assistant"),
        (("Q",), (), "one of the assistant"),
        ((" ",), ("A",), "empty"),
        (("Q\nR",), ("A",), "several lines"),
        (("Q",), ("Q",), "declared twice"),
        ("Q", ("A",), "brackets"),
    ],
)
def test_what_is_declared_wrongly_is_told_at_once(user, assistant, words):
    with pytest.raises(UserError, match=words):
        Transcript(user, assistant)


def test_without_a_declaration_nothing_is_parsed():
    assert reason({"prompt": "Human: a\n\nAssistant:"})[0] == "transcript_in_text"
    with pytest.raises(Bad, match="text_before"):
        HH.turns("x\nHuman: y")


STEER = Transcript(("<x>User",), ("<x>Assistant",), own_line=True, opening="user")


def test_labels_may_stand_alone_in_their_line_and_the_first_turn_without_one():
    text = "Hi, who is it?\n\n<x>Assistant\nA bot. <x>\n  <x>User \r\nGood: and now?\n"
    turns = turns_of(("user", "Hi, who is it?"), ("assistant", "A bot. <x>"), ("user", "Good: and now?"))
    assert STEER.turns(text) == turns
    assert item_of({"prompt": text}, transcript=STEER).prompt["prompt"] == turns
    assert STEER.turns("<x>User\na") == turns_of(("user", "a"))
    assert STEER.turns("No label: <x>Users\nat all") is None
    assert item_of({"prompt": "No label."}, transcript=STEER).prompt["prompt"] == turns_of(("user", "No label."))


def test_a_label_inside_of_a_line_is_refused_there_too():
    assert reason({"prompt": "a\n<x>Assistant\nb <x>User\nc"}, transcript=STEER)[0] == "label_inside_a_line"


def test_a_first_turn_without_a_label_is_whose_the_declaration_says():
    how = Transcript(("U",), ("A",), opening="system")
    assert how.turns("Be short.\nU: a") == turns_of(("system", "Be short."), ("user", "a"))
