"""What comes with polypref beside the package: builder scripts, their cards, the training entrypoint, recipes.

In a clone these are the folders at its root; a wheel holds copies of them in `polypref/_shipped`.
"""

import json
import shlex
from pathlib import Path

from ..console.escaping import one_line
from ..errors import UserError
from .spelling import closest_name

#: Values of options that say nothing, and characters of all of them in a sentence.
_UNSAID, _LONGEST = ("", "auto", "unknown"), 300
_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder(name: str) -> Path:
    """One of the folders that come with polypref.

    Args:
        name: builders, dataset_cards or training.

    Returns:
        The folder, in the wheel or at the root of the clone.

    Raises:
        UserError: the installation is not whole.
    """
    clone = _PACKAGE.parent
    places = [_PACKAGE / "_shipped" / name, *([clone / name] if (clone / "pyproject.toml").is_file() else [])]
    for place in places:
        if place.is_dir():
            return place
    raise UserError(f"this installation of polypref lacks its {name}; install it anew, from a wheel or a clone")


def builder_names() -> list[str]:
    """Names of the builder scripts that come with polypref.

    Returns:
        Bare names, sorted.
    """
    return sorted(path.stem for path in shipped_folder("builders").glob("*.py"))


def _options_of(folder: Path) -> str:
    """The options of the script that built a dataset, as its provenance has them: of paths the last part alone."""
    try:
        record = json.loads((folder / "provenance.json").read_text("utf-8"))
        given = [(key, one) for key, one in record["parameters"].items() if isinstance(one, str) and one not in _UNSAID]
        given += [("language_name", f"{tag}={one['name']}") for tag, one in record.get("own_languages", {}).items()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    words = " ".join(f"--{key.replace('_', '-')} {shlex.quote(value)}" for key, value in given)
    return f" ({one_line(words[:_LONGEST])}{' ...' * (len(words) > _LONGEST)})" if words else ""


def find_script(name: str) -> Path:
    """A builder script by its path, or by its bare name where it comes with polypref.

    Args:
        name: as in `mine.py`, `builders/mine.py` or `aya_preferences`.

    Returns:
        Its path. A file that is here goes before one of the same name that comes with polypref.

    Raises:
        UserError: there is none.
    """
    path = Path(name)
    if path.is_file():
        return path
    bare = path.parent == Path() and path.suffix in ("", ".py")
    names = builder_names()
    if bare and path.stem in names:
        return shipped_folder("builders") / f"{path.stem}.py"
    if (script := path.with_name(f"{path.name}.py")).is_file():
        raise UserError(f"no builder script at {name}; did you mean {script}? It is here")
    if (path / "provenance.json").is_file():
        raise UserError(
            f"{name} is a dataset, and no builder script: give the script that built it, or the name of one that comes "
            f"with polypref, as in polypref build pairs, with the options of then{_options_of(path)} and --out {name}; "
            "nothing is read or asked for again that is in there, and a review is taken up (--review)"
        )
    near = closest_name(path.stem, names) if bare else ""
    meant = f"did you mean {near}? " if near else ""
    raise UserError(
        f"no builder script at {name}; {meant}give the path of a .py file (its options stand after it; params= in "
        f"Python), or the name of one that comes with polypref: {', '.join(names)}"
    )
