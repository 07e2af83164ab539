"""What `polypref.layouts` offers, and what it costs to import it."""

import ast
import importlib
import subprocess
import sys

import pytest

from polypref import layouts
from tests.conftest import ROOT, environment

SOURCE = ast.parse((ROOT / "polypref" / "layouts" / "__init__.py").read_text("utf-8"))


@pytest.mark.parametrize("name", layouts.__all__)
def test_a_name_is_the_one_of_its_module(name: str) -> None:
    module = importlib.import_module(f"polypref.layouts.{layouts._PLACES[name]}")
    assert getattr(layouts, name) is getattr(module, name)


def test_all_lists_say_the_same() -> None:
    (block,) = [node for node in SOURCE.body if isinstance(node, ast.If)]
    froms = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {one.name: node.module for node in froms for one in node.names} == layouts._PLACES
    assert sorted(layouts._PLACES) == layouts.__all__ == dir(layouts)


def test_what_never_was_is_no_name() -> None:
    with pytest.raises(ImportError, match="cannot import name 'Skale'"):
        exec("from polypref.layouts import Skale")


def test_importing_loads_no_module_of_it() -> None:
    code = (
        "import sys; from polypref import layouts; dir(layouts); "
        "print(sorted(m for m in sys.modules if m.startswith(('polypref.l', 'pyarrow'))))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.stdout == "['polypref.layouts']\n", done.stderr
