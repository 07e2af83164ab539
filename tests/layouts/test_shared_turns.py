"""What conversations of answers share: the prompt as TRL takes it, and the system message."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.files.cells import Bad
from polypref.layouts.shared_turns import shared_prompt, with_shared_system
from tests.layouts.interpreted import turns_of

SHORT, LONG, EMPTY = (turns_of(("system", text)) for text in ("Σύντομα.", "Αναλυτικά.", " \u200b"))
ASKED = turns_of(("user", "Τι;"))


def why(histories, texts=()):
    with pytest.raises(Bad) as error:
        shared_prompt(histories, texts)
    return error.value.reason, error.value.detail


def test_the_turns_that_all_begin_with_are_the_prompt():
    assert shared_prompt([ASKED, ASKED]) == shared_prompt([ASKED, []]) == shared_prompt([ASKED]) == ASKED
    longer = [*ASKED, *turns_of(("assistant", "Αυτό."), ("user", "Γιατί;"))]
    assert shared_prompt([longer, ASKED]) == shared_prompt([ASKED, longer]) == ASKED
    assert shared_prompt([[*EMPTY, *ASKED], turns_of(("user", "Τι; "))]) == ASKED


def test_answers_that_nobody_asked_the_same_have_no_prompt():
    assert why([]) == why([[], []]) == ("no_prompt", "no answer stands in a conversation")
    transcript = "\n\nHuman: Τι;\n\nAssistant: Αυτό."
    assert why([[], []], ["Αυτό.", transcript]) == ("transcript_in_text", "Human: Τι;\n\nAssistant: Αυτό.")
    assert why([[]], [None, json.dumps(ASKED)])[0] == "serialised_turns_in_text"
    assert why([ASKED, [*SHORT, *ASKED]]) == (
        "answer_to_another_prompt",
        "turn 1 (system) of 2 is not that of another answer",
    )
    two = [[*ASKED, *turns_of(("assistant", answered), ("user", "Γιατί;"))] for answered in ("Α", "Α", "Β")]
    assert why(two) == ("answer_to_another_prompt", "turn 2 (assistant) of 3 is not that of another answer")
    assert why([turns_of(("assistant", "Α"))])[0] == "prompt_does_not_end_with_user"


def test_a_shared_system_message_comes_first():
    assert with_shared_system(ASKED, [[*SHORT, *ASKED]] * 2) == [*SHORT, *ASKED]
    assert with_shared_system(ASKED, [[*SHORT, *ASKED], [*SHORT, *turns_of(("user", "Ποιος;"))]]) == [*SHORT, *ASKED]


@pytest.mark.parametrize("other", [[], ASKED, [*LONG, *ASKED], [*EMPTY, *ASKED]])
def test_a_system_message_that_is_not_shared_changes_nothing(other):
    for histories in ([[*SHORT, *ASKED], other], [other, [*SHORT, *ASKED]], [other]):
        if histories != [[*LONG, *ASKED]]:
            assert with_shared_system(ASKED, histories) is ASKED
    assert with_shared_system([*SHORT, *ASKED], [[*LONG, *ASKED]]) == [*SHORT, *ASKED]
    assert with_shared_system(ASKED, []) is ASKED


TEXT = some.sampled_from(["a", "b", "c"])
TURNS = some.lists(some.tuples(some.sampled_from(["user", "assistant"]), TEXT), min_size=1, max_size=6)


@settings(max_examples=200)
@given(TURNS, TURNS)
def test_it_is_the_longest_common_beginning_or_a_reason(one, other):
    """As TRL's extract_prompt takes it: up to the first turn in which the two differ."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    try:
        prompt = shared_prompt([turns_of(*one), turns_of(*other)])
    except Bad as bad:
        alternate = [role for role, _ in one[:at]] == ["user", "assistant"] * (at // 2) + ["user"]
        assert not alternate or (bad.reason == "answer_to_another_prompt" and at not in (len(one), len(other)))
    else:
        assert prompt == turns_of(*one[:at]) and prompt[-1]["role"] == "user"
