"""Preference pairs of five public sets in one build: votes, marks and ranks of people, and prompts answered anew.

HelpSteer3 and Community Alignment say which answer is better, OASST2 ranks answers, HelpSteer marks them; the prompts
of the Aya Dataset are answered by two models and scored by a reward model. Each set keeps its own rater and pair rule,
and all go through the same checks, splits and quotas. A set may come from the Hub or from files of yours
(--NAME-file); --sets takes some of them.
"""

from dataclasses import dataclass, replace

from polypref import (
    Builder,
    Complete,
    Files,
    HubDataset,
    Mixture,
    Model,
    PairRule,
    Prompts,
    RewardRater,
    Sampling,
    SourceRater,
    SourceShares,
    Split,
    UserError,
    checks,
    languages,
    layout,
    models,
    option,
    public_prompts,
)


@dataclass(frozen=True)
class PublicSet:
    """Where a set is, and by which layout it is read; the prompts of one without a layout are answered."""

    repo: str
    licence: str
    revision: str
    layout: str = ""
    config: str | None = None
    language: str | None = None


# Licences as the sets' cards state them. Revisions are full commit ids that public programs and pages name; of
# HelpSteer none was seen, so it has to be given.
SETS = {
    "helpsteer3": PublicSet(
        "nvidia/HelpSteer3",
        "cc-by-4.0",
        "f6d145777bcbde96137596340fab89793acd1031",
        "helpsteer3",
        config="preference",
    ),
    "community_alignment": PublicSet(
        "facebook/community-alignment-dataset",
        "cc-by-4.0",
        "97343c7f6399fcbea430ed0f37c1768281a78d56",
        "community_alignment",
    ),
    "oasst2": PublicSet(
        "OpenAssistant/oasst2", "apache-2.0", "179dd21fc55192153d94adb0e0ce8f69e222bf75", "oasst_messages"
    ),
    # Its rows have the columns of HelpSteer2, whose prompts are mostly ShareGPT's and so are not taken here.
    "helpsteer": PublicSet("nvidia/HelpSteer", "cc-by-4.0", "", "helpsteer2", language="en"),
    "aya": PublicSet("CohereLabs/aya_dataset", "apache-2.0", "f9ea04583f02a8f86404ff6c58bf75fe637df8a2"),
}
# Apache-2.0 and MIT let the answers be published as training data, and the reward model is of no family of theirs.
FIRST = Model("google/gemma-4-26B-A4B-it", licence="apache-2.0")
SECOND = Model("microsoft/Phi-4-mini-instruct", licence="mit")
REWARD = Model("Skywork/Skywork-Reward-V2-Qwen3-8B", licence="apache-2.0")


def _file(form: str) -> str:
    text: str = option("", f"a file, or a pattern of files, in the place of the set on the Hub ({form})")
    return text


def _revision(name: str) -> str:
    known = SETS[name].revision or "none is known, so give one or a file"
    text: str = option("", f"its commit or tag (default: {known})")
    return text


@dataclass(frozen=True)
class Params:
    """Options of this builder."""

    sets: str = option(",".join(SETS), "which of the sets, with commas between them")
    helpsteer3_file: str = _file("preference/train.jsonl.gz of nvidia/HelpSteer3")
    helpsteer3_revision: str = _revision("helpsteer3")
    community_alignment_file: str = _file("community_alignment.csv of facebook/community-alignment-dataset")
    community_alignment_revision: str = _revision("community_alignment")
    oasst2_file: str = _file("*_ready.messages.jsonl.gz or Parquet of OpenAssistant/oasst2")
    oasst2_revision: str = _revision("oasst2")
    helpsteer_file: str = _file("train.jsonl.gz of nvidia/HelpSteer")
    helpsteer_revision: str = _revision("helpsteer")
    aya_file: str = _file("data/train-*.parquet of CohereLabs/aya_dataset")
    aya_revision: str = _revision("aya")
    first: str = option(FIRST.name, "first of the two models that answer the prompts of the Aya Dataset")
    first_revision: str = models.revision(FIRST)
    first_licence: str = models.licence(FIRST)
    first_at: str = models.place()
    second: str = option(SECOND.name, "second of them")
    second_revision: str = models.revision(SECOND)
    second_licence: str = models.licence(SECOND)
    second_at: str = models.place()
    reward: str = option(REWARD.name, "reward model that scores their answers")
    reward_revision: str = models.revision(REWARD)
    reward_licence: str = models.licence(REWARD)
    reward_at: str = models.place()
    evaluation: str = option("", "file of prompts that must not be trained on (column prompt, or .txt with one a line)")
    most_of_a_set: int = option(0, "most pairs of a language from one set; 0 for all of them")
    set_alpha: float = option(0.5, "shares of the sets in every quota: (pairs available)^alpha; 1 natural, 0 equal")
    language_alpha: float = option(0.3, "the same of the languages in mixture ml-50k")
    context: int = option(16_384, "tokens of prompt and answer that vllm makes room for")
    max_tokens: int = option(2048, "most tokens of an answer")
    test: float = option(0.05, "share of the prompts that go to test")
    seed: int = option(0, "seed of splits and ranks")


def build(params: Params) -> Builder:
    """Declares the dataset.

    Args:
        params: the options.

    Returns:
        The dataset, declared.

    Raises:
        UserError: a set that there is none of, or one whose revision has to be given and is not.
    """
    names = list(dict.fromkeys(name.strip() for name in params.sets.split(",") if name.strip()))
    if unknown := [name for name in names if name not in SETS] or ([] if names else [""]):
        raise UserError(f"--sets names {unknown[0]!r}, which is none of {', '.join(SETS)}; name some of these")
    asked = {"first": FIRST, "second": SECOND, "reward": REWARD}
    first, second, reward = (
        models.from_params(params, role, model, max_length=params.context) for role, model in asked.items()
    )
    sources = tuple(_source(params, name, RewardRater(reward)) for name in names)
    answered = tuple(SETS[name].repo for name in names if not SETS[name].layout)
    drawn = Sampling(temperature=0.7, top_p=0.95, max_tokens=params.max_tokens)
    routes = (models.Route(first, sampling=drawn), models.Route(second, sampling=drawn))
    held = (checks.EvaluationPrompts("evaluation", path=params.evaluation),) if params.evaluation else ()
    most = {source.name: params.most_of_a_set for source in sources} if params.most_of_a_set else {}
    return Builder(
        name="merged-preferences",
        version="0.1.0",
        card="merged.md",
        sources=sources,
        complete=Complete(routes, sources=answered) if answered else None,
        prompts=Prompts(evaluation=held),
        split=Split(test=params.test, seed=params.seed),
        shares=SourceShares(alpha=params.set_alpha, at_most=most),
        languages=languages.AYA_23,
        mixtures=(
            Mixture("all", languages=languages.AYA_23),
            Mixture("ml-50k", languages=languages.AYA_23, total=50_000, alpha=params.language_alpha),
        ),
    )


def _source(params: Params, name: str, reward: RewardRater) -> Files | HubDataset:
    """A set, with who rated it and how its pairs are chosen."""
    file, given = str(getattr(params, f"{name}_file")), str(getattr(params, f"{name}_revision"))
    one, flag = SETS[name], name.replace("_", "-")
    revision = given or one.revision
    if not revision and not file:
        raise UserError(
            f"merged needs --{flag}-revision, as it knows no full commit id of {one.repo}: give one that the Hub "
            f"shows, or --{flag}-file FILE, or --sets without {name}"
        )
    if one.layout:
        how = layout(one.layout).rated_by(f"{name} people")
        hub = how.hub(one.repo, one.licence, "train", one.config, revision or None, one.language)
        hub = replace(hub, rater=SourceRater(how.rater), pairs=PairRule(how.rule, seed=params.seed))
    else:
        hub = replace(public_prompts.aya_dataset(revision), rater=reward, pairs=PairRule(seed=params.seed))
    if not file:
        return hub
    # The same rows from files of somebody's own.
    files = Files(file, hub.fields, one.repo, given or "unknown", one.licence, hub.language, hub.where, tree=hub.tree)
    return replace(files, rater=hub.rater, pairs=hub.pairs)
