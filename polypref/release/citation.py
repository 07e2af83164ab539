"""How a dataset is cited: a BibTeX entry for its card."""

import re
from collections.abc import Mapping

from ..console.escaping import one_line

# What is a command in TeX, and stands in names and titles.
_COMMANDS = re.compile(r"([&%$#_])")
# What would open or end a field, the entry, or the block of code that it stands in.
_LEFT_OUT = re.compile(r"[{}\\`~^]")


def bibtex(name: str, version: str, repo: str | None, fields: Mapping[str, str]) -> str:
    """The entry of a dataset.

    Args:
        name: the dataset's name.
        version: its version.
        repo: ORG/NAME on the Hub; None for a folder.
        fields: what the builder gives (`author`, `year`, `doi` ...); they go before what is known here.

    Returns:
        Lines of BibTeX; texts that would break out of a field are changed.

    Example:
        >>> print(bibtex("pairs", "1.0.0", "org/pairs", {"author": "A. Lovelace & B. Bar"}))
        @misc{pairs,
          author = {A. Lovelace \\& B. Bar},
          title = {pairs},
          version = {1.0.0},
          url = {https://huggingface.co/datasets/org/pairs},
        }
    """
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "dataset"
    known = {"title": name, "version": version} | ({"url": f"https://huggingface.co/datasets/{repo}"} if repo else {})
    entry = {**fields, **{field: value for field, value in known.items() if field not in fields}}
    lines = [f"  {field} = {{{_value(field, value)}}}," for field, value in entry.items()]
    return "\n".join([f"@misc{{{key[:80]},", *lines, "}"])


def _value(field: str, value: str) -> str:
    text = _LEFT_OUT.sub("", one_line(value))
    return text if field in ("url", "doi") else _COMMANDS.sub(r"\\\1", text)
