"""Trains on a polypref dataset with TRL: python training/train.py --config RECIPE [--key value].

TRL's own trainers do the training. What is added: the exact commit of the dataset, languages chosen and weighted,
evaluation language by language, checks before the first step, rewards for RLOO, and a card that says all of it.
`accelerate launch` starts it on several GPUs as it starts any script.
"""

if __name__ == "__main__":  # before anything else is loaded
    from polypref.console.beginning import watch_for_interrupt

    watch_for_interrupt()

import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from polypref.console import threads
from polypref.console.command import carry_out
from polypref.console.interrupts import run_as_process
from polypref.errors import UserError

if TYPE_CHECKING:
    from transformers import TrainerCallback

    from polypref.training.arguments import Arguments
    from polypref.training.library_types import Config, ModelConfig, Trainer


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
    from polypref.training import ahead, base_model, command_words, resuming
    from polypref.training import arguments as recipe

    if {"--help", "-h", "--help-all"} & set(words):
        recipe.show_help(words)
        return Path()
    # A name that the libraries use among themselves; nobody who trains can change it.
    warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
    values = command_words.recipe_of(words)
    ahead.refuse_early(words, values)  # before TRL and torch are loaded
    arguments, config, model = recipe.parse_words(words, values)
    base_model.find_model(model.model_name_or_path, model.model_revision)
    base_model.refuse_bits(model.model_name_or_path, model)
    threads.limit_threads(arguments.threads)

    resumed = resuming.checkpoint(config)  # refused, if it is, before data and model are loaded
    trainer = build_trainer(arguments, config, model, words)
    for callback in callbacks:
        trainer.add_callback(callback)
    try:
        trainer.train(resume_from_checkpoint=resumed)
    except ImportError as error:  # of an optimizer or of kernels, which transformers looks for in the first step
        raise UserError(f"TRL cannot train: {' '.join(str(error).split())}") from error
    if config.eval_strategy != "no":
        # Not left to TRL: figures after the last step, whatever eval_steps is.
        trainer.save_metrics("eval", trainer.metrics_of_end())
    trainer.save_model(config.output_dir)
    trainer.create_model_card()
    trainer.accelerator.print(f"saved {config.output_dir}")
    if config.push_to_hub:
        is_folder = Path(str(arguments.dataset_name)).is_dir()
        trainer.push_to_hub(dataset_name=None if is_folder else arguments.dataset_name)
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
    from polypref.files.records import encode
    from polypref.training import (
        checks,
        earlier_run,
        first_checks,
        loading,
        maxmin_hooks,
        provenance,
        reference,
        resuming,
        robust,
        streaming,
        trainers,
    )

    rows = loading.load_training_data(arguments, config)
    rates = robust.settle_rates(arguments, config, list(rows.languages))
    saved = reference.settle_reference(arguments, config, model, rows.origin)
    record = provenance.collect_provenance(
        rows.origin, arguments, config, model, rows.languages, words, rows.unevaluated
    )
    in_a_step = config.train_batch_size * config.gradient_accumulation_steps * config.world_size
    record = replace(record, rows_per_step=in_a_step)
    if resumed := resuming.checkpoint(config):
        # What only the data and TRL say; the model was looked at by the name that it was given.
        now = {name: value for name, value in encode(record).items() if name != "base_model"}
        earlier_run.refuse_other_run(resumed, now)
    objective = maxmin_hooks.objective(arguments, config, rows.languages, rows.evaluated)

    trainer = trainers.build_with_additions(
        arguments, config, model, rows, trainers.Additions(record, rates, objective, saved)
    )
    if trainer.is_world_process_zero():
        provenance.write_provenance(Path(config.output_dir), record)
    first_checks.check_trainer(trainer, arguments, config, rows, model.model_name_or_path, rates)

    if arguments.method in ("dpo", "kto"):
        trainer.add_callback(checks.reference_check(trainer, arguments.reference_tolerance))
    if rows.stream:
        streaming.attach(trainer)
    if objective:
        maxmin_hooks.attach(trainer, objective, arguments.method, config.seed, resumed)
    return trainer


def _command() -> None:
    main(sys.argv[1:])


if __name__ == "__main__":
    threads.wait_calmly()
    run_as_process(lambda: carry_out(_command, "error"))
