"""The rows of a run, loaded and checked: those that are trained on, and those of every evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import data
from .arguments import Arguments
from .data import Origin, Taken
from .library_types import Config

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class TrainingData:
    """What a run is made of.

    Attributes:
        origin: the exact state of the dataset.
        train: the rows to train on, in the order of training.
        languages: those that are trained on, with the rows that there are and those that are taken.
        evaluated: language -> rows to evaluate on; None without an evaluation.
        unused: a sentence on columns that are left out; None where there are none.
    """

    origin: Origin
    train: "Dataset"
    languages: Mapping[str, Taken]
    evaluated: "dict[str, Dataset] | None"
    unused: str | None


def load_training_data(arguments: Arguments, config: Config) -> TrainingData:
    """Loads the dataset that a recipe names, and refuses rows that cannot be trained on.

    Args:
        arguments: the dataset, the method and the languages are read.
        config: seed and eval_strategy are read.

    Returns:
        The rows to train and evaluate on.

    Raises:
        UserError: no such dataset, config, split or language, or a row with a fault.
    """
    method, name = arguments.method, str(arguments.dataset_name)
    origin = data.find_dataset(name, arguments.dataset_config, arguments.dataset_revision)
    everything = data.load_rows(origin, arguments.dataset_train_split)
    data.check_dataset(everything, method, f"{name}, split {arguments.dataset_train_split}")
    unused = data.left_out(everything, method)
    train, languages = data.training_rows(everything, arguments, config.seed, name)
    evaluated = None
    if config.eval_strategy != "no":
        evaluated = _evaluation_sets(origin, arguments, list(languages))
    return TrainingData(origin, data.columns_for(train, method), languages, evaluated, unused)


def _evaluation_sets(origin: Origin, arguments: Arguments, trained: Sequence[str]) -> "dict[str, Dataset]":
    """One dataset for each language, of the config that is evaluated on, checked."""
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
