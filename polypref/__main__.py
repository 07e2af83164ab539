"""`python -m polypref`, and what the installed command starts."""

import os


def start() -> None:
    """Entry point of the console script."""
    try:
        from .interrupts import run_as_process
    except KeyboardInterrupt:  # even these few modules take a moment
        os.write(2, b"polypref: interrupted before it began\n")
        os._exit(130)
    run_as_process(_command)


def _command() -> int:
    from .cli import as_script

    return as_script()


if __name__ == "__main__":
    start()
