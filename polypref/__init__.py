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
    from . import checks, languages, layouts, metrics, models
    from .api.building import build
    from .api.datasets import Dataset, load
    from .api.evaluating import Evaluation, evaluate, evaluate_reward_model, score
    from .api.training import train
    from .errors import UserError
    from .inference import Model, Sampling, Served
    from .languages import Language, register
    from .languages.identifier import Identifier
    from .layouts.named import layout
    from .layouts.sources import Answer, Fields, Files, HubDataset, Source, Verdict
    from .pipeline.builder import Builder
    from .raters.acquire import Acquire
    from .raters.aspects import JudgeRater
    from .raters.combined import Combined
    from .raters.feedback import FeedbackRater
    from .raters.given import ReferenceRater, RelevanceRater, SourceRater
    from .raters.letters import LogprobRater
    from .raters.pairwise import PairwiseJudge
    from .raters.reward import RewardRater
    from .raters.sentences import SentenceRelevanceRater
    from .scripting.params import option
    from .stages import public_prompts
    from .stages.balance import Mixture, Split
    from .stages.checks.defaults import default_chain
    from .stages.complete import Complete
    from .stages.pair import PairRule
    from .stages.prompts.index import Prompts
    from .stages.shares import SourceShares
    from .stages.translate import CrossLingual, Translate

__version__ = "0.3.0"

# Module -> the names that it gives.
_NAMES = {
    "api.building": "build",
    "api.datasets": "Dataset load",
    "api.evaluating": "Evaluation evaluate evaluate_reward_model score",
    "api.training": "train",
    "errors": "UserError",
    "inference": "Model Sampling Served",
    "languages": "Language register",
    "languages.identifier": "Identifier",
    "layouts.named": "layout",
    "layouts.sources": "Answer Fields Files HubDataset Source Verdict",
    "pipeline.builder": "Builder",
    "raters.acquire": "Acquire",
    "raters.aspects": "JudgeRater",
    "raters.combined": "Combined",
    "raters.feedback": "FeedbackRater",
    "raters.given": "ReferenceRater RelevanceRater SourceRater",
    "raters.letters": "LogprobRater",
    "raters.pairwise": "PairwiseJudge",
    "raters.reward": "RewardRater",
    "raters.sentences": "SentenceRelevanceRater",
    "scripting.params": "option",
    "stages.balance": "Mixture Split",
    "stages.checks.defaults": "default_chain",
    "stages.complete": "Complete",
    "stages.pair": "PairRule",
    "stages.prompts.index": "Prompts",
    "stages.shares": "SourceShares",
    "stages.translate": "CrossLingual Translate",
}
_PLACES = {name: place for place, names in _NAMES.items() for name in names.split()}
# Names that are modules: every check; languages; what files of special forms need; metrics; whom to ask; prompts that
# are free to use.
_MODULES = {
    "checks": "checks",
    "languages": "languages",
    "layouts": "layouts",
    "metrics": "metrics",
    "models": "models",
    "public_prompts": "stages.public_prompts",
}

__all__ = [
    "Acquire",
    "Answer",
    "Builder",
    "Combined",
    "Complete",
    "CrossLingual",
    "Dataset",
    "Evaluation",
    "FeedbackRater",
    "Fields",
    "Files",
    "HubDataset",
    "Identifier",
    "JudgeRater",
    "Language",
    "LogprobRater",
    "Mixture",
    "Model",
    "PairRule",
    "PairwiseJudge",
    "Prompts",
    "ReferenceRater",
    "RelevanceRater",
    "RewardRater",
    "Sampling",
    "SentenceRelevanceRater",
    "Served",
    "Source",
    "SourceRater",
    "SourceShares",
    "Split",
    "Translate",
    "UserError",
    "Verdict",
    "build",
    "checks",
    "default_chain",
    "evaluate",
    "evaluate_reward_model",
    "languages",
    "layout",
    "layouts",
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
    elif name in _moved.LEFT:
        return _moved.name_that_left(name)
    else:
        raise AttributeError(f"module 'polypref' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


_moved.install(_MODULES)
