"""Values of a recipe that are of another type than their key."""

from typing import Literal

import pytest

from polypref.errors import UserError
from polypref.training import ahead, arguments, command_words
from polypref.training.recipes import names, read_recipe
from polypref.training.value_types import refuse_types


class Kind:
    lora_r: int
    beta: float
    use_peft: bool
    eval_strategy: str
    max_length: int | None
    loss_type: list[str]
    loss_weights: list[float] | None
    reward_clip_range: tuple[float, float] | None
    lr_scheduler_kwargs: dict | str | None
    report_to: str | list[str] | None
    trackio_static_space_id: str | Literal[False] | None
    parallelism_config: object
    resume_from_checkpoint: str | None
    language_weights: str | None


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("lora_r", 8.5, "lora_r is 8.5; write a whole number"),
        ("lora_r", None, "lora_r is null; write a whole number, or leave lora_r out"),
        ("lora_r", True, "lora_r is true, as YAML reads yes, no, on and off; write a whole number"),
        ("max_length", [1], "max_length is [1]; write a whole number"),
        ("beta", True, "beta is true, as YAML reads yes, no, on and off; write a number"),
        ("use_peft", None, "use_peft is null; write true or false, or leave use_peft out"),
        ("use_peft", 2, "use_peft is 2; write true or false"),
        ("eval_strategy", False, "eval_strategy is false, as YAML reads yes, no, on and off; write a text, in quotes"),
        ("eval_strategy", 5, "eval_strategy is 5; write a text, in quotes"),
        ("loss_type", [None], "loss_type is [None]; write a list of texts, as in [a, b]"),
        ("loss_weights", 1, "loss_weights is 1; write a list of numbers, as in [1, 0.5]"),
        ("loss_weights", ["1"], "loss_weights is ['1']; write a list of numbers, as in [1, 0.5]"),
        ("report_to", False, "report_to is false, as YAML reads yes, no, on and off; write a text, in quotes"),
        ("lr_scheduler_kwargs", [1], "lr_scheduler_kwargs is [1]; write keys and values, as in {key: value}"),
        ("parallelism_config", True, "parallelism_config is true, as YAML reads yes, no, on and off; write a text, "),
    ],
)
def test_a_value_of_another_type_is_one_sentence(key, value, sentence):
    with pytest.raises(UserError) as caught:
        refuse_types({key: value}, "r.yaml", Kind)
    assert str(caught.value).startswith(f"recipe r.yaml: {sentence}")


def test_values_of_their_type_and_texts_for_the_parser_pass():
    refuse_types({"lora_r": 8, "beta": 1, "use_peft": 0, "max_length": None, "loss_type": ["a"], "of_none": [None]},
                 "r", Kind)  # fmt: skip
    refuse_types(
        {"lora_r": "8", "beta": "5e-7", "use_peft": "no", "loss_type": "a", "loss_weights": [1, 0.5]}, "r", Kind
    )
    refuse_types({"reward_clip_range": [-1, 1.5], "lr_scheduler_kwargs": {}, "report_to": ["a"]}, "r", Kind)
    refuse_types({"trackio_static_space_id": False, "parallelism_config": {}}, "r", Kind)
    # More than TRL's own types say.
    refuse_types({"resume_from_checkpoint": True, "language_weights": {"de": 2}}, "r", Kind)


BASE = ["--dataset_name", "d", "--model_name_or_path", "m", "--use_cpu", "true", "--bf16", "false"]


@pytest.mark.parametrize(
    ("text", "sentence", "early"),
    [
        ("lora_r: 8.5", "lora_r is 8.5; write a whole number", True),
        ("eval_strategy: no", "eval_strategy is false, as YAML reads", True),
        ("train_rows: 5.0", "train_rows is 5.0; write a whole number", True),
        ("dataset_config: 5", "dataset_config is 5; write a text, in quotes", True),
        ("seed: null", "seed is null; write a whole number, or leave seed out", False),
        ("save_strategy: no", "save_strategy is false, as YAML reads", True),
        ("learning_rate: [1]", r"learning_rate is \[1\]; write a number", False),
    ],
)
def test_a_recipe_is_held_against_the_types_of_its_keys(text, sentence, early, tmp_path):
    (tmp_path / "r.yaml").write_text(text, "utf-8")
    words = ["--config", str(tmp_path / "r.yaml"), *BASE]
    values = command_words.recipe_of(words)
    with pytest.raises(UserError, match=f"^recipe .*r.yaml: {sentence}"):
        arguments.parse_words(words)
    if early:  # before TRL is loaded
        with pytest.raises(UserError, match=f"^recipe .*r.yaml: {sentence}"):
            ahead.refuse_early(words, values)


def test_numbers_and_switches_may_be_texts(tmp_path):
    text = (
        "learning_rate: 5e-7\nuse_peft: 'yes'\nlora_r: '8'\nloss_type: robust\nmax_length: null\nwarmup_steps: '.1'\n"
    )
    (tmp_path / "r.yaml").write_text(text, "utf-8")
    _, config, model = arguments.parse_words(["--config", str(tmp_path / "r.yaml"), *BASE])
    assert (config.learning_rate, config.loss_type, config.max_length, config.warmup_steps) == (
        5e-7,
        ["robust"],
        None,
        0.1,
    )
    assert model.use_peft is True and model.lora_r == 8


def test_every_recipe_has_values_of_its_keys_types():
    for name in names():
        recipe = read_recipe(name)
        refuse_types(recipe, name, *arguments._kinds(str(recipe["method"])))
