"""A builder script for tests of the page: rows that every stage has something to say about."""

from dataclasses import dataclass, field

from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.language import Language
from polypref.stages.pair import PairRule


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "a JSONL file"})


def build(params: Params) -> Builder:
    answers = (Answer("a", model="one", score="score_a"), Answer("b", model="two", score="score_b"))
    return Builder(
        name="page",
        version="1.0.0",
        card="pool.md",
        sources=(
            Files(
                params.source,
                Fields("prompt", answers, language="language", group="id"),
                name="rows",
                revision="1",
                licence="cc0-1.0",
            ),
        ),
        pairs=PairRule("best_vs_worst", min_margin=1.0),
        filters=(Language(),),
        split=Split(test=0.0),
        mixtures=(Mixture("three", per_language=3), Mixture("two", per_language=2, languages=("he",))),
        max_bad=0.9,
    )
