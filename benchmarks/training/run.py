"""Tokens a second of training/train.py beside TRL's own script: the same pairs, the same tiny model, in turn.

    python benchmarks/training/run.py [--out build/benchmark-training] [--pairs 5] [--families Cohere2] [--evaluated 3]

What was measured already is not measured again. The tables are printed as Markdown.
"""

import argparse
import ast
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
#: Questions in each of 22 languages to train on and to evaluate on.
TRAIN, TEST = 40, 10
CALM = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}
SAME = {
    "per_device_train_batch_size": "16", "per_device_eval_batch_size": "16", "gradient_checkpointing": "false",
    "report_to": "none", "save_strategy": "no", "logging_steps": "10", "max_length": "256", "use_cpu": "true",
    "bf16": "false", "learning_rate": "1e-4", "num_train_epochs": "1",
}  # fmt: skip


def dataset(folder: Path) -> Path:
    """The bundled questions: the right answer against the English one, in 22 languages."""
    from polypref.evaluation.inputs.bundled_questions import lines, split_groups
    from polypref.schema import MESSAGES

    groups = split_groups(0, 0)[0]
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for split, part in (("train", groups[:TRAIN]), ("test", groups[TRAIN : TRAIN + TEST])):
        rows = [
            {
                "language": one.language,
                "prompt": [{"role": "user", "content": one.prompt}],
                "chosen": [{"role": "assistant", "content": one.answer}],
                "rejected": [{"role": "assistant", "content": one.confused}],
            }
            for one in lines(part)
            if one.language != "en"
        ]
        schema = pa.schema([("language", pa.string()), *((n, MESSAGES) for n in ("prompt", "chosen", "rejected"))])
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / "data" / f"{split}-0.parquet")
    return folder


def model(folder: Path, family: str) -> Path:
    """Random weights, four layers of width 128, and a tokenizer of 4,000 entries."""
    import transformers

    from polypref.evaluation.inputs.bundled_questions import lines, split_groups
    from quickstart import model as making

    if folder.is_dir():
        return folder
    words = making.tokenizer([text for one in lines(split_groups(0, 0)[0]) for text in (one.prompt, one.answer)], 4000)
    made = making.network(words, 0, 128)
    if family == "Llama":
        config = transformers.LlamaConfig(
            vocab_size=len(words), hidden_size=128, intermediate_size=384, num_hidden_layers=4, num_attention_heads=4,
            num_key_value_heads=4, max_position_embeddings=256, bos_token_id=words.bos_token_id,
            eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id, tie_word_embeddings=True,
        )  # fmt: skip
        made = transformers.LlamaForCausalLM(config)
    made.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def once(script: Path, source: Path, pairs: Path, out: Path, seed: int, evaluated: bool) -> dict[str, float]:
    """One run in a process of its own: its log's figures, how long the process took, and how much of a core."""
    words = [sys.executable, str(script), "--model_name_or_path", str(source), "--dataset_name", str(pairs)]
    words += ["--output_dir", str(out), "--seed", str(seed), "--eval_strategy", "epoch" if evaluated else "no"]
    words += [word for key, value in SAME.items() for word in (f"--{key}", value)]
    shutil.rmtree(out, ignore_errors=True)  # the model of the run before, which train.py does not write over
    begin, used = time.perf_counter(), cores_used()
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | CALM | {"PYTHONPATH": str(ROOT)})
    took, cpu = time.perf_counter() - begin, cores_used() - used
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    logs = [ast.literal_eval(line) for line in done.stdout.splitlines() if line.startswith("{")]
    (last,) = [log for log in logs if "train_runtime" in log]
    tokens = max(float(log["num_tokens"]) for log in logs if "num_tokens" in log)
    figures = {"seconds": took, "training": float(last["train_runtime"]), "tokens": tokens, "cpu": cpu}
    # train.py evaluates once more after the last step: only what was in training counts here.
    clocks = [log for log in logs[: logs.index(last)] if any(key.startswith("eval_") for key in log)]
    figures["evaluating"] = sum(float(v) for log in clocks for key, v in log.items() if key.endswith("_runtime"))
    return figures


def cores_used() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def measured(out: Path, pairs: int, families: Sequence[str], evaluated_pairs: int) -> list[dict[str, Any]]:
    import trl

    kept = out / "runs.json"
    runs: list[dict[str, Any]] = json.loads(kept.read_text("utf-8")) if kept.is_file() else []
    data = dataset(out / "data")
    scripts = {"train.py": ROOT / "training" / "train.py", "trl": Path(trl.__file__).parent / "scripts" / "dpo.py"}
    for pair in range(pairs):
        for family, evaluated in (*((family, False) for family in families), ("Cohere2", True)):
            if evaluated and pair >= evaluated_pairs:
                continue
            source = model(out / family, family)
            # Whoever goes first may find the machine cooler.
            for name in random.Random(f"{pair}").sample(sorted(scripts), 2):
                asked = {"pair": pair, "family": family, "evaluated": evaluated, "script": name}
                if any(all(run[key] == value for key, value in asked.items()) for run in runs):
                    continue
                found = once(scripts[name], source, data, out / "trained", pair, evaluated)
                runs.append(asked | found)
                kept.write_text(json.dumps(runs, indent=1), "utf-8")
    return runs


def spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/benchmark-training"))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--families", nargs="+", default=["Cohere2", "Llama"], choices=["Cohere2", "Llama"])
    parser.add_argument("--evaluated", type=int, default=3, help="pairs of runs with an evaluation besides")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    runs = measured(given.out.resolve(), given.pairs, given.families, given.evaluated)

    def of(script: str, family: str, evaluated: bool, what: str) -> list[float]:
        wanted = {"script": script, "family": family, "evaluated": evaluated}
        own = [run for run in runs if all(run[key] == value for key, value in wanted.items())]
        return [run[what] for run in sorted(own, key=lambda run: run["pair"])]

    print(f"{platform.platform()}, {os.cpu_count()} cores, {given.pairs} pairs; median (least to most)\n")
    print(
        "| model | train.py, tokens/s | trl dpo, tokens/s | quotient of a pair | whole process, s | trl's, s | "
        "CPU of a process, quotient |\n|---|---|---|---|---|---|---|"
    )
    for family in given.families:
        rates = {}
        for script in ("train.py", "trl"):
            tokens, seconds = (of(script, family, False, what) for what in ("tokens", "training"))
            rates[script] = [t / s for t, s in zip(tokens, seconds, strict=True)]
        quotients = [a / b for a, b in zip(rates["train.py"], rates["trl"], strict=True)]
        cpu = [a / b for a, b in zip(*(of(s, family, False, "cpu") for s in ("train.py", "trl")), strict=True)]
        whole = [spread(of(script, family, False, "seconds"), 1) for script in ("train.py", "trl")]
        print(
            f"| {family} | {spread(rates['train.py'], 0)} | {spread(rates['trl'], 0)} | {spread(quotients, 3)} | "
            f"{' | '.join(whole)} | {spread(cpu, 3)} |"
        )
    if not given.evaluated:
        return
    rows = TEST * 22
    print(f"\n{given.evaluated} pairs with an evaluation of {rows} rows\n\n| one evaluation | seconds |\n|---|---|")
    for script, name in (("train.py", "language by language"), ("trl", "all rows as one set")):
        print(f"| {script}, {name} | {spread(of(script, 'Cohere2', True, 'evaluating'), 2)} |")


if __name__ == "__main__":
    main()
