"""LoRA adapters: folders without a whole model, loaded with the model whose weights they change."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from ..console.escaping import short_text
from ..errors import UserError
from ..files.json_types import Json, JsonObject
from .requests import Kind

_SETTINGS = "adapter_config.json"


def adapted_model(folder: Path) -> str | None:
    """The model that the adapter of a folder changes.

    Args:
        folder: of the adapter, as training with LoRA writes it.

    Returns:
        Its Hub id or path; None where the folder holds no adapter, or a whole model beside it.

    Raises:
        UserError: the adapter does not say.
    """
    if (folder / "config.json").is_file() or not (folder / _SETTINGS).is_file():
        return None
    named = _settings(folder / _SETTINGS).get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        raise UserError(
            f"{folder / _SETTINGS} does not say which model the adapter is of (base_model_name_or_path: "
            f"{short_text(repr(named))}); write its Hub id or folder there"
        )
    return named


def _settings(path: Path) -> JsonObject:
    """What an adapter's file says; it is not polypref's to make again, nor is the folder to be deleted."""
    try:
        read: Json = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; check its permissions") from None
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise UserError(f"{path} is no JSON object, as the adapter's settings are; get or write that file again")
    return read


def source_of_config(source: Mapping[str, str], name: str, kind: Kind) -> dict[str, str]:
    """Where transformers finds a model's configuration: that of an adapter is its model's.

    Args:
        source: where it finds the model, by the arguments of `from_pretrained`.
        name: of the model, for messages.
        kind: what is asked of it.

    Returns:
        Such arguments.

    Raises:
        UserError: an adapter that cannot be loaded: of a reward model, without the package peft, or of a folder that is
            not there.
    """
    folder = Path(source["pretrained_model_name_or_path"])
    base = adapted_model(folder)
    if base is None:
        return dict(source)
    if kind == "score":
        raise UserError(
            f"model {name} is an adapter ({folder / _SETTINGS}); of reward models whole ones are loaded: merge it into "
            f"{short_text(base)} with peft's merge_and_unload"
        )
    if find_spec("peft") is None:
        raise UserError(f"model {name} is an adapter, which needs the package peft; run: pip install peft")
    is_path = base.startswith(("/", ".")) or base.count("/") > 1  # a name on the Hub has one at most
    if is_path and not Path(base).is_dir():
        raise UserError(
            f"model {name} is an adapter of {short_text(base)}, and there is no such folder here; correct "
            f"base_model_name_or_path in {folder / _SETTINGS}, or run from the folder that it is relative to"
        )
    return {"pretrained_model_name_or_path": base}
