"""Files that come with polypref, in polypref/data."""

from importlib.resources import files
from importlib.resources.abc import Traversable


def packaged(*parts: str) -> Traversable:
    """A file or folder of polypref/data; it need not be there.

    Args:
        parts: the path below polypref/data, folder by folder.

    Returns:
        The place; `.is_file()` says whether it is there.
    """
    return (files("polypref") / "data").joinpath(*parts)


def packaged_text(*parts: str) -> str:
    """The text of a file of polypref/data.

    Args:
        parts: its path below polypref/data, as in `packaged_text("evaluation", "sets.toml")`.

    Returns:
        The text, read as UTF-8.

    Raises:
        FileNotFoundError: there is none.
    """
    return packaged(*parts).read_text("utf-8")
