"""Three hundred times kill -9, at random moments of a build and a release: the same command goes on to the same end.

The builds go through every stage, with models behind a loopback server and without; the response log, the dataset's
bytes and what the Hub holds are in the end those of a build that nobody disturbed.
"""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, environment
from tests.hub import LoopbackHub
from tests.inference.loopback import Loopback
from tests.processes import gone
from tests.test_models import Server, prompt

pytestmark = pytest.mark.faults
#: Engines that builds are killed under, each with its share of the kills.
ENGINES = {"local": 29 / 30, "ray": 1 / 30}
#: Kills of one test, so that several run at a time.
PART = 25
PROMPTS = 12


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "part" in metafunc.fixturenames:
        kills = metafunc.config.getoption("--kills")
        parts = [
            (engine, min(PART, round(kills * share) - first), first)
            for engine, share in ENGINES.items()
            for first in range(0, round(kills * share), PART)
        ]
        metafunc.parametrize("part", parts, ids=[f"{engine} {first}" for engine, _, first in parts])


@dataclass
class Scene:
    """A server of models, a Hub, inputs, and a process that runs commands and kills them."""

    at: str
    hub: LoopbackHub
    home: Path
    process: subprocess.Popen[str]
    cluster: str = ""
    groups: list[int] = field(default_factory=list)
    runs: int = 0

    def words(self, kind: str, out: Path, engine: str, workers: int) -> list[str]:
        more = ["--out", out, "--workers", workers, "--quiet"]
        if engine == "ray":
            more += ["--engine", "ray", "--ray-address", self.cluster]
        if kind == "pool":
            return list(
                map(str, ["build", "tests/scripts/pool.py", "--source", self.home / "pool", "--no-identify", *more])
            )
        words = ["build", "tests/scripts/models.py", "--source", self.home / "prompts.jsonl", "--at", self.at, *more]
        return list(map(str, [*words, "--rater", kind, "--log", f"{out}.sqlite"]))

    def run(self, argv: list[str], after: float | None = None, victim: str = "all", draw: int = 0) -> dict[str, Any]:
        self.runs += 1
        assert self.process.stdin is not None and self.process.stdout is not None
        out, err = self.home / f"{self.runs}.out", self.home / f"{self.runs}.err"
        job = {"argv": argv, "env": {}, "out": str(out), "err": str(err), "after": after, "victim": victim}
        print(json.dumps(job | {"draw": draw}), file=self.process.stdin, flush=True)
        done: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.groups.append(done["group"])
        # A child that is killed at once has said nothing anywhere.
        stderr = err.read_text("utf-8") if err.exists() else ""
        assert "Traceback" not in stderr, stderr
        # A worker that had nothing left to do is not missed.
        lone = victim == "worker" and done["code"] == 2 and "a worker process was killed" in stderr
        assert done["code"] == 0 or (done["killed"] and (done["code"] == -9 or lone)), f"{done}\n{stderr}"
        return done


@pytest.fixture(scope="module")
def scene(tmp_path_factory, make_pool) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("kills")
    make_pool(home / "pool", 40)
    lines = (json.dumps({"id": n, "prompt": prompt(n)}) + "\n" for n in range(PROMPTS))
    (home / "prompts.jsonl").write_text("".join(lines), "utf-8")
    server = Server()
    server.slow = 0.002
    with Loopback(server) as running, LoopbackHub() as hub:
        env = environment(**hub.env(hub.token("org"), home / "hf"), HF_HUB_OFFLINE="0", HF_DATASETS_OFFLINE="0")
        words = [sys.executable, "-m", "tests.faults.killer"]
        with subprocess.Popen(
            words, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            yield Scene(running.url, hub, home, process)
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Ray cluster with one worker, which outlives the builds that are killed."""
    pytest.importorskip("ray", reason="needs Ray: pip install -e '.[ray]', or make faults")
    from ray.cluster_utils import Cluster

    running = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield str(running.address)
    running.shutdown()


@dataclass
class Whole:
    """A build that nobody disturbed: how long it took, and what it left."""

    seconds: float
    contents: dict[str, str]
    replies: dict[str, str]


def replies(log: Path) -> dict[str, str]:
    if not log.exists():
        return {}
    with sqlite3.connect(log) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(db.execute("SELECT key, reply FROM replies"))


@pytest.fixture(scope="module")
def whole(scene, contents, tmp_path_factory) -> Callable[[str, str], Whole]:
    """By kind of build; made once."""
    known: dict[tuple[str, str], Whole] = {}

    def whole_build(kind: str, engine: str) -> Whole:
        if (kind, engine) not in known:
            out = tmp_path_factory.mktemp("whole") / "out"
            begin = time.monotonic()
            # What the engine does must not show in the bytes either: the measure is always the local one.
            scene.run(scene.words(kind, out, "local", 1))
            if engine != "local":
                begin = time.monotonic()
                scene.run(scene.words(kind, tmp_path_factory.mktemp("timed") / "out", engine, 1))
            known[kind, engine] = Whole(time.monotonic() - begin, contents(out), replies(Path(f"{out}.sqlite")))
        return known[kind, engine]

    return whole_build


def disturbed(scene: Scene, words: list[str], seconds: float, draw: random.Random, most: int) -> int:
    """Runs a command, killing it at random moments, until it comes to its end; returns how often it was killed."""
    kills = 0
    while kills < most:
        victim = draw.choice(["all", "all", "first", "worker"])
        done = scene.run(words, draw.uniform(0.0, seconds), victim, draw.randrange(10))
        kills += done["killed"]
        if done["code"] == 0:
            return kills
    scene.run(words)
    return kills


def test_killed_at_random_moments(part, scene, whole, contents, tmp_path, pytestconfig, figure, request):
    engine, wanted, first = part
    if engine == "ray":
        scene.cluster = request.getfixturevalue("cluster")
    draw = random.Random(f"{pytestconfig.getoption('--seed')} {engine} {first}")
    kills = {"build": 0, "release": 0}
    rounds = 0
    while sum(kills.values()) < wanted:
        kind = ("pairwise", "pool", "judge", "reward", "combined")[(first + rounds) % 5]
        calm, out, rounds = whole(kind, engine), tmp_path / f"out{rounds}", rounds + 1
        # Workers take seconds to begin, so most builds do without.
        words = scene.words(kind, out, engine, 2 if kind == "pool" and first % 50 else 1)
        left = wanted - sum(kills.values())
        kills["build"] += disturbed(scene, words, calm.seconds, draw, min(8, left))
        assert contents(out) == calm.contents, f"other bytes after {kills} kills ({kind})"
        assert replies(Path(f"{out}.sqlite")) == calm.replies, f"another log after {kills} kills ({kind})"
        assert not list(out.rglob("*.tmp")), "leftovers are cleared away"
        name, left = f"org/kills-{engine}-{first}-{rounds}", wanted - sum(kills.values())
        release = ["release", str(out), "--repo", name]
        kills["release"] += disturbed(scene, release, 1.0, draw, min(2, left))
        repo = scene.hub.repo("datasets", name)
        assert list(repo.tags) == ["v1.0.0"] and len(repo.commits) == 2, "not one commit and its tag"
        held = repo.files("v1.0.0")
        assert {n: held[n] for n in held if n.startswith("data/")} == {
            n: (out / n).read_bytes() for n in calm.contents if n.startswith("data/")
        }
    for what, count in kills.items():
        figure(f"kill -9 during {what} ({engine})", count)
    assert all(gone(group) for group in scene.groups), "a worker outlived its killed parent"
