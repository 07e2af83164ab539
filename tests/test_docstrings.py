"""Examples in docstrings, run; those that need data of their own are run by the tests of their module."""

import doctest
import importlib
from pathlib import Path

import pytest

from tests.conftest import ROOT

#: Run by tests/api, with files that the examples name.
ELSEWHERE = {
    "polypref/api/building.py",
    "polypref/api/datasets.py",
    "polypref/api/evaluating.py",
    "polypref/api/training.py",
}
WITH_EXAMPLES = [
    path.relative_to(ROOT)
    for path in sorted((ROOT / "polypref").rglob("*.py"))
    if str(path.relative_to(ROOT)) not in ELSEWHERE and " >>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=str)
def test_examples_give_what_they_say(path: Path) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0
