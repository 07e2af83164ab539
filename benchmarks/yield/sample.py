"""Draws SmolLM2-135M-Instruct's answers to prompts of OMGEval: four to each, as on-policy data is made.

    POLYPREF_DATA=... python benchmarks/yield/sample.py MODEL_FOLDER samples.jsonl [--prompts 9]

MODEL_FOLDER is the one that `make test-models` leaves in build/models. A row an answer; what is in the file already
is not asked again. About 17 tokens a second on a busy core: half an hour.
"""

import argparse
import json
import os
from itertools import product
from pathlib import Path

from polypref.inference import Model, Reply, Request, Sampling
from polypref.inference.transformers import Transformers

DATA = Path(os.environ.get("POLYPREF_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
FOLDERS = {"ar": "arabic", "en": "english", "es": "spanish", "fr": "french", "ru": "russia", "zh": "chinese"}
MODEL = Model("HuggingFaceTB/SmolLM2-135M-Instruct", licence="apache-2.0")
SAMPLES, TOKENS = 4, 160
AT_ONCE = 96
"""Answers between two writes, of all languages."""


def prompts(count: int) -> list[tuple[str, str]]:
    """The first prompts of every language, in turns: (language, prompt)."""
    by_language = []
    for tag, folder in FOLDERS.items():
        with (DATA / "omgeval" / "outputs" / folder / "gpt4.jsonl").open(encoding="utf-8") as file:
            by_language.append(
                [(tag, json.loads(line)["instruction"]) for line, _ in zip(file, range(count), strict=False)]
            )
    return [one for row in zip(*by_language, strict=True) for one in row]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--prompts", type=int, default=9)
    options = parser.parse_args()
    known = options.out.read_text("utf-8").splitlines() if options.out.exists() else []
    there = {(row["language"], row["prompt"], row["sample"]) for row in map(json.loads, known)}
    wanted = [(*one, n) for one, n in product(prompts(options.prompts), range(SAMPLES)) if (*one, n) not in there]
    backend = Transformers(folder=options.folder, batch=32)
    for begin in range(0, len(wanted), AT_ONCE):
        some = wanted[begin : begin + AT_ONCE]
        asked = {
            Request(MODEL, (("user", text),), Sampling(0.7, 0.95, TOKENS, n)): (tag, text, n) for tag, text, n in some
        }
        with options.out.open("a", encoding="utf-8") as file:
            for request, result in backend.run(asked):
                tag, text, n = asked[request]
                reply = (result.text, result.finish_reason) if isinstance(result, Reply) else ("", "stop")
                row = {"language": tag, "prompt": text, "sample": n, "answer": reply[0], "finish_reason": reply[1]}
                print(json.dumps(row, ensure_ascii=False), file=file, flush=True)


if __name__ == "__main__":
    main()
