"""What a checkpoint was trained with, by the record beside it, held against the run that is to go on from it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from ..console.escaping import print_safely
from ..console.redaction import redacted
from ..errors import UserError
from ..files.json_types import Json, JsonObject
from .arguments import Arguments
from .meanings import OF_ROWS, is_same_warm_up, meaning_of, rows_of
from .provenance import FILE, changed, without_places

# What changes what is trained. All else passes: logging, evaluation, saving, trackers, precision and quantisation, how
# long it goes on, and how a step's rows are shared out between batches and processes.
_OWN = (
    "dataset_train_split", "language_objective", "language_objective_metric", "language_objective_step_size",
    "language_objective_floor", "language_objective_cap", "streaming", "shuffle_buffer", "flip_rates", "reward_model",
    "reward_model_revision", "reward_funcs", "reward_combine", "reward_length_target",
)  # fmt: skip
_OF_TRL = (
    "loss_type", "loss_weights", "label_smoothing", "beta", "desirable_weight", "undesirable_weight",
    "center_rewards_coefficient", "ld_alpha", "f_divergence_type", "f_alpha_divergence_coef", "use_weighting",
    "discopop_tau", "sync_ref_model", "ref_model_mixup_alpha", "ref_model_sync_steps", "router_aux_loss_coef",
    "label_smoothing_factor", "completion_only_loss", "assistant_only_loss", "max_length", "max_completion_length",
    "truncation_mode", "packing", "packing_strategy", "chat_template_path", "eos_token", "num_generations",
    "generation_batch_size", "num_iterations", "temperature", "top_p", "top_k", "min_p", "repetition_penalty",
    "generation_kwargs", "chat_template_kwargs", "epsilon", "epsilon_high", "normalize_advantages", "reward_clip_range",
    "mask_truncated_completions", "reward_weights", "seed", "data_seed", "shuffle_dataset", "train_sampling_strategy",
    "dataloader_drop_last", "optim", "optim_args", "optim_target_modules", "learning_rate", "weight_decay",
    "adam_beta1", "adam_beta2", "adam_epsilon", "max_grad_norm", "lr_scheduler_type", "lr_scheduler_kwargs",
    "warmup_steps", "neftune_noise_alpha", "disable_dropout", "model_init_kwargs",
)  # fmt: skip
_OF_LORA = (
    "lora_alpha", "lora_dropout", "lora_target_modules", "lora_target_parameters", "lora_modules_to_save", "use_rslora",
    "use_dora",
)  # fmt: skip
# MaxMin weighs languages by evaluations, so what is evaluated, and when, changes what is trained.
_OWN_OF_MAXMIN = ("dataset_test_split", "dataset_test_config", "eval_rows_per_language")
_TRL_OF_MAXMIN = ("eval_strategy", "eval_steps", "eval_delay")
# TRL turns dropout off for these, LoRA's too, unless disable_dropout is false.
_WITHOUT_DROPOUT = ("dpo", "kto", "reward")
_STATE = "trainer_state.json"
_Difference = tuple[str, Json, Json]


class Limits(Protocol):
    """Settings that say how long a run goes on; TRL's have these among others."""

    @property
    def max_steps(self) -> int:
        """Steps in all; -1 where epochs say it."""

    @property
    def num_train_epochs(self) -> float:
        """Passes over the rows."""


def known_early(arguments: Arguments, model: str, revision: str) -> JsonObject:
    """What can be held against the record before TRL is loaded, in the record's form.

    Args:
        arguments: what polypref adds.
        model: model_name_or_path.
        revision: model_revision.

    Returns:
        Sections of the record, without the commit or digest of the dataset.
    """
    name = str(arguments.dataset_name)
    data: JsonObject = {"name": name, "config": arguments.dataset_config, "revision": arguments.dataset_revision}
    own = redacted(without_places(changed(arguments)))
    return {
        "method": arguments.method,
        "dataset": data | {"digest": "" if Path(name).is_dir() else None},
        "base_model": {"name": model, "revision": revision},
        "polypref": own,
    }


def refuse_other_run(checkpoint: str, now: JsonObject, warn: bool = False) -> None:
    """Stops where a run would go on with something else than its checkpoint was trained with.

    Args:
        checkpoint: the folder to go on from; the record is beside it.
        now: sections of the record as this run would write it; those that it lacks are not looked at.
        warn: whether to say that there is no record.

    Raises:
        UserError: a setting that changes what is trained has another value than the record has.
    """
    path = Path(checkpoint).absolute().parent / FILE
    then = _object(path)
    if then is None or "method" not in then:
        if warn:
            print_safely(
                f"warning: there is no readable {FILE} beside {checkpoint}, so that nothing says whether this run "
                "trains on the same rows with the same settings; see to it yourself"
            )
        return
    steps = (_object(Path(checkpoint) / _STATE) or {}).get("max_steps")
    for setting, old, new in _differences(then, now, steps if isinstance(steps, int) else 0):
        raise UserError(
            f"{setting}: {checkpoint} was trained with {_shown(old)}, and now it is {_shown(new)}; give the old value "
            "to go on, or another output_dir without resume_from_checkpoint to begin anew"
        )


def refuse_finished(checkpoint: str, limits: Limits) -> None:
    """Stops where nothing is left to train.

    Args:
        checkpoint: the folder to go on from.
        limits: how long the run goes on.

    Raises:
        UserError: the checkpoint is of the last step, or of a later one.
    """
    state = _object(Path(checkpoint) / _STATE) or {}
    step, last, epochs = (state.get(key) for key in ("global_step", "max_steps", "num_train_epochs"))
    if not isinstance(step, int) or step < 1:
        return
    at = f"{checkpoint} is at step {step}"
    rest = "so that nothing is left to train; give more, or leave resume_from_checkpoint out"
    if 0 < limits.max_steps <= step:
        raise UserError(f"max_steps is {limits.max_steps}, and {at}, {rest}")
    done = isinstance(last, int) and isinstance(epochs, int) and step >= last and limits.num_train_epochs <= epochs
    if limits.max_steps <= 0 and done:
        raise UserError(f"num_train_epochs is {limits.num_train_epochs:g}, and {at}, the last one, {rest}")


def _object(path: Path) -> JsonObject | None:
    """What a file holds; None where it is not there or holds no object."""
    try:
        read: Json = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _differences(then: JsonObject, now: JsonObject, steps: int) -> Iterator[_Difference]:
    """All there are, the first of which is said; `steps` are those that the run then was to have, 0 if not known."""
    if then.get("method") != now.get("method"):
        yield "method", then.get("method"), now.get("method")
    yield from _of_data(_section(then, "dataset"), _section(now, "dataset"))
    if "base_model" in now:
        yield from _of_base_model(_section(then, "base_model"), _section(now, "base_model"))
    if "polypref" in now:
        yield from _of_rows(then, now)
    rows = "rows_per_step"
    if then.get(rows) and now.get(rows) and then[rows] != now[rows]:
        what = "rows of a step (per_device_train_batch_size, gradient_accumulation_steps and processes multiplied)"
        yield what, then[rows], now[rows]
    yield from _of_settings(then, now, steps)


def _of_settings(then: JsonObject, now: JsonObject, steps: int) -> Iterator[_Difference]:
    """Settings that do not mean the same."""
    method, own, trl = str(now.get("method")), _section(now, "polypref"), _section(now, "trl")
    by_evaluations = own.get("language_objective") == "maxmin"
    no_dropout = bool(trl.get("disable_dropout", method in _WITHOUT_DROPOUT))
    # Rates from a review are only settled, and written, once the rows are there.
    idle = {"flip_rates"} if "flip_rates_from" in own and "flip_rates" not in own else set()
    idle |= {"lora_dropout"} if no_dropout else set()
    idle |= {"warmup_steps"} if trl.get("lr_scheduler_type") == "constant" else set()
    for name, keys in (
        ("polypref", (*_OWN, *(_OWN_OF_MAXMIN if by_evaluations else ()))),
        ("trl", (*_OF_TRL, *(_TRL_OF_MAXMIN if by_evaluations else ()))),
        ("model", _OF_LORA if _section(now, "model").get("use_peft") else ()),
    ):
        if name not in now:
            continue
        old, new = _section(then, name), _section(now, name)
        for key in keys:
            if key in idle or meaning_of(key, old, method) == meaning_of(key, new, method):
                continue
            if key == "warmup_steps" and is_same_warm_up(old, new, steps):
                continue
            yield key, old.get(key), new.get(key)


def _of_rows(then: JsonObject, now: JsonObject) -> Iterator[_Difference]:
    """How many rows of which languages: the same ones are the same, whichever settings ask for them."""
    before, after = rows_of(then), rows_of(now)
    if before and before == after:
        return
    old, new = _section(then, "polypref"), _section(now, "polypref")
    if before and after is None and not new.get("streaming"):
        # Before the data are there: what is left out may mean the same, and languages that are named mean themselves.
        named, held_out = new.get("languages"), new.get("held_out_languages")
        if isinstance(named, list):
            left = set(map(str, named)) - set(held_out if isinstance(held_out, list) else ())
            if left != set(before):
                yield "languages", [*before], [*sorted(left)]
        return
    for key in OF_ROWS:
        if meaning_of(key, old, "") != meaning_of(key, new, ""):
            is_of_tags = key == "languages"
            yield (
                key,
                old.get(key) or ([*before] if before and is_of_tags else None),
                new.get(key) or ([*after] if after and is_of_tags else None),
            )


def _of_data(then: JsonObject, now: JsonObject) -> Iterator[_Difference]:
    """A folder is known by its digest, which may lie elsewhere now; a dataset of the Hub by name and commit."""
    was_here, is_here = then.get("digest") is not None, now.get("digest") is not None
    if was_here != is_here or (not is_here and then.get("name") != now.get("name")):
        yield "dataset_name", then.get("name"), now.get("name")
    if (then.get("config") or "default") != (now.get("config") or "default"):
        yield "dataset_config", then.get("config") or "default", now.get("config") or "default"
    if now.get("digest") and then.get("digest") != now.get("digest"):
        yield f"dataset_name {now.get('name')}, SHA-256 of its files", then.get("digest"), now.get("digest")
    old, new = then.get("commit"), now.get("commit")
    if old and new and old != new:
        yield f"dataset_revision, the commit of {now.get('name')}", old, new
    asked, asks = then.get("revision"), now.get("revision")
    if not new and asked and asks and asks not in (asked, old):
        yield "dataset_revision", asked, asks


def _of_base_model(then: JsonObject, now: JsonObject) -> Iterator[_Difference]:
    """Of folders the last part of the path alone: the record does not say where on a machine they lay."""
    old, new = str(then.get("name")), str(now.get("name"))
    if Path(new).is_dir():
        if (last := Path(old).name) and last not in (Path(new).name, Path(new).resolve().name):
            yield "model_name_or_path", old, new
        return
    if old != new:
        yield "model_name_or_path", old, new
    if (then.get("revision") or "main") != (now.get("revision") or "main"):
        yield "model_revision", then.get("revision"), now.get("revision")


def _section(record: JsonObject, name: str) -> JsonObject:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _shown(value: Json) -> str:
    if value is None:
        return "the default"
    if isinstance(value, list):
        return ", ".join(map(str, value))[:200]
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={one}" for key, one in value.items())[:200]
    return str(value)[:200]
