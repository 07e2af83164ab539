"""Verdicts that others gave, as a config names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..files.json_types import Json
from ..languages import own
from ..layouts.contract import Layout
from .config_keys import checked_keys, pairs_of
from .inputs.layouts import read_layout
from .settings import HOW, known_keys


@dataclass(frozen=True)
class Judgements:
    """Verdicts that others gave, to be scored as they are; `layout` says which column says what.

    Attributes:
        path, layout: the file.
        pairs: of models, the one asked about first; all that met when empty.
        name: what the file is called: as the set, and as the judge.
        title: as the report is headed.
    """

    path: Path
    layout: Layout
    pairs: tuple[tuple[str, str], ...]
    name: str
    title: str


def given_judgements(config: Mapping[str, Json]) -> Judgements:
    """Judgements that a config names.

    Args:
        config: as read from YAML, with the key `judgements`.

    Returns:
        Where they are and what reads them; the file is not opened yet.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    takes = {"judgements", "name", "seen", "remarks", own.KEY, *HOW}
    # `sample` is what `limit` was called until 0.2, and what an evaluation's folder calls it.
    asking = sorted("limit" if key == "sample" else key for key in config.keys() & (known_keys() - takes))
    if asking:
        raise UserError(
            f"evaluation of given judgements: {asking[0]} says what models or judges are asked, and the verdicts are "
            f"there; leave {asking[0]} out, or judgements"
        )
    checked_keys(config, "evaluation of given judgements", takes)
    own.register_all(config.get(own.KEY) or {}, own.KEY)
    given = checked_keys(config["judgements"], "judgements", {"path", "layout", "pairs", "name"})
    if not {"path", "layout"} <= set(given):
        raise UserError("judgements: give path, and layout, which says which column says what")
    path = Path(str(given["path"]))
    name = str(given.get("name") or path.stem)
    return Judgements(path, read_layout(given["layout"]), pairs_of(given), name, str(config.get("name") or name))
