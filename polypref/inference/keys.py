"""API keys: they come from the environment, and go into no file and no message."""

import os
import re

from ..console.redaction import STARS, redact_text
from ..errors import UserError

_PATH = re.compile("[/?#]")


def api_key(variable: str) -> str | None:
    """The API key that an environment variable holds.

    Args:
        variable: its name.

    Returns:
        The key; None where the variable is empty or not there.

    Raises:
        UserError: no key can look so.
    """
    key = os.environ.get(variable, "").strip()
    if not key.isascii() or not key.isprintable():
        raise UserError(f"the API key in {variable} holds characters that no key has; set it anew")
    return key or None


def without_keys(way: str) -> str:
    """What was given as an address, as far as it can hold no key: its scheme and host.

    Args:
        way: what was given.

    Returns:
        It, with stars for the rest.

    Example:
        >>> without_keys("ftp://me:secret@host/v1?key=secret")
        '***@host/***'
    """
    # An address without its scheme is what people mistype; a password may stand before its @, a key in its path.
    before, mark, rest = way.rpartition("@")
    scheme, colons, rest = rest.rpartition("://")
    host, *path = _PATH.split(rest, maxsplit=1)
    return redact_text(f"{STARS * bool(before)}{mark}{scheme}{colons}{host}{'/' + STARS if path and path[0] else ''}")
