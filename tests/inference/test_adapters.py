"""LoRA adapters: what training with LoRA wrote answers as its model changed by it does, and what cannot be loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.inference import Model, Reply, Request, Sampling, adapters
from polypref.inference.transformers import Transformers
from polypref.inference.weights import weights_digest
from tests.inference import tiny


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A tiny model, and an adapter of it with random weights, as peft writes one."""
    for name in ("torch", "transformers", "peft"):
        pytest.importorskip(name, reason="needs transformers and peft: pip install -e '.[dev]', or make test")
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("models")
    base = tiny.llama(folder / "base")
    torch.manual_seed(1)
    lora = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), lora).save_pretrained(str(folder / "adapter"))
    tiny.tokenizer().save_pretrained(folder / "adapter")
    return folder / "base", folder / "adapter"


def answer(folder: Path) -> str:
    asked = Request(Model("org/mine"), (("user", "hi"),), Sampling(max_tokens=8))
    ((_, result),) = Transformers(folder=str(folder)).run([asked])
    assert isinstance(result, Reply)
    return result.text


@pytest.mark.slow
def test_an_adapter_answers_as_its_model_with_the_weights_merged(both: tuple[Path, Path], tmp_path: Path) -> None:
    from peft import AutoPeftModelForCausalLM

    base, adapter = both
    merged = AutoPeftModelForCausalLM.from_pretrained(str(adapter)).merge_and_unload()
    merged.save_pretrained(tmp_path / "merged")
    tiny.tokenizer().save_pretrained(tmp_path / "merged")
    assert answer(adapter) == answer(tmp_path / "merged") != answer(base)


def test_its_digest_is_of_its_model_too(both: tuple[Path, Path], tmp_path: Path) -> None:
    base, adapter = (Path(shutil.copytree(one, tmp_path / one.name)) for one in both)
    settings = json.loads((adapter / "adapter_config.json").read_text("utf-8"))
    settings["base_model_name_or_path"] = str(base)
    (adapter / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    before = weights_digest(adapter)
    assert weights_digest(adapter) == before
    (base / "model.safetensors").write_bytes(b"other")
    assert weights_digest(adapter) != before


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ('"gone/away/base"', r"adapter of gone/away/base, and there is no such folder here; correct base_model_name"),
        ("7", r"adapter_config.json does not say which model the adapter is of .*: 7\); write its Hub id"),
        ('""', "does not say which model"),
    ],
)
def test_an_adapter_without_its_model_is_a_sentence(named: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(f'{{"base_model_name_or_path": {named}}}', "utf-8")
    with pytest.raises(UserError, match=message):
        adapters.source_of_config({"pretrained_model_name_or_path": str(tmp_path)}, "m", "chat")


@pytest.mark.parametrize("text", ['{"base_model_name_or_path": "a', "[1]", "[" * 100_000])
def test_settings_that_are_no_json_are_not_said_to_be_polyprefs(text: str, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(text, "utf-8")
    with pytest.raises(UserError, match=r"adapter_config\.json is no JSON object") as refused:
        adapters.adapted_model(tmp_path)
    assert "delete" not in str(refused.value), "the adapter's weights are in that folder"


def test_reward_models_and_a_machine_without_peft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "ORG/NAME"}', "utf-8")
    source = {"pretrained_model_name_or_path": str(tmp_path)}
    with pytest.raises(UserError, match=r"of reward models whole ones are loaded: merge it into ORG/NAME"):
        adapters.source_of_config(source, "m", "score")
    monkeypatch.setattr(adapters, "find_spec", lambda name: object())
    assert adapters.source_of_config(source, "m", "chat") == {"pretrained_model_name_or_path": "ORG/NAME"}
    monkeypatch.setattr(adapters, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="model m is an adapter, which needs the package peft; run: pip install peft"):
        adapters.source_of_config(source, "m", "chat")


def test_a_whole_model_is_none(tmp_path: Path) -> None:
    assert adapters.adapted_model(tmp_path) is None
    (tmp_path / "adapter_config.json").write_text("{}", "utf-8")
    (tmp_path / "config.json").write_text("{}", "utf-8")
    assert adapters.adapted_model(tmp_path) is None
