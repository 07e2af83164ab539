"""Times what is compiled beside the Python that defines it, on the texts of benchmarks/quality/chain.py.

    POLYPREF_DATA=... python benchmarks/kernels/run.py [NAME ...]

Both run in turns in one process: with the library, and as POLYPREF_KERNELS=off has it. Processor time.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "quality"))

import chain

from polypref.kernels import library
from polypref.kernels.prose import prose_of_each
from polypref.stages.checks import contract

ROUNDS = 7
Texts = list[str]


def prose(answers: Texts) -> Any:
    return prose_of_each(answers)


#: What is timed on the answers, by the name of its row.
PARTS: dict[str, Callable[[Texts], Any]] = {"prose": prose}


def switched(state: str, part: Callable[[Texts], Any], texts: Texts) -> tuple[float, Any]:
    """Runs a part with the library (`on`) or without (`off`); returns processor seconds, and what it gave."""
    os.environ[library.SWITCH] = state
    library.library.cache_clear()
    start = time.process_time()
    outcome = part(texts)
    return time.process_time() - start, outcome


def main() -> None:
    """Prints a row for each part that is named, or for all."""
    pairs = chain.pairs()
    answers = [text for side in contract.SIDES for text in pairs[side].to_pylist()]
    print(f"{len(answers)} answers of {statistics.mean(map(len, answers)):.0f} characters; us an answer")
    print("| part | Python | compiled | ratio |\n|---|---:|---:|---|")
    for name in sys.argv[1:] or PARTS:
        part = PARTS[name]
        # The first run of each reads what it needs, and holds that both give the same.
        assert switched("off", part, answers)[1] == switched("on", part, answers)[1], name
        rounds = [(switched("off", part, answers)[0], switched("on", part, answers)[0]) for _ in range(ROUNDS)]
        slow, fast = ([1e6 * seconds / len(answers) for seconds in way] for way in zip(*rounds, strict=True))
        ratios = [one / other for one, other in zip(slow, fast, strict=True)]
        medians = f"{statistics.median(slow):.1f} | {statistics.median(fast):.1f} | {statistics.median(ratios):.1f}"
        print(f"| {name} | {medians} ({min(ratios):.1f} to {max(ratios):.1f}) |")


if __name__ == "__main__":
    main()
