"""Five steps of DPO with LoRA on the bundled pairs, by `polypref train`, and the adapter against its model."""

from pathlib import Path
from typing import Any

import pytest

import polypref
from tests.evaluation import duel

pytestmark = pytest.mark.models

#: Prompts of each language.
PROMPTS = 3
SETTINGS = {
    "max_steps": 5, "per_device_train_batch_size": 2, "max_length": 256, "learning_rate": 1e-3, "eval_strategy": "no",
    "use_peft": "true", "lora_r": 8, "lora_alpha": 16, "lora_target_modules": "all-linear",
}  # fmt: skip


def moved(adapter: Path) -> int:
    """How many of an adapter's matrices that begin at nothing are something now."""
    from safetensors.torch import load_file

    second = [one for name, one in load_file(adapter / "adapter_model.safetensors").items() if ".lora_B." in name]
    assert second
    return sum(bool(one.abs().max() > 0) for one in second)


def test_five_steps_of_dpo_with_lora_and_an_evaluation(
    smollm2: Path, tmp_path: Path, figures: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    dataset = polypref.build("quickstart", tmp_path / "quickstart", languages="de,en", quiet=True)
    keys = {"model_name_or_path": smollm2, "dataset_name": dataset.path, "dataset_config": "ml-23"} | SETTINGS
    words = [str(word) for key, value in keys.items() for word in (f"--{key}", value)]
    capfd.readouterr()
    duel.run("train", "--config", "tiny_dpo", *words, "--output_dir", tmp_path / "lora", "--logging_steps", 1)
    printed = capfd.readouterr().out
    assert printed.count("'rewards/margins'") == 5, printed
    assert f"saved {tmp_path / 'lora'}" in printed
    assert not (tmp_path / "lora" / "model.safetensors").exists(), "an adapter, and no second copy of the model"
    number = moved(tmp_path / "lora")
    assert number > 0
    figures("what they moved", f"{number} matrices of the adapter ({size(tmp_path / 'lora')})")

    models = [
        {"name": "after 5 steps", "model": str(tmp_path / "lora"), "at": "transformers"},
        {"name": "before", "model": str(smollm2), "at": "transformers"},
    ]
    judge = {"kind": "logprob", "model": str(smollm2), "at": "transformers"}
    asked = {"set": "quickstart", "languages": ["de", "en"], "limit": PROMPTS, "sampling": {"max_tokens": 48}}
    out = duel.evaluate(tmp_path, models=models, judge=judge, **asked)
    (comparison,) = duel.results(out)["comparisons"]
    battles = duel.battles(out).values()
    assert len(battles) == 2 * PROMPTS and [row["unparsed"] for row in comparison["rows"]] == [0, 0]
    # The adapter was loaded, and not its model alone.
    differ = sum(one["answer"] != one["other_answer"] for one in battles)
    assert differ > 0
    for row in comparison["rows"]:
        figures(f"after against before, {row['language']}", f"{row['win_rate']:.3f} by its own letters")
    figures("answers that differ after five steps", f"{differ} of {len(battles)}")
    (after, before) = (one["revision"] for one in duel.results(out)["models"])
    assert after != before


def size(folder: Path) -> str:
    return f"{sum(file.stat().st_size for file in folder.glob('*.safetensors')) / 1e6:.1f} MB"
