"""Schedules of the learning rate that transformers would only refuse in the first step."""

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.training.arguments import parse_words
from polypref.training.schedules import refuse_schedule


def refuse(name, given=None, rate=1e-5):
    from transformers import SchedulerType

    refuse_schedule(
        SimpleNamespace(lr_scheduler_type=SchedulerType(name), lr_scheduler_kwargs=given, learning_rate=rate)
    )


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("cosine_with_min_lr", None, "cannot be had with lr_scheduler_kwargs none: .*min_lr"),
        ("cosine_with_min_lr", {"min_lr": 1e-6, "min_lr_rate": 0.1}, "min_lr: 1e-06, min_lr_rate: 0.1: "),
        ("cosine_with_min_lr", {"min_lr": "low"}, "min_lr: 'low'"),
        ("cosine_with_min_lr", {"min_lr_rate": float("nan")}, "min_lr_rate is no finite number"),
        ("warmup_stable_decay", None, "num_decay_steps"),
        ("cosine", {"cycles": 2}, "cycles"),
        ("linear", {"num_cycles": 1}, "num_cycles"),
        ("polynomial", {"lr_end": 1.0}, "lr_end"),
        ("reduce_lr_on_plateau", {"no_such": 1}, "no_such"),
        ("constant", {"num_cycles": 1}, "^lr_scheduler_type constant takes no lr_scheduler_kwargs .num_cycles.; leave"),
        ("cosine", [1], r"^lr_scheduler_kwargs is \[1\]; write keys and values"),
    ],
)
def test_a_schedule_that_cannot_be_had_is_one_sentence(name, given, message):
    with pytest.raises(UserError, match=message) as caught:
        refuse(name, given)
    assert "\n" not in str(caught.value)


def test_schedules_with_what_they_take_pass():
    for name in ("linear", "cosine", "constant", "constant_with_warmup", "inverse_sqrt", "polynomial"):
        refuse(name)
    refuse("linear", {}, rate=0.0)
    refuse("cosine_with_min_lr", {"min_lr_rate": 0.1})
    # Longer than the short run that it is tried on.
    refuse("warmup_stable_decay", {"num_decay_steps": 500})
    refuse("reduce_lr_on_plateau", {"patience": 3})


def test_it_is_refused_with_the_recipe_before_data_and_model_are_loaded():
    words = ["--model_name_or_path", "org/m", "--dataset_name", "org/d", "--use_cpu", "true", "--bf16", "false"]
    with pytest.raises(UserError, match=r"^lr_scheduler_type cosine_with_min_lr cannot be had"):
        parse_words([*words, "--lr_scheduler_type", "cosine_with_min_lr"])
