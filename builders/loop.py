"""The tiny model's own answers to the bundled questions, rated by chrF against the right ones: best against worst.

`python -m quickstart` runs it between making the model and training it. The questions and right answers were written
for this project by machine and have not been reviewed by speakers.
"""

from dataclasses import dataclass

from polypref import (
    Builder,
    Complete,
    Fields,
    Files,
    Mixture,
    Model,
    PairRule,
    Prompts,
    ReferenceRater,
    Sampling,
    Split,
    models,
    option,
)

POLICY = Model("polypref/loop-sft", licence="apache-2.0")


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    prompts: str = option(
        "build/loop/prompts.jsonl", "the questions, as python -m quickstart writes them", settings=False
    )
    policy: str = option(POLICY.name, "name of the tiny model")
    policy_revision: str = option("", "its revision (the loop gives a digest of its weights)")
    policy_licence: str = option("apache-2.0", "its licence")
    policy_at: str = models.place("transformers:build/loop/sft")
    samples: int = option(4, "answers to each question")
    temperature: float = option(0.7, "temperature of the answers")
    max_tokens: int = option(48, "most tokens of an answer")
    seed: int = option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.
    """
    questions = Files(
        path=params.prompts,
        fields=Fields(prompt="prompt", language="language", group="group", reference="reference"),
        name="polypref-loop",
        revision="1",
        licence="apache-2.0",
    )
    drawn = Sampling(params.temperature, max_tokens=params.max_tokens, seed=params.seed)
    # So small a model is fastest with many answers at once.
    many = {"batch": 64, "window": 2048} if params.policy_at.startswith("transformers") else {}
    policy = models.served(
        params.policy, params.policy_at, params.policy_revision, params.policy_licence, default=POLICY, **many
    )
    return Builder(
        name="polypref-loop",
        version="1.0.0",
        card="loop.md",
        sources=(questions,),
        complete=Complete((models.Route(policy, "on_policy", sampling=drawn, samples=params.samples),)),
        # The questions differ in a number only; by likeness all of them would be one.
        prompts=Prompts(near_duplicates=None),
        rater=ReferenceRater(),
        pairs=PairRule("best_vs_worst"),
        split=Split(test=0.1, seed=params.seed),
        mixtures=(Mixture("all"),),
        notes=("All texts are machine-written and unreviewed; they show that the loop works and teach no ability.",),
    )
