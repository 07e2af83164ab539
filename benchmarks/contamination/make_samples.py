"""Makes polypref/data/evaluation/known_sets.npz: samples of the n-grams of evaluation prompts, and no text.

    POLYPREF_DATA=... python benchmarks/contamination/make_samples.py

The same prompts give the same bytes. What known_sets.toml says of their number and languages is held against them.
"""

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np

from polypref.stages.prompts.evaluation_overlap import Index
from polypref.stages.prompts.known_sets import KNOWN_SETS, known_sets, samples_of

DATA = Path(os.environ.get("POLYPREF_DATA", "../shared/data"))
OUT = Path(__file__).parents[2] / "polypref" / "data" / "evaluation" / "known_sets.npz"
OMGEVAL = {"arabic": "ar", "english": "en", "french": "fr", "russia": "ru", "chinese": "zh", "spanish": "es"}

Prompt = tuple[str, str, str]
"""Set, language, text."""


def evaluation_prompts() -> list[Prompt]:
    """All prompts of the known sets, in the order of KNOWN_SETS."""
    prompts: list[Prompt] = []
    for path in sorted((DATA / "m_arena_hard" / "questions").glob("*.jsonl")):
        prompts += [("m-arena-hard", path.stem, row["turns"][0]["content"]) for row in _rows(path)]
    for folder, tag in OMGEVAL.items():
        path = DATA / "omgeval" / "outputs" / folder / "gpt4.jsonl"
        prompts += [("omgeval", tag, row["instruction"]) for row in _rows(path)]
    judged = json.loads((DATA / "alpaca_eval" / "annotations_v2" / "gemma-2b-it.json").read_text("utf-8"))
    prompts += [("alpaca-eval", "en", row["instruction"]) for row in judged]
    prompts += [("ja-vicuna-qa", "ja", row["turns"][0]) for row in _rows(DATA / "ja_vicuna_qa" / "questions.jsonl")]
    return prompts


def _rows(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main() -> None:
    """Writes the file."""
    prompts = evaluation_prompts()
    counts = Counter(name for name, _, _ in prompts)
    for name, known in known_sets().items():
        tags = tuple(sorted({tag for one, tag, _ in prompts if one == name}))
        if (counts[name], tags) != (known.prompts, known.languages):
            raise SystemExit(f"{name} has {counts[name]} prompts in {tags}; known_sets.toml says otherwise")
    if tuple(counts) != KNOWN_SETS:
        raise SystemExit(f"the sets are {tuple(counts)}, and KNOWN_SETS {KNOWN_SETS}")
    names, tags, texts = zip(*prompts, strict=True)
    np.savez_compressed(OUT, allow_pickle=False, **samples_of(Index.of(tags, texts, names)))
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes, {len(prompts):,} prompts")


if __name__ == "__main__":
    main()
