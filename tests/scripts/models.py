"""A builder script for tests: English prompts translated, answered and scored by the models behind one address."""

from dataclasses import dataclass, field, replace

from polypref.inference import Model, Sampling, Served
from polypref.inference.openai import OpenAI
from polypref.layouts.sources import Fields, Files
from polypref.pipeline.builder import Builder
from polypref.raters.aspects import JudgeRater
from polypref.raters.combined import Combined
from polypref.raters.given import RelevanceRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.raters.reward import RewardRater
from polypref.stages import pool
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.duplicates import ExactDuplicates
from polypref.stages.complete import Complete, Route
from polypref.stages.pair import PairRule
from polypref.stages.translate import CrossLingual, Translate, Translator

pool.BUCKET_BYTES = 1 << 14


@dataclass(frozen=True)
class Params:
    source: str = field(metadata={"help": "JSONL file of English prompts"})
    at: str = field(metadata={"help": "address of the server", "settings": False})
    cross: bool = False
    round_trip: float = -1.0
    rater: str = "reward"


def build(params: Params) -> Builder:
    backend = OpenAI((params.at,), concurrency=8, attempts=3, backoff=0.01, patience=3, price_in=1.0, price_out=2.0)

    def served(name: str, licence: str = "apache-2.0") -> Served:
        return Served(Model(name, "r1", licence), backend)

    translator = Translator(served("translator", "cc-by-nc-4.0"))
    translate = Translate(
        translator, ("de", "he", "ja"), round_trip=None if params.round_trip < 0 else params.round_trip
    )
    reward, judge = RewardRater(served("reward")), JudgeRater(served("judge"))
    both = Combined((judge, RelevanceRater()))
    raters = {"reward": reward, "judge": judge, "pairwise": PairwiseJudge(served("pairwise")), "combined": both}
    short = Sampling(temperature=0.5, max_tokens=50)
    return Builder(
        name="models",
        version="1.0.0",
        card="pool.md",
        sources=(
            Files(
                params.source, Fields("prompt", group="id"), name="p", revision="1", licence="cc0-1.0", language="en"
            ),
        ),
        translate=translate,
        cross_lingual=CrossLingual(("de", "he"), share=0.5) if params.cross else None,
        complete=Complete(
            (
                Route(served("strong"), sampling=short, systems=("Be kind.", "Be brief.")),
                Route(served("weak"), "translated", translator, replace(short, seed=5)),
            )
        ),
        rater=raters[params.rater],
        pairs=PairRule("given" if params.rater == "pairwise" else "best_vs_worst"),
        filters=(ExactDuplicates(),),
        split=Split(test=0.2),
        mixtures=(Mixture("all"),),
    )
