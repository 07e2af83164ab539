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
from polypref.languages.close_languages import evidence
from polypref.languages.discriminators import speaks_against
from polypref.stages.checks import contract
from polypref.stages.checks.refusals import Refusals
from polypref.stages.checks.translation import leftover

ROUNDS = 7
#: A text, its language's tag, and the text that it was translated from.
Rows = list[tuple[str, str, str | None]]


def prose(rows: Rows) -> Any:
    return prose_of_each([text for text, _, _ in rows])


def frequent_words(rows: Rows) -> Any:
    return [evidence(text, tag) for text, tag, _ in rows]


def tables_of_words(rows: Rows) -> Any:
    return [speaks_against(text, tag) for text, tag, _ in rows]


def refusals(rows: Rows) -> Any:
    check, texts, tags = Refusals(), [text for text, _, _ in rows], [tag for _, tag, _ in rows]
    return check.find("refusal", [text[: check.head] for text in texts], tags), check.find("boilerplate", texts, tags)


def words_left_over(rows: Rows) -> Any:
    return [leftover(source, text) for text, _, source in rows if source]


#: What is timed, by the name of its row: on answers, and on translated prompts beside their sources.
PARTS: dict[str, Callable[[Rows], Any]] = {
    "prose": prose,
    "frequent words": frequent_words,
    "tables of words": tables_of_words,
    "refusals": refusals,
    "words left over": words_left_over,
}
OF_PROMPTS = ("words left over",)


def switched(state: str, part: Callable[[Rows], Any], rows: Rows) -> tuple[float, Any]:
    """Runs a part with the library (`on`) or without (`off`); returns processor seconds, and what it gave."""
    os.environ[library.SWITCH] = state
    library.library.cache_clear()
    start = time.process_time()
    outcome = part(rows)
    return time.process_time() - start, outcome


def main() -> None:
    """Prints a row for each part that is named, or for all."""
    pairs = chain.pairs()
    asked, tags = pairs["prompt"].to_pylist(), pairs["language"].to_pylist()
    answers: Rows = [
        (text, tag, None) for side in contract.SIDES for text, tag in zip(pairs[side].to_pylist(), tags, strict=True)
    ]
    prompts: Rows = [
        (turns[0]["content"], tag, source)
        for turns, tag, source in zip(asked, tags, pairs["prompt_source"].to_pylist(), strict=True)
        if source
    ]
    for name, rows in (("answers", answers), ("translated prompts", prompts)):
        print(f"{len(rows)} {name} of {statistics.mean(len(text) for text, _, _ in rows):.0f} characters; us a text")
    print("| part | Python | compiled | ratio |\n|---|---:|---:|---|")
    for name in sys.argv[1:] or PARTS:
        part, rows = PARTS[name], prompts if name in OF_PROMPTS else answers
        # The first run of each reads what it needs, and holds that both give the same.
        assert switched("off", part, rows)[1] == switched("on", part, rows)[1], name
        rounds = [(switched("off", part, rows)[0], switched("on", part, rows)[0]) for _ in range(ROUNDS)]
        slow, fast = ([1e6 * seconds / len(rows) for seconds in way] for way in zip(*rounds, strict=True))
        ratios = [one / other for one, other in zip(slow, fast, strict=True)]
        medians = f"{statistics.median(slow):.1f} | {statistics.median(fast):.1f} | {statistics.median(ratios):.1f}"
        print(f"| {name} | {medians} ({min(ratios):.1f} to {max(ratios):.1f}) |")


if __name__ == "__main__":
    main()
