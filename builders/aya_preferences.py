"""Preference pairs in 23 languages after Dang et al. 2024 (arXiv 2407.02552), whose data were never released.

English prompts are translated into 22 languages. A strong multilingual model answers each in its language; a weaker one
answers the English original, and that answer is translated. A reward model says which of the two is chosen. What the
paper did, how sure that is, and what was chosen here is a table in the card.
"""

from dataclasses import dataclass
from typing import Any

from polypref import (
    Builder,
    Complete,
    Fields,
    Files,
    Mixture,
    Model,
    PairRule,
    RewardRater,
    Sampling,
    Served,
    Source,
    Split,
    Translate,
    UserError,
    languages,
    models,
    option,
    public_prompts,
)

FIVE = ("de", "en", "pt", "tr", "vi")
# Of the classifiers on M-RewardBench (arXiv 2410.15522, table 2) URM Llama 3.1 8B leads with 76.2, but Llama's licence
# reaches what is trained on its results; the next, BTRM Qwen 2 7B with 70.5, falls to 60.5 in Greek. This one is later
# than the table: Apache-2.0, of no family of the models it scores, its base is trained on all 23 languages, and CroCo
# found that it ranks usefully within most languages. What it is worth in each is not known: see the calibration.
REWARD = Model("Skywork/Skywork-Reward-V2-Qwen3-8B", licence="apache-2.0")
PRESETS = {
    # Licences that let the output be published as training data. Gemma 4 (the first Gemma under Apache-2.0) covers the
    # languages, and with 4B active parameters makes a million answers affordable; Phi-4-mini is weaker and asked in
    # English only; MADLAD-400 stands where the paper has NLLB, whose licence is non-commercial.
    "open": {
        "strong": Model("google/gemma-4-26B-A4B-it", licence="apache-2.0"),
        "weak": Model("microsoft/Phi-4-mini-instruct", licence="mit"),
        "translator": Model("google/madlad400-3b-mt", "fa184c675da0b5c9e1c8694fccd4e12e2d422094", "apache-2.0"),
        "reward": REWARD,
    },
    # The paper's Command R+ and, for Command, which has no open weights, Command R. Non-commercial, as is what comes of
    # them. The revision of NLLB is the one with safetensors; others hold pickles.
    "aya": {
        "strong": Model("CohereLabs/c4ai-command-r-plus", licence="cc-by-nc-4.0"),
        "weak": Model("CohereLabs/c4ai-command-r-v01", licence="cc-by-nc-4.0"),
        "translator": Model("facebook/nllb-200-3.3B", "f046cc4ebd1ea4aa8015c3d48282a6299d9f3915", "cc-by-nc-4.0"),
        "reward": REWARD,
    },
}


def _model(role: str, part: str, text: str) -> Any:
    presets = "; ".join(f"{name}: {getattr(preset[role], part)}" for name, preset in PRESETS.items())
    return option("", f"{text} ({presets})")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    preset: str = option("open", "models: open (Apache-2.0 and MIT) or aya (closest to the paper, non-commercial)")
    prompts: str = option("", "JSONL file of English prompts (column prompt); empty for those of OASST2")
    prompts_licence: str = option("unknown", "licence of the prompts in that file")
    oasst2_revision: str = option("", "commit or tag of OpenAssistant/oasst2; empty for the newest")
    strong: str = _model("strong", "name", "model that answers in every language")
    strong_revision: str = _model("strong", "revision", "its revision, of another model: unknown")
    strong_licence: str = _model("strong", "licence", "its licence, of another model: unknown")
    strong_at: str = models.place()
    weak: str = _model("weak", "name", "model that answers in English, to be translated")
    weak_revision: str = _model("weak", "revision", "its revision, of another model: unknown")
    weak_licence: str = _model("weak", "licence", "its licence, of another model: unknown")
    weak_at: str = models.place()
    translator: str = _model("translator", "name", "model that translates prompts and answers")
    translator_revision: str = _model("translator", "revision", "its revision, of another model: unknown")
    translator_licence: str = _model("translator", "licence", "its licence, of another model: unknown")
    translator_at: str = models.place("seq2seq")
    reward: str = _model("reward", "name", "reward model")
    reward_revision: str = _model("reward", "revision", "its revision, of another model: unknown")
    reward_licence: str = _model("reward", "licence", "its licence, of another model: unknown")
    reward_at: str = models.place()
    context: int = option(16_384, "tokens of prompt and answer that vllm makes room for")
    gpu_memory: float = option(0.9, "share of the GPU's memory for vllm", settings=False)
    max_tokens: int = option(2048, "most tokens of an answer")
    translation_tokens: int = option(4096, "most tokens of a translated piece of text")
    temperature: float = option(0.7, "temperature of the answers")
    min_margin: float = option(0.0, "least difference of the two scores, in standard deviations of the language")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: a preset that there is none of, or options that contradict each other.
    """
    if params.preset not in PRESETS:
        raise UserError(f"--preset is one of {', '.join(PRESETS)}, not '{params.preset}'")
    strong, weak, rater = (_served(params, role) for role in ("strong", "weak", "reward"))
    translator = models.Translator(
        _served(params, "translator"),
        how="seq2seq" if params.translator_at == "seq2seq" else "chat",
        sampling=Sampling(max_tokens=params.translation_tokens),
    )
    drawn = Sampling(params.temperature, top_p=0.95, max_tokens=params.max_tokens)
    made_by = {model.name: model.licence for model in (strong.model, weak.model, translator.served.model)}
    closed = [f"{name} ({licence})" for name, licence in made_by.items() if licence.startswith("cc-by-nc")]
    terms = f"Made with models for non-commercial use only, some with a use policy of their own: {', '.join(closed)}."
    # By name: the English answers of both are `direct`. Of one model in both places routes meet; English has no pair.
    sides = (strong.model.name, weak.model.name)
    if one_model := strong.model.name == weak.model.name:
        sides = (f"{sides[0]}@route:direct", f"{sides[0]}@route:translated")
    # Nested, by language. What one is short of is reported in the card, so that a trial with --limit goes through.
    mixtures = (
        Mixture("ml-23-50k", languages=languages.AYA_23, per_language=2_174, prompts="distinct"),
        Mixture("ml-23-230k", languages=languages.AYA_23, per_language=10_000),
        Mixture("ml-5-50k", languages=FIVE, per_language=10_000, prompts="distinct"),
        Mixture("en-1-50k", languages=("en",), per_language=50_000, prompts="distinct"),
    )
    return Builder(
        name="aya-preferences",
        version="0.1.0",
        card="aya_preferences.md",
        sources=(_prompts(params),),
        translate=Translate(translator, into=tuple(tag for tag in languages.AYA_23 if tag != "en")),
        complete=Complete(
            (models.Route(strong, sampling=drawn), models.Route(weak, "translated", translator, sampling=drawn))
        ),
        rater=RewardRater(rater),
        pairs=PairRule("model_a_vs_model_b", *sides, params.min_margin, "sd"),
        split=Split(test=params.test, seed=params.seed),
        languages=languages.AYA_23,
        mixtures=mixtures[:-1] if one_model else mixtures,
        notes=(terms,) if closed else (),
    )


def _served(params: Params, role: str) -> Served:
    options = {"memory": params.gpu_memory, "max_length": params.context}
    return models.from_params(params, role, PRESETS[params.preset][role], **options)


def _prompts(params: Params) -> Source:
    if params.prompts:
        return Files(params.prompts, Fields("prompt"), "prompts", "given", params.prompts_licence, language="en")
    return public_prompts.oasst2(params.oasst2_revision, codes=("en",))
