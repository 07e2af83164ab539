"""Settings of a run's record by what they mean: several can be written in more than one way.

A record has a setting as it was written, and none that has its default.
"""

import math
import posixpath
from collections.abc import Callable, Mapping

from ..files.json_types import Json, JsonObject
from .arguments import read_rates, read_weights
from .maxmin import METRIC

#: Settings that say which rows are trained on. How many of each language that are is in the record too.
OF_ROWS = ("languages", "held_out_languages", "language_temperature", "language_weights", "train_rows")

# Of transformers.
_SEED = 42
# Of model_init_kwargs what has the same weights computed otherwise.
_OF_COMPUTING = {
    "dtype",
    "torch_dtype",
    "attn_implementation",
    "device_map",
    "max_memory",
    "low_cpu_mem_usage",
    "use_cache",
}
_ADAM = ("adamw_torch", "adamw_torch_fused")  # the same steps; transformers takes one by the version of torch


def meaning_of(key: str, settings: JsonObject, method: str) -> object:
    """What a setting means, so that two that mean the same are equal.

    Args:
        key: of polypref's settings or of TRL's.
        settings: those of the record that are not left out.
        method: that is trained with.

    Returns:
        Something to compare with the meaning of the same key in another record.
    """
    value = settings.get(key)
    if key == "language_objective_metric" and value is None and settings.get("language_objective") == "maxmin":
        return METRIC.get(method)
    if key == "data_seed":  # of rows' order by transformers; KTO has it fixed, and RLOO takes the other one
        return None if method in ("kto", "rloo") or value in (None, settings.get("seed", _SEED)) else value
    return _WAYS[key](value) if key in _WAYS and value is not None else value


def _shares(value: Json) -> object:
    weights = read_weights(value)
    return {tag: round(weight / sum(weights.values()), 9) for tag, weight in weights.items()}


def _set_of(value: Json) -> object:
    """Names in any order; none is as if there were no setting."""
    return sorted(map(str, value)) if isinstance(value, list) and value else None


def _list_of(value: Json) -> Json:
    """One name may stand for a list of it."""
    return [value] if isinstance(value, str) else value


def _names_of(value: Json) -> object:
    """Names in any order, one of which may stand for a list of it."""
    return _set_of(_list_of(value))


def _of_weights(value: Json) -> object:
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if key not in _OF_COMPUTING} or None


def is_same_warm_up(then: JsonObject, now: JsonObject, steps: int) -> bool:
    """Whether warm-ups take as many steps, which below 1 are a share of all.

    Args:
        then, now: TRL's settings.
        steps: that the run then was to have; 0 where that is not known.

    Returns:
        False where only a share is known too.
    """
    asked = now.get("max_steps")
    ends = (steps, asked if isinstance(asked, int) and asked > 0 else steps)
    first, second = (_warm_up(one.get("warmup_steps"), end) for one, end in zip((then, now), ends, strict=True))
    return first is not None and first == second


def _warm_up(value: Json, steps: int) -> int | None:
    if not isinstance(value, int | float):
        return 0
    if value >= 1 or not value:
        return int(value)
    return math.ceil(value * steps) if steps else None


def _even_weights(value: Json) -> object:
    """Weights that are all 1 are none."""
    if not isinstance(value, list):
        return value
    weights = [float(one) for one in value if isinstance(one, str | int | float)]
    return None if all(weight == 1 for weight in weights) else weights


def _normal_path(value: Json) -> object:
    return posixpath.normpath(value) if isinstance(value, str) else value


_WAYS: Mapping[str, Callable[[Json], object]] = {
    "languages": _set_of,
    "held_out_languages": _set_of,
    "language_weights": _shares,
    "language_temperature": lambda value: None if value == 1 else value,  # the shares of the data
    "flip_rates": read_rates,
    "reward_model": _normal_path,
    "reward_model_revision": lambda value: None if value == "main" else value,
    "loss_type": _list_of,
    "loss_weights": _even_weights,
    "reward_weights": _even_weights,
    "lr_scheduler_kwargs": lambda value: value or None,
    "generation_kwargs": lambda value: value or None,
    "chat_template_kwargs": lambda value: value or None,
    "model_init_kwargs": _of_weights,
    "optim": lambda value: None if value in _ADAM else value,
    "lora_target_modules": _names_of,
    "lora_target_parameters": _names_of,
    "lora_modules_to_save": _names_of,
}  # fmt: skip


def rows_of(record: JsonObject) -> dict[str, tuple[Json, Json]] | None:
    """Of each language that is trained on the rows there are and those that are taken.

    Args:
        record: of a run.

    Returns:
        By language; None where the record does not say, or counts what was read of a stream.
    """
    own, counts = record.get("polypref"), record.get("languages")
    if (isinstance(own, dict) and own.get("streaming")) or not isinstance(counts, dict) or not counts:
        return None
    if not all(isinstance(one, dict) for one in counts.values()):
        return None
    return {tag: (one.get("rows"), one.get("taken")) for tag, one in counts.items() if isinstance(one, dict)}
