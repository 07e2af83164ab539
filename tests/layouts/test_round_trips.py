"""Conversations written in every form that can be declared come back the same."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.layouts.conversations import messages, split_answer
from polypref.layouts.fields import Fields, Transcript
from polypref.layouts.sources import Verdict
from polypref.layouts.turns import turns_of
from tests.layouts.interpreted import TWO
from tests.layouts.interpreted import item_without_votes as item_of
from tests.layouts.test_labelled import LABELS

# Letters of many scripts, marks, quotes, brackets, line breaks; no colon, hash or bracket of labels begins a line.
LETTERS = some.characters(categories=["Lu", "Ll", "Lo", "Mn", "Nd"], max_codepoint=0xFFFF)
WORD = some.text(LETTERS, min_size=1, max_size=5)
MARKED = some.tuples(WORD, some.sampled_from(["", "?", "'", '"', "\\", " {", " [1]", ", ", "\n", "\n\n  "]))
TEXT = some.lists(MARKED, min_size=1, max_size=4).map(lambda words: "".join(map("".join, words)).strip())
SYSTEM = some.none() | TEXT


@some.composite
def conversations(draw) -> list[dict[str, str]]:
    """A system message or none, then user and assistant in turn, with an answer at the end."""
    system, turns = draw(SYSTEM), draw(some.lists(TEXT, min_size=2, max_size=6))
    turns = turns[: len(turns) // 2 * 2]
    whole = [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(turns)]
    return [{"role": "system", "content": system}, *whole] if system else whole


def share_gpt(turns):
    words = {"user": "human", "assistant": "gpt", "system": "system"}
    return [{"from": words[one["role"]], "value": one["content"]} for one in turns]


def in_parts(turns):
    return [{"role": one["role"].title(), "content": [{"type": "text", "text": one["content"]}]} for one in turns]


def with_other_words(turns):
    words = {"user": "Frager", "assistant": "bot", "system": "developer"}
    return [{"who": words[one["role"]], "says": one["content"]} for one in turns]


OTHER = {"roles": {"frager": "user", "Bot": "assistant"}, "turn_keys": ("who", "says")}
FORMS = {
    "turns": (lambda turns: turns, {}),
    "sharegpt": (share_gpt, {}),
    "parts": (in_parts, {}),
    "words": (with_other_words, OTHER),
    "json": (lambda turns: json.dumps(turns), {"serialised": True}),
    "json of parts": (lambda turns: json.dumps(in_parts(turns), ensure_ascii=False, indent=1), {"serialised": "texts"}),
    "repr": (repr, {"serialised": True}),
    "repr of a tuple": (lambda turns: repr(tuple(share_gpt(turns))), {"serialised": True}),
    "wrapped": (lambda turns: json.dumps({"messages": turns}), {"serialised": True}),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40)
@given(whole=conversations(), other=TEXT)
def test_a_row_in_any_form_is_the_same(form, whole, other):
    written, declared = FORMS[form]
    *prompt, answer = whole
    rejected = [*prompt, {"role": "assistant", "content": other}]
    plain = {"prompt": prompt, "a": answer["content"], "b": other}
    expected = item_of(plain, answers=TWO, verdict=Verdict("people"))
    assert expected.prompt["prompt"] == prompt
    explicit = {"prompt": written(prompt), "a": written(whole), "b": written(rejected)}
    without_system = explicit | {"prompt": written([one for one in prompt if one["role"] != "system"])}
    bare = explicit | {"a": written([answer]), "b": other}
    assert item_of(explicit, answers=TWO, verdict=Verdict("people"), **declared) == expected
    assert item_of(without_system, answers=TWO, verdict=Verdict("people"), **declared) == expected
    assert item_of(bare, answers=TWO, verdict=Verdict("people"), **declared) == expected
    assert item_of(explicit, prompt=None, answers=TWO, verdict=Verdict("people"), **declared) == expected


SCRIPTS = {**LABELS, "marks": ("### Human:", "[|Bot|]"), "words": ("Person 1", "Person 2")}


@pytest.mark.slow
@pytest.mark.parametrize("tag", SCRIPTS)
@settings(max_examples=40)
@given(
    whole=conversations(),
    other=TEXT,
    colon=some.sampled_from([": ", "：", " :\n", ":\n\n"]),
    between=some.sampled_from(["\n", "\n\n", "\r\n", "\n \n\u200f"]),
    form=some.sampled_from(["NFC", "NFD"]),
)
def test_a_transcript_in_any_script_is_the_same(tag, whole, other, colon, between, form):
    user, assistant = SCRIPTS[tag]
    words = {"user": user, "assistant": assistant, "system": "系统"}
    how = Transcript((user,), (assistant,), ("系统",))
    *prompt, answer = whole
    expected = item_of({"prompt": prompt, "a": answer["content"], "b": other}, answers=TWO, verdict=Verdict("people"))

    def written(turns):
        labels = [unicodedata.normalize(form, words[one["role"]]) for one in turns]
        colons = ["" if label.endswith((":", "]")) else colon for label in labels]
        return between.join(f"{a}{b}{one['content']}" for a, b, one in zip(labels, colons, turns, strict=True))

    waits = written([*prompt, {"role": "assistant", "content": ""}])
    sides = {"a": written(whole), "b": written([*prompt, {"role": "assistant", "content": other}])}
    for row, prompt_column in (
        ({"prompt": waits, "a": answer["content"], "b": other}, "prompt"),
        ({"prompt": waits} | sides, "prompt"),
        ({"prompt": prompt} | sides, "prompt"),
        (sides, None),
    ):
        item = item_of(row, prompt=prompt_column, answers=TWO, verdict=Verdict("people"), transcript=how)
        assert (item.prompt, item.completions, item.verdicts) == (
            expected.prompt, expected.completions, expected.verdicts,
        )  # fmt: skip


@settings(max_examples=100)
@given(conversations(), some.integers(1, 3))
def test_an_answer_in_several_turns_is_joined(whole, number):
    form = Fields(None, TWO, final_turns="joined").form
    final = [{"role": "assistant", "content": f"{whole[-1]['content']} {n}"} for n in range(number)]
    before, answer = split_answer(turns_of([*whole[:-1], *final], form), form)
    assert before == messages(whole[:-1]) and answer == "\n\n".join(one["content"] for one in final)
