"""Cross-lingual pairs: a prompt in one language to be answered in another, after xLLMs-100 (Lai et al. 2024).

Every prompt is asked as it is, and once more with a sentence that says in which other language the answer must be. Two
models answer directly, several times each; a judge who is told both languages scores the answers together (xLLMs-100
asked ChatGPT; arXiv 2406.01771), and the best is chosen over the worst. Prompts are those that people wrote in their
own languages: the opening turns of OASST2 and the Aya Dataset, or a file.
"""

from dataclasses import dataclass

from polypref import (
    Builder,
    Complete,
    CrossLingual,
    JudgeRater,
    Mixture,
    Model,
    PairRule,
    Sampling,
    Split,
    languages,
    models,
    option,
    public_prompts,
)

# Apache-2.0 and MIT let the output be published as training data. The strong one is trained on all 23 languages; the
# weak one on fewer, so that it falls back into the prompt's language, or English, where a pair should teach not to.
STRONG = Model("Qwen/Qwen3-30B-A3B-Instruct-2507", "0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe", "apache-2.0")
WEAK = Model("microsoft/Phi-4-mini-instruct", licence="mit")
# A reward model is not told which language the answer must be in, but by the prompt; a judge is. Of another family than
# both models; builders/multilingual_ultrafeedback.py says more.
JUDGE = Model("google/gemma-4-31B-it", licence="apache-2.0")


@dataclass(frozen=True)
class Params(public_prompts.PromptParams):
    """Options of this builder."""

    strong: str = option(STRONG.name, "strong model that answers")
    strong_revision: str = models.revision(STRONG)
    strong_licence: str = models.licence(STRONG)
    strong_at: str = models.place()
    weak: str = option(WEAK.name, "weaker model that answers")
    weak_revision: str = models.revision(WEAK)
    weak_licence: str = models.licence(WEAK)
    weak_at: str = models.place()
    judge: str = option(JUDGE.name, "model that judges")
    judge_revision: str = models.revision(JUDGE)
    judge_licence: str = models.licence(JUDGE)
    judge_at: str = models.place()
    share: float = option(1.0, "share of the prompts that are asked for in another language too")
    samples: int = option(2, "answers of each model to a prompt")
    context: int = option(16_384, "tokens of prompt and answer that vllm makes room for")
    max_tokens: int = option(2048, "most tokens of an answer")
    judge_tokens: int = option(4096, "most tokens of a judgement of all answers to a prompt")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of the languages drawn, the judge's order, splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.
    """
    drawn = Sampling(temperature=0.7, top_p=0.95, max_tokens=params.max_tokens)
    strong, weak, judge = (
        models.from_params(params, role, model, max_length=params.context)
        for role, model in {"strong": STRONG, "weak": WEAK, "judge": JUDGE}.items()
    )
    return Builder(
        name="cross-lingual-preferences",
        version="0.1.0",
        card="cross_lingual.md",
        sources=params.prompt_sources,
        cross_lingual=CrossLingual(languages.AYA_23, params.share, params.seed),
        complete=Complete(
            tuple(models.Route(model, sampling=drawn, samples=params.samples) for model in (strong, weak))
        ),
        rater=JudgeRater(judge, sampling=Sampling(max_tokens=params.judge_tokens), seed=params.seed),
        pairs=PairRule("best_vs_worst", seed=params.seed),
        split=Split(test=params.test, seed=params.seed),
        languages=languages.AYA_23,
        mixtures=(Mixture("all", languages=languages.AYA_23),),
    )
