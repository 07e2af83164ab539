"""Which rows have no place in which form, and why: of every kind of row, in every form."""

import pytest

from polypref.exports import misfits
from polypref.exports.table import FORMS

from .samples import PAIRS, assistant, pair, user

LEFT_OUT = {
    "llama_factory": {
        "thought": "thoughts",
        "unasked": "turns that do not alternate",
        "named": "a name of a speaker",
        "spoken": "words beside a call of a tool",
        "reminded": "a system turn further on",
    },
    "openrlhf": {
        **dict.fromkeys(("called", "answered", "spoken"), "tools"),
        "thought": "thoughts",
        "named": "a name of a speaker",
    },
    "trl_kto": {},
    "jsonl": {},
}
LEFT_OUT |= dict.fromkeys(("nemo_rl", "open_instruct", "verl"), LEFT_OUT["openrlhf"])
LEFT_OUT["llama_factory_kto"] = LEFT_OUT["llama_factory"]
LEFT_OUT["axolotl_kto"] = LEFT_OUT["openrlhf"] | dict.fromkeys(
    ("turns", "reminded", "unasked"), "a prompt of more than a question"
)
LEFT_OUT["axolotl"] = LEFT_OUT["openrlhf"] | {
    "spaced": "an answer with white space around it",
    "dummy": "an answer that is part of axolotl's dummy turn",
}
LEFT_OUT["rewardbench"] = LEFT_OUT["openrlhf"] | {
    **dict.fromkeys(("system", "reminded"), "a system turn"),
    "unasked": "turns that do not alternate",
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_rows_without_a_place_in_a_form(form):
    assert {name: reason for name, row in PAIRS.items() if (reason := form.misfit(row))} == LEFT_OUT[form.name]


def test_an_answer_is_one_turn():
    row = pair(1, "de", [user("Hallo.")], assistant("Hallo."), user("Hallo?"))
    assert misfits.several_turns(row) == "an answer of several turns"


def test_a_conversation_that_the_assistant_ends_does_not_alternate():
    row = pair(1, "de", [user("Hallo."), assistant("Ja?")], assistant("Hallo."), assistant("Nein."))
    assert misfits.no_alternation(row) == "turns that do not alternate"
