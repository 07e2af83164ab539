"""The builder of this benchmark: scored pairs of answers from JSONL files, into four nested mixtures."""

from dataclasses import dataclass, field

from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.duplicates import ExactDuplicates
from polypref.stages.checks.language import Language

FIVE = ("de", "pt", "tr", "vi", "zh")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = field(metadata={"help": "folder of JSONL files"})
    largest: int = field(default=10_000, metadata={"help": "training pairs of each language in the largest quota"})


def build(params: Params) -> Builder:
    """Declares the dataset."""
    answers = (Answer("a", model="one", score="score_a"), Answer("b", model="two", score="score_b"))
    pool = Files(
        f"{params.source}/*.jsonl",
        Fields("prompt", answers, language="language", group="id"),
        name="resampled",
        revision="1",
        licence="apache-2.0",
    )
    return Builder(
        name="benchmark",
        version="1.0.0",
        card="benchmark.md",
        sources=(pool,),
        filters=(ExactDuplicates(), Language()),
        split=Split(test=0.05),
        mixtures=(
            Mixture("all"),
            Mixture("large", per_language=params.largest),
            Mixture("small", per_language=params.largest // 10),
            Mixture("five", languages=FIVE, per_language=params.largest // 10),
        ),
    )
