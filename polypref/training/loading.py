"""The rows of a run, loaded and checked: those that are trained on, and those of every evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import data, streaming
from .arguments import Arguments
from .data import Origin, Taken
from .library_types import Config
from .streaming import StreamSettings

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset


@dataclass(frozen=True)
class TrainingData:
    """What a run is made of.

    Attributes:
        origin: the exact state of the dataset.
        train: the rows to train on, in the order of training.
        languages: those that are trained on, with the rows that there are and those that are taken.
        evaluated: language -> rows to evaluate on; None without an evaluation.
        unused: a sentence on columns that are left out; None where there are none.
        stream: how rows are streamed; None where all are at hand, as those of evaluations always are.
    """

    origin: Origin
    train: "Dataset | IterableDataset"
    languages: Mapping[str, Taken]
    evaluated: "dict[str, Dataset] | None"
    unused: str | None
    stream: StreamSettings | None = None

    @property
    def unevaluated(self) -> dict[str, int]:
        """Languages trained on that an evaluation has no rows of -> rows trained on (0: not known yet)."""
        if self.evaluated is None:
            return {}
        return {tag: one.taken for tag, one in self.languages.items() if tag not in self.evaluated}

    @property
    def of_one_row(self) -> list[str]:
        """Languages of which there is one row to evaluate on."""
        return [tag for tag, rows in (self.evaluated or {}).items() if len(rows) == 1]


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
    if arguments.streaming:
        streaming.refuse_settings(arguments, config)
    origin = data.find_dataset(name, arguments.dataset_config, arguments.dataset_revision)
    if arguments.streaming:
        return _streamed(origin, arguments, config)
    everything = data.load_rows(origin, arguments.dataset_train_split)
    data.check_dataset(everything, method, f"{name}, split {arguments.dataset_train_split}")
    unused = data.left_out(everything, method)
    train, languages = data.training_rows(everything, arguments, config.seed, name)
    evaluated = None
    if config.eval_strategy != "no":
        evaluated = _evaluation_sets(origin, arguments, list(languages))
    return TrainingData(origin, data.columns_for(train, method), languages, evaluated, unused)


def _streamed(origin: Origin, arguments: Arguments, config: Config) -> TrainingData:
    """Rows to train on of which none is loaded; what languages they have is only known where it is said."""
    stream, unused = streaming.open_stream(origin, arguments)
    languages, held_out = arguments.languages, arguments.held_out_languages or ()
    named = [tag for tag in languages or () if tag not in held_out]
    evaluated = None
    if config.eval_strategy != "no":
        evaluated = _evaluation_sets(origin, arguments, named or None)
        named = named or [tag for tag in evaluated if tag not in held_out]
    settings = StreamSettings(
        tuple(languages) if languages else None, tuple(held_out), arguments.shuffle_buffer, config.seed
    )
    return TrainingData(origin, stream, dict.fromkeys(named, Taken(0, 0)), evaluated, unused, settings)


def evaluated_on(origin: Origin, arguments: Arguments) -> tuple[Origin, tuple[str, str], str]:
    """Where the rows to evaluate on are.

    Args:
        origin: with the config that is trained on.
        arguments: dataset_test_config and dataset_test_split are read.

    Returns:
        The dataset with the config to evaluate on, the keys of the recipe that name config and split, and a name for
        sentences.
    """
    keys = data.EVALUATED_ON
    if arguments.dataset_test_config:
        origin = replace(origin, config=arguments.dataset_test_config)
    else:
        keys = (data.TRAINED_ON[0], keys[1])
    return origin, keys, f"{origin.name}, config {origin.config or 'default'}, split {arguments.dataset_test_split}"


def _evaluation_sets(origin: Origin, arguments: Arguments, trained: Sequence[str] | None) -> "dict[str, Dataset]":
    """One dataset for each language that is trained on or held out (all for None), checked."""
    origin, keys, name = evaluated_on(origin, arguments)
    if arguments.streaming:
        test = streaming.evaluation_rows(origin, arguments, keys)
    else:
        test = data.load_rows(origin, arguments.dataset_test_split, keys)
    data.check_dataset(test, arguments.method, name)
    held_out, most = arguments.held_out_languages or (), arguments.eval_rows_per_language
    rows = data.columns_for(test, arguments.method)
    return data.evaluation_rows(
        rows, sorted(set(rows["language"])) if trained is None else trained, held_out, most, name
    )
