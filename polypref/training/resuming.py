"""The checkpoint that a run goes on from."""

import json
import re
from pathlib import Path
from typing import Protocol

from ..errors import UserError

# Of transformers, in every checkpoint.
_STATE = "trainer_state.json"
# What transformers calls a checkpoint's folder.
_FOLDER = re.compile(r"checkpoint-(\d+)")
# Of PEFT, in the checkpoint of an adapter; and of transformers, in that of a whole model.
_ADAPTER, _WHOLE = "adapter_config.json", ("model.safetensors", "model.safetensors.index.json")
# How files of weights end, whole ones, parts and adapters.
_WEIGHTS = (".safetensors", ".bin")


class Resuming(Protocol):
    """Settings that say where a run goes on; TRL's have these among others."""

    @property
    def output_dir(self) -> str | None:
        """Where checkpoints are."""

    @property
    def resume_from_checkpoint(self) -> str | bool | None:
        """Which one to go on from."""


def checkpoint(config: Resuming) -> str | None:
    """The checkpoint to go on from: `true` is the last one of output_dir.

    Args:
        config: resume_from_checkpoint and output_dir are read.

    Returns:
        Its folder; None to begin.

    Raises:
        UserError: there is no such folder, or no checkpoint in output_dir, or it is not a whole one.
    """
    given = config.resume_from_checkpoint
    if given is None or str(given).lower() in ("false", "no", ""):
        return None
    if str(given).lower() not in ("true", "yes"):
        if not Path(str(given)).is_dir():
            raise UserError(f"no checkpoint at {given}; give its folder, or true for the last one of output_dir")
        return _whole(str(given))
    # By transformers' own names, without loading it: what is refused is refused at once.
    inside = Path(config.output_dir).iterdir() if config.output_dir and Path(config.output_dir).is_dir() else ()
    numbered = {int(name[1]): one for one in inside if (name := _FOLDER.fullmatch(one.name)) and one.is_dir()}
    if not numbered:
        raise UserError(f"{config.output_dir} has no checkpoint to go on from; leave resume_from_checkpoint out")
    return _whole(str(numbered[max(numbered)]))


def _whole(folder: str) -> str:
    """The folder, where it has what is written into a checkpoint last but one."""
    if not (Path(folder) / _STATE).is_file():
        raise UserError(
            f"{folder} is no whole checkpoint: it has no {_STATE}; give another one's folder as resume_from_checkpoint"
        )
    return folder


def refuse_earlier_run(out: Path, resumed: str | None) -> None:
    """Stops where a run would write its model and its record over those of another one.

    A record alone, of a run that ended before it had anything to save, is in nobody's way.

    Args:
        out: output_dir.
        resumed: the checkpoint to go on from; None to begin.

    Raises:
        UserError: the folder has checkpoints or weights, and the run does not go on from there.
    """
    if not out.is_dir() or (resumed is not None and Path(resumed).resolve().parent == out.resolve()):
        return
    names = sorted(one.name for one in out.iterdir())
    kept = [name for name in names if _FOLDER.fullmatch(name) or name.endswith(_WEIGHTS)]
    if not kept:
        return
    go_on = "go on from it with resume_from_checkpoint: true, " * any(map(_FOLDER.fullmatch, kept))
    raise UserError(
        f"output_dir {out} has {kept[0]} of an earlier run, which this one would write over; {go_on}name another "
        "output_dir, or move that folder away"
    )


class Adapter(Protocol):
    """Settings that say whether an adapter is trained, and of which rank; TRL's have these among others."""

    @property
    def model_name_or_path(self) -> str | None:
        """The model that training began with."""

    @property
    def use_peft(self) -> bool:
        """Whether LoRA is trained."""

    @property
    def lora_r(self) -> int:
        """Its rank."""


def refuse_other_adapter(checkpoint: str, model: Adapter) -> None:
    """Stops where the weights of a checkpoint have no place in the model that is to be trained.

    Args:
        checkpoint: the folder to go on from.
        model: use_peft, lora_r and model_name_or_path are read.

    Raises:
        UserError: the checkpoint is of LoRA and the run is not, or the other way round, or the rank is another.
    """
    path = Path(checkpoint)
    instead = "train as it was, or leave resume_from_checkpoint out"
    if not (path / _ADAPTER).is_file():
        if model.use_peft and any((path / name).is_file() for name in _WHOLE):
            raise UserError(f"{checkpoint} is of a whole model, and use_peft is true; {instead}")
        return
    try:
        saved = json.loads((path / _ADAPTER).read_text("utf-8"))
    except ValueError:
        raise UserError(
            f"{path / _ADAPTER} is not JSON; give another checkpoint's folder as resume_from_checkpoint"
        ) from None
    if not isinstance(saved, dict):
        return
    # Without use_peft an adapter may be what training begins with, so that its checkpoints are adapters too.
    if not model.use_peft and saved.get("base_model_name_or_path") == model.model_name_or_path:
        raise UserError(f"{checkpoint} is of LoRA (use_peft), and use_peft is false; {instead}")
    if model.use_peft and saved.get("r") not in (None, model.lora_r):
        raise UserError(f"{checkpoint} is of LoRA with lora_r {saved['r']}, and lora_r is {model.lora_r}; {instead}")
