"""How a model's answers are drawn, as a config says it."""

import math
from dataclasses import fields

from ..errors import UserError
from ..files.json_types import JsonObject
from ..inference import Sampling

#: What a config may say of it.
SAMPLING_KEYS = {one.name for one in fields(Sampling)}


def read_sampling(values: JsonObject, default: Sampling) -> Sampling:
    """Reads how answers are drawn.

    Args:
        values: of SAMPLING_KEYS; a number may be written as a text.
        default: what holds where nothing is said.

    Returns:
        The sampling.

    Raises:
        UserError: a value is no number, or none that can be used; its key and the value.

    >>> read_sampling({"temperature": "0.7"}, Sampling(max_tokens=64))
    Sampling(temperature=0.7, top_p=1.0, max_tokens=64, seed=0)
    """
    heat, share = (_number(values, key, getattr(default, key)) for key in ("temperature", "top_p"))
    tokens, seed = (_number(values, key, getattr(default, key)) for key in ("max_tokens", "seed"))
    for key, fits, wanted in (
        ("temperature", 0 <= heat < 100, "0 or more, under 100"),
        ("top_p", 0 < share <= 1, "a number above 0, up to 1"),
        ("max_tokens", tokens >= 1 and tokens == int(tokens), "a whole number, 1 or more"),
        ("seed", seed == int(seed), "a whole number"),
    ):
        if not fits:
            raise UserError(f"sampling: {key} is {values[key]!r}; give {wanted}")
    return Sampling(float(heat), float(share), int(tokens), int(seed))


def _number(values: JsonObject, key: str, default: float) -> int | float:
    value = values.get(key, default)
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        for kind in (int, float):
            try:
                number = kind(value) if isinstance(value, str) else value
                finite = math.isfinite(number)
            except (ValueError, OverflowError):  # no number, or none that a float holds
                continue
            if finite:
                return number
    raise UserError(f"sampling: {key} is {value!r:.80}, no number; give one")
