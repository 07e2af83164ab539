"""`polypref review doubt` with what a model has learned: planted flips are found in each language, on pairs held out.

Which label is wrong is known, as some are turned round on purpose; the model is trained by TRL's DPO on labels of which
as many are wrong, and its implicit reward is that of `polypref.models.implicit_reward`.
"""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from tests.conftest import ROOT

from . import tiny
from .test_train import words

#: language -> a question, words of better answers, words of worse ones: animals and plants.
WORDS = {
    "ar": ("ماذا ترى", "كلب قط حصان جمل أسد فيل", "وردة نخلة قمح زيتون تفاح عنب"),
    "he": ("מה רואים", "כלב חתול סוס גמל אריה פיל", "ורד תמר חיטה זית תפוח ענב"),
    "hi": ("क्या दिखता है", "कुत्ता बिल्ली घोड़ा ऊँट शेर हाथी", "गुलाब आम गेहूँ जैतून सेब अंगूर"),
}
#: Share of the labels that are turned round.
FLIPPED = {"ar": 0.05, "he": 0.15, "hi": 0.25}
LEARNED, DOUBTED = 150, 200
#: What the page says was measured.
FOUND = (
    "by `--drop 0.7` it drops or flips 6 of 6, 31 of 34 and 20 of 41 wrong labels, by `--drop 0.6` all of them, and no "
    "right one"
)

BUILDER = '''
from dataclasses import dataclass

from polypref import Answer, Builder, Fields, Files, PairRule, Split, Verdict


@dataclass(frozen=True)
class Params:
    """Options of this builder."""


def build(params):
    fields = Fields("prompt", (Answer("chosen"), Answer("rejected")), language="language", verdict=Verdict("source"))
    rows = Files("rows.jsonl", fields, "rows", "1", "cc0-1.0")
    split = Split(test=0.0)
    return Builder("doubted", "0.1.0", sources=(rows,), pairs=PairRule("given"), filters=(), split=split)
'''


class Planted:
    """Pairs of three words each; the label of some is turned round."""

    def __init__(self, seed: int) -> None:
        self.draw, self.number = np.random.default_rng(seed), 0

    def row(self, tag: str) -> dict[str, str]:
        asked, better, worse = WORDS[tag]
        good, bad = (" ".join(self.draw.choice(some.split(), 3, replace=False)) for some in (better, worse))
        self.number += 1
        sides = (bad, good) if self.draw.random() < FLIPPED[tag] else (good, bad)
        return {"language": tag, "prompt": f"{asked} {self.number}?", "chosen": sides[0], "rejected": sides[1]}

    def __call__(self, row):
        planted = self.row(row["language"])
        roles = {"prompt": "user", "chosen": "assistant", "rejected": "assistant"}
        return row | {name: tiny.turn(role, planted[name]) for name, role in roles.items()}


def is_flipped(row) -> bool:
    return row["chosen"][-1]["content"].split()[0] in WORDS[row["language"]][2].split()


def published(folder: Path) -> list[dict]:
    files = sorted((folder / "data").rglob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


@pytest.mark.slow
def test_a_model_that_learned_from_labels_finds_wrong_ones_that_it_has_not_seen(
    train, models, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(tiny.TEXTS, "hi", ("", "", ""))  # every text is replaced
    data = tiny.dataset(tmp_path / "learned", dict.fromkeys(WORDS, LEARNED), edit=Planted(1))
    more = ["--max_steps", "60", "--learning_rate", "5e-3", "--per_device_train_batch_size", "16", "--beta", "0.1"]
    train.main(words(models["Llama"], data, "dpo", *more, "--eval_strategy", "no"))
    planted = Planted(2)
    rows = [planted.row(tag) for tag in WORDS for _ in range(DOUBTED)]
    Path("rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    Path("doubted.py").write_text(BUILDER, "utf-8")
    built = ["build", "doubted.py", "--out", "doubted", "--quiet"]
    assert main(built) == 0, capsys.readouterr().err
    before = published(Path("doubted"))
    page = (ROOT / "docs" / "review.md").read_text("utf-8")
    (snippet,) = re.findall(r"(?ms)^```python\n(.*?)^```", page)
    for there, here in {"build/dpo": "dpo", "build/sft": models["Llama"], "build/mine": "doubted"}.items():
        snippet = snippet.replace(f'"{there}"', repr(here))
    exec(compile(snippet, "docs/review.md", "exec"), {})
    capsys.readouterr()
    assert main(["review", "doubt", "doubted", "--margins", "margins.jsonl", "--by", "a DPO model"]) == 0
    shown = capsys.readouterr().out.splitlines()
    decisions = decided_in(Path("doubts.json"))
    assert decisions.keys() == {row["pair_id"] for row in before} and len(decisions) == len(rows)
    figures = by_language(before, decisions)
    again = ["review", "doubt", "doubted", "--margins", "margins.jsonl", "--drop", "0.6", "--out", "more.json"]
    assert main(again) == 0
    more_figures = by_language(before, decided_in(Path("more.json")))
    sentence = re.search(r"as many turned:(.*?)\(`tests/training/test_doubts.py`\)", page, re.DOTALL)[1]
    assert " ".join(sentence.split()) == FOUND
    # About what the page says; wrong, dropped or flipped, of these wrong, flipped, of these wrong.
    assert [one[0] for one in figures.values()] == [6, 34, 41]
    for _, touched, right, turned, turned_right in (*figures.values(), *more_figures.values()):
        assert right >= 0.9 * touched and turned_right >= 0.9 * turned
    recall, more_recall = ([one[2] / one[0] for one in some.values()] for some in (figures, more_figures))
    assert min(recall[:2]) >= 0.8 and 0.2 <= recall[2] <= 0.8 and min(more_recall) >= 0.9
    assert figures["hi"][3] <= 4, "labels of which a quarter is wrong make nobody nine tenths sure"
    assert [line.split(":")[0] for line in shown if "with another opinion" in line] == sorted(WORDS)
    assert main([*built, "--review", "doubts.json"]) == 0, capsys.readouterr().err
    for tag, share in share_of_flips(published(Path("doubted"))).items():
        assert share < 0.8 * share_of_flips(before)[tag]


def share_of_flips(some: list[dict]) -> dict[str, float]:
    of_tag = {tag: [is_flipped(row) for row in some if row["language"] == tag] for tag in WORDS}
    return {tag: sum(flips) / len(flips) for tag, flips in of_tag.items()}


def by_language(some: list[dict], decisions: dict[str, str]) -> dict[str, tuple[int, ...]]:
    return {tag: figures_of([row for row in some if row["language"] == tag], decisions) for tag in WORDS}


def decided_in(path: Path) -> dict[str, str]:
    decided = json.loads(path.read_text("utf-8"))["decisions"]
    return {key: one["decision"] for key, one in decided.items()}


def figures_of(some: list[dict], decisions: dict[str, str]) -> tuple[int, ...]:
    """How many labels are wrong, are dropped or flipped, and of these wrong; are flipped, and of these wrong."""
    wrong = {row["pair_id"] for row in some if is_flipped(row)}
    turned = {row["pair_id"] for row in some if decisions[row["pair_id"]] == "relabel"}
    touched = turned | {row["pair_id"] for row in some if decisions[row["pair_id"]] == "remove"}
    return len(wrong), len(touched), len(touched & wrong), len(turned), len(turned & wrong)
