"""A builder script for tests: verdicts of people on two answers each."""

from dataclasses import dataclass

from polypref.builder import Builder
from polypref.stages.balance import Mixture, Split
from polypref.stages.contamination import EvaluationPrompts
from polypref.stages.filters.contamination import Contamination
from polypref.stages.index import Prompts
from polypref.stages.pair import PairRule
from polypref.stages.rate import SourceRater
from polypref.stages.sources import Answer, Fields, Files, Verdict


@dataclass(frozen=True)
class Params:
    source: str = ""
    labels: bool = True
    evaluation: str = ""
    filtered: bool = True


def build(params: Params) -> Builder:
    verdict = Verdict("people", "best", (0,), (1,), (2,)) if params.labels else Verdict("people", "best")
    answers = tuple(Answer(side, model_column=f"by_{side}") for side in "ab")
    sets = (EvaluationPrompts("held-out", params.evaluation, language="uk"),) if params.evaluation else ()
    return Builder(
        name="given",
        version="1.0.0",
        card="pool.md",
        sources=(Files(params.source, Fields("q", answers, language="language", verdict=verdict), "people", "1", "cc0-1.0"),),
        prompts=Prompts(near_duplicates=None, evaluation=sets),
        rater=SourceRater("people"),
        pairs=PairRule("given"),
        filters=(Contamination(),) if params.filtered else (),
        split=Split(test=0.0),
        mixtures=(Mixture("all"),),
    )
