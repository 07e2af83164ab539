"""The rule beside other detectors on the same texts in one run: speed, members that are right, neighbours that pass.

    POLYPREF_DATA=... python benchmarks/language_id/peers.py --peer PYTHON [--rounds 3]

PYTHON is an interpreter with the packages that `peer.py` names. Every set of texts goes through one detector after the
other; texts a second are of processor time, the best of the rounds. The rule is told what a text should be in, the
others name a language: the easier task is the rule's. A text in a neighbour language passes where a detector names one
of the 23 languages, and with the rule where any of the 23 accepts it. Prints a Markdown table.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from run import HERE, accepted_by_any, rows, rule

from polypref import languages
from polypref.kernels.library import in_words
from polypref.languages.identifier import Identifier

ARENA = Path(os.environ.get("POLYPREF_DATA", HERE.parents[1].parent / "shared" / "data")) / "m_arena_hard" / "answers"
# Labels for the same language that are not in the languages' files.
MORE = {"cmn": "zh", "ara": "ar", "arb": "ar", "pes": "fa", "zh-Hant": "zh", "iw": "he", "zhs": "zh", "zht": "zh"}
THRESHOLD = 0.65  # datatrove's, below which it drops a text
NAMES = {
    "py3langid": "py3langid, classify",
    "fasttext": "fastText lid.176.ftz",
    "cld2": "CLD2 (pycld2)",
    "whatlang": "whatlang (whatlang-pyo3)",
}


def sets() -> dict[str, list[tuple[str, str]]]:
    """Set -> (language, text) of each."""
    answers = [
        (path.parent.name, json.loads(line)["answer"])
        for path in sorted(ARENA.glob("*/gpt-4.jsonl"))
        for line in path.open(encoding="utf-8")
    ]
    named = {
        "answers of gpt-4": answers,
        "UDHR": [(r["language"], r["text"]) for r in rows("udhr_23_languages.jsonl")],
        "Tatoeba": [(r["language"], r["text"]) for r in rows("tatoeba_22_languages.jsonl")],
        "neighbours": [(r["language"], r["text"]) for r in rows("udhr_neighbours_22_languages.jsonl")],
    }
    return {name: [(tag, text) for tag, text in found if text.strip()] for name, found in named.items()}


def tags_of_labels() -> dict[str, str]:
    """Label of any detector -> tag of one of the 23 languages."""
    tags = dict(MORE)
    for tag in languages.AYA_23:
        one = languages.get(tag)
        codes = (*one.codes.py3langid, *one.codes.langdetect, *one.codes.cld, one.iso639_3, tag)
        tags |= dict.fromkeys(codes, tag)
    return tags


def of_rule(name: str, texts: Sequence[tuple[str, str]], rounds: int) -> tuple[float, float]:
    """Texts a second, and the share that is right; of neighbours, the share that passes."""
    judge = rule(Identifier())
    these, expected = [text for _, text in texts], [tag for tag, _ in texts]
    if name == "neighbours":
        return 0.0, sum(accepted_by_any(judge, these)) / len(texts)
    seconds = []
    judge(these[:100], expected[:100])
    for _ in range(rounds):
        start = time.process_time()
        statuses = judge(these, expected)
        seconds.append(time.process_time() - start)
    return len(texts) / min(seconds), statuses.count("ok") / len(texts)


def asked_of(python: str, detector: str, texts: Sequence[tuple[str, str]], rounds: int) -> dict[str, Any]:
    """What `peer.py` writes of texts."""
    asked = {"detector": detector, "texts": [text for _, text in texts], "rounds": rounds}
    command = [python, str(HERE / "peer.py")]
    return json.loads(
        subprocess.run(command, input=json.dumps(asked), text=True, capture_output=True, check=True).stdout
    )


def measured(python: str, rounds: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Detector -> set -> (texts a second, share)."""
    tags = tags_of_labels()
    results: dict[str, dict[str, tuple[float, float]]] = {}
    for name, texts in sets().items():
        print(f"{name}: {len(texts):,} texts", file=sys.stderr)

        def is_hit(tag: str, label: str, name: str = name) -> bool:
            return label in tags if name == "neighbours" else tags.get(label) == tag

        def add(title: str, rate: float, hit: Callable[[str, str, float | None], bool]) -> None:
            hits = [hit(tag, *label) for (tag, _), label in zip(texts, labels, strict=True)]  # noqa: B023
            results.setdefault(title, {})[name] = rate, sum(hits) / len(hits)  # noqa: B023

        results.setdefault("**the rule**", {})[name] = of_rule(name, texts, rounds)
        for detector, title in NAMES.items():
            answer = asked_of(python, detector, texts, rounds)
            labels, rate = answer["labels"], len(texts) / answer["seconds"]
            add(title, rate, lambda tag, label, share: is_hit(tag, label))
            if detector == "fasttext":
                sure = f"the same from {THRESHOLD} on, as datatrove's LanguageFilter"
                add(sure, rate, lambda tag, label, share: is_hit(tag, label) and share >= THRESHOLD)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--peer", required=True, help="an interpreter with the other detectors")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    before = os.getloadavg()[0]
    results = measured(options.peer, options.rounds)
    print(f"Load {before:.1f} before, {os.getloadavg()[0]:.1f} after; kernels: {in_words()}.\n")
    names = [name for name in next(iter(results.values())) if name != "neighbours"]
    print(f"| | {' | '.join(f'{name}: texts/s, right' for name in names)} | neighbours passed |")
    print("|---|" + "---|" * len(names) + "---:|")
    for title, by_set in results.items():
        cells = [f"{by_set[name][0]:,.0f}, {by_set[name][1]:.4f}" for name in names]
        print(f"| {title} | {' | '.join(cells)} | {by_set['neighbours'][1]:.4f} |")


if __name__ == "__main__":
    main()
