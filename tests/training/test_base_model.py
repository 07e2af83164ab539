"""The model that training begins with."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.training import data
from polypref.training.base_model import check_named, find_model, is_here, refuse_bits, refuse_revision, refuse_scorer


def test_a_name_is_needed():
    assert check_named("m") == "m"
    with pytest.raises(UserError, match=r"^no model: give model_name_or_path"):
        check_named(None)


def test_the_hub_is_not_asked_for_what_cannot_be_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("transformers.utils.cached_file", lambda *_, **__: pytest.fail("the Hub was asked"))
    for name in ("./nope", "/tmp/none/such", "build/loop/nope"):
        for look in (is_here, lambda one: find_model(one, None)):
            with pytest.raises(
                UserError, match=f"^no model {name}: no folder here, and no name of a model on the Hub; "
            ):
                look(name)
    assert not is_here("org/m") and not is_here("gpt2")


def test_a_hub_that_does_not_answer_is_asked_once(monkeypatch):
    from huggingface_hub.errors import LocalEntryNotFoundError

    asked = []

    def silent(_: str, file: str, **__: object) -> None:
        asked.append(file)
        raise OSError("We couldn't connect") from LocalEntryNotFoundError("offline")

    monkeypatch.setattr("transformers.utils.cached_file", silent)
    with pytest.raises(UserError, match="nor to be had on the Hub, which was not reached; check model_name_or_path"):
        find_model("org/nope", None)
    assert asked == ["config.json"]


def test_a_model_that_is_not_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for name, where in (
        ("folder", "the folder holds no config"),
        ("org/nothere", "neither a folder here, nor to be had on the Hub"),
    ):
        with pytest.raises(UserError, match=f"^no model {name}: {where}.*; check model_name_or_path$"):
            find_model(name, None)
    with pytest.raises(UserError, match=r"^no model org/nothere at revision v1: neither"):
        find_model("org/nothere", "v1")
    for file in ("config.json", "adapter_config.json"):
        Path("folder", file).write_text("{}")
        find_model("folder", None)
        assert is_here("folder")
        Path("folder", file).unlink()


def test_a_revision_that_none_can_be_is_refused_before_the_hub_is_asked(monkeypatch):
    monkeypatch.setattr("transformers.utils.cached_file", lambda *_, **__: pytest.fail("the Hub was asked"))
    with pytest.raises(
        UserError, match=r"^'my branch' is no revision of org/m \(model_revision\); give a branch, a tag"
    ):
        find_model("org/m", "my branch")
    with pytest.raises(UserError, match=r"^'a~1' is no revision of org/d \(dataset_revision\); give a branch, a tag"):
        data.find_dataset("org/d", None, "a~1")


def test_a_revision_of_a_folder_means_nothing(tmp_path):
    with pytest.raises(UserError, match=f"^model_revision 'v1' means nothing for the folder {tmp_path}; leave it out$"):
        refuse_revision(str(tmp_path), "v1")
    refuse_revision(str(tmp_path), "main")
    refuse_revision("org/m", "v1")


@dataclass
class Quantised:
    load_in_4bit: bool = False
    load_in_8bit: bool = False
    use_peft: bool = False
    model_revision: str = "main"


def test_weights_of_few_bits_are_trained_with_an_adapter_only(tmp_path, monkeypatch):
    folder = str(tmp_path)
    for key in ("load_in_4bit", "load_in_8bit"):
        with pytest.raises(UserError, match=rf"^{key} goes with LoRA, .*; write use_peft: true, or leave {key} out$"):
            refuse_bits(folder, Quantised(**{key: True}))
        refuse_bits(folder, Quantised(**{key: True}, use_peft=True))
    refuse_bits(folder, Quantised())
    (tmp_path / "adapter_config.json").write_text("{}")
    refuse_bits(folder, Quantised(load_in_4bit=True))  # which goes on being trained
    # On the Hub its files say whether a model is an adapter.
    there = {"org/adapter": "adapter_config.json"}
    monkeypatch.setattr("transformers.utils.cached_file", lambda name, file, **_: only(there.get(name) == file))
    refuse_bits("org/adapter", Quantised(load_in_4bit=True))
    with pytest.raises(UserError, match=r"^load_in_4bit goes with LoRA"):
        refuse_bits("org/whole", Quantised(load_in_4bit=True))


def only(is_there):
    if not is_there:
        raise OSError("no such file")
    return "path"


def test_a_model_that_scores_is_refused_where_texts_are_to_be_written(tmp_path):
    def config(text: str) -> None:
        (tmp_path / "config.json").write_text(text, "utf-8")

    config('{"architectures": ["LlamaForSequenceClassification"]}')
    for method in ("dpo", "kto", "rloo", "sft"):
        with pytest.raises(UserError, match=rf"scores texts \(LlamaForSequenceClassification\), and method {method} "):
            refuse_scorer(str(tmp_path), method)
    refuse_scorer(str(tmp_path), "reward")
    for other in ('{"architectures": ["LlamaForCausalLM"]}', "{}", '{"architectures": null}', "[]", "no JSON"):
        config(other)
        refuse_scorer(str(tmp_path), "dpo")
    refuse_scorer("org/model", "dpo")
