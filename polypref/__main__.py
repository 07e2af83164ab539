"""`python -m polypref`, and what the installed command starts: Ctrl-C is heard before anything else is loaded."""

from typing import NoReturn

from .interrupts import run_as_process


def as_script() -> NoReturn:
    """Entry point of the console script."""

    def command() -> int:
        from .cli import main

        return main()

    run_as_process(command)


if __name__ == "__main__":
    as_script()
