"""What TRL makes of the rows, looked at on the way: the chat template first, then pairs that became the same."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from ..errors import UserError
from .checks import Lengths, lengths, refuse_lost_languages
from .library_types import TRAINER, Config, Tokenizer, Trainer
from .template import Template, refuse_template

if TYPE_CHECKING:
    from datasets import Dataset

_BATCH = 5_000
# Columns of a dataset that TRL has prepared already.
_PREPARED = {"prompt_ids", "chosen_ids", "completion_ids", "input_ids"}


def same_rows(prepared: "Dataset", max_length: int | None, keep_end: bool = False) -> list[int]:
    """Rows whose chosen and rejected answers are the same tokens once they are cut.

    A chat template that trims texts makes such pairs too. Nothing can be learned from them: the loss stays at log 2.

    Args:
        prepared: TRL's rows with `chosen_ids` and `rejected_ids`, and `prompt_ids` where the prompt is not in them.
        max_length: of prompt and answer together; None cuts nothing.
        keep_end: whether the beginning is cut off instead of the end.

    Returns:
        Row numbers, from 0, rising.
    """
    same: list[int] = []
    start = 0
    columns = [name for name in ("prompt_ids", "chosen_ids", "rejected_ids") if name in prepared.column_names]
    for table in prepared.select_columns(columns).with_format("arrow").iter(batch_size=_BATCH):
        sides = [_Tokens.of(table[name]) for name in ("chosen_ids", "rejected_ids")]
        prompts = _Tokens.of(table["prompt_ids"]) if "prompt_ids" in columns else None
        for at in range(table.num_rows):
            prompt = prompts.row(at) if prompts else np.empty(0, np.int64)
            one, other = (left_of_answer(prompt, side.row(at), max_length, keep_end) for side in sides)
            if np.array_equal(one, other):
                same.append(start + at)
        start += table.num_rows
    return same


def left_of_answer(prompt: np.ndarray, answer: np.ndarray, most: int | None, keep_end: bool) -> np.ndarray:
    """What the cut leaves of an answer, or of prompt and answer where it may reach into the prompt from its beginning.

    Args:
        prompt: its token ids.
        answer: its token ids.
        most: tokens of both together; None cuts nothing.
        keep_end: whether the beginning is cut off instead of the end.

    Returns:
        Token ids.
    """
    if most is None:
        return answer
    if keep_end:
        return np.concatenate([prompt, answer])[-most:]
    return answer[: max(most - len(prompt), 0)]


class _Tokens:
    """A column of token ids, row by row without making Python numbers of them."""

    def __init__(self, values: np.ndarray, offsets: np.ndarray) -> None:
        self.values, self.offsets = values, offsets

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "_Tokens":
        whole = column.combine_chunks()
        return cls(whole.values.to_numpy(zero_copy_only=False), whole.offsets.to_numpy())

    def row(self, at: int) -> np.ndarray:
        return self.values[self.offsets[at] : self.offsets[at + 1]]


class CheckedTrainer(Trainer, Protocol):
    """A trainer with `CheckedRows`, made; RLOO's has neither of these."""

    counted: dict[str, dict[str, Lengths]]
    warning: str | None


@dataclass(frozen=True)
class RowCheck:
    """What the rows go through, for sentences.

    Attributes:
        method: dpo, kto, reward or sft.
        model: name of the model.
        data: name of the dataset.
    """

    method: str
    model: str
    data: str


class CheckedRows(TRAINER):  # type: ignore[misc]
    """Added to a trainer of TRL's: it looks at its chat template, and leaves out pairs that are the same after it.

    Only for trainers with a preparation of their own; RLOO's has none.

    Attributes:
        row_check: what the rows go through.
        counted: `checks.Lengths` by language of every dataset, `train` and those of evaluation.
        warning: what the template changes of the rows to train on.
    """

    row_check: RowCheck
    calculate_KL: bool

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.counted: dict[str, dict[str, Lengths]] = {}
        self.warning: str | None = None
        super().__init__(*args, **kwargs)

    def _prepare_dataset(
        self, dataset: "Dataset", processing_class: Tokenizer, args: Config, *more: object, **named: object
    ) -> "Dataset":
        prepare = super()._prepare_dataset
        if not hasattr(dataset, "__len__") or _PREPARED & set(dataset.column_names):  # a stream has no length
            return prepare(dataset, processing_class, args, *more, **named)
        part = str(named.get("dataset_name") or more[-1])
        answers = [name for name in ("chosen", "rejected", "completion") if name in dataset.column_names]
        asked = self.row_check
        data = asked.data if part == "train" else f"{asked.data} ({part})"
        template = Template(processing_class, asked.model, {})
        warning = refuse_template(template, dataset, answers, data)
        if part == "train":
            self.warning = warning
        rows = Counter(dataset["language"])
        if asked.method == "kto":
            times = 1 if "label" in dataset.column_names else 2  # answers of a row
            prepared, same = self._unpaired(prepare, dataset, processing_class, args, *more, **named)
            rows, same = (Counter({tag: times * n for tag, n in one.items()}) for one in (rows, same))
        else:
            prepared, same = prepare(dataset, processing_class, args, *more, **named), Counter()
        if "rejected_ids" in prepared.column_names:
            prepared, same = _without_same(prepared, args, keep_end=keeps_end(args))
        if not getattr(args, "packing", False):
            self.counted[part] = lengths(rows, prepared, args.max_length, same)
        return prepared

    def _unpaired(
        self,
        prepare: "Callable[..., Dataset]",
        dataset: "Dataset",
        processing_class: Tokenizer,
        args: Config,
        *more: object,
        **named: object,
    ) -> tuple["Dataset", Counter[str]]:
        """KTO takes pairs apart: those that become the same are found in a first pass, in which they stay rows.

        So are single answers that become the same with both labels.

        Its answers for the KL term come from the row before, so nothing can be taken out after that.
        """
        estimate = self.calculate_KL
        self.calculate_KL = False
        numbered = dataset.add_column("pair", list(range(len(dataset))))
        first = prepare(numbered, processing_class, args, *more, **named)
        self.calculate_KL = estimate
        single = "label" in dataset.column_names
        gone = (contradicting_labels if single else _contradicted)(first, args.max_length)
        same, rows = Counter(dataset.select(gone)["language"]), Counter(dataset["language"])
        refuse_lost_languages({tag: Lengths(n, 0, same[tag], 0, 0, 0) for tag, n in rows.items()})
        if gone:
            left_out = set(gone)
            dataset = dataset.select([at for at in range(len(dataset)) if at not in left_out])
        answers = dataset if single else answers_of_pairs(dataset, args.seed)
        return prepare(answers, processing_class, args, *more, **named), same


def answers_of_pairs(pairs: "Dataset", seed: int) -> "Dataset":
    """The two answers of each pair as rows of their own, in an order drawn by the seed.

    TRL takes pairs apart by itself, but puts the chosen answers of a thousand pairs before their rejected ones, and KTO
    trains on rows as they stand: many steps on good answers alone, then as many on bad ones alone.

    Args:
        pairs: rows with a prompt, a chosen and a rejected answer.
        seed: of the order.

    Returns:
        Twice as many rows, with `completion` and `label` in place of the two answers.
    """
    rows: Dataset = import_module("trl").unpair_preference_dataset(pairs)
    return rows.select(np.random.default_rng(seed).permutation(len(rows)))


def keeps_end(args: Config) -> bool:
    """Whether what is too long loses its beginning.

    Args:
        args: TRL's settings.

    Returns:
        True where truncation_mode is keep_end.
    """
    return getattr(args, "truncation_mode", "keep_start") == "keep_end"


def _without_same(prepared: "Dataset", args: Config, keep_end: bool) -> tuple["Dataset", Counter[str]]:
    gone = same_rows(prepared, args.max_length, keep_end)
    same = Counter(prepared.select(gone)["language"]) if gone else Counter()
    if not gone:
        return prepared, same
    kept = np.setdiff1d(np.arange(len(prepared)), gone)
    return prepared.select(kept), same


def _contradicted(prepared: "Dataset", max_length: int | None) -> list[int]:
    """Pairs whose two answers are one and the same row to KTO, wanted and not wanted."""
    met: dict[int, bytes] = {}
    gone: list[int] = []
    for pair, _, digest in _as_seen(prepared, max_length):
        if met.get(pair) == digest:
            gone.append(pair)
        met[pair] = digest
    return gone


def contradicting_labels(prepared: "Dataset", max_length: int | None) -> list[int]:
    """Single answers that are the same to KTO once they are cut, wanted in one row and not wanted in another.

    Args:
        prepared: TRL's rows, with the number of each before in the column `pair`.
        max_length: of prompt and answer together; None cuts nothing.

    Returns:
        The numbers of all rows of such answers, rising.
    """
    met: dict[bytes, dict[int, bool]] = {}
    for number, label, digest in _as_seen(prepared, max_length):
        met.setdefault(digest, {})[number] = label
    return sorted(number for labels in met.values() if len(set(labels.values())) > 1 for number in labels)


def _as_seen(prepared: "Dataset", max_length: int | None) -> Iterator[tuple[int, bool, bytes]]:
    """Each row of KTO's: the number of the row that it was, its label, and a digest of what is left of its tokens."""
    columns = prepared.select_columns(["pair", "label", "prompt_ids", "completion_ids"]).with_format("arrow")
    for table in columns.iter(batch_size=_BATCH):
        prompts, answers = _Tokens.of(table["prompt_ids"]), _Tokens.of(table["completion_ids"])
        for at, (pair, label) in enumerate(zip(*(table[n].to_pylist() for n in ("pair", "label")), strict=True)):
            prompt = prompts.row(at)
            own = np.concatenate([prompt, left_of_answer(prompt, answers.row(at), max_length, keep_end=False)])
            yield pair, label, hashlib.sha256(own.astype(np.int64).tobytes()).digest()


def refuse_too_few(trainer: Trainer) -> None:
    """Stops an RLOO run that would end without a step: TRL leaves out what does not fill a batch.

    Args:
        trainer: RLOO's, ready to train.

    Raises:
        UserError: fewer prompts than a batch takes.
    """
    args, rows = trainer.args, len(trainer.train_dataset)
    needed = args.generation_batch_size // args.num_generations
    if rows < needed:
        raise UserError(
            f"{rows} prompts to train on do not fill a batch of {needed} ({args.generation_batch_size} answers, "
            f"{args.num_generations} a prompt), so no step would be taken; make the batch smaller, or give train_rows "
            f"{needed} to take prompts more than once"
        )


def refuse_reading(trainer: Trainer, model: str, data: str) -> str | None:
    """Looks at the chat templates of an RLOO trainer: its own, and those of the reward models that run in it.

    Args:
        trainer: RLOO's, ready to train.
        model: its name, for sentences.
        data: name of the dataset, for sentences.

    Returns:
        A warning where one changes the rows to train on.

    Raises:
        UserError: one refuses or leaves out a turn, or its tokenizer takes a part of a text for more than text.
    """
    rows = {"train": trainer.train_dataset}
    if isinstance(trainer.eval_dataset, dict):
        rows |= trainer.eval_dataset
    readers = [(trainer.processing_class, model, dict(trainer.chat_template_kwargs), False)]
    readers += [
        (tokenizer, f"reward model {name}", dict(trainer.chat_template_kwargs), True)
        for tokenizer, name in zip(trainer.reward_processing_classes, trainer.reward_func_names, strict=True)
        if tokenizer is not None
    ]
    warnings: list[str] = []
    for tokenizer, name, settings, spoken in readers:
        for part, dataset in rows.items():
            where = data if part == "train" else f"{data} ({part})"
            warning = refuse_template(Template(tokenizer, name, settings), dataset, (), where, spoken)
            if warning and part == "train":
                warnings.append(warning)
    return "\n".join(warnings) or None
