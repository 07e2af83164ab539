"""Training with TRL, by the entrypoint `training/train.py`."""

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..scripting.calls import checked_arguments

if TYPE_CHECKING:
    from transformers import TrainerCallback


@checked_arguments
def train(
    recipe: str | Path | Mapping[str, object], *, callbacks: "Sequence[TrainerCallback]" = (), **keys: object
) -> Path:
    """Trains on a dataset with TRL's own trainers, and what polypref adds to them for many languages.

    Args:
        recipe: the path of a recipe, the name of one that comes with polypref (`dang_dpo`), or its keys and values.
        callbacks: of transformers, to follow the training.
        keys: values that go before those of the recipe, as in `dataset_config="ml-23-50k"`.

    Returns:
        The folder of the trained model.

    Raises:
        UserError: TRL is not installed, a key is unknown, or the data do not fit.

    Example:
        >>> polypref.train("dang_dpo", dataset_name="build/aya", dataset_config="ml-23-50k")  # doctest: +SKIP
    """
    values = _words({**recipe, **keys} if isinstance(recipe, Mapping) else keys)
    words = values if isinstance(recipe, Mapping) else ["--config", str(recipe), *values]
    folder: Path = entrypoint().main(words, callbacks)
    return folder


def _words(values: Mapping[str, object]) -> list[str]:
    """Keys and values as the entrypoint is told them, and as the model's card repeats them; None is left to TRL."""
    words = []
    for key, value in values.items():
        if key in ("language_weights", "flip_rates") and isinstance(value, Mapping):
            value = ",".join(f"{tag}={weight}" for tag, weight in value.items())
        elif isinstance(value, Mapping):
            value = json.dumps(value)
        if value is not None:
            words += [f"--{key}", *map(str, value if isinstance(value, list | tuple) else [value])]
    return words


def entrypoint() -> ModuleType:
    """The module of `training/train.py`, that of the clone or that of the wheel.

    Returns:
        The module, loaded once a process; its `main` trains.

    Raises:
        UserError: the installation is not whole.
    """
    from ..scripting.shipped import shipped_folder

    name = "polypref_train"
    if name not in sys.modules:
        spec = spec_from_file_location(name, shipped_folder("training") / "train.py")
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
