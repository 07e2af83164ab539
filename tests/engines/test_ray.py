"""Builds on a Ray cluster of two workers: the same bytes as without it, also when a worker is lost in the middle."""

import asyncio
import json
import math
import operator
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from polypref import languages
from polypref.engines.cluster import Cluster
from polypref.engines.ray import Ray
from polypref.errors import UserError
from polypref.inference import Model, Request, Sampling
from polypref.inference.openai import OpenAI
from polypref.inference.transformers import Transformers
from polypref.scripting.loading import load_script
from tests.inference import tiny
from tests.inference.loopback import Loopback, chat
from tests.test_models import SCRIPT as MODELS
from tests.test_models import Server, prompt

pytestmark = pytest.mark.ray
ray = pytest.importorskip("ray", reason="needs Ray: pip install -e '.[ray]', or make test-ray")

SCRIPT = Path(__file__).parents[1] / "scripts" / "on_ray.py"


class Nodes:
    """A cluster on this machine: a head without work, and two nodes that work."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster as Local

        # A node counts as lost after five seconds of silence, not thirty.
        soon = {"health_check_period_ms": 1_000, "health_check_failure_threshold": 5}
        head = {"num_cpus": 0, "include_dashboard": False, "_system_config": soon}
        self.cluster = Local(initialize_head=True, head_node_args=head)
        self.workers = [self.cluster.add_node(num_cpus=1) for _ in range(2)]

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def kill(self, node_id: str) -> None:
        """Kills a node with all that runs on it, as a machine that loses its power."""
        (lost,) = [one for one in self.workers if one.node_id == node_id]
        raylet = lost.all_processes["raylet"][0].process.pid
        children = Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split()
        for pid in (raylet, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.cluster.remove_node(lost, allow_graceful=False)
        self.workers.remove(lost)

    def whole(self) -> None:
        """Adds what was killed."""
        while len(self.workers) < 2:
            self.workers.append(self.cluster.add_node(num_cpus=1))
        self.cluster.wait_for_nodes()


@pytest.fixture(scope="module")
def running() -> Iterator[Nodes]:
    # A key that nobody may find in what Ray writes; nodes have the environment in which they are started.
    os.environ["OPENAI_API_KEY"] = KEY
    nodes = Nodes()
    yield nodes
    nodes.cluster.shutdown()
    del os.environ["OPENAI_API_KEY"]


KEY = "sk-marked-7f3a91"


@pytest.fixture
def nodes(running: Nodes) -> Nodes:
    running.whole()
    return running


@pytest.fixture(scope="module")
def pool(tmp_path_factory, make_pool) -> Path:
    return make_pool(tmp_path_factory.mktemp("ray") / "pool", 125)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, polypref, pool) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    polypref("build", SCRIPT, "--source", pool, "--out", out, "--workers", 1)
    assert len(parts(out, "filter")) > 12, "the test needs many parts"
    return out


@pytest.fixture
def begun(tmp_path) -> Path:
    (tmp_path / "begun").mkdir()
    return tmp_path / "begun"


def words(pool: Path, out: Path, nodes: Nodes | None, **more: Any) -> list[object]:
    engine = ["--engine", "ray", "--ray-address", nodes.address] if nodes else ["--workers", 2]
    options = [word for name, value in more.items() for word in (f"--{name}", value)]
    return ["build", SCRIPT, "--source", pool, "--out", out, *engine, *options]


def parts(out: Path, stage: str) -> dict[str, bytes]:
    """The parts of a stage, by path from the store."""
    store = out / ".polypref"
    return {str(p.relative_to(store)): p.read_bytes() for p in store.glob(f"{stage}-*/*.parquet")}


def wait_for(true: Any, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)
    return value


def places(begun: Path) -> list[str]:
    """The nodes where work has begun, in order."""
    names = [path.name.split("-") for path in begun.iterdir()]
    return [node for node, _, _ in sorted(names, key=lambda name: name[2])]


def same(one: Path, other: Path, contents: Any) -> None:
    assert contents(one) == contents(other)
    for stage in ("read", "pair", "filter"):
        assert parts(one, stage) == parts(other, stage)


def test_the_same_bytes_on_a_cluster(tmp_path, polypref, pool, undisturbed, contents, nodes, begun):
    out = tmp_path / "out"
    done = polypref(*words(pool, out, nodes, begun=begun))
    same(out, undisturbed, contents)
    assert set(places(begun)) == {one.node_id for one in nodes.workers}, "both nodes had parts to make"
    # Ray's own words are for its log files.
    stages = [line.split()[0] for line in done.stderr.splitlines()]
    assert stages == ["read", "index", "check", "rated", "pair", "filter", "balance", "write"]
    assert done.stdout.startswith("wrote ") and done.stdout.count("\n") == 2, "and what was not checked"
    assert "nothing to do" in polypref(*words(pool, out, nodes)).stdout
    assert not list(out.rglob("*.tmp"))


def test_a_node_is_lost_while_parts_are_made(tmp_path, start, pool, undisturbed, contents, nodes, begun):
    out = tmp_path / "out"
    process = start(*words(pool, out, nodes, begun=begun, seconds=0.3))
    wait_for(lambda: len(places(begun)) >= 5 or process.poll() is not None)
    nodes.kill(places(begun)[-1])
    assert 0 < len(parts(out, "filter")) < len(parts(undisturbed, "filter"))
    printed, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert "Traceback" not in stderr and "raylet" not in stderr + printed
    assert len(places(begun)) > len(parts(out, "filter")), "a part was begun twice"
    same(out, undisturbed, contents)


@pytest.mark.parametrize("first", ["ray", "local"])
def test_a_killed_run_goes_on_under_the_other_engine(
    tmp_path, start, polypref, pool, undisturbed, contents, nodes, begun, first
):
    out = tmp_path / "out"
    under = {"ray": nodes, "local": None}
    process = start(*words(pool, out, under.pop(first), begun=begun, seconds=0.3))
    wait_for(lambda: len(parts(out, "filter")) >= 2 or process.poll() is not None)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = parts(out, "filter")
    assert 0 < len(done) < len(parts(undisturbed, "filter"))
    for path in begun.iterdir():
        path.unlink()
    (other,) = under.values()
    polypref(*words(pool, out, other, begun=begun))
    assert len(places(begun)) <= len(parts(undisturbed, "filter")) - len(done), "finished parts are not made again"
    same(out, undisturbed, contents)


def test_ctrl_c(tmp_path, start, polypref, pool, undisturbed, contents, nodes, begun):
    out = tmp_path / "out"
    process = start(*words(pool, out, nodes, begun=begun, seconds=0.3))
    wait_for(lambda: len(parts(out, "filter")) >= 2 or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)
    printed, stderr = process.communicate(timeout=60)
    assert (process.returncode, printed) == (130, ""), stderr
    assert stderr.splitlines()[-1] == "polypref: interrupted; what is done is kept, the same command goes on"
    assert "Traceback" not in stderr
    polypref(*words(pool, out, None))
    same(out, undisturbed, contents)


def test_a_mistake_in_the_source_is_the_same_sentence(tmp_path, polypref, nodes):
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool" / "de.jsonl").write_text('{"id": 1, "language": "de", "prompt": 7}\n' * 2_000, "utf-8")
    sentences = {
        polypref(*words(tmp_path / "pool", tmp_path / str(bool(on)), on), expect=2).stderr.splitlines()[-1]
        for on in (nodes, None)
    }
    assert len(sentences) == 1 and sentences.pop().startswith("polypref: source 'pool': ")


@pytest.fixture
def cluster(nodes: Nodes, tmp_path: Path) -> Iterator[Cluster]:
    """The cluster as this process joins it."""
    load_script(str(SCRIPT))
    with Cluster(tmp_path, nodes.address, script=str(SCRIPT)) as joined:
        yield joined


def test_jobs_are_done_once_and_errors_are_as_they_are(cluster):
    engine = Ray(cluster)
    assert list(engine.run(operator.mul, [])) == [] and not ray.is_initialized()
    assert sorted(engine.run(operator.mul, [(n, 3) for n in range(20)])) == [3 * n for n in range(20)]
    with pytest.raises(UserError, match="Unknown language tag 'xx'"):
        list(engine.run(languages.get, [("de",), ("xx",), ("he",)]))
    with pytest.raises(ValueError, match=r"math domain error|nonnegative") as caught:
        list(engine.run(math.sqrt, [(4.0,), (-1.0,)]))
    assert "in a Ray worker on" in caught.value.__notes__[0]
    with pytest.raises(UserError, match=r"workers of the Ray cluster were lost again and again .* \(--workers\)"):
        list(engine.run(os._exit, [(9,)]))


def test_a_node_that_does_not_see_the_folder_says_so(cluster, tmp_path):
    Path(cluster.site.mark).unlink()
    with pytest.raises(UserError, match=f"does not see what is written into {tmp_path}; every node must see"):
        list(Ray(cluster).run(operator.mul, [(2, 3)]))
    object.__setattr__(cluster.site, "folder", "/nowhere")
    with pytest.raises(UserError, match="no folder /nowhere on node"):
        list(Ray(cluster).run(operator.mul, [(2, 3)]))
    object.__setattr__(cluster.site, "version", "0.0.1")
    with pytest.raises(UserError, match=r"has polypref .*, this is 0\.0\.1; install the same"):
        list(Ray(cluster).run(operator.mul, [(2, 3)]))


def requests(count: int, name: str = "m") -> list[Request]:
    return [Request(Model(name), (("user", f"hi {n}"),), Sampling(seed=n, max_tokens=8)) for n in range(count)]


def echo(**settings: Any) -> Any:
    return load_script(str(SCRIPT)).Echo(**settings)


def test_a_node_is_lost_while_a_model_answers(cluster, nodes, begun):
    backend, asked = echo(begun=str(begun), seconds=0.1), requests(80)

    def kill() -> None:
        wait_for(lambda: len(places(begun)) >= 5)
        nodes.kill(places(begun)[-1])

    killer = threading.Thread(target=kill)
    killer.start()
    answered = list(Ray(cluster).serving(backend).run(asked))
    killer.join()
    assert Counter(int(reply.text) for _, reply in answered) == Counter(range(80)), "each once"
    assert all(request.sampling.seed == int(reply.text) for request, reply in answered)
    assert len(places(begun)) > 20, "a page was asked again"


def test_a_request_that_kills_its_actor_stops_the_run_and_the_others_are_answered(cluster):
    seeds = []
    with pytest.raises(UserError, match="lost again and again"):
        for request, _ in Ray(cluster).serving(echo(dies=13)).run(requests(40)):
            seeds.append(request.sampling.seed)
    assert sorted(seeds) == [n for n in range(40) if n not in range(12, 16)]


def test_what_came_before_a_models_error_is_kept(cluster):
    seeds = []
    with pytest.raises(UserError, match="has no chat template"):
        for request, _ in Ray(cluster, 1).serving(echo(complains=2)).run(requests(4)):
            seeds.append(request.sampling.seed)
    assert seeds == [0, 1]


def test_models_in_actors_say_what_they_say_here(cluster, tmp_path):
    name = tiny.llama(tmp_path / "model")
    asked = [Request(Model(name), r.messages, Sampling(0.7, seed=n, max_tokens=8)) for n, r in enumerate(requests(12))]
    here = dict(Transformers(window=4).run(asked))
    assert dict(Ray(cluster).serving(Transformers(window=4)).run(asked)) == here
    assert {type(reply).__name__ for reply in here.values()} == {"Reply"}


def test_servers_share_the_load_and_tokens_are_counted(cluster):
    async def answer(body: dict[str, Any], _: Any) -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return chat("yes", body["model"])

    with Loopback(answer) as server:
        backend = OpenAI((server.url,), concurrency=5, price_in=1.0, price_out=2.0)
        answered = list(Ray(cluster).serving(backend).run(requests(300)))
        assert len({request.key for request, _ in answered}) == len(server.bodies) == backend.usage.requests == 300
        assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
        assert server.most == 4, "two actors with half of five each"
    assert (backend.usage.prompt_tokens, backend.cost) == (2_100, (2_100 + 2 * 900) / 1e6)


def test_a_build_with_models(tmp_path, polypref, contents, nodes):
    source = tmp_path / "prompts.jsonl"
    source.write_text("".join(json.dumps({"id": n, "prompt": prompt(n)}) + "\n" for n in range(30)), "utf-8")
    server = Server()
    with Loopback(server) as at:
        common = ["build", MODELS, "--source", source, "--at", at.url, "--quiet", "--out"]
        on_ray = ["--engine", "ray", "--ray-address", nodes.address, "--log", tmp_path / "log.sqlite"]
        polypref(*common, tmp_path / "ray", *on_ray)
        assert set(server.asked.values()) == {1}
        polypref(*common, tmp_path / "local", "--workers", 1, "--log", tmp_path / "log.sqlite")
        assert set(server.asked.values()) == {1}, "the log is the same"
        polypref(*common, tmp_path / "alone", "--workers", 1)
    assert contents(tmp_path / "ray") == contents(tmp_path / "local") == contents(tmp_path / "alone")
    for stage in ("translate", "complete", "rate", "pair", "filter"):
        assert parts(tmp_path / "ray", stage) == parts(tmp_path / "local", stage)
    session = Path(nodes.cluster.head_node.get_session_dir_path())
    logs = [path for path in session.rglob("*") if path.is_file()]
    assert logs and not [path for path in logs if KEY.encode() in path.read_bytes()]


def test_nobody_at_the_address(tmp_path, polypref, pool):
    out = tmp_path / "out"
    words = ["build", SCRIPT, "--source", pool, "--out", out, "--engine", "ray", "--ray-address", "127.0.0.1:9"]
    stderr = polypref(*words, expect=2).stderr
    assert stderr.splitlines()[-1].startswith("polypref: no Ray cluster answers at 127.0.0.1:9 ("), stderr
    assert "Traceback" not in stderr


def test_without_an_address_ray_is_started_and_ended(polypref, pool, undisturbed, contents, tmp_path):
    # The names of Ray's sockets must be short.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        out = tmp_path / "out"
        done = polypref(
            "build", SCRIPT, "--source", pool, "--out", out, "--engine", "ray", "--workers", 1, RAY_TMPDIR=folder
        )
        assert done.stdout.startswith("wrote ") and done.stdout.count("\n") == 2, "and what was not checked"
        assert len(done.stderr.splitlines()) == 8, done.stderr
        assert list(Path(folder).rglob("raylet.out"))
        wait_for(lambda: not running_in(folder))
    same(out, undisturbed, contents)


def running_in(folder: str) -> list[str]:
    """Processes that name a folder in their command line."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            pids += [path.parent.name] if folder.encode() in path.read_bytes() else []
        except OSError:
            continue
    return pids
