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
    """(kind, first, last) of every process."""
    for name, kind in kinds().items():
        count = max(1, total * kind.share // 100)
        yield from ((name, first, min(first + BATCH, count)) for first in range(0, count, BATCH))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "batch" in metafunc.fixturenames:
        found = list(batches(metafunc.config.getoption("--mutations")))
        metafunc.parametrize("batch", found, ids=[f"{name} {first}" for name, first, _ in found])


def read(name: str, seed: int, first: int, last: int) -> tuple[list[str], int, int]:
    """Runs the process; returns the defects, how many inputs were taken at least in part, and where it ended."""
    words = [sys.executable, "-m", "tests.faults.mutating", name, str(seed), str(first), str(last)]
    defects, taken, at = [], 0, first
    with subprocess.Popen(
        words, cwd=ROOT, env=environment(HF_HUB_OFFLINE="0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        while True:
            if not select.select([process.stdout], [], [], SILENCE)[0]:
                process.kill()
                return [*defects, f"input {at}: hangs"], taken, at + 1
            line = process.stdout.readline()
            if not line:
                break
            said: dict[str, Any] = json.loads(line)
            at, taken = said.get("at", at), said.get("taken", taken)
            if "defect" in said:
                defects.append(f"input {at}: {said['defect']}")
        if process.wait() == 0:
            return defects, taken, last
        end = process.stderr.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        return [*defects, f"input {at}: the process died, {process.returncode} {end}"], taken, at + 1


def test_damaged_inputs(batch, pytestconfig, figure):
    name, first, last = batch
    seed, defects, taken, at = pytestconfig.getoption("--seed"), [], 0, first
    while at < last:
        more, took, at = read(name, seed, at, last)
        defects, taken = defects + more, taken + took
    figure(f"damaged input: {name}", last - first, len(defects))
    assert not defects, f"{len(defects)} of {last - first}, seed {seed}:\n" + "\n".join(defects[:20])
    # A campaign whose every input is refused at the first look says nothing of what lies behind.
    assert taken or last - first < 100 or name == "JSONL, packed"
