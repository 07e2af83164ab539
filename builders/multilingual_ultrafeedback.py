"""Preference pairs in UltraFeedback's way (Cui et al. 2023, arXiv 2310.01377), in 23 languages.

Of five models four are drawn for each prompt, each with a principle as its system prompt; a judge scores their answers
together, by four aspects; the best answer is chosen over a random lower one, as Zephyr's binarised UltraFeedback does.
Prompts are those that people wrote in their own languages: the opening turns of OASST2 and the Aya Dataset, or a file.
"""

from dataclasses import dataclass

from polypref import (
    Builder,
    Complete,
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

# Models of three families and several strengths, so that there is something to choose between; Apache-2.0 and MIT let
# their output be published as training data. Not all know all 23 languages: an answer in broken Hebrew is a rejected
# one. The judge is of none of their families; its forerunner Gemma 2 9B is the best of the small judges on
# M-RewardBench (arXiv 2410.15522, table 2: 76.6, from 74.3 in Korean to 77.8 in Dutch), and Gemma 4 is Apache-2.0.
MODELS = (
    Model("Qwen/Qwen3-30B-A3B-Instruct-2507", "0d7cf23991f47feeb3a57ecb4c9cee8ea4a17bfe", "apache-2.0"),
    Model("Qwen/Qwen2.5-7B-Instruct", licence="apache-2.0"),
    Model("mistralai/Mistral-Nemo-Instruct-2407", licence="apache-2.0"),
    Model("microsoft/phi-4", licence="mit"),
    Model("microsoft/Phi-4-mini-instruct", licence="mit"),
)
JUDGE = Model("google/gemma-4-31B-it", licence="apache-2.0")
_SAME_LANGUAGE = "Answer in the language of the user's message unless the user asks for another."
PRINCIPLES = (
    f"Be helpful: give what was asked for, whole and ready to use. {_SAME_LANGUAGE}",
    f"Be truthful: say nothing that you do not believe, and put a false belief in the question right. {_SAME_LANGUAGE}",
    f"Be honest about yourself: say what you cannot know or do, and do not pretend. {_SAME_LANGUAGE}",
    f"Let your words show how sure you are: certain, likely, or a guess. {_SAME_LANGUAGE}",
    f"Be clear and brief: the plainest words, the best order, nothing that is not needed. {_SAME_LANGUAGE}",
)


@dataclass(frozen=True)
class Params(public_prompts.PromptParams):
    """Options of this builder."""

    model_1: str = option(MODELS[0].name, "first of the models that answer")
    model_1_revision: str = models.revision(MODELS[0])
    model_1_licence: str = models.licence(MODELS[0])
    model_1_at: str = models.place()
    model_2: str = option(MODELS[1].name, "second of the models that answer")
    model_2_revision: str = models.revision(MODELS[1])
    model_2_licence: str = models.licence(MODELS[1])
    model_2_at: str = models.place()
    model_3: str = option(MODELS[2].name, "third of the models that answer")
    model_3_revision: str = models.revision(MODELS[2])
    model_3_licence: str = models.licence(MODELS[2])
    model_3_at: str = models.place()
    model_4: str = option(MODELS[3].name, "fourth of the models that answer")
    model_4_revision: str = models.revision(MODELS[3])
    model_4_licence: str = models.licence(MODELS[3])
    model_4_at: str = models.place()
    model_5: str = option(MODELS[4].name, "fifth of the models that answer")
    model_5_revision: str = models.revision(MODELS[4])
    model_5_licence: str = models.licence(MODELS[4])
    model_5_at: str = models.place()
    judge: str = option(JUDGE.name, "model that judges")
    judge_revision: str = models.revision(JUDGE)
    judge_licence: str = models.licence(JUDGE)
    judge_at: str = models.place()
    per_prompt: int = option(4, "so many of the five models answer each prompt")
    context: int = option(16_384, "tokens of prompt and answer that vllm makes room for")
    max_tokens: int = option(2048, "most tokens of an answer")
    judge_tokens: int = option(4096, "most tokens of a judgement of all answers to a prompt")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of the models and principles drawn, the judge's order, pairs, splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.
    """
    drawn = Sampling(temperature=0.7, top_p=0.95, max_tokens=params.max_tokens)
    answering = [
        models.from_params(params, f"model_{number}", model, max_length=params.context)
        for number, model in enumerate(MODELS, 1)
    ]
    judge = models.from_params(params, "judge", JUDGE, max_length=params.context)
    return Builder(
        name="multilingual-ultrafeedback",
        version="0.1.0",
        card="multilingual_ultrafeedback.md",
        sources=params.prompt_sources,
        complete=Complete(
            tuple(models.Route(model, sampling=drawn, systems=PRINCIPLES) for model in answering),
            params.per_prompt,
            params.seed,
        ),
        rater=JudgeRater(judge, sampling=Sampling(max_tokens=params.judge_tokens), seed=params.seed),
        pairs=PairRule("best_vs_random", seed=params.seed),
        split=Split(test=params.test, seed=params.seed),
        languages=languages.AYA_23,
        mixtures=(Mixture("all", languages=languages.AYA_23),),
        ratings=True,
    )
