"""`polypref groups`: what groups of people prefer, and how far they agree."""

import argparse

from ..console.escaping import print_safely
from .arguments import VOCABULARY, Commands, whole_number


def add_groups_parser(commands: Commands) -> None:
    """Adds `polypref groups`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    groups = commands.add_parser(
        "groups", help="what groups of people (age, country, ...) prefer, and how far they agree, against chance"
    )
    groups.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    groups.add_argument(
        "--permutations",
        type=whole_number,
        default=999,
        metavar="N",
        help="how often a test deals the values of a group out anew among the people (default: 999)",
    )
    groups.add_argument("--seed", type=whole_number, default=0, metavar="N", help=VOCABULARY["--seed N"])
    groups.set_defaults(run=_groups)


def _groups(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset
    from ..console.terminal import console
    from ..pages.groups_of_people import group_tables

    dataset = find_dataset(arguments.dataset)
    figures = dataset.groups(arguments.permutations, arguments.seed)
    if not figures:
        print_safely(
            f"no row of {arguments.dataset} states groups of who judged; sources do with Fields(annotator_groups=...)"
        )
        return
    for table in group_tables(dataset.record.group_people, figures, models=True):
        console().print(table)
