"""A builder script for tests: a pool of JSONL files, cut into many small buckets so that every stage has many parts.

POLYPREF_TEST_CRASH='*/done.json:before' in the environment makes a process kill itself when it gives a file such a
name, before it does or after, as if the machine had lost its power there.
"""

import os
import signal
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages import pool
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.duplicates import ExactDuplicates
from polypref.stages.checks.language import Language

pool.BUCKET_BYTES, pool.JOB_BYTES, pool.CHUNK = 1 << 17, 1 << 18, 1 << 16

if crash := os.environ.get("POLYPREF_TEST_CRASH"):
    pattern, moment = crash.split(":")
    replace = Path.replace

    def replace_and_die(self: Path, target: Any) -> Any:
        if not fnmatch(str(target), pattern):
            return replace(self, target)
        if moment == "after":
            replace(self, target)
        os.kill(os.getpid(), signal.SIGKILL)

    Path.replace = replace_and_die  # type: ignore[method-assign]


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "folder of LANG.jsonl files"})
    test: float = 0.2
    distinct: bool = False
    identify: bool = True


def build(params: Params) -> Builder:
    answers = (Answer("a", model="one", score="score_a"), Answer("b", model="two", score="score_b"))
    source = Files(
        f"{params.source}/*.jsonl",
        Fields("prompt", answers, language="language", group="id"),
        name="pool",
        revision="1",
        licence="cc0-1.0",
    )
    prompts = "distinct" if params.distinct else "any"
    return Builder(
        name="pool",
        version="1.0.0",
        card="pool.md",
        sources=(source,),
        filters=(ExactDuplicates(), Language()) if params.identify else (ExactDuplicates(),),
        split=Split(test=params.test, seed=3),
        mixtures=(
            Mixture("all", prompts=prompts),
            Mixture("forty", per_language=40, prompts=prompts),
            Mixture("hundred", total=101, shortage="redistribute", prompts=prompts),
            Mixture("two", languages=("de", "ja"), total=30, weights={"de": 2, "ja": 1}, prompts=prompts),
        ),
    )
