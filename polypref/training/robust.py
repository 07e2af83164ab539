"""Robust DPO with a flip rate a row: labels that are wrong more often in one language than in another.

Chowdhury, Kini and Natarajan 2024, "Provably Robust DPO" (arXiv 2403.00409): with a share e of labels flipped, the loss

    [(1 - e) L(chosen, rejected) - e L(rejected, chosen)] / (1 - 2 e)

has in expectation the value of L on the labels as they were. TRL's loss_type robust has it with one e, label_smoothing;
here that is a tensor with the rate of each row's language while a batch's loss is computed by TRL.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import print_safely
from ..errors import UserError
from ..files.json_types import Json
from ..review.decisions import Decisions, read_decisions
from ..review.flip_rates import LEAST, FlipRate, flip_rates, is_next_to_coins
from .arguments import Arguments
from .idle import SMOOTHED
from .library_types import TRAINER, Batch, Config

if TYPE_CHECKING:
    from datasets import Dataset
    from torch import Tensor, nn

#: The column of a row's rate.
COLUMN = "flip_rate"
# Losses of TRL's that have another use for label_smoothing, one number.
_OTHER_USES = tuple(loss for loss in SMOOTHED if loss != "robust")


@dataclass(frozen=True)
class Rates:
    """Shares of labels that are wrong.

    Attributes:
        by_language: those that are known.
        otherwise: that of every other language, TRL's label_smoothing.
        counted: language -> what its rate was counted from, for sentences.
    """

    by_language: Mapping[str, float]
    otherwise: float
    counted: Mapping[str, str]

    def of(self, tag: str) -> float:
        """The rate of a language's rows.

        Args:
            tag: of the language.

        Returns:
            Its own rate, or that of all others.
        """
        return self.by_language.get(tag, self.otherwise)

    def line(self, tags: Sequence[str]) -> str:
        """The rates as text.

        Args:
            tags: the languages that are trained on.

        Returns:
            One line.
        """
        own = ", ".join(
            f"{tag} {self.of(tag):.3f}{self.counted.get(tag, '')}" for tag in tags if tag in self.by_language
        )
        others = [tag for tag in tags if tag not in self.by_language]
        rest = f"; label_smoothing, {self.otherwise:g}, for {', '.join(others)}" if others else ""
        return f"labels that are taken as flipped: {own or 'no language has a rate of its own'}{rest}"


def settle_rates(arguments: Arguments, config: Config, trained: Sequence[str]) -> Rates | None:
    """The rates that were given, or that a review says; they are written into the arguments, for the provenance.

    Args:
        arguments: flip_rates and flip_rates_from are read, and flip_rates is set.
        config: TRL's loss_type and label_smoothing are read.
        trained: the languages that are trained on.

    Returns:
        The rates; None where neither key is given.

    Raises:
        UserError: TRL's loss is not the robust one, a rate is given for a language that is not trained on, or is .5 or
            more in a review.
    """
    refuse_smoothing(arguments.method, config)
    if arguments.flip_rates is None and arguments.flip_rates_from is None:
        return None
    otherwise = other_rate(arguments.method, config)
    if arguments.flip_rates_from is None:
        refuse_other_languages(arguments, trained)
        return Rates(arguments.rates, otherwise, {})
    own = _reviewed_rates(Path(arguments.flip_rates_from), trained, arguments.held_out_languages or ())
    arguments.flip_rates = ",".join(f"{tag}={one.rate:.6g}" for tag, one in own.items())
    counted = {
        tag: f" ({one.judgements} judgements, {one.reviewer_error:.3f} of them wrong)" for tag, one in own.items()
    }
    return Rates({tag: one.rate for tag, one in own.items()}, otherwise, counted)


def refuse_other_languages(arguments: Arguments, trained: Sequence[str]) -> None:
    """Stops at rates of languages that are neither trained on nor held out.

    Args:
        arguments: flip_rates and held_out_languages are read.
        trained: the languages that are trained on.

    Raises:
        UserError: there is such a language.
    """
    known = [*trained, *(arguments.held_out_languages or ())]
    if odd := sorted(set(arguments.rates) - set(known)):
        raise UserError(f"flip_rates names {', '.join(odd)}, not trained on; the languages are {', '.join(known)}")


def other_rate(method: str, config: object) -> float:
    """TRL's label_smoothing, where its loss is the robust one alone.

    Args:
        method: dpo or another.
        config: TRL's loss_type and label_smoothing are read.

    Returns:
        The rate of languages without one of their own.

    Raises:
        UserError: the loss is another one, or the rate is no share below one half.
    """
    losses = getattr(config, "loss_type", [])
    if method != "dpo" or "robust" not in losses:
        raise UserError(
            f"flip rates are of the loss robust, and loss_type is {', '.join(losses) or 'none'}; write loss_type: "
            "[robust], or leave them out"
        )
    if others := [one for one in losses if one in _OTHER_USES]:
        raise UserError(
            f"flip rates by language do not go with the loss {others[0]}, which has one label_smoothing for another "
            "use; take it out of loss_type, or leave the rates out"
        )
    refuse_smoothing(method, config)
    return _smoothing(config)


def _smoothing(config: object) -> float:
    return float(getattr(config, "label_smoothing", 0.0))


def refuse_smoothing(method: str, config: object) -> None:
    """Stops at a share of wrong labels from which on losses train backwards, whichever the loss is.

    Args:
        method: dpo or another, which has no such setting.
        config: TRL's label_smoothing is read.

    Raises:
        UserError: it is no share below one half.
    """
    if method == "dpo" and not 0 <= _smoothing(config) < 0.5:
        raise UserError(
            f"label_smoothing is {_smoothing(config)}; it is the share of labels that are wrong: give at least 0 and "
            "less than 0.5"
        )


def unused_smoothing(method: str, config: object) -> str:
    """A sentence where label_smoothing is given and no loss uses it.

    Args:
        method: dpo or another, which has no such setting.
        config: TRL's loss_type and label_smoothing are read.

    Returns:
        The sentence; empty where a loss uses it, or it is 0.
    """
    losses, using = getattr(config, "loss_type", []), SMOOTHED
    if method != "dpo" or not _smoothing(config) or set(losses) & set(using):
        return ""
    return (
        f"warning: label_smoothing {_smoothing(config):g} does nothing with loss_type {', '.join(losses)}; those that "
        f"use it are {', '.join(using)}"
    )


def _reviewed_rates(path: Path, trained: Sequence[str], held_out: Sequence[str]) -> dict[str, FlipRate]:
    review = read_decisions(path, "flip_rates_from")
    reviewed = flip_rates(review)
    if wrong := [tag for tag in trained if tag in reviewed and reviewed[tag].rate >= 0.5]:
        one = reviewed[wrong[0]]
        if is_next_to_coins(one.reviewer_error):
            why = f"two reviewers of {wrong[0]} agree hardly more often than coins, so nothing is known of its labels"
        else:
            why = f"by {one.judgements} judgements of {wrong[0]}, {one.rate:.0%} of its labels are wrong"
        raise UserError(f"{path}: {why}; leave the language out, give flip_rates, or have its pairs reviewed again")
    own = {tag: reviewed[tag] for tag in (*trained, *held_out) if tag in reviewed and reviewed[tag].rate < 0.5}
    if apart := [tag for tag in held_out if tag in reviewed and tag not in own]:
        which = ", ".join(apart)
        print_safely(f"{path}: half of the labels of {which} are wrong, or nothing is known; label_smoothing is taken")
    if not set(own) & set(trained):
        raise UserError(
            f"{path} has {LEAST} judgements that prefer an answer in none of {', '.join(trained)}"
            + " (those made on a dataset's page, not blind, do not count)" * any(_not_blind(review))
            + "; review more pairs, or give flip_rates"
        )
    return own


def _not_blind(review: Decisions) -> Iterator[bool]:
    return (one.judgements is not None and one.judgements.not_blind > 0 for one in review.decisions.values())


@dataclass(frozen=True)
class RatedCollator:
    """Makes batches with the rate of each row."""

    collate: Callable[[list[dict[str, Json]]], Batch]

    def __call__(self, examples: list[dict[str, Json]]) -> Batch:
        """A batch.

        Args:
            examples: rows of TRL's, with the column of the rate.

        Returns:
            TRL's batch and the rates, one a pair.
        """
        import torch

        batch = dict(self.collate(examples))
        if COLUMN in examples[0]:
            batch[COLUMN] = torch.tensor([one[COLUMN] for one in examples], dtype=torch.float32)
        return batch


class RobustLoss(TRAINER):  # type: ignore[misc]
    """Added to a DPOTrainer: its robust loss has the flip rate of each row's language, in training and in evaluation.

    The trainer's loss_type has robust.

    Attributes:
        flip_rates: by language.

    Raises:
        UserError: (in the first step) the trainer does not ask for label_smoothing while it computes a loss.
    """

    flip_rates: Rates
    _one_rate: float = 0.0
    _batch_rates: "Tensor | None" = None
    _is_read = False
    _signature_columns: list[str]
    data_collator: Callable[[list[dict[str, Json]]], Batch]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.data_collator = RatedCollator(self.data_collator)

    @property
    def label_smoothing(self) -> "float | Tensor":
        """TRL's one rate; of each row while the loss of a batch is computed."""
        if self._batch_rates is None:
            return self._one_rate
        self._is_read = True
        return self._batch_rates

    @label_smoothing.setter
    def label_smoothing(self, value: float) -> None:
        self._one_rate = value

    def _prepare_dataset(self, dataset: "Dataset", *args: object, **kwargs: object) -> "Dataset":
        prepared = super()._prepare_dataset(dataset, *args, **kwargs)
        if not hasattr(prepared, "__len__"):  # a stream
            return prepared.map(lambda row: {COLUMN: self.flip_rates.of(row["language"])})
        if COLUMN in prepared.column_names:
            return prepared
        return prepared.add_column(COLUMN, [self.flip_rates.of(tag) for tag in prepared["language"]])

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        if COLUMN not in self._signature_columns:
            self._signature_columns = [*self._signature_columns, COLUMN]

    def compute_ref_log_probs(self, model: "nn.Module", inputs: Batch) -> object:
        """The reference's log-probabilities, which know of no rates.

        Args:
            model: the reference.
            inputs: a batch.

        Returns:
            What TRL's trainer gives.
        """
        return super().compute_ref_log_probs(model, _without_rates(inputs))

    def compute_loss(self, model: "nn.Module", inputs: Batch, *args: object, **kwargs: object) -> object:
        """The loss of a batch, each row with its own rate.

        Args:
            model: as the trainer wraps it.
            inputs: a batch of `RatedCollator`.
            args, kwargs: of transformers.

        Returns:
            What TRL's trainer gives.

        Raises:
            UserError: TRL does not ask for label_smoothing.
        """
        self._batch_rates, self._is_read = inputs[COLUMN], False
        try:
            loss = super().compute_loss(model, _without_rates(inputs), *args, **kwargs)
        finally:
            self._batch_rates = None
        if not self._is_read:
            raise UserError("this TRL takes label_smoothing from elsewhere, so flip rates have no effect; use 1.16")
        return loss


def _without_rates(inputs: Batch) -> Batch:
    return {name: value for name, value in inputs.items() if name != COLUMN}
