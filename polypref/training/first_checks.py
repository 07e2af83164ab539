"""What is printed of a trainer that is ready, and what stops it before its first step."""

from . import checks, prepared
from .arguments import Arguments
from .library_types import Config
from .loading import TrainingData, evaluated_on
from .prepared import CheckedTrainer
from .robust import Rates, unused_smoothing


def check_trainer(
    trainer: CheckedTrainer, arguments: Arguments, config: Config, rows: TrainingData, model: str, rates: Rates | None
) -> None:
    """Prints what became of the rows of every language, and refuses a run that would train on nothing of one.

    Args:
        trainer: ready to train.
        arguments: method and held_out_languages are read.
        config: eval_strategy and max_length are read.
        rows: what the trainer was given.
        model: its name, for sentences.
        rates: of labels that are wrong; None without.

    Raises:
        UserError: too few rows, a chat template that refuses some, or nothing left of a language.
    """
    if arguments.method == "rloo":
        prepared.refuse_too_few(trainer)
        warning, counted = prepared.refuse_reading(trainer, model, rows.origin.name), {}
    else:
        warning, counted = trainer.warning, dict(trainer.counted)
    held_out = checks.held_out_of_nothing(arguments.held_out_languages or (), config.eval_strategy)
    data = evaluated_on(rows.origin, arguments)[2]
    unseen = checks.without_test_rows(rows.unevaluated, data)
    single = checks.one_test_row(rows.of_one_row, data)
    flips = rates.line(list(rows.languages)) if rates else ""
    smoothing = unused_smoothing(arguments.method, config)
    for text in (rows.unused, held_out, unseen, single, warning, flips, smoothing):
        if text:
            trainer.accelerator.print(text)
    if counted:
        if trained := counted.pop("train", None):  # rows that are streamed are counted as they come
            trainer.accelerator.print(checks.lengths_table(trained, config.max_length))
            checks.refuse_lost_languages(trained)
        if lost := checks.evaluation_losses(counted):
            trainer.accelerator.print(lost)
        for part in counted.values():
            checks.refuse_lost_languages(part, "evaluate")
