"""How long `polypref build` takes, how much memory and disk, stage by stage.

    POLYPREF_DATA=... python benchmarks/build/run.py [--rows 230000] [--times 10] [--characters 400]

Makes prompts with two scored answers each, whose texts are unique and have the lengths and scripts of m-ArenaHard
(a real text's layout and code, its words drawn with a seed from all texts of the language; a few characters at a time
where words are not separated), and builds them with two workers and the default checks, all stages from read to write;
then runs the same command again, which finds that nothing is left to do ("resume"). Then the same with only the checks
of exact duplicates and of the language, which is what this benchmark measured before there were others; with five
answers to a prompt; with texts cut to so many characters, and with so many times the rows of these. `--only` names some
of these runs. The tables go into README.md, the numbers into results.json.
"""

import argparse
import contextlib
import datetime
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CARD = "## Summary\n\nTexts without meaning.\n\n## Intended use\n\nMeasuring.\n\n## Limits\n\nAll.\n"
UNSPACED = ("ja", "zh")
_FIXED = re.compile(r"(?s)(```.*?(?:```|\Z)|`[^`\n]*`|\$\$.*?\$\$|https?://\S+)")
_WORD = re.compile(r"([^\s\d`*#|<>(){}\[\]\"'.,:;!?=/\\_-]+)")
_CHARACTERS = re.compile(r"([^\W\d_]{1,4})")
#: What each stage writes: a folder of the build's store, or the dataset itself.
STAGES = ("read", "index", "check", "rated", "pair", "filter", "balance")
WRITES = {stage: f".polypref/{stage}-*" for stage in STAGES} | {"write": "data"}


@dataclass(frozen=True)
class Kind:
    """A kind of build: whether it has many times the rows, and texts that are cut; answers to a prompt; checks."""

    many: bool = False
    cut: bool = False
    answers: int = 2
    checks: str = "default"


KINDS = {
    "default": Kind(),
    "two_checks": Kind(checks="two"),
    "five_answers": Kind(answers=5),
    "cut": Kind(cut=True),
    "many": Kind(cut=True, many=True),
}


def real_texts(data: Path) -> dict[str, tuple[list[str], list[str]]]:
    """Language -> (prompts, answers) of m-ArenaHard, for the languages that have answers."""
    arena = data / "m_arena_hard"
    found = {}
    for folder in sorted((arena / "answers").iterdir()):
        prompts = [json.loads(line) for line in (arena / "questions" / f"{folder.name}.jsonl").open(encoding="utf-8")]
        answers = [json.loads(line) for f in sorted(folder.glob("*.jsonl")) for line in f.open(encoding="utf-8")]
        found[folder.name] = [p["turns"][0]["content"] for p in prompts], [a["answer"] for a in answers if a["answer"]]
    return found


class Sampler:
    """Unique texts made of a language's real ones: one of them as it is laid out, with words drawn from all of them."""

    def __init__(self, texts: Sequence[str], language: str, seed: str, longest: int | None = None) -> None:
        self.longest = longest
        word = _CHARACTERS if language in UNSPACED else _WORD
        # Code and links stay as they are; what is between them is cut into words (odd places) and what parts them.
        # Of a text that is cut anyway, three times what stays is enough: drawn words may be shorter than its own.
        self.layouts = [
            [p for i, part in enumerate(_FIXED.split(text[: longest and 3 * longest])) for p in cut(part, word, i % 2)]
            for text in texts
        ]
        self.words = [one for layout in self.layouts for one in layout[1::2] if one]
        self.draw = random.Random(seed)

    def text(self, number: int) -> str:
        """One text; the number in it makes it unique."""
        layout = self.draw.choice(self.layouts).copy()
        drawn = self.draw.choices(self.words, k=len(layout) // 2)
        layout[1::2] = [new if old else old for old, new in zip(layout[1::2], drawn, strict=True)]
        text = "".join(layout)[: self.longest]
        # A text that ends inside of code or a formula is a truncated answer to the checks, and half of them would be.
        for mark in ("```", "$$") if self.longest else ():
            if text.count(mark) % 2:
                text = text[: text.rindex(mark)]
        return f"{text} {number}"


def cut(part: str, word: re.Pattern[str], fixed: int) -> list[str]:
    """A part of a text as alternately what stays and a word, ending with an empty word."""
    return [part, ""] if fixed else [*word.split(part), ""]


def generate(
    texts: dict[str, tuple[list[str], list[str]]], folder: Path, rows: int, longest: int | None = None, answers: int = 2
) -> int:
    """Writes the pool, a file a language; prompt n of every language is one group. Returns its bytes."""
    folder.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        made = [
            pool.submit(write, folder, language, *texts[language], range(place, rows, len(texts)), longest, answers)
            for place, language in enumerate(texts)
        ]
        for one in made:
            one.result()
    return size(folder)


def write(
    folder: Path, language: str, prompts: list[str], answers: list[str], groups: range, longest: int | None, number: int
) -> None:
    """Writes one language's file of the pool."""
    prompt = Sampler(prompts, language, f"prompt {language}", longest)
    answer = Sampler(answers, language, f"a {language}", longest)
    scores = random.Random(f"score {language}")
    letters = "abcde"[:number]
    with (folder / f"{language}.jsonl").open("w", encoding="utf-8") as file:
        for group in groups:
            row = {
                "id": str(group // groups.step),
                "language": language,
                "prompt": prompt.text(group),
                **{one: answer.text(number * group + place) for place, one in enumerate(letters)},
                **{f"score_{one}": scores.random() for one in letters},
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def resident(pid: int) -> int:
    """Resident bytes of a process and all below it; pages that they share count for each."""
    total = 0
    with contextlib.suppress(OSError, ValueError):
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(resident(int(child)) for child in (task / "children").read_text().split())
    return total


def processor_seconds(pid: int) -> float:
    """Processor time of a process, of all that it started and that has ended, and of all below it."""
    total = 0.0
    with contextlib.suppress(OSError, ValueError):
        # What stands behind the name, which may hold spaces: the 14th to 17th fields are ticks of it and its children.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(processor_seconds(int(child)) for child in (task / "children").read_text().split())
    return total


@contextlib.contextmanager
def watched(process: subprocess.Popen[str], peaks: dict[str, int], stage: list[str]) -> Iterator[None]:
    """Notes the highest memory of a process tree, by the stage that is named at the moment."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            peaks[stage[0]] = max(peaks.get(stage[0], 0), resident(process.pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def build(script: Path, source: Path, out: Path, rows: int, workers: int, kind: Kind) -> dict[str, Any]:
    """Runs the build and measures it.

    Returns:
        wall seconds, those of a second run that has nothing to do, peak memory, and for every stage seconds, processor
        seconds, rows, peak memory and bytes written.
    """
    words = ["-m", "polypref.cli", "build", script, "--source", source, "--out", out, "--workers", workers]
    words += ["--largest", rows // 40, "--answers", kind.answers, "--checks", kind.checks]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    names, stages, peaks = list(WRITES), {}, {}
    stage, said, used = [names[0]], [], 0.0
    with watched(process, peaks, stage):
        for line in process.stderr or ():
            said.append(line)
            # The line comes when the stage is done: what is measured from now on belongs to the next one.
            found = re.match(r"(\w+) +([\d,]+) \w+ +([\d.]+) s", line)
            if found and found[1] in names:
                before, used = used, processor_seconds(process.pid)
                rows_done, taken = int(found[2].replace(",", "")), float(found[3])
                stages[found[1]] = {"rows": rows_done, "seconds": taken, "processor": round(used - before, 1)}
                stage[0] = names[min(names.index(found[1]) + 1, len(names) - 1)]
        process.wait()
    seconds = time.monotonic() - begin
    if process.returncode:
        raise SystemExit("".join(said))
    begin = time.monotonic()
    again = subprocess.run(process.args, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    resume = time.monotonic() - begin
    if not again.stdout.startswith("nothing to do"):
        raise SystemExit(f"the second run did something: {again.stdout}")
    for name, facts in stages.items():
        facts["peak"] = peaks.get(name, 0)
        facts["bytes"] = sum(map(size, out.glob(WRITES[name])))
    return {"seconds": seconds, "resume": resume, "peak": max(peaks.values()), "stages": stages}


def check(out: Path, rows: int) -> dict[str, int]:
    """What became of prompts, answers and pairs, from provenance; every row must have been a prompt."""
    funnel = json.loads((out / "provenance.json").read_text("utf-8"))["funnel"]

    def counted(stage: str, unit: str, *outcomes: str) -> int:
        keys = ((stage, unit, outcome) for outcome in outcomes)
        return sum(r["rows"] for key in keys for r in funnel if (r["stage"], r["unit"], r["outcome"]) == key)

    counts = {
        "prompts rejected by checks": counted("check", "prompts", "rejected"),
        "answers rejected by checks": counted("check", "answers", "rejected"),
        "pairs": counted("pair", "prompts", "pairs_made"),
        "pairs rejected by checks": counted("filter", "pairs", "rejected"),
        "released": counted("balance", "pairs", "kept"),
    }
    if counted("index", "prompts", "kept") != rows:
        raise SystemExit(f"of {rows} rows {counted('index', 'prompts', 'kept')} became prompts")
    return counts


def run(
    texts: dict[str, tuple[list[str], list[str]]], rows: int, longest: int | None, workers: int, work: Path, kind: Kind
) -> dict[str, Any]:
    """Generates a pool and builds it."""
    source, out = work / f"pool-{rows}", work / f"out-{rows}"
    print(f"{rows:,} pairs: making the texts", flush=True)
    made = generate(texts, source, rows, longest, kind.answers)
    load = os.getloadavg()[0]
    print(f"{rows:,} pairs: building {made / 1e9:.2f} GB (load {load:.1f})", flush=True)
    script = work / "builders" / "pool.py"
    for path, text in (
        (script, (HERE / "pool.py").read_text("utf-8")),
        (work / "dataset_cards" / "benchmark.md", CARD),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    measured = build(script, source, out, rows, workers, kind)
    load = [round(load, 1), round(os.getloadavg()[0], 1)]
    result = {"rows": rows, "characters": longest, **asdict(kind), "input": made, "load": load, **measured}
    result |= check(out, rows)
    shutil.rmtree(source)
    shutil.rmtree(out)
    return result


def _titled(one: dict[str, Any]) -> str:
    """What is built, as a heading."""
    return "The default checks." if one["checks"] == "default" else "Exact duplicates and language only."


def table(results: list[dict[str, Any]]) -> list[str]:
    """The results as Markdown."""
    lines = []
    for one in results:
        lines += [
            f"**{_titled(one)}** {one['rows']:,} prompts with {one['answers']} answers each, "
            f"{one['input'] / 1e9:.2f} GB of JSONL (texts "
            + (f"cut to {one['characters']:,} characters" if one["characters"] else "as long as real ones")
            + f"); load of the machine {one['load'][0]} before, {one['load'][1]} after. Rejected by checks: "
            f"{one['prompts rejected by checks']:,} prompts, {one['answers rejected by checks']:,} answers, "
            f"{one['pairs rejected by checks']:,} of {one['pairs']:,} pairs. {one['released']:,} released.",
            "",
            "| stage | seconds | processor seconds | rows/s | peak memory, MB | written, MB |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for name, facts in one["stages"].items():
            # Stages count prompts, pairs or released rows; here all are set against the pairs that went in.
            lines.append(
                f"| {name} | {facts['seconds']:.1f} | {facts['processor']:.1f} | "
                f"{one['rows'] / max(facts['seconds'], 0.1):,.0f} | "
                f"{facts['peak'] / 1e6:,.0f} | {facts['bytes'] / 1e6:,.0f} |"
            )
        written = sum(facts["bytes"] for facts in one["stages"].values())
        lines += [
            f"| **all** | {one['seconds']:.1f} | {sum(facts['processor'] for facts in one['stages'].values()):.1f} | "
            f"{one['rows'] / one['seconds']:,.0f} | {one['peak'] / 1e6:,.0f} | "
            f"{written / 1e6:,.0f} |",
            f"| resume: nothing left to do | {one['resume']:.1f} | | | | |",
            "",
        ]
    for small, large in pairwise(results):
        if small["characters"] and small["characters"] == large["characters"]:
            rows, seconds = large["rows"] / small["rows"], large["seconds"] / small["seconds"]
            lines += [f"{rows:.0f} times the rows took {seconds:.2f} times the time.", ""]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Time, memory and disk of polypref build, stage by stage.")
    parser.add_argument("--rows", type=int, default=230_000, help="pairs of the first run")
    parser.add_argument("--times", type=int, default=10, help="the run `many` has so many times the pairs")
    parser.add_argument("--characters", type=int, default=400, help="the later runs' texts are cut to so many")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), help="which runs; all of them")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for inputs and outputs (default: a temporary one)")
    parser.add_argument("--dry", action="store_true", help="print only; leave README.md and results.json as they are")
    options = parser.parse_args()
    texts = real_texts(Path(os.environ.get("POLYPREF_DATA") or ROOT.parent / "shared" / "data"))
    machine = f"{os.cpu_count()} cores, {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        results = []
        for kind in map(KINDS.__getitem__, options.only):
            rows = options.rows * (options.times if kind.many else 1)
            longest = options.characters if kind.cut else None
            results.append(run(texts, rows, longest, options.workers, Path(work), kind))
    date = datetime.date.today().isoformat()
    head = f"Machine: {machine}; {options.workers} workers; {date}; Python {sys.version.split()[0]}."
    lines = [head, "", *table(results)]
    print("\n".join(lines))
    if options.dry:
        return
    record = {"machine": machine, "workers": options.workers, "date": date, "runs": results}
    (HERE / "results.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    readme = HERE / "README.md"
    start, end = "<!-- table -->\n", "<!-- end of table -->\n"
    before, rest = readme.read_text("utf-8").split(start)
    readme.write_text(before + start + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1], "utf-8")


if __name__ == "__main__":
    main()
