"""Asking pass by pass, until nothing new can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.inference import Backend, Failure, Known, Model, Reply, Request, Result, Served, Usage
from polypref.inference.ask import ask_all
from polypref.inference.backend import ModelNotes
from polypref.inference.log import ResponseLog


class Doubles:
    """Answers a number with its double; fails at some, and stops the run at one."""

    def __init__(self, fails: Iterable[str] = (), stops: str = "", usage: Usage | None = None) -> None:
        self.fails, self.stops, self.asked = set(fails), stops, list[str]()
        if usage:
            self.usage, self.price_in, self.price_out, self.cost = usage, 1.0, 2.0, 3.5

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        for request in requests:
            text = request.messages[0][1]
            self.asked.append(text)
            if text == self.stops:
                raise UserError("no more")
            yield request, Failure("timeout") if text in self.fails else Reply(str(2 * int(text)))


ONE, TWO = Model("lab/one"), Model("lab/two")


def ask(text: str, model: Model = ONE) -> Request:
    return Request(model, (("user", text),))


def doubling(known: Known) -> Iterator[list[Request]]:
    """One, and each answer once it is there, up to 8."""
    requests = [ask("1")]
    while isinstance(reply := known([requests[-1]])[0], Reply) and int(reply.text) <= 8:
        requests.append(ask(reply.text))
    yield requests


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ResponseLog]:
    with ResponseLog(tmp_path / "log.sqlite") as opened:
        yield opened


class Loads(Doubles):
    """Sees something of its model when it loads it."""

    def __init__(self, stops: str = "") -> None:
        super().__init__(stops=stops)
        self.model_notes = ModelNotes()

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        self.model_notes.add(ONE, ["it has no place for a system prompt"])
        yield from super().run(requests)


def test_a_run_that_was_stopped_and_goes_on_states_the_same_of_its_model(log: ResponseLog) -> None:
    def pages(_: Known) -> Iterator[list[Request]]:
        yield [ask("1"), ask("2")]

    with pytest.raises(UserError, match="no more"):
        ask_all("rate", [Served(ONE, Loads(stops="2"))], pages, log, quiet=True)
    log.put(ask("2"), Reply("4"))  # by another process
    # Nothing is left to ask, so nothing is loaded.
    again = Loads()
    ask_all("rate", [Served(ONE, again)], pages, log, quiet=True)
    assert again.asked == [] and log.model_notes(Served(ONE, again)) == ["it has no place for a system prompt"]


def test_what_hangs_on_answers_is_asked_in_later_passes(log: ResponseLog) -> None:
    backend = Doubles()
    ask_all("rate", [Served(ONE, backend)], doubling, log, quiet=True)
    assert backend.asked == ["1", "2", "4", "8"]
    ask_all("rate", [Served(ONE, backend)], doubling, log, quiet=True)
    assert len(backend.asked) == 4, "the log knows it all"


@pytest.mark.slow
def test_what_has_no_end_is_given_up_and_the_next_run_goes_on(log: ResponseLog) -> None:
    def chain(known: Known, most: int = 10**9) -> Iterator[list[Request]]:
        requests = [ask("0")]
        while known([requests[-1]])[0] is not None and len(requests) < most:
            requests.append(ask(str(len(requests))))
        yield requests

    backend = Doubles()
    with pytest.raises(UserError, match=r"Mine\.requests\(\) still asks something new after 100 passes"):
        ask_all("rate", [Served(ONE, backend)], chain, log, quiet=True, asker="Mine.requests()")
    assert backend.asked == [str(number) for number in range(100)]
    ask_all("rate", [Served(ONE, backend)], lambda known: chain(known, 150), log, quiet=True)
    assert len(backend.asked) == 150


def test_each_is_asked_once_model_by_model(log: ResponseLog) -> None:
    first, second = Doubles(), Doubles()
    pages = [[ask("1"), ask("2", TWO)], [ask("1"), ask("3", TWO), ask("4")]]
    ask_all("rate", [Served(ONE, first), Served(TWO, second)], lambda _: pages, log, quiet=True)
    assert (first.asked, second.asked) == (["1", "4"], ["2", "3"])


def test_a_failure_is_asked_again_once_and_only_when_it_shall_be(log: ResponseLog) -> None:
    pages = [[ask("1"), ask("2")]]
    failing, better = Doubles(fails="2"), Doubles()
    for again, asked in ((False, ["1", "2"]), (False, ["1", "2"]), (True, ["1", "2", "2"])):
        ask_all("rate", [Served(ONE, failing)], lambda _: pages, log, quiet=True, **({"again": True} if again else {}))
        assert failing.asked == asked
    ask_all("rate", [Served(ONE, better)], lambda _: pages, log, again=True, quiet=True)
    assert better.asked == ["2"] and log.get(ask("2")) == Reply("4")


def test_what_was_answered_before_a_backend_stops_is_kept(log: ResponseLog) -> None:
    with pytest.raises(UserError, match="no more"):
        ask_all("rate", [Served(ONE, Doubles(stops="2"))], lambda _: [[ask("1"), ask("2")]], log, quiet=True)
    assert log.get_many([ask("1"), ask("2")]) == [Reply("2"), None]


def test_who_serves_in_a_backends_place_is_asked(log: ResponseLog) -> None:
    backend, instead = Doubles(), Doubles()

    def serving(asked: Backend) -> Backend:
        assert asked is backend
        return instead

    ask_all("rate", [Served(ONE, backend)], lambda _: [[ask("1")]], log, quiet=True, serving=serving)
    assert (backend.asked, instead.asked) == ([], ["1"])


def test_what_it_took_is_said_after_each_model(log: ResponseLog, capsys: pytest.CaptureFixture[str]) -> None:
    usage = Usage()
    for tokens in ((1_000, 20), (None, None)):
        usage.add(tokens, answered=True)
    pages = [[ask("1")]]
    ask_all("rate", [Served(ONE, Doubles(usage=usage))], lambda _: pages, log)
    stderr = capsys.readouterr().err
    assert "1,000 + 20 tokens through this server so far, cost 3.50; 1 answers came without a count" in stderr
    ask_all("rate", [Served(ONE, Doubles(usage=usage))], lambda _: pages, log)
    assert capsys.readouterr().err == "", "nothing was asked"
