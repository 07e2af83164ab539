"""What tests of stages that ask models share: prompts, and a log whose answers a function gives."""

from typing import Any

import pyarrow as pa

from polypref import schema
from polypref.inference import Model, Reply, Request, Served
from polypref.stages.pool import TABLES, Bucket

NOBODY: Any = None
TEXTS = {
    "ar": "لماذا السماء زرقاء؟",
    "en": "Why is the sky blue?",
    "he": "למה השמיים כחולים?",
    "hi": "आसमान नीला क्यों है?",
    "ja": "空はなぜ青い?",
    "uk": "Чому небо синє?",
    "zh": "天空为什么是蓝的?",
}


def model(name: str) -> Served:
    return Served(Model(name, "r1", "mit"), NOBODY)


def bucket(*rows: dict[str, Any]) -> Bucket:
    """Prompts; each row says what is not usual about it."""
    full = []
    for number, row in enumerate(rows):
        tag = row.get("language", "en")
        messages = row.get("prompt", [{"role": "user", "content": f"{TEXTS[tag]} {number}"}])
        own = {"prompt_id": schema.prompt_id(tag, messages), "group_id": f"g{number}", "language": tag, "sources": []}
        full.append(own | {"response_language": tag, "prompt": messages, "origin": "native"} | row)
    empty = [form.empty_table() for form in list(TABLES.values())[1:]]
    return Bucket(pa.Table.from_pylist(full, schema.PROMPTS).sort_by("prompt_id"), *empty)


class Log:
    """What models said, by a function of the request; None where it has not been asked."""

    def __init__(self, say: Any) -> None:
        self.say = say

    def __call__(self, requests: Any) -> list[Any]:
        return [self.say(request) for request in requests]


def echo(request: Request) -> Reply:
    return Reply(f"{request.model.name} {request.sampling.seed} {request.messages[-1][1]}", "stop", 1, 2)


def unasked(request: Request) -> None:
    return None
