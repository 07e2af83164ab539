"""Time of `polypref release` beside `push_to_hub` of the same rows and configs on the same loopback Hub.

    python benchmarks/release/run.py [ROUNDS]

23 languages, 1,000 synthetic pairs each, four mixtures. Every measurement is a process of its own with an empty cache,
imports included; in every round the ways follow each other, so that what else the machine does meets all alike.
`push_to_hub` is given the released folder's configs, loaded from the local folder, one call a config, as its
documentation shows: the four mixtures; and, once, every config that release makes, each language of a mixture too.
Writes results.json.
"""

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from polypref import languages  # noqa: E402
from polypref.engines.local import Local  # noqa: E402
from polypref.files.store import Store  # noqa: E402
from polypref.layouts.sources import Answer, Fields, Files  # noqa: E402
from polypref.pipeline.builder import Builder  # noqa: E402
from polypref.pipeline.run import run_builder  # noqa: E402
from polypref.release.folder import write_folder  # noqa: E402
from polypref.stages.balance import Mixture, Split  # noqa: E402
from tests.hub import LoopbackHub  # noqa: E402

ROWS, WORDS = 1_000, 60
PROSE = "## Summary\n\nA benchmark.\n\n## Intended use\n\nNone.\n\n## Limits\n\nRandom letters.\n"
PUSH = """
import sys
from datasets import get_dataset_config_names, load_dataset
folder, repo, names = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
for name in get_dataset_config_names(folder) if names == ["every"] else names:
    load_dataset(folder, name).push_to_hub(repo, name, private=True)
"""


def mixtures_of(rows: int) -> tuple[Mixture, ...]:
    """Four mixtures of so many pairs a language."""
    return (
        Mixture("ml-23"),
        Mixture("ml-23-half", per_language=rows // 2),
        Mixture("ml-23-tenth", per_language=rows // 10),
        Mixture("ml-5", languages=("de", "pt", "tr", "vi", "zh"), per_language=rows * 8 // 10),
    )


def write_pool(folder: Path, rows: int) -> None:
    """Prompts and two scored answers each, of random letters of the language's first script."""
    folder.mkdir()
    for language in map(languages.get, languages.AYA_23):
        draw = random.Random(language.tag)
        start = {"ar": 0x627, "fa": 0x627, "he": 0x5D0, "el": 0x3B1, "ru": 0x430, "uk": 0x430, "hi": 0x915}
        start |= {"ja": 0x3042, "ko": 0xAC00, "zh": 0x4E00}
        letters = [chr(start.get(language.tag, 0x61) + n) for n in range(22)]

        def text(words: int, draw: random.Random = draw, letters: list[str] = letters) -> str:
            return " ".join("".join(draw.choices(letters, k=6)) for _ in range(words))

        with (folder / f"{language.tag}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(rows):
                row = {"id": f"g{number}", "language": language.tag, "prompt": text(WORDS // 3)}
                row |= {"a": text(WORDS), "b": text(WORDS), "score_a": draw.random(), "score_b": draw.random()}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def build(work: Path, rows: int = ROWS) -> Path:
    """The dataset folder that all ways publish."""
    write_pool(work / "pool", rows)
    answers = (
        Answer("a", model="one", licence="mit", score="score_a"),
        Answer("b", model="two", licence="mit", score="score_b"),
    )
    source = Files(
        f"{work}/pool/*.jsonl",
        Fields("prompt", answers, language="language", group="id"),
        name="random",
        revision="1",
        licence="cc0-1.0",
    )
    builder = Builder("benchmark", "1.0.0", "none.md", (source,), mixtures_of(rows), filters=(), split=Split(test=0.05))
    with Store(work / "out" / ".polypref", "benchmark") as store:
        write_folder(run_builder(builder, store, Local(1), quiet=True), work / "out", PROSE, quiet=True)
    return work / "out"


def measure(hub: LoopbackHub, way: str, folder: Path, number: int) -> dict[str, Any]:
    """One process, and what it left on the Hub."""
    repo = f"org/{way}-{number}"
    mixtures = ",".join(mixture.name for mixture in mixtures_of(ROWS))
    words = {
        "release": ["-m", "polypref.cli", "release", str(folder), "--repo", repo],
        "push_mixtures": ["-c", PUSH, str(folder), repo, mixtures],
        "push_every": ["-c", PUSH, str(folder), repo, "every"],
    }[way]
    before, used = len(hub.requests), resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as home:
        env = hub.env(hub.token("org"), home) | {"PYTHONPATH": str(ROOT)}
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], env=env, check=True, capture_output=True)
        seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = hub.repo("datasets", repo)
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, 1),
        "commits": len(found.commits) - 1,
        "requests": len(hub.requests) - before,
        "stored_megabytes": round(sum(len(found.blobs[one]) for one in found.lfs_objects) / 1e6, 1),
        "tags": sorted(found.tags),
    }


def main(rounds: int) -> None:
    runs: dict[str, list[dict[str, Any]]] = {"release": [], "push_mixtures": [], "push_every": []}
    with tempfile.TemporaryDirectory() as work, LoopbackHub() as hub:
        folder = build(Path(work))
        record = json.loads((folder / "provenance.json").read_text("utf-8"))
        for number in range(rounds):
            for way, found in runs.items():
                if way != "push_every" or number == 0:
                    found.append(measure(hub, way, folder, number))
                    print(way, found[-1], flush=True)
    pairs = list(zip(runs["release"], runs["push_mixtures"], strict=True))
    result = {
        "rows": sum(facts["rows"] for facts in record["files"].values()),
        "configs": len(record["configs"]),
        "mixtures": len(mixtures_of(ROWS)),
        "files": len(record["files"]),
        "megabytes": round(sum(facts["bytes"] for facts in record["files"].values()) / 1e6, 1),
        "rounds": rounds,
        "median_seconds": {way: statistics.median(one["seconds"] for one in found) for way, found in runs.items()},
        "median_cpu_seconds": {
            way: statistics.median(one["cpu_seconds"] for one in found) for way, found in runs.items()
        },
        "release_to_push_mixtures_median_ratio": round(
            statistics.median(a["seconds"] / b["seconds"] for a, b in pairs), 2
        ),
        "runs": runs,
    }
    Path(__file__).with_name("results.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
