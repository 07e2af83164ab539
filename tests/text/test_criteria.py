"""A criterion and the system message that says it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.text.criteria import (
    conversation_with_criterion,
    criterion_apart,
    criterion_key,
    says_criterion,
    system_with,
    turns_with_criterion,
    with_criterion,
)

ASKED = [{"role": "user", "content": "שאלה"}]
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(str.strip)


def test_it_stands_behind_what_the_system_message_says() -> None:
    assert with_criterion(ASKED, "Kürzer.") == [{"role": "system", "content": "Kürzer."}, *ASKED]
    own = [{"role": "system", "content": "You are a cook."}, *ASKED]
    assert with_criterion(own, "Kürzer.")[0]["content"] == "You are a cook.\n\nKürzer."
    assert with_criterion(ASKED, None) is ASKED and with_criterion(ASKED, "") is ASKED
    blank = [{"role": "system", "content": " "}, *ASKED]
    assert with_criterion(blank, "Kürzer.") == [{"role": "system", "content": "Kürzer."}, *ASKED]


def test_a_part_of_a_sentence_does_not_say_it() -> None:
    assert not says_criterion("not shorter", "shorter") and not says_criterion("a\nshorter", "shorter")
    assert criterion_apart(ASKED, "shorter") == "shorter"
    assert criterion_apart(with_criterion(ASKED, "shorter"), "shorter") is None and criterion_apart(ASKED, None) is None


@pytest.mark.parametrize("stop", [".", "。", "｡", "।", "۔", "։", "።", "။", "។", "།"])
def test_a_last_full_stop_of_any_script_makes_no_other_criterion(stop: str) -> None:
    assert criterion_key(f"short {stop}") == criterion_key(f"Short{stop}\u200f") == criterion_key("short")
    assert criterion_key(f"a{stop}b") != criterion_key("ab") and criterion_key("short?") != criterion_key("short")


@given(TEXTS, TEXTS)
def test_it_is_written_once(system: str, criterion: str) -> None:
    once = system_with(system, criterion)
    assert says_criterion(once, criterion) and system_with(once, criterion) == once
    turns = (("system", system), ("user", "q"))
    written = turns_with_criterion(turns, criterion)
    assert turns_with_criterion(written, criterion) == written and written[1:] == turns[1:]
    whole = json.dumps([{"role": role, "content": content} for role, content in turns])
    assert json.loads(conversation_with_criterion(whole, criterion) or "")[0]["content"] == written[0][1]


def test_a_whole_conversation_keeps_its_calls() -> None:
    call = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "add", "arguments": {}}}]}
    whole = json.dumps([*ASKED, call])
    written = conversation_with_criterion(whole, "shorter")
    assert json.loads(written or "") == [{"role": "system", "content": "shorter"}, *ASKED, call]
    assert conversation_with_criterion(written, "shorter") == written
    assert conversation_with_criterion(None, "shorter") is None and conversation_with_criterion(whole, "") == whole
