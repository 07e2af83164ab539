"""Every recipe, with its model swapped for a tiny one: three steps, and each value found on the trainer."""

from pathlib import Path

import pytest
import yaml

from polypref.training import arguments

from . import tiny

RECIPES = sorted((Path(__file__).resolve().parents[2] / "training" / "recipes").glob("*.yaml"))
FAMILIES = {"aya-23": "Cohere", "aya-expanse": "Cohere2", "Qwen3": "Qwen3", "build/tiny": "Cohere2"}
#: What is swapped: names, sizes that a CPU has no time for, and what needs a GPU.
SWAPPED = {"model_name_or_path", "dataset_name", "dataset_config", "reward_model", "output_dir", "dtype",
           "max_completion_length", "per_device_train_batch_size", "gradient_accumulation_steps", "eval_steps",
           "load_in_4bit", "save_strategy", "num_train_epochs"}  # fmt: skip


def test_there_are_recipes_for_every_method():
    assert {yaml.safe_load(path.read_text("utf-8"))["method"] for path in RECIPES} == set(arguments.METHODS)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_key_has_a_comment_and_is_what_was_parsed(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert all("  # " in line for line in lines)
    recipe = yaml.safe_load(path.read_text("utf-8"))
    parsed = arguments.parse(
        ["--config", str(path), *(["--use_cpu", "true", "--bf16", "false"] if "bf16" not in recipe else [])]
    )
    for key, value in recipe.items():
        assert found(key, *parsed) == expected(key, value), key


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=[] if p.stem == "tiny_dpo" else pytest.mark.slow) for p in RECIPES],
    ids=lambda p: p.stem,
)
def test_a_recipe_runs_and_its_values_are_the_trainers(path, train, models, pairs, tmp_path):
    recipe = yaml.safe_load(path.read_text("utf-8"))
    family = next(family for name, family in FAMILIES.items() if name in recipe["model_name_or_path"])
    model = tiny.model(tmp_path / "model", family, score=recipe["method"] == "reward")
    words = ["--config", path, "--model_name_or_path", model, "--dataset_name", pairs, "--dataset_config", "default",
             "--output_dir", tmp_path / "out", "--dtype", "float32", "--max_steps", 3, "--save_strategy", "no",
             "--per_device_train_batch_size", 4, "--gradient_accumulation_steps", 1,
             "--use_cpu", "true", "--bf16", "false"]  # fmt: skip
    if "load_in_4bit" in recipe:
        words += ["--load_in_4bit", "false"]
    if recipe["method"] == "rloo":
        words += ["--max_completion_length", 8]
    if recipe.get("eval_strategy") == "steps":
        words += ["--eval_steps", 3]
    if "reward_model" in recipe:
        words += ["--reward_model", models["reward"]]
    given = [str(word) for word in words]
    parsed = arguments.parse(given)
    trainer = train.build(*parsed, given)
    trainer.train()
    assert trainer.state.global_step == 3
    for key, value in recipe.items():
        if key not in SWAPPED and not (key == "reward_weights" and recipe.get("reward_combine") == "minimum"):
            assert found(key, parsed[0], trainer.args, parsed[2]) == expected(key, value), key
    if "loss_type" in recipe:
        assert trainer.loss_types == recipe["loss_type"] if recipe["method"] == "dpo" else trainer.loss_type == "kto"
    if recipe.get("use_peft"):
        assert trainer.model.peft_config["default"].r == recipe["lora_r"]
    if "beta" in recipe:
        assert trainer.beta == recipe["beta"]


def found(key, *settings):
    value = next(getattr(one, key) for one in settings if hasattr(one, key))
    return getattr(value, "value", value)


def expected(key, value):
    """As TRL holds it: no tracker is an empty list, and one target module is a name."""
    if key == "lora_target_modules":
        return value[0]
    if key == "report_to":
        return []
    return value
