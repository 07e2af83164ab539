"""The libraries that models of this process need."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.inference.networks import import_library, place_of, refuse_other_kind, revision_note
from polypref.inference.requests import Kind, Model
from tests.hub import LoopbackHub
from tests.hub.helpers import run
from tests.inference import tiny


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


def test_the_commit_that_was_loaded_is_noted_where_none_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)
    assert revision_note(Model("org/m")) == []
    branch = tmp_path / "hub" / "models--org--m" / "refs" / "main"
    branch.parent.mkdir(parents=True)
    branch.write_text("0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe")
    (note,) = revision_note(Model("org/m"))
    assert note.startswith("it was loaded at revision 0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe, as none was asked for")
    (note,) = revision_note(Model("org/m"), "the model that it adapts, org/m,")
    assert note.startswith("the model that it adapts, org/m, was loaded at revision 0d7cf")
    assert revision_note(Model("org/m", "v1")) == [] and revision_note(Model("../org/m")) == []
    branch.write_text("main")
    assert revision_note(Model("org/m")) == []
    branch.write_text("0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe")
    # A folder of this name is loaded, and not what the Hub has.
    (tmp_path / "org" / "m").mkdir(parents=True)
    assert revision_note(Model("org/m")) == []


CODE = """
import json
from pathlib import Path
from polypref.cli import main
from polypref.inference import Model, Request, Sampling
from polypref.inference.implicit import implicit_reward
from polypref.inference.log import ResponseLog
from polypref.inference.transformers import Transformers

def asked(name, kind="chat"):
    turns = (("user", "hi"), ("assistant", "ho"))
    return Request(Model(name), turns if kind == "score" else turns[:1], Sampling(max_tokens=4), kind=kind)

backend = Transformers(device="cpu")
list(backend.run([asked("org/chat"), asked("org/reward", "score"), asked("org/adapter")]))
noted = {model.name: notes for model, notes in backend.model_notes.notes.items()}
Path("pairs.jsonl").write_text('{"prompt": "a?", "chosen": "b", "rejected": "c"}\\n')
words = ("evaluate-rm", "org/reward", "--at", "transformers", "--data", "pairs.jsonl", "--language", "de")
main([*words, "--out", "rm", "--quiet"])
noted["evaluate-rm"] = json.loads(Path("rm/reward_results.json").read_text())["model"]["notes"]
noted["page"] = Path("rm/reward_report.md").read_text()
folder = Transformers(device="cpu", folder=FOLDER)
list(folder.run([asked("org/chat")]))
noted["folder"] = folder.model_notes.notes.get(Model("org/chat"), [])
learned = implicit_reward(Model("org/chat"), Model("org/before"), device="cpu")
with ResponseLog(Path("log.sqlite")) as log:
    turns = (("user", "hi"), ("assistant", "ho"))
    list(log.ask(learned.backend, [Request(learned.model, turns, kind="score")], served=learned))
    noted["learned"] = log.model_notes(learned)
print(json.dumps(noted))
"""


@pytest.mark.slow
def test_models_of_the_hub_are_noted_with_the_commit_that_was_loaded(tmp_path: Path) -> None:
    """By the libraries' own clients, from a Hub on loopback: of their objects none says it in every version."""
    pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test")
    peft = pytest.importorskip("peft", reason="needs peft: pip install -e '.[dev]', or make test")
    from transformers import AutoModelForCausalLM

    base = tiny.llama(tmp_path / "chat")
    tiny.llama(tmp_path / "reward", score=True)
    lora = peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")
    peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base), lora).save_pretrained(str(tmp_path / "adapter"))
    settings = tmp_path / "adapter" / "adapter_config.json"
    settings.write_text(settings.read_text("utf-8").replace(json.dumps(base), '"org/chat"'), "utf-8")
    tiny.tokenizer().save_pretrained(tmp_path / "adapter")
    home = tmp_path / "home"
    home.mkdir()
    with LoopbackHub() as hub:
        for name, folder in {"chat": "chat", "reward": "reward", "before": "chat"}.items():
            files = {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
            hub.create("models", f"org/{name}").commit({**files, "about.txt": name.encode()})
        code = CODE.replace("FOLDER", repr(base)).replace('"org/adapter"', repr(str(tmp_path / "adapter")))
        printed = run(hub, None, home, f"import os\nos.chdir({str(home)!r})\n{code}")
        heads = {name: hub.repo("models", f"org/{name}").branches["main"] for name in ("chat", "reward", "before")}
    noted = json.loads(printed.strip().splitlines()[-1])
    sentence = {name: f"it was loaded at revision {head}, as none was asked for" for name, head in heads.items()}
    assert noted["org/chat"][0].startswith(sentence["chat"]) and len(noted["org/chat"]) == 1
    assert noted["org/reward"][0].startswith(sentence["reward"])
    assert noted["evaluate-rm"][0].startswith(sentence["reward"]) and heads["reward"] in noted["page"]
    (of_adapter,) = noted[str(tmp_path / "adapter")]
    assert of_adapter.startswith(f"the model that it adapts, org/chat, was loaded at revision {heads['chat']}")
    assert noted["folder"] == []
    # Of two models that are asked as one, both.
    for name, line in zip(("chat", "before"), noted["learned"], strict=True):
        assert line.startswith(f"org/{name}: {sentence[name]}")
