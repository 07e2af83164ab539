"""What tests of stages that ask models share: prompts, and a log whose answers a function gives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from polypref import schema
from polypref.inference import Known, Model, Reply, Request, Result, Served
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


class Echo:
    """Says what it is asked, in capitals, and notes it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            self.asked.append(request.messages[0][1])
            yield request, Reply(request.messages[0][1].upper())


@dataclass(frozen=True)
class Chain:
    """Asks about each prompt's text, then about the answer; what it returns is said from outside."""

    served: Served
    tables: Any = None
    name: str = "chain"
    version: int = 1

    @property
    def models(self) -> tuple[Served, ...]:
        return (self.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        for row in bucket.prompts.to_pylist():
            first = Request(self.served.model, (("user", row["prompt"][0]["content"]),))
            yield first
            (answer,) = known([first])
            if isinstance(answer, Reply):
                yield Request(self.served.model, (("user", f"and {answer.text}"),))

    def collect(self, bucket: Bucket, known: Known) -> Any:
        return self.tables


def prompts(*texts: str) -> Bucket:
    return bucket(*({"prompt": [{"role": "user", "content": text}]} for text in texts))
