"""Twenty thousand damaged inputs through every reader: rows that are right, or a refusal; nothing else."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT, environment

from .inputs import kinds

pytestmark = pytest.mark.faults
#: Inputs of one process, so that kinds with many are read by several at a time.
BATCH = 1_000
#: Seconds of silence after which a process hangs where no signal reaches it: in a library.
SILENCE = 60.0


def batches(total: int) -> Iterator[tuple[str, int, int]]:
    """(kind, number of the batch, inputs) of every process."""
    for name, kind in kinds().items():
        count = max(1, total * kind.share // 100)
        yield from ((name, first // BATCH, min(BATCH, count - first)) for first in range(0, count, BATCH))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "batch" in metafunc.fixturenames:
        cases = list(batches(metafunc.config.getoption("--mutations")))
        metafunc.parametrize("batch", cases, ids=[f"{name} {number}" for name, number, _ in cases])


def read(name: str, seed: str, count: int) -> dict[str, Any]:
    """Runs the process; returns what it says at its end, or where it ended before."""
    words = [sys.executable, "-m", "tests.faults.mutating", name, seed, str(count)]
    outcome: dict[str, Any] = {}
    with subprocess.Popen(
        words, cwd=ROOT, env=environment(HF_HUB_OFFLINE="0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        while select.select([process.stdout], [], [], SILENCE)[0]:
            line = process.stdout.readline()
            if not line:
                break
            outcome |= json.loads(line)
        else:
            process.kill()
            return {"tried": 0, "taken": 0, **outcome, "defect": f"input {outcome.get('at')} hangs"}
        if process.wait() == 0:
            return outcome
        end = process.stderr.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        died = f"the process died at input {outcome.get('at')}, {process.returncode} {end}"
        return {"tried": outcome.get("at", 0), "taken": 0, "defect": died}


def test_damaged_inputs(batch, pytestconfig, figure):
    name, number, count = batch
    seed = f"{pytestconfig.getoption('--seed')} {name} {number}"
    outcome = read(name, seed, count)
    figure(f"damaged input: {name}", outcome["tried"], bool(outcome["defect"]))
    assert not outcome["defect"], f"seed {seed}: {outcome['defect']}"
    assert outcome["tried"] >= count
    # A campaign whose every input is refused at the first look says nothing of what lies behind.
    assert outcome["taken"] or count < 100 or name == "JSONL, packed"
