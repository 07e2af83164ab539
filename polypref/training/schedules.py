"""Schedules of the learning rate: transformers makes them in the first step, after data and model are loaded."""

import math
import warnings
from collections.abc import Mapping
from typing import Protocol

from ..errors import UserError
from ..files.json_types import Json

# They change the rate by figures of the run, which there are none of yet.
_BY_FIGURES = ("reduce_lr_on_plateau", "greedy")
# transformers hands them nothing, without a word.
_WITHOUT_MORE = ("constant", "constant_with_warmup")
# As many as a schedule is tried on: its first step, warm-up, middle and end.
_STEPS = 20


class Scheduled(Protocol):
    """Settings of a schedule; TRL's have these among others."""

    @property
    def lr_scheduler_type(self) -> str:
        """Its name, one of transformers' own."""

    @property
    def lr_scheduler_kwargs(self) -> Mapping[str, Json] | None:
        """What it is given beside the steps."""

    @property
    def learning_rate(self) -> float:
        """What it begins with."""


def refuse_schedule(config: Scheduled) -> None:
    """Stops at a schedule that cannot be had, by going through a short one.

    Args:
        config: lr_scheduler_type, lr_scheduler_kwargs and learning_rate are read.

    Raises:
        UserError: transformers refuses the keys or values of lr_scheduler_kwargs, or needs one that is missing.
    """
    kind, given = config.lr_scheduler_type, config.lr_scheduler_kwargs or {}
    name = str(getattr(kind, "value", kind))
    if not isinstance(given, Mapping):
        raise UserError(f"lr_scheduler_kwargs is {given!r}; write keys and values, as in {{min_lr_rate: 0.1}}")
    if given and name in _WITHOUT_MORE:
        raise UserError(
            f"lr_scheduler_type {name} takes no lr_scheduler_kwargs ({', '.join(map(str, given))}); leave them out, or "
            "name another schedule"
        )
    try:
        if odd := [key for key, value in given.items() if isinstance(value, float) and not math.isfinite(value)]:
            raise ValueError(f"{odd[0]} is no finite number")
        _go_through(config, name, given)
        return
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        why = " ".join(str(error).split())[:300]
    shown = ", ".join(f"{key}: {value!r}" for key, value in given.items()) or "none"
    raise UserError(
        f"lr_scheduler_type {name} cannot be had with lr_scheduler_kwargs {shown[:200]}: {why}; give what it takes as "
        "lr_scheduler_kwargs, or another lr_scheduler_type"
    )


def _go_through(config: Scheduled, name: str, given: Mapping[str, Json]) -> None:
    """Takes the steps of a short run."""
    import torch
    from transformers import get_scheduler

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=config.learning_rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schedule = get_scheduler(config.lr_scheduler_type, optimizer, 2, _STEPS, dict(given))
        for _ in range(0 if name in _BY_FIGURES else _STEPS):
            optimizer.step()
            schedule.step()
