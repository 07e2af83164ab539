"""Controls: that checks which are free with prompts about languages, lists and code are not blind.

    POLYPREF_DATA=... python benchmarks/quality/controls.py list TEXTS.jsonl    every prompt with cross_lingual_task
    POLYPREF_DATA=... python benchmarks/quality/controls.py score READ.jsonl    figures, into controls.json
    POLYPREF_DATA=... python benchmarks/quality/controls.py undetermined        answers in no language, nothing written

The texts are the questions of m_arena_hard in 23 languages with their answers, and the answers of OMGEval. `list` gives
each question that has the flag `cross_lingual_task`, by itself or on one of its answers. A reader writes a line
{"question": id, "task": true | false, "why": ...} for each question: whether it speaks of several languages, asks for a
translation or for an answer in another language, or quotes one. `undetermined` counts those of an earlier version where
PYTHONPATH names a checkout of it. Wrong-language answers to translation prompts are planted in
benchmarks/language_id/tasks.py.
"""

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import corpora

from polypref.stages.checks.contract import Flag
from polypref.stages.checks.language import Language
from polypref.stages.checks.line_fidelity import LineFidelity

HERE = Path(__file__).parent
FLAG = "cross_lingual_task"
#: Flags of answers in no language that was told, the second where no detector knows the language. Versions of before
#: had the first alone, for both.
UNTOLD = ("chosen_language_undetermined", "chosen_language_not_checked")
MODELS = ("bloomz", "okapi", "guanaco-13b", "phoenix-7b", "gpt3.5-turbo", "gpt4")


def flagged() -> set[tuple[str, str]]:
    """The questions with the flag, by themselves or on an answer: (language, id)."""
    asked = {(tag, name): text for tag, name, text in corpora.questions()}
    rows = [{"id": name, "language": tag, "prompt": text, "chosen": "✓"} for (tag, name), text in asked.items()]
    rows += [
        {"id": name, "language": tag, "prompt": asked[tag, name], "chosen": text}
        for tag, _, name, text in corpora.arena()
    ]
    batch = corpora.batch(rows)
    outcomes = (one for check in (Language(), LineFidelity()) for one in check(batch))
    return {
        (rows[place]["language"], rows[place]["id"])
        for place, outcome in outcomes
        if isinstance(outcome, Flag) and outcome.name == FLAG
    }


def list_prompts(out: Path) -> None:
    """Writes the flagged questions with their texts, and prints counts."""
    asked = {(tag, name): text for tag, name, text in corpora.questions()}
    by_question: dict[str, dict[str, Any]] = {}
    for tag, name in sorted(flagged()):
        row = by_question.setdefault(name, {"question": name, "english": asked["en", name], "flagged": {}})
        row["flagged"][tag] = asked[tag, name]
    with out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in by_question.values())
    print(f"{sum(len(row['flagged']) for row in by_question.values())} prompts of {len(asked)} are flagged")
    print(f"they are {len(by_question)} questions in one language or several")


def score(read: Path) -> dict[str, Any]:
    """The share of prompts with the flag that a reader says are no such task."""
    readings = {one["question"]: one for one in map(json.loads, read.read_text("utf-8").splitlines())}
    prompts, found = len(corpora.questions()), flagged()
    none = [(tag, name) for tag, name in found if not readings[name]["task"]]
    by_language = Counter(tag for tag, _ in none)
    print(f"{len(found)} of {prompts} flagged; {len(none)} are no such task to the reader ({len(none) / prompts:.2%})")
    print(f"at most in a language: {by_language.most_common(3)} of {prompts // 23}")
    return {
        "prompts": prompts,
        "flagged": len(found),
        "no such task": len(none),
        "by language": dict(sorted(by_language.items())),
        "read": [readings[name] for name in sorted({name for _, name in found})],
    }


def undetermined() -> dict[str, dict[str, list[int]]]:
    """How many answers of which set and language are in no language: set -> language -> [such ones, answers]."""
    texts = [("omgeval", tag, text) for model in MODELS for tag, _, text in corpora.omgeval(model)]
    texts += [("m_arena_hard", tag, text) for tag, _, _, text in corpora.arena()]
    texts = [one for one in texts if one[2].strip()]
    batch = corpora.batch({"language": tag, "prompt": "?", "chosen": text} for _, tag, text in texts)
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for name, tag, _ in texts:
        counts[name][tag][1] += 1
    flags: dict[str, Counter[str]] = defaultdict(Counter)
    for place, outcome in Language()(batch):
        if isinstance(outcome, Flag) and outcome.name in UNTOLD:
            counts[texts[place][0]][texts[place][1]][0] += 1
            flags[texts[place][0]][outcome.name] += 1
    for name, of_set in counts.items():
        such, answers = (sum(one[i] for one in of_set.values()) for i in (0, 1))
        worst = max(of_set, key=lambda tag: of_set[tag][0] / of_set[tag][1])
        by_flag = ", ".join(f"{flag} {flags[name][flag]}" for flag in UNTOLD)
        print(f"{name}: {such} of {answers} answers are in no language that was told ({such / answers:.2%}; {by_flag})")
        print(f"most in {worst} {of_set[worst]}")
    return {name: dict(sorted(of_set.items())) for name, of_set in counts.items()}


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("list", "score", "undetermined"))
    parser.add_argument("path", nargs="?", type=Path)
    options = parser.parse_args()
    if options.what == "undetermined":
        undetermined()
    elif options.path is None:
        parser.error("give the file to write, or to read")
    elif options.what == "list":
        list_prompts(options.path)
    else:
        found = {"cross_lingual_task": score(options.path), "undetermined": undetermined()}
        (HERE / "controls.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
