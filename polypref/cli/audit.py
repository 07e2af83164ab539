"""`polypref audit`: what answers have in common, what tells chosen from rejected, and cyclic preferences."""

import argparse

from ..console.escaping import print_safely
from .arguments import Commands


def add_audit_parser(commands: Commands) -> None:
    """Adds `polypref audit`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    audit = commands.add_parser(
        "audit",
        help="what answers have in common by model and language, and whether preferences run in circles",
        description="Commonest openings, distinct n-grams, near-copies and boilerplate by model and language, how well "
        "chosen and rejected answers are told apart without their prompt, and the share of cyclic triads. Of a folder "
        "that was built here it goes into card and page too.",
    )
    audit.add_argument("dataset", help="a folder, or ORG/NAME[@TAG]")
    audit.add_argument("--out", metavar="FILE", help="write the figures as JSON, and leave the card as it is")
    audit.set_defaults(run=_audit)


def _audit(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset
    from ..console.terminal import console
    from ..pages.audit import audit_tables

    dataset = find_dataset(arguments.dataset)
    kept = dataset.audit(arguments.out)
    for table in audit_tables(kept.audit):
        console().print(table)
    print_safely(kept.where)
