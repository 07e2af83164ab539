"""`polypref build` and `polypref new`: runs a builder script, and writes one to begin with."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ..console import threads
from ..console.escaping import print_safely
from ..errors import UserError
from ..scripting import params
from .arguments import (
    Commands,
    add_asking,
    add_language_name,
    add_languages,
    add_limit,
    named_languages,
    names,
    positive_number,
    share,
)

if TYPE_CHECKING:
    from ..pipeline.rehearsal import Rehearsed

#: Prompts a language of `polypref build --sample`.
SAMPLE = 10
#: Options that are the script's where it has parameters of these names.
_MAY_BE_OWN = {"version", "previous", "language_name"}


def add_build_parser(commands: Commands) -> None:
    """Adds `polypref build`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    build = commands.add_parser(
        "build",
        help="run a builder script and write the dataset folder",
        description="Runs a builder script; polypref build SCRIPT --help lists the script's own parameters too.",
        add_help=False,
    )
    build.add_argument("-h", "--help", action="store_true", help="show this message and the script's parameters")
    build.add_argument(
        "script", nargs="?", help="the builder script, a .py file, or the name of one that comes with polypref"
    )
    build.add_argument("--out", metavar="DIR", help="folder of the dataset (default: build/NAME)")
    add_languages(build)
    add_language_name(build)
    build.add_argument("--mixture", action="append", default=[], metavar="NAME", help="only this mixture (repeatable)")
    add_limit(build, "prompts")
    build.add_argument("--max-bad", type=share, metavar="SHARE", help="share of unusable rows that stops the build")
    build.add_argument(
        "--card",
        metavar="FILE",
        help="the card's prose (default: the file that the builder names, beside the script or in dataset_cards/ "
        "beside or above it)",
    )
    build.add_argument("--review", metavar="FILE", help="decisions: of polypref review import, or what a page exported")
    build.add_argument(
        "--retracted",
        metavar="WHERE",
        help="leave out, and count, what was taken back: a CHANGELOG.md, a dataset folder's, or that on main of "
        "ORG/NAME (that of the builder's previous release is read by itself)",
    )
    build.add_argument(
        "--second-detector",
        choices=("langdetect",),
        help="have it vote on the language of every published text too: its disagreement is marked and counted by "
        "language, and rejects nothing; about a millisecond a text",
    )
    build.add_argument("--version", metavar="X.Y.Z", help="version of the dataset (default: what the builder says)")
    build.add_argument(
        "--previous",
        metavar="WHERE",
        help="the earlier version that this one goes on from, its folder or ORG/NAME@TAG: its rows keep their split "
        "and their place (default: what the builder says)",
    )
    build.add_argument("--sample", action="store_true", help="10 prompts a language through everything, and a page")
    build.add_argument("--dry-run", action="store_true", help="count what models would be asked; ask none")
    add_asking(build, "--retry-rejected")
    build.add_argument("--workers", type=positive_number, metavar="N", help="processes (default: one a core)")
    build.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="what runs parts and models (default: local)"
    )
    build.add_argument(
        "--ray-address", metavar="HOST:PORT", help="with --engine ray: a cluster's head node, or auto (default: none)"
    )
    threads.add_option(build)
    build.add_argument("--quiet", action="store_true", help="no progress")
    build.set_defaults(run=_run_build)


def add_new_parser(commands: Commands) -> None:
    """Adds `polypref new`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    new = commands.add_parser(
        "new",
        help="write a builder script, its card and some rows to begin with",
        description="Writes NAME.py, NAME.md and NAME.jsonl: a builder script with comments, its card's prose, and "
        "rows to try it on, so that polypref build NAME.py runs at once.",
    )
    new.add_argument("name", help="name of the script, as in my_preferences, or a path that ends in it")
    new.set_defaults(run=_new)


def _run_build(arguments: argparse.Namespace, rest: list[str]) -> None:
    if arguments.script is None:
        _refuse_before_script(arguments, rest)
        if not arguments.help:
            raise UserError(
                "polypref build needs a builder script: a .py file, or the name of one that comes with polypref, as in "
                "polypref build quickstart; polypref new NAME writes one, and polypref build --help says more"
            )
        arguments.parser.print_help()
        return
    from ..scripting.loading import load_script
    from ..scripting.shipped import find_script

    try:
        script = find_script(arguments.script)
    except UserError:
        _refuse_before_script(arguments, rest)
        raise
    module = load_script(str(script))
    if arguments.help:
        arguments.parser.print_help()
        print_safely(params.describe_params(module.Params, arguments.script))
        return
    from ..layouts.door_words import in_option_of_split, in_option_previous, reworded

    rest = [*_own_options(arguments, module), *rest]
    of_split = in_option_of_split if any(word.partition("=")[0] == "--test" for word in rest) else None
    of_previous = in_option_previous if arguments.previous is not None else None
    with reworded(of_split), reworded(of_previous), reworded(_words_of(module, rest)):
        _build_dataset(arguments, module, script, rest)


def _own_options(arguments: argparse.Namespace, module: ModuleType) -> list[str]:
    """The words of options of _MAY_BE_OWN where the script has a parameter of the name, which then means that.

    Scripts had such parameters before these were options of the command; `arguments` loses what it has of them.
    """
    words: list[str] = []
    if not is_dataclass(module.Params):
        return words  # which is said where the parameters are read
    for name in _MAY_BE_OWN & {one.name for one in fields(module.Params)}:
        if (value := vars(arguments).pop(name)) is not None:
            values = value if isinstance(value, list) else [value]
            words += [f"--{name.replace('_', '-')}={one}" for one in values]
        setattr(arguments, name, None)
    return words


def _words_of(module: ModuleType, rest: Sequence[str]) -> Callable[[str], str] | None:
    """How sentences about declarations are put for who writes the options of a script, or a layout's file.

    Args:
        module: the script; its OPTIONS, where it has them, say which option says which field of a declaration, and
            its OPTIONS_BESIDE_LAYOUT which do beside --layout.
        rest: the words that it is given.
    """
    from ..layouts.door_words import declared_options, in_options, in_toml

    options = declared_options(getattr(module, "OPTIONS", None))
    if not options:
        return None
    if any(word.partition("=")[0] == "--layout" for word in rest):
        return partial(in_toml, options=declared_options(getattr(module, "OPTIONS_BESIDE_LAYOUT", None)))
    return partial(in_options, options=options)


def _build_dataset(arguments: argparse.Namespace, module: ModuleType, script: Path, rest: list[str]) -> None:
    from ..api import building

    taken = vars(arguments).keys() - {"script", "command", "run", "parser", *_MAY_BE_OWN}
    values = params.parse_words(module.Params, rest, arguments.script, taken)
    building.know_languages_of(arguments.previous)
    named_languages(arguments)
    declared = building.declared(module, values, script)
    asked = {
        "languages": names(arguments.languages),
        "mixtures": arguments.mixture,
        "limit": arguments.limit or (SAMPLE if arguments.sample else None),
        "max_bad": arguments.max_bad,
        "version": arguments.version,
        "previous": arguments.previous,
        "log": arguments.log,
    }
    if arguments.dry_run:
        _show_rehearsal(declared.builder.name, building.rehearse(declared, arguments.out, **asked))
        if arguments.previous is not None:
            print_safely(_versions_after(arguments.previous, arguments.out or f"build/{declared.builder.name}"))
        return
    dataset = building.build(
        declared,
        arguments.out,
        **asked,
        card=arguments.card,
        review=arguments.review,
        retracted=arguments.retracted,
        second_detector=arguments.second_detector,
        retry=arguments.retry,
        workers=arguments.workers,
        engine=arguments.engine,
        ray_address=arguments.ray_address,
        quiet=arguments.quiet,
    )
    for line in dataset.summary():
        print_safely(line)
    if arguments.previous is not None:
        print_safely(
            f"polypref diff {arguments.previous} {dataset.path} says what changed, and which version that asks for"
        )
    if arguments.sample:
        page = dataset.path.with_name(f"{dataset.path.name}-sample.html")
        dataset.write_page(page)
        print_safely(f"wrote {page}: read it, then run the same command without --sample; no answer is asked for again")


def _refuse_before_script(arguments: argparse.Namespace, rest: list[str]) -> None:
    """Names an unknown option before what was taken for the script: that may be the option's value.

    Raises:
        UserError: there is one.
    """
    words = arguments.words
    before = words if arguments.script is None else words[: words.index(arguments.script)]
    if wrong := [word for word in before if word.startswith("-") and word in rest]:
        sentence = params.unknown_option("polypref build", wrong, params.visible_options(arguments.parser))
        raise UserError(f"{sentence} parameters of a script stand after it; see polypref build --help")


def _versions_after(previous: str, out: str) -> str:
    from ..release.earlier import earlier_version, needed_versions

    folder = earlier_version(previous)
    assert folder is not None
    return needed_versions(previous, folder, Path(out))


def _show_rehearsal(name: str, rows: "Sequence[Rehearsed]") -> None:
    from ..console.terminal import console
    from ..pages.tables import rehearsal_table

    if not rows:
        print_safely(f"builder '{name}' asks no model")
        return
    console().print(rehearsal_table(rows))
    print_safely("tokens are estimates: 400 an answer, a translation as long as its source; nothing was sent")
    print_safely(
        "requests are about so many: long answers are translated in parts, unusable replies are asked for again"
    )


def _new(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..scripting.beginning import write_beginning

    script, card, rows = write_beginning(Path(arguments.name))
    print_safely(f"wrote {script}, its card {card}, and {rows} to try it on; next: polypref build {script}")
