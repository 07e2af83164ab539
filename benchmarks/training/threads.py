"""CPU time of commands whose models run in their own process, with torch's threads spinning while they wait and not.

    python benchmarks/training/threads.py [--out build/benchmark-threads] [--runs 2] [--busy 2]

DPO of a tiny model by training/train.py, and answers of the same model by polypref evaluate; each as it is, and with
`polypref.console.threads.wait_calmly` doing nothing; each by itself and beside so many processes that only count.
What was measured already is not measured again. The table is printed as Markdown.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from run import ROOT, SAME, dataset, model

#: Questions in 23 languages that are answered; steps of DPO.
QUESTIONS, STEPS = 2, 20
START = """
import runpy, sys
from polypref.cli import commands as cli
from polypref.console import threads
if sys.argv[1] == "spinning":
    threads.wait_calmly = lambda: None
script, sys.argv = sys.argv[2], sys.argv[2:]
if script == "evaluate":
    sys.argv.insert(0, "polypref")
    sys.exit(cli.as_script())
runpy.run_path(script, run_name="__main__")
"""


def commands(out: Path) -> dict[str, list[str]]:
    """The words of both commands; their data and their model are made first."""
    from polypref.evaluation.inputs.bundled_questions import lines, split_groups

    pairs, source = dataset(out / "data"), model(out / "Cohere2", "Cohere2")
    train = [str(ROOT / "training" / "train.py"), "--model_name_or_path", str(source), "--dataset_name", str(pairs)]
    train += ["--output_dir", str(out / "trained"), "--eval_strategy", "no", "--max_steps", str(STEPS)]
    train += [word for key, value in SAME.items() for word in (f"--{key}", value)]
    questions = out / "questions.jsonl"
    rows = [
        {"prompt": one.prompt, "language": one.language, "group": one.group, "reference": one.answer}
        for one in lines(split_groups(0, 0)[0][:QUESTIONS])
    ]
    questions.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    how = f"model: {source}, at: transformers, licence: apache-2.0"
    evaluate = ["evaluate", "--set", f"{{name: questions, path: {questions}, licence: apache-2.0}}"]
    evaluate += ["--model", f"{{name: one, {how}}}", "--model", f"{{name: other, {how}, sampling: {{temperature: 1}}}}"]
    evaluate += ["--judge", "reference", "--sampling", "{max_tokens: 32}", "--quiet", "--step", "answers"]
    return {f"train.py, DPO, {STEPS} steps of 16 pairs": train, f"evaluate, {2 * len(rows)} answers": evaluate}


def once(words: list[str], waiting: str, busy: int, out: Path) -> dict[str, float]:
    """Wall clock and CPU seconds of one run, beside so many busy processes."""
    if words[0] == "evaluate":
        folder = out / "evaluations" / str(time.time_ns())
        words = [*words, "--out", str(folder)]
    shutil.rmtree(out / "trained", ignore_errors=True)  # of the run before, which train.py does not write over
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "KMP_"))}
    own = quiet | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(ROOT)}
    with ExitStack() as stack:
        for _ in range(busy):
            loop = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(loop.wait)
            stack.callback(loop.kill)
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run([sys.executable, "-c", START, waiting, *words], capture_output=True, text=True, env=own)
        took, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return {"wall": took, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/benchmark-threads"))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--busy", type=int, default=2)
    given = parser.parse_args()
    out = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "runs.json"
    runs: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
    for number in range(given.runs):
        for name, words in commands(out).items():
            for busy in (0, given.busy):
                for waiting in ("calm", "spinning") if number % 2 else ("spinning", "calm"):
                    asked = {"number": number, "command": name, "busy": busy, "waiting": waiting}
                    if not any(all(run[key] == value for key, value in asked.items()) for run in runs):
                        load = os.getloadavg()[0]
                        runs.append(asked | once(words, waiting, busy, out) | {"load": load})
                        kept.write_text(json.dumps(runs, indent=1), "utf-8")
    print("| command | busy processes beside it | waiting | CPU, s | wall clock, s | load before |")
    print("|---|---|---|---|---|---|")
    for name in commands(out):
        for busy in (0, given.busy):
            for waiting in ("spinning", "calm"):
                own = [r for r in runs if (r["command"], r["busy"], r["waiting"]) == (name, busy, waiting)]
                cpu, wall, load = (statistics.median(r[key] for r in own) for key in ("cpu", "wall", "load"))
                print(f"| {name} | {busy} | {waiting} | {cpu:.0f} | {wall:.0f} | {load:.0f} |")


if __name__ == "__main__":
    main()
