"""A plugin of pytest: only the tests that the file of POLYPREF_TESTS lists, in its order."""

import json
import os
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the tests that are listed."""
    wanted: list[str] = json.loads(Path(os.environ["POLYPREF_TESTS"]).read_text("utf-8"))
    place = {test: number for number, test in enumerate(wanted)}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in place])
    items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])
