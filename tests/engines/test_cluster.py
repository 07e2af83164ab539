"""What workers and their process say to each other, and what stops a build before it joins a cluster."""

from __future__ import annotations

import logging
import re
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from polypref.engines.cluster import Cluster, Site, guarded, opened
from polypref.errors import UserError


class RayError(Exception):
    """What Ray raises where a worker is lost."""


class Batches:
    """A dataset of Ray Data: two tables, then what ends it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def iter_batches(self, **settings: Any) -> Any:
        assert settings == {"batch_size": None, "batch_format": "pyarrow", "prefetch_batches": 0}
        yield pa.table({"n": [b"1", b"2"]})
        yield pa.table({"n": [b"3"]})
        if self.error:
            raise self.error


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A stand-in for Ray, with four nodes that live and one that does not."""
    module: Any = ModuleType("ray")
    module.exceptions = ModuleType("ray.exceptions")
    module.exceptions.RayError = RayError
    resources = ({"CPU": 3.0, "GPU": 5.0}, {"GPU": 3.0}, {"CPU": 64.0, "GPU": 8.0}, {"CPU": 1.0}, {"CPU": 0.5})
    module.nodes = lambda: [
        {"Alive": alive, "Resources": has}
        for alive, has in zip((True, True, False, True, True), resources, strict=True)
    ]
    module.put = lambda table: table
    monkeypatch.setitem(sys.modules, "ray", module)
    return module


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mark").touch()
    return Site(str(tmp_path), str(tmp_path / "mark"), None)


@pytest.mark.parametrize("address", ["head", "http://head:1", "10.0.0.1", "10.0.0.1:ray", ""])
def test_an_address_without_a_port_is_none(tmp_path: Path, address: str, ray: ModuleType) -> None:
    with pytest.raises(UserError, match=re.escape(f"{address} is no address of a head node; give one as in 10.0.0.1:")):
        Cluster(tmp_path, address)
    Cluster(tmp_path, "10.0.0.1:6379"), Cluster(tmp_path, "auto"), Cluster(tmp_path)


def test_without_ray_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"needs Ray; run: pip install .ray\[data\]"):
        Cluster(tmp_path)


def test_nobody_who_listens_is_said_at_once(tmp_path: Path, ray: Any) -> None:
    ray.is_initialized = lambda: False
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UserError, match=rf"no Ray cluster answers at {address} \(.*; run there: ray start --head"):
            Cluster(tmp_path, address).data()


@pytest.mark.parametrize(
    ("address", "cannot"), [(None, "start Ray on this machine"), ("auto", "join the Ray cluster at auto")]
)
def test_a_ray_that_does_not_come_up_is_one_sentence(
    tmp_path: Path, ray: Any, address: str | None, cannot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []

    def init(**settings: Any) -> None:
        given.append(settings)
        raise RuntimeError("no room\n  in memory")

    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    ray.init, ray.is_initialized = init, lambda: False
    cluster = Cluster(tmp_path, address, cpus=3)
    with pytest.raises(UserError, match=rf"^cannot {cannot} \(no room in memory\); see docs/scale.md$"):
        cluster.data()
    (settings,) = given
    assert settings["log_to_driver"] is False and not cluster.mine
    assert settings["address"] == (address or "local") and ("num_cpus" in settings) == (address is None)
    if address is None:
        assert (settings["num_cpus"], settings["include_dashboard"]) == (3, False)


@pytest.mark.parametrize("there", [False, True])
def test_ray_says_nothing_itself_and_one_that_runs_already_is_not_ours(
    tmp_path: Path, ray: Any, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    context = SimpleNamespace(enable_progress_bars=True, print_on_execution_start=True)
    ray.data = ModuleType("ray.data")
    ray.data.DataContext = SimpleNamespace(get_current=lambda: context)
    ray._private = SimpleNamespace(worker=SimpleNamespace(_worker_logs_enabled=True))
    ray.init, ray.is_initialized = lambda **settings: started.append(settings), lambda: there
    monkeypatch.setitem(sys.modules, "ray.data", ray.data)
    handler = logging.StreamHandler()
    monkeypatch.setattr(logging.getLogger("ray.data"), "handlers", [handler])
    cluster = Cluster(tmp_path)
    assert cluster.data() is ray.data
    assert (len(started), cluster.mine) == ((0, False) if there else (1, True))
    assert ray._private.worker._worker_logs_enabled is False and handler.level == logging.CRITICAL
    assert context == SimpleNamespace(enable_progress_bars=False, print_on_execution_start=False)


def test_places_are_whole_on_a_node_that_lives(tmp_path: Path, ray: ModuleType) -> None:
    cluster = Cluster(tmp_path)
    assert cluster.nodes() == 2  # one of them with a single CPU; half of one is no place
    assert [cluster.places("GPU", each) for each in (1, 2, 3, 4, 6)] == [8, 3, 2, 1, 0]
    assert [cluster.places("CPU", each) for each in (1, 2)] == [4, 1]


def test_a_mark_lies_in_the_folder_until_the_cluster_is_left(tmp_path: Path, ray: ModuleType) -> None:
    with Cluster(tmp_path, script="build.py") as cluster:
        assert cluster.site is cluster.site
        assert Path(cluster.site.mark).parent == tmp_path and Path(cluster.site.mark).exists()
        assert (cluster.site.folder, cluster.site.script) == (str(Path.cwd()), "build.py")
    assert list(tmp_path.iterdir()) == []


def test_rows_come_one_by_one_and_lost_workers_are_a_sentence(tmp_path: Path, ray: ModuleType) -> None:
    cluster = Cluster(tmp_path)
    assert list(cluster.rows(Batches())) == [{"n": b"1"}, {"n": b"2"}, {"n": b"3"}]
    rows = cluster.rows(Batches(RayError("a trace\n  of many lines\nThe actor died.\n \n")))
    assert [next(rows) for _ in range(3)][-1] == {"n": b"3"}
    with pytest.raises(UserError, match=r"were lost again and again \(The actor died\.\); run the same command again"):
        next(rows)


def test_what_work_returns_or_raises_comes_out_on_the_other_side(site: Site) -> None:
    assert opened(guarded(site, lambda: {"rows": 3})) == {"rows": 3}

    def mistaken() -> None:
        raise UserError("a sentence")

    with pytest.raises(UserError, match=r"^a sentence$") as caught:
        opened(guarded(site, mistaken))
    assert not hasattr(caught.value, "__notes__")
    with pytest.raises(ZeroDivisionError) as divided:
        opened(guarded(site, lambda: 1 // 0))
    assert divided.value.__notes__[0].startswith(f"in a Ray worker on {socket.gethostname()}:\nTraceback")


def test_work_that_would_end_the_program_ends_only_with_a_sentence(site: Site) -> None:
    with pytest.raises(UserError, match="raises SystemExit: 0, which would end the program"):
        opened(guarded(site, lambda: sys.exit(0)))


def test_an_error_that_cannot_be_sent_is_told_in_words(site: Site) -> None:
    class Local(Exception):
        pass

    def fails() -> None:
        raise Local("what it says")

    with pytest.raises(RuntimeError, match="Local: what it says"):
        opened(guarded(site, fails))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"version": "0.0.1"}, r"has polypref .*, this is 0\.0\.1; install the same everywhere"),
        ({"folder": "/nowhere"}, "there is no folder /nowhere on node .*; every node must see the build's folder"),
        ({"mark": "/nowhere/mark"}, "does not see what is written into /nowhere; every node must see"),
    ],
)
def test_a_worker_that_does_not_see_the_same_does_not_work(site: Site, changes: dict[str, str], complaint: str) -> None:
    done: list[int] = []
    other = Site(**vars(site) | changes)
    with pytest.raises(UserError, match=complaint):
        opened(guarded(other, lambda: done.append(1)))
    assert done == []


def test_a_worker_knows_what_the_script_defines(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "on_nodes.py"
    script.write_text("class Params: pass\nclass Mine: pass\ndef build(params): pass\n", "utf-8")

    def works() -> list[str]:
        return [name for name, module in sys.modules.items() if getattr(module, "__file__", "") == str(script)]

    assert opened(guarded(site, works)) == []
    assert len(opened(guarded(Site(site.folder, site.mark, str(script)), works))) == 1
