"""Where the prose of a dataset's card is looked for."""

from pathlib import Path

from ..release.card import read_prose

_FOLDER = "dataset_cards"


def find_card(named: str, folder: Path) -> Path | None:
    """The card's prose that a Builder names.

    Args:
        named: `Builder.card`: a file name, or a path from the folder.
        folder: where the builder script is; the current folder for a Builder that is in no script.

    Returns:
        The file beside the script, in `dataset_cards/` beside it, or in `dataset_cards/` of the folder above, whichever
        is there first; None where none is.
    """
    places = (folder, folder / _FOLDER, folder.parent / _FOLDER)
    return next((place / named for place in places if named and (place / named).is_file()), None)


def card_prose(given: str | Path | None, named: str, folder: Path) -> str:
    """The prose of a build's card.

    Args:
        given: the file that the user named, which goes before all others.
        named, folder: as in `find_card`.

    Returns:
        The prose; empty where there is none: such a build goes through, and `polypref release` asks for it.

    Raises:
        UserError: the file that was given is not there, or what is there is no card's prose.
    """
    path = find_card(named, folder) if given is None else Path(given)
    return "" if path is None else read_prose(path)
