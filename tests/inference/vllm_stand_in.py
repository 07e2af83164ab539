"""A stand-in for vLLM whose engine answers in as many steps as a request has words: what the backend does around it."""

from __future__ import annotations

import math
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class EngineDeadError(Exception):
    """As vLLM's."""


class Engine:
    """Holds requests; each step takes one off the count of every request, and gives those that came to their end."""

    def __init__(self, limit: int, labels: int) -> None:
        self.model_config = SimpleNamespace(max_model_len=limit, hf_config=SimpleNamespace(num_labels=labels))
        self.engine_core = SimpleNamespace(shutdown=lambda: setattr(self, "ended", True))
        self.left: dict[str, int] = {}
        self.tokens: dict[str, list[int]] = {}
        self.parameters: dict[str, Any] = {}
        self.adapters: list[Any] = []
        self.aborted: list[str] = []
        self.most = 0
        self.ended = self.dead = False

    def add_request(self, name: str, prompt: dict[str, list[int]], parameters: Any, *, lora_request: Any) -> None:
        tokens = prompt["prompt_token_ids"]
        if ord("!") in tokens:
            raise ValueError("it will have none of it")
        self.left[name], self.tokens[name] = 1 + tokens.count(ord(" ")), tokens
        self.parameters[name] = parameters
        self.adapters.append(lora_request)
        self.most = max(self.most, len(self.left))

    def abort_request(self, names: list[str]) -> None:
        self.aborted += names
        for name in names:
            del self.left[name]

    def step(self) -> list[Any]:
        if self.dead:
            raise EngineDeadError("a core died\nof hunger")
        ended = []
        for name in list(self.left):
            self.left[name] -= 1
            if not self.left[name]:
                del self.left[name]
                ended.append(self._output(name))
        return ended

    def _output(self, name: str) -> Any:
        tokens, scoring = self.tokens[name], self.parameters[name].kind == "PoolingParams"
        text = "".join(map(chr, tokens)).removeprefix("user:").partition("\n")[0]
        answer = SimpleNamespace(text=text.replace("?", ""), token_ids=[1, 2], finish_reason="stop")
        if getattr(self.parameters[name], "logprobs", None):
            # The likeliest tokens, and the one that was drawn, which is among them or not.
            chances = {1: (" A", 0.5, 1), 2: ("B", 0.2, 2), 3: ("A", 0.1, 3), 4: ("B", 0.01, 21)}
            listed = {
                token: SimpleNamespace(decoded_token=text, logprob=math.log(chance), rank=rank)
                for token, (text, chance, rank) in chances.items()
            }
            answer = SimpleNamespace(text="B", token_ids=[4], finish_reason="length", logprobs=[listed])
        number = SimpleNamespace(item=lambda: len(tokens) / 2)
        pooled = SimpleNamespace(data=SimpleNamespace(reshape=lambda _: [number]))
        return SimpleNamespace(
            finished=True, request_id=name, prompt_token_ids=tokens, outputs=pooled if scoring else [answer]
        )


class Tokenizer:
    """A token for each code point."""

    chat_template = "one"
    unk_token_id = None
    #: Of the engine's answers the tokens are 1 and 2, whatever they say.
    all_special_ids: tuple[int, ...] = ()

    def convert_tokens_to_ids(self, token: str) -> int | None:
        return {"<think>": 1, "</think>": 2}.get(token)

    def convert_ids_to_tokens(self, number: int) -> str:
        return {1: "<think>", 2: "</think>"}[number]

    def decode(self, tokens: Any, **_: Any) -> str:
        return "".join(map(str, tokens))

    def apply_chat_template(self, turns: Any, *, tokenize: bool, add_generation_prompt: bool, **_: Any) -> str:
        return "\n".join(f"{turn['role']}:{turn['content']}" for turn in turns)

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}


def install(patch: pytest.MonkeyPatch, limit: int = 64, labels: int = 1) -> list[Any]:
    """Puts the stand-in into the place of vLLM; gives the list of models that are loaded, in order."""
    loaded: list[Any] = []

    def load(**settings: Any) -> Any:
        if settings["model"] == "lab/none":
            raise OSError("there is no such model\nand a trace")
        llm = SimpleNamespace(settings=settings, llm_engine=Engine(limit, labels), get_tokenizer=Tokenizer)
        loaded.append(llm)
        return llm

    def parameters(kind: str) -> Any:
        return lambda **settings: SimpleNamespace(kind=kind, **settings)

    names = {
        "vllm": {"LLM": load, "__version__": "0.31.0"},
        "vllm.sampling_params": {
            "SamplingParams": parameters("SamplingParams"),
            "StructuredOutputsParams": parameters("StructuredOutputsParams"),
            "RequestOutputKind": SimpleNamespace(FINAL_ONLY="final"),
        },
        "vllm.pooling_params": {"PoolingParams": parameters("PoolingParams")},
        "vllm.lora.request": {"LoRARequest": lambda *words: words},
        "vllm.v1.engine.exceptions": {"EngineDeadError": EngineDeadError},
    }
    for name, members in names.items():
        module = ModuleType(name)
        vars(module).update(members)
        patch.setitem(sys.modules, name, module)
    return loaded
