"""Every check that a chain may hold: `polypref.checks.LengthBounds(maximum=3000)`.

`Reject` and `Flag` are what a check of one's own says of a row, `EvaluationPrompts` what no training prompt may hold.

`polypref checks` lists those of the default chain with their settings; `polypref.default_chain()` makes it.
"""

from .stages.checks.contamination import Contamination
from .stages.checks.contract import Flag, Reject
from .stages.checks.damage import EncodingDamage, HtmlRemnants, LeakedPlaceholders, TemplateTokens
from .stages.checks.duplicates import ExactDuplicates
from .stages.checks.information import LowInformation
from .stages.checks.language import Language
from .stages.checks.length import LengthBounds, LengthRatio
from .stages.checks.line_fidelity import LineFidelity
from .stages.checks.near_identical import IdenticalAnswers, NearIdenticalAnswers
from .stages.checks.own import FunctionCheck, RegexCheck
from .stages.checks.personal_data import PersonalData
from .stages.checks.refusals import Refusals
from .stages.checks.repetition import RepetitionLoops
from .stages.checks.reviewed import Reviewed
from .stages.checks.scores import RaterSpread, ScoreSanity, SmallMargin
from .stages.checks.second_detector import SecondDetector
from .stages.checks.translation import TranslationArtefacts
from .stages.checks.truncation import NoSentenceEnd, TruncatedAnswers
from .stages.checks.untranslated import Untranslated
from .stages.prompts.evaluation_overlap import EvaluationPrompts

__all__ = [
    "Contamination",
    "EncodingDamage",
    "EvaluationPrompts",
    "ExactDuplicates",
    "Flag",
    "FunctionCheck",
    "HtmlRemnants",
    "IdenticalAnswers",
    "Language",
    "LeakedPlaceholders",
    "LengthBounds",
    "LengthRatio",
    "LineFidelity",
    "LowInformation",
    "NearIdenticalAnswers",
    "NoSentenceEnd",
    "PersonalData",
    "RaterSpread",
    "Refusals",
    "RegexCheck",
    "Reject",
    "RepetitionLoops",
    "Reviewed",
    "ScoreSanity",
    "SecondDetector",
    "SmallMargin",
    "TemplateTokens",
    "TranslationArtefacts",
    "TruncatedAnswers",
    "Untranslated",
]
