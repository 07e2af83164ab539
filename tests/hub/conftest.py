"""A loopback Hub, and one with a first release in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import LoopbackHub
from .helpers import FIRST, REPO, push


@pytest.fixture
def hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as hub:
        yield hub
        assert hub.unknown == []


@pytest.fixture
def api(hub):
    """A client that may write to org, and a dataset repository with one release in it."""
    api = hub.api(hub.token("org"))
    api.create_repo(REPO, repo_type="dataset")
    push(api, FIRST)
    return api
