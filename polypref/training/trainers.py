"""TRL's trainer for a method, with what polypref adds to it: each addition a class of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import UserError
from . import rewards
from .arguments import Arguments
from .evaluation import LanguageEvaluation
from .keys import METHODS
from .library_types import Config, ModelConfig
from .loading import TrainingData
from .maxmin import Objective
from .prepared import CheckedRows, RowCheck
from .provenance import Provenance, ProvenanceCard
from .reference import ReferenceFile, SavedReference
from .rewards import LoggedRewards
from .robust import Rates, RobustLoss
from .streaming import StreamedRows, StreamingTrainer

if TYPE_CHECKING:
    from .rewards import Part


@dataclass(frozen=True)
class Additions:
    """What a run has beside TRL's settings.

    Attributes:
        provenance: for the model's card.
        rates: of labels that are wrong, by language; None without.
        objective: of MaxMin over languages; None where the rows alone say what a language weighs.
        reference: the file of its log-probabilities; None without.
    """

    provenance: Provenance
    rates: Rates | None
    objective: Objective | None
    reference: ReferenceFile | None


def combine_classes(trainer: type, additions: Sequence[type], settings: dict[str, object]) -> type:
    """A trainer of TRL's with additions to it.

    Args:
        trainer: DPOTrainer and so on.
        additions: classes whose methods go before those of the trainer, the first one before all others.
        settings: the attributes that the additions ask for.

    Returns:
        A subclass that goes by the trainer's name.
    """
    return type(trainer.__name__, (*additions, trainer), settings)


def build_with_additions(
    arguments: Arguments, config: Config, model: ModelConfig, rows: TrainingData, own: Additions
) -> StreamingTrainer:
    """Loads the model and has TRL prepare the rows.

    Args:
        arguments: what polypref adds.
        config: TRL's settings for the method; its model_init_kwargs and reward_weights are filled in.
        model: TRL's settings for the model.
        rows: to train and evaluate on.
        own: what the run has beside TRL's settings.

    Returns:
        The trainer, made.

    Raises:
        UserError: a reward cannot be had, the chat template does not fit the rows, or TRL refuses the settings.
    """
    library = import_module("trl")  # its names are loaded lazily, unseen by type checkers
    more: dict[str, list[Part]] = {}
    minimum_weights: list[float] | None = None
    if arguments.method == "rloo":
        parts = rewards.rewards(arguments)
        if arguments.reward_combine == "minimum":
            parts, config.reward_weights, minimum_weights = rewards.with_minimum(parts, config.reward_weights)
        more["reward_funcs"] = parts
    plain = getattr(library, METHODS[arguments.method][0])
    trainer_class = combine_classes(
        plain,
        _additions(plain, arguments.method, own, rows.stream is not None),
        {
            "provenance": own.provenance,
            "card_sections": (own.objective.card_section,) if own.objective else (),
            "trained_languages": tuple(rows.languages),
            "of_one_row": tuple(rows.of_one_row),
            "row_check": RowCheck(arguments.method, model.model_name_or_path, rows.origin.name),
            "flip_rates": own.rates,
            "minimum_weights": minimum_weights,
            "reference_file": own.reference,
            "stream_settings": rows.stream,
        },
    )
    loading = {
        "revision": model.model_revision,
        "dtype": model.dtype,
        "attn_implementation": model.attn_implementation,
    }
    config.model_init_kwargs = loading | (config.model_init_kwargs or {})
    try:
        trainer: StreamingTrainer = trainer_class(
            model=model.model_name_or_path,
            args=config,
            train_dataset=rows.train,
            eval_dataset=rows.evaluated,
            quantization_config=library.get_quantization_config(model),
            peft_config=library.get_peft_config(model),
            **more,
        )
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        raise UserError(f"TRL cannot start: {' '.join(str(error).split())}") from error
    return trainer


def _additions(plain: type, method: str, own: Additions, streamed: bool) -> list[type]:
    """The classes that are added, the first one before all others."""
    classes: list[type] = [LanguageEvaluation, ProvenanceCard]
    if hasattr(plain, "_prepare_dataset"):
        classes = [CheckedRows, *([StreamedRows] if streamed else []), *classes]
    if own.reference:
        classes.insert(0, SavedReference)
    if own.rates:
        classes.insert(0, RobustLoss)
    if method == "rloo":
        classes.insert(0, LoggedRewards)
    return classes
