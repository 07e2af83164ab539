"""The response log: answers a second in a flood, and how long a lone one takes.

    python benchmarks/inference/log.py [--against TREE] [--pairs 5] [--answers 20000] [--folder DIR]

A backend in this process gives answers of 2,125 Cyrillic characters as fast as they are taken (a flood), or one each 50
ms (lone ones; the time from giving it to being shown it). Each run is a process of its own with a new file in DIR,
which should lie on the disk that is meant; with TREE, another checkout, both take turns, and which begins changes.
Medians over the pairs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Ran by the trees' own Python path: what is measured is asked for by names that both have.
CHILD = """
import json, random, sys, time
from pathlib import Path
from polypref.inference import Model, Reply, Request, Sampling
from polypref.inference.log import ResponseLog
folder, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
draw = random.Random(0)
letters = [chr(c) for c in range(0x430, 0x450)] + [" "] * 6
texts = ["".join(draw.choices(letters, k=2_125)) for _ in range(64)]
given, took = [0.0], []
class Backend:
    def run(self, requests):
        for number, request in enumerate(requests):
            if kind == "lone":
                time.sleep(0.05)
            given[0] = time.perf_counter()
            yield request, Reply(texts[number % 64], "stop", 100, 500)
requests = [Request(Model("m"), (("user", f"frage {n}"),), Sampling(seed=n)) for n in range(count)]
begin, processor = time.perf_counter(), time.process_time()
with ResponseLog(Path(folder) / "log.sqlite") as log:
    for _ in log.ask(Backend(), requests):
        took.append(time.perf_counter() - given[0])
took.sort()
print(json.dumps({"rate": count / (time.perf_counter() - begin), "lone": took[len(took) // 2],
                  "processor": (time.process_time() - processor) / count}))
"""


def measured(tree: Path, kind: str, count: int, folder: Path) -> dict[str, float]:
    """One run in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        words = [sys.executable, "-c", CHILD, place, kind, str(count)]
        env = os.environ | {"PYTHONPATH": str(tree)}
        ran = subprocess.run(words, env=env, capture_output=True, text=True, cwd=tree)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    measures: dict[str, float] = json.loads(ran.stdout)
    return measures


def disk_milliseconds(folder: Path) -> float:
    """What the disk takes for 4 kB that shall stay: without it no figure of a log says anything."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(50):
            begin = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begin)
    return 1000 * statistics.median(took)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--against", type=Path, help="another checkout")
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--answers", type=int, default=20_000)
    options.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is meant")
    chosen = options.parse_args()
    trees = {"this tree": ROOT} | ({"the other": chosen.against} if chosen.against else {})
    print(f"{os.cpu_count()} cores; the disk keeps 4 kB after {disk_milliseconds(chosen.folder):.1f} ms (median of 50)")
    for kind, count in (("flood", chosen.answers), ("lone", 60)):
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
        for pair in range(chosen.pairs):
            for name in list(trees) if pair % 2 else reversed(list(trees)):
                runs[name].append(measured(trees[name], kind, count, chosen.folder))
        for name, several in runs.items():
            median = {key: statistics.median(run[key] for run in several) for key in several[0]}
            lone = f"{1000 * median['lone']:.1f} ms a lone one"
            what = f"{median['rate']:,.0f} answers/s" if kind == "flood" else lone
            print(f"{kind}, {name}: {what}, {1e6 * median['processor']:.0f} us of CPU an answer", flush=True)
        if len(trees) == 2:
            key = "rate" if kind == "flood" else "lone"
            ratios = sorted(one[key] / other[key] for one, other in zip(*runs.values(), strict=True))
            print(f"  ratio of pairs {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)


if __name__ == "__main__":
    main()
