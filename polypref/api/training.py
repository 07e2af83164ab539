"""Training with TRL, by the entrypoint `training/train.py`."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


def train(recipe: str | Path | Mapping[str, Any], *, callbacks: Sequence[Any] = (), **keys: Any) -> Path:
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
    import yaml

    with tempfile.TemporaryDirectory(prefix="polypref-") as folder:
        values = dict(recipe) if isinstance(recipe, Mapping) else {"base": _name(recipe)}
        path = Path(folder) / "recipe.yaml"
        path.write_text(yaml.safe_dump(values | keys, allow_unicode=True), "utf-8")
        folder_of_model: Path = entrypoint().main(["--config", str(path)], callbacks)
    return folder_of_model


def entrypoint() -> ModuleType:
    """The module of `training/train.py`, that of the clone or that of the wheel.

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


def _name(recipe: str | Path) -> str:
    """A recipe's name, or its path from anywhere."""
    return str(Path(recipe).resolve()) if Path(recipe).is_file() else str(recipe)
