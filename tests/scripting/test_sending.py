"""What goes to worker processes: whose it is where it cannot be sent, or not be read there."""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from polypref.errors import UserError
from polypref.scripting.sending import arriving, check_sendable, packed, without_exit


@dataclass(frozen=True)
class Mine:
    """A part of a builder, with one setting."""

    setting: object = None


class Leaves:
    """Ends the program when it is sent."""

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        sys.exit(0)


class Arrives:
    """Does what it is called with when it is read."""

    def __init__(self, does: Callable[[], object]) -> None:
        self.does = does

    def __getstate__(self) -> dict[str, object]:
        return {"does": self.does}

    def __setstate__(self, state: dict[str, Callable[[], object]]) -> None:
        state["does"]()


class NoNumber:
    """Is written as what cannot be read."""

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return int, ("x",)


def leave() -> None:
    sys.exit(0)


def fail() -> None:
    raise ValueError("no state")


def read(sent: bytes) -> object:
    with arriving():
        return pickle.loads(sent)


def sentence(action: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        action()
    return str(caught.value)


def test_what_can_be_sent_arrives() -> None:
    assert read(packed((len, (Mine(3),)))) == (len, (Mine(3),))
    check_sendable({"de": [1.0]}, "what fit() returned")


@pytest.mark.parametrize("inside", [lambda one: one, lambda one: ((Mine(),), {"de": one}), lambda one: Mine([one])])
def test_whose_attribute_cannot_be_sent_is_named_wherever_it_lies(inside: Callable[[object], object]) -> None:
    refusal = sentence(lambda: packed((len, inside(Mine(threading.Lock())))))
    assert refusal.startswith("setting of Mine cannot be sent to worker processes: it raises TypeError: cannot pickle")
    assert "make locks, open files and the like where they are used, or build with workers=1" in refusal


def test_what_is_defined_inside_a_function_is_to_stand_at_the_top() -> None:
    class Inner:
        pass

    assert sentence(lambda: packed(Mine(Inner()))).startswith("Inner cannot be sent to worker processes: it raises ")
    for local in (Inner(), lambda: 1):
        assert "define it at the top of the builder script, not inside a function" in sentence(lambda: packed(local))  # noqa: B023


def test_what_is_pythons_own_is_something_of_the_builder() -> None:
    refusal = sentence(lambda: packed(one for one in "ab"))
    assert refusal.startswith("something of the builder cannot be sent to worker processes: it raises TypeError: ")


@pytest.mark.parametrize(
    ("does", "words"),
    [(leave, "raises SystemExit: 0, which would end the program"), (fail, "raises ValueError: no state")],
)
def test_what_a_class_raises_on_its_way_is_a_sentence(does: Callable[[], object], words: str) -> None:
    refusal = sentence(lambda: read(packed(Arrives(does))))
    assert refusal.startswith(f"{does.__name__} cannot be read in the worker process that it was sent to: ")
    assert words in refusal and "test_sending.py line " in refusal
    assert words in sentence(lambda: check_sendable(Arrives(does), "what fit() returned"))


def test_so_is_what_it_raises_before_it() -> None:
    refusal = sentence(lambda: packed(Mine(Leaves())))
    assert refusal.startswith("Leaves cannot be sent to worker processes: test_sending.py line ")
    assert refusal.endswith(
        "raises SystemExit: 0, which would end the program; raise an error that says why; mend it, or build with "
        "workers=1 (--workers 1)"
    )


def test_what_cannot_be_read_again_is_known_before_it_is_sent() -> None:
    refusal = sentence(lambda: check_sendable({"de": NoNumber()}, "rater 'mine': what fit() returned"))
    assert refusal.startswith(
        "rater 'mine': what fit() returned cannot be sent to worker processes: it raises ValueError"
    )
    assert refusal.endswith("or what else can be pickled and read again")
    assert sentence(lambda: read(packed(NoNumber()))).startswith("something of the builder cannot be read in the ")


def test_a_job_does_not_end_the_program_that_waits_for_it() -> None:
    def job() -> None:
        with without_exit():
            leave()

    assert sentence(job).startswith("code in a worker process (test_sending.py line ")
    with pytest.raises(KeyError), without_exit():
        raise KeyError
