"""Thoughts of models in their answers, and texts that speak about them."""

import re
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.text import thoughts
from polypref.text.thoughts import Spoken, Thought, thought_in, without_thoughts

#: How models that are known mark a thought: what opens it, and what ends it.
PAIRS = [
    ("<think>", "</think>"), ("<seed:think>", "</seed:think>"), ("<mm:think>", "</mm:think>"),
    ("<longcat_think>", "</longcat_think>"), ("<think:opensource>", "</think:opensource>"), ("◁think▷", "◁/think▷"),
    ("&lt;think&gt;", "&lt;/think&gt;"), ("[THINK]", "[/THINK]"), ("<|channel>thought\n", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"), ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|open|>think<|sep|>", "<|close|>think<|sep|>"), ("<|content_thinking|>", "<|end_message|>"),
    ("<|think|>", "<|end|>"), ("<|begin_of_thought|>", "<|end_of_thought|>"), ("[unused16]", "[unused17]"),
    ("<unused94>", "<unused95>"),
]  # fmt: skip
#: Marks that are words of a language too.
WORDS = [
    ("<thinking>", "</thinking>"), ("<antThinking>", "</antThinking>"), ("<thought>\n", "\n</thought>\n\n"),
    ("<reasoning>", "</reasoning>"), ("<inner_monologue>", "</inner_monologue>"),
    ('<details type="reasoning" done="true">', "</details>"), ("Thinking...\n", "\n...done thinking.\n\n"),
    ("Here's my thought process:\n", "\nHere is my response:\n"), ("analysis", "assistantfinal"),
]  # fmt: skip


def thinking(text: str) -> str:
    thought = thought_in(text)
    assert isinstance(thought, Thought)
    return thought.thinking


@pytest.mark.parametrize("before", ["", "\n ", "\ufeff", "<|im_start|>assistant\n", "<|start|>assistant "])
@pytest.mark.parametrize(("opens", "closes"), PAIRS + WORDS)
def test_a_text_that_begins_with_a_thought(before, opens, closes):
    text = f"{before}{opens}7, ou 9 ?{closes}Neuf."
    thought = thought_in(text)
    assert thought is not None and (thought.thinking, thought.closed) == ("7, ou 9 ?", True)
    assert thought.mark == opens.strip() and text[thought.begin :].startswith(opens) and text.endswith("Neuf.")
    assert opens not in text[thought.end :]


@pytest.mark.parametrize(("opens", "closes"), PAIRS)
def test_a_thought_that_was_cut_off(opens, closes):
    thought = thought_in(f"{opens}7, ou 9 ? Voyons")
    assert thought is not None and (thought.thinking, thought.closed) == ("7, ou 9 ? Voyons", False)
    # A mark that is a word says so little that the thought must end.
    assert not any(thought_in(f"{word}7, ou 9 ? Voyons") for word, _ in WORDS)


@pytest.mark.parametrize("closes", [c for o, c in PAIRS if o not in ("<|think|>", "<|content_thinking|>")])
@pytest.mark.parametrize("between", ["{}", "\n{}\n\n", " \n{}  \n"])
def test_a_thought_whose_first_mark_stands_in_the_prompt(between, closes):
    if "<|channel|>" not in closes:
        assert thinking(f"7, ou 9 ?{between.format(closes)}Neuf.") == "7, ou 9 ?"


def test_a_thought_that_is_empty():
    assert thinking("<think>\n\n</think>\n\nNeuf.") == thinking("</mm:think>Neuf.") == thinking("</think>") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Bien sûr !\n<think>\n7, ou 9 ?\n</think>\nNeuf.",
        "Bien sûr !\n  <think>7, ou 9 ?</think>\n\nNeuf.",
        "7, ou 9 ? Pas `<think>`.\n```python\nprint(9)\n</think>\n\nNeuf :\n```python\nprint(9)\n```\n",
        "7, ou 9 ?\n```\nprint(9)\n</think>\n\nNeuf.",
        "**9**</think>Neuf.",
    ],
)
def test_a_thought_in_the_midst_of_a_text_is_a_thought(text):
    assert thought_in(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I think so.",
        "Qwen3 writes `<think>` first, then `</think>`.",
        "„<think>“ und „</think>“ umgeben, was das Modell denkt.",
        "モデルは「<think>」と「</think>」の間で考えます。",
        "Тег <think> открывает мысль, а </think> её закрывает.",
        "The model ends its thought with </think> and answers.",
        "An empty <think></think> says: no thought.",
        "Example:\n```\n<think>\n7?\n</think>\nNine.\n```\nThat is all.",
        "~~~xml\n<think>\n7?\n</think>\n~~~",
        "The template ends in\n```\n</think>\n```\nand the answer follows.",
        "> <think>\n> 7?\n> </think>",
        "- <think>: begins\n- </think>: ends",
        "<answer>9</answer>\n<think> opens, and nothing ends here",
        "Write like this:\n<think>...</think>\n<answer>...</answer>",
        'x = re.sub(r"<think>.*?</think>", "", x)',
        "answer = text.split('</think>')[-1]",
        "It ends (</think>) here.",
        "Neuf.<|end|>",
        "<|channel|>final<|message|>Neuf.",
        "[think] She pauses. [/think]",
        "thought\ncaught\nfought",
        "analysis: the assistant is final",
        "Thinking... That takes a while.",
        "<reasoning> is an element of this schema",
        "Here is my thought process: I add 4 and 5.",
        "<details><summary>More</summary>Neuf.</details>",
    ],
)
def test_a_text_that_speaks_about_marks_holds_no_thought(text):
    assert thought_in(text) is None


MADE = st.lists(
    st.sampled_from([mark for pair in PAIRS + WORDS for mark in pair] + ["\n", " ", "```", "`", "9", "é", "\u200b"]),
    max_size=12,
).map("".join)


@given(MADE)
def test_what_is_found_stands_in_the_text(text):
    if thought := thought_in(text):
        assert 0 <= thought.begin < thought.end <= len(text)
        assert thought.thinking in text[thought.begin : thought.end] and thought.mark in text
        assert thought.closed or thought.end == len(text)


@given(MADE)
def test_marks_in_a_fence_of_code_are_spoken_of(text):
    assert thought_in(f"So:\n```\n{text.replace('`', '')}\n```\nso.") is None


def test_long_texts_are_looked_through_in_linear_time():
    # Quadratic time would take minutes for each.
    for text in ("x <think>" * 40_000, "x\n<think> a\n" * 40_000, "x </think> " * 40_000):
        assert thought_in(text) is None
    assert thinking(" " * 300_000 + "<think>9") == "9"


@pytest.mark.parametrize(("text", "expected"), [
    ("<think>7, or 9?</think>\n\nNine.", Spoken("Nine.", "7, or 9?")),
    ("<think>\n\n</think>\n\nNine.", Spoken("Nine.")),
    ("7, or 9?</think>Nine.", Spoken("Nine.", "7, or 9?")),
    ("Well.\n<think>\n7?\n</think>\nNine.", Spoken("Well.\n\nNine.", "7?")),
    ("<think>7?</think>\n<think>9?</think>\nNine.", Spoken("Nine.", "7?\n\n9?")),
    ("<|channel|>analysis<|message|>7?<|end|><|start|>assistant<|channel|>final<|message|>Nine.",
     Spoken("Nine.", "7?")),
    ("<|start|>assistant<|channel|>analysis<|message|>7?<|channel|>final<|message|>Nine.", Spoken("Nine.", "7?")),
    ("<think>7?", Spoken("", "", "<think>")),
    ("Write `<think>` first.", Spoken("Write `<think>` first.")),
])  # fmt: skip
def test_thoughts_are_taken_out_of_what_is_said(text, expected):
    assert without_thoughts(text) == expected


def test_a_text_with_more_thoughts_than_anybody_writes_is_one_without_an_end():
    assert without_thoughts("<think>a</think>\n" * 101 + "b").unended == "<think>"


@given(st.text(alphabet="ab\n ", max_size=20), st.text(alphabet="cd\n ", max_size=20))
def test_a_thought_and_an_answer_come_apart_as_they_were_joined(thinking, answer):
    spoken = without_thoughts(f"<think>{thinking}</think>\n{answer}")
    assert (spoken.text, spoken.thinking) == (answer.lstrip("\n "), thinking.strip("\n "))


MARKS = [mark for pair in PAIRS + WORDS for mark in pair]
PIECES = st.sampled_from(
    [
        *MARKS,
        *map(str.upper, MARKS),
        "thought\n" + 60 * "x",
        "analysis",
        "assistantfinal",
        "<|im_start|>assistant",
        "<s>",
        "<",
        "[",
        "&LT;",
        " ",
        "\n",
        "\ufeff",
        "`",
        "```\n",
        "a",
        "(",
        "7, or 9?",
        "< / think >",
        "TH\u0130NK",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PIECES, max_size=2).map("".join),
    st.sampled_from([*PAIRS, *WORDS, ("thought\n" + 60 * "x", ""), ("", "")]),
    st.lists(PIECES, max_size=4).map("".join),
)
def test_a_text_that_is_soon_passed_over_holds_no_thought(before, marks, after):
    text = f"{before}{marks[0]}7, or 9?{marks[1]}{after}"
    every = re.compile("|".join(p for f in thoughts._FORMS if f.known for p in (f.opens, f.closes) if p), re.IGNORECASE)
    with mock.patch.multiple(thoughts, _MAY_BEGIN=re.compile(""), _ANY=every):
        expected = thought_in(text)
    assert thought_in(text) == expected
