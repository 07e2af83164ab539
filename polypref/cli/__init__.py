"""The command line: one module a command."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command, as `polypref` does.

    Args:
        argv: the command's words; those of this process when left out.

    Returns:
        0; 2 for bad input (one sentence on standard error); 130 after Ctrl-C.
    """
    from .commands import main as run

    return run(argv)
