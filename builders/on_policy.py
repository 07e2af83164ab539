"""On-policy pairs: several answers of the model that is to be trained to each prompt, the best against the worst.

Prompts are those that people wrote in their own languages: the opening turns of OASST2 and the Aya Dataset, or a file.
The default model is Aya Expanse 8B: for non-commercial use only, and so is a dataset of its answers.
"""

from dataclasses import dataclass, field
from typing import Any

from polypref.builder import Builder
from polypref.inference import Model, Sampling
from polypref.inference.choose import served
from polypref.languages import AYA_23
from polypref.stages.balance import Mixture, Split
from polypref.stages.complete import Complete, Route
from polypref.stages.pair import PairRule
from polypref.stages.reward import RewardRater
from polypref.stages.sources import Fields, Files, HubDataset, Source

# The model for which pairs of this kind are most asked for: made for the 23 languages, and tuned on policy itself (Aya
# Expanse, arXiv 2412.04261). For data that may be used commercially, train another and name it with --policy.
POLICY = Model("CohereLabs/aya-expanse-8b", licence="cc-by-nc-4.0")
# An open classifier under Apache-2.0, of another family than the policy; builders/aya_preferences.py says more.
REWARD = Model("Skywork/Skywork-Reward-V2-Qwen3-8B", licence="apache-2.0")
# The codes under which the two datasets hold the 23 languages; no other rows are read.
OASST2 = (*AYA_23, "pt-BR", "uk-UA")
AYA = ("arb", "ces", "deu", "ell", "eng", "fra", "heb", "hin", "ind", "ita", "jpn", "kor", "nld", "pes", "pol", "por",
       "ron", "rus", "spa", "tur", "ukr", "vie", "zho")  # fmt: skip


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


def _at() -> Any:
    text = "who serves it: vllm, transformers, or addresses of servers"
    return field(default="vllm", metadata={"help": text, "settings": False})


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    prompts: str = _option("", "JSONL file of prompts (columns prompt, language); empty for OASST2 and Aya Dataset")
    prompts_licence: str = _option("unknown", "licence of the prompts in that file")
    oasst2_revision: str = _option("", "commit or tag of OpenAssistant/oasst2; empty for the newest")
    aya_revision: str = _option("", "commit or tag of CohereLabs/aya_dataset; empty for the newest")
    policy: str = _option(POLICY.name, "model that is to be trained")
    policy_revision: str = _option("", f"its revision ({POLICY.revision})")
    policy_licence: str = _option("", f"its licence ({POLICY.licence}; of another model: unknown)")
    policy_at: str = _at()
    reward: str = _option(REWARD.name, "reward model")
    reward_revision: str = _option("", f"its revision ({REWARD.revision})")
    reward_licence: str = _option("", f"its licence ({REWARD.licence}; of another model: unknown)")
    reward_at: str = _at()
    context: int = _option(8192, "tokens of prompt and answer that vllm makes room for; Aya Expanse 8B has 8192")
    samples: int = _option(8, "answers to each prompt")
    temperature: float = _option(1.0, "temperature of the answers; 1 draws as the model does in online training")
    top_p: float = _option(1.0, "share of the probability mass from which tokens are drawn")
    max_tokens: int = _option(2048, "most tokens of an answer")
    min_margin: float = _option(0.0, "least difference of the two scores, in standard deviations of the language")
    test: float = _option(0.05, "share of the prompts that go to test")
    seed: int = _option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset."""

    def ours(default: Model, name: str, revision: str, licence: str, at: str) -> Any:
        options = {"max_length": params.context} if at == "vllm" else {}
        return served(name, at, revision, licence, default=default, **options)

    policy = ours(POLICY, params.policy, params.policy_revision, params.policy_licence, params.policy_at)
    reward = ours(REWARD, params.reward, params.reward_revision, params.reward_licence, params.reward_at)
    drawn = Sampling(params.temperature, params.top_p, params.max_tokens)
    terms = f"All answers are by {policy.model.name}, under {policy.model.licence}: for non-commercial use only."
    return Builder(
        name="on-policy-preferences",
        version="0.1.0",
        card="on_policy.md",
        sources=_sources(params),
        complete=Complete((Route(policy, "on_policy", sampling=drawn, samples=params.samples),)),
        rater=RewardRater(reward),
        pairs=PairRule("best_vs_worst", min_margin=params.min_margin, margin_unit="sd", seed=params.seed),
        split=Split(test=params.test, seed=params.seed),
        languages=AYA_23,
        mixtures=(Mixture("all", languages=AYA_23),),
        notes=(terms,) if policy.model.licence.startswith("cc-by-nc") else (),
    )


def _sources(params: Params) -> tuple[Source, ...]:
    if params.prompts:
        columns = Fields("prompt", language="language")
        return (Files(params.prompts, columns, "prompts", "given", params.prompts_licence),)
    opening = {"lang": OASST2, "role": ("prompter",), "parent_id": (None,), "deleted": (False,)}
    return (
        HubDataset(
            "OpenAssistant/oasst2",
            Fields("text", language="lang", group="message_tree_id"),
            "apache-2.0",
            revision=params.oasst2_revision or None,
            where=opening,
        ),
        HubDataset(
            "CohereLabs/aya_dataset",
            Fields("inputs", language="language_code"),
            "apache-2.0",
            revision=params.aya_revision or None,
            where={"language_code": AYA},
        ),
    )
