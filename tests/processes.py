"""Processes of a command that is killed: its workers, and whether all of them are gone."""

import os
import time
from pathlib import Path


def workers_of(pid: int) -> list[int]:
    """Workers that a process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    numbers = []
    for one in children.read_text().split() if children.exists() else []:
        try:
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes():
                numbers.append(int(one))
        except OSError:
            continue
    return sorted(numbers)


def gone(group: int) -> bool:
    """Whether every process of the group ends within ten seconds."""
    for _ in range(1000):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
