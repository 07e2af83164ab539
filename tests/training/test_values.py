"""Numbers that no training can begin with."""

import math
from dataclasses import dataclass, field, make_dataclass

import pytest

from polypref.errors import UserError
from polypref.training.values import refuse_values


@dataclass
class Settings:
    learning_rate: float = 1e-6
    num_generations: int = 4
    temperature: float = 1.0
    reward_weights: list[float] | None = None
    language_temperature: float | None = None
    logging_steps: float = 10
    of_trl: float = math.inf
    bf16: bool = True
    names: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rate": math.nan}, "learning_rate is nan; give a finite number"),
        ({"learning_rate": math.inf}, "learning_rate is inf; give a finite number"),
        ({"learning_rate": -1e-6}, "learning_rate is -1e-06; give a number of at least 0"),
        ({"num_generations": 1}, "num_generations is 1; give a number of at least 2"),
        ({"temperature": 0.0}, "temperature is 0.0; give a number above 0"),
        ({"reward_weights": [1.0, math.nan]}, "reward_weights is nan; give a finite number"),
        ({"of_trl": math.nan}, "of_trl is nan"),
        ({"language_temperature": math.nan}, "language_temperature is nan"),
    ],
)
def test_a_number_that_means_nothing_is_named(values, message):
    with pytest.raises(UserError, match=message):
        refuse_values(Settings(), Settings(**values))


def test_what_means_something_passes():
    # Of TRL's own values an infinite one is its default; the shares of languages may be levelled to the last.
    refuse_values(Settings(learning_rate=0.0, reward_weights=[0.0, -1.0], language_temperature=math.inf, names=["nan"]))


#: What the least value is of what TRL and polypref count, wait or divide by; `(` for a value beyond which it must be.
LEAST = {
    ("learning_rate", "warmup_steps", "weight_decay", "max_grad_norm", "logging_steps", "seed", "data_seed"): "[0",
    ("beta", "reference_tolerance"): "[0",
    ("num_train_epochs", "temperature"): "(0",
    ("per_device_train_batch_size", "per_device_eval_batch_size", "gradient_accumulation_steps"): "[1",
    ("max_length", "max_completion_length"): "[1",
    ("num_generations",): "[2",
    ("max_steps", "lora_r", "dataset_num_proc"): "[1",
    ("eval_steps", "save_steps", "dataloader_num_workers"): "[0",
    ("desirable_weight", "undesirable_weight", "center_rewards_coefficient"): "[0",
    ("lora_alpha",): "(0",
}


@pytest.mark.parametrize(("keys", "least"), LEAST.items())
def test_the_least_of_each_number(keys, least):
    bound = int(least[1])
    for key in keys:
        one = make_dataclass("One", [(key, float, 99.0)])
        refuse_values(one(**{key: bound + 1}))
        if least[0] == "[":
            refuse_values(one(**{key: bound}))
        for below in (bound - 1, bound - 0.001, *([bound] if least[0] == "(" else [])):
            with pytest.raises(UserError, match=f"^{key} is {below}; give a number "):
                refuse_values(one(**{key: below}))


@pytest.mark.parametrize("key", ["adam_beta1", "adam_beta2", "lora_dropout"])
def test_a_share_is_at_least_0_and_under_1(key):
    one = make_dataclass("One", [(key, float, 0.5)])
    refuse_values(one(**{key: 0.0}), one(**{key: 0.999}))
    for wrong, sentence in ((1.0, "give a number under 1"), (-0.1, "give a number of at least 0")):
        with pytest.raises(UserError, match=f"^{key} is {wrong}; {sentence}"):
            refuse_values(one(**{key: wrong}))


def test_no_number_of_steps_is_what_trl_has_by_default():
    refuse_values(make_dataclass("One", [("max_steps", int, -1)])())


@dataclass
class OfMethod:
    method: str = "dpo"
    beta: float = 0.1
    train_sampling_strategy: str = "random"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"beta": 0.0}, "^beta is 0, with which method dpo learns nothing from pairs; give a number above 0$"),
        ({"method": "kto", "beta": 0.0}, "^beta is 0, with which method kto"),
        ({"train_sampling_strategy": "group_by_length"}, "^train_sampling_strategy group_by_length goes by the length"),
        ({"method": "reward", "train_sampling_strategy": "batch_rebalance"}, "^train_sampling_strategy batch_rebalanc"),
    ],
)
def test_a_value_that_other_methods_have_is_named(values, message):
    with pytest.raises(UserError, match=message):
        refuse_values(OfMethod(**values))
    refuse_values(OfMethod(**values | {"method": "rloo", "train_sampling_strategy": "random"}))
    refuse_values(OfMethod(**values | {"method": "sft"}))
