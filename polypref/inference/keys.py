"""API keys: they come from the environment, and go into no file and no message."""

import os

from ..errors import UserError


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
