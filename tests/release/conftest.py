"""One loopback Hub, command line and built dataset for a test session; every test has repositories of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub import LoopbackHub, Repo

from .helpers import SCRIPT, Done, Line, Row, clone, vary, write_pool


@pytest.fixture(scope="session")
def session_hub() -> Iterator[LoopbackHub]:
    with LoopbackHub() as hub:
        yield hub
        assert hub.unknown == []


@pytest.fixture
def hub(session_hub: LoopbackHub) -> Iterator[LoopbackHub]:
    """The Hub, without faults of an earlier test."""
    session_hub.clear_faults()
    session_hub.reset_counter()
    yield session_hub
    session_hub.clear_faults()


@pytest.fixture(scope="session")
def cli(session_hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The command line, with a token that may write to org."""
    line = Line(session_hub, tmp_path_factory.mktemp("line"))
    yield line
    line.close()


@pytest.fixture(scope="session")
def built(cli: Line, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 1.0.0: three languages, 12 prompts each, mixtures `all` and `four`; built by polypref build."""
    folder = tmp_path_factory.mktemp("built")
    cli.ok("build", SCRIPT, "--source", write_pool(folder / "pool"), "--out", folder / "out", "--quiet")
    return folder / "out"


@pytest.fixture
def make(built: Path, tmp_path: Path) -> Callable[..., Path]:
    """Folders that differ from the built one; see helpers.vary."""

    def make(name: str = "next", **changes: object) -> Path:
        return vary(built, tmp_path / name, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def released(cli: Line, built: Path, session_hub: LoopbackHub) -> Repo:
    """A private repository that holds v1.0.0, the built folder; not to be changed."""
    cli.ok("release", built, "--repo", "org/released")
    return session_hub.repo("datasets", "org/released")


@pytest.fixture(scope="session")
def released_twice(
    cli: Line, built: Path, released: Repo, session_hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory
) -> Repo:
    """The same with v1.1.0 on top, which has a German training row more (pair_id a...); not to be changed."""

    def more(table: dict[tuple[str, str], list[Row]]) -> None:
        texts = {
            "prompt": [{"role": "user", "content": "Wo steht der neue Brunnen?"}],
            "chosen": [{"role": "assistant", "content": "Auf dem Platz hinter der Kirche."}],
            "rejected": [{"role": "assistant", "content": "Das wird wohl niemand wissen."}],
        }
        ids = {"pair_id": "a" * 32, "prompt_id": "8" * 32, "group_id": "9" * 32}
        table["de", "train"].append(table["de", "train"][0] | ids | texts)

    quotas = {"four": {"de": 4, "he": 4, "ja": 4}}
    folder = vary(built, tmp_path_factory.mktemp("twice"), version="1.1.0", rows=more, quotas=quotas)
    repo = clone(session_hub, released, "org/released-twice")
    cli.ok("release", folder, "--repo", repo.id)
    return repo


@pytest.fixture
def first(cli: Line, hub: LoopbackHub, released: Repo) -> Repo:
    """A repository of the test's own with v1.0.0."""
    return clone(hub, released, cli.new_name())


@pytest.fixture
def two(cli: Line, hub: LoopbackHub, released_twice: Repo) -> Repo:
    """A repository of the test's own with v1.0.0 and v1.1.0."""
    return clone(hub, released_twice, cli.new_name())


@pytest.fixture
def release(cli: Line) -> Callable[..., Done]:
    """Runs polypref release: folder, repository, further words."""

    def run(folder: object, name: str, *more: object, **options: Any) -> Done:
        return cli("release", folder, "--repo", name, *more, **options)

    return run
