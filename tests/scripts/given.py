"""A builder script for tests: verdicts of people on two answers each."""

from dataclasses import dataclass

from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.raters.given import SourceRater
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.contamination import Contamination
from polypref.stages.pair import PairRule
from polypref.stages.prompts.evaluation_overlap import EvaluationPrompts
from polypref.stages.prompts.index import Prompts


@dataclass(frozen=True)
class Params:
    source: str = ""
    unlabelled: bool = False
    evaluation: str = ""
    unfiltered: bool = False
    rater: str = "people"
    rule: str = "given"


def build(params: Params) -> Builder:
    labels = ((), (), ()) if params.unlabelled else ((0,), (1,), (2,))
    verdict = Verdict("people", "best", *labels)
    answers = tuple(Answer(side, model_column=f"by_{side}") for side in "ab")
    sets = (EvaluationPrompts("held-out", params.evaluation, language="uk"),) if params.evaluation else ()
    fields = Fields("q", answers, language="language", verdict=verdict)
    return Builder(
        name="given",
        version="1.0.0",
        card="pool.md",
        sources=(Files(params.source, fields, "people", "1", "cc0-1.0"),),
        prompts=Prompts(near_duplicates=None, evaluation=sets),
        rater=SourceRater(params.rater),
        pairs=PairRule(params.rule),
        filters=() if params.unfiltered else (Contamination(),),
        split=Split(test=0.0),
        mixtures=(Mixture("all"),),
    )
