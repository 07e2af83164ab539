"""On-policy pairs: several answers of the model that is to be trained to each prompt, the best against the worst.

Prompts are those that people wrote in their own languages: the opening turns of OASST2 and the Aya Dataset, or a file.
The default model is Aya Expanse 8B: for non-commercial use only, and so is a dataset of its answers.
"""

from dataclasses import dataclass

from polypref import (
    Builder,
    Complete,
    Mixture,
    Model,
    PairRule,
    RewardRater,
    Sampling,
    Split,
    languages,
    models,
    option,
    public_prompts,
)

# The model for which pairs of this kind are most asked for: made for the 23 languages, and tuned on policy itself (Aya
# Expanse, arXiv 2412.04261). For data that may be used commercially, train another and name it with --policy.
POLICY = Model("CohereLabs/aya-expanse-8b", licence="cc-by-nc-4.0")
# An open classifier under Apache-2.0, of another family than the policy; builders/aya_preferences.py says more.
REWARD = Model("Skywork/Skywork-Reward-V2-Qwen3-8B", licence="apache-2.0")


@dataclass(frozen=True)
class Params(public_prompts.PromptParams):
    """Options of this builder."""

    policy: str = option(POLICY.name, "model that is to be trained")
    policy_revision: str = models.revision(POLICY)
    policy_licence: str = models.licence(POLICY)
    policy_at: str = models.place()
    reward: str = option(REWARD.name, "reward model")
    reward_revision: str = models.revision(REWARD)
    reward_licence: str = models.licence(REWARD)
    reward_at: str = models.place()
    context: int = option(8192, "tokens of prompt and answer that vllm makes room for; Aya Expanse 8B has 8192")
    samples: int = option(8, "answers to each prompt")
    temperature: float = option(1.0, "temperature of the answers; 1 draws as the model does in online training")
    top_p: float = option(1.0, "share of the probability mass from which tokens are drawn")
    max_tokens: int = option(2048, "most tokens of an answer")
    min_margin: float = option(0.0, "least difference of the two scores, in standard deviations of the language")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.
    """
    policy = models.from_params(params, "policy", POLICY, max_length=params.context)
    reward = models.from_params(params, "reward", REWARD, max_length=params.context)
    drawn = Sampling(params.temperature, params.top_p, params.max_tokens)
    terms = f"All answers are by {policy.model.name}, under {policy.model.licence}: for non-commercial use only."
    return Builder(
        name="on-policy-preferences",
        version="0.1.0",
        card="on_policy.md",
        sources=params.prompt_sources,
        complete=Complete((models.Route(policy, "on_policy", sampling=drawn, samples=params.samples),)),
        rater=RewardRater(reward),
        pairs=PairRule("best_vs_worst", min_margin=params.min_margin, margin_unit="sd", seed=params.seed),
        split=Split(test=params.test, seed=params.seed),
        languages=languages.AYA_23,
        mixtures=(Mixture("all", languages=languages.AYA_23),),
        notes=(terms,) if policy.model.licence.startswith("cc-by-nc") else (),
    )
