"""Whether routed rows hold more disagreement than random ones, on public data that was labelled more than once.

    python benchmarks/routing/run.py [--data DIR]

PandaLM's test set was judged by three people. One gives the label; a row is disputed where a person says otherwise.
By texts alone that is either of the two others, and each of the three gives the label once. With a second rater, one
of the others is that rater, whose disagreement is known, the third is the person whom the rows are sent to; each of the
three has each part, which makes six. Japanese Vicuna QA: the label is GPT-4's verdict in one order of the answers, and
a row is disputed where its verdict in the other order is another. Ties give no label.

Of each data set the rows that `polypref review export --route` would take are compared with all rows, which is what
rows drawn at random hold on the average. The interval is a bootstrap over prompts: 4,000 draws of as many prompts, in
each of which the rows with the highest scores are taken anew.
"""

import argparse
import gzip
import json
import os
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polypref.review.routing import score_rows
from polypref.review.sheet_rows import SheetRow

BUDGETS = (0.1, 0.2, 0.3)
DRAWS = 4_000


class Labelled(NamedTuple):
    """A row of a data set: its prompt's number, as a sheet would have it, whether a person says otherwise than the
    label, and how far a second rater does."""

    prompt: int
    row: SheetRow
    disputed: bool
    against: float = 0.0


def sheet_row(number: int, chosen: str, rejected: str) -> SheetRow:
    """A pair of which nothing is known but its texts."""
    return SheetRow(f"{number:032x}", [], chosen, rejected, "a", "b", "label", None, [], 1, 0)


def pandalm(data: Path, annotator: int, second: int | None = None) -> Iterator[Labelled]:
    """Rows labelled by one of three people; another may be a second rater, and who is left disputes."""
    with gzip.open(data / "preference_layouts" / "pandalm_testset.json.gz", "rt", encoding="utf-8") as file:
        rows = json.load(file)
    prompts: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        prompt = prompts.setdefault((row["instruction"], row["input"]), len(prompts))
        votes = [row[f"annotator{at}"] for at in (1, 2, 3)]
        if label := votes[annotator]:
            answers = [str(row["response1"]), str(row["response2"])]
            chosen, rejected = answers if label == 1 else answers[::-1]
            people = [vote for at, vote in enumerate(votes) if at not in (annotator, second)]
            against = 0.0 if second is None else {label: 0.0, 0: 0.5}.get(votes[second], 1.0)
            disputed = any(vote != label for vote in people)
            yield Labelled(prompt, sheet_row(number, chosen, rejected), disputed, against)


def ja_vicuna_qa(data: Path) -> Iterator[Labelled]:
    """Rows labelled in one order of the answers, disputed where the other order has another verdict."""
    number = 0
    for path in sorted((data / "ja_vicuna_qa" / "pairwise_gpt4").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            number += 1
            if row["g1_winner"] in ("model_1", "model_2"):
                answers = [row["answer_1"], row["answer_2"]]
                chosen, rejected = answers if row["g1_winner"] == "model_1" else answers[::-1]
                disputed = row["g1_winner"] != row["g2_winner"]
                yield Labelled(int(row["question_id"]), sheet_row(number, chosen, rejected), disputed)


def routed_share(
    scores: npt.NDArray[np.float64], disputed: npt.NDArray[np.bool_], weights: npt.NDArray[np.int64], budget: float
) -> float:
    """Share of disputed rows among those with the highest scores, each as often as it was drawn."""
    order = np.argsort(-scores, kind="stable")
    drawn = weights[order]
    most = round(budget * drawn.sum())
    taken = np.clip(most - (np.cumsum(drawn) - drawn), 0, drawn)
    return float((taken * disputed[order]).sum() / taken.sum())


def gains(sets: list[list[Labelled]], budget: float) -> tuple[float, float, float, float]:
    """Random share, routed share, and the interval of their difference: means over labellings of the same prompts."""
    random = np.random.default_rng(0)
    prepared = [
        (
            score_rows([one.row for one in some], {one.row.pair_id: one.against for one in some}),
            np.array([one.disputed for one in some]),
            np.array([one.prompt for one in some]),
        )
        for some in sets
    ]
    prompts = max(int(of.max()) for _, _, of in prepared) + 1
    there = np.unique(np.concatenate([of for _, _, of in prepared]))

    def shares(counts: npt.NDArray[np.int64]) -> tuple[float, float]:
        rows = [(scores, disputed, counts[of]) for scores, disputed, of in prepared]
        plain = [float((weights * disputed).sum() / weights.sum()) for _, disputed, weights in rows]
        routed = [routed_share(scores, disputed, weights, budget) for scores, disputed, weights in rows]
        return float(np.mean(plain)), float(np.mean(routed))

    plain, routed = shares(np.ones(prompts, np.int64))
    differences = []
    for _ in range(DRAWS):
        drawn = np.bincount(random.choice(there, len(there)), minlength=prompts)
        one, other = shares(drawn)
        differences.append(other - one)
    low, high = np.quantile(differences, (0.025, 0.975))
    return plain, routed, float(low), float(high)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("POLYPREF_DATA", "../shared/data")))
    data = parser.parse_args().data
    sets = {
        "PandaLM, by texts alone": [list(pandalm(data, annotator)) for annotator in range(3)],
        "PandaLM, with a second rater": [list(pandalm(data, *two)) for two in permutations(range(3), 2)],
        "Japanese Vicuna QA, by texts alone": [list(ja_vicuna_qa(data))],
    }
    print("| data | rows | budget | random rows disputed | routed rows disputed | difference, points |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, some in sets.items():
        rows = f"{min(map(len, some))} to {max(map(len, some))}" if len(some) > 1 else str(len(some[0]))
        for budget in BUDGETS:
            plain, routed, low, high = gains(some, budget)
            difference = f"{100 * (routed - plain):+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
            print(f"| {name} | {rows} | {budget:.0%} | {plain:.1%} | {routed:.1%} | {difference} |")


if __name__ == "__main__":
    main()
