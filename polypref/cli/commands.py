"""The command line. Every command loads what it needs when it runs, so that --help is quick."""

import argparse
from collections.abc import Callable, Sequence

from .. import __version__
from ..console import threads
from ..console.command import carry_out
from ..errors import UserError
from ..scripting.params import option_names
from . import evaluate, evaluate_rm
from .arguments import Parser
from .build import add_build_parser
from .inspect import add_inspect_parser, add_list_parsers
from .release import add_diff_parser, add_release_parser, add_retract_parser
from .review import add_review_parser

Command = Callable[[argparse.Namespace, list[str]], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Returns:
        0; 2 for bad input (one sentence on standard error); 130 after Ctrl-C.

    """
    return carry_out(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> None:
    arguments, rest = _parser().parse_known_args(argv)
    if rest and arguments.command != "build":
        raise UserError(
            f"polypref {arguments.command} has no {option_names(rest)}; see polypref {arguments.command} -h"
        )
    threads.limit(getattr(arguments, "threads", None))
    run: Command = arguments.run
    run(arguments, rest)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="polypref", description="Multilingual preference datasets, from prompts to a published version."
    )
    parser.add_argument("--version", action="version", version=f"polypref {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    add_build_parser(commands)
    add_inspect_parser(commands)
    add_release_parser(commands)
    add_diff_parser(commands)
    add_retract_parser(commands)
    add_review_parser(commands)
    evaluate.add_parsers(commands)
    evaluate_rm.add_parser(commands)
    add_list_parsers(commands)
    return parser


def as_script() -> int:
    """Runs a command in a process of its own."""
    threads.wait_calmly()
    return main()
