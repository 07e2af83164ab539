"""`polypref train`: hands its words over to training/train.py, whose keys are TRL's and have underscores."""

from collections.abc import Sequence

from .arguments import Commands


def add_train_parser(commands: Commands) -> None:
    """Adds `polypref train` to the list of commands; its words are not read here.

    Args:
        commands: what `argparse` gives for subcommands.
    """
    commands.add_parser(
        "train",
        help="train on a dataset with TRL: --config RECIPE --KEY VALUE ...; --help lists the keys and recipes",
        add_help=False,
    )


def run_train(words: Sequence[str]) -> None:
    """Trains.

    Args:
        words: `--config RECIPE` and `--key value`.

    Raises:
        UserError: as in `polypref.train`.
    """
    from ..api.training import entrypoint

    entrypoint().main(words)
