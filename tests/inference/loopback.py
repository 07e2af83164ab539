"""A real HTTP server on 127.0.0.1 that speaks OpenAI's protocol, its answers made by a function of the test."""

import asyncio
import inspect
import json
import threading
from collections.abc import Callable
from typing import Any

from aiohttp import web

from polypref.inference import Model, Request, Sampling

MODEL = Model("tiny", "r1", "apache-2.0")


def chat(text: str, model: str = "tiny", finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion as servers give it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"id": "1", "object": "chat.completion", "model": model, "choices": [choice], "usage": usage} | more


def score(value: Any, model: str = "tiny") -> dict[str, Any]:
    """What vLLM's /classify gives for a model with one label."""
    data = [{"index": 0, "label": "LABEL_0", "probs": [value], "num_classes": 1}]
    return {"object": "list", "model": model, "data": data, "usage": {"prompt_tokens": 5, "total_tokens": 5}}


def error(status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> web.Response:
    """An error as OpenAI's protocol has it."""
    return web.json_response({"error": {"message": message} | more}, status=status, headers=headers)


def ask(text: str, seed: int = 0, **more: Any) -> Request:
    """A request of one user turn."""
    return Request(MODEL, (("user", text),), Sampling(seed=seed), **more)


def last_turn(body: dict[str, Any]) -> str:
    """The last turn of a request's body."""
    return body["messages"][-1]["content"]


def __getattr__(name: str) -> Any:
    # Cases kept outside of the repository (../shared/cases/b10) import `last_turn` by the name that it had.
    if name == "said":
        return last_turn
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Loopback:
    """The server; `answer(body, web_request)` gives a dict (status 200), or a response; it may be a coroutine.

    Attributes:
        bodies: every body that was sent, in order, with its path and headers.
        most: how many requests were there at once, at most.
    """

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.now = self.most = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> "Loopback":
        self.thread.start()
        self.do(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.runner.cleanup())
        self.do(self._cancelled())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def do(self, work: Any) -> Any:
        """Runs a coroutine on the server's loop to its end."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def die(self) -> None:
        """Loses every connection and takes no more."""
        self.do(self.dies())

    def live(self) -> None:
        """Listens again on the same port."""
        self.do(self._listen(self.port))

    async def dies(self) -> None:
        await self.site.stop()
        for connection in list(self.runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _cancelled(self) -> None:
        """Ends what still waits behind connections that were lost."""
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _begin(self) -> None:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/{path:.*}", self._handle)
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        await self._listen(0)
        self.port = self.site._server.sockets[0].getsockname()[1]

    async def _listen(self, port: int) -> None:
        self.site = web.TCPSite(self.runner, "127.0.0.1", port)
        await self.site.start()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.bodies.append(body)
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            answer = self.answer(body, request)
            if inspect.isawaitable(answer):
                answer = await answer
        finally:
            self.now -= 1
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)


async def cut_off(request: web.Request, body: bytes = b"") -> web.StreamResponse:
    """Loses the connection: at once, or after half of the body."""
    if body:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await asyncio.sleep(0.001)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
