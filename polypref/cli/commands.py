"""The command line. Every command loads what it needs when it runs, so that --help is quick."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .. import __version__
from ..console import threads
from ..console.command import carry_out
from ..errors import UserError
from ..kernels.library import in_words
from . import evaluate, evaluate_rm, judge_check, train
from .arguments import VOCABULARY, Parser, refuse_unknown
from .audit import add_audit_parser
from .build import add_build_parser, add_new_parser
from .export import add_export_parser
from .factors import add_factors_parser
from .groups import add_groups_parser
from .inspect import add_inspect_parser, add_list_parsers
from .layouts import add_layout_parsers
from .next_steps import print_next_steps
from .release import add_diff_parser, add_release_parser, add_retract_parser
from .review import add_review_parser

Command = Callable[[argparse.Namespace, list[str]], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        argv: the command's words; those of this process when left out.

    Returns:
        0; 2 for bad input (one sentence on standard error); 130 after Ctrl-C.
    """
    return carry_out(lambda: _run_command(sys.argv[1:] if argv is None else argv))


def _run_command(words: Sequence[str]) -> None:
    if not words:
        print_next_steps(Path.cwd())
        return
    if words[:1] == ["train"]:
        train.run_train(words[1:])
        return
    arguments, rest = command_parser().parse_known_args(words)
    _refuse_before_command(arguments, words, rest)
    if rest and arguments.command != "build":
        refuse_unknown(arguments.parser, rest)
    threads.limit_threads(getattr(arguments, "threads", None))
    run: Command = arguments.run
    run(arguments, rest)


def _refuse_before_command(arguments: argparse.Namespace, words: Sequence[str], rest: Sequence[str]) -> None:
    """Says that options stand after the command.

    Raises:
        UserError: one stands before it.
    """
    before = words[: words.index(arguments.command)]
    if wrong := [word for word in before if word.startswith("-") and word in rest]:
        name = wrong[0].partition("=")[0]
        raise UserError(f"{name} stands before the command; write polypref {arguments.command} ... {name}")


class _Version(argparse.Action):
    """Prints the version and ends; the library of the kernels is loaded for nothing else."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        print(f"polypref {__version__}\nkernels: {in_words()}")
        parser.exit()


def command_parser() -> argparse.ArgumentParser:
    """The parser of all commands.

    Returns:
        It, with a parser for each command.
    """
    meanings = "\n".join(f"  {name:24} {text}" for name, text in VOCABULARY.items())
    parser = Parser(
        prog="polypref",
        description="Multilingual preference datasets, from prompts to a published version.",
        epilog=f"options that mean the same in every command that has them (underscores are hyphens):\n{meanings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    # No destination: a parameter of a builder script may be called so.
    words = "show the version, and whether compiled code runs"
    parser.add_argument("--version", action=_Version, nargs=0, dest=argparse.SUPPRESS, help=words)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    add_build_parser(commands)
    add_new_parser(commands)
    add_inspect_parser(commands)
    add_factors_parser(commands)
    add_groups_parser(commands)
    add_audit_parser(commands)
    add_export_parser(commands)
    add_release_parser(commands)
    add_diff_parser(commands)
    add_retract_parser(commands)
    add_review_parser(commands)
    train.add_train_parser(commands)
    evaluate.add_parsers(commands)
    evaluate_rm.add_parser(commands)
    judge_check.add_parser(commands)
    add_list_parsers(commands)
    add_layout_parsers(commands)
    return parser


def as_script() -> int:
    """Runs a command in a process of its own.

    Returns:
        As `main`.
    """
    threads.wait_calmly()
    return main()
