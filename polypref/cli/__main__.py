"""`python -m polypref.cli`, as `python -m polypref`."""

from ..console import beginning

beginning.watch_for_interrupt()

from ..console.interrupts import run_as_process  # noqa: E402
from .commands import as_script  # noqa: E402

if __name__ == "__main__":
    run_as_process(as_script)
