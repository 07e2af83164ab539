"""Labels spent against accuracy: which two answers of a prompt a judge is asked about, with a judge of known truth.

    python benchmarks/acquire/run.py [labels] [pairs]

`labels`: answers are points whose true worth is a linear function; a judge prefers one of two by Bradley and Terry; a
reward model (the same kind of function, with a ridge) is fitted to its verdicts and has to order held-out answers.
`pairs`: what the pair rules make of 64 scored answers a prompt, where scores are worth so much.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from polypref import schema
from polypref.raters.contract import ratings
from polypref.raters.selection import Select, select_two
from polypref.stages.pair import PairRule, make_pairs

SEEDS = range(20)
ANSWERS, FEATURES, HELD_OUT = 8, 16, 4_000
BUDGETS = (50, 100, 200, 400, 800, 1_600)
#: How a judge's verdict hangs on the true difference, which has a standard deviation of about 1.4: it is right in about
#: four of five pairs drawn at random.
SHARPNESS = 1.5
SELECTS: tuple[Select, ...] = ("best_vs_worst", "uncertainty", "random")
RULES = ("best_vs_worst", "mean_minus_2sd", "first_quartile", "best_vs_random", "top_two")


def noisy(truth: np.ndarray, correlation: float, draw: np.random.Generator) -> np.ndarray:
    """The weights of a scorer that agrees so far with the truth."""
    other = draw.normal(size=truth.shape)
    other -= truth * (other @ truth) / (truth @ truth)
    other *= np.linalg.norm(truth) / np.linalg.norm(other)
    return correlation * truth + np.sqrt(1 - correlation**2) * other


def fitted(differences: np.ndarray, wins: np.ndarray) -> np.ndarray:
    """Weights of a reward model: logistic regression on differences with a ridge of 1, by Newton's method."""
    weights = np.zeros(differences.shape[1])
    for _ in range(25):
        chance = 1 / (1 + np.exp(-differences @ weights))
        slope = differences.T @ (wins - chance) - weights
        curve = (differences * (chance * (1 - chance))[:, None]).T @ differences + np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def measured(select: str, budget: int, correlation: float, seed: int) -> tuple[float, float, float]:
    """Accuracy of the fitted reward model, share of right verdicts, and true difference of chosen and rejected."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(size=FEATURES)
    truth /= np.linalg.norm(truth)
    scorers = [noisy(truth, correlation, draw) for _ in range(2)]
    differences, wins, right, gained = [], [], [], []
    for prompt in range(budget):
        answers = draw.normal(size=(ANSWERS, FEATURES))
        if select == "all_pairs":
            # As many verdicts, of fewer prompts: every pair of theirs.
            pairs = [(i, j) for i in range(ANSWERS) for j in range(i)][: budget - len(wins)]
        else:
            scores = {str(n): [float(answers[n] @ one) for one in scorers] for n in range(ANSWERS)}
            one, two = select_two(scores, select, seed, str(prompt)) or ("", "")
            pairs = [(int(one), int(two))]
        for i, j in pairs:
            gap = float((answers[i] - answers[j]) @ truth)
            won = draw.random() < 1 / (1 + np.exp(-SHARPNESS * gap))
            differences.append(answers[i] - answers[j])
            wins.append(float(won))
            right.append(won == (gap > 0))
            gained.append(gap if won else -gap)
        if len(wins) >= budget:
            break
    weights = fitted(np.array(differences), np.array(wins))
    held_out = draw.normal(size=(2, HELD_OUT, FEATURES))
    gaps = held_out[0] - held_out[1]
    accuracy = float(np.mean((gaps @ weights > 0) == (gaps @ truth > 0)))
    return accuracy, float(np.mean(right)), float(np.mean(gained))


def spread(values: list[float]) -> str:
    return f"{100 * np.mean(values):.1f} ± {100 * np.std(values, ddof=1):.1f}"


def label_rows() -> Iterator[str]:
    """Accuracy by budget, and what the pairs are."""
    budgets = " | ".join(f"{n:,}" for n in BUDGETS)
    yield f"| scorers agree with the truth | asked about | {budgets} | right verdicts, % | true difference, sd |"
    yield "|---" * (len(BUDGETS) + 4) + "|"
    for correlation in (0.3, 0.6, 0.9):
        for select in (*SELECTS, "all_pairs"):
            cells, right, gained = [], 0.0, 0.0
            for budget in BUDGETS:
                runs = [measured(select, budget, correlation, seed) for seed in SEEDS]
                cells.append(spread([accuracy for accuracy, *_ in runs]))
                right, gained = (float(np.mean([run[n] for run in runs])) for n in (1, 2))
            yield f"| {correlation} | {select} | {' | '.join(cells)} | {100 * right:.0f} | {gained:.2f} |"


def pair_rows(prompts: int = 100, answers: int = 64) -> Iterator[str]:
    """What rules make of scores that correlate with the truth."""
    yield "| scores agree with the truth | rule | truly better, % | true difference, sd | rejected below the mean, sd |"
    yield "|---|---|---|---|---|"
    for correlation in (0.3, 0.6, 0.9):
        for rule in RULES:
            better, gaps, below = [], [], []
            for seed in range(5):
                draw = np.random.default_rng(seed)
                truth = draw.normal(size=(prompts, answers))
                scores = correlation * truth + np.sqrt(1 - correlation**2) * draw.normal(size=truth.shape)
                chosen, rejected = chosen_by(PairRule(rule, seed=seed), scores)  # type: ignore[arg-type]
                rows = np.arange(prompts)
                gap = truth[rows, chosen] - truth[rows, rejected]
                better.append(float(np.mean(gap > 0)))
                gaps.append(float(np.mean(gap)))
                below.append(float(-np.mean(truth[rows, rejected])))
            yield (
                f"| {correlation} | {rule} | {spread(better)} | {np.mean(gaps):.2f} ± {np.std(gaps, ddof=1):.2f} "
                f"| {np.mean(below):.2f} ± {np.std(below, ddof=1):.2f} |"
            )


def chosen_by(rule: PairRule, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chosen and the rejected answer of each prompt, by polypref's own rule."""
    prompts, completions, rated = [], [], []
    for p, row in enumerate(scores):
        key = f"p{p:04}"
        prompts.append({"prompt_id": key, "group_id": key, "language": "en", "response_language": "en"})
        prompts[-1] |= {"prompt": [], "sources": [], "origin": "native"}
        for n, score in enumerate(row):
            answer = {"prompt_id": key, "completion_id": f"{key}.{n:02}", "text": f"answer {p} {n}", "route": "direct"}
            completions.append(answer | dict.fromkeys(("model", "model_revision", "model_licence"), "m"))
            rated.append((key, f"{key}.{n:02}", float(score)))
    tables = (
        pa.Table.from_pylist(prompts, schema.PROMPTS),
        pa.Table.from_pylist(completions, schema.COMPLETIONS),
        ratings("r", rated),
        schema.VERDICTS.empty_table(),
    )
    pairs = make_pairs(rule, "r", *tables).pairs
    places = {row["prompt_id"]: (row["chosen_id"], row["rejected_id"]) for row in pairs.to_pylist()}
    both = np.array([[int(one.rpartition(".")[2]) for one in places[key]] for key in sorted(places)])
    return both[:, 0], both[:, 1]


def main() -> None:
    wanted = sys.argv[1:] or ["labels", "pairs"]
    for name, rows in (("labels", label_rows), ("pairs", pair_rows)):
        if name in wanted:
            for line in rows():
                print(line, flush=True)
            print()


if __name__ == "__main__":
    main()
