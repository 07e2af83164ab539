"""What a dataset's provenance keeps of its languages, and the sentence about those that no detector knows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import languages
from ..languages import own
from ..languages.gaps import unchecked

if TYPE_CHECKING:
    from ..pipeline.run import Built


def of_build(built: "Built") -> dict[str, Any]:
    """The keys of provenance.json about languages; only those that say something.

    Args:
        built: a finished build.

    Returns:
        unknown_languages: names in the sources that no language goes by (rows of {name, rows, nearest});
        not_language_checked: tags of the dataset whose answers no detector can check;
        own_languages: what the builder script says of languages that it registers.
    """
    detectors = [one.identifier.detector for one in built.builder.filters if hasattr(one, "identifier")]
    tags = sorted({tag for quotas in built.mixtures.values() for tag in quotas})
    lacking = [tag for tag in tags if not getattr(languages.get(tag).codes, (detectors or ["py3langid"])[0])]
    found = {
        "unknown_languages": (built.read.done or {}).get("unknown_languages"),
        "not_language_checked": lacking,
        own.KEY: {tag: one for tag, one in own.as_record().items() if tag in tags},
    }
    return {key: value for key, value in found.items() if value}


def sentence(record: Mapping[str, Any]) -> str:
    """What a reader must know of languages that no detector knows; empty where there are none."""
    return unchecked(map(str, record.get("not_language_checked") or ()))
