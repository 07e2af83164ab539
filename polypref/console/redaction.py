"""Text without secrets: what may be printed, logged or published.

A secret is known by the name that it stands under (`looks_secret`), by its value, where an environment variable or a
parameter of such a name holds it (`remember`), or by its shape. A value is found as it is and as JSON, addresses, HTML,
base64 and hexadecimal digits write it.
"""

import html
import json
import logging
import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import Field
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote, quote_plus

Setting: TypeAlias = Any
"""A setting of whatever type: builder scripts may put any there."""
STARS = "***"
_SHORTEST = 6  # a shorter value is a flag or a number, and would cut up ordinary words
_SECRET = (
    *(
        "passphrase",
        "pass",
        "creds",
        "pwd",
        "pat",
        "bearer",
        "apikey",
        "auth",
        "authorization",
        "authentication",
        "signature",
    ),
    *("sig", "token", "key", "accesskey", "secretkey"),
    *("cookie", "cookies", "jwt", "dsn", "session"),
)
# After such a word a name says where a secret is, or how much of something there is.
_NO_SECRET = (
    *("path", "file", "dir", "folder", "sock", "socket", "url", "uri", "endpoint", "env", "name", "type"),
    *("mode", "ttl", "timeout", "count", "ids", "limit", "budget", "length", "level", "index", "ratio"),
    *("region", "profile", "output", "version"),
)
# Before `token`: what a model, or polypref's own reasons, call so.
_OF_MODELS = (
    *("pad", "eos", "bos", "sep", "cls", "mask", "unk", "image", "stop", "start", "end", "special", "next"),
    *("max", "min", "new", "template"),
)
# Values that cut up ordinary texts and keep nothing secret.
_COMMON = (
    *("true", "false", "none", "null", "yes", "default", "enabled", "disabled", "required", "optional"),
    *("empty", "dummy", "placeholder", "changeme", "example", "unknown", "always", "never", "local"),
    "localhost",
)
_known: set[str] = set()


class Public(str):
    """A text that stands under a name like that of a secret and is none: its author said so."""


@lru_cache(maxsize=10_000)
def looks_secret(name: str) -> bool:
    """Whether something of this name is a secret: `openai_key`, `githubPat`, `X-Amz-Signature`, `AWS_...`.

    Args:
        name: of a setting, variable, header or option, in any spelling.

    Returns:
        Whether its value is to be starred out.
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    # Of several keys a name says which: `openai_key_2`, `token2`.
    words = [word for word in re.split(r"[^a-z0-9]+", parted.lower().rstrip("_-.0123456789")) if word]
    if any(part in word for word in words for part in ("secret", "password", "passwd", "credential")):
        return True
    if not words or words in (["key"], ["pwd"], ["pass"]) or words[-1] in _NO_SECRET:
        return False
    if words[0] == "aws":
        return words != ["aws"]
    # What a desktop calls the kind of its session, `ubuntu` or `plasma`.
    if words[-2:] == ["desktop", "session"]:
        return False
    if words[-1] == "id" and not {"key", "secret", "session"} & set(words[:-1]):
        return False
    if words[-2:] in (["api", "keys"], ["access", "keys"], ["private", "keys"]):
        return True
    if words[-1].endswith("token"):
        return not (len(words) > 1 and words[-2] in _OF_MODELS)
    return (
        words[-1] in _SECRET
        or words[-1].endswith(("apikey", "sessionid", "sessid"))
        or bool({"token", "pat", "apikey"} & set(words[:-1]))
        or words[-2:] in (["key", "id"], ["session", "id"])
    )


def remember_secret(*values: object) -> None:
    """Makes values secret wherever they occur from now on, as those of a parameter that is one."""
    _known.update(value for value in map(str, values) if _is_value(value))


def forget_values(text: str) -> str:
    """A text in which remembered values are stars; what stands for settings must not change with a key.

    Args:
        text: settings as text.

    Returns:
        The text, with *** for each value.
    """
    return _without(text, _known)


def _is_value(value: str) -> bool:
    return len(value.strip()) >= _SHORTEST and value.strip().lower() not in _COMMON


def _values(more: Iterable[str | None]) -> set[str]:
    named = {value for name, value in os.environ.items() if looks_secret(name)}
    return {one for one in {*named, *_known, *(value or "" for value in more)} if _is_value(one)}


@lru_cache(maxsize=1_000)
def _forms(value: str) -> tuple[str, ...]:
    """A secret as it is and as others write it, the longest first."""
    data = value.encode("utf-8", "surrogateescape")
    forms = {value, value.strip(), " ".join(value.split()), quote(data, safe=""), quote(data), quote_plus(data)}
    forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value), data.hex()}
    forms |= {repr(value)[1:-1], *(line for line in value.splitlines() if len(line) >= 20)}
    for offset in range(3):
        # Inside of something longer, as in `user:password`, base64 depends on where the secret begins.
        for encode in (b64encode, urlsafe_b64encode):
            inner = encode(b"\0" * offset + data).decode().rstrip("=")
            begin = (0, 2, 3)[offset]
            forms.add(inner[begin : len(inner) - (0 if (offset + len(data)) % 3 == 0 else 1)])
    return tuple(sorted((one for one in forms if len(one) >= _SHORTEST), key=lambda one: (-len(one), one)))


def _without(text: str, values: Iterable[str]) -> str:
    forms = {form for value in values for form in _forms(value)}
    for form in sorted(forms, key=lambda one: (-len(one), one)):
        if form in text:
            text = text.replace(form, STARS)
    return text


# What the Hub's own settings and packages are called.
_HF_WORDS = "cache|config|datasets?|endpoint|home|models?|repo|token|transfer"
# Tokens of the Hub and others by their first letters, signed tokens, a user and password in an address, what stands
# after Authorization or the word Bearer, cookies.
_SHAPES = (
    (re.compile(rf"\bhf_(?!(?:{_HF_WORDS})(?![A-Za-z0-9]))[A-Za-z0-9]{{4,}}"), STARS),
    (re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}"), STARS),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AIza|AKIA|ASIA)[A-Za-z0-9_-]{12,}"), STARS),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"), STARS),
    (re.compile(r"://[^/\s]+@"), f"://{STARS}@"),
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:[A-Za-z][\w-]*[ \t]+)?)[^\"'\r\n,;}]+"),
        rf"\1{STARS}",
    ),
    (re.compile(r"(?i)\b((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)(?=[\w.-]+=)[^\"'\r\n]+"), rf"\1{STARS}"),
    (re.compile(r"\b([Bb]earer)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {STARS}"),
    (re.compile(r"\b(Basic)\s+(?=[A-Za-z._~+/=-]*[0-9=])[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {STARS}"),
)
# name=value, "name": "value", --name value, ?name=value; and header: value where the name begins with x-.
_NAMED = re.compile(
    r"""(?P<before>(?:
          (?P<mark>["'])(?P<quoted>[A-Za-z_][\w.-]{0,80})(?P=mark)\s*[:=]\s*
        | (?P<option>--[A-Za-z][\w-]{0,80})(?:=|\s+)
        | (?P<query>[?&;](?:amp;)?[A-Za-z_][\w.%-]{0,80})=
        | \b(?P<plain>[A-Za-z_][\w-]{0,80})\s?=\s?
        | \b(?P<header>[Xx]-[\w-]{1,80}|[Aa]pi-[Kk]ey)\s*:\s*
      )["']?)(?P<value>[^\s"'&;,(){}\[\]<>*|]{4,})""",
    re.VERBOSE,
)


def _star_value(match: "re.Match[str]") -> str:
    name = next(one for one in (match[n] for n in ("quoted", "option", "query", "plain", "header")) if one)
    bare = name.lstrip("-?&;").removeprefix("amp;")
    if bare.lower().endswith("authorization"):
        return match[0]  # its scheme stays, and what follows is stars already
    counted = match["quoted"] is not None and match["before"][-1] not in "\"'" and _is_count(bare, match["value"])
    if counted or match["value"].strip("`.").lower() in _NO_VALUES:
        return match[0]
    secret = looks_secret(bare) or (match["query"] is not None and bare.lower() == "key")
    taken = secret and not match["value"].startswith(("$", "os.", "--"))
    return f"{match['before']}{STARS}" if taken else match[0]


_NO_VALUES = frozenset({"true", "false", "none", "null"})
_COUNT = re.compile(r"-?\d{1,9}(?:\.\d+)?(?:e[+-]?\d+)?")
_WORDS_OF_SECRETS = re.compile("secret|pass|pwd|credential|auth", re.IGNORECASE)


def _is_count(name: str, value: str) -> bool:
    """Whether a number says how much there is of something, as `"no_key": 12` does: no key is one of so few digits."""
    return bool(_COUNT.fullmatch(value)) and not _WORDS_OF_SECRETS.search(name) and value not in _known


def redact_text(text: str, *secrets: str | None) -> str:
    """The text with *** for tokens, passwords in addresses, the given secrets, and values known to be secret.

    Args:
        text: what is to be shown.
        *secrets: values that are secret here, whatever they look like.

    Returns:
        The text, fit to be printed or published.
    """
    return _starred(text, _values(secrets))


def _starred(text: str, values: set[str]) -> str:
    text = _without(text, values)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return _NAMED.sub(_star_value, text)


def guard_logs(*names: str) -> None:
    """Redacts what the libraries of these names log: their messages hold addresses."""
    for name in names:
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(_redact_record)


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact_text(record.getMessage()), ()
    return True


def is_secret(field: Field[Setting]) -> bool:
    """Whether a dataclass's field holds a secret: its metadata says so (`secret`), else its name.

    Args:
        field: of a dataclass.

    Returns:
        Whether its value is to be starred out.
    """
    marked = field.metadata.get("secret")
    return looks_secret(field.name) if marked is None else bool(marked)


def shown(field: Field[Setting], value: Setting) -> Setting:
    """A field's value as settings may say it: stars for a secret, and a mark on a text that is none though named so.

    The secret's value is remembered.

    Args:
        field: of a dataclass.
        value: what it holds.

    Returns:
        *** for a secret that is not empty; a `Public` for a text that only looks like one; else the value.
    """
    if not isinstance(value, (str, int, float)) or isinstance(value, bool) or not looks_secret(field.name):
        if not (value and field.metadata.get("secret")):
            return value
        remember_secret(*([value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []))
        return STARS
    if is_secret(field):
        remember_secret(value)
        return STARS if value not in ("", 0) else value
    return Public(value) if isinstance(value, str) else value


def redacted(value: Setting) -> Setting:
    """Plain values (dicts, lists, strings) with every string redacted, and what stands under a secret's name gone.

    Args:
        value: mappings, lists, texts and numbers.

    Returns:
        The same with stars; nothing is changed in place.
    """
    return _redacted(value, _values(()))


def _redacted(value: Setting, values: set[str]) -> Setting:
    if isinstance(value, Mapping):
        return {key: STARS if _is_secret(str(key), one) else _redacted(one, values) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(one, values) for one in value]
    return _starred(value, values) if isinstance(value, str) else value


def _is_secret(name: str, value: Setting) -> bool:
    plain = isinstance(value, (str, int, float)) and not isinstance(value, (bool, Public)) and value not in ("", 0)
    counted = plain and not isinstance(value, str) and _is_count(name, repr(value))
    return plain and not counted and looks_secret(name)
