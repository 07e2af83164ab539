"""README and the pages that follow it, word by word: scripts, commands and Python, against a loopback Hub."""

import csv
import json
import random
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.forks import Forks
from tests.hub import LoopbackHub

from .conftest import ROOT, Run, environment, runner

README, SCRIPTS, REVIEW, RELEASES = (
    (ROOT / page).read_text("utf-8")
    for page in ("README.md", "docs/builder_scripts.md", "docs/review.md", "docs/releases.md")
)
TAGS = ("de", "el", "fa", "he", "uk")


def blocks(kind: str, page: str, section: str = "") -> list[str]:
    """The fenced blocks of a section, or of a whole page, without the fences."""
    # Every other part is inside fences, where a heading is none.
    parts, texts, inside = re.split(r"(?m)^```", page), [], ""
    for number, part in enumerate(parts):
        if number % 2 and section in ("", inside) and part.split("\n", 1)[0] == kind:
            texts.append(part.split("\n", 1)[1])
        elif number % 2 == 0 and (headings := re.findall(r"(?m)^## (.*)$", part)):
            inside = headings[-1]
    return texts


@pytest.fixture(scope="module")
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as hub:
        yield hub


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, bundled: dict[str, list[dict[str, Any]]]) -> Path:
    """What a reader has who followed docs/builder_scripts.md: a script, its card's prose, answers of two models."""
    folder = tmp_path_factory.mktemp("reader")
    script, _ = blocks("python", SCRIPTS)
    (card,) = blocks("markdown", SCRIPTS)
    for path, text in ((folder / "builders/mine.py", script), (folder / "dataset_cards/mine.md", card)):
        path.parent.mkdir()
        path.write_text(text, "utf-8")
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as file:
        for tag in TAGS:
            draw = random.Random(tag)
            texts = [row["answers"]["full"] for row in bundled[tag]]
            words = [row["prompt"] for row in bundled[tag]]
            for number in range(40):
                prompt = f"{' '.join(draw.sample(words, 3))} ({number})"
                for model in ("first", "second"):
                    answer = f"{' '.join(draw.sample(texts, 2))} {number}"
                    row = {"id": number, "prompt": prompt, "answer": answer, "model": model, "language": tag}
                    file.write(json.dumps(row | {"score": draw.random()}, ensure_ascii=False) + "\n")
    return folder


def follow(commands: str, folder: Path, run: Run, **env: str) -> dict[str, str]:
    """Runs the lines of a block in order, all but those that ask a person; returns what each printed."""
    outputs = {}
    for line in commands.strip().splitlines():
        line = line.split("  #")[0].strip().replace("ORG/NAME", "org/mine")
        if line.startswith(
            (
                "hf auth login",
                "polypref build answer_pool --source path/",
                "polypref build answer_pool --help",
                "polypref build answer_pool --source answers.jsonl --licence",
            )
        ):
            continue
        program, *words = shlex.split(line)
        assert program == "polypref", line
        done = run(*words, cwd=folder, **env)
        outputs[line.removeprefix("polypref ")] = done.stdout + done.stderr
    return outputs


def test_in_python(folder: Path, run_python: Run) -> None:
    (script,) = blocks("python", README, "In Python")
    assert len([line for line in script.splitlines() if line.strip()]) <= 10
    done = run_python(script, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Ukrainian (uk), pair" in done.stdout and "'all-uk'" in done.stdout
    assert done.stdout.strip().splitlines()[-1].startswith("[{'role': 'assistant', 'content': ")


def test_bring_what_you_have(tmp_path: Path, bundled: dict[str, list[dict[str, Any]]], polypref: Run) -> None:
    with (tmp_path / "votes.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["ask", "a", "b", "won"])
        for number, row in enumerate(bundled["he"]):
            answers = [row["answers"]["full"], row["answers"]["weak"]]
            table.writerow(
                [row["prompt"], *(answers if number % 2 else answers[::-1]), "T" if not number else "BA"[number % 2]]
            )
    with (tmp_path / "pairs.jsonl").open("w", encoding="utf-8") as file:
        for tag in TAGS:
            for row in bundled[tag]:
                answers = {"chosen": row["answers"]["full"], "rejected": row["answers"]["weak"]}
                file.write(json.dumps({"question": row["prompt"], "lang": tag} | answers, ensure_ascii=False) + "\n")
    with (tmp_path / "answers.jsonl").open("w", encoding="utf-8") as file:
        for number, row in enumerate(bundled["he"]):
            for model, score in (("full", 5), ("weak", 2.5)):
                answer = {"prompt": row["prompt"], "answer": row["answers"][model], "model": model, "score": score}
                file.write(json.dumps({"id": number, "language": "he"} | answer, ensure_ascii=False) + "\n")
    (tmp_path / "mine.toml").write_text(
        '[fields]\nprompt = "question"\nlanguage = "lang"\nverdict = {rater = "source"}\n'
        'answers = [{text = "chosen"}, {text = "rejected"}]\n',
        "utf-8",
    )
    one_each, by_name = blocks("", README, "Bring what you have")
    outputs = list(follow(one_each, tmp_path, polypref).values())
    assert [len(one.splitlines()) < 20 for one in outputs] == [True, True, True]
    full = {row["answers"]["full"] for tag in TAGS for row in bundled[tag]}
    for name, number in (("votes", 11), ("pairs", 12 * len(TAGS)), ("answers-preferences", 12)):
        files = (tmp_path / "build" / name / "data").rglob("*.parquet")
        chosen = [row[0]["content"] for path in files for row in pq.read_table(path)["chosen"].to_pylist()]
        assert len(chosen) == number and set(chosen) <= full
    listed, looked, again = follow(by_name, tmp_path, polypref).values()
    assert " pandalm " in listed and "reads 60 of 60 rows" in looked and "chosen: answers[0].text" in looked
    assert "wrote build/pairs" in again
    look, review = blocks("", README, "Look, review, release, train, evaluate")[0].splitlines()[:2]
    follow(f"{look}\n{review}", tmp_path, polypref)
    assert (tmp_path / "page.html").exists() and (tmp_path / "sheets" / "review-he.csv").exists()


def test_build_your_own(folder: Path, polypref: Run) -> None:
    outputs = follow(blocks("", SCRIPTS)[0], folder, polypref)
    assert "wrote build/mine: all" in outputs["build builders/mine.py --out build/mine"]
    assert (folder / "page.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_file_of_chosen_and_rejected(
    tmp_path: Path, bundled: dict[str, list[dict[str, Any]]], run_python: Run
) -> None:
    with (tmp_path / "pairs.jsonl").open("w", encoding="utf-8") as file:
        for tag in TAGS:
            for number, row in enumerate(bundled[tag]):
                answers = {"chosen": row["answers"]["full"], "rejected": row["answers"]["weak"]}
                line = {"qid": number, "lang": tag, "question": row["prompt"], **answers}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    _, script = blocks("python", SCRIPTS)
    done = run_python(script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    part = next((tmp_path / "build/my-pairs/data/he").glob("train-*.parquet"))
    (chosen,) = pq.read_table(part)["chosen"][0].as_py()
    assert chosen["content"] in {row["answers"]["full"] for row in bundled["he"]}


def test_have_native_speakers_judge_it(folder: Path, polypref: Run) -> None:
    commands, on_page, routed, edits, doubted = blocks("", REVIEW)
    export, rest = commands.split("\n", 1)
    follow(export, folder, polypref)
    for tag, name in (("he", "noa"), ("fa", "maryam")):
        with (folder / "sheets" / f"review-{tag}.csv").open(encoding="utf-8-sig", newline="") as file:
            sheet = list(csv.DictReader(file))
        with (folder / "sheets" / f"{tag}-{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, sheet[0])
            writer.writeheader()
            writer.writerows(row | {"verdict": "A", "reviewer": name, "edited": edited(row)} for row in sheet[1:])
    outputs = follow(rest, folder, polypref)
    assert "wrote review.json" in next(iter(outputs.values()))
    assert "review_" in (folder / "build/mine/provenance.json").read_text("utf-8")
    (folder / on_page.split()[-1]).write_text(json.dumps(page_review(folder / "build/mine")), "utf-8")
    _, taken_up = follow(on_page, folder, polypref).values()
    assert "page, which marks the chosen answer, so not blind: 1 (" in taken_up
    follow(routed, folder, polypref)
    sheets = [folder / "routed" / f"review-{tag}.csv" for tag in ("he", "fa")]
    rows = [len(list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))) - 1 for path in sheets]
    assert rows == [20, 20] and (folder / "routed" / "routes.json").exists()
    parts = sorted((folder / "build/mine/data").glob("*/*.parquet"))
    ids = [one for path in parts for one in pq.read_table(path)["pair_id"].to_pylist()]
    margins = "".join(json.dumps({"pair_id": one, "reward_margin": -3.0}) + "\n" for one in ids[:2])
    (folder / "margins.jsonl").write_text(margins, "utf-8")
    assert "flip 2" in next(iter(follow(doubted, folder, polypref).values()))
    counted, built = follow(edits, folder, polypref).values()
    assert " corrected answers in " in counted
    assert (folder / "build/edits/provenance.json").exists(), built


def page_review(dataset: Path) -> dict[str, Any]:
    """What a page writes for one pair that somebody flips; tests/browser has real ones."""
    (row, *_) = pq.read_table(next((dataset / "data").glob("*/train-*.parquet"))).to_pylist()
    ids = {"chosen": row["chosen_id"], "rejected": row["rejected_id"]}
    one = {"pair_id": row["pair_id"], "language": row["language"], **ids, "decision": "flip"}
    return {"format": "polypref-page-review/1", "dataset": "mine 0.1.0", "reviewer": "noa", "decisions": [one]}


def edited(row: dict[str, str]) -> str:
    """The better answer as a reviewer writes it: with another end."""
    return f"{row['answer A'].rstrip('.')} (2026)."


def test_publish_it(folder: Path, hub: LoopbackHub, tmp_path: Path, polypref: Run) -> None:
    online = {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "0", "HF_DATASETS_OFFLINE": "0"}
    env = hub.env(hub.token("org"), tmp_path / "home") | online
    if not (folder / "build/mine").exists():
        follow(blocks("", SCRIPTS)[0], folder, polypref)
    part = next((folder / "build/mine/data/he").glob("train-*.parquet"))
    asked = pq.read_table(part)["pair_id"].to_pylist()[:2]
    (folder / "ids.txt").write_text("\n".join(asked) + "\n", "utf-8")
    commands = blocks("", RELEASES)[0]
    before, retract = commands.split("polypref retract")
    forks = Forks(environment(**env))  # the Hub's address is read while libraries are loaded
    run = runner(forks, tmp_path)
    outputs = follow(before, folder, run, **env)
    assert "v1.0.0" in outputs["release build/mine --repo org/mine"]
    python = blocks("python", RELEASES)[0].replace("ORG/NAME", "org/mine")
    done = subprocess.run([sys.executable, "-c", python], env=environment(**env), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    follow("polypref retract" + retract, folder, run, **env)
    forks.close()
    assert "v1.0.0" not in hub.repo("datasets", "org/mine").tags


def test_what_the_readme_names_is_there(tmp_path: Path) -> None:
    """Its links lead to files; its last commands are those of the pages, whose tests run them."""
    assert all((ROOT / path).exists() for path in re.findall(r"\]\((?!https:)([^)#]+)\)", README))
    commands = blocks("", README, "Look, review, release, train, evaluate")[0].strip().splitlines()
    pages = "\n".join(path.read_text("utf-8") for path in [*(ROOT / "docs").glob("*.md"), ROOT / "training/README.md"])
    assert [" ".join(line.split()[:2]) for line in commands] == [
        "polypref inspect", "polypref review", "polypref release", "polypref train", "polypref evaluate",
        "polypref judge-check",
    ]  # fmt: skip
    assert all(" ".join(line.split()[:2]) in pages for line in commands)


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")))
def test_links_of_the_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\((?!https:)([^)#]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
