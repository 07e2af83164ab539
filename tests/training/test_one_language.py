"""The recipes for one language: what they are for moves, and rows of other languages take no part."""

import json
import math
import re

import pytest

from tests.conftest import ROOT

from . import tiny
from .test_train import same

#: What a tiny model on a CPU has otherwise: sizes, and 4 bits, which need a GPU.
SMALL = ["--dataset_config", "default", "--dtype", "float32", "--load_in_4bit", "false", "--learning_rate", "1e-2",
         "--per_device_train_batch_size", "4", "--gradient_accumulation_steps", "1", "--gradient_checkpointing",
         "false", "--save_strategy", "no", "--eval_strategy", "epoch", "--logging_steps", "1"]  # fmt: skip
COUNTS = {"it": 16, "ar": 8, "uk": 24}


def words(recipe, data, *more):
    return ["--config", recipe, "--dataset_name", str(data), *SMALL, *map(str, more)]


def figures(folder):
    return json.loads((folder / "eval_results.json").read_text("utf-8"))


def adapter(folder):
    from safetensors.torch import load_file

    return load_file(folder / "adapter_model.safetensors")


def other_text(languages):
    """Rows of these languages with another chosen answer."""
    return lambda row: (
        row | {"chosen": tiny.turn("assistant", f"niente {row['pair_id']}")} if row["language"] in languages else row
    )


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["anita_sft", "anita_dpo"])
def test_rows_of_other_languages_take_no_part(recipe, train, models, tmp_path):
    def trained(name, changed):
        data = tiny.dataset(tmp_path / name / "d", COUNTS, edit=other_text(changed))
        more = ["--model_name_or_path", models["Llama"], "--max_steps", 2, "--output_dir", tmp_path / name / "out"]
        return train.main(words(recipe, data, *more))

    plain, others, own = trained("plain", ()), trained("others", ("ar", "uk")), trained("own", ("it",))
    assert same(adapter(plain), adapter(others)) and not same(adapter(plain), adapter(own))
    record = json.loads((plain / "training_provenance.json").read_text("utf-8"))
    assert record["languages"] == {"it": {"rows": 16, "taken": 16}}
    names = list(figures(plain))
    assert "eval_it_loss" in names and not [name for name in names if name.startswith(("eval_ar", "eval_uk"))]


@pytest.mark.slow
def test_the_two_stages_with_the_lines_between_them_move_what_they_are_for(train, models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = tiny.dataset(tmp_path / "d", COUNTS)
    page = (ROOT / "training/README.md").read_text("utf-8")
    merging = re.search(r"\n## One language\n.*?```python\n(.*?)```", page, re.DOTALL)[1]
    more = ["--num_train_epochs", 4, "--warmup_steps", 0]
    first = train.main(words("anita_sft", data, "--model_name_or_path", models["Llama"], *more))
    # Random weights begin at the logarithm of the size of the vocabulary.
    assert figures(first)["eval_it_loss"] < math.log(len(tiny.tokenizer())) - 0.2
    exec(compile(merging, "training/README.md", "exec"), {})
    second = figures(train.main(words("anita_dpo", data, *more)))
    assert second["eval_it_rewards/margins"] > 0.1 and second["eval_it_rewards/accuracies"] == 1.0
