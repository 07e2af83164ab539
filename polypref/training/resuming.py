"""The checkpoint that a run goes on from."""

from importlib import import_module
from pathlib import Path

from ..errors import UserError
from .library_types import Config

# Of transformers, in every checkpoint.
_STATE = "trainer_state.json"


def checkpoint(config: Config) -> str | None:
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
    utilities = import_module("transformers.trainer_utils")
    last = utilities.get_last_checkpoint(config.output_dir) if Path(config.output_dir).is_dir() else None
    if last is None:
        raise UserError(f"{config.output_dir} has no checkpoint to go on from; leave resume_from_checkpoint out")
    return _whole(str(last))


def _whole(folder: str) -> str:
    """The folder, where it has what is written into a checkpoint last but one."""
    if not (Path(folder) / _STATE).is_file():
        raise UserError(
            f"{folder} is no whole checkpoint: it has no {_STATE}; give another one's folder as resume_from_checkpoint"
        )
    return folder
