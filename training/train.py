"""Trains on a polypref dataset with TRL: python training/train.py --config RECIPE [--key value].

TRL's own trainers do the training. What is added: the exact commit of the dataset, languages chosen and weighted,
evaluation language by language, checks before the first step, rewards for RLOO, and a card that says all of it.
`accelerate launch` starts it on several GPUs as it starts any script.
"""

if __name__ == "__main__":  # before anything else is loaded
    from polypref.console.beginning import watch_for_interrupt

    watch_for_interrupt()

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from polypref.console import threads
from polypref.console.command import carry_out
from polypref.console.interrupts import run_as_process
from polypref.errors import UserError

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import TrainerCallback

    from polypref.training.arguments import Arguments
    from polypref.training.data import Origin
    from polypref.training.library_types import Config, ModelConfig, Trainer
    from polypref.training.prepared import CheckedTrainer
    from polypref.training.rewards import Part


def main(words: Sequence[str], callbacks: "Sequence[TrainerCallback]" = ()) -> Path:
    """Trains, saves, and pushes where the recipe says so.

    Args:
        words: `--config RECIPE` and `--key value`.
        callbacks: of transformers, to follow the training.

    Returns:
        The folder of the model.

    Raises:
        UserError: TRL is not installed, the recipe or the command line cannot be used, or the data do not fit.
    """
    from polypref.training import arguments as reading
    from polypref.training import data

    if {"--help", "-h", "--help-all"} & set(words):
        reading.show_help(words)
        return Path()
    arguments, config, model = reading.parse_words(words)
    data.check_dataset_name(str(arguments.dataset_name))  # the Hub, asked for the model, may take a minute to fail
    reading.find_model(model)
    threads.limit_threads(arguments.threads)
    trainer = build_trainer(arguments, config, model, words)
    for callback in callbacks:
        trainer.add_callback(callback)
    trainer.train(resume_from_checkpoint=checkpoint(config))
    if config.eval_strategy != "no":
        # Not left to TRL: an evaluation after the last step, whatever eval_steps is.
        trainer.save_metrics("eval", trainer.evaluate())
    trainer.save_model(config.output_dir)
    trainer.create_model_card()
    trainer.accelerator.print(f"saved {config.output_dir}")
    if config.push_to_hub:
        trainer.push_to_hub(dataset_name=arguments.dataset_name)
    trainer.end()
    return Path(config.output_dir)


def build_trainer(arguments: "Arguments", config: "Config", model: "ModelConfig", words: Sequence[str]) -> "Trainer":
    """The trainer, ready to train: data loaded, prepared and checked, provenance written.

    Args:
        arguments: what polypref adds.
        config: TRL's settings for the method; its model_init_kwargs and reward_weights are filled in.
        model: TRL's settings for the model.
        words: the command line, for the provenance.

    Returns:
        The trainer of TRL's, with what polypref adds.

    Raises:
        UserError: the data, the model's chat template or the settings do not fit.
    """
    from polypref.training import checks, data, evaluation, maxmin_hooks, prepared, provenance, rewards, robust
    from polypref.training.arguments import METHODS

    library = import_module("trl")  # its names are loaded lazily, unseen by type checkers
    method, name = arguments.method, str(arguments.dataset_name)
    origin = data.find_dataset(name, arguments.dataset_config, arguments.dataset_revision)
    everything = data.load_rows(origin, arguments.dataset_train_split)
    data.check_dataset(everything, method, f"{name}, split {arguments.dataset_train_split}")
    unused = data.left_out(everything, method)
    train, languages = data.training_rows(everything, arguments, config.seed, name)
    train, evaluated = data.columns_for(train, method), None
    if config.eval_strategy != "no":
        evaluated = evaluation_sets(origin, arguments, list(languages))

    rates = robust.settle_rates(arguments, config, list(languages))
    whole = provenance.collect_provenance(origin, arguments, config, model, languages, words)
    objective = maxmin_hooks.objective(arguments, config, languages, evaluated)
    sections = [objective.card_section] if objective else []
    kind = provenance.with_card(getattr(library, METHODS[method][0]), whole, sections)
    kind = evaluation.by_language(kind, list(languages))
    kind = prepared.checked(kind, method, model.model_name_or_path, name)
    if rates:
        kind = robust.with_rates(kind, rates)
    more: dict[str, list[Part]] = {}
    if method == "rloo":
        parts, inner = rewards.rewards(arguments), None
        if arguments.reward_combine == "minimum":
            parts, config.reward_weights, inner = rewards.with_minimum(parts, config.reward_weights)
        more["reward_funcs"] = parts
        kind = rewards.rewarding(kind, inner)

    loading = {
        "revision": model.model_revision,
        "dtype": model.dtype,
        "attn_implementation": model.attn_implementation,
    }
    config.model_init_kwargs = loading | (config.model_init_kwargs or {})
    try:
        trainer: CheckedTrainer = kind(
            model=model.model_name_or_path,
            args=config,
            train_dataset=train,
            eval_dataset=evaluated,
            quantization_config=library.get_quantization_config(model),
            peft_config=library.get_peft_config(model),
            **more,
        )
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise UserError(f"TRL cannot start: {' '.join(str(error).split())}") from error
    if trainer.is_world_process_zero():
        provenance.write_provenance(Path(config.output_dir), whole)
    if method == "rloo":
        prepared.refuse_too_few(trainer)
        warning, counted = prepared.refuse_reading(trainer, model.model_name_or_path, name), {}
    else:
        warning, counted = trainer.warning, dict(trainer.counted)
    held_out = checks.held_out_of_nothing(arguments.held_out_languages or (), config.eval_strategy)
    flips = rates.line(list(languages)) if rates else ""
    for text in (unused, held_out, warning, flips):
        if text:
            trainer.accelerator.print(text)
    if counted:
        trained = counted.pop("train")
        trainer.accelerator.print(checks.lengths_table(trained, config.max_length))
        checks.refuse_lost_languages(trained)
        if lost := checks.evaluation_losses(counted):
            trainer.accelerator.print(lost)
        for part in counted.values():
            checks.refuse_lost_languages(part, "evaluate")
    if method in ("dpo", "kto"):
        trainer.add_callback(checks.reference_check(trainer, arguments.reference_tolerance))
    if objective:
        maxmin_hooks.attach(trainer, objective, method, config.seed, checkpoint(config))
    return trainer


def evaluation_sets(origin: "Origin", arguments: "Arguments", trained: Sequence[str]) -> "dict[str, Dataset]":
    """One dataset for each language, of the config that is evaluated on, checked.

    Args:
        origin: of the dataset.
        arguments: dataset_test_config, dataset_test_split, held_out_languages and eval_rows_per_language are read.
        trained: languages that are trained on.

    Returns:
        Language -> rows.

    Raises:
        UserError: no such config or split, or no row of a language that is held out.
    """
    from dataclasses import replace

    from polypref.training import data

    keys = data.EVALUATED_ON
    if arguments.dataset_test_config:
        origin = replace(origin, config=arguments.dataset_test_config)
    else:
        keys = (data.TRAINED_ON[0], keys[1])
    name = f"{origin.name}, config {origin.config or 'default'}, split {arguments.dataset_test_split}"
    test = data.load_rows(origin, arguments.dataset_test_split, keys)
    data.check_dataset(test, arguments.method, name)
    held_out, most = arguments.held_out_languages or (), arguments.eval_rows_per_language
    return data.evaluation_rows(data.columns_for(test, arguments.method), trained, held_out, most, name)


def checkpoint(config: "Config") -> str | None:
    """The checkpoint to go on from: `true` is the last one of output_dir.

    Args:
        config: resume_from_checkpoint and output_dir are read.

    Returns:
        Its folder; None to begin.

    Raises:
        UserError: there is no such folder, or no checkpoint in output_dir.
    """
    given = config.resume_from_checkpoint
    if given is None or str(given).lower() in ("false", "no", ""):
        return None
    if str(given).lower() not in ("true", "yes"):
        if not Path(str(given)).is_dir():
            raise UserError(f"no checkpoint at {given}; give its folder, or true for the last one of output_dir")
        return str(given)
    utilities = import_module("transformers.trainer_utils")
    last = utilities.get_last_checkpoint(config.output_dir) if Path(config.output_dir).is_dir() else None
    if last is None:
        raise UserError(f"{config.output_dir} has no checkpoint to go on from; leave resume_from_checkpoint out")
    return str(last)


def _command() -> None:
    main(sys.argv[1:])


if __name__ == "__main__":
    threads.wait_calmly()
    run_as_process(lambda: carry_out(_command, "error"))
