"""The builder of this benchmark: scored answers from JSONL files, through the default checks, into four mixtures."""

from dataclasses import dataclass, field

from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.duplicates import ExactDuplicates
from polypref.stages.checks.language import Language

FIVE = ("de", "pt", "tr", "vi", "zh")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    source: str = field(metadata={"help": "folder of JSONL files"})
    answers: int = field(default=2, metadata={"help": "answers to a prompt, 2 to 5"})
    checks: str = field(default="default", metadata={"help": "default, or two: only two of them"})
    largest: int = field(default=10_000, metadata={"help": "training pairs of each language in the largest quota"})


def build(params: Params) -> Builder:
    """Declares the dataset."""
    letters = "abcde"[: params.answers]
    answers = tuple(Answer(one, model=f"model {one}", score=f"score_{one}") for one in letters)
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
        # The prompts are made of m-ArenaHard's, which contamination would reject; it is looked for all the same.
        filters=(ExactDuplicates(), Language()) if params.checks == "two" else default_chain(["contamination"]),
        split=Split(test=0.05),
        mixtures=(
            Mixture("all"),
            Mixture("large", per_language=params.largest),
            Mixture("small", per_language=params.largest // 10),
            Mixture("five", languages=FIVE, per_language=params.largest // 10),
        ),
    )
