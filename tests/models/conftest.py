"""A small model that writes: SmolLM2-135M-Instruct, which comes as a package, converted once into build/models.

What its tests find out is printed at the end, one line a figure below the name of the test.
"""

from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from quickstart.smollm2 import model_folder


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of the model; a test that needs it is skipped, saying so, where it cannot be made."""
    try:
        return model_folder()
    except UserError as error:
        pytest.skip(str(error))


@pytest.fixture
def figures(record_property: Any) -> Any:
    """Takes a figure by its name, for the lines at the end."""

    def add(name: str, value: str) -> None:
        record_property("figure", (name, value))

    return add


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the tests found out of the small model, in their order: the test's name, and below it a line a figure."""
    passed = [one for one in terminalreporter.stats.get("passed", ()) if getattr(one, "when", "") == "call"]
    known = {
        one.nodeid.rpartition("::test_")[2].replace("_", " "): [
            figure for kind, figure in one.user_properties if kind == "figure"
        ]
        for one in passed
    }
    if not any(known.values()):
        return
    terminalreporter.section("what the small model did")
    for test, own in known.items():
        for line in [test, *(f"  {name}: {value}" for name, value in own)] if own else ():
            terminalreporter.write_line(line)
