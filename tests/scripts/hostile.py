"""A builder script for tests: every column of a row may hold whatever somebody wrote into it."""

from dataclasses import dataclass, field

from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.duplicates import ExactDuplicates


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "a JSONL file"})
    name: str = "hostile"
    config: str = "all"
    word: str = ""
    chain: bool = False


def build(params: Params) -> Builder:
    def answer(side: str) -> Answer:
        return Answer(
            side,
            model_column=f"model_{side}",
            licence_column="licence",
            score=f"score_{side}",
            finish_reason="finish",
        )

    return Builder(
        name=params.name,
        version="1.0.0",
        card="pool.md",
        sources=(
            Files(
                params.source,
                Fields(
                    "prompt",
                    (answer("a"), answer("b")),
                    language="language",
                    group="id",
                    labels="labels",
                    translator="translator",
                    reference="reference",
                ),
                name=f"rows {params.word}",
                revision="1",
                licence="cc0-1.0",
            ),
        ),
        filters=default_chain() if params.chain else (ExactDuplicates(),),
        split=Split(test=0.2),
        mixtures=(Mixture(params.config), Mixture("few", per_language=4)),
        max_bad=1.0,
    )
