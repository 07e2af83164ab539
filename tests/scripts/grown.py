"""A later version of `pairs.py`, for tests."""

from dataclasses import dataclass, field, replace

from polypref.pipeline.builder import Builder
from tests.scripts import pairs


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "folder of LANG.jsonl files"})
    previous: str = ""
    version: str = "1.1.0"


def build(params: Params) -> Builder:
    builder = pairs.build(pairs.Params(params.source, params.version))
    return replace(builder, split=replace(builder.split, previous=params.previous or None))
