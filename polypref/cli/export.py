"""`polypref export`: a dataset's rows in the form that a trainer takes."""

import argparse

from ..console.escaping import print_safely
from ..exports import NAMES
from .arguments import VOCABULARY, Commands


def add_export_parser(commands: Commands) -> None:
    """Adds `polypref export`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    export = commands.add_parser(
        "export",
        help="a dataset's rows in the form that a trainer takes, with the lines of config that it wants",
        description="Writes a file of rows for each split, and beside it the lines of config. Rows that have no place "
        "in the form are left out, and counted by language and reason.",
    )
    export.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    export.add_argument("--to", required=True, choices=NAMES, metavar="FORM", help=f"one of {', '.join(NAMES)}")
    export.add_argument(
        "--out", metavar="DIR", help=f"{VOCABULARY['--out DIR']} (default: exports/DATASET-CONFIG-FORM)"
    )
    export.add_argument(
        "--config", metavar="NAME", help="a mixture, or one language of it (default: the first mixture)"
    )
    export.add_argument("--split", metavar="NAME", help="train or test (default: all)")
    export.set_defaults(run=_export_dataset)


def _export_dataset(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset

    dataset = find_dataset(arguments.dataset)
    done = dataset.export(arguments.to, arguments.out, config=arguments.config, split=arguments.split)
    for line in done.summary():
        print_safely(line)
