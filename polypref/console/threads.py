"""Threads of the models that run in a command's own process: how many, and that they wait without spinning.

Torch's threads wait for one another many times in each small step, and by default they spin meanwhile: on a machine
that has other work to do each then holds a core that another needs. Importing polypref changes none of this; its
commands do, in their own process, before torch is loaded.
"""

import argparse
import os
import sys

from ..errors import UserError

# For GNU's OpenMP, which torch's own builds carry, and for LLVM's and Intel's, of other builds.
_CALM = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
#: More threads than this are a slip: the system refuses memory for them somewhere in the middle.
MOST = 1024
_COUNTS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def wait_calmly() -> None:
    """Has threads of this process and of those it starts wait without spinning, unless the environment says how.

    It is read once, when the OpenMP library is loaded, so this comes before torch does.
    """
    if "OMP_WAIT_POLICY" not in os.environ and "KMP_BLOCKTIME" not in os.environ:
        os.environ |= _CALM


def settings() -> dict[str, str]:
    """What the environment says of threads, for processes that do not inherit it: those of other machines.

    Returns:
        Name of a variable -> value, of those that are set.
    """
    return {name: os.environ[name] for name in (*_CALM, *_COUNTS) if name in os.environ}


def add_option(parser: argparse.ArgumentParser) -> None:
    """Adds --threads to a command that runs models in its process.

    Args:
        parser: the command's.
    """
    parser.add_argument(
        "--threads", type=int, metavar="N", help="threads of torch for models in this process (default: one a core)"
    )


def limit_threads(count: int | None) -> None:
    """Takes so many threads, here and in the processes that are started from here; None leaves it to torch.

    Args:
        count: from 1 to `MOST`; None for torch's own.

    Raises:
        UserError: fewer than 1, or more than any machine has.
    """
    if count is None:
        return
    if not 1 <= count <= MOST:
        raise UserError(f"--threads {count}: give a number from 1 to {MOST}; more than there are cores only slow down")
    os.environ |= dict.fromkeys(_COUNTS, str(count))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
