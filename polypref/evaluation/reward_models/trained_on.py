"""Languages that a reward model was trained on and that the pairs it is tried on lack."""

import json
from collections.abc import Collection
from pathlib import Path

from ..report import formats

#: What `polypref train` writes beside a model.
FILE = "training_provenance.json"


def languages_of_training(model: str) -> dict[str, int]:
    """What a model was trained on, where a folder here says it.

    Args:
        model: its name, or its folder.

    Returns:
        Language -> rows, in order of the tags; nothing where `polypref train` has not made it, or the record is not as
        it was written, which is no reason to try no model.
    """
    try:
        record = json.loads((Path(model) / FILE).read_text("utf-8"))
        return {str(tag): int(one["taken"]) for tag, one in sorted(record["languages"].items()) if one["taken"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def missing_warning(model: str, there: Collection[str]) -> str:
    """A sentence on languages that a model was trained on, and of which there are no pairs.

    Args:
        model: its name, or its folder.
        there: languages of the pairs.

    Returns:
        The sentence; empty where there are pairs of all, or nothing is known.
    """
    missing = {tag: rows for tag, rows in languages_of_training(model).items() if tag not in there}
    if not missing:
        return ""
    named = ", ".join(f"{formats.language_name(tag)} {rows:,} rows" for tag, rows in missing.items())
    return (
        f"The model was trained on {named} ({FILE}), of which there are no pairs here: nothing says how good it is "
        "there."
    )
