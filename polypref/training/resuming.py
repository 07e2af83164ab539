"""The checkpoint that a run goes on from."""

import re
from pathlib import Path
from typing import Protocol

from ..errors import UserError

# Of transformers, in every checkpoint.
_STATE = "trainer_state.json"
# What transformers calls a checkpoint's folder.
_FOLDER = re.compile(r"checkpoint-(\d+)")


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
