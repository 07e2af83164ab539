"""Text without secrets: what may be printed, logged or published."""

import logging
import os
import re
from collections.abc import Mapping
from typing import Any

_SECRET_NAME = re.compile(r"(?:^|_)(?:token|secret|password|passwd|api_?key|auth|credentials?)$", re.IGNORECASE)
# A Hub token, an API key, a user and password in an address, and what stands after the word Bearer.
_SHAPES = (
    (re.compile(r"\bhf_[A-Za-z0-9]{4,}"), "***"),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{16,}"), "***"),
    (re.compile(r"://[^/\s]+@"), "://***@"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ***"),
)
_SHORTEST = 8  # a shorter value of a variable is a flag or a number, and would cut up ordinary words


def redact(text: str, *secrets: str | None) -> str:
    """The text with *** for tokens, passwords in addresses, the given secrets, and values of variables named so."""
    values = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    for value in sorted({*values, *(one or "" for one in secrets)}, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def guard_logs(*names: str) -> None:
    """Redacts what the libraries of these names log: their messages hold addresses."""
    for name in names:
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(_redact_record)


def _redact_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage()), ()
    return True


def redacted(value: Any) -> Any:
    """Plain values (dicts, lists, strings) with every string redacted, and a string under a key like api_key gone."""
    if isinstance(value, Mapping):
        return {
            key: "***" if isinstance(one, str) and one and _SECRET_NAME.search(key) else redacted(one)
            for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redacted(one) for one in value]
    return redact(value) if isinstance(value, str) else value
