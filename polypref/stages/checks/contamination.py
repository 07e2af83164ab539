"""Contaminated prompts: those that hold a prompt of an evaluation set, or whose translation does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ...scripting.declared import checked_call
from .contract import Batch, Outcome, Reject, Subject


@checked_call
@dataclass(frozen=True)
class Contamination:
    """Rejects prompts that are contaminated; the detail names the evaluation set.

    Which are is found before the chain runs, over all languages: see stages/prompts/evaluation_overlap.py.
    """

    name: ClassVar[str] = "contamination"
    version: ClassVar[int] = 1
    subjects: ClassVar[tuple[Subject, ...]] = ("prompt",)
    summary: ClassVar[str] = "rejects prompts that hold, or are translations of ones that hold, an evaluation prompt"
    thresholds: ClassVar[dict[str, str]] = {}
    settings_elsewhere: ClassVar[str] = (
        "the evaluation prompts that it looks for stand in "
        "Builder(prompts=Prompts(evaluation=(checks.EvaluationPrompts('my set', path='x.jsonl'),)))"
    )

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        """Reads contaminated_by, the name of the evaluation set or null."""
        for row, evaluation in enumerate(batch.column("contaminated_by")):
            if evaluation is not None:
                yield row, Reject("contaminated", evaluation)
