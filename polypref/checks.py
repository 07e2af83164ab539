"""Every check that a chain may hold: `polypref.checks.LengthBounds(maximum=3000)`.

`polypref checks` lists those of the default chain with their settings; `polypref.default_chain()` makes it.
"""

from .stages.checks.contamination import Contamination
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

__all__ = [
    "Contamination",
    "EncodingDamage",
    "ExactDuplicates",
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
