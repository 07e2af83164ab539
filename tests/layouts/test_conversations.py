"""Prompts and answers in the forms that data hold them in; test_rows has every form of a prompt in a row."""

import pytest

from polypref.files.cells import Bad
from polypref.layouts.conversations import (
    answer_text,
    answer_to,
    clean_cell,
    same_turns,
    split_answer,
)
from tests.layouts.interpreted import turns_of

PROMPT = turns_of(("system", "Σύντομα."), ("user", "Τι;"))
WHOLE = [*PROMPT, *turns_of(("assistant", "Αυτό."))]


def why(call, *arguments):
    with pytest.raises(Bad) as error:
        call(*arguments)
    return error.value.reason, error.value.detail


def test_a_cell_is_cleaned_and_what_is_no_text_is_refused():
    assert clean_cell("a\r\nb\x00</s>") == "a\nb</s>" and clean_cell("b</s>", answer=True) == "b"
    assert why(clean_cell, 3) == ("not_text", "int")
    assert why(clean_cell, Bad("key_twice", "x")) == ("key_twice", "x")
    assert why(clean_cell, "<|im_end|> x")[0] == "chat_template_token"


def test_an_answer_that_repeats_its_prompt_as_a_transcript_is_refused():
    assert answer_text("Q: Τι;\nA: Αυτό.") == "Q: Τι;\nA: Αυτό."  # a dialogue that may have been asked for
    assert why(answer_text, "Q: Τι;\nA: Αυτό.", turns_of(("user", "Τι;")))[0] == "transcript_in_text"
    assert why(answer_text, "[{'role': 'assistant', 'content': 'x'}]")[0] == "serialised_turns_in_text"


def test_the_last_turn_is_the_answer():
    assert split_answer(WHOLE) == (PROMPT, "Αυτό.")
    assert split_answer(turns_of(("assistant", "Αυτό."))) == ([], "Αυτό.")
    assert why(split_answer, PROMPT)[0] == "of_the_user"
    assert why(split_answer, ["x", *WHOLE]) == ("turns_without_roles", "4 turns")


def test_what_stands_before_the_answer_is_the_whole_prompt_in_one_of_its_forms():
    assert answer_to(WHOLE, PROMPT).content == answer_to(WHOLE[1:], PROMPT, PROMPT[1:]).content == "Αυτό."
    assert why(answer_to, WHOLE[1:], PROMPT) == ("to_another_prompt", "turn 1 (user) of 1 is not that of the prompt")
    longer = [*WHOLE, *turns_of(("user", "Γ;"), ("assistant", "Δ"))]
    assert why(answer_to, longer, PROMPT) == ("to_another_prompt", "turn 3 (assistant) of 4 is not that of the prompt")


def test_blanks_and_unicode_forms_make_no_other_turn():
    assert same_turns(turns_of(("user", "e\u0301 ")), turns_of(("system", " "), ("user", "\u200b\u00e9")))
    assert not same_turns(turns_of(("user", "a")), turns_of(("assistant", "a")))
