"""Pairs as filters see them, and what a filter said of them."""

from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pytest

from polypref.stages.checks.contract import Batch, Check, Reject

_COLUMNS: dict[str, Any] = {
    "language": pa.string(), "response_language": pa.string(), "chosen": pa.string(), "rejected": pa.string(),
    "origin": pa.string(), "chosen_route": pa.string(), "rejected_route": pa.string(),
    "chosen_finish_reason": pa.string(), "rejected_finish_reason": pa.string(), "chosen_score": pa.float64(),
    "rejected_score": pa.float64(), "score_margin": pa.float64(), "prompt_source": pa.string(),
    "chosen_source": pa.string(), "source_language": pa.string(), "chosen_scores": pa.list_(pa.float64()),
    "rejected_scores": pa.list_(pa.float64()), "review": pa.string(), "by_check": pa.string(),
}  # fmt: skip
_OPTIONAL = ("prompt_source", "chosen_source", "source_language")


@pytest.fixture(scope="session")
def pairs() -> Callable[..., Batch]:
    """Makes a batch of dicts; what a dict does not say is as a sound pair has it. Optional columns only where named."""

    def make(*rows: dict[str, Any]) -> Batch:
        sound = {"language": "en", "chosen": "Yes.", "rejected": "No, not at all.", "origin": "native"}
        sound |= {"chosen_route": "direct", "rejected_route": "direct"}
        full = [sound | row for row in rows]
        for row in full:
            row.setdefault("response_language", row["language"])
        named = [name for name in _COLUMNS if name not in _OPTIONAL or any(name in row for row in rows)]
        table = {name: pa.array([row.get(name) for row in full], _COLUMNS[name]) for name in named}
        table["prompt"] = pa.array([[{"role": "user", "content": row.get("prompt", "Why?")}] for row in full])
        return Batch(pa.table(table))

    return make


@pytest.fixture(scope="session")
def outcomes() -> Callable[[Check, Batch], list[tuple[int, str]]]:
    """Returns what a filter said: (row, reason of the rejection or name of the flag)."""

    def listed(one: Check, batch: Batch) -> list[tuple[int, str]]:
        judged: Iterable[Any] = one(batch)
        return [(row, what.reason if isinstance(what, Reject) else what.name) for row, what in judged]

    return listed
