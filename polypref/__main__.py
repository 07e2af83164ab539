"""`python -m polypref`, and what the installed command starts."""

from .console import beginning


def run_console_script() -> None:
    """Entry point of the console script."""
    beginning.watch_for_interrupt()
    from .console.interrupts import run_as_process

    run_as_process(_command)


def _command() -> int:
    from .cli.commands import as_script

    return as_script()


if __name__ == "__main__":
    run_console_script()
