"""Routed rows hold more disagreement than random ones, on public data that was labelled more than once."""

import runpy
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "routing"
SETS: dict[str, Callable[[dict[str, Any], Path], list[Any]]] = {
    "PandaLM, with a second rater": lambda names, data: [
        list(names["pandalm"](data, *two)) for two in permutations(range(3), 2)
    ],
    "Japanese Vicuna QA, by texts alone": lambda names, data: [list(names["ja_vicuna_qa"](data))],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_routed_rows_are_disputed_more_often_and_as_often_as_the_table_says(name: str, real_data: Path) -> None:
    names = runpy.run_path(str(BENCHMARK / "run.py"))
    random, routed, low, high = names["gains"](SETS[name](names, real_data), 0.1)
    assert 0 < low < routed - random < high
    table = (BENCHMARK / "README.md").read_text("utf-8").splitlines()
    (row,) = [line for line in table if line.startswith(f"| {name} |") and "| 10% |" in line]
    difference = f"{100 * (routed - random):+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    assert row.endswith(f"| 10% | {random:.1%} | {routed:.1%} | {difference} |")
