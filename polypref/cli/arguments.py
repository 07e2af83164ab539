"""What the commands' parsers share."""

import argparse
from typing import Any, NoReturn, TypeAlias

from ..errors import UserError


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence; options are not guessed from their first letters."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UserError, instead of printing the usage and ending the process."""
        raise UserError(f"{message}; see {self.prog} --help")


#: What a command adds its own parser to.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def positive_number(text: str) -> int:
    """An option's number of at least 1."""
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of at least 1")
    return value


def share(text: str) -> float:
    """An option's share, from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share between 0 and 1")
    return value


def language_tags(text: str | None) -> list[str] | None:
    """The tags that --languages names; None where it is not given."""
    from .. import languages

    if text is None:
        return None
    tags = [languages.resolve(tag.strip()).tag for tag in text.split(",") if tag.strip()]
    if not tags:
        raise UserError("--languages names no language; give tags, as in --languages de,fr")
    return tags
