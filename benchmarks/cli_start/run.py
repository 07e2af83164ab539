"""How long `polypref --help` takes beside `trl --help`.

    python benchmarks/cli_start/run.py [ROUNDS]

In an environment with both; every call is a process of its own, in every round one after the other, after one call each
that is not counted. Prints the table.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = {
    "`polypref --help`": ["polypref", "--help"],
    "`polypref build --help`": ["polypref", "build", "--help"],
    "`trl --help`": ["trl", "--help"],
    "`trl dpo --help`": ["trl", "dpo", "--help"],
}


def seconds(words: list[str]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    subprocess.run([Path(sys.executable).with_name(words[0]), *words[1:]], check=True, capture_output=True)
    return time.perf_counter() - start


def main(rounds: int) -> None:
    runs = [{name: seconds(words) for name, words in COMMANDS.items()} for _ in range(rounds + 1)][1:]
    print("| | median, s | times `polypref --help` (median of pairs) |\n|---|---:|---:|")
    for name in COMMANDS:
        ratio = statistics.median(one[name] / one["`polypref --help`"] for one in runs)
        print(f"| {name} | {statistics.median(one[name] for one in runs):.2f} | {ratio:.1f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
