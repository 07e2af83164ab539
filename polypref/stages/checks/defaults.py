"""The chain that a build runs unless it says otherwise: what rejects comes first, what flags after."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from ...errors import UserError
from ...scripting.declared import check_fields, nearest
from .contamination import Contamination
from .contract import Check
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


def default_chain(without: Collection[str] = (), **settings: Mapping[str, object]) -> tuple[Check, ...]:
    """The default checks in the order in which they run, cheap ones first among those that reject.

    Args:
        without: names of checks that are left out.
        **settings: a check's name -> settings of it that are not to be the default, as in
            `length_bounds={"maximum": 3000}`. `polypref filters` lists names and settings.

    Returns:
        the checks, for Builder(filters=...).

    Raises:
        UserError: there is no such check, or it has no such setting.
    """
    if isinstance(without, str):
        raise UserError(f"default_chain(without={without!r}): a text; write without=[{without!r}]")
    if not isinstance(without, Collection) or not all(isinstance(name, str) for name in without):
        raise UserError(f"default_chain(without={without!r:.80}): write names of checks, as in without=['refusals']")
    chain = _checks()
    names = list(dict.fromkeys(one.name for one in chain))
    for name in (*without, *settings):
        if name not in names:
            raise UserError(f"default_chain: no check is called '{name}'; {nearest(name, names)}")
    for name, values in settings.items():
        if name in without:
            raise UserError(f"default_chain: '{name}' is left out and given settings; do one of the two")
        if sum(one.name == name for one in chain) > 1:
            raise UserError(
                f"default_chain: '{name}' runs twice, with settings of its own each time; leave it out with "
                f"without=['{name}'] and add your own to the chain"
            )
        chain = [_changed(one, values) if one.name == name else one for one in chain]
    return tuple(one for one in chain if one.name not in without)


def _changed(check: Any, values: Mapping[str, object]) -> Check:
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise UserError(
            f"default_chain({check.name}={values!r:.80}): write settings by name, as in {{'maximum': 3000}}"
        )
    known = [one.name for one in fields(check) if one.init]
    for name in values:
        if name not in known:
            raise UserError(
                f"default_chain: check '{check.name}' has no setting '{name}'; "
                + (nearest(name, known) if known else "it has none")
            )
    changed: Check = replace(check, **values)
    check_fields(changed)
    return changed


def _checks() -> list[Check]:
    return [
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
    ]
