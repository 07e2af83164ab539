"""`polypref release`, `diff` and `retract`: versions on the Hub."""

import argparse
from pathlib import Path

from ..errors import UserError
from .arguments import Commands

_RETRACT = """\
Takes rows, or a version, back from the Hub: a new version without them is released, and every version that held them is
deleted. With --rows their texts go too: every row of any version that holds one, in whatever column, config or
language, and a later release that holds one is refused. polypref build --retracted ORG/NAME leaves such rows out.

A text is known again by its normal form: blanks, invisible characters, cases, Unicode's forms of the same letters,
kinds of quotation marks and dashes, and punctuation at its ends make no difference. A text under 20 characters of that
form counts only together with its prompt. Parts of a text, paraphrases and translations are not known again.

What is kept of a text is a salted hash in CHANGELOG.md. The salt stands beside it, so whoever guesses a text can
confirm the guess: short texts, and texts made by a form, are not hidden.

--squash makes one commit of main's history and erases data files that no branch or tag names. It does not reach pull
requests, other branches, the commits that versions which stay lead to (cards, with the rows that they show, and
changelogs; their data is erased), duplicates of the repository, or downloads, caches and models of others. Versions
that lead to a card which shows a row that went are named. Without --squash, main's history keeps the rows.
"""


def add_release_parser(commands: Commands) -> None:
    """Adds `polypref release`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    release = commands.add_parser("release", help="publish a dataset folder on the Hub: one commit, verified, tagged")
    release.add_argument("dataset", help="the folder that polypref build wrote")
    release.add_argument("--repo", required=True, metavar="ORG/NAME", help="the dataset repository")
    release.add_argument("--dry-run", action="store_true", help="print the plan, send nothing")
    release.add_argument("--create-pr", action="store_true", help="propose the commit as a pull request")
    release.add_argument("--keep-pii", action="store_true", help="do not mask personal data in a public release")
    seen = release.add_mutually_exclusive_group()
    seen.add_argument("--private", action="store_true", help="a private repository (the default)")
    seen.add_argument("--public", action="store_true", help="a public repository; the licences must allow it")
    release.set_defaults(run=_run_release)


def add_diff_parser(commands: Commands) -> None:
    """Adds `polypref diff`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    diff = commands.add_parser("diff", help="what differs between two versions, by language, config and cause")
    diff.add_argument("old", help="a folder, or ORG/NAME[@TAG]")
    diff.add_argument("new", help="a folder, or ORG/NAME[@TAG]")
    diff.set_defaults(run=_diff)


def add_retract_parser(commands: Commands) -> None:
    """Adds `polypref retract`.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    retract = commands.add_parser(
        "retract",
        help="take rows and their texts, or a version, back from the Hub",
        description=_RETRACT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    retract.add_argument("repo", help="ORG/NAME")
    what = retract.add_mutually_exclusive_group(required=True)
    what.add_argument("--rows", metavar="FILE", help="pair_ids, completion_ids, prompt_ids or group_ids, one a line")
    what.add_argument("--tag", metavar="TAG", help="a whole version, as in v1.1.0")
    retract.add_argument("--reason", required=True, metavar="TEXT", help="one line for the changelog")
    retract.add_argument(
        "--of",
        choices=("prompt", "chosen", "rejected", "all"),
        help="with --rows: which of their texts no row may hold any more (default: all)",
    )
    retract.add_argument(
        "--squash", action="store_true", help="also erase main's history and every file that no branch or tag holds"
    )
    retract.add_argument("--dry-run", action="store_true", help="with --rows: say what would go, change nothing")
    retract.set_defaults(run=_run_retract)


def _run_release(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..api.datasets import Dataset

    if not arguments.dataset:  # it would be the current folder
        raise UserError("the dataset's folder is empty; give the folder that polypref build wrote")
    Dataset(Path(arguments.dataset)).release(
        arguments.repo,
        public=arguments.public,
        create_pr=arguments.create_pr,
        dry_run=arguments.dry_run,
        keep_pii=arguments.keep_pii,
    )


def _diff(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..pages.tables import show_difference
    from ..release.diff import difference
    from ..release.hub import resolve_dataset

    show_difference(difference(resolve_dataset(arguments.old), resolve_dataset(arguments.new)))


def _run_retract(arguments: argparse.Namespace, _: list[str]) -> None:
    from ..release import retract

    if arguments.rows is not None:
        ids = retract.read_ids(Path(arguments.rows))
        retract.retract_rows(
            arguments.repo,
            ids,
            arguments.reason,
            squash=arguments.squash,
            of=arguments.of or "all",
            dry_run=arguments.dry_run,
        )
    elif arguments.of or arguments.dry_run:
        raise UserError("--of and --dry-run go with --rows, not with --tag; leave them out")
    else:
        retract.retract_version(arguments.repo, arguments.tag, arguments.reason, arguments.squash)
