"""`python -m polypref.loop`: the old name of `python -m quickstart`, until polypref 1.0."""

import sys

from polypref.console import beginning

beginning.watch_for_interrupt()

from polypref.console.interrupts import run_as_process  # noqa: E402


def main() -> int:
    """Runs the quickstart's loop, where this is a clone.

    Returns:
        As the quickstart; 2 where there is none, outside of a clone.
    """
    print("python -m polypref.loop is python -m quickstart now; the old name works until polypref 1.0", file=sys.stderr)
    try:
        from quickstart.__main__ import main as run
    except ModuleNotFoundError:
        print("polypref: the loop is in a clone of the project, not in the package: run it there", file=sys.stderr)
        return 2
    return run()


if __name__ == "__main__":
    run_as_process(main)
