"""A request's key stands for all that can change its answer, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from polypref.inference import Model, Reply, Request, Sampling, messages


def ask(text: str, **more: Any) -> Request:
    return Request(Model("m"), (("user", text),), **more)


@pytest.mark.parametrize(
    "change",
    [
        {"model": Model("m2")},
        {"model": Model("m", "r2")},
        {"messages": (("user", "b"),)},
        {"messages": (("system", "a"),)},
        {"messages": (("user", "a"), ("assistant", ""))},
        {"sampling": Sampling(temperature=0.1)},
        {"sampling": Sampling(top_p=0.9)},
        {"sampling": Sampling(max_tokens=1)},
        {"sampling": Sampling(seed=1)},
        {"schema": "{}"},
        {"kind": "score"},
    ],
)
def test_whatever_can_change_the_answer_changes_the_key(change):
    assert replace(ask("a"), **change).key != ask("a").key == ask("a").key


def test_what_cannot_change_the_answer_does_not():
    assert replace(ask("a"), model=Model("m", licence="mit")).key == ask("a").key
    scored = replace(ask("a"), kind="score")
    assert replace(scored, sampling=Sampling(seed=5)).key == scored.key


def test_the_languages_are_part_of_what_is_asked() -> None:
    keys = {ask("a", task=task).key for task in (("en", "de"), ("en", "fr"), ("fr", "en"), None)}
    assert len(keys) == 4


def test_a_key_is_the_same_in_every_version() -> None:
    """Response logs of before are looked up by it."""
    request = Request(Model("lab/m", "r1"), (("system", "ענה"), ("user", "\ud83d?")), Sampling(0.7, 0.9, 8, 5), "{}")
    assert request.key == KEY
    assert ask("a", kind="score", task=("en", "de")).key == SCORED


KEY = "a3c97a8513a555ae7d7318b811be92cb7a513ff196d6c4f8ced353a74df6da20"
SCORED = "175103c61659d8c19dad039ad33285718d1720081949be1c86cd80676d669da7"


def test_a_conversation_is_roles_and_texts_there_and_back() -> None:
    turns = messages([{"role": "user", "content": "?", "id": 3}, {"role": "assistant", "content": "!"}])
    assert turns == (("user", "?"), ("assistant", "!"))
    assert Request(Model("m"), turns).conversation == [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "!"},
    ]


def test_by_which_name_a_model_was_served_is_no_part_of_an_answer() -> None:
    assert Reply("a", served="one") == Reply("a", served="other") != Reply("b", served="one")
