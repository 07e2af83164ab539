"""docs/models.md: its settings are settings, and its memory is that of the weights."""

from __future__ import annotations

import re
from typing import Any

import yaml

from polypref.evaluation.inputs import baselines
from polypref.evaluation.settings import from_config
from polypref.inference.gguf import GgufFacts, unpacked_bytes
from quickstart.try_models import DRAWN
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "models.md").read_text("utf-8")
STORED = {"name": "b", "stored": "b.jsonl"}


def declared(*models: Any, judge: Any = "reference") -> Any:
    return from_config({"set": "quickstart", "models": [*models, STORED], "judge": judge})


def test_the_memory_is_four_bytes_a_weight_or_two() -> None:
    rows = re.findall(r"^\| ([\d.]+)[^|]*\| [\d.]+ GB \| ([\d.]+) GB \| ([\d.]+) GB \|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    for billions, whole, half in rows:
        facts = GgufFacts("llama", round(float(billions) * 1e9), 1, 0)
        sizes = [f"{unpacked_bytes(facts, dtype) / 1e9:.1f}" for dtype in ("auto", "bfloat16")]
        assert sizes == [whole, half]


def test_what_it_says_to_give_is_taken() -> None:
    hub = {"model": "ORG/NAME-GGUF", "at": "transformers", "options": {"gguf_file": "NAME.gguf"}}
    assert "`model: ORG/NAME-GGUF`, `at: transformers`, `options: {gguf_file: NAME.gguf}`" in PAGE
    backend: Any = declared(hub).contenders[0].served.backend
    assert backend.gguf_file == "NAME.gguf"
    for options in re.findall(r"`options: (\{(?:dtype|system)[^`]*\})`", PAGE):
        declared({"model": "ORG/NAME", "at": "transformers", "options": yaml.safe_load(options)})
    (stored,) = re.findall(r"`(\{name: aya-expanse-8b, [^`]*\})`", PAGE)
    assert declared(yaml.safe_load(stored)).contenders[0].model.name == "CohereLabs/aya-expanse-8b"
    assert baselines.baseline("tiny-aya") is not None and "(`tiny-aya`, " in PAGE


def test_the_command_for_a_server_of_llama_cpp_declares_an_evaluation() -> None:
    command = re.sub(r"\\\n", " ", PAGE[PAGE.index("polypref evaluate --set") :].split("```")[0])
    (judge,) = re.findall(r"--judge '([^']*)'", command)
    models = [yaml.safe_load(one) for one in re.findall(r"--model '([^']*)'", command)]
    assert len(models) == 2
    asked = from_config({"set": "quickstart", "models": models, "judge": yaml.safe_load(judge)}).judges[0]
    assert (asked.kind, asked.name) == ("logprob", "small")


def test_the_target_that_tries_models_is_given_what_it_knows() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    given = {
        name for line in re.findall(r"(?m)^make try-models (.+)$", PAGE) for name in re.findall(r"([A-Z]+)=", line)
    }
    assert given == {"PROMPTS", "LANGUAGE", "MODELS", "JUDGE"}
    assert given <= set(re.findall(r"\$\(if \$\((\w+)\),", makefile))
    assert f"temperature {DRAWN}" in PAGE.replace("\n", " ")
