"""What reads a file of judgements: a layout by name, of `[fields]`, of columns, or of one's own class."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ... import languages
from ...console.escaping import short_text
from ...errors import UserError
from ...files.delimited import check_separator
from ...files.json_types import Json, JsonObject, mapping_of
from ...layouts import layout as declared
from ...layouts.contract import Keep, Layout, OwnLayout, kept_of_several
from ...layouts.games import BadRows, FieldsLayout
from ...layouts.named import layout, layout_names, layout_of_keys
from ...layouts.single_scores import single_scores
from ...scripting import own_classes
from ...scripting.declared import nearest

#: What a layout by name, or of fields, may say beside of how a file of judgements is read.
_BESIDE = ("language", "separator", "keep", "bad_rows")
#: What a layout by name may say beside: of fields it is a key of their own.
_OF_NAME = (*_BESIDE, "records")
#: What a LAYOUT.toml holds for people alone.
_IN_WORDS = ("about", "better", "seen", "source", "examples", "licence", "notes", "set_notes", "repositories", "advice")

_BAD_ROWS: Mapping[str, BadRows] = {"error": "error", "left_out": "left_out"}
_KEEP: Mapping[str, Keep] = {"error": "error", "first": "first", "last": "last", "mean": "mean"}


def read_layout(given: Json) -> Layout:
    """The layout that a config names.

    Args:
        given: `{name: NAME}`; `{fields: {...}}`, and what else a LAYOUT.toml has; the keys of `DeclaredLayout`, or
            with `form: single` of `SingleScores`; or module:Name, alone or as `kind`.

    Returns:
        what reads the file.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit.
    """
    keys: Mapping[str, Json] = {"kind": given} if isinstance(given, str) else mapping_of(given)
    word = keys.get("kind")
    if isinstance(word, str) and own_classes.names_own_class(word):
        called, kind = f"layout {word}", own_classes.own_class(word, "layout")
        settings = {key: value for key, value in keys.items() if key != "kind"}
        reader = own_classes.instance_of(kind, called, settings)
        own_classes.check_has(reader, called, {"read_games": ("path",)})
        own = OwnLayout(reader, called)
        kept_of_several(own)
        return own
    if not isinstance(given, Mapping):
        raise UserError(f"layout: {short_text(repr(given))} is no mapping of what is said to the column that says it")
    if "kind" in given:
        raise UserError(
            f"layout: kind {short_text(repr(given['kind']))} is no module:Name; leave kind out to name columns"
        )
    if given.get("form") == "single":
        return single_scores(given)
    if "fields" in given or ("name" in given and "form" not in given):
        return _of_fields(given)
    return declared.layout(given)


def _of_fields(given: Mapping[str, Json]) -> FieldsLayout:
    beside = {key: given[key] for key in _BESIDE if given.get(key) is not None}
    name = str(given.get("name") or "of the config")
    if "fields" in given:
        keys = {key: value for key, value in given.items() if key not in (*_BESIDE, *_IN_WORDS, "name")}
        one = layout_of_keys(keys, name, "layout")
    else:
        if unknown := sorted(given.keys() - {"name", *_OF_NAME}):
            raise UserError(f"layout: unknown key {short_text(unknown[0])}; {nearest(unknown[0], ['name', *_OF_NAME])}")
        one = layout(name)
        if given.get("records"):
            one = replace(one, records=str(given["records"]))
    language = str(beside.get("language", "")).removeprefix("=")
    separator, keep = beside.get("separator", ""), _KEEP.get(str(beside.get("keep", "mean")))
    if separator:
        check_separator(str(separator), "layout: separator")
    if keep is None:
        raise UserError(f"layout: keep is error, first, last or mean, not {beside['keep']}")
    bad_rows = _BAD_ROWS.get(str(beside.get("bad_rows", "error")))
    if bad_rows is None:
        raise UserError(f"layout: bad_rows is error or left_out, not {beside['bad_rows']}")
    tag = "" if language in ("", "und") else languages.resolve_at("layout: language", language).tag
    return FieldsLayout(one, tag, str(separator), keep, bad_rows)


def layout_keys(word: str | Path) -> JsonObject | None:
    """The keys of a layout that is named by a word: its name, or its file LAYOUT.toml.

    Args:
        word: as a command line has it.

    Returns:
        what `read_layout` takes, so that it is the same later whatever becomes of the file; None for another word.

    Raises:
        UserError: the file cannot be read, or declares no layout.
    """
    if str(word).endswith(".toml"):
        layout(str(word))
        whole: JsonObject = tomllib.loads(Path(word).read_text("utf-8"))
        return {"name": Path(word).stem} | {
            key: value for key, value in whole.items() if key not in (*_IN_WORDS, "name")
        }
    return {"name": str(word)} if str(word) in layout_names() and not Path(word).is_file() else None
