"""Before the first step: what max_length cuts off in each language, and whether the reference is the model itself."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from ..errors import UserError
from ..files.json_types import Json
from .data import MORE_TEST_ROWS
from .library_types import Trainer
from .rows import Turns, by_language

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

_BATCH = 5_000
# Rows of a stream in which languages are looked for.
_LOOKED_AT = 64


@dataclass(frozen=True)
class Lengths:
    """What becomes of one language's rows.

    Attributes:
        rows: before TRL prepared them.
        dropped: left out, since nothing of the answer fits (reward: since a part does not fit).
        same: left out, since both answers are the same after the chat template and the cut.
        cut: kept, but an answer is cut off at the end.
        tokens, characters: of all answers that are kept, before cutting.
    """

    rows: int
    dropped: int
    same: int
    cut: int
    tokens: int
    characters: int

    @property
    def tokens_per_character(self) -> float:
        """How dear the language is in tokens; nan without rows."""
        return self.tokens / self.characters if self.characters else math.nan


def lengths(
    before: Mapping[str, int], prepared: "Dataset", max_length: int | None, same: Mapping[str, int]
) -> dict[str, Lengths]:
    """Counts what TRL's preparation did to every language.

    Args:
        before: rows given to the trainer, by language (a pair twice for KTO, which takes it apart).
        prepared: the trainer's own rows: token ids, texts and `language`.
        max_length: TRL's setting; None cuts nothing.
        same: rows that were left out since both answers are the same, by language.

    Returns:
        For each language what became of its rows, in order of the tags.
    """
    kept = dict.fromkeys(sorted(before), 0)
    cut, tokens, characters = dict(kept), dict(kept), dict(kept)
    for table in prepared.with_format("arrow").iter(batch_size=_BATCH):
        tags = np.asarray(table["language"].to_pylist(), dtype=object)
        size, longest, texts = _sizes(table)
        # SFT: TRL has cut it already; a full row was cut, or fits to the token.
        full = longest >= (max_length or 0) if "input_ids" in table.column_names else longest > (max_length or 0)
        for tag in set(tags.tolist()):
            own = tags == tag
            kept[tag] += int(own.sum())
            cut[tag] += int(full[own].sum()) if max_length is not None else 0
            tokens[tag] += int(size[own].sum())
            characters[tag] += int(texts[own].sum())
    return {
        tag: Lengths(
            before[tag], before[tag] - kept[tag] - same.get(tag, 0), same.get(tag, 0), cut[tag], tokens[tag],
            characters[tag],
        )
        for tag in kept
    }  # fmt: skip


def _sizes(table: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each row: tokens of all answers, tokens of the longest with its prompt, characters of all answers."""
    nothing = np.zeros(table.num_rows, dtype=np.int64)
    size, longest, texts = nothing, nothing, nothing
    if "input_ids" in table.column_names:
        size = longest = _lengths(table["input_ids"])
        for name in {"prompt", "completion"} & set(table.column_names):
            texts = texts + _characters(table[name])
        return size, longest, texts
    prompt = _lengths(table["prompt_ids"]) if "prompt_ids" in table.column_names else nothing
    for name in ("chosen", "rejected", "completion"):
        if f"{name}_ids" in table.column_names:
            own = _lengths(table[f"{name}_ids"])
            size, longest, texts = size + own, np.maximum(longest, prompt + own), texts + _characters(table[name])
    return size, longest, texts


def _lengths(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(compute.list_value_length(column).to_numpy(), dtype=np.int64)


def _characters(column: pa.ChunkedArray) -> np.ndarray:
    turns = Turns.of(column)
    each = compute.utf8_length(turns.content).fill_null(0).to_numpy()
    return np.bincount(turns.row, weights=each, minlength=len(turns.sizes)).astype(np.int64)


def lengths_table(counts: Mapping[str, Lengths], max_length: int | None) -> str:
    """One line a language, and a warning where a language loses more than the others.

    Args:
        counts: by language.
        max_length: TRL's setting; None cuts nothing.

    Returns:
        Lines of text.
    """
    lines = [
        f"rows by language, max_length {max_length}; same: left out, both answers are the same after the cut",
        f"{'language':10}{'rows':>8}{'dropped':>9}{'same':>8}{'cut':>8}{'tokens a character':>20}",
    ]
    for tag, one in counts.items():
        lines.append(f"{tag:10}{one.rows:8}{one.dropped:9}{one.same:8}{one.cut:8}{one.tokens_per_character:20.3f}")
    lost = {tag: (one.dropped + one.same + one.cut) / one.rows for tag, one in counts.items() if one.rows}
    if worst := [f"{tag} {share:.0%}" for tag, share in lost.items() if share > 0.05]:
        lines.append(f"warning: max_length takes something of more than 5% of the rows of {', '.join(worst)}")
    return "\n".join(lines)


def evaluation_losses(counts: Mapping[str, Mapping[str, Lengths]]) -> str:
    """A line on rows that evaluation goes without; empty where there are none.

    Args:
        counts: by evaluation set, then by language.

    Returns:
        A sentence; empty where nothing is left out.
    """
    lost = [
        f"{tag} {one.dropped + one.same} of {one.rows}"
        for part in counts.values()
        for tag, one in part.items()
        if one.dropped + one.same
    ]
    return (
        f"evaluation goes without rows that do not fit or are the same after the cut: {', '.join(lost)}" if lost else ""
    )


def held_out_of_nothing(held_out: Sequence[str], strategy: str) -> str:
    """A line on languages that are held out though nothing is evaluated; empty where all is well.

    Args:
        held_out: the languages.
        strategy: when TRL evaluates: no, steps or epoch.

    Returns:
        A sentence; empty where none is held out or something is evaluated.
    """
    if not held_out or strategy != "no":
        return ""
    return (
        f"held_out_languages ({', '.join(held_out)}) are left out of training and evaluated nowhere, as eval_strategy "
        "is no; set eval_strategy to epoch or steps to see whether training carries over to them"
    )


def without_test_rows(unevaluated: Mapping[str, int], data: str) -> str:
    """A line on languages that are trained on and cannot be evaluated; empty where there are none.

    Args:
        unevaluated: rows trained on, by language; 0 where they are not counted yet.
        data: name of the rows to evaluate on.

    Returns:
        A sentence; empty where every language has rows to evaluate on.
    """
    if not unevaluated:
        return ""
    named = ", ".join(f"{tag} ({rows:,} rows)" if rows else tag for tag, rows in sorted(unevaluated.items()))
    return (
        f"warning: trained on without test rows: {named}; {data}, has none of them, so no figure of an evaluation says "
        f"how they fare; {MORE_TEST_ROWS}, or name a config that has them as dataset_test_config"
    )


def one_test_row(tags: Sequence[str], data: str) -> str:
    """A line on languages that are evaluated on a single row; empty where there are none.

    Args:
        tags: the languages.
        data: name of the rows to evaluate on.

    Returns:
        A sentence; empty where every language has more rows, or none.
    """
    if not tags:
        return ""
    return (
        f"warning: evaluated on one row of {data}: {', '.join(tags)}; accuracy is 0 or 1 there, and what goes by the "
        f"worst language goes by that row; {MORE_TEST_ROWS}"
    )


def refuse_lost_languages(counts: Mapping[str, Lengths], use: str = "train on") -> None:
    """Stops where nothing is left of a language that is to be trained on, or evaluated.

    Args:
        counts: by language.
        use: what the rows are for, for the sentence.

    Raises:
        UserError: all rows of a language are dropped.
    """
    if gone := [tag for tag, one in counts.items() if one.rows and one.dropped + one.same == one.rows]:
        same = {tag: counts[tag].same for tag in gone if counts[tag].same}
        if same:
            raise UserError(
                f"nothing of {', '.join(gone)} is left to {use}: chosen and rejected are the same after the chat "
                f"template and max_length in {by_language(same)} rows; raise it, or leave the language out"
            )
        if use == "evaluate":
            # Of a small language there may be one row, and to leave the language out of training is no cure.
            rows = by_language({tag: counts[tag].rows for tag in gone})
            raise UserError(
                f"no test row of these languages fits into max_length: {rows}; raise it, name other rows with "
                "dataset_test_config or dataset_test_split, or leave the languages out"
            )
        raise UserError(f"no row of {', '.join(gone)} fits into max_length; raise it, or leave the language out")


def reference_gap(trainer: Trainer, rows: Sequence[Mapping[str, Json]]) -> float:
    """How far the reference is from the model before training: the largest |log-ratio| of an answer, in nats a token.

    Each row goes by itself through the trainer's own loss, so that ratios of two rows cannot make up for each other.

    Args:
        trainer: ready to train, nothing trained yet.
        rows: of its own train_dataset.

    Returns:
        Nats a token; nan where a log-probability is no number.
    """
    import torch

    model, gap = trainer.model_wrapped, 0.0
    training = model.training
    model.eval()
    for row in rows:
        batch = trainer._prepare_inputs(trainer.data_collator([dict(row)]))
        sizes = batch["completion_mask"].sum(dim=1).tolist()
        trainer._metrics["eval"].clear()
        with torch.no_grad(), trainer.compute_loss_context_manager():
            trainer.compute_loss(model, batch)
        metrics = trainer._metrics["eval"]
        ratios = [
            abs(metrics[f"rewards/{side}"][0]) for side in ("chosen", "rejected") if metrics.get(f"rewards/{side}")
        ]
        gap = max([gap, *(ratio / trainer.beta / max(min(sizes), 1) for ratio in ratios)])
    trainer._metrics["eval"].clear()
    model.train(training)
    return gap


def _rows_of_languages(trainer: Trainer) -> list[dict[str, Json]]:
    """The first row of each of up to four languages; of a stream, of those among its first rows."""
    rows = trainer.train_dataset
    if not hasattr(rows, "__len__"):
        first: dict[Json, dict[str, Json]] = {}
        for row in rows.take(_LOOKED_AT):
            first.setdefault(row["language"], dict(row))
        return list(first.values())[:4]
    tags = {tag: at for at, tag in reversed(list(enumerate(rows["language"])))}
    return [rows[at] for at in sorted(tags.values())[:4]]


def reference_check(trainer: Trainer, tolerance: float) -> "TrainerCallback":
    """A callback that stops a run from its start whose implicit rewards do not begin at 0.

    They do when the reference is the model as it is before training. They do not when the reference was loaded from
    somewhere else, for example by the name of a model that was trained further in the same process.

    Args:
        trainer: of DPO or KTO.
        tolerance: largest gap that passes, in nats a token.

    Returns:
        The callback.

    Raises:
        UserError: (when training begins) the gap is larger, or TRL cannot compute the loss.
    """
    import transformers

    class ReferenceCheck(transformers.TrainerCallback):
        def on_train_begin(
            self, args: "TrainingArguments", state: "TrainerState", control: "TrainerControl", **kwargs: object
        ) -> None:
            try:
                gap = reference_gap(trainer, _rows_of_languages(trainer))
            except ValueError as error:  # an unknown loss_type, which TRL looks at in the first step only
                raise UserError(f"TRL cannot compute the loss: {' '.join(str(error).split())}") from error
            # Resumed, the model has moved on, as it should. A NaN is no small gap.
            if state.global_step == 0 and not gap <= tolerance:
                raise UserError(
                    f"the reference is not the model that is trained: before the first step their log-probabilities "
                    f"differ by {gap:.3g} nats a token (allowed: {tolerance:g}); save the model and train from "
                    "that folder"
                )

    return ReferenceCheck()
