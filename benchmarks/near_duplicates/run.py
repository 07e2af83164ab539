"""Recall and precision of the near-duplicate search on light edits of real prompts, and its speed.

    POLYPREF_DATA=... python benchmarks/near_duplicates/run.py

Each m-ArenaHard prompt (23 languages) meets one edited copy of itself for every kind of edit; the edits share no code
with the search. Recall: planted pairs in one component. False edges: edges between prompts that are not edits of one
prompt; then edges within sets that hold look-alikes, to be read. Timing: 100,000 short texts made of parts of the same
prompts, and two heaps that would be quadratic in a naive search.
"""

import json
import os
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

from polypref import schema
from polypref.files.atomic import write_table
from polypref.stages.prompts.near_duplicates import components, near_duplicate_edges
from polypref.stages.prompts.signatures import NearDuplicates

UNSPACED = {"zh", "ja"}
THRESHOLDS = (0.5, 0.6, 0.7, 0.8)
SHORT = 60
Edit = Callable[[str, str, random.Random], str]


def units(text: str, language: str) -> list[str]:
    """Words with the white space after them; two characters for languages without spaces."""
    return re.findall(r".{1,2}", text, re.DOTALL) if language in UNSPACED else re.findall(r"\S+\s*", text)


def shouting(text: str, language: str, dice: random.Random) -> str:
    """Other case, other white space, other punctuation at the end."""
    return "  " + re.sub(r"[ \n]+", "\n", text.upper()).rstrip(".?!。？") + " !!"


def one_word(text: str, language: str, dice: random.Random) -> str:
    """One word replaced."""
    parts = units(text, language)
    parts[dice.randrange(len(parts))] = "和平" if language in UNSPACED else "Kopenhagen "
    return "".join(parts)


def dropped(text: str, language: str, dice: random.Random) -> str:
    """One word in twenty left out, one at least."""
    parts = units(text, language)
    gone = set(dice.sample(range(len(parts)), max(1, len(parts) // 20)))
    return "".join(part for i, part in enumerate(parts) if i not in gone)


def typos(text: str, language: str, dice: random.Random) -> str:
    """Two neighbouring letters swapped, twice."""
    letters = list(text)
    for place in (dice.randrange(len(letters) - 1) for _ in range(2)):
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return "".join(letters)


def cut(text: str, language: str, dice: random.Random) -> str:
    """The last tenth missing."""
    return text[: max(1, len(text) * 9 // 10)]


def addition(text: str, language: str, dice: random.Random) -> str:
    """A tenth more at the end, taken from the beginning."""
    return text + " " + text[: max(1, len(text) // 10)][::-1]


EDITS: dict[str, Edit] = {f.__name__: f for f in (shouting, one_word, dropped, typos, cut, addition)}


def row(language: str, text: str) -> dict[str, object]:
    """One prompt as a row of schema.PROMPTS."""
    messages = [{"role": "user", "content": text}]
    number = schema.prompt_id(language, messages)
    return {
        "prompt_id": number,
        "group_id": number,
        "language": language,
        "response_language": language,
        "prompt": messages,
        "sources": [],
        "origin": "native",
    }


def prompts(data: Path) -> list[tuple[str, str, str]]:
    """Language, question and text of every m-ArenaHard prompt."""
    found = []
    for path in sorted((data / "m_arena_hard" / "questions").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            found.append((path.stem, str(record["question_id"]), str(record["turns"][0]["content"])))
    return [one for one in found if len(one[2]) > 8]


def search(rows: list[dict[str, object]], settings: NearDuplicates) -> tuple[pa.Table, float]:
    """The edges and the seconds they took, on one thread of DuckDB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompts.parquet"
        write_table(path, pa.Table.from_pylist(rows, schema=schema.PROMPTS))
        con = duckdb.connect(config={"threads": 1})
        start = time.perf_counter()
        edges = near_duplicate_edges(con, [path], settings)
        return edges, time.perf_counter() - start


def quality(found: list[tuple[str, str, str]]) -> None:
    """Prints recall by edit, length and threshold, and prompts falsely joined."""
    print("edit      length   pairs" + "".join(f"   >= {t}" for t in THRESHOLDS) + "  worst language at 0.7")
    for name, edit in EDITS.items():
        dice = random.Random(f"{name}-1")
        rows, planted, question = [], {}, {}
        for language, number, text in found:
            one, other = row(language, text), row(language, edit(text, language, dice))
            question[one["prompt_id"]] = question[other["prompt_id"]] = (language, number)
            if one["prompt_id"] != other["prompt_id"]:
                planted[one["prompt_id"], other["prompt_id"]] = (language, len(text) < SHORT)
            rows += [one, other]
        joined, false = {}, {}
        for threshold in THRESHOLDS:
            edges = search(rows, NearDuplicates(threshold=threshold))[0].to_pylist()
            root = components((e["prompt_id_a"], e["prompt_id_b"]) for e in edges)
            joined[threshold] = {p for p in planted if p[0] in root and root[p[0]] == root.get(p[1])}
            false[threshold] = sum(question[e["prompt_id_a"]] != question[e["prompt_id_b"]] for e in edges)
        for short in (True, False):
            pairs = [pair for pair, (_, is_short) in planted.items() if is_short == short]
            rates = [len(joined[t].intersection(pairs)) / len(pairs) for t in THRESHOLDS]
            by = Counter(planted[pair][0] for pair in pairs)
            hit = Counter(planted[pair][0] for pair in joined[0.7].intersection(pairs))
            worst = min(by, key=lambda code: hit[code] / by[code])
            line = f"{name:9s} {'< 60' if short else '>= 60':6s}{len(pairs):6d} "
            print(line + "".join(f"  {r:.4f}" for r in rates) + f"  {worst} {hit[worst]}/{by[worst]}")
        print(f"{name:9s} false edges: " + ", ".join(f"{false[t]} at {t}" for t in THRESHOLDS))


def templates(data: Path) -> None:
    """Prints how many edges there are between different sentences of sets that hold look-alikes."""
    folder = data / "parallel_text"
    sets: dict[str, list[tuple[str, str]]] = {"xcopa premises": [], "mgsm questions": []}
    for path in sorted((folder / "xcopa").glob("test.*.jsonl")):
        lines = path.read_text("utf-8").splitlines()
        sets["xcopa premises"] += [(path.stem[-2:], json.loads(line)["premise"]) for line in lines]
    for path in sorted((folder / "mgsm").glob("*.tsv")):
        lines = path.read_text("utf-8").splitlines()
        sets["mgsm questions"] += [(path.stem[-2:], line.split("\t")[0]) for line in lines]
    for name in ("tatoeba_22_languages", "udhr_23_languages"):
        lines = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
        sets[name] = [(record["language"], record["text"]) for record in map(json.loads, lines)]
    for name, texts in sets.items():
        rows = [row(language, text) for language, text in texts]
        counts = [search(rows, NearDuplicates(threshold=t))[0].num_rows for t in THRESHOLDS]
        print(f"{name}, {len(rows)} texts: " + ", ".join(map("{} at {}".format, counts, THRESHOLDS)))


def speed(found: list[tuple[str, str, str]]) -> None:
    """Prints seconds for 100,000 short texts, one in ten a copy with one word changed; and for a hostile heap."""
    dice = random.Random(7)
    rows = []
    by_language: dict[str, list[str]] = {}
    for language, _, text in found:
        by_language.setdefault(language, []).append(text)
    while len(rows) < 100_000:
        parts = [dice.choice(by_language[language := dice.choice(list(by_language))]) for _ in range(4)]
        starts = [dice.randrange(max(1, len(text) - 30)) for text in parts]
        part = " ".join(text[start : start + dice.randrange(15, 40)] for text, start in zip(parts, starts, strict=True))
        rows.append(row(language, part))
        if dice.random() < 0.1 and len(part) > 60:
            rows.append(row(language, one_word(part, language, dice)))
    edges, seconds = search(rows, NearDuplicates())
    mean = sum(len(r["prompt"][0]["content"]) for r in rows) / len(rows)  # type: ignore[index]
    print(f"{len(rows)} texts of {mean:.0f} characters: {seconds:.1f} s, {edges.num_rows} edges")
    copies = [row("en", "What is the capital of France?" + "!" * i) for i in range(5_000)]
    frames = [
        row("en", f"Write a polite letter to the bank about invoice number {i:05d}, please.") for i in range(20_000)
    ]
    for name, heap in (("5,000 copies", copies), ("20,000 prompts of one template", frames)):
        edges, seconds = search(heap, NearDuplicates())
        print(f"{name}: {seconds:.1f} s, {edges.num_rows} edges")


if __name__ == "__main__":
    data_folder = Path(os.environ.get("POLYPREF_DATA", "../shared/data"))
    all_prompts = prompts(data_folder)
    quality(all_prompts)
    templates(data_folder)
    speed(all_prompts)
