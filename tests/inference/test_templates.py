"""Conversations in a model's own template; a tokenizer whose tokens are bytes, where transformers is there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.inference import Failure
from polypref.inference.templates import (
    answer_text,
    template_notes,
    thought_begun,
    tokens,
    with_system_prepended,
    with_thought_ended,
)

from . import tiny

USER = {"role": "user", "content": "salut"}
SYSTEM = {"role": "system", "content": "Réponds en français"}


class Letters:
    """A tokenizer whose tokens are code points; `write` is its template."""

    chat_template = "one"

    def __init__(self, write: Any) -> None:
        self.write = write

    def apply_chat_template(
        self, turns: Sequence[Mapping[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        return str(self.write(turns)) + ">" * add_generation_prompt

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        assert not add_special_tokens, "the template has written them"
        return {"input_ids": [ord(letter) for letter in text]}


def plain(turns: Sequence[Mapping[str, str]]) -> str:
    return "|".join(turn["content"] for turn in turns)


def without_system(turns: Sequence[Mapping[str, str]]) -> str:
    return plain([turn for turn in turns if turn["role"] != "system"])


def written(tokenizer: Any, *turns: dict[str, str], system: Any = "error", answering: bool = True) -> Any:
    drawn = tokens(tokenizer, list(turns), "lab/m", system, answering)
    return "".join(map(chr, drawn)) if isinstance(drawn, list) else drawn


def test_the_template_writes_the_conversation_and_where_the_answer_begins() -> None:
    assert written(Letters(plain), SYSTEM, USER) == "Réponds en français|salut>"
    assert written(Letters(plain), USER, {"role": "assistant", "content": "oui"}, answering=False) == "salut|oui"


def test_a_system_turn_that_the_template_leaves_out_stops_or_is_put_before_the_users() -> None:
    with pytest.raises(UserError, match=r"the chat template of lab/m has no place for a system prompt.*'prepend'"):
        written(Letters(without_system), SYSTEM, USER)
    assert written(Letters(without_system), SYSTEM, USER, system="prepend") == "Réponds en français\n\nsalut>"
    # One that has a place stays where it is.
    assert written(Letters(plain), SYSTEM, USER, system="prepend") == "Réponds en français|salut>"


def test_the_systems_turn_goes_to_the_first_user_turn_wherever_it_is() -> None:
    early = {"role": "assistant", "content": "bonjour"}
    assert with_system_prepended([SYSTEM, early, USER, USER]) == [
        early,
        {"role": "user", "content": "Réponds en français\n\nsalut"},
        USER,
    ]
    assert with_system_prepended([SYSTEM]) == [{"role": "user", "content": "Réponds en français"}]


def test_a_model_without_a_template_stops_the_run() -> None:
    tokenizer = Letters(plain)
    tokenizer.chat_template = ""
    with pytest.raises(UserError, match=re.escape("model lab/m has no chat template; choose its instruction-tuned")):
        written(tokenizer, USER)


def test_half_a_character_is_that_rows_failure() -> None:
    assert written(Letters(plain), USER, {"role": "user", "content": "\ud83d"}) == Failure(
        "lone_surrogate", "half a character in the prompt"
    )


def test_a_template_that_refuses_a_conversation_is_that_rows_failure() -> None:
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    words = tiny.tokenizer("{{ raise_exception('roles must alternate') }}")
    assert tokens(words, [USER], "m", "error", True) == Failure("chat_template", "roles must alternate")
    # With a system turn too: it is not the system turn that it refuses.
    assert tokens(words, [SYSTEM, USER], "m", "error", True) == Failure("chat_template", "roles must alternate")


class Thinking(Letters):
    """A template that begins a thought for the model, unless it can be asked not to (`heeds`)."""

    heeds = False

    def apply_chat_template(self, turns: Any, *, enable_thinking: bool = True, **more: Any) -> str:  # type: ignore[override]
        begun = enable_thinking or not self.heeds
        return super().apply_chat_template(turns, **more) + ("<think>\n" if begun else "<think></think>")


def test_where_the_next_token_is_the_answers_no_thought_stands_open() -> None:
    heeding = Thinking(plain)
    heeding.heeds = True
    for tokenizer, whole, ended in (
        (Thinking(plain), "salut><think>\n", "salut><think>\n\n</think>\n\n"),
        (heeding, "salut><think>\n", "salut><think></think>"),
    ):
        for thinking, expected in ((True, whole), (False, ended)):
            drawn = tokens(tokenizer, [USER], "lab/m", "error", True, thinking=thinking)
            assert isinstance(drawn, list) and "".join(map(chr, drawn)) == expected


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("[INST]hm[/INST][THINK]", "[INST]hm[/INST][THINK]\n\n[/THINK]\n\n"),
        ("<|START_THINKING|>", "<|START_THINKING|>\n\n<|END_THINKING|>\n\n"),
        ("What is <think>?<|assistant|>", "What is <think>?<|assistant|>"),
        ("", ""),
    ],
)
def test_only_a_mark_at_the_very_end_begins_a_thought(text: str, ended: str) -> None:
    assert with_thought_ended(text) == ended


class WithTools(Letters):
    """A template that writes the names of tools before the turns, and of calls."""

    def apply_chat_template(self, turns: Any, *, tokenize: bool, add_generation_prompt: bool, tools: Any = None) -> str:
        names = "".join(f"[{tool['function']['name']}]" for tool in tools or ())
        return names + super().apply_chat_template(
            turns, tokenize=tokenize, add_generation_prompt=add_generation_prompt
        )


def test_a_template_is_given_the_tools_and_one_that_leaves_them_out_is_noticed() -> None:
    tools: Any = [{"type": "function", "function": {"name": "zeit"}}]
    given = tokens(WithTools(plain), [USER], "lab/m", "error", True, tools, {"zeit"})
    assert isinstance(given, list) and "".join(map(chr, given)) == "[zeit]salut>"
    silent = WithTools(plain)
    silent.apply_chat_template = lambda turns, **_: "salut"  # type: ignore[method-assign, assignment]
    lost = tokens(silent, [USER], "lab/m", "error", True, tools, {"zeit"})
    assert lost == Failure("tools_not_offered", "the chat template of lab/m writes nothing of the tool zeit")
    call: Any = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "zeit", "arguments": {}}}]}
    assert isinstance(tokens(WithTools(plain), [USER, call, USER], "lab/m", "error", True), Failure)


DEFAULT = (
    "{% if messages[0]['role'] != 'system' %}[system]You are Wren.{{ '\\n' }}Be brief.[end]{% endif %}"
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}[end]{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.mark.parametrize(
    ("template", "notes"),
    [
        (tiny.TEMPLATE, []),
        (tiny.IGNORES_SYSTEM, ["its chat template has no place for a system prompt"]),
        (tiny.NO_SYSTEM, ["its chat template has no place for a system prompt"]),
        (
            DEFAULT,
            ["its chat template writes a system prompt of its own where none is given: 'You are Wren. Be brief.'"],
        ),
        (
            tiny.TEMPLATE.replace("<|assistant|>' }}", "<|assistant|><think>\\n' }}"),
            ["its chat template begins a thought (<think>), which max_tokens must hold beside the answer"],
        ),
        (
            tiny.TEMPLATE
            + "{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}",
            ["its chat template can be asked whether the model thinks first (enable_thinking); it is not asked"],
        ),
        (
            tiny.TEMPLATE + "{{ strftime_now('%Y') }}",
            ["its chat template writes the day's date, so that its answers may differ from day to day"],
        ),
        ("{{ raise_exception('no') }}", []),
    ],
)
def test_what_a_template_does_by_itself_is_seen(template: str, notes: list[str]) -> None:
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    words = tiny.tokenizer(template)
    assert template_notes(words) == notes
    assert thought_begun(words) == ("<think>\n" if "begins a thought" in "".join(notes) else "")


def test_marks_of_thoughts_stay_in_an_answer_where_they_are_special_tokens() -> None:
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    words = tiny.tokenizer()
    words.add_special_tokens({"additional_special_tokens": ["<|START_THINKING|>", "<|END_THINKING|>", "<|user|>"]})
    drawn = words("<|START_THINKING|>7, או 9?<|END_THINKING|><|user|>Nine.", add_special_tokens=False)["input_ids"]
    assert answer_text(words, drawn) == "<|START_THINKING|>7, או 9?<|END_THINKING|>Nine."
    assert answer_text(words, []) == "" and answer_text(words, drawn[1:3]) == "7,"
