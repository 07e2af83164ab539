"""What keeps the contract of an engine, and what an engine of one's own is told that does not."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from polypref.engines.contract import Engine
from polypref.engines.local import Local
from polypref.engines.ray import Ray
from polypref.errors import UserError
from polypref.inference import Backend
from polypref.scripting.declared import check_contract

T = TypeVar("T")


@dataclass(frozen=True)
class Backwards:
    """Does the last job first, all here."""

    def run(self, function: Callable[..., T], jobs: Sequence[tuple[object, ...]]) -> Iterator[T]:
        for job in reversed(jobs):
            yield function(*job)

    def serving(self, backend: Backend) -> Backend:
        return backend

    @property
    def here(self) -> Backwards:
        return self


class Nearly(Backwards):
    """Takes one job at a time, and has its models nowhere."""

    serving = None  # type: ignore[assignment]

    def run(self, function: Callable[..., Any]) -> Iterator[Any]:  # type: ignore[override]
        yield function()


#: A cluster that is this machine.
ALONE: Any = SimpleNamespace(address=None, script=None, settle=None)


@pytest.mark.parametrize("engine", [Local(), Ray(ALONE), Backwards()])
def test_an_engine_has_all_that_a_build_asks(engine: Engine) -> None:
    check_contract(engine, Engine, "engine")


@pytest.mark.parametrize("engine", [Local(1), Local(2), Backwards()])
def test_results_may_come_in_any_order_but_each_once(engine: Engine) -> None:
    assert sorted(engine.run(operator.pow, [(2, n) for n in range(6)])) == [1, 2, 4, 8, 16, 32]
    assert engine.here.serving("a model") == "a model"  # type: ignore[arg-type, comparison-overlap]


def test_what_an_engine_lacks_is_named() -> None:
    with pytest.raises(UserError, match=r"engine Nearly: its `run` is not to be called with \(function, jobs\); write"):
        check_contract(Nearly(), Engine, "engine")
    with pytest.raises(UserError, match="its `serving` is None, no method; write def serving"):
        check_contract(Nearly(), Engine, "engine")
    with pytest.raises(UserError, match="engine Local is a class; write Local"):
        check_contract(Local, Engine, "engine")
