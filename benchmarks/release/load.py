"""Loading a released dataset beside the same rows written by `push_to_hub`, from the same loopback Hub.

    python benchmarks/release/load.py [ROUNDS [ROWS]]

ROWS are those of each language, 1,000 where they are left out; the quotas of the mixtures go with them. Every
measurement is a process of its own with an empty cache; the time, of the clock and of the processor, is that of
`load_dataset` and what follows, after the imports. In every round the ways follow each other. Prints the table; the
requests are those of one load.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from run import PUSH, ROOT, ROWS, build, mixtures_of

sys.path.insert(0, str(ROOT))

from tests.hub import LoopbackHub

CONFIGS = ("ml-23", "ml-23-tenth")
TASKS = {
    "first row, streaming": "row = next(iter(load_dataset(repo, config, split='train', streaming=True)))",
    "all rows, streaming": "row = sum(1 for _ in load_dataset(repo, config, split='train', streaming=True))",
    "full load": "row = load_dataset(repo, config)['train'][0]",
}
TIMED = """
import os, sys, time
from datasets import load_dataset
repo, config = sys.argv[1:]
start, used = time.perf_counter(), sum(os.times()[:4])
{task}
print(time.perf_counter() - start, sum(os.times()[:4]) - used, flush=True)
os._exit(0)  # a stream that was left in its midst may abort the interpreter as it ends
"""


def publish(hub: LoopbackHub, folder: Path, home: str) -> None:
    """The same folder, once as a release and once by `push_to_hub`, a call a mixture."""
    env = hub.env(hub.token("org"), home) | {"PYTHONPATH": str(ROOT)}
    ways = (
        ["-m", "polypref.cli", "release", str(folder), "--repo", "org/release"],
        ["-c", PUSH, str(folder), "org/push", ",".join(mixture.name for mixture in mixtures_of(ROWS))],
    )
    for words in ways:
        subprocess.run([sys.executable, *words], env=env, check=True, capture_output=True)


def seconds(hub: LoopbackHub, repo: str, config: str, task: str) -> tuple[float, float]:
    """One process with an empty cache: of the clock, and of the processor."""
    with tempfile.TemporaryDirectory() as home:
        words = [sys.executable, "-c", TIMED.format(task=task), repo, config]
        done = subprocess.run(words, env=hub.env(hub.token("org"), home), check=True, capture_output=True, text=True)
    wall, used = map(float, done.stdout.split()[-2:])
    return wall, used


def requests(hub: LoopbackHub, repo: str, config: str, task: str) -> int:
    """How many requests one load takes."""
    before = len(hub.requests)
    seconds(hub, repo, config, task)
    return len(hub.requests) - before


def measure(hub: LoopbackHub, rounds: int) -> None:
    """Prints the table for what is published."""
    head = ("", "config", "released, s", "push_to_hub, s", "ratio (median of pairs)", "ratio of processor time")
    print(f"| {' | '.join((*head, 'requests'))} |\n|---|---{'|---:' * 5}|")
    for name, task in TASKS.items():
        for config in CONFIGS:
            asked = [requests(hub, repo, config, task) for repo in ("org/release", "org/push")]
            pairs = [
                (seconds(hub, "org/release", config, task), seconds(hub, "org/push", config, task))
                for _ in range(rounds)
            ]
            ours, theirs = (statistics.median(pair[i][0] for pair in pairs) for i in (0, 1))
            wall, used = (statistics.median(a[i] / b[i] for a, b in pairs) for i in (0, 1))
            figures = (f"{ours:.2f}", f"{theirs:.2f}", f"{wall:.2f}", f"{used:.2f}", f"{asked[0]}, {asked[1]}")
            print(f"| {' | '.join((name, config, *figures))} |", flush=True)


def main(rounds: int, rows: int) -> None:
    with tempfile.TemporaryDirectory() as work, LoopbackHub() as hub:
        publish(hub, build(Path(work), rows), str(Path(work) / "home"))
        measure(hub, rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, int(sys.argv[2]) if len(sys.argv) > 2 else ROWS)
