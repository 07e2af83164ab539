"""Models in actors: pages, their sharing out and their loss, on a stand-in for Ray Data that works in this process."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from polypref.engines.actors import Actors
from polypref.engines.cluster import Site
from polypref.errors import UserError
from polypref.inference import Model, Reply, Request, Result, Sampling, Served, Usage
from polypref.inference.backend import ModelNotes
from polypref.inference.log import ResponseLog


@dataclass(frozen=True)
class Echo:
    """Answers with the request's seed; fails at one of them."""

    page: int = 2
    gpus: int = 0
    complains: int = -1
    usage: Usage = field(default_factory=Usage)

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            if request.sampling.seed == self.complains:
                raise UserError("the model has had enough")
            self.usage.add((3, 5), answered=True)
            yield request, Reply(str(request.sampling.seed))


@dataclass(frozen=True)
class Servers(Echo):
    """Only asks servers, four requests at once over all actors together."""

    at_once: int = 4

    def shared(self, actors: int) -> Servers:
        return Servers(page=10, at_once=self.at_once // actors)


class Rows:
    """A dataset whose rows are made when they are read; a row of `deaths` dies with all that are read with it."""

    def __init__(self, cluster: Nodes, refs: list[dict[str, list[bytes]]]) -> None:
        self.cluster, self.refs, self.context = cluster, refs, SimpleNamespace(max_errored_blocks=0)

    def map(self, actor: Any, *, fn_constructor_args: tuple[Any, ...], compute: int, **takes: Any) -> Rows:
        self.cluster.takes.append({"actors": compute, **takes})
        self.call = actor(*fn_constructor_args)
        return self

    def __iter__(self) -> Iterator[dict[str, bytes]]:
        assert self.context.max_errored_blocks == -1, "one page that is lost would end all"
        numbers = {ref["number"][0] for ref in self.refs}
        if numbers & self.cluster.deaths:
            for number in numbers:
                self.cluster.deaths_left[number] -= 1
            self.cluster.deaths = {n for n in self.cluster.deaths if self.cluster.deaths_left[n] > 0}
            return
        for ref in reversed(self.refs):
            self.cluster.sizes.append(ref)
            yield self.call({name: values[0] for name, values in ref.items()})


#: Page -> how often it dies.
NOBODY: Mapping[int, int] = MappingProxyType({})


class Nodes:
    """What is asked of a cluster: `cpus` on each of its nodes, and `gpus` on the first."""

    def __init__(
        self, folder: Path, cpus: tuple[int, ...] = (1, 1), gpus: int = 0, dies: Mapping[int, int] = NOBODY
    ) -> None:
        (folder / "mark").touch()
        self.site = Site(str(folder), str(folder / "mark"), None)
        self.cpus, self.gpus = cpus, gpus
        self.deaths = {b"%d" % number for number in dies}
        self.deaths_left = Counter({b"%d" % number: times for number, times in dies.items()})
        self.takes: list[dict[str, Any]] = []
        self.sizes: list[Any] = []

    def data(self) -> Any:
        return SimpleNamespace(from_arrow_refs=lambda refs: Rows(self, refs), ActorPoolStrategy=self.pool)

    def pool(self, size: int, max_tasks_in_flight_per_actor: int) -> int:
        assert max_tasks_in_flight_per_actor == 1, "a second page would be lost with an actor"
        return size

    def nodes(self) -> int:
        return len(self.cpus)

    def places(self, resource: str, each: int) -> int:
        return sum(cpus // each for cpus in self.cpus) if resource == "CPU" else self.gpus // each

    def put(self, columns: dict[str, list[bytes]]) -> Any:
        return columns

    def rows(self, dataset: Rows) -> Iterator[dict[str, bytes]]:
        return iter(dataset)

    def lost(self, reason: str) -> UserError:
        return UserError(f"lost: {reason}")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker does to its process is undone here."""
    monkeypatch.chdir(tmp_path)


def requests(count: int) -> list[Request]:
    return [Request(Model("m"), (("user", "hi"),), Sampling(seed=n)) for n in range(count)]


def seeds(actors: Actors, count: int) -> list[int]:
    answered = list(actors.run(requests(count)))
    assert all(isinstance(reply, Reply) and reply.text == str(request.sampling.seed) for request, reply in answered)
    return sorted(request.sampling.seed for request, _ in answered)


def test_every_request_is_answered_once_a_page_at_a_time(tmp_path: Path) -> None:
    nodes, backend = Nodes(tmp_path), Echo(page=3)
    assert seeds(Actors(backend, nodes), 10) == list(range(10))  # type: ignore[arg-type]
    assert [len(pickle.loads(ref["requests"][0])) for ref in reversed(nodes.sizes)] == [3, 3, 2, 2]
    assert nodes.takes == [{"actors": 2, "max_restarts": 0, "num_cpus": 1}]
    assert (backend.usage.requests, backend.usage.prompt_tokens, backend.usage.completion_tokens) == (10, 30, 50)


@dataclass(frozen=True)
class Loads(Echo):
    """Sees something of its model when it loads it."""

    model_notes: ModelNotes = field(default_factory=ModelNotes)

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request, result in super().run(requests):
            self.model_notes.add(request.model, ["it begins a thought"])
            yield request, result


def test_what_actors_see_of_their_models_is_known_here_before_the_first_answer(tmp_path: Path) -> None:
    nodes, backend = Nodes(tmp_path), Loads()
    answered = Actors(backend, nodes).run(requests(5))  # type: ignore[arg-type]
    next(answered)
    assert backend.model_notes.notes == {Model("m"): ["it begins a thought"]}
    list(answered)
    served = Served(Model("m"), Loads())
    with ResponseLog(tmp_path / "log.sqlite") as log:
        list(log.ask(Actors(served.backend, nodes), requests(1), served=served))  # type: ignore[arg-type]
        assert log.model_notes(served) == ["it begins a thought"]


def test_no_request_starts_no_actor(tmp_path: Path) -> None:
    nodes = Nodes(tmp_path)
    assert seeds(Actors(Echo(), nodes), 0) == [] and nodes.takes == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("backend", "cluster", "workers", "takes"),
    [
        # A model without a GPU: as many actors as there are CPUs, or as are asked for.
        (Echo(), {"cpus": (2, 1)}, None, {"actors": 3, "num_cpus": 1}),
        (Echo(), {"cpus": (2, 1)}, 2, {"actors": 2, "num_cpus": 1}),
        # Two GPUs each, of five.
        (Echo(gpus=2), {"gpus": 5}, None, {"actors": 2, "num_gpus": 2}),
        (Echo(gpus=1), {"gpus": 1}, None, {"actors": 1, "num_gpus": 1}),
        # A cluster without GPUs has it on CPUs.
        (Echo(gpus=2), {"gpus": 0}, None, {"actors": 2, "num_cpus": 1}),
        # Servers elsewhere: one actor a node, and no more actors than requests at once.
        (Servers(), {"cpus": (9, 9, 9)}, None, {"actors": 3, "num_cpus": 1}),
        (Servers(at_once=2), {"cpus": (9, 9, 9)}, None, {"actors": 2, "num_cpus": 1}),
    ],
)
def test_what_actors_take(
    tmp_path: Path, backend: Echo, cluster: dict[str, Any], workers: int | None, takes: dict[str, int]
) -> None:
    nodes = Nodes(tmp_path, **cluster)
    assert seeds(Actors(backend, nodes, workers), 40) == list(range(40))  # type: ignore[arg-type]
    assert nodes.takes[0] == takes | {"max_restarts": 0}


def test_more_gpus_than_a_node_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no node of the Ray cluster has the 4 GPUs that tensor_parallel asks for"):
        seeds(Actors(Echo(gpus=4), Nodes(tmp_path, gpus=2)), 1)  # type: ignore[arg-type]


def test_a_page_that_was_lost_is_asked_again_with_the_others(tmp_path: Path) -> None:
    nodes = Nodes(tmp_path, dies={1: 1})
    assert seeds(Actors(Echo(), nodes), 10) == list(range(10))  # type: ignore[arg-type]
    assert len(nodes.sizes) == 6, "each page came back once"


def test_a_page_that_dies_with_all_its_actors_stops_the_run_and_the_others_are_answered(tmp_path: Path) -> None:
    nodes = Nodes(tmp_path, dies={1: 99})
    answered: list[int] = []
    with pytest.raises(UserError, match="lost: an actor died with every page that it was given"):
        for request, _ in Actors(Echo(), nodes).run(requests(8)):  # type: ignore[arg-type]
            answered.append(request.sampling.seed)
    assert sorted(answered) == [0, 1, 4, 5, 6, 7]


def test_what_came_before_an_error_is_yielded_and_counted(tmp_path: Path) -> None:
    backend = Echo(page=4, complains=2)
    answered: list[int] = []
    with pytest.raises(UserError, match="the model has had enough"):
        for request, _ in Actors(backend, Nodes(tmp_path, cpus=(1,))).run(requests(4)):  # type: ignore[arg-type]
            answered.append(request.sampling.seed)
    assert (answered, backend.usage.requests) == ([0, 1], 2)
