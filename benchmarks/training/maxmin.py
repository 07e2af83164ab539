"""MaxMin over languages on the quickstart's loop: DPO on the same pairs at equal steps, average and maxmin.

    python benchmarks/training/maxmin.py [--out build/benchmark-maxmin] [--seeds 1 2 3] [--epochs 8] [--tiny]

Weights follow how often the chosen answer is preferred on rows that are trained on: the loop's test split has no row of
some languages, and its loss has an SFT part, whose level is a language's own. With the loop's own eight epochs of
supervised training English has no pair (all of its answers are right) and cannot be weighed; fewer epochs leave it
some. What is there already is not done again. The tables are printed as Markdown.
"""

import argparse
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_VERBOSITY": "error"}

import polypref
from polypref.evaluation.results import LanguageFigures, Results
from polypref.files.json_types import JsonObject
from polypref.training.maxmin import FILE
from quickstart import steps

OBJECTIVES = ("average", "maxmin")
#: Evaluations in a run; rows of each language in one.
EVALUATIONS, ROWS = 6, 8


def trained(out: Path, settings: steps.Settings, objective: str, step_size: float, metric: str) -> Path:
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
        "eval_rows_per_language": ROWS, "language_objective": objective, "language_objective_step_size": step_size,
        "language_objective_metric": metric,
    }  # fmt: skip
    log = StringIO()
    with redirect_stdout(log), redirect_stderr(log):
        polypref.train(recipe)
    (target / "train.log").write_text(log.getvalue(), "utf-8")
    (target / "trained.json").write_text(json.dumps(recipe, indent=1), "utf-8")
    return target


def one_seed(out: Path, settings: steps.Settings, step_size: float, metric: str) -> dict[str, Results]:
    """Objective -> the evaluation of what was trained against the model before."""
    steps.claim_folder(out, settings)
    model = steps.learn_answers(out, settings)
    steps.build_dataset(out, settings, show=False)
    return {
        name: steps.compare_models(
            model,
            trained(out, settings, name, step_size, metric),
            out,
            out / f"evaluation-{name}",
            settings,
            show=False,
        )
        for name in OBJECTIVES
    }


def figures(results: Results) -> dict[str, LanguageFigures]:
    (compared,) = results.comparisons
    return {row.language: row for row in compared.rows}


def line(seed: int, name: str, results: Results, weights: dict[str, float]) -> str:
    rows = figures(results)
    rates = {tag: row.win_rate for tag, row in rows.items() if row.win_rate is not None}
    worst = min(rates, key=lambda tag: (rates[tag], tag))
    heaviest = ", ".join(f"{tag} {weight:.2f}" for tag, weight in sorted(weights.items(), key=lambda w: -w[1])[:3])
    english = f"{rates['en']:.3f}" if "en" in rates else "-"
    macro = results.comparisons[0].average.win_rate
    return f"| {seed} | {name} | {english} | {macro:.3f} | {worst} {rates[worst]:.3f} | {heaviest or '-'} |"


def lowered(results: dict[str, Results]) -> str:
    """Languages whose share of answers in the language is lower with maxmin, and by how much."""
    before, after = (figures(results[name]) for name in OBJECTIVES)
    fell = []
    for tag in sorted(before):
        one, other = before[tag].fidelity.lines, after[tag].fidelity.lines
        if one is not None and other is not None and other < one:
            fell.append(f"{tag} {one - other:.3f}")
    return ", ".join(fell) or "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/benchmark-maxmin"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=8, help="of supervised training")
    parser.add_argument("--step-size", type=float, default=1.0)
    parser.add_argument("--metric", default="rewards/accuracies", help="by which a language is worse off")
    parser.add_argument("--tiny", action="store_true", help="a loop that teaches nothing, to see that all of it runs")
    given = parser.parse_args()
    base = steps.Settings(epochs=given.epochs)
    if given.tiny:
        base = steps.Settings(
            held_out=4, data_groups=3, samples=3, epochs=1, hidden=32, vocabulary=1500, max_tokens=8, dpo_epochs=2
        )
    print("| seed | objective | English | macro | worst | heaviest languages at the end |\n|---|---|---|---|---|---|")
    for seed in given.seeds:
        metric = given.metric.replace("/", "-")
        out = given.out / f"seed-{seed}-epochs-{base.epochs}-step-{given.step_size:g}-{metric}"
        results = one_seed(out, replace(base, seed=seed), given.step_size, given.metric)
        for name in OBJECTIVES:
            kept = out / name / FILE
            changes = json.loads(kept.read_text("utf-8"))["evaluations"] if kept.is_file() else []
            print(line(seed, name, results[name], changes[-1]["weights"] if changes else {}), flush=True)
        print(f"| {seed} | share in the language lower with maxmin: {lowered(results)} | | | | |", flush=True)


if __name__ == "__main__":
    main()
