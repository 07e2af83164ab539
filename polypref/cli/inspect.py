"""`polypref inspect`, `filters` and `languages`: what there is to look at."""

import argparse
from pathlib import Path

from ..console.escaping import say
from .arguments import Commands


def add_inspect_parser(commands: Commands) -> None:
    """Adds `polypref inspect`."""
    inspect = commands.add_parser("inspect", help="funnel, balance, warnings and sample pairs of a dataset folder")
    inspect.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    inspect.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help="pairs to show a language (default 1; with --html at most 100 of each language and reason)",
    )
    inspect.add_argument(
        "--languages", metavar="TAGS", help="languages to show pairs of (default: four scripts; with --html all)"
    )
    inspect.add_argument("--html", metavar="FILE", help="write a page to read the pairs in, one file without network")
    inspect.set_defaults(run=_inspect)


def add_list_parsers(commands: Commands) -> None:
    """Adds `polypref filters` and `polypref languages`."""
    filters = commands.add_parser("filters", help="the filters of the default chain, their settings and why")
    filters.set_defaults(run=_filters)
    tags = commands.add_parser("languages", help="the languages polypref knows by itself")
    tags.add_argument("--check", metavar="TAG", help="what is known of one language, what is not, and what that means")
    tags.set_defaults(run=_languages)


def _inspect(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..release.hub import resolve

    # Not language_tags: a builder script may have made languages of its own known.
    tags = [tag.strip() for tag in (arguments.languages or "").split(",") if tag.strip()] or None
    folder = resolve(arguments.dataset)
    if arguments.html is None:
        from .tables import show

        show(folder, 1 if arguments.samples is None else arguments.samples, tags)
        return
    from ..pages.dataset import write_page

    sample = write_page(folder, Path(arguments.html), tags, arguments.samples)
    say(f"wrote {arguments.html}: {sample.held.total():,} of {sample.totals.total():,} rows to read")


def _filters(_: argparse.Namespace, __: list[str]) -> None:
    from ..console.terminal import console
    from ..stages.checks.defaults import default_chain
    from .tables import filters_table

    console().print(filters_table(default_chain()))


def _languages(arguments: argparse.Namespace, _: list[str]) -> None:
    from .. import languages
    from ..console.terminal import console
    from .tables import language_table, languages_table

    if arguments.check is None:
        console().print(languages_table(languages.known()))
    else:
        console().print(language_table(languages.resolve(arguments.check)))
