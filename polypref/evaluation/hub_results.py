"""Figures of a model in the Hub's own form for results, `.eval_results/*.yaml`, beside the model-index of its card.

Such a file names a benchmark's dataset on the Hub, so only sets that come from one have entries. A language is a task
of the dataset (`win_rate_de`), the macro average another; what a number cannot say (against whom, by which judge, the
interval, how many prompts) stands in the notes.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import yaml

from ..files.hub_names import is_repo_name
from .results import Comparison, Results, SetFacts

if TYPE_CHECKING:
    from huggingface_hub import EvalResultEntry

#: The file in a model's repository that is polypref's; others in its folder stay as they are.
FILE = ".eval_results/polypref.yaml"


def hub_dataset(declared: SetFacts | None) -> str | None:
    """The dataset on the Hub that a set comes from.

    Args:
        declared: the set; None where nothing is known of it.

    Returns:
        ORG/NAME; None for a file, which has its digest as revision.
    """
    if declared is None or not declared.repo or (declared.revision or "").startswith("sha256:"):
        return None
    return declared.repo if "/" in declared.repo and is_repo_name(declared.repo) else None


def results_file(results: Results, repo: str) -> bytes | None:
    """The file of the model asked about.

    Args:
        results: as in results.json.
        repo: the model's repository.

    Returns:
        YAML; None where no set comes from a dataset on the Hub.
    """
    from huggingface_hub import eval_result_entries_to_yaml

    entries = list(_entries(results, repo))
    if not entries:
        return None
    text: str = yaml.safe_dump(eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True, width=1000)
    return text.encode("utf-8", "replace")


def _entries(results: Results, repo: str) -> "Iterator[EvalResultEntry]":
    from huggingface_hub import EvalResultEntry

    sets = {one.name: one for one in results.sets}
    for one in results.comparisons:
        declared = sets.get(one.set)
        dataset = hub_dataset(declared)
        if one.model != results.comparisons[0].model or declared is None or dataset is None:
            continue
        for task, value, note in _figures(one):
            yield EvalResultEntry(
                dataset_id=dataset,
                task_id=task,
                value=round(value, 4),
                dataset_revision=declared.revision or None,
                source_url=f"https://huggingface.co/{repo}",
                source_name="polypref",
                notes=note,
            )


def _figures(one: Comparison) -> Iterator[tuple[str, float, str]]:
    """(task, win-rate, notes) of each language that has one, and of the macro average."""
    who = f"win-rate (0 to 1) against {one.other}, judged by {one.judge}"
    for row in one.rows:
        if row.win_rate is not None:
            note = f"{who}; {_interval(row.low, row.high, one.level)}{row.scored} of {row.prompts} prompts scored"
            yield f"win_rate_{row.language}", row.win_rate, note
    mean = one.average
    if mean.win_rate is not None:
        note = f"{who}; {_interval(mean.low, mean.high, one.level)}macro average over {', '.join(mean.languages)}"
        yield "win_rate_macro_average", mean.win_rate, note


def _interval(low: float | None, high: float | None, level: float) -> str:
    return "" if low is None or high is None else f"{level:.0%} interval {low:.4f} to {high:.4f}; "
