"""Numbers that no training can begin with: TRL and torch would say so much later, with a traceback, or never."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields

from ..errors import UserError
from .library_types import Settings

# Key -> the least value that means something, and whether it means something itself.
_LEAST: dict[str, tuple[float, bool]] = {
    "learning_rate": (0, True),
    "num_train_epochs": (0, False),
    "per_device_train_batch_size": (1, True),
    "per_device_eval_batch_size": (1, True),
    "gradient_accumulation_steps": (1, True),
    "warmup_steps": (0, True),
    "weight_decay": (0, True),
    "max_grad_norm": (0, True),
    "logging_steps": (0, True),
    "seed": (0, True),
    "data_seed": (0, True),
    "max_length": (1, True),
    "max_completion_length": (1, True),
    "num_generations": (2, True),
    "temperature": (0, False),
    "beta": (0, True),
    "reference_tolerance": (0, True),
    "language_objective_step_size": (0, False),
    "max_steps": (1, True),  # transformers takes all below, not -1 alone, for none given, and trains on all rows
    "eval_steps": (0, True),
    "save_steps": (0, True),
    "dataloader_num_workers": (0, True),
    "dataset_num_proc": (1, True),
    "adam_beta1": (0, True),
    "adam_beta2": (0, True),
    "lora_r": (1, True),
    "lora_alpha": (0, False),
    "lora_dropout": (0, True),
    "desirable_weight": (0, True),
    "undesirable_weight": (0, True),
    "center_rewards_coefficient": (0, True),
}
# Key -> what it must be under.
_UNDER = {"adam_beta1": 1, "adam_beta2": 1, "lora_dropout": 1}
# Orders of transformers that need the column of a text's tokens.
_BY_LENGTH = ("group_by_length", "batch_rebalance")
# "inf" is a value of its own: every language has the same share.
_MAY_BE_INFINITE = {"language_temperature"}


def refuse_values(*settings: Settings) -> None:
    """Stops at numbers that mean nothing.

    Args:
        settings: dataclasses, what polypref adds and TRL's own.

    Raises:
        UserError: a number is nan, or infinite where that means nothing, or beyond what its key or method allows, or an
            order is none for the method.
    """
    for one in settings:
        for key, value in _numbers(one):
            if math.isnan(value) or (math.isinf(value) and key not in _MAY_BE_INFINITE):
                raise UserError(f"{key} is {value}; give a finite number")
            least, itself = _LEAST.get(key, (-math.inf, True))
            if value < least or (value == least and not itself):
                raise UserError(f"{key} is {value}; give a number {'of at least' if itself else 'above'} {least:g}")
            if key in _UNDER and value >= _UNDER[key]:
                raise UserError(f"{key} is {value}; give a number under {_UNDER[key]}")
    _refuse_with_method({one.name: getattr(part, one.name) for part in settings for one in fields(part)})


def _refuse_with_method(values: Mapping[str, object]) -> None:
    """Stops at values that mean something with other methods alone."""
    method, order = values.get("method"), str(values.get("train_sampling_strategy"))
    if method in ("dpo", "kto") and values.get("beta") == 0:
        raise UserError(f"beta is 0, with which method {method} learns nothing from pairs; give a number above 0")
    if order in _BY_LENGTH and method in ("dpo", "kto", "reward"):
        raise UserError(
            f"train_sampling_strategy {order} goes by the length of a row's one text, and method {method} has no such; "
            "leave it out"
        )


def _numbers(settings: Settings) -> Iterator[tuple[str, float]]:
    """Keys and numbers of what was set; what a dataclass has by default is its author's."""
    for one in fields(settings):
        value: object = getattr(settings, one.name)
        if value == one.default:
            continue
        for part in value if isinstance(value, list | tuple) else [value]:
            if isinstance(part, int | float) and not isinstance(part, bool):
                yield one.name, part
