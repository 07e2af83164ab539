"""The words of the command line, before a parser reads them: `--config RECIPE` and `--key value`."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ..errors import UserError
from ..files.json_types import JsonObject
from . import recipes


def recipe_of(words: Sequence[str]) -> JsonObject:
    """The values of the recipe that `--config` names.

    Args:
        words: the command line, without the program.

    Returns:
        Values by key, those of its bases among them; none without a recipe.

    Raises:
        UserError: as in `recipes.read_recipe`.
    """
    name = word_of(words, "config")
    return {} if name is None else recipes.read_recipe(name)


def word_of(words: Sequence[str], name: str) -> str | None:
    """The value of --name VALUE or --name=VALUE; the last one counts, as argparse has it.

    Args:
        words: the command line.
        name: without hyphens.

    Returns:
        The value; None without one.

    Raises:
        UserError: nothing stands behind the name.
    """
    value = None
    for at, word in enumerate(words):
        if word == f"--{name}":
            if at + 1 == len(words):
                raise UserError(f"--{name} has no value")
            value = words[at + 1]
        elif word.startswith(f"--{name}="):
            value = word.split("=", 1)[1]
    return value


def words_without(words: Sequence[str], name: str) -> list[str]:
    """The words but --name VALUE and --name=VALUE.

    Args:
        words: the command line.
        name: without hyphens.

    Returns:
        The others, in order.
    """
    kept = []
    rest = iter(words)
    for word in rest:
        if word == f"--{name}":
            next(rest, None)
        elif not word.startswith(f"--{name}="):
            kept.append(word)
    return kept


def program() -> str:
    """What the user has called.

    Returns:
        The script, or the command that runs it.
    """
    name = Path(sys.argv[0]).name
    return name if name == "train.py" else "polypref train"


def refuse_option(message: str) -> NoReturn:
    """Makes one sentence of what argparse has against a key.

    Args:
        message: of argparse.

    Raises:
        UserError: always.
    """
    # A key of the command line is one of Python and of a recipe too.
    sentence = re.sub(r"^argument --([\w]+)(?:/--[\w-]+)*: ", r"\1: ", " ".join(message.split()))
    raise UserError(f"{sentence}; {program()} --help-all lists the keys")
