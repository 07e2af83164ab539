"""The tables of evaluation sets, baselines and benchmarks that come with polypref, in polypref/data/evaluation."""

import tomllib

from ...errors import UserError
from ...files.json_types import JsonObject
from ...files.packaged import packaged_text


def read_packaged(name: str) -> JsonObject:
    """Reads a table of polypref/data/evaluation.

    Args:
        name: of the file, as in `sets.toml`.

    Returns:
        What the file holds.

    Raises:
        UserError: somebody's change made it something else than TOML.
    """
    try:
        return tomllib.loads(packaged_text("evaluation", name))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{shown(name)} is no TOML ({error}); mend it, or install polypref again") from None


def shown(name: str) -> str:
    """Names such a file in a message.

    Args:
        name: of the file.

    Returns:
        Its path in the project.
    """
    return f"polypref/data/evaluation/{name}"
