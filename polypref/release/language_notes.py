"""What a dataset's provenance keeps of its languages, and the sentence about those that no detector knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from .. import languages
from ..files.json_types import JsonObject
from ..languages import own
from ..languages.gaps import replaced, unchecked, unmeasured
from ..pipeline.closing import closing
from ..pipeline.run import Built
from ..stages.counts import UnknownLanguage
from .provenance import Provenance


@dataclass(frozen=True)
class LanguageNotes:
    """What a build says of its languages, as Provenance has it.

    Attributes:
        unknown_languages: names in the sources that no language goes by.
        not_language_checked: tags of the dataset whose answers no detector can check.
        own_languages: what the builder script says of languages that it registers, by tag.
    """

    unknown_languages: list[UnknownLanguage]
    not_language_checked: list[str]
    own_languages: JsonObject


def of_build(built: Built) -> LanguageNotes:
    """What is to be kept of the languages of a finished build.

    Args:
        built: the build.

    Returns:
        The notes.
    """
    detectors = [one.identifier.detector for one in built.builder.filters if hasattr(one, "identifier")]
    tags = sorted({tag for quotas in built.mixtures.values() for tag in quotas})
    lacking = [tag for tag in tags if not getattr(languages.get(tag).codes, (detectors or ["py3langid"])[0])]
    registered: JsonObject = {tag: one for tag, one in own.as_record().items() if tag in tags}
    return LanguageNotes(closing(built.read).unknown_languages, lacking, registered)


def sentence(notes: Provenance | LanguageNotes, tags: Iterable[str] = ()) -> str:
    """What a reader must know of languages that no detector knows, those that nobody measured, and those that the
    builder script describes.

    Args:
        notes: a dataset's provenance, or what a build says of its languages.
        tags: the dataset's languages.

    Returns:
        One line without a full stop; empty where there is nothing to say.
    """
    parts = (
        unchecked(notes.not_language_checked),
        unmeasured(tags, notes.own_languages),
        replaced(notes.own_languages),
    )
    return "; ".join(filter(None, parts))
