"""Pairs as `polypref inspect` shows them."""

import json

import pytest
from rich.console import Console

from polypref.pages import sample_pairs
from polypref.pages.sample_pairs import ShownAnswer, ShownPair, show_pair
from polypref.release.folder import read_provenance
from tests.whole_turns import ROWS, dataset


def printed(pair, width=200):
    screen = Console(width=width, emoji=False)
    with screen.capture() as got:
        show_pair(screen, pair)
    return got.get()


def test_nothing_in_the_data_of_others_steers_the_terminal():
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnorw\u202c [bold]x[/]\nשורה שנייה"
    answers = {"chosen": ShownAnswer(evil, 1.0, evil), "rejected": ShownAnswer(evil, None, evil)}
    shown = printed(ShownPair(evil, "he", evil, answers, [evil]))
    assert not set("\x1b\x07\x9b\u202e\u202c") & set(shown) and "U+202Egnorw" in shown
    # Lines of a text stay apart, and markup is shown.
    assert any("שורה שנייה" in line and "owned" not in line for line in shown.splitlines())
    assert "[bold]x[/]" in shown


@pytest.mark.slow
def test_a_prompt_of_several_turns_is_shown_with_its_tools(tmp_path):
    folder = dataset(tmp_path)
    pairs = sample_pairs.sample_pairs(folder, read_provenance(folder), "de", 10)
    shown = {len(pair.question.splitlines()): pair.question for pair in pairs}
    assert "Nenne bitte einen tiefen See in Sibirien." in [pair.question for pair in pairs]
    asked = ROWS[0]["prompt"][0]["content"]
    assert shown[2] == f"tools: wetter\nuser: {asked}"
    call = json.dumps({"name": "wetter", "arguments": {"ort": "Köln am Rhein"}}, ensure_ascii=False)
    assert shown[6] == f'tools: wetter\nuser: {asked}\nassistant: ```tool_call\n{call}\n```\ntool: {{"grad": 21}}'
    assert all(line in printed(pair) for pair in pairs for line in pair.question.splitlines())


def test_long_prompts_are_shown_by_their_last_turns():
    turns = [{"role": "user", "content": f"{n} " + "ä" * 300} for n in range(9)]
    names = [json.dumps({"type": "function", "function": {"name": f"tool_{n}"}}) for n in range(99)]
    lines = sample_pairs._shown_prompt(turns, names).splitlines()
    assert lines[0].startswith("tools: tool_0, tool_1, ") and len(lines[0]) <= 202
    assert lines[1] == "(3 turns before)" and len(lines) == 8
    assert lines[2] == f"user: 3 {'ä' * 198} …"
    assert sample_pairs._shown_prompt(turns[:1], []) == turns[0]["content"]
    assert sample_pairs._shown_prompt(turns[:7], []).splitlines()[0] == "(1 turn before)"
