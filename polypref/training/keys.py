"""The keys that a method takes, and the first one given that is none of them.

Loading TRL takes many seconds, so its keys are read from its source first: they are the fields of dataclasses.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ..errors import UserError
from ..files.json_types import Json
from ..scripting.own_classes import did_you_mean
from .command_words import program, word_of

#: Method -> names of TRL's trainer and settings.
METHODS = {
    "dpo": ("DPOTrainer", "DPOConfig"),
    "kto": ("KTOTrainer", "KTOConfig"),
    "reward": ("RewardTrainer", "RewardConfig"),
    "rloo": ("RLOOTrainer", "RLOOConfig"),
    "sft": ("SFTTrainer", "SFTConfig"),
}
# Where classes are that a module of TRL's has from a package and not from a module.
_MODULES = {"TrainingArguments": "transformers.training_args"}


class _UnknownForm(Exception):
    """A source is written in a form that is not known here."""


@cache
def keys_of(method: str) -> frozenset[str]:
    """TRL's keys for a method and for the model, without loading TRL.

    Args:
        method: one of `METHODS`.

    Returns:
        Keys with underscores; none where TRL's source is not as it is known here.
    """
    try:
        settings = _fields(f"trl.trainer.{method}_config", METHODS[method][1])
        return frozenset({*settings, *_fields("trl.trainer.model_config", "ModelConfig")})
    except (_UnknownForm, OSError, SyntaxError, ValueError, ImportError):
        return frozenset()


def _fields(module: str, name: str) -> Iterator[str]:
    """The fields that a dataclass is made with, those of its bases first."""
    tree = ast.parse(_source_of(module).read_text("utf-8"))
    kind = next((one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name), None)
    if kind is None:
        raise _UnknownForm(f"{module} has no class {name}")
    for base in kind.bases:
        if not isinstance(base, ast.Name):
            raise _UnknownForm(f"a base of {name} has no plain name")
        yield from _fields(_module_of(base.id, tree, module), base.id)
    for one in kind.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and _is_given(one):
            yield one.target.id


def _source_of(module: str) -> Path:
    """The file of a module, found without importing the package that it is in."""
    package, *rest = module.split(".")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise _UnknownForm(f"no package {package}")
    return Path(spec.submodule_search_locations[0], *rest).with_suffix(".py")


def _module_of(name: str, tree: ast.Module, module: str) -> str:
    """The module that has a class, which another one imports or has itself."""
    if name in _MODULES:
        return _MODULES[name]
    for one in tree.body:
        if isinstance(one, ast.ImportFrom) and name in [alias.asname or alias.name for alias in one.names]:
            folder = module.split(".")[: -one.level] if one.level else []
            return ".".join([*folder, *([one.module] if one.module else [])])
    return module


def _is_given(one: ast.AnnAssign) -> bool:
    """Whether a field is set when the dataclass is made."""
    if "ClassVar" in ast.unparse(one.annotation):
        return False
    if not isinstance(one.value, ast.Call):
        return True
    return not any(
        word.arg == "init" and isinstance(word.value, ast.Constant) and word.value.value is False
        for word in one.value.keywords
    )


def given_keys(words: Sequence[str]) -> list[str]:
    """The keys that a command line gives, which TRL takes with hyphens too.

    Args:
        words: the command line, without the program.

    Returns:
        With underscores, in order.
    """
    return [word.partition("=")[0].removeprefix("--").replace("-", "_") for word in words if word.startswith("--")]


def refuse_unknown(
    words: Sequence[str],
    recipe: Mapping[str, Json],
    method: str,
    known: Collection[str],
    may_be_off: Collection[str] = (),
) -> None:
    """Names the first key that is none, on the command line or in the recipe, and the one nearest to it.

    Args:
        words: the command line, without the program.
        recipe: its values.
        method: that is trained with.
        known: the keys that there are, with underscores.
        may_be_off: those that may be true by default, which no_KEY turns off.

    Raises:
        UserError: a key is none of them, or the first word belongs to no key.
    """
    if words and not words[0].startswith("-"):
        raise UserError(f"{words[0]} stands behind no key; a recipe is named with --config {words[0]}")
    for key in given_keys(words):
        if key not in {"config", *known} and not (key.startswith("no_") and key[3:] in may_be_off):
            near = f"{did_you_mean(key, sorted(known)) or ';'} {program()} --help-all lists the keys"
            raise UserError(f"{program()} has no key {key}{_other_methods(key, method) or near}")
    for key in recipe:
        if key not in known:
            why = _other_methods(key, method) or did_you_mean(key, sorted(known))
            raise UserError(f"recipe {word_of(words, 'config')}: there is no key {key}{why}")


def _other_methods(key: str, method: str) -> str:
    """What to say of a key that other methods have; empty where none has it."""
    others = [other for other in METHODS if other != method and key in keys_of(other)]
    if not others:
        return ""
    return f" for method {method}; it is a key of {', '.join(others)}: leave it out, or train with another method"
