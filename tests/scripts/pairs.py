"""A builder script for tests: a pool of JSONL files without filters, so that every prompt becomes a pair."""

from dataclasses import dataclass, field

from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture, Split


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "folder of LANG.jsonl files"})
    version: str = "1.0.0"
    licence: str = "cc-by-4.0"
    model_licence: str = "apache-2.0"
    evaluation_set: bool = False
    api_key: str = ""
    endpoint: str = ""


def build(params: Params) -> Builder:
    answers = tuple(
        Answer(side, model=f"model-{side}", licence=params.model_licence, score=f"score_{side}") for side in "ab"
    )
    source = Files(
        f"{params.source}/*.jsonl",
        Fields("prompt", answers, language="language", group="id"),
        name="pool",
        revision="7",
        licence=params.licence,
    )
    return Builder(
        name="pairs",
        version=params.version,
        card="pool.md",
        sources=(source,),
        filters=(),
        split=Split(test=0.25, seed=1),
        mixtures=(Mixture("all"), Mixture("four", per_language=4)),
        evaluation_set=params.evaluation_set,
    )
