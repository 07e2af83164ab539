"""MaxMin over languages on the quickstart's loop: DPO on the same pairs at equal steps, average and maxmin.

    python benchmarks/training/maxmin.py [--out build/benchmark-maxmin] [--seeds 1 2 3] [--epochs 4] [--tiny]

The loop is the quickstart's but for English, whose interest conflicts with that of all others. There, an answer in
English is what is wrong in 22 languages, and English has no pair. Here half of the answers to English questions are in
German when the model is made, as those of all others are in English: 22 languages teach that English is wrong, and one
that it is right. Epochs of supervised training are four instead of eight, since a model that knows each answer gives
no pairs.

Weights follow the margin of the implicit reward on rows that are trained on: the loop's test split has no row of some
languages, and its loss has an SFT part, whose level is a language's own. What is there already is not done again. The
tables are printed as Markdown.
"""

import argparse
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}

import polypref
from polypref.evaluation.inputs.bundled_questions import Line, lines, split_groups
from polypref.evaluation.results import LanguageFigures, Results
from polypref.files.json_types import JsonObject
from polypref.training.maxmin import FILE
from quickstart import model as making
from quickstart import steps

OBJECTIVES = ("average", "maxmin")
#: Evaluations in a run; rows of each language in one.
EVALUATIONS, ROWS = 6, 8
#: The language whose interest conflicts with that of the others, and the one into which its answers slip.
APART, INTO = "en", "de"
#: A difference of shares in so many standard errors is beyond chance in one of 23 languages.
SURE = 3.07


@dataclass(frozen=True)
class Weighing:
    """How languages are weighed.

    Attributes:
        step_size, cap, metric: keys of train.py, without `language_objective_`.
    """

    step_size: float
    cap: float
    metric: str


def conflicting(rows: list[Line]) -> list[Line]:
    """The questions, where the wrong answer in English is the right one in German."""
    wrong = {row.group: row.answer for row in rows if row.language == INTO}
    return [replace(row, confused=wrong[row.group]) if row.language == APART else row for row in rows]


def learn_answers(out: Path, settings: steps.Settings) -> Path:
    """The quickstart's model before DPO, its English confused too."""
    folder = out / "sft"
    if not (folder / "learned.json").is_file():
        train, _ = split_groups(settings.seed, settings.held_out)
        making.train_model(
            folder, conflicting(lines(train)), settings.confusion, settings.seed, settings.epochs, settings.hidden,
            settings.vocabulary,
        )  # fmt: skip
    return folder


def trained(out: Path, settings: steps.Settings, objective: str, weighing: Weighing) -> Path:
    """The quickstart's DPO, evaluated often enough for weights to move; both objectives are, so both take the same."""
    target = out / objective
    if (target / "trained.json").is_file():
        return target
    recipe: JsonObject = {
        "method": "dpo", "model_name_or_path": str(out / "sft"), "dataset_name": str(out / "dataset"),
        "dataset_config": "all", "output_dir": str(target), "loss_type": ["sigmoid", "sft"], "beta": 0.1,
        "learning_rate": settings.learning_rate, "num_train_epochs": settings.dpo_epochs,
        "per_device_train_batch_size": 32, "max_length": 256, "gradient_checkpointing": False,
        "seed": settings.seed, "report_to": "none", "logging_steps": 5, "save_strategy": "no", "use_cpu": True,
        "bf16": False, "eval_strategy": "steps", "eval_steps": 1 / EVALUATIONS, "dataset_test_split": "train",
        "eval_rows_per_language": ROWS, "language_objective": objective,
    }  # fmt: skip
    if objective == "maxmin":
        recipe |= {
            "language_objective_step_size": weighing.step_size,
            "language_objective_cap": weighing.cap,
            "language_objective_metric": weighing.metric,
        }
    log = StringIO()
    with redirect_stdout(log), redirect_stderr(log):
        polypref.train(recipe)
    (target / "train.log").write_text(log.getvalue(), "utf-8")
    (target / "trained.json").write_text(json.dumps(recipe, indent=1), "utf-8")
    return target


def one_seed(out: Path, settings: steps.Settings, weighing: Weighing) -> dict[str, Results]:
    """Objective -> the evaluation of what was trained against the model before."""
    steps.claim_folder(out, settings)
    model = learn_answers(out, settings)
    steps.build_dataset(out, settings, show=False)
    return {
        name: steps.compare_models(
            model, trained(out, settings, name, weighing), out, out / f"evaluation-{name}", settings, show=False
        )
        for name in OBJECTIVES
    }


def figures(results: Results) -> dict[str, LanguageFigures]:
    (compared,) = results.comparisons
    return {row.language: row for row in compared.rows}


def rates_of(results: Results) -> dict[str, float]:
    """Language -> win-rate against the model before."""
    return {tag: row.win_rate for tag, row in figures(results).items() if row.win_rate is not None}


def in_language(results: list[Results], tag: str) -> tuple[float, int]:
    """Answers of a language that are in it, and those that are long enough to tell."""
    shares = [figures(one)[tag].fidelity for one in results]
    return sum(one.answers * (one.lines or 0.0) for one in shares), sum(one.answers for one in shares)


def line(seed: int, name: str, results: Results, weights: dict[str, float]) -> str:
    rates = rates_of(results)
    worst = min(rates, key=lambda tag: (rates[tag], tag))
    heaviest = ", ".join(f"{tag} {weight:.2f}" for tag, weight in sorted(weights.items(), key=lambda w: -w[1])[:3])
    average = results.comparisons[0].average
    share = f"{average.fidelity.lines:.3f}" if average.fidelity.lines is not None else "-"
    english = f"{rates[APART]:.3f}" if APART in rates else "-"
    return (
        f"| {seed} | {name} | {english} | {average.win_rate:.3f} | {worst} {rates[worst]:.3f} | {share} | "
        f"{heaviest or '-'} |"
    )


def spread(values: list[float]) -> str:
    """Mean, least and most."""
    return f"{sum(values) / len(values):+.3f} ({min(values):+.3f} to {max(values):+.3f})"


def summary(every: list[dict[str, Results]]) -> list[str]:
    """What MaxMin changes, seed by seed, and where the share of answers in the language differs beyond chance."""
    pairs = [(one[OBJECTIVES[0]], one[OBJECTIVES[1]]) for one in every]
    english = [rates_of(b)[APART] - rates_of(a)[APART] for a, b in pairs if APART in rates_of(a)]
    macro = [(b.comparisons[0].average.win_rate or 0) - (a.comparisons[0].average.win_rate or 0) for a, b in pairs]
    changes: dict[str, tuple[float, float]] = {}
    for tag in sorted(figures(pairs[0][0])):
        (hits, of), (other_hits, other_of) = (in_language([pair[at] for pair in pairs], tag) for at in (0, 1))
        if of and other_of:
            one, other, both = hits / of, other_hits / other_of, (hits + other_hits) / (of + other_of)
            error = (both * (1 - both) * (1 / of + 1 / other_of)) ** 0.5
            changes[tag] = other - one, (other - one) / error if error else 0.0
    lower = sorted((tag for tag in changes if changes[tag][0] < 0), key=lambda tag: changes[tag])
    clear = [tag for tag in changes if abs(changes[tag][1]) > SURE]
    named = ", ".join(f"{tag} {changes[tag][0]:+.3f}" for tag in clear) or "none"
    return [
        f"English with MaxMin, less average: {spread(english) if english else '-'}; macro: {spread(macro)}.",
        f"Share of answers in the language, all seeds: lower in {len(lower)} of {len(changes)} languages"
        + (f" (most in {lower[0]}, {changes[lower[0]][0]:+.3f})" if lower else "")
        + f"; beyond chance (|z| > {SURE}, Bonferroni of 23 at .05): {named}.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/benchmark-maxmin"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=4, help="of supervised training")
    parser.add_argument("--step-size", type=float, default=20.0)
    parser.add_argument("--cap", type=float, default=4.0)
    parser.add_argument("--metric", default="rewards/margins", help="by which a language is worse off")
    parser.add_argument("--tiny", action="store_true", help="a loop that teaches nothing, to see that all of it runs")
    given = parser.parse_args()
    base = steps.Settings(epochs=given.epochs)
    if given.tiny:
        base = steps.Settings(
            held_out=4, data_groups=3, samples=3, epochs=1, hidden=32, vocabulary=1500, max_tokens=8, dpo_epochs=2
        )
    weighing = Weighing(given.step_size, given.cap, given.metric)
    print("| seed | objective | English | macro | worst | in the language | heaviest at the end |")
    print("|---|---|---|---|---|---|---|")
    every = []
    for seed in given.seeds:
        how = f"step-{given.step_size:g}-cap-{given.cap:g}-{given.metric.replace('/', '-')}"
        out = given.out / f"seed-{seed}-epochs-{base.epochs}-{how}"
        every.append(one_seed(out, replace(base, seed=seed), weighing))
        for name in OBJECTIVES:
            kept = out / name / FILE
            changes = json.loads(kept.read_text("utf-8"))["evaluations"] if kept.is_file() else []
            print(line(seed, name, every[-1][name], changes[-1]["weights"] if changes else {}), flush=True)
    print("", *summary(every), sep="\n")


if __name__ == "__main__":
    main()
