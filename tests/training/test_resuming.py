"""The checkpoint that a run goes on from."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.training.provenance import FILE
from polypref.training.resuming import checkpoint, refuse_earlier_run, refuse_other_adapter

from .test_train import words


def checkpoint_of(given, folder):
    return checkpoint(SimpleNamespace(resume_from_checkpoint=given, output_dir=str(folder)))


def test_true_is_the_last_one_and_a_folder_is_itself(tmp_path):
    for step in (2, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    assert checkpoint_of("true", tmp_path) == checkpoint_of(True, tmp_path) == str(tmp_path / "checkpoint-10")
    assert checkpoint_of(str(tmp_path / "checkpoint-2"), tmp_path) == str(tmp_path / "checkpoint-2")
    assert checkpoint_of(None, tmp_path) is checkpoint_of("False", tmp_path) is checkpoint_of("no", tmp_path) is None


def test_where_there_is_none_it_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no checkpoint at nowhere; give its folder, or true"):
        checkpoint_of("nowhere", tmp_path)
    for folder in (tmp_path, tmp_path / "later"):
        with pytest.raises(UserError, match="has no checkpoint to go on from; leave resume_from_checkpoint out"):
            checkpoint_of("true", folder)


def test_a_folder_that_is_no_whole_checkpoint_is_a_sentence(tmp_path):
    (tmp_path / "checkpoint-4").mkdir()
    for given in ("true", str(tmp_path / "checkpoint-4")):
        with pytest.raises(UserError, match=r"checkpoint-4 is no whole checkpoint: it has no trainer_state.json; give"):
            checkpoint_of(given, tmp_path)


def test_it_is_looked_for_before_data_and_model_are_loaded(train, models, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "build_trainer", lambda *_: pytest.fail("loaded"))
    with pytest.raises(UserError, match="no checkpoint at nowhere"):
        train.main(words(models["Llama"], pairs, tmp_path / "out", "--resume_from_checkpoint", "nowhere"))


@pytest.mark.parametrize("kept", ["checkpoint-2", "model.safetensors", "adapter_model.bin"])
def test_a_folder_with_an_earlier_run_is_not_written_over(kept, tmp_path):
    out = tmp_path / "out"
    refuse_earlier_run(out, None)
    out.mkdir()
    (out / FILE).touch()
    (out / "README.md").touch()
    refuse_earlier_run(out, None)  # of a run that had nothing to save yet
    (out / kept).touch()
    go_on = "go on from it with resume_from_checkpoint: true, " * kept.startswith("checkpoint")
    sentence = f"^output_dir {out} has {kept} of an earlier run, which this one would write over; {go_on}name another "
    with pytest.raises(UserError, match=sentence):
        refuse_earlier_run(out, None)
    with pytest.raises(UserError, match=sentence):
        refuse_earlier_run(out, str(tmp_path / "elsewhere" / "checkpoint-2"))
    refuse_earlier_run(out, str(tmp_path / "elsewhere" / ".." / "out" / "checkpoint-2"))


@pytest.mark.slow
def test_a_second_run_into_a_folder_leaves_all_of_the_first_as_it_was(train, models, pairs, tmp_path):
    out = tmp_path / "out"

    def files():
        return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    given = words(models["Llama"], pairs, out, "--save_strategy", "steps", "--save_steps", "1")
    train.main(given)
    before = files()
    assert out / FILE in before
    with pytest.raises(
        UserError, match=r"has checkpoint-1 of an earlier run, .* with resume_from_checkpoint: true, name"
    ):
        train.main([*given, "--seed", "7"])
    assert files() == before
    train.main([*given, "--resume_from_checkpoint", "true", "--max_steps", "3"])
    assert (out / "checkpoint-3").is_dir()


@dataclass
class Model:
    model_name_or_path: str = "org/m"
    use_peft: bool = True
    lora_r: int = 16


def test_a_checkpoint_of_another_kind_of_weights_is_refused(tmp_path):
    adapter, whole = tmp_path / "adapter", tmp_path / "whole"
    adapter.mkdir()
    whole.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 16, "base_model_name_or_path": "org/m"}', "utf-8")
    (whole / "model.safetensors").touch()
    refuse_other_adapter(str(adapter), Model())
    refuse_other_adapter(str(whole), Model(use_peft=False))
    # Begun with an adapter of its own, whose base is another name.
    refuse_other_adapter(str(adapter), Model("org/adapter", use_peft=False))
    for folder, model, sentence in (
        (adapter, Model(use_peft=False), "is of LoRA .use_peft., and use_peft is false"),
        (adapter, Model(lora_r=8), "is of LoRA with lora_r 16, and lora_r is 8"),
        (whole, Model(), "is of a whole model, and use_peft is true"),
    ):
        with pytest.raises(UserError, match=f"{sentence}; train as it was, or leave resume_from_checkpoint out"):
            refuse_other_adapter(str(folder), model)
    (adapter / "adapter_config.json").write_text("{", "utf-8")
    with pytest.raises(UserError, match=r"adapter_config\.json is not JSON"):
        refuse_other_adapter(str(adapter), Model())
