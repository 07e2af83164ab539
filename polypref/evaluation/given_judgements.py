"""Verdicts that others gave, as a config names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..files.json_types import Json
from ..languages import own
from ..layouts.contract import Layout, RatedLayout
from .config_keys import checked_keys, pairs_of, several
from .inputs.layouts import read_layout
from .settings import HOW, known_keys


@dataclass(frozen=True)
class Judgements:
    """Verdicts that others gave, to be scored as they are; `layout` says which column says what.

    Attributes:
        path, layout: the file.
        pairs: of models, the one asked about first; all that met when empty.
        name: what the file is called as the set.
        judge: who judged: as the config names them, else as the layout does, else as the file is called.
        title: as the report is headed.
        models: whose win-rates are asked for: the first against each of the others, or against all that it met.
        gamed, difficulty: AlpacaEval's tables for its own length control; None for none.
    """

    path: Path
    layout: Layout
    pairs: tuple[tuple[str, str], ...]
    name: str
    judge: str
    title: str
    models: tuple[str, ...] = ()
    gamed: Path | None = None
    difficulty: Path | None = None


def given_judgements(config: Mapping[str, Json]) -> Judgements:
    """Judgements that a config names.

    Args:
        config: as read from YAML, with the key `judgements`.

    Returns:
        Where they are and what reads them; the file is not opened yet.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    names = {"model", "models", "set", "sets", "judge", "judges"}
    takes = {"judgements", "name", "seen", "remarks", own.KEY, *HOW} | names
    # `sample` is what `limit` was called until 0.2, and what an evaluation's folder calls it.
    asking = sorted("limit" if key == "sample" else key for key in config.keys() & (known_keys() - takes))
    if asking:
        raise UserError(
            f"evaluation of given judgements: {asking[0]} says what models or judges are asked, and the verdicts are "
            f"there; leave {asking[0]} out, or judgements"
        )
    checked_keys(config, "evaluation of given judgements", takes)
    own.register_all(config.get(own.KEY) or {}, own.KEY)
    keys = {"path", "layout", "pairs", "name", "set", "judge", "model", "models", "gamed", "difficulty"}
    given = checked_keys(config["judgements"], "judgements", keys)
    if not {"path", "layout"} <= set(given):
        raise UserError("judgements: give path, and layout, which says which column says what")
    if "difficulty" in given and "gamed" not in given:
        raise UserError("judgements: difficulty goes with gamed, AlpacaEval's df_gamed.csv; give both, or neither")
    path, models = Path(str(given["path"])), _names(given, config, "model")
    if models and given.get("pairs"):
        raise UserError("judgements: pairs name the models that are compared, and model does too; give one of them")
    if len(models) > 1 and len(set(models)) < len(models):
        raise UserError(f"judgements: the models {', '.join(models)} name one twice; name each once")
    name = str(given.get("name") or path.stem)
    layout = read_layout(given["layout"])
    rater = layout.stated_rater if isinstance(layout, RatedLayout) else ""
    unnamed = {"set": name, "judge": rater or name}
    called = {what: (_names(given, config, what) or (one,)) for what, one in unnamed.items()}
    for what, several_names in called.items():
        if len(several_names) > 1:
            raise UserError(f"judgements: {', '.join(several_names)} are several names of one {what}; give one")
    return Judgements(
        path,
        layout,
        pairs_of(given),
        called["set"][0],
        called["judge"][0],
        str(config.get("name") or name),
        models,
        *(Path(str(given[key])) if key in given else None for key in ("gamed", "difficulty")),
    )


def _names(given: Mapping[str, Json], config: Mapping[str, Json], what: str) -> tuple[str, ...]:
    """Names that the judgements, or the config beside them, give; those of the judgements go first."""
    listed = several(given, what, f"{what}s") or several(config, what, f"{what}s")
    if wrong := [one for one in listed if not isinstance(one, str) or not one.strip()]:
        raise UserError(f"judgements: {what} is a name here, as the file or the report has it, not {wrong[0]!r:.60}")
    return tuple(str(one).strip() for one in listed)
