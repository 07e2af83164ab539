"""Lists every pair of real preference files that the default checks take, with the reason, to be read.

    POLYPREF_DATA=... python benchmarks/quality/taken.py list TEXTS.jsonl   every pair taken, with its texts
    POLYPREF_DATA=... python benchmarks/quality/taken.py score READ_1.jsonl READ_2.jsonl

The files are read by the layouts of polypref, as a build reads them; the checks of prompts, answers and pairs are asked
as a build asks them. TEXTS.jsonl holds texts and is not kept. Each reader, who does not see the other's, writes a line
{"key": ..., "sound": true | false, "why": ...} a pair: sound is one that a person would have kept. `score` writes the
figures and every reading, without texts, to taken.json.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpora
from chain import apart, checked, filtered

from polypref.evaluation.reward_models.data import load_comparisons, source

HERE = Path(__file__).parent
# File below the data -> layout and, where no column says it, language.
FILES = {
    "pandalm": ("preference_layouts/pandalm_testset.json.gz", "pandalm", "en"),
    "dpo_en_demo": ("preference_layouts/llamafactory_dpo_en_demo.json.gz", "llamafactory_sharegpt", "en"),
    "oasst": ("preference_layouts/oasst_en_100_tree.jsonl.gz", "oasst", ""),
    "kudge": ("small_native_preference/ko_kudge_falseinfo_pairwise.csv", "kudge_falseinfo", "ko"),
    "ukrqualbench": ("small_native_preference/uk_pairwise_calibration.json", "ukrqualbench", "uk"),
}
_KEYS = ("file", "key", "language", "of", "check", "reason", "detail")


def pairs(name: str) -> list[corpora.Row]:
    """The pairs of a file: id, language, prompt (turns), chosen, rejected."""
    if name == "omgeval_gpt4":
        other = {row[:2]: row[2] for row in corpora.omgeval("gpt3.5-turbo")}
        asked = _omgeval_questions()
        return [
            {"id": i, "language": tag, "prompt": asked[tag, i], "chosen": text, "rejected": other[tag, i]}
            for tag, i, text in corpora.omgeval("gpt4")
        ]
    paths = [FILES[name]] if name in FILES else []
    if name == "ja_vicuna_qa":
        folder = corpora.DATA / "ja_vicuna_qa" / "pairwise_gpt4"
        paths = [(str(path.relative_to(corpora.DATA)), "ja_vicuna_qa", "ja") for path in sorted(folder.glob("*.jsonl"))]
    rows = []
    for path, layout, language in paths:
        loaded = load_comparisons(source(str(corpora.DATA / path), layout=layout, language=language))
        rows += [
            {
                "id": f"{name}:{len(rows) + i}",
                "language": one.language,
                "prompt": [{"role": role, "content": content} for role, content in one.prompt],
                "chosen": one.chosen,
                "rejected": one.rejected,
            }
            for i, one in enumerate(loaded.pairs)
        ]
    return rows


def _omgeval_questions() -> dict[tuple[str, str], str]:
    return {
        (tag, f"omgeval:{row['row']}"): row["instruction"]
        for folder, tag in corpora.OMGEVAL.items()
        for row in corpora.lines(f"omgeval/outputs/{folder}/gpt4.jsonl")
    }


NAMES = (*FILES, "ja_vicuna_qa", "omgeval_gpt4")


def taken(name: str) -> tuple[int, list[dict[str, Any]]]:
    """How many pairs a file has, and those that the checks take: the first reason, and what it is about."""
    rows = pairs(name)
    table = corpora.table(rows)
    prompts, answers = apart(table)
    gone: dict[int, dict[str, Any]] = {}

    def take(number: int, of: str, finding: dict[str, Any]) -> None:
        gone.setdefault(number, {"of": of} | {key: finding[key] for key in ("check", "reason", "detail")})

    for one in checked(prompts, "prompt").to_pylist():
        if one["outcome"] == "reject":
            take(int(one["prompt_id"]), "prompt", one)
    for one in checked(answers, "answer").to_pylist():
        number, _, side = one["completion_id"].partition(":")
        if one["outcome"] == "reject" and one[side]:
            take(int(number), side, one)
    for number, one in enumerate(filtered(table).to_pylist()):
        if one["reason"] is not None and number not in gone:
            take(number, "pair", one | {"check": one["filter"]})
    return len(rows), [_listed(name, rows[number], gone[number]) for number in sorted(gone)]


def _listed(name: str, row: corpora.Row, finding: dict[str, Any]) -> dict[str, Any]:
    texts = json.dumps([row["prompt"], row["chosen"], row["rejected"]], ensure_ascii=False)
    key = hashlib.sha256(texts.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return (
        {"file": name, "key": key, "language": row["language"]}
        | finding
        | {side: row[side] for side in ("prompt", "chosen", "rejected")}
    )


def list_pairs(out: Path) -> None:
    """Writes the pairs that are taken, with their texts, and prints counts."""
    with out.open("w", encoding="utf-8") as file:
        for name in NAMES:
            count, rows = taken(name)
            reasons = Counter(f"{one['of']} {one['check']}: {one['reason']}" for one in rows)
            print(f"{name}: {len(rows)} of {count} taken; {dict(reasons.most_common())}")
            file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)


def _readings(path: Path) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in map(json.loads, path.read_text("utf-8").splitlines())}


def _scored(readers: list[dict[str, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for name in NAMES:
        count, rows = taken(name)
        read = []
        for row in rows:
            readings = [reader[row["key"]] for reader in readers]
            both = [{"sound": bool(one["sound"]), "why": str(one.get("why", ""))[:200]} for one in readings]
            read.append({key: row[key] for key in _KEYS[1:]} | {"read": both})
        sound = sum(all(one["sound"] for one in row["read"]) for row in read)
        disputed = sum(len({one["sound"] for one in row["read"]}) > 1 for row in read)
        print(f"{name}: {len(rows)} of {count} taken, {sound} sound to both readers, {disputed} to one of them")
        yield {"file": name, "pairs": count, "taken": len(rows), "sound": sound, "sound to one": disputed, "rows": read}


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("list", "score"))
    parser.add_argument("paths", nargs="+", type=Path)
    options = parser.parse_args()
    if options.what == "list":
        list_pairs(options.paths[0])
        return
    results = list(_scored([_readings(path) for path in options.paths]))
    total, sound = (sum(one[key] for one in results) for key in ("pairs", "sound"))
    print(f"all: {sound} of {total} sound pairs taken ({sound / total:.2%})")
    (HERE / "taken.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
