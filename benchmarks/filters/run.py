"""Our language, repetition and near-duplicate steps beside datatrove's, on the same texts, in turns.

    POLYPREF_DATA=... python benchmarks/filters/run.py --peer PYTHON --model lid.176.ftz [--turns 5]

PYTHON is an interpreter with datatrove[processing]; the model is fastText's, which datatrove would download. Every turn
runs our step and then theirs; seconds are processor time, medians of the turns. Prints a Markdown table.
"""

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "quality"))

import corpora  # noqa: E402
import plant  # noqa: E402
import pyarrow as pa  # noqa: E402

from polypref import schema  # noqa: E402
from polypref.files import sql  # noqa: E402
from polypref.files.atomic import write_table  # noqa: E402
from polypref.languages import AYA_23  # noqa: E402
from polypref.languages.identifier import Identifier  # noqa: E402
from polypref.stages.checks.repetition import RepetitionLoops  # noqa: E402
from polypref.stages.prompts.near_duplicates import components, near_duplicate_edges  # noqa: E402

ANSWERS, PROMPTS = 2_000, 200  # answers in all; prompts a language
THRESHOLD = 0.65  # datatrove's own
Texts = Sequence[tuple[str, str]]
"""(language, text) of each."""
Step = Callable[[Texts], list[Any]]


def module(name: str, path: Path) -> Any:
    """A script of another benchmark as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def language(texts: Texts) -> list[Any]:
    """Whether each text is in its language."""
    checks = Identifier().check_many([text for _, text in texts], [tag for tag, _ in texts])
    return [check.status == "ok" for check in checks]


def repetition(texts: Texts) -> list[Any]:
    """Whether each text is kept."""
    rows = [{"language": tag, "prompt": "?", "chosen": text} for tag, text in texts]
    found = {row for row, _ in RepetitionLoops()(corpora.batch(rows))}
    return [i not in found for i in range(len(texts))]


def near_duplicates(texts: Texts) -> list[Any]:
    """The cluster of each text; -1 where it is alone."""
    rows = []
    for number, (tag, text) in enumerate(texts):
        name, messages = f"{number:08d}", [{"role": "user", "content": text}]
        ids = {"prompt_id": name, "group_id": name, "language": tag, "response_language": tag}
        rows.append({**ids, "prompt": messages, "sources": [], "origin": "native"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompts.parquet"
        write_table(path, pa.Table.from_pylist(rows, schema=schema.PROMPTS))
        edges = near_duplicate_edges(sql.connect(threads=1), [path])
    joined = components(zip(edges["prompt_id_a"].to_pylist(), edges["prompt_id_b"].to_pylist(), strict=True))
    return [int(joined.get(row["prompt_id"], -1)) for row in rows]


def in_turns(step: Step, texts: Texts, options: argparse.Namespace) -> tuple[list[Any], list[Any], str]:
    """What both found, and the columns of speed: texts a second of each, and how often ours is as fast."""
    asked = json.dumps({"step": step.__name__, "texts": [text for _, text in texts], "model": options.model})
    ours, theirs, mine, found = [], [], [], {}
    step(texts[:50])  # loads models
    for _ in range(options.turns):
        start = time.process_time()
        mine = step(texts)
        ours.append(time.process_time() - start)
        done = subprocess.run([options.peer, HERE / "peer.py"], input=asked, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        found = json.loads(done.stdout)
        theirs.append(found["seconds"])
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    rates = [len(texts) / statistics.median(seconds) for seconds in (ours, theirs)]
    return mine, found["found"], f"{rates[0]:,.0f} | {rates[1]:,.0f} | {ratio:.1f}"


def share(hits: Sequence[bool]) -> str:
    """A count and what it is of."""
    return f"{sum(hits):,} of {len(hits):,}"


def languages(options: argparse.Namespace) -> None:
    """Members and neighbours that pass. For datatrove a neighbour passes as any of the 23, as for us."""
    answers = [(tag, text) for tag, model, _, text in corpora.arena() if model in corpora.CLEAN][:ANSWERS]
    *_, speed = in_turns(language, answers, options)
    print(f"| language | answers of gpt-4 | | | {speed} |")
    members = [(tag, text) for tag, _, text in corpora.udhr()]
    for name, texts in (("UDHR paragraphs", members), ("clean answers", answers)):
        mine, theirs, _ = in_turns(language, texts, argparse.Namespace(**vars(options) | {"turns": 1}))
        passed = [tag == label and score > THRESHOLD for (tag, _), (label, score) in zip(texts, theirs, strict=True)]
        print(f"| | {name}: passed | {share(mine)} | {share(passed)} | | | |")
    rows = corpora.lines("parallel_text/udhr_neighbours_22_languages.jsonl")
    neighbours = [(r["language"], r["text"]) for r in rows]
    accepted = [False] * len(neighbours)
    for tag in AYA_23:
        checks = Identifier().check_many([text for _, text in neighbours], [tag] * len(neighbours))
        accepted = [a or check.status == "ok" for a, check in zip(accepted, checks, strict=True)]
    english = [("en", text) for _, text in neighbours]
    _, theirs, _ = in_turns(language, english, argparse.Namespace(**vars(options) | {"turns": 1}))
    passed = [label in AYA_23 and score > THRESHOLD for label, score in theirs]
    print(f"| | neighbour languages: passed as one of 23 | {share(accepted)} | {share(passed)} | | | |")


def repetitions(options: argparse.Namespace) -> None:
    """Loops found, and sound answers turned away."""
    sound = [(row["language"], row["chosen"]) for row in corpora.clean_answers()]
    sound = random.Random(0).sample(sound, ANSWERS)
    mine, theirs, speed = in_turns(repetition, sound, options)
    print(f"| repetition | sound answers: rejected | {share([not x for x in mine])} | "
          f"{share([not x for x in theirs])} | {speed} |")  # fmt: skip
    once = argparse.Namespace(**vars(options) | {"turns": 1})
    for planter in (plant.loop_phrase, plant.loop_sentence, plant.loop_counting):
        rng = random.Random(planter.__name__)
        texts = [(tag, found) for tag, text in sound[:1000] if (found := planter(text, tag, rng))]
        mine, theirs, _ = in_turns(repetition, texts, once)
        print(f"| | {planter.__name__}: rejected | {share([not x for x in mine])} | "
              f"{share([not x for x in theirs])} | | | |")  # fmt: skip


def near(options: argparse.Namespace) -> None:
    """Prompts joined with an edited copy of themselves, and joined with anything else."""
    edits = module("near", HERE.parent / "near_duplicates" / "run.py")
    dice, number = random.Random(0), Counter[str]()
    originals = []
    for tag, _, text in corpora.questions():
        if tag not in edits.UNSPACED and len(text) >= edits.SHORT and number[tag] < PROMPTS:
            number[tag] += 1
            originals.append((tag, text))
    for edit in (edits.shouting, edits.one_word, edits.dropped):
        texts = [one for tag, text in originals for one in ((tag, text), (tag, edit(text, tag, dice)))]
        mine, theirs, speed = in_turns(near_duplicates, texts, options)
        columns = []
        for found in (mine, theirs):
            joined = [a == b != -1 for a, b in zip(found[::2], found[1::2], strict=True)]
            others = Counter(found[::2])
            false = sum(count for cluster, count in others.items() if cluster != -1 and count > 1)
            columns.append(f"{share(joined)}, {false} beside others")
        print(f"| near-duplicates | {edit.__name__}: joined | {' | '.join(columns)} | {speed} |")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="python interpreter with datatrove[processing]")
    parser.add_argument("--model", required=True, help="fastText's lid.176.bin or lid.176.ftz")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    print("| step | texts | ours | datatrove | ours, texts/s | datatrove, texts/s | times as fast |")
    print("|---|---|---|---|---:|---:|---:|")
    languages(options)
    repetitions(options)
    near(options)


if __name__ == "__main__":
    main()
