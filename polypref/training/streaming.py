"""Training on a dataset that is larger than memory: rows are read as a stream, looked at on the way, and used.

The library `datasets` reads the files piece by piece. Held at once are one piece of a file (a row group), `BATCH` rows
that are looked at together, and the rows of the buffer from which the next one is drawn.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from ..errors import UserError
from ..files.json_types import Json
from . import checks, data, prepared
from .arguments import Arguments
from .data import Origin, Taken
from .library_types import TRAINER, Accelerator, Config, Tokenizer
from .provenance import Provenance, write_provenance
from .rows import by_language, holds_json, refuse_faults
from .stream_counts import StreamCounts
from .template import Template, refuse_template

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset
    from transformers import TrainerControl, TrainerState, TrainingArguments

#: Rows that are looked at together.
BATCH = 1_000
# Key of TRL's that asks for more than a stream has -> what it asks for.
_WHOLE = {
    "packing": "puts rows together, of which the languages cannot be counted any more",
    "shuffle_dataset": "shuffles a second time; shuffle_buffer says from how many rows the next one is drawn",
    "precompute_ref_log_probs": "needs all rows before training",
    "dataloader_num_workers": "reads in other processes, from which nothing is counted",
}


class Stopping(Protocol):
    """Settings that say how long a run goes on; TRL's have these among others."""

    @property
    def max_steps(self) -> int:
        """Steps in all."""

    @property
    def eval_strategy(self) -> str:
        """When there is an evaluation: no, steps or epoch."""


def refuse_settings(arguments: Arguments, config: Stopping) -> None:
    """Stops at settings that a stream cannot have.

    Args:
        arguments: streaming and what goes against it are read.
        config: TRL's settings for the method.

    Raises:
        UserError: one of them needs all rows at once, or their number.
    """
    if arguments.method not in ("dpo", "reward", "sft"):
        raise UserError(f"streaming is for methods dpo, reward and sft; the method is {arguments.method}")
    if config.max_steps <= 0:
        raise UserError("streaming: how many rows there are is not known, so max_steps has to be given")
    if arguments.language_objective != "average":
        raise UserError(
            f"streaming: language_objective {arguments.language_objective} draws rows of every language by their "
            "numbers, and a stream has none; leave one of the two out"
        )
    for name in ("language_weights", "language_temperature", "train_rows"):
        if getattr(arguments, name) is not None:
            raise UserError(
                f"streaming: {name} takes a number of rows of each language, and how many there are is not known; "
                "build a mixture with these shares and name it as dataset_config, or leave streaming out"
            )
    if arguments.reference_log_probs is not None:
        raise UserError("streaming: reference_log_probs needs all rows before training; leave one of the two out")
    if (arguments.flip_rates or arguments.flip_rates_from) and not arguments.languages:
        raise UserError("streaming: flip rates are of languages that are known before training; name them as languages")
    for name in ("eval_strategy", "save_strategy", "logging_strategy"):
        if getattr(config, name, "no") == "epoch":
            raise UserError(
                f"streaming: {name} is epoch, and where a pass over the rows ends is not known beforehand; write "
                f"steps, with {name.removesuffix('_strategy')}_steps"
            )
    if config.eval_strategy != "no" and arguments.eval_rows_per_language is None:
        raise UserError(
            "streaming: rows to evaluate on are held in memory; give eval_rows_per_language, or eval_strategy: 'no'"
        )
    for name, why in _WHOLE.items():
        if getattr(config, name, None):
            raise UserError(f"streaming: {name} {why}; leave it out")


def open_stream(origin: Origin, arguments: Arguments) -> "tuple[IterableDataset, str | None]":
    """The rows to train on, of which none is looked at yet.

    Args:
        origin: what `data.find_dataset` found.
        arguments: the split and the method are read.

    Returns:
        The stream, with the columns that the method uses, and a sentence on those that are left out.

    Raises:
        UserError: no such config or split, columns that do not fit, or no row at all.
    """
    name = f"{origin.name}, split {arguments.dataset_train_split}"
    stream = data.stream_rows(origin, arguments.dataset_train_split)
    _refuse_form(stream, arguments.method, name)
    if next(readable_rows(stream, origin.name), None) is None:
        raise UserError(f"{name} has no rows; choose another split or config")
    return data.columns_for(stream, arguments.method), data.left_out(stream, arguments.method)


def _refuse_form(stream: "IterableDataset", method: str, name: str) -> None:
    """Stops at columns that are missing, and at turns whose keys would have to be looked for in all rows."""
    data.check_columns(stream, method, name)
    for column in data.turns_for(stream, method):
        kind = stream.features.arrow_schema.field(column).type
        turn = getattr(kind, "value_type", None)
        if holds_json(kind) or turn is None or not pa.types.is_struct(turn):
            continue
        if more := sorted({one.name for one in turn} - {"role", "content"}):
            raise UserError(
                f"{name}: turns of column {column} have {', '.join(more)} beside role and content, and which rows have "
                "nothing there is only known once all are read; rebuild it with polypref build, or leave streaming out"
            )


def evaluation_rows(origin: Origin, arguments: Arguments, keys: tuple[str, str]) -> "Dataset":
    """The first rows of each language of the split that is evaluated on, in memory; the rest is read past.

    Args:
        origin: with the config that is evaluated on.
        arguments: the split and eval_rows_per_language are read.
        keys: of the recipe that name config and split, for messages.

    Returns:
        The rows with all their columns.

    Raises:
        UserError: no such config or split, columns that do not fit, or no row at all.
    """
    import datasets

    most = arguments.eval_rows_per_language or 0
    stream = data.stream_rows(origin, arguments.dataset_test_split, keys)
    _refuse_form(stream, arguments.method, f"{origin.name}, split {arguments.dataset_test_split}")
    counts: Counter[str] = Counter()
    kept = []
    for row in readable_rows(stream, origin.name):
        tag = str(row["language"])
        if counts[tag] < most:
            counts[tag] += 1
            kept.append(row)
    return datasets.Dataset.from_list(kept, features=stream.features)


def readable_rows(stream: "Iterable[dict[str, Json]]", name: str) -> Iterator[dict[str, Json]]:
    """Rows of a stream, whose files may turn out to be broken on the way.

    Args:
        stream: of rows.
        name: of the dataset, for the sentence.

    Yields:
        The rows.

    Raises:
        UserError: a file cannot be read.
    """
    import datasets

    try:
        yield from stream
    except (pa.ArrowException, OSError, datasets.exceptions.DatasetsError) as error:
        text = " ".join(str(error).split())[:300]
        raise UserError(f"dataset {name}: a file cannot be read while it is streamed: {text}") from error


@dataclass(frozen=True)
class StreamSettings:
    """How rows are streamed.

    Attributes:
        languages: to train on; None for all.
        held_out: languages that are left out.
        buffer: rows from which the next one is drawn.
        seed: of the drawing.
    """

    languages: tuple[str, ...] | None
    held_out: tuple[str, ...]
    buffer: int
    seed: int

    def trains_on(self, tag: str) -> bool:
        """Whether rows of a language are trained on.

        Args:
            tag: of the language.

        Returns:
            True where it is asked for and not held out.
        """
        return tag not in self.held_out and (self.languages is None or tag in self.languages)


class StreamingTrainer(prepared.CheckedTrainer, Protocol):
    """A trainer with `StreamedRows`, made; without it, it has none of these."""

    stream_counts: StreamCounts
    stream_settings: StreamSettings
    trained_languages: Sequence[str]
    row_check: prepared.RowCheck
    provenance: Provenance

    def count_languages(self) -> None:
        """Puts the rows that were read into the provenance."""


class StreamedRows(TRAINER):  # type: ignore[misc]
    """Added behind `CheckedRows`: rows that are streamed are looked at, drawn, prepared and counted one by one.

    Attributes:
        stream_settings: how; None where all rows are at hand.
        stream_counts: what came, by language.
        row_check: what the rows go through, for sentences.
        provenance: whose languages are counted as rows come.
    """

    stream_settings: StreamSettings | None = None
    stream_counts: StreamCounts
    row_check: prepared.RowCheck
    provenance: Provenance
    accelerator: Accelerator
    eval_dataset: "Dataset | dict[str, Dataset] | None"
    warning: str | None

    def _prepare_dataset(
        self, dataset: "IterableDataset", processing_class: Tokenizer, args: Config, *more: object, **named: object
    ) -> "IterableDataset":
        prepare = super()._prepare_dataset
        if self.stream_settings is None or hasattr(dataset, "__len__"):
            return prepare(dataset, processing_class, args, *more, **named)
        self.stream_counts = counts = StreamCounts()
        settings, features = self.stream_settings, dataset.features
        checked = dataset.map(
            self._row_checker(processing_class, dataset), batched=True, batch_size=BATCH, with_indices=True,
            features=features,
        )  # fmt: skip

        def is_trained_on(tag: str) -> bool:
            if not settings.trains_on(tag):
                counts.others[tag] += 1
                return False
            return True

        def read(row: dict[str, Json]) -> dict[str, Json]:
            counts.read[str(row["language"])] += 1
            return row

        rows = checked.filter(is_trained_on, input_columns=["language"])
        if next(iter(rows), None) is None:  # before the buffer, which would be filled to draw one
            raise UserError(
                f"{self.row_check.data} has no rows to train on: it has {by_language(counts.others) or 'none at all'}; "
                "name other languages, or hold out fewer"
            )
        rows = rows.shuffle(seed=settings.seed, buffer_size=settings.buffer)
        rows = prepare(rows.map(read, features=features), processing_class, args, *more, **named)
        keep_end = prepared.keeps_end(args)
        return rows.filter(lambda row: counts.keeps(row, args.max_length, keep_end))

    def _row_checker(
        self, processing_class: Tokenizer, dataset: "IterableDataset"
    ) -> Callable[[dict[str, list[Json]], list[int]], dict[str, list[Json]]]:
        """Looks at rows as `data.check_dataset` and `template.refuse_template` do, some at a time."""
        import datasets

        asked, features = self.row_check, dataset.features
        template = Template(processing_class, asked.model, {})
        columns = [name for name in ("prompt", "chosen", "rejected", "completion") if name in features]

        def check(values: dict[str, list[Json]], numbers: list[int]) -> dict[str, list[Json]]:
            batch = datasets.Dataset.from_dict(values, features=features)
            name = f"{asked.data}, rows {numbers[0]:,} to {numbers[-1]:,} as they are streamed"
            refuse_faults(batch.select_columns([*columns, "language"]), columns, name)
            warning = refuse_template(template, batch, columns[1:], name)
            if warning and self.warning is None:
                self.warning = warning
                self.accelerator.print(warning)
            return values

        return check

    def create_model_card(self, *args: object, **kwargs: object) -> None:
        """Writes the card, with the rows that have come so far.

        Args:
            args, kwargs: of TRL.
        """
        self.count_languages()
        super().create_model_card(*args, **kwargs)

    def count_languages(self) -> None:
        """Puts the rows that were read into the provenance; nothing where all rows were at hand."""
        if self.stream_settings is not None:
            counts = self.stream_counts
            tags = sorted({*counts.read, *self.provenance.languages})
            taken = {tag: Taken(counts.read[tag], counts.kept[tag]) for tag in tags}
            unseen = unevaluated(counts, self.eval_dataset)
            self.provenance = replace(self.provenance, languages=taken, not_evaluated=unseen)


class _RowStream:
    """With `torch.utils.data.IterableDataset`: rows as every process reads all of them, each taking its own batches.

    Accelerate would give each process files of its own, and the one with the shortest would leave the others waiting.
    Passes run on into each other, to the last row that the steps take. Transformers does not know how long a pass is:
    it would take the gradients of a pass's last batches into the next step where a step is made of several, and read
    past whole passes as one where a run goes on from a checkpoint.

    Args:
        rows: of one pass.
        data: name of the dataset.
        most: rows that all steps of all processes take.
        refuse_none: called where a pass has no row.
    """

    def __init__(self, rows: "IterableDataset", data: str, most: int, refuse_none: Callable[[], None]) -> None:
        self.rows, self.data, self.most, self.refuse_none = rows, data, most, refuse_none

    def __iter__(self) -> Iterator[dict[str, Json]]:
        yield from islice(chain.from_iterable(map(self._pass, count())), self.most)

    def _pass(self, number: int) -> Iterator[dict[str, Json]]:
        """The rows once, in an order that is another one in every pass."""
        self.rows.set_epoch(number)
        row = None
        for row in readable_rows(self.rows, self.data):
            yield row
        if row is None:
            self.refuse_none()

    def take(self, number: int) -> Iterator[dict[str, Json]]:
        """The first rows of the first pass.

        Args:
            number: of rows.

        Returns:
            They, as many as there are.
        """
        return islice(readable_rows(self.rows, self.data), number)


def attach(trainer: StreamingTrainer) -> None:
    """Has a trainer count from its first step on, and say at its end what came.

    Args:
        trainer: with `StreamedRows`, made; what looks at rows before the first step is added before.

    Raises:
        UserError: (in the first step) no row is left to train on.
    """
    import torch
    import transformers

    class RowStream(_RowStream, torch.utils.data.IterableDataset[dict[str, Json]]):
        """As torch asks for it."""

    class CountingCallback(transformers.TrainerCallback):
        def on_train_begin(
            self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
        ) -> None:
            trainer.stream_counts.clear()

        def on_train_end(
            self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
        ) -> None:
            for line in summary(trainer.stream_counts, trainer.trained_languages, trainer.args.max_length):
                trainer.accelerator.print(line)
            unseen = unevaluated(trainer.stream_counts, trainer.eval_dataset)
            if unseen:
                trainer.accelerator.print(checks.without_test_rows(unseen, "the split to evaluate on"))
            trainer.count_languages()
            if state.is_world_process_zero and args.output_dir:
                write_provenance(Path(args.output_dir), trainer.provenance)

    def refuse_none() -> None:
        came = by_language(trainer.stream_counts.read)
        raise UserError(
            f"{trainer.row_check.data}: nothing is left to train on of the rows that are streamed ({came}): none fits "
            "into max_length, or chosen and rejected are the same after the chat template and the cut; raise it, or "
            "name other languages"
        )

    args = trainer.args
    most = args.max_steps * args.gradient_accumulation_steps * args.train_batch_size * args.world_size
    trainer.train_dataset = RowStream(trainer.train_dataset, trainer.row_check.data, most, refuse_none)
    trainer.add_callback(CountingCallback())


def unevaluated(counts: StreamCounts, evaluated: "Dataset | dict[str, Dataset] | None") -> dict[str, int]:
    """Languages that were trained on and of which an evaluation has no rows.

    Args:
        counts: of all rows that were read.
        evaluated: rows to evaluate on by language; None without an evaluation.

    Returns:
        Language -> rows trained on.
    """
    if not isinstance(evaluated, dict):
        return {}
    return {tag: rows for tag, rows in sorted(counts.kept.items()) if rows and tag not in evaluated}


def summary(counts: StreamCounts, expected: Sequence[str], max_length: int | None) -> list[str]:
    """What came through the stream, in words.

    Args:
        counts: of all rows that were read.
        expected: languages that are named or evaluated as trained on.
        max_length: TRL's setting.

    Returns:
        Lines: a table, then what was left out, and languages of which nothing came or nothing was left.
    """
    lines = [f"streamed: {counts.read.total():,} rows were read for training, in each pass again"]
    lines.append(checks.lengths_table(counts.lengths(), max_length))
    if counts.others:
        lines.append(f"streamed past, of languages that are not trained on: {by_language(counts.others)}")
    if missing := [tag for tag in expected if not counts.read[tag]]:
        lines.append(f"warning: no row of {', '.join(sorted(missing))} came among the rows that were read")
    if gone := [tag for tag, rows in sorted(counts.read.items()) if rows and not counts.kept[tag]]:
        lines.append(
            f"warning: no row of {', '.join(gone)} was trained on: none fits into max_length, or all are the same"
        )
    return lines
