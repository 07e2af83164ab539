"""One model at a time, and batches that fit, with a stand-in for torch that says what it was asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from polypref.inference import Failure, Model, Reply, Request, Result, memory
from polypref.inference.memory import Encoded, make_room, work_in_halves


class OutOfMemoryError(Exception):
    """As torch's."""


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def torch(events: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    module = SimpleNamespace(
        OutOfMemoryError=OutOfMemoryError, cuda=SimpleNamespace(empty_cache=lambda: events.append("cache freed"))
    )
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


class Holder:
    def __init__(self, name: str, events: list[str]) -> None:
        self.name, self.events = name, events

    def let_go(self) -> None:
        self.events.append(f"{self.name} lets go")


@pytest.mark.slow
def test_who_held_a_model_lets_it_go_before_another_is_loaded(
    torch: Any, events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_holders", [])
    one, other = Holder("one", events), Holder("other", events)
    for holder in (one, other, other, one):
        make_room(holder)
        events.append(f"{holder.name} loads")
    assert events == [
        "cache freed",
        "one loads",
        "one lets go",
        "cache freed",
        "other loads",
        "other lets go",
        "cache freed",
        "other loads",
        "other lets go",
        "cache freed",
        "one loads",
    ]


def test_without_torch_there_is_no_cache_to_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_holders", [])
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    make_room(Holder("one", []))


def batch(*lengths: int) -> list[Encoded]:
    return [(Request(Model("m"), (("user", str(at)),)), [7] * length) for at, length in enumerate(lengths)]


def test_a_batch_that_does_not_fit_is_halved_and_the_cache_freed_first(torch: Any, events: list[str]) -> None:
    def work(part: Sequence[Encoded]) -> list[Result]:
        events.append(f"work on {[len(tokens) for _, tokens in part]}")
        if sum(len(tokens) for _, tokens in part) > 10:
            raise OutOfMemoryError
        return [Reply(request.messages[0][1]) for request, _ in part]

    requests = batch(11, 4, 6, 5, 5)
    results = list(work_in_halves(torch, work, requests))
    assert [request for request, _ in results] == [request for request, _ in requests]
    assert [result for _, result in results] == [Failure("out_of_memory", "11 tokens"), *map(Reply, "1234")]
    assert events == [
        "work on [11, 4, 6, 5, 5]",
        "cache freed",
        "work on [11, 4]",
        "cache freed",
        "work on [11]",
        "work on [4]",
        "work on [6, 5, 5]",
        "cache freed",
        "work on [6]",
        "work on [5, 5]",
    ]


def test_a_batch_that_fits_is_worked_on_whole(torch: Any, events: list[str]) -> None:
    results = list(work_in_halves(torch, lambda part: [Reply("a")] * len(part), batch(1, 2, 3)))
    assert len(results) == 3 and events == []


def test_any_other_error_is_no_lack_of_memory(torch: Any) -> None:
    def work(part: Sequence[Encoded]) -> list[Result]:
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        list(work_in_halves(torch, work, batch(1, 2)))
