"""Imports of a script that polypref does not have: where the name is, or which one was meant."""

import ast
import sys
from pathlib import Path

from .spelling import closest_name


def import_advice(error: BaseException, file: Path) -> str:
    """What to write in place of an import from polypref that failed.

    Args:
        error: what the script raised.
        file: the script.

    Returns:
        A clause with `; ` before it; empty where the error is another, or nothing of polypref's goes by the name.

    Example:
        >>> import_advice(ValueError("x"), Path("build.py"))
        ''
    """
    if not isinstance(error, ImportError) or (error.name or "").split(".")[0] != "polypref":
        return ""
    wanted = [name for module, name in _imported(error, file) if not _has(module, name)]
    advice = list(dict.fromkeys(filter(None, map(_written_import, wanted))))
    return f"; write {' and '.join(advice)}" if advice else ""


def _imported(error: ImportError, file: Path) -> list[tuple[str, str]]:
    """Module and name for each name that the script imports on the line where the error arose."""
    line, trace = 0, error.__traceback__
    while trace:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(file.absolute()) else line
        trace = trace.tb_next
    nodes = ast.walk(ast.parse(file.read_bytes()))
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.lineno == line]
    return [(node.module or "", one.name) for node in froms for one in node.names]


def _has(module: str, name: str) -> bool:
    return hasattr(sys.modules.get(module), name)


def _written_import(name: str) -> str:
    """The import of a public name, or of the one that is spelt most alike; empty where none is near."""
    polypref = sys.modules["polypref"]
    names: dict[str, str] = {}
    for module in (polypref.checks, polypref.layouts, polypref.models, polypref):
        names |= dict.fromkeys(module.__all__, module.__name__)
    meant = name if name in names else closest_name(name, names)
    return f"`from {names[meant]} import {meant}`" if meant else ""
