"""Times the default checks of prompts, answers and pairs beside the chain of an earlier version.

    python benchmarks/quality/chain.py --before CHECKOUT    ratio and seconds of both, into results.json

CHECKOUT is a checkout of the earlier version (`git worktree add CHECKOUT da4ecac`). Both run in turns in one process
over pairs of m_arena_hard answers in which every prompt and every answer occurs once, which is the worst case: where an
answer is in many pairs, versions whose checks saw pairs only checked it in each. What is kept of texts is forgotten
before each turn.
"""

import argparse
import functools
import importlib
import importlib.util
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import corpora
import pyarrow as pa
from run import write

from polypref import schema
from polypref.pipeline.checking import ROWS_AT_ONCE
from polypref.stages.checks.contract import Batch, Subject, run_chain
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.findings import checks_of, run_checks

ROUNDS = 7
_OF_AN_ANSWER = ("", "_model", "_route", "_finish_reason")


def pairs() -> pa.Table:
    """Returns a pair for each question of m_arena_hard in each language: two answers, the question, its source."""
    asked = {(tag, name): text for tag, name, text in corpora.questions()}
    answers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for tag, _, name, text in corpora.arena():
        answers[tag, name].append(text)
    rows = []
    for (tag, name), texts in sorted(answers.items()):
        if len(texts) > 1:
            at = len(rows) % (len(texts) - 1)
            source = None if tag == "en" else asked["en", name]
            rows.append(
                {
                    "id": f"{tag}:{name}",
                    "language": tag,
                    "prompt": asked[tag, name],
                    "prompt_source": source,
                    "origin": "translated" if source else "native",
                    "chosen": texts[at],
                    "rejected": texts[at + 1],
                }
            )
    return corpora.table(rows)


def apart(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Returns the prompts of pairs, and their answers, both of a pair one after the other."""
    of_pairs = ("chosen", "rejected", "score", "pair_id")
    of_prompts = table.select([name for name in table.column_names if not name.startswith(of_pairs)])
    sides = []
    for side in ("chosen", "rejected"):
        one = of_prompts.append_column("completion_id", pa.array([f"{i}:{side}" for i in range(len(table))]))
        for end in _OF_AN_ANSWER:
            if side + end in table.column_names:
                one = one.append_column(f"answer{end}", table[side + end])
        sides.append(one)
    places = [i + side * len(table) for i in range(len(table)) for side in (0, 1)]
    return of_prompts, pa.concat_tables(sides).take(pa.array(places))


def checked(table: pa.Table, subject: Subject) -> pa.Table:
    """Returns what the checks of prompts, or of answers, find, as a build asks them."""
    chain = default_chain()
    parts = (run_checks(chain, Batch(part, subject=subject)) for part in _parts(table))
    return pa.concat_tables([schema.FINDINGS.empty_table(), *parts])


def filtered(table: pa.Table) -> pa.Table:
    """Returns what the checks of pairs say, as a build asks them."""
    chain = checks_of(default_chain(), "pair")
    return pa.concat_tables([run_chain(chain, Batch(part)) for part in _parts(table)])


def _parts(table: pa.Table) -> Iterator[pa.Table]:
    for begin in range(0, len(table), ROWS_AT_ONCE):
        yield table.slice(begin, ROWS_AT_ONCE)


def earlier(checkout: Path) -> ModuleType:
    """Loads the package of another checkout beside this one, under a name of its own.

    Returns:
        its module with the contract of checks; the package's modules import one another by relative names.
    """
    folder = checkout / "polypref"
    spec = importlib.util.spec_from_file_location(
        "earlier", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec and spec.loader, f"{folder} holds no package"
    sys.modules["earlier"] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    # It reads the files that come with it, not today's: these have keys that it does not know.
    vars(importlib.import_module("earlier.files.packaged"))["files"] = lambda _: folder
    contract = importlib.import_module("earlier.stages.checks.contract")
    # Its checks are none of somebody's own, for which each text would be copied and read again.
    vars(contract)["is_own"] = lambda _: False
    return contract


def _of_earlier(contract: ModuleType, table: pa.Table) -> Callable[[], Any]:
    """Returns what runs the earlier version's checks: of pairs alone, or of prompts, answers and pairs."""
    old_chain = importlib.import_module("earlier.stages.checks.defaults").default_chain()

    def of_pairs(chain: Any) -> None:
        for part in _parts(table):
            contract.run_chain(chain, contract.Batch(part))

    if importlib.util.find_spec("earlier.stages.checks.findings") is None:
        return lambda: of_pairs(old_chain)
    findings = importlib.import_module("earlier.stages.checks.findings")
    prompts, answers = apart(table)

    def before() -> None:
        for subject, rows in (("prompt", prompts), ("answer", answers)):
            for part in _parts(rows):
                findings.run_checks(old_chain, contract.Batch(part, subject=subject))
        of_pairs(findings.checks_of(old_chain, "pair"))

    return before


def _forget_texts() -> None:
    """Empties the caches of both versions that hold a number of entries at most: texts and what was read of them."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("polypref", "earlier"):
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper) and value.cache_parameters()["maxsize"]:
                    value.cache_clear()


def measured(checkout: Path, rounds: int) -> dict[str, Any]:
    """Returns processor seconds of both ways, in turns: medians, and the median of the rounds' ratios."""
    contract = earlier(checkout)
    table = pairs()
    prompts, answers = apart(table)
    ways: dict[str, Callable[[], Any]] = {
        "before": _of_earlier(contract, table),
        "prompts": lambda: checked(prompts, "prompt"),
        "answers": lambda: checked(answers, "answer"),
        "pairs": lambda: filtered(table),
    }
    for way in ways.values():
        way()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            if name in ("before", "prompts"):
                _forget_texts()
            start = time.process_time()
            way()
            taken[name].append((time.process_time() - start) / len(table) * 1e6)
    taken["now"] = [sum(one) for one in zip(*(taken[name] for name in ("prompts", "answers", "pairs")), strict=True)]
    ratios = [now / old for now, old in zip(taken["now"], taken["before"], strict=True)]
    for name, seconds in taken.items():
        print(f"{name:8} {statistics.median(seconds):8.1f} us a pair, {min(seconds):8.1f} at best")
    print(f"now / before: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
    findings = Counter(
        checked(prompts, "prompt")["outcome"].to_pylist() + checked(answers, "answer")["outcome"].to_pylist()
    )
    return {
        "pairs": len(table),
        "microseconds_a_pair": {name: round(statistics.median(seconds), 1) for name, seconds in taken.items()},
        "ratios": [round(ratio, 3) for ratio in ratios],
        "ratio": round(statistics.median(ratios), 3),
        "findings": dict(findings),
    }


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the earlier version")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    write({"checks_in_turns": measured(asked.before, asked.rounds)})


if __name__ == "__main__":
    main()
