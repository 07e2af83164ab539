"""Our default checks beside the nearest steps of datatrove and data-juicer, on the same answers in one run.

    POLYPREF_DATA=... python benchmarks/quality/peers.py --datatrove PYTHON --data-juicer PYTHON [--turns 3]

PYTHON is an interpreter with datatrove[processing] and spaCy, or with py-data-juicer. All run in turns; seconds are
processor time, medians of the turns. Prints a Markdown table.
"""

import argparse
import json
import random
import statistics
import subprocess
import time
from pathlib import Path

import chain
import corpora

DATATROVE = ("GopherRepetitionFilter", "GopherQualityFilter", "C4QualityFilter", "FineWebQualityFilter")
DATA_JUICER = (
    "CharacterRepetitionFilter",
    "WordRepetitionFilter",
    "AlphanumericFilter",
    "SpecialCharactersFilter",
    "MaximumLineLengthFilter",
)
OURS = "polypref: all default checks of the answer, half of its prompt and half of its pair"
ANSWERS, SEED = 500, 0


def by_peer(python: str, step: str, texts: list[str]) -> tuple[int, float]:
    """Returns how many of the texts a peer's step takes away, and its seconds."""
    asked = json.dumps({"step": step, "texts": texts})
    done = subprocess.run([python, Path(__file__).with_name("peer.py")], input=asked, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{step}: {done.stderr}")
    reply = json.loads(done.stdout.splitlines()[-1])
    return len(texts) - sum(reply["kept"]), reply["seconds"]


def ours(table: chain.pa.Table) -> tuple[int, float]:
    """Returns how many chosen answers of pairs the default checks take away, and half of the pairs' seconds."""
    prompts, answers = chain.apart(table)
    chain._forget_texts()
    start = time.process_time()
    chain.checked(prompts, "prompt")
    findings = chain.checked(answers, "answer")
    chain.filtered(table)
    seconds = time.process_time() - start
    rejected = {
        row["completion_id"]
        for row in findings.select(["completion_id", "outcome"]).to_pylist()
        if row["outcome"] == "reject" and row["completion_id"].endswith(":chosen")
    }
    return len(rejected), seconds / 2


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datatrove", required=True, help="python interpreter with datatrove[processing]")
    parser.add_argument("--data-juicer", required=True, help="python interpreter with py-data-juicer")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    rows = random.Random(SEED).sample(corpora.clean_answers(), ANSWERS)
    table, texts = corpora.table(rows), [row["chosen"] for row in rows]
    ours(table)  # loads models and tables
    steps = [(options.datatrove, name) for name in DATATROVE] + [(options.data_juicer, name) for name in DATA_JUICER]
    seconds: dict[str, list[float]] = {}
    taken: dict[str, int] = {}
    for _ in range(options.turns):
        taken[OURS], one = ours(table)
        seconds.setdefault(OURS, []).append(one)
        for python, step in steps:
            taken[step], one = by_peer(python, step, texts)
            seconds.setdefault(step, []).append(one)
    print(f"| step | us an answer | of {ANSWERS} sound answers taken away |\n|---|---:|---:|")
    for step, of_turns in seconds.items():
        print(f"| {step} | {statistics.median(of_turns) / ANSWERS * 1e6:,.0f} | {taken[step]} |")


if __name__ == "__main__":
    main()
