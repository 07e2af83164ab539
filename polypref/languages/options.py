"""Languages that an option of a command adds: `qu=Quechua`, or in braces the keys that a language's file may have."""

import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace

from ..errors import UserError
from ..files.json_types import Json, JsonObject
from ..files.yaml_reader import read_yaml
from . import files, registry
from .facts import DetectorCodes, Language
from .suggestions import OPTION
from .tags import parse_tag

# Scripts that are written from right to left, and those whose words no spaces separate (see `benchmarks/languages`).
_RIGHT_TO_LEFT = frozenset(
    (
        "Adlm",
        "Arab",
        "Aran",
        "Hebr",
        "Mand",
        "Mend",
        "Nkoo",
        "Rohg",
        "Samr",
        "Syrc",
        "Syre",
        "Syrj",
        "Syrn",
        "Thaa",
        "Yezi",
    )
)
_UNSPACED = frozenset(("Hans", "Hant", "Hani", "Jpan", "Khmr", "Laoo", "Mymr", "Thai", "Tibt"))
# The first fields of a Language, which a script gives by their places.
_NAMES = ("tag", "name", "native_name", "iso639_3", "scripts")
_ISO639_3 = re.compile("[a-z]{3}")


def described(words: Iterable[str]) -> dict[str, JsonObject]:
    """Reads what somebody writes behind the option.

    Args:
        words: a text for each time that the option is given: TAG=NAME, or TAG={name: NAME, scripts: [CODE], ...}.

    Returns:
        tag -> the keys of a language's file, as `own.register_all` takes them; a language that is known by that name
        without the option is left out.

    Raises:
        UserError: a text has another form, one tag stands in two of them, the script of a language is not known, or
            the tag is that of a language with another name.

    >>> described(["qu=Quechua"])["qu"]["scripts"]
    ['Latn']
    """
    languages: dict[str, JsonObject] = {}
    seen: set[str] = set()
    for text in words:
        tag, given = _taken_apart(text)
        if tag in seen:
            raise UserError(f"{OPTION} names {tag} twice; name each language once")
        seen.add(tag)
        if isinstance(given, str) and _is_known(tag, given, text):
            continue
        keys: Mapping[str, Json] = {"name": given} if isinstance(given, str) else given
        languages[tag] = _whole(tag, keys, text)
    return languages


def as_options(languages: Iterable[Language]) -> str:
    """Writes languages as a command takes them.

    Args:
        languages: some that no polypref knows by itself.

    Returns:
        the option for each, with a blank before it; empty for none.

    >>> as_options([Language("qu", "Quechua", "Quechua", "que", ("Latn",))])
    ' --language-name qu=Quechua'
    """
    return "".join(f" {OPTION} {shlex.quote(_written(one))}" for one in languages)


def in_script(language: Language) -> str:
    """Writes the line of a builder script that makes a language known.

    Args:
        language: one that no polypref knows by itself.

    Returns:
        a call of `languages.register`; what is more than names and scripts stands on lines of its own.

    >>> in_script(Language("qu", "Quechua", "Quechua", "que", ("Latn",)))
    'languages.register(languages.Language("qu", "Quechua", "Quechua", "que", ("Latn",)))'
    """
    unlabelled = replace(language, codes=DetectorCodes())
    if files.with_labels(unlabelled) == language:
        language = unlabelled
    names = (language.tag, language.name, language.native_name, language.iso639_3, language.scripts)
    first = ", ".join(map(_in_python, names))
    rest = _keywords(language, _NAMES)
    if not rest:
        return f"languages.register(languages.Language({first}))"
    lines = "".join(f"        {one},\n" for one in (first, *rest))
    return f"languages.register(\n    languages.Language(\n{lines}    )\n)"


def _keywords(value: object, without: Collection[str] = ()) -> list[str]:
    """The fields of a language, or of a part of one, that are not as they are where nobody says anything."""
    assert is_dataclass(value)
    written = []
    for one in fields(value):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        if one.name not in without and (held := getattr(value, one.name)) != default:
            written.append(f"{one.name}={_in_python(held)}")
    return written


def _in_python(value: object) -> str:
    """Anything that a language holds, as a script declares it."""
    if is_dataclass(value) and not isinstance(value, type):
        return f"languages.{type(value).__name__}({', '.join(_keywords(value))})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_in_python(key)}: {_in_python(held)}' for key, held in value.items())}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_in_python, value))}{',' * (len(value) == 1)})"
    return json.dumps(value, ensure_ascii=not value.isprintable()) if isinstance(value, str) else repr(value)


def _taken_apart(text: str) -> tuple[str, str | JsonObject]:
    """The tag, in its usual form, and the name or the keys."""
    tag, sign, rest = (part.strip() for part in text.partition("="))
    if not tag or not sign or not rest:
        raise UserError(f"{OPTION} {text[:80]!r}: write TAG=NAME, as in {OPTION} qu=Quechua")
    parsed = parse_tag(tag)
    tag = tag if parsed is None else parsed.forms[0]
    if not rest.startswith("{"):
        return tag, rest
    given = read_yaml(rest, f"{OPTION} {text[:80]!r}")
    if not isinstance(given, dict):
        raise UserError(f"{OPTION} {text[:80]!r}: write {{name: NAME, scripts: [CODE]}} behind {tag}=")
    return tag, given


def _is_known(tag: str, name: str, text: str) -> bool:
    """Whether a language is known by tag and name; one of another name that a dataset brought along gives way."""
    language = registry.find(tag)
    if language is None:
        return False
    if registry.by_name().get(registry.folded(name)) != language:
        if registry.is_adopted(tag):
            return False
        raise UserError(
            f"{OPTION} {text[:80]!r}: {tag} is known, as {language.name}; leave the option out, or give another "
            "language a tag of its own"
        )
    return True


def _whole(tag: str, given: Mapping[str, Json], text: str) -> JsonObject:
    """The keys with those that follow from the tag and from the script."""
    keys = dict(given)
    keys.setdefault("native_name", keys.get("name"))
    keys.setdefault("iso639_3", _code(tag))
    if "scripts" not in keys:
        keys["scripts"] = [_script(tag, str(keys.get("name") or "NAME"), text)]
    scripts = keys["scripts"]
    script = scripts[0] if isinstance(scripts, list) and scripts else ""
    if script in _RIGHT_TO_LEFT:
        keys.setdefault("direction", "rtl")
    if script in _UNSPACED:
        keys.setdefault("spaces", False)
    return keys


def _code(tag: str) -> str:
    """The ISO 639-3 code of a tag; empty where it has none."""
    from langcodes import Language as Tagged

    parsed = parse_tag(tag)
    if parsed is None:
        return ""
    try:
        code = Tagged.get(parsed.language).to_alpha3()
    except LookupError:
        return ""
    return code if _ISO639_3.fullmatch(code) else ""


def _script(tag: str, name: str, text: str) -> str:
    """The script that a tag names, or in which Unicode's CLDR knows its language to be written."""
    from langcodes import Language as Tagged
    from langcodes.data_dicts import LIKELY_SUBTAGS

    parsed = parse_tag(tag)
    if parsed is not None and parsed.script:
        return parsed.script
    if parsed is not None and parsed.language in LIKELY_SUBTAGS:
        return Tagged.get(parsed.language).maximize().script or ""
    example = shlex.quote(f"{tag}={{name: {name}, scripts: [Latn]}}")
    raise UserError(
        f"{OPTION} {text[:80]!r}: in which script {tag} is written is not known here; say it by its ISO 15924 code, as "
        f"in {OPTION} {example}"
    )


def _written(language: Language) -> str:
    """A language as the option takes it: by its name alone where all else follows from the tag."""
    language = files.with_labels(language)
    tag, keys = language.tag, files.as_mapping(language)
    for key in [key for key in keys if key != "name"]:
        fewer = {name: value for name, value in keys.items() if name != key}
        if _is_described(language, fewer):
            keys = fewer
    if list(keys) == ["name"] and not language.name.startswith("{"):
        return f"{tag}={language.name}"
    return f"{tag}={json.dumps(keys, ensure_ascii=False)}"


def _is_described(language: Language, keys: JsonObject) -> bool:
    """Whether the keys, with those that follow from the tag, make the language."""
    try:
        return files.from_mapping(language.tag, _whole(language.tag, keys, ""), OPTION) == language
    except UserError:  # its script does not follow
        return False
