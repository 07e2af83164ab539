"""polypref: multilingual preference datasets, from prompts to a published version.

    import polypref

    polypref.build("quickstart", "build/quickstart").load("ml-5", split="train")

All that a builder script needs is a name of this module, which `dir(polypref)` lists; each is loaded when it is asked
for, so that importing polypref costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from . import _moved

if TYPE_CHECKING:
    from . import checks, languages, metrics
    from .api.building import build
    from .api.datasets import Dataset, load
    from .api.evaluating import Evaluation, evaluate, evaluate_reward_model, score
    from .api.training import train
    from .errors import UserError
    from .inference import Model, Sampling, Served
    from .inference import choose as models
    from .languages import AYA_23, Language, register
    from .languages.identifier import Identifier
    from .layouts.items import Items
    from .layouts.named import NamedLayout, layout
    from .layouts.sources import (
        Answer,
        ArenaFolder,
        Fields,
        Files,
        HubDataset,
        Marks,
        OneHot,
        Ranking,
        Rounds,
        Scale,
        Source,
        Transcript,
        Tree,
        Verdict,
    )
    from .layouts.where import Except
    from .pipeline.builder import Builder
    from .raters.aspects import JudgeRater
    from .raters.combined import Combined
    from .raters.given import ReferenceRater, RelevanceRater, SourceRater
    from .raters.pairwise import PairwiseJudge
    from .raters.reward import RewardRater
    from .scripting.params import option
    from .stages import public_prompts
    from .stages.balance import Mixture, Split
    from .stages.checks.contract import Flag, Reject
    from .stages.checks.defaults import default_chain
    from .stages.complete import Complete, Route
    from .stages.pair import PairRule
    from .stages.prompts.evaluation_overlap import EvaluationPrompts
    from .stages.prompts.index import Prompts
    from .stages.shares import SourceShares
    from .stages.translate import CrossLingual, Translate, Translator

__version__ = "0.3.0"

# Module -> the names that it gives.
_NAMES = {
    "api.building": "build",
    "api.datasets": "Dataset load",
    "api.evaluating": "Evaluation evaluate evaluate_reward_model score",
    "api.training": "train",
    "errors": "UserError",
    "inference": "Model Sampling Served",
    "languages": "AYA_23 Language register",
    "languages.identifier": "Identifier",
    "layouts.items": "Items",
    "layouts.named": "NamedLayout layout",
    "layouts.sources": "Answer ArenaFolder Fields Files HubDataset Marks OneHot Ranking Rounds Scale Source Transcript "
    "Tree Verdict",
    "layouts.where": "Except",
    "pipeline.builder": "Builder",
    "raters.aspects": "JudgeRater",
    "raters.combined": "Combined",
    "raters.given": "ReferenceRater RelevanceRater SourceRater",
    "raters.pairwise": "PairwiseJudge",
    "raters.reward": "RewardRater",
    "scripting.params": "option",
    "stages.balance": "Mixture Split",
    "stages.checks.contract": "Flag Reject",
    "stages.checks.defaults": "default_chain",
    "stages.complete": "Complete Route",
    "stages.pair": "PairRule",
    "stages.prompts.evaluation_overlap": "EvaluationPrompts",
    "stages.prompts.index": "Prompts",
    "stages.shares": "SourceShares",
    "stages.translate": "CrossLingual Translate Translator",
}
_PLACES = {name: place for place, names in _NAMES.items() for name in names.split()}
# Names that are modules: every check; whom to ask; prompts that are free to use; languages; metrics.
_MODULES = {
    "checks": "checks",
    "languages": "languages",
    "metrics": "metrics",
    "models": "inference.choose",
    "public_prompts": "stages.public_prompts",
}

__all__ = [
    "AYA_23",
    "Answer",
    "ArenaFolder",
    "Builder",
    "Combined",
    "Complete",
    "CrossLingual",
    "Dataset",
    "Evaluation",
    "EvaluationPrompts",
    "Except",
    "Fields",
    "Files",
    "Flag",
    "HubDataset",
    "Identifier",
    "Items",
    "JudgeRater",
    "Language",
    "Marks",
    "Mixture",
    "Model",
    "NamedLayout",
    "OneHot",
    "PairRule",
    "PairwiseJudge",
    "Prompts",
    "Ranking",
    "ReferenceRater",
    "Reject",
    "RelevanceRater",
    "RewardRater",
    "Rounds",
    "Route",
    "Sampling",
    "Scale",
    "Served",
    "Source",
    "SourceRater",
    "SourceShares",
    "Split",
    "Transcript",
    "Translate",
    "Translator",
    "Tree",
    "UserError",
    "Verdict",
    "build",
    "checks",
    "default_chain",
    "evaluate",
    "evaluate_reward_model",
    "languages",
    "layout",
    "load",
    "metrics",
    "models",
    "option",
    "public_prompts",
    "register",
    "score",
    "train",
]


def __getattr__(name: str) -> object:
    value: object
    if name in _MODULES:
        value = import_module(f".{_MODULES[name]}", __name__)
    elif name in _PLACES:
        value = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    else:
        raise AttributeError(f"module 'polypref' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


_moved.install(_MODULES)
