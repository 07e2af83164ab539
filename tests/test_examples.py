"""The notebooks in examples/: each is run from its first cell to its last, and prints what it shows."""

import json
from pathlib import Path

import pytest

from .conftest import ROOT, Run

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
#: Printed between cells, so that each cell's output is known.
BORDER = "\x1e"


def test_there_are_three_small_ones() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["judge_two_models", "own_data_to_pairs", "read_a_released_version"]
    assert max(path.stat().st_size for path in NOTEBOOKS) < 20_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path: Path, tmp_path: Path, run_python: Run) -> None:
    notebook = json.loads(path.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["cells"][0]["source"][0].startswith("# ")
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    script = f"\nprint({BORDER!r}, end='')\n".join("".join(cell["source"]) for cell in cells)
    done = run_python(script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = ["".join(text for one in cell["outputs"] for text in one["text"]) for cell in cells]
    assert done.stdout.split(BORDER) == shown
