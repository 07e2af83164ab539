"""`polypref inspect`, `checks` and `languages`: what there is to look at."""

import argparse

from ..console.escaping import print_safely
from .arguments import Commands, add_languages, add_pairs, whole_number


def add_inspect_parser(commands: Commands) -> None:
    """Adds `polypref inspect`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    inspect = commands.add_parser(
        "inspect", help="funnel, balance, warnings and sample pairs of a dataset folder, or how far a build came"
    )
    inspect.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    add_pairs(
        inspect,
        "pairs to show a language (default 1; with --html at most 100 of each language and reason)",
        "--samples",
        type=whole_number,
    )
    add_languages(inspect, help="languages to show pairs of (default: four scripts; with --html all)")
    inspect.add_argument(
        "--html",
        metavar="FILE",
        help="write a page to read the pairs in, one file without network; folders that lack are made",
    )
    inspect.set_defaults(run=_inspect)


def add_list_parsers(commands: Commands) -> None:
    """Adds `polypref checks` and `polypref languages`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    checks = commands.add_parser(
        "checks", aliases=["filters"], help="the checks of the default chain, their settings and why"
    )
    checks.set_defaults(run=_checks)
    tags = commands.add_parser("languages", help="the languages polypref knows by itself")
    tags.add_argument("--check", metavar="TAG", help="what is known of one language, what is not, and what that means")
    tags.set_defaults(run=_languages)


def _inspect(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset

    # Not language_tags: a builder script may have made languages of its own known.
    tags = [tag.strip() for tag in (arguments.languages or "").split(",") if tag.strip()] or None
    dataset = find_dataset(arguments.dataset)
    if arguments.html is None:
        dataset.inspect(tags, 1 if arguments.pairs is None else arguments.pairs)
        return
    sample = dataset.write_page(arguments.html, tags, arguments.pairs)
    print_safely(f"wrote {arguments.html}: {sample.held.total():,} of {sample.totals.total():,} rows to read")


def _checks(_: argparse.Namespace, __: list[str]) -> None:
    from ..console.terminal import console
    from ..pages.tables import checks_table
    from ..stages.checks.defaults import default_chain

    console().print(checks_table(default_chain()))


def _languages(arguments: argparse.Namespace, _: list[str]) -> None:
    from .. import languages
    from ..console.terminal import console
    from ..errors import UserError
    from ..languages.files import file_of
    from ..languages.mistakes import mistakes
    from ..languages.phrases import malformed_phrases
    from ..pages.tables import language_table, languages_table

    if arguments.check is None:
        console().print(languages_table(languages.known()))
        return
    language = languages.resolve_at("--check", arguments.check)
    if wrong := [*mistakes(language), *malformed_phrases(language)]:
        raise UserError(f"{file_of(language.tag)}: " + "; ".join(wrong))
    console().print(language_table(language))
