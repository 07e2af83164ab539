"""polypref: multilingual preference datasets, from prompts to a published version.

    import polypref

    polypref.build("quickstart", "build/quickstart").load("ml-5", split="train")

All that a builder script needs is a name of this module; `dir(polypref)` lists them. Each is loaded when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import _moved

if TYPE_CHECKING:
    from . import languages as languages
    from . import metrics as metrics
    from .api import checks as checks
    from .api.building import build as build
    from .api.datasets import Dataset as Dataset
    from .api.datasets import load as load
    from .api.evaluating import Evaluation as Evaluation
    from .api.evaluating import evaluate as evaluate
    from .api.evaluating import evaluate_reward_model as evaluate_reward_model
    from .api.evaluating import score as score
    from .api.training import train as train
    from .errors import UserError as UserError
    from .inference import Model as Model
    from .inference import Sampling as Sampling
    from .inference import Served as Served
    from .inference import choose as models
    from .languages import AYA_23 as AYA_23
    from .languages import Language as Language
    from .languages import register as register
    from .languages.identifier import Identifier as Identifier
    from .layouts.sources import Answer as Answer
    from .layouts.sources import ArenaFolder as ArenaFolder
    from .layouts.sources import Fields as Fields
    from .layouts.sources import Files as Files
    from .layouts.sources import HubDataset as HubDataset
    from .layouts.sources import Source as Source
    from .layouts.sources import Verdict as Verdict
    from .pipeline.builder import Builder as Builder
    from .raters.aspects import JudgeRater as JudgeRater
    from .raters.combined import Combined as Combined
    from .raters.given import ReferenceRater as ReferenceRater
    from .raters.given import RelevanceRater as RelevanceRater
    from .raters.given import SourceRater as SourceRater
    from .raters.pairwise import PairwiseJudge as PairwiseJudge
    from .raters.reward import RewardRater as RewardRater
    from .scripting.params import option as option
    from .stages import public_prompts as public_prompts
    from .stages.balance import Mixture as Mixture
    from .stages.balance import Split as Split
    from .stages.checks.contract import Flag as Flag
    from .stages.checks.contract import Reject as Reject
    from .stages.checks.defaults import default_chain as default_chain
    from .stages.complete import Complete as Complete
    from .stages.complete import Route as Route
    from .stages.pair import PairRule as PairRule
    from .stages.prompts.index import Prompts as Prompts
    from .stages.translate import CrossLingual as CrossLingual
    from .stages.translate import Translate as Translate
    from .stages.translate import Translator as Translator

__version__ = "0.2.0"

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
    "layouts.sources": "Answer ArenaFolder Fields Files HubDataset Source Verdict",
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
    "stages.prompts.index": "Prompts",
    "stages.translate": "CrossLingual Translate Translator",
}
_PLACES = {name: place for place, names in _NAMES.items() for name in names.split()}
# Names that are modules: every check; whom to ask; prompts that are free to use; languages; metrics.
_MODULES = {
    "checks": "api.checks",
    "languages": "languages",
    "metrics": "metrics",
    "models": "inference.choose",
    "public_prompts": "stages.public_prompts",
}

__all__ = sorted((*_PLACES, *_MODULES))  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = import_module(f".{_MODULES[name]}", __name__)
    elif name in _PLACES:
        value = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    else:
        raise AttributeError(f"module 'polypref' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_moved.install()
