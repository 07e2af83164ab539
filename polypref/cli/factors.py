"""The command `polypref factors`. What it needs is loaded when it runs, so that --help is quick."""

import argparse
from pathlib import Path

from ..console.escaping import print_safely
from .arguments import VOCABULARY, Commands, add_languages


def add_factors_parser(commands: Commands) -> None:
    """Adds `polypref factors`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    parser = commands.add_parser(
        "factors",
        help="what chosen answers have more of than rejected ones, by language",
        description="Weighs length, lists, bold, headings, code, digits, exclamation marks, emoji, a question back, "
        "foreign words, hedging, apology and formal address: which of them go with being chosen, by language, with "
        "intervals clustered by prompt and Holm's correction over all. A dataset that was built here keeps the weights "
        "in its card and provenance.json, where polypref inspect and its page show them.",
    )
    parser.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    add_languages(parser)
    parser.add_argument("--out", metavar="FILE", help="write all weights as JSON; the dataset's folder stays as it is")
    parser.add_argument("--quiet", action="store_true", help=VOCABULARY["--quiet"])
    parser.set_defaults(run=_factors)


def _factors(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset
    from ..console.terminal import console
    from ..files.atomic import json_bytes
    from ..files.owned import write_new
    from ..files.records import encode
    from ..pages.factors import factors_table
    from ..release.analysed import is_built_here
    from ..release.factor_words import factors_head

    dataset = find_dataset(arguments.dataset)
    tags = [tag.strip() for tag in (arguments.languages or "").split(",") if tag.strip()] or None
    weights = dataset.factors(tags, keep=arguments.out is None)
    if not arguments.quiet:
        rows = [row for one in weights.languages for row in weights.of_language(one.language)]
        console().print(factors_table(rows, "what chosen answers have more of"))
        print_safely(factors_head(weights))
        for line in (*weights.left_out_sentences(), *weights.sentences()):
            print_safely(line)
    if arguments.out is not None:
        write_new(Path(arguments.out), json_bytes(encode(weights)))
        print_safely(f"wrote {arguments.out}")
    elif is_built_here(dataset.path):
        print_safely(f"the card and provenance.json of {dataset.path} have the weights; polypref inspect shows them")
    else:
        print_safely(f"{dataset.path} was not built here and stays as it is; --out FILE keeps the weights")
