"""The chain that a build runs unless it says otherwise: what rejects comes first, what flags after."""

from .contamination import Contamination
from .contract import Filter
from .damage import EncodingDamage, HtmlRemnants, LeakedPlaceholders, TemplateTokens
from .duplicates import ExactDuplicates
from .information import LowInformation
from .language import Language
from .length import LengthBounds, LengthRatio
from .line_fidelity import LineFidelity
from .near_identical import IdenticalAnswers, NearIdenticalAnswers
from .personal_data import PersonalData
from .refusals import Refusals
from .repetition import RepetitionLoops
from .reviewed import Reviewed
from .scores import RaterSpread, ScoreSanity, SmallMargin
from .translation import TranslationArtefacts
from .truncation import NoSentenceEnd, TruncatedAnswers
from .untranslated import Untranslated


def default_chain() -> tuple[Filter, ...]:
    """Returns the default filters in the order in which they run, cheap ones first among those that reject."""
    return (
        ExactDuplicates(),
        Contamination(),
        LengthBounds(),
        ScoreSanity(),
        SmallMargin(),
        IdenticalAnswers(),
        Language(),
        LineFidelity(),
        TruncatedAnswers(),
        TemplateTokens(),
        HtmlRemnants(roles=("chosen",), action="reject"),
        EncodingDamage(),
        RepetitionLoops(),
        LowInformation(),
        NoSentenceEnd(),
        HtmlRemnants(roles=("prompt",)),
        LeakedPlaceholders(),
        Untranslated(),
        NearIdenticalAnswers(),
        LengthRatio(),
        TranslationArtefacts(),
        RaterSpread(),
        Refusals(),
        PersonalData(),
        Reviewed(),
    )
