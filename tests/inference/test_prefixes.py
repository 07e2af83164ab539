"""Beginnings of prompts that a server has read before."""

from hypothesis import given
from hypothesis import strategies as st

from polypref.inference.prefixes import cached_of, prompt_text, shared_beginning

from .loopback import ask


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_the_shared_beginning_is_the_longest(start: str, one: str, other: str) -> None:
    shared = shared_beginning(start + one, start + other)
    assert shared.startswith(start) and (start + one).startswith(shared) and (start + other).startswith(shared)
    longer = len(shared) + 1
    assert (start + one)[:longer] != (start + other)[:longer] or longer > min(len(start + one), len(start + other))


def test_tokens_count_from_1024_on_in_steps_of_128():
    assert [cached_of(n) for n in (0, 1_023, 1_024, 1_151, 1_152, 5_000)] == [0, 0, 1_024, 1_024, 1_152, 4_992]


def test_a_prompt_is_read_turn_by_turn():
    assert prompt_text(ask("a")) == "user\na"
