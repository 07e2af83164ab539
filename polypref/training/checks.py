"""Before the first step: what max_length cuts off in each language, and whether the reference is the model itself."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polypref.errors import UserError


@dataclass(frozen=True)
class Lengths:
    """What becomes of one language's rows.

    Attributes:
        rows: before TRL prepared them.
        dropped: left out, since nothing of the answer fits (reward: since a part does not fit).
        cut: kept, but an answer is cut off at the end.
        tokens, characters: of all answers that are kept, before cutting.
    """

    rows: int
    dropped: int
    cut: int
    tokens: int
    characters: int

    @property
    def tokens_per_character(self) -> float:
        """How dear the language is in tokens; nan without rows."""
        return self.tokens / self.characters if self.characters else math.nan


def lengths(
    before: Mapping[str, int], prepared: Iterable[Mapping[str, Any]], max_length: int | None
) -> dict[str, Lengths]:
    """Counts what TRL's preparation did to every language.

    Args:
        before: rows given to the trainer, by language (each pair twice for KTO, which takes them apart).
        prepared: the trainer's own rows: token ids, texts and `language`.
        max_length: TRL's setting; None cuts nothing.
    """
    kept = dict.fromkeys(before, 0)
    cut, tokens, characters = dict(kept), dict(kept), dict(kept)
    for row in prepared:
        tag = row["language"]
        kept[tag] += 1
        whole = 0
        for name in ("chosen", "rejected", "completion"):
            if f"{name}_ids" in row:
                size = len(row[f"{name}_ids"])
                tokens[tag] += size
                characters[tag] += sum(len(m["content"]) for m in row[name])
                whole = max(whole, size + len(row.get("prompt_ids") or ()))
        if "input_ids" in row:
            # SFT: TRL has cut it already; a full row was cut, or fits to the token.
            whole = len(row["input_ids"])
            tokens[tag] += whole
            characters[tag] += sum(len(m["content"]) for name in ("prompt", "completion") for m in row.get(name) or ())
            cut[tag] += max_length is not None and whole >= max_length
        elif max_length is not None and whole > max_length:
            cut[tag] += 1
    return {
        tag: Lengths(rows, rows - kept[tag], cut[tag], tokens[tag], characters[tag]) for tag, rows in before.items()
    }


def lengths_table(found: Mapping[str, Lengths], max_length: int | None) -> str:
    """One line a language, and a warning where a language loses more than the others."""
    lines = [
        f"rows by language, max_length {max_length}",
        f"{'language':10}{'rows':>8}{'dropped':>9}{'cut':>8}{'tokens a character':>20}",
    ]
    for tag, one in found.items():
        lines.append(f"{tag:10}{one.rows:8}{one.dropped:9}{one.cut:8}{one.tokens_per_character:20.3f}")
    lost = {tag: (one.dropped + one.cut) / one.rows for tag, one in found.items() if one.rows}
    if worst := [f"{tag} {share:.0%}" for tag, share in lost.items() if share > 0.05]:
        lines.append(f"warning: max_length takes something of more than 5% of the rows of {', '.join(worst)}")
    return "\n".join(lines)


def refuse_lost_languages(found: Mapping[str, Lengths]) -> None:
    """Stops where nothing is left of a language that is to be trained on.

    Raises:
        UserError: all rows of a language are dropped.
    """
    if gone := [tag for tag, one in found.items() if one.rows and one.dropped == one.rows]:
        raise UserError(f"no row of {', '.join(gone)} fits into max_length; raise it, or leave the language out")


def reference_gap(trainer: Any, rows: Sequence[Mapping[str, Any]]) -> float:
    """How far the reference is from the model before training: the largest |log-ratio| of an answer, in nats a token.

    Each row goes by itself through the trainer's own loss, so that ratios of two rows cannot make up for each other.
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
        found = trainer._metrics["eval"]
        ratios = [abs(found[f"rewards/{side}"][0]) for side in ("chosen", "rejected") if found.get(f"rewards/{side}")]
        gap = max([gap, *(ratio / trainer.beta / max(min(sizes), 1) for ratio in ratios)])
    trainer._metrics["eval"].clear()
    model.train(training)
    return gap


def reference_check(trainer: Any, tolerance: float) -> Any:
    """A callback that stops a run from its start whose implicit rewards do not begin at 0.

    They do when the reference is the model as it is before training. They do not when the reference was loaded from
    somewhere else, for example by the name of a model that was trained further in the same process.
    """
    import transformers

    class ReferenceCheck(transformers.TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step > 0:
                return  # resumed: the model has moved on, as it should
            tags = {tag: at for at, tag in reversed(list(enumerate(trainer.train_dataset["language"])))}
            rows = [trainer.train_dataset[at] for at in sorted(tags.values())[:4]]
            gap = reference_gap(trainer, rows)
            # A NaN is no small gap.
            if not gap <= tolerance:
                raise UserError(
                    f"the reference is not the model that is trained: before the first step their log-probabilities "
                    f"differ by {gap:.3g} nats a token (allowed: {tolerance:g}); save the model and train from "
                    "that folder"
                )

    return ReferenceCheck()
