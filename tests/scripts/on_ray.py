"""A builder script for tests on a cluster: a filter and models that tell where they work and take their time."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from polypref.errors import UserError
from polypref.inference import Reply, Request, Result
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages import pool
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.contract import Batch, Outcome, Reject
from polypref.stages.checks.duplicates import ExactDuplicates

pool.BUCKET_BYTES, pool.JOB_BYTES, pool.CHUNK = 1 << 16, 1 << 18, 1 << 16


def here() -> str:
    """The Ray node that this process is on; empty in any other process."""
    import sys

    ray = sys.modules.get("ray")
    return ray.get_runtime_context().get_node_id() if ray and ray.is_initialized() else ""


def note(folder: str) -> None:
    """Leaves a file that says where work has begun."""
    if folder:
        (Path(folder) / f"{here()}-{os.getpid()}-{time.time_ns()}").touch()


@dataclass(frozen=True)
class Slow:
    """Rejects prompts of some length; `seconds` a part."""

    begun: str = field(default="", metadata={"settings": False})
    seconds: float = field(default=0, metadata={"settings": False})
    name: ClassVar[str] = "slow"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "for tests"
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        note(self.begun)
        time.sleep(self.seconds)
        for row, text in enumerate(batch.prompts):
            if len(text) % 10 == 0:
                yield row, Reject("length_ends_in_0")


@dataclass(frozen=True)
class Echo:
    """A model that says where it stands; one seed may be its death, another its complaint."""

    begun: str = ""
    seconds: float = 0
    dies: int = -1
    complains: int = -1
    page: int = 4

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        note(self.begun)
        for request in requests:
            time.sleep(self.seconds)
            if request.sampling.seed == self.dies:
                os._exit(1)
            if request.sampling.seed == self.complains:
                raise UserError("the model has no chat template; choose another")
            yield request, Reply(f"{request.sampling.seed}")


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "folder of LANG.jsonl files"})
    begun: str = field(default="", metadata={"settings": False})
    seconds: float = field(default=0.0, metadata={"settings": False})


def build(params: Params) -> Builder:
    answers = (Answer("a", model="one", score="score_a"), Answer("b", model="two", score="score_b"))
    fields = Fields("prompt", answers, language="language", group="id")
    return Builder(
        name="pool",
        version="1.0.0",
        card="pool.md",
        sources=(Files(f"{params.source}/*.jsonl", fields, name="pool", revision="1", licence="cc0-1.0"),),
        filters=(ExactDuplicates(), Slow(params.begun, params.seconds)),
        split=Split(test=0.2, seed=3),
        mixtures=(Mixture("all"), Mixture("forty", per_language=40)),
    )
