"""Commands in children of a process that has the libraries loaded (`tests/zygote.py`)."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


class Forks:
    """A process that forks one child after the other; started with the first job.

    Args:
        env: the environment that it is started with.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self._parent: subprocess.Popen[str] | None = None

    def run(self, job: Mapping[str, Any]) -> int:
        """Does a job, as `tests/zygote.py` says; its exit code."""
        if self._parent is None:
            words = [sys.executable, "-m", "tests.zygote"]
            pipe = subprocess.PIPE
            self._parent = subprocess.Popen(words, cwd=ROOT, env=self.env, stdin=pipe, stdout=pipe, text=True)
            assert self._parent.stdout is not None and self._parent.stdout.readline() == "ready\n"
        assert self._parent.stdin is not None and self._parent.stdout is not None
        print(json.dumps(job), file=self._parent.stdin, flush=True)
        return int(self._parent.stdout.readline())

    def close(self) -> None:
        """Ends the process."""
        if self._parent is not None and self._parent.stdin is not None:
            self._parent.stdin.close()
            self._parent.wait(20)
