"""`polypref audit`: what answers have in common, what tells chosen from rejected, and cyclic preferences."""

import argparse
from pathlib import Path

from ..console.escaping import print_safely
from .arguments import VOCABULARY, Commands


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
    audit.add_argument("--out", metavar="FILE", help="write the figures as JSON; the dataset's folder stays as it is")
    audit.add_argument("--quiet", action="store_true", help=VOCABULARY["--quiet"])
    audit.set_defaults(run=_audit)


def _audit(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import find_dataset
    from ..console.terminal import console
    from ..files.atomic import json_bytes
    from ..files.owned import check_new, write_new
    from ..files.records import encode
    from ..pages.audit import audit_tables
    from ..release.analysed import is_built_here

    dataset = find_dataset(arguments.dataset)
    if arguments.out is not None:
        check_new(Path(arguments.out))
    figures = dataset.audit(keep=arguments.out is None)
    for table in () if arguments.quiet else audit_tables(figures):
        console().print(table)
    if arguments.out is not None:
        write_new(Path(arguments.out), json_bytes(encode(figures)))
        print_safely(f"wrote {arguments.out}")
    elif is_built_here(dataset.path):
        print_safely(f"the card and provenance.json of {dataset.path} have the audit; polypref inspect shows it")
    else:
        print_safely(f"{dataset.path} was not built here and stays as it is; --out FILE keeps the figures")
