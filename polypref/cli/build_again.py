"""The command that builds a dataset again, as its provenance knows it: to be pasted, with what is new behind it."""

import io
import re
import shlex
from contextlib import redirect_stderr
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import languages
from ..console.redaction import is_secret
from ..errors import UserError
from ..files.hub_names import is_repo_name
from ..files.json_types import Json, JsonObject, mapping_of
from ..files.readers import is_there
from ..languages.options import as_options
from ..languages.registry import is_adopted
from ..pipeline.builder import declare_builder
from ..pipeline.portable import portable
from ..scripting.loading import load_script
from ..scripting.params import from_values
from ..scripting.shipped import builder_names, find_script, shipped_folder

if TYPE_CHECKING:
    from ..release.provenance import Provenance

_FILE = re.compile(r"\.(?:jsonl|ndjson|json|csv|tsv|txt|toml|yaml|yml|parquet)(?:\.gz|\.zst)?$", re.IGNORECASE)
#: What a build changes of what its script declares, and the option that says it again.
_OPTIONS = {"version": "--version", "max_bad": "--max-bad"}
#: What the command says anew, or what stands for nothing that was asked for.
_SAID_ANEW = {"review", "languages", "mixtures", *_OPTIONS}


def build_again(folder: Path, record: "Provenance", *more: str) -> str:
    """The command that builds a dataset again.

    Args:
        folder: of the dataset.
        record: its provenance.
        *more: words that are put behind.

    Returns:
        The command with the script and its options, those alone that are no defaults; `polypref build ...` where the
        provenance does not say them: of a script of somebody's own, of files that are not here, of secrets.
    """
    words = _words(record)
    known = "" if words is None else f" --out {shlex.quote(str(folder))}"
    return f"polypref build {'...' if words is None else words}{known} {shlex.join(more)}".rstrip()


def _words(record: "Provenance") -> str | None:
    """The script and its options; None where they are not known."""
    name = record.card.removesuffix(".md")
    if name not in builder_names() or find_script(name).parent != shipped_folder("builders"):
        return None
    try:
        module = load_script(str(find_script(name)))
        given = _given(module.Params, record.parameters)
        if given is None or not all(_is_here(key, value) for key, value in given.items()):
            return None
        with redirect_stderr(io.StringIO()):  # its notes were said when it was built
            declared = declare_builder(module, from_values(module.Params, given, name))
    except UserError:
        return None
    changes = _changes(mapping_of(portable(declared)), record.settings)
    if changes is None:
        return None
    own = as_options(languages.get(tag) for tag in record.own_languages if is_adopted(tag))
    options = (word for key, value in given.items() for word in _option(key, value))
    return f"{shlex.join([name, *options, *changes])}{own}"


def _given(kind: Any, parameters: JsonObject) -> dict[str, Json] | None:
    """The parameters that are no defaults; None where one is a secret, or none of the script's."""
    known = {one.name: one for one in fields(kind)}
    if parameters.keys() - known.keys():
        return None
    given = {
        name: value
        for name, value in parameters.items()
        if known[name].default is MISSING or value != known[name].default
    }
    return None if any(is_secret(known[name]) for name in given) else given


def _is_here(name: str, value: Json) -> bool:
    """Whether what may be a path leads to something: a provenance holds the last part of a path alone."""
    if not isinstance(value, str) or not (name == "source" or _FILE.search(value)):
        return True
    pattern = Path(value)
    there = is_there(value) or any(pattern.parent.glob(pattern.name or "."))
    return there or (name == "source" and is_repo_name(value))


def _option(name: str, value: Json) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [option if value else f"--no-{name.replace('_', '-')}"]
    return [f"{option}={value}"] if str(value).startswith("-") else [option, str(value)]


def _changes(declared: JsonObject, settings: JsonObject) -> list[str] | None:
    """The options of `polypref build` that make what was built of what is declared; None where others did."""
    built = mapping_of(settings.get("builder"))
    different = {key for key in declared.keys() | built.keys() if declared.get(key) != built.get(key)}
    if different - _SAID_ANEW:
        return None
    words = [word for key in sorted(different & _OPTIONS.keys()) for word in (_OPTIONS[key], str(built[key]))]
    if "languages" in different:
        if not isinstance(tags := built.get("languages"), list) or not tags:
            return None
        words += ["--languages", ",".join(map(str, tags))]
    names = [[str(mapping_of(one).get("name")) for one in _list(of.get("mixtures"))] for of in (declared, built)]
    if names[0] != names[1]:
        words += [word for name in names[1] for word in ("--mixture", name)]
    if settings.get("limit"):
        words += ["--limit", str(settings["limit"])]
    return words


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
