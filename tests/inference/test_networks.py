"""The libraries that models of this process need."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.inference.networks import import_library, place_of, refuse_other_kind, revision_note
from polypref.inference.requests import Kind, Model


def test_a_library_is_imported_when_it_is_asked_for() -> None:
    assert import_library("json", "models") is json


def test_a_missing_library_is_named_with_its_extra() -> None:
    with pytest.raises(
        UserError, match=r"^translation models need no_such_library; run: pip install .*'transformers>="
    ):
        import_library("no_such_library", "translation models")


@pytest.mark.parametrize(
    ("architectures", "kind", "says"),
    [
        (
            ["LlamaForCausalLM"],
            "score",
            "model m is no reward model: it is a LlamaForCausalLM, which writes .* --judge NAME",
        ),
        (["GPT2LMHeadModel"], "score", "is no reward model: it is a GPT2LMHeadModel"),
        (
            ["LlamaForSequenceClassification"],
            "chat",
            "model m is a reward model: .* writes no text; name a model that chats",
        ),
    ],
)
def test_a_model_of_the_other_kind_is_refused(architectures: list[str], kind: Kind, says: str) -> None:
    with pytest.raises(UserError, match=says):
        refuse_other_kind("m", architectures, kind)
    refuse_other_kind("m", architectures, "chat" if kind == "score" else "score")
    refuse_other_kind("m", ["Unheard"], kind)
    refuse_other_kind("m", None, kind)


@pytest.mark.parametrize(
    ("wanted", "gpu", "place"),
    [("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cuda:1", False, "cuda:1")],
)
def test_weights_go_to_the_gpu_where_there_is_one_and_nothing_else_is_said(wanted: str, gpu: bool, place: str) -> None:
    torch: Any = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: gpu))
    assert place_of(torch, wanted) == place


def test_the_commit_that_was_loaded_is_noted_where_none_was_asked_for():
    config = SimpleNamespace(_commit_hash="0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe")
    (note,) = revision_note(Model("org/m"), config)
    assert note.startswith("it was loaded at revision 0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe, as none was asked for")
    assert revision_note(Model("org/m", "v1"), config) == []
    assert revision_note(Model("org/m"), SimpleNamespace(_commit_hash=None)) == []
    assert revision_note(Model("org/m"), SimpleNamespace()) == []
