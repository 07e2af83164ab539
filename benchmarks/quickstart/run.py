"""The full loop with three seeds fixed beforehand, each with a control: the same pairs, half of each language swapped.

    python benchmarks/quickstart/run.py [--out build/benchmark-quickstart]

What is there already is not done again. The table is printed as Markdown.
"""

import argparse
import hashlib
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}

from polypref.evaluation.results import Results
from quickstart import steps
from quickstart.__main__ import run_loop

SEEDS = (1, 2, 3)
SIDES = ("", "_id", "_model", "_route", "_score")


def swapped(table: pa.Table, count: int, seed: int) -> pa.Table:
    """The table with chosen and rejected swapped in `count` of its rows, drawn by a hash of the pair."""
    order = [hashlib.md5(f"{seed} {pair}".encode()).hexdigest() for pair in table["pair_id"].to_pylist()]
    drawn = set(sorted(order)[:count])
    turned = [one in drawn for one in order]
    mask = pa.array(turned)
    for end in SIDES:
        chosen, rejected = table["chosen" + end].combine_chunks(), table["rejected" + end].combine_chunks()
        both = pa.concat_arrays([chosen, rejected])
        places, away = pa.array(range(len(turned))), pa.array(range(len(turned), 2 * len(turned)))
        for name, first, second in (("chosen", away, places), ("rejected", places, away)):
            taken = both.take(pc.if_else(mask, first, second))
            table = table.set_column(table.schema.get_field_index(name + end), table.schema.field(name + end), taken)
    return table


def control(out: Path, dataset: Path, seed: int) -> Path:
    """A copy of the dataset with its labels shuffled within each language."""
    target = out / "control-dataset"
    if not target.exists():
        part = out / "control-dataset.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(dataset, part, ignore=shutil.ignore_patterns(".polypref"))
        more = 0
        for file in sorted((part / "data").rglob("train-*.parquet")):  # one language each
            table = pq.read_table(file)
            # The odd row is swapped in every second language that has one: left as it is in all of them, it would be a
            # signal that all languages share.
            odd = len(table) % 2
            pq.write_table(swapped(table, len(table) // 2 + odd * more, seed), file)
            more ^= odd
        part.rename(target)
    return target


def one_seed(out: Path, seed: int) -> dict[str, Any]:
    settings = steps.Settings(seed=seed)
    begin = time.perf_counter()
    found = run_loop(out, settings, show=False)
    clock = out / "seconds.json"
    if not clock.is_file():
        clock.write_text(json.dumps(time.perf_counter() - begin), "utf-8")
    took = json.loads(clock.read_text("utf-8"))
    model = out / "sft"
    trained = steps.train_preferences(control(out, out / "dataset", seed), out, out / "control", settings)
    shuffled = steps.compare_models(model, trained, out, out / "control-evaluation", settings, show=False)
    return {
        "seed": seed,
        "seconds": took,
        "loop": (found, out / "evaluation"),
        "control": (shuffled, out / "control-evaluation"),
    }


def row(name: str, seconds: str, results: Results, folder: Path) -> str:
    (compared,) = results.comparisons
    average, exact = compared.average, steps.right(folder)
    rate = f"{average.win_rate:.3f} ({average.low:.3f} to {average.high:.3f})"
    fidelity = f"{average.other_fidelity.lines:.1%} -> {average.fidelity.lines:.1%}"
    right = f"{exact[steps.BEFORE]:.1%} -> {exact[steps.AFTER]:.1%}"
    below = ", ".join(compared.below_half) or "none"
    return f"| {name} | {rate} | {fidelity} | {right} | {below} | {seconds} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/benchmark-quickstart"))
    out = parser.parse_args().out
    print("| run | macro win-rate (95% interval) | in the language | right | under one half | seconds |")
    print("|---|---|---|---|---|---|")
    for seed in SEEDS:
        found = one_seed(out / f"seed-{seed}", seed)
        print(row(f"seed {seed}", f"{found['seconds']:.0f}", *found["loop"]))
        print(row(f"seed {seed}, labels shuffled", "", *found["control"]), flush=True)


if __name__ == "__main__":
    main()
