"""Ten thousand requests to a server that fails in every way it can, and dies twice: each row meets its true fate.

Nothing here depends on how fast the machine is: no row that must be answered has a time limit that could run out.
"""

import asyncio
import json
import random
from collections import Counter

import pytest
from aiohttp import web

from polypref.errors import UserError
from polypref.inference import Failure, Model, Reply, Request, Sampling
from polypref.inference.log import ResponseLog
from polypref.inference.openai import OpenAI

from .loopback import Loopback, chat, cut_off, error, last_turn, score

ROWS = 10_000
#: What the server does to the first one to three attempts of a row, before it answers.
PASSING = ("429", "429 wait", "500", "503", "503 wait", "reset", "reset in body", "truncated", "overloaded")
#: What it does to every attempt of a row, and the reason that the row must end with.
LASTING = {
    "empty": "empty_answer",
    "null": "empty_answer",
    "no choices": "bad_reply",
    "two choices": "bad_reply",
    "no finish": "bad_reply",
    "surrogate": "lone_surrogate",
    "500": "server_error",
    "reset": "server_error",
    "reset in body": "server_error",
    "truncated": "bad_reply",
    "filter": "content_filter",
    "long": "context_too_long",
    "unknown field": "bad_request",
}
SCORE_LASTING = {
    "nan": "bad_reply",
    "infinite": "bad_reply",
    "null": "bad_reply",
    "500": "server_error",
    "long": "context_too_long",
}
TEXTS = ("Γειά σου", "नमस्ते", "שלום", "سلام", "こんにちは", "你好", "안녕", "Привіт", "hello")


def is_score(row: int) -> bool:
    return row % 5 == 0


def fate(row: int) -> tuple[str | None, list[str]]:
    """What happens to every attempt of a row (None: it is answered), and to its first attempts."""
    dice = random.Random(f"fate {row}")
    lasting = None
    if dice.random() < 0.06:
        lasting = dice.choice(list(SCORE_LASTING if is_score(row) else LASTING))
    passing = [dice.choice(PASSING) for _ in range(dice.randint(1, 3))] if dice.random() < 0.15 else []
    return lasting, [] if lasting else passing


def answer(row: int) -> str:
    long = "é" * 50_000 if row % 500 == 1 else ""
    return f"{TEXTS[row % len(TEXTS)]} {row}{long}"


def request(row: int) -> Request:
    return Request(Model("tiny"), (("user", f"{row}"),), Sampling(seed=row), kind="score" if is_score(row) else "chat")


class Faults:
    """The server's side; it counts what it was asked, and what it was asked although the answer had been logged."""

    def __init__(self) -> None:
        self.asked: Counter[int] = Counter()
        self.logged: set[int] = set()
        self.again: list[int] = []
        self.struck: Counter[str] = Counter()
        self.total = self.deaths = 0
        self.server: Loopback

    async def __call__(self, body, sent):
        row = int(last_turn(body))
        self.asked[row] += 1
        self.total += 1
        if row in self.logged:
            self.again.append(row)
        if self.total == 3_000 or self.total == 8_000:
            self.deaths += 1
            if self.deaths == 2:
                asyncio.get_running_loop().call_later(0.6, lambda: asyncio.create_task(self.revive()))
            await self.server.dies()
            return web.Response()
        lasting, passing = fate(row)
        kind = lasting or (passing[self.asked[row] - 1] if self.asked[row] <= len(passing) else None)
        self.struck[kind or "answer"] += 1
        whole = score(row / 7) if is_score(row) else chat(answer(row))
        return await self.strike(kind, whole, sent, dict(body))

    async def revive(self) -> None:
        await self.server._listen(self.server.port)

    async def strike(self, kind, whole, sent, body):
        raw = json.dumps(whole).encode()
        match kind:
            case None:
                return whole
            case "429" | "500" | "503":
                return error(int(kind), "later")
            case "429 wait":
                return error(429, "later", {"Retry-After": "1"})
            case "503 wait":
                return error(503, "later", {"Retry-After": "Thu, 01 Jan 1998 00:00:00 GMT"})
            case "overloaded":
                return web.json_response({"error": {"message": "upstream is busy", "code": 502}})
            case "reset":
                return await cut_off(sent)
            case "reset in body":
                return await cut_off(sent, raw)
            case "truncated":
                return web.Response(body=raw[: len(raw) // 2], content_type="application/json")
            case "long":
                return error(400, "This model's maximum context length is 8192 tokens. However, you requested 9000.")
            case "filter":
                return chat("", finish="content_filter")
            case "unknown field":
                return error(400, "roles must alternate")
        if is_score(int(last_turn(body))):
            bad = {"nan": "NaN", "infinite": "Infinity", "null": "null"}[kind]
            text = json.dumps(score(None)).replace('"probs": [null]', f'"probs": [{bad}]')
            return web.Response(text=text, content_type="application/json")
        text = json.dumps(chat("half \ud83d")) if kind == "surrogate" else None
        odd = {
            "empty": chat(""),
            "null": chat(None),
            "no choices": chat("a", choices=[]),
            "two choices": chat("a", choices=2 * chat("a")["choices"]),
            "no finish": chat("cut off", finish=None),
        }
        return web.Response(text=text or json.dumps(odd[kind]), content_type="application/json")


@pytest.mark.slow
def test_every_row_meets_its_true_fate(tmp_path):
    faults = Faults()
    backend_settings = {"concurrency": 128, "timeout": 600.0, "attempts": 6, "patience": 600.0, "backoff": 0.01}
    got: dict[int, Reply | Failure] = {}
    stops = []

    def go(server: Loopback, log: ResponseLog, again: bool = False) -> None:
        # The first death lasts until patience runs out, however soon; the second is over when the server is back.
        patience = {} if faults.deaths else {"patience": 3.0}
        backend = OpenAI((server.url,), **backend_settings | patience)
        for asked, result in log.ask(backend, map(request, range(ROWS)), again):
            row = int(asked.messages[0][1])
            assert row not in got or (again and isinstance(got[row], Failure)), f"row {row} came twice"
            got[row] = result
            if isinstance(result, Reply):
                faults.logged.add(row)

    with Loopback(faults) as server:
        faults.server = server
        while len(got) < ROWS:
            with ResponseLog(tmp_path / "log.sqlite") as log:
                try:
                    go(server, log)
                    break
                except UserError as error:
                    stops.append(str(error))
                    assert len(got) < ROWS
                    if faults.deaths:
                        server.live()
        # The first death outlasts the patience, the second does not. Where the machine stands still, more may.
        assert faults.deaths == 2
        assert stops and all("no server is of use any more" in one and "start it again" in one for one in stops)
        assert sorted(got) == list(range(ROWS))
        for row, result in got.items():
            lasting = fate(row)[0]
            if lasting:
                reason = (SCORE_LASTING if is_score(row) else LASTING)[lasting]
                assert isinstance(result, Failure) and result.reason == reason, (row, lasting, result)
            elif is_score(row):
                assert isinstance(result, Reply) and result.score == row / 7, (row, fate(row), result)
            else:
                assert isinstance(result, Reply) and result.text == answer(row), (row, fate(row), result)
        assert faults.again == []
        assert set(PASSING) | set(LASTING) | set(SCORE_LASTING) <= set(faults.struck)

        # Failures can be asked for again, and nothing else is.
        before, failed = faults.asked.copy(), {row for row, result in got.items() if isinstance(result, Failure)}
        with ResponseLog(tmp_path / "log.sqlite") as log:
            assert list(log.ask(OpenAI((server.url,)), map(request, range(ROWS)))) == []
            assert faults.asked == before
            some = sorted(row for row in failed if fate(row)[0] in ("empty", "long", "nan"))
            rows = [*range(100), *some]
            asked = [
                int(a.messages[0][1])
                for a, _ in log.ask(OpenAI((server.url,), **backend_settings), map(request, rows), True)
            ]
            assert sorted(asked) == sorted(failed & set(rows)) and len(some) > 20
        assert faults.again == []


def test_rows_that_stall_are_asked_again_and_fail_when_all_attempts_did():
    asked: Counter[str] = Counter()

    async def answer(body, _):
        asked[last_turn(body)] += 1
        if last_turn(body) == "always" or asked[last_turn(body)] == 1:
            await asyncio.Event().wait()
        return chat(last_turn(body))

    def ask(text: str) -> Request:
        return Request(Model("tiny"), (("user", text),))

    with Loopback(answer) as server:
        # As many attempts as a machine that stands still may need.
        ((_, result),) = OpenAI((server.url,), timeout=0.3, attempts=200, backoff=0.01).run([ask("once")])
        assert isinstance(result, Reply) and asked["once"] > 1
        ((_, result),) = OpenAI((server.url,), timeout=0.3, attempts=3, backoff=0.01).run([ask("always")])
        assert result == Failure("timeout", "no answer within 0.3 s") and asked["always"] <= 3


def test_a_dead_server_beside_a_living_one_costs_nothing():
    with (
        Loopback(lambda body, _: chat(last_turn(body))) as alive,
        Loopback(lambda body, _: chat(last_turn(body))) as dead,
    ):
        dead.die()
        backend = OpenAI((dead.url, alive.url), concurrency=8)
        results = list(backend.run(map(request, (row for row in range(200) if row % 5))))
        assert len(results) == 160 and all(isinstance(result, Reply) for _, result in results)


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_always_fails_stops_the_run(status):
    with Loopback(lambda *_: error(status, "the GPU is on fire")) as server:
        backend = OpenAI((server.url,), concurrency=8, attempts=2, patience=0.5, backoff=0.01)
        done = []
        with pytest.raises(UserError, match=r"the GPU is on fire.*run the same command"):
            done.extend(backend.run(map(request, range(1, 10_000))))
        assert len(server.bodies) < 1_000
