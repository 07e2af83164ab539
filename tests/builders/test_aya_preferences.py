"""The paper's dataset from end to end: builders/aya_preferences.py with tiny models, killed twice, and released.

The models are random but real: a Llama behind `transformers serve` answers and translates, another scores in this
process. Half of their words end an answer, so that answers are short and end by themselves.
"""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polypref.languages import AYA_23
from tests.conftest import ROOT
from tests.hub import LoopbackHub

pytest.importorskip("torch", reason="needs torch: pip install -e '.[dev]', or make test-slow")
pytest.importorskip("fastapi", reason="needs transformers[serving]: pip install -e '.[dev]', or make test-slow")

SCRIPT = Path(__file__).parents[1] / "scripts" / "aya.py"
LIMIT = 20
WORDS = " ".join(
    [
        "apple bread cloud dance earth flame grass house island jungle kettle lemon mountain night ocean paper queen",
        "river stone table umbrella valley water yellow zebra Brot Wolke Haus שלום לחם בית سلام خبز نان खाना घर 水 空",
        "山 집 물 хліб дім ψωμί σπίτι café mère niño manhã ekmek çay dům chléb casă nước",
    ]
).split()
TEMPLATE = (
    "{% for m in messages %}<{{ m['role'] }}> {{ m['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
SPECIAL = ["<pad>", "<end>", "<unknown>", "<user>", "<assistant>", "<system>"]


def tiny(folder: Path, score: bool = False) -> Path:
    """Writes a random Llama that speaks WORDS, with a word a token."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unknown>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="<end>", unk_token="<unknown>",
        additional_special_tokens=SPECIAL[3:],
    )  # fmt: skip
    words.chat_template = TEMPLATE
    torch.manual_seed(sum(folder.name.encode()))
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        initializer_range=1.0,
        max_position_embeddings=8192, pad_token_id=0, bos_token_id=None, eos_token_id=1,
        **({"num_labels": 1} if score else {}),
    )  # fmt: skip
    model = (LlamaForSequenceClassification if score else LlamaForCausalLM)(config)
    if not score:
        model.generation_config.eos_token_id = [*range(6), *range(6, len(vocabulary), 2)]
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A folder of models, and the address of `transformers serve`, which loads those that are asked for."""
    folder = tmp_path_factory.mktemp("serve")
    for name in ("strong", "weak", "translator"):
        tiny(folder / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tool = Path(sys.executable).parent / "transformers"
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [tool, "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            stdout=log, stderr=log, env=env,
        )  # fmt: skip
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).read()
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()[-2000:]
                time.sleep(0.1)
        yield str(folder), f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def record(out: Path) -> dict[str, Any]:
    return json.loads((out / "provenance.json").read_text("utf-8"))


@pytest.mark.slow
def test_the_whole_of_it_killed_twice_and_released(tmp_path, polypref, start, served):
    models, at = served
    reward = tiny(tmp_path / "reward", score=True)
    draw = random.Random(0)
    prompts = [{"prompt": " ".join(draw.sample(WORDS, 9))} for _ in range(LIMIT + 5)]
    source, out = tmp_path / "prompts.jsonl", tmp_path / "out"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in prompts), "utf-8")
    words = ["build", SCRIPT, "--prompts", source, "--prompts-licence", "cc0-1.0", "--limit", LIMIT, "--out", out]
    for role in ("strong", "weak", "translator"):
        words += [f"--{role}", f"{models}/{role}", f"--{role}-licence", "apache-2.0", f"--{role}-at", at]
    words += ["--reward", reward, "--reward-licence", "apache-2.0"]
    words += ["--reward-at", "transformers", "--max-tokens", 24, "--translation-tokens", 48, "--quiet"]
    log = out / ".polypref" / "responses.sqlite"
    for replies in (100, 600):
        process = start(*words)
        while process.poll() is None and answers(log) < replies:
            time.sleep(0.05)
        assert process.poll() is None, process.communicate()[1]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    polypref(*words)
    provenance = record(out)
    kept = {
        row["language"]: row["rows"]
        for row in provenance["funnel"]
        if (row["stage"], row["outcome"]) == ("index", "kept")
    }
    assert set(kept) <= set(AYA_23) and kept["en"] == LIMIT
    translated = Counter[str]()
    for row in provenance["funnel"]:
        if row["stage"] == "translate" and row["outcome"] in ("kept", "rejected"):
            translated[row["language"]] += row["rows"]
    assert translated == dict.fromkeys(set(AYA_23) - {"en"}, LIMIT)
    assert set(provenance["mixtures"]) == {"ml-23-50k", "ml-23-230k", "ml-5-50k", "en-1-50k"}
    assert sum(row["train"] + row["test"] for row in provenance["facts"]["languages"].values()) > 50
    assert answers(log) > 600
    with LoopbackHub() as hub:
        env = hub.env(hub.token("org"), tmp_path / "home") | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "0"}
        env |= {"HF_DATASETS_OFFLINE": "0"}
        polypref("release", out, "--repo", "org/aya-preferences", **env)
        assert set(hub.repo("datasets", "org/aya-preferences").tags) == {"v0.1.0"}


def answers(log: Path) -> int:
    """How many answers the log holds."""
    if not log.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM replies").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
