"""A reward model from its recipe to its accuracy by language: the lines of training/README.md, on a planted truth."""

import json
import re

import numpy as np
import pytest

from polypref.cli import main
from tests.conftest import ROOT

from . import tiny

#: language -> a question, words of chosen answers, words of rejected ones: animals and plants, in Greek the other way.
WORDS = {
    "ar": ("ماذا ترى", "كلب قط حصان جمل أسد فيل", "وردة نخلة قمح زيتون تفاح عنب"),
    "el": ("Τι βλέπεις", "ελιά μηλιά σιτάρι σταφύλι λεμονιά πεύκο", "γάτα σκύλος άλογο λιοντάρι πουλί ψάρι"),
    "uk": ("Що там", "кіт собака кінь лев птах риба", "вишня яблуня жито виноград береза дуб"),
}


class Planted:
    """Pairs whose answers are three words each of their language's two lists, drawn by chance."""

    def __init__(self) -> None:
        self.draw = np.random.default_rng(0)

    def __call__(self, row):
        asked, wanted, unwanted = WORDS[row["language"]]
        chosen, rejected = (" ".join(self.draw.choice(words.split(), 3, replace=False)) for words in (wanted, unwanted))
        return row | {
            "prompt": tiny.turn("user", f"{asked} {self.draw.integers(1000)}?"),
            "chosen": tiny.turn("assistant", chosen),
            "rejected": tiny.turn("assistant", rejected),
        }


def lines_of_the_page() -> tuple[str, list[list[str]]]:
    """The lines of Python that write the held-out pairs, and the words of the three commands."""
    section = (ROOT / "training/README.md").read_text("utf-8").split("\n## How good a reward model is\n")[1]
    python = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    shell = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1].replace("\\\n", " ")
    return python, [line.split()[1:] for line in shell.splitlines()]


def accuracies(folder) -> dict[str, float]:
    results = json.loads((folder / "reward_results.json").read_text("utf-8"))
    return {one["language"]: one["by_prompts"]["value"] for one in results["languages"]}


@pytest.mark.slow
def test_a_trained_reward_model_beats_its_base_on_held_out_pairs_in_every_language(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny.dataset(tmp_path / "build" / "aya", dict.fromkeys(WORDS, 32), test=12, edit=Planted())
    python, (trained, measured, another) = lines_of_the_page()
    small = ["--model_name_or_path", models["reward"], "--dataset_config", "default", "--num_train_epochs", "6",
             "--learning_rate", "5e-3", "--per_device_train_batch_size", "8", "--gradient_accumulation_steps", "1",
             "--gradient_checkpointing", "false", "--save_strategy", "no", "--eval_strategy", "no"]  # fmt: skip
    assert trained == ["train", "--config", "reward_model"] and main([*trained, *small]) == 0
    exec(compile(python.replace("ml-23-50k", "default"), "training/README.md", "exec"), {})
    assert main([*measured, "--quiet"]) == 0
    # In place of another reward model the one that training began from.
    assert main([another[0], models["reward"], *another[2:], "--quiet"]) == 0
    after, before = (accuracies(tmp_path / words[words.index("--out") + 1]) for words in (measured, another))
    assert sorted(after) == sorted(before) == sorted(WORDS)
    assert all(after[tag] >= 0.9 and after[tag] > before[tag] for tag in WORDS), (before, after)
