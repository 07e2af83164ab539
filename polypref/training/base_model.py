"""The model that training begins with: whether it is there, before data are loaded and prepared."""

import json
from importlib import import_module
from pathlib import Path
from typing import Protocol

from ..errors import UserError
from ..files.hub_names import check_revision

_FILES = ("config.json", "adapter_config.json")


class Quantised(Protocol):
    """Settings that say in how many bits weights are loaded; TRL's have these among others."""

    @property
    def model_revision(self) -> str:
        """Tag or commit of the model."""

    @property
    def load_in_4bit(self) -> bool:
        """Whether weights have four bits."""

    @property
    def load_in_8bit(self) -> bool:
        """Whether weights have eight bits."""

    @property
    def use_peft(self) -> bool:
        """Whether LoRA is trained."""


def check_named(name: str | None) -> str:
    """Sees that a model is named.

    Args:
        name: model_name_or_path.

    Returns:
        The name.

    Raises:
        UserError: there is none.
    """
    if name is None:
        raise UserError("no model: give model_name_or_path with a model on the Hub or a folder")
    return name


def is_here(name: str) -> bool:
    """Whether a model is a folder here; seen without the Hub and without loading a library.

    Args:
        name: model_name_or_path.

    Returns:
        False where only the Hub can say.

    Raises:
        UserError: the folder holds no model and no adapter, or the name is neither a folder's nor one of the Hub.
    """
    if Path(name).is_dir():
        if not any((Path(name) / file).is_file() for file in _FILES):
            raise _missing(name, "the folder holds no config.json")
        return True
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise _missing(name, "no folder here, and no name of a model on the Hub")
    return False


def refuse_scorer(name: str, method: str) -> None:
    """Stops at a folder of a reward model where answers are to be learned, of which such a model has no words.

    Args:
        name: model_name_or_path.
        method: of training.

    Raises:
        UserError: the folder's config names a model that scores.
    """
    path = Path(name) / "config.json"
    if method == "reward" or not path.is_file():
        return
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError:  # what is wrong with it is said where it is read
        return
    kinds = config.get("architectures") if isinstance(config, dict) else None
    for kind in kinds if isinstance(kinds, list) else ():
        if str(kind).endswith("ForSequenceClassification"):
            raise UserError(
                f"model {name} scores texts ({kind}), and method {method} needs one that writes them; name another as "
                "model_name_or_path, or train with method: reward"
            )


def refuse_revision(name: str, revision: str) -> None:
    """Stops at a revision of a folder.

    Args:
        name: model_name_or_path.
        revision: model_revision.

    Raises:
        UserError: there is one, and the model is a folder.
    """
    if revision != "main" and Path(name).is_dir():
        raise UserError(f"model_revision {revision!r} means nothing for the folder {name}; leave it out")


def refuse_bits(name: str, model: Quantised) -> None:
    """Stops where weights of four or eight bits would have to be trained themselves, of which nobody can.

    Args:
        name: model_name_or_path, of a model that is there.
        model: load_in_4bit, load_in_8bit and use_peft are read.

    Raises:
        UserError: they are to be loaded so, without an adapter.
    """
    keys = [key for key in ("load_in_4bit", "load_in_8bit") if getattr(model, key)]
    if not keys or model.use_peft or _is_adapter(name, model.model_revision):
        return
    raise UserError(
        f"{keys[0]} goes with LoRA, as weights of so few bits cannot be trained themselves; write use_peft: true, or "
        f"leave {keys[0]} out"
    )


def _is_adapter(name: str, revision: str | None) -> bool:
    """Whether a model is an adapter, which goes on being trained on weights of few bits."""
    if Path(name).is_dir():
        return (Path(name) / _FILES[1]).is_file()
    try:
        return import_module("transformers.utils").cached_file(name, _FILES[1], revision=revision) is not None
    except OSError:
        return False


def find_model(name: str, revision: str | None) -> None:
    """Sees that the model to train is there.

    Args:
        name: model_name_or_path.
        revision: model_revision; of a folder it means nothing.

    Raises:
        UserError: it is no folder with a model or an adapter, and the Hub gives none either.
    """
    if is_here(name):
        return
    if revision:
        check_revision(f"{name} (model_revision)", revision)
    utilities, silent = import_module("transformers.utils"), False
    for file in _FILES:
        # OSError, of one file None, where there is no such file or repository, or no answer.
        try:
            if utilities.cached_file(name, file, revision=revision) is not None:
                return
        except OSError as error:
            silent = type(error.__cause__).__name__ == "LocalEntryNotFoundError"
        if silent:  # asked for another file, the Hub is waited for as long again
            break
    at = "" if revision in (None, "main") else f" at revision {revision}"
    where = f"neither a folder here, nor to be had on the Hub{', which was not reached' * silent}"
    raise _missing(f"{name}{at}", where)


def _missing(name: str, where: str) -> UserError:
    return UserError(f"no model {name}: {where}; check model_name_or_path")
