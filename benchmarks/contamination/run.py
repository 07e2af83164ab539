"""Recall of the samples of known evaluation sets on edited prompts, and what they take of other texts.

    POLYPREF_DATA=... python benchmarks/contamination/run.py

Each prompt of the known sets meets an edited copy of itself; the samples are held against it, and the whole index that
they were made of. What they take of other texts is listed to be read.
"""

import json
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from make_samples import evaluation_prompts

from polypref.files.readers import read_file
from polypref.stages.prompts.evaluation_overlap import Index
from polypref.stages.prompts.known_sets import KNOWN_SETS, known_index

DATA = Path(os.environ.get("POLYPREF_DATA", "../shared/data"))
UNSPACED = {"zh", "ja"}
Edit = Callable[[list[str], list[str], random.Random], list[str]]
LENGTHS = {"under 16 words": (0, 15), "16 to 59": (16, 59), "60 and more": (60, 10**9)}


def units(text: str, tag: str) -> list[str]:
    """Words with the white space after them; two characters for languages without spaces."""
    return re.findall(r".{1,2}", text, re.DOTALL) if tag in UNSPACED else re.findall(r"\S+\s*", text)


def replaced(share: float) -> Edit:
    """Each word with this chance another prompt's."""
    return lambda own, other, dice: [dice.choice(other) if dice.random() < share else one for one in own]


def beginning(share: float) -> Edit:
    """So much of it."""
    return lambda own, other, dice: own[: max(1, round(share * len(own)))]


EDITS: dict[str, Edit] = {
    "as it is": lambda own, other, dice: own,
    "capitals, other white space": lambda own, other, dice: ["\n", *(one.upper() for one in own), " !!"],
    "inside a longer prompt": lambda own, other, dice: [*other[:20], " ", *own, " ", *other[20:60]],
    "3% of the words replaced": replaced(0.03),
    "6%": replaced(0.06),
    "10%": replaced(0.1),
    "15%": replaced(0.15),
    "the first 70%": beginning(0.7),
    "the first 55%": beginning(0.55),
}


def length_of(words: int) -> str:
    """The class of a prompt's length."""
    return next(name for name, (least, most) in LENGTHS.items() if least <= words <= most)


def recall(whole: Index, sampled: Index) -> list[dict[str, object]]:
    """A row an edit and length: prompts, and how many of them either index takes."""
    prompts = [(tag, units(text, tag)) for _, tag, text in evaluation_prompts()]
    of_tag = defaultdict(list)
    for tag, parts in prompts:
        of_tag[tag] += parts[:40]
    rows = []
    for name, edit in EDITS.items():
        dice = random.Random(f"{name}-1")
        texts = ["".join(edit(parts, [dice.choice(of_tag[tag]) for _ in range(60)], dice)) for tag, parts in prompts]
        tags = [tag for tag, _ in prompts]
        hits = [index.find(texts, tags) for index in (whole, sampled)]
        count, of_whole, of_samples = Counter[str](), Counter[str](), Counter[str]()
        worst, by_tag = Counter[str](), Counter(tags)
        for (tag, parts), one, other in zip(prompts, *hits, strict=True):
            length = length_of(len(parts))
            count[length] += 1
            of_whole[length] += one is not None
            of_samples[length] += other is not None
            worst[tag] += other is not None
        last = min(by_tag, key=lambda tag: worst[tag] / by_tag[tag])
        rows += [
            {
                "edit": name,
                "length": length,
                "prompts": count[length],
                "whole": round(of_whole[length] / count[length], 4),
                "samples": round(of_samples[length] / count[length], 4),
                "worst language": f"{last} {worst[last]}/{by_tag[last]}",
            }
            for length in LENGTHS
        ]
    return rows


def other_texts() -> Iterator[tuple[str, str, str]]:
    """Collection, language, text of what is in no known set."""
    layouts = DATA / "preference_layouts"
    for name, column in {
        "llamafactory_dpo_en_demo.json.gz": "conversations",
        "llamafactory_kto_en_demo.json.gz": "messages",
        "pandalm_testset.json.gz": "instruction",
    }.items():
        for line in read_file(layouts / name, None):
            value = line.row[column]
            turn = value if isinstance(value, str) else str(value[0].get("value") or value[0].get("content"))
            yield name.partition(".")[0], "en", turn
    for path in sorted((DATA / "parallel_text" / "mgsm").glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            yield "mgsm questions", path.stem[-2:], line.partition("\t")[0]
    paragraphs = (DATA / "parallel_text" / "xquad_paragraphs_11_languages.jsonl").read_text("utf-8").splitlines()
    for row in map(json.loads, paragraphs):
        yield "xquad paragraphs", row["language"], row["context"]


def main() -> None:
    """Prints the tables and writes results.json beside this file."""
    prompts = evaluation_prompts()
    names, tags, texts = zip(*prompts, strict=True)
    whole, sampled = Index.of(tags, texts, names), known_index(KNOWN_SETS)
    rows = recall(whole, sampled)
    for row in rows:
        print(*row.values(), sep=" | ")
    taken, seen = Counter[str](), Counter[str]()
    for collection, tag, text in dict.fromkeys(other_texts()):
        seen[collection] += 1
        share, name = sampled.overlaps([text], [tag])[0]
        taken[collection] += name is not None
        if name and taken[collection] <= 20:
            print(f"{collection}: {share:.2f} of a prompt of {name}: {text[:150]!r}")
    others = {name: {"texts": seen[name], "taken": taken[name]} for name in seen}
    print(others)
    results = {"recall": rows, "other texts": others}
    Path(__file__).with_name("results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
