"""A process that damages inputs of one kind and reads them: `python -m tests.faults.mutating KIND SEED INPUTS`.

Hypothesis draws the damage, and makes what it finds wrong as small as it can. It is a process of its own because a
damaged file can bring down a library written in C, or eat all memory. It says one JSON object a line: {"at": n} before
input n, and at the end {"tried": n, "taken": n, "defect": "..."}, the last empty where nothing was wrong.
"""

import contextlib
import io
import json
import random
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from . import inputs
from .mutate import mutated

#: Seconds that an input of a few kilobytes may take.
PATIENCE = 10.0
MEMORY = 8 << 30


class Hang(BaseException):
    """An input that takes too long."""


def _late(*_: object) -> None:
    raise Hang


def damaged(kind: inputs.Kind, draw: random.Random) -> tuple[str, bytes]:
    """A file's name and its damaged bytes."""
    name, data = draw.choice(kind.seeds)
    return name, mutated(draw, data, draw.choice(kind.seeds)[1])


def defect(kind: inputs.Kind, name: str, data: bytes, draw: random.Random) -> tuple[str, bool]:
    """What is wrong with how an input was read, empty where nothing is; and whether anything of it was taken."""
    folder = Path(tempfile.mkdtemp(prefix="polypref-faults-"))
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return "", kind.rule(folder, name, data, draw)
    except inputs.REFUSALS:
        return "", False
    except (Hang, Exception) as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if "/polypref/" in f.filename] or [
            *traceback.extract_tb(error.__traceback__)
        ]
        where = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else ""
        return f"{type(error).__name__} in {where}: {str(error)[:160]}", False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        shutil.rmtree(folder, ignore_errors=True)


def say(**what: Any) -> None:
    print(json.dumps(what), file=sys.__stdout__, flush=True)


def main(name: str, seed: str, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _late)
    kind, tried, taken, wrong = inputs.kinds()[name], 0, 0, ""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(st.randoms(use_true_random=False))
    def read(draw: random.Random) -> None:
        nonlocal tried, taken, wrong
        tried += 1
        say(at=tried)
        file, data = damaged(kind, draw)
        wrong_with, took = defect(kind, file, data, draw)
        taken += took
        if wrong_with:
            # The last one that is wrong is the smallest.
            wrong = f"{wrong_with}; {file} as {data[:300]!r}"
            raise AssertionError(wrong)

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            read()
    except (AssertionError, hypothesis.errors.Flaky, BaseExceptionGroup) as error:
        wrong = wrong or f"{type(error).__name__}: {error}"
    say(tried=tried, taken=taken, defect=wrong)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
