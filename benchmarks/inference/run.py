"""Throughput of the OpenAI backend beside a bare asyncio client, and its memory over many requests.

    python benchmarks/inference/run.py [--pairs 7] [--requests 6000]

Both ask the same server on the loopback interface, a process of its own that answers after 50 or 500 ms, with 256
requests on their way. The bare client is 256 workers over one aiohttp session that send the same bodies and read the
JSON: no retries, no timeouts of its own, no checks. They take turns, which one begins changes from pair to pair; the
ratio is the median over the pairs. Memory: resident set of a process of its own after each tenth of the requests.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polypref.inference import Model, Reply, Request, Sampling
from polypref.inference.log import ResponseLog
from polypref.inference.openai import OpenAI

CONCURRENCY = 256
ANSWER = "Привіт, світе! 你好，世界！ " * 12


def serve(port: Any) -> None:
    """The server: `/MILLISECONDS/v1/chat/completions` answers after so many milliseconds."""
    from aiohttp import web

    choice = {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 20, "completion_tokens": 200}
    body = json.dumps({"model": "tiny", "choices": [choice], "usage": usage}).encode()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(int(request.match_info["ms"]) / 1000)
        return web.Response(body=body, content_type="application/json")

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/{ms}/v1/chat/completions", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        port.send(site._server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(main())


def requests(count: int) -> Iterator[Request]:
    for number in range(count):
        yield Request(
            Model("tiny"), (("user", f"Скажи щось коротке, номер {number}, будь ласка."),), Sampling(seed=number)
        )


def ours(url: str, count: int) -> float:
    begin = time.perf_counter()
    done = sum(isinstance(reply, Reply) for _, reply in OpenAI((url,), concurrency=CONCURRENCY).run(requests(count)))
    assert done == count
    return time.perf_counter() - begin


def bare(url: str, count: int) -> float:
    import aiohttp

    async def main() -> int:
        source, done = requests(count), 0
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def work() -> None:
                nonlocal done
                for request in source:
                    draw = request.sampling
                    body = {
                        "model": "tiny",
                        "messages": request.conversation,
                        "temperature": draw.temperature,
                        "top_p": draw.top_p,
                        "max_tokens": draw.max_tokens,
                        "seed": draw.seed,
                    }
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        done += len((await response.json())["choices"][0]["message"]["content"]) > 0

            await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
        return done

    begin = time.perf_counter()
    assert asyncio.run(main()) == count
    return time.perf_counter() - begin


def resident() -> float:
    """Resident set in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def memory(url: str, count: int, logged: bool, out: Any) -> None:
    """Sends back the resident set after each tenth of the requests."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        log = ResponseLog(Path(folder) / "log.sqlite")
        backend = OpenAI((url,), concurrency=CONCURRENCY)
        pairs = log.ask(backend, requests(count)) if logged else backend.run(requests(count))
        for number, _ in enumerate(pairs, 1):
            if number % (count // 10) == 0:
                found.append(round(resident(), 1))
        log.close()
    out.send(found)


def in_child(work: Any, *arguments: Any) -> Any:
    """What a process of its own sends back."""
    here, there = multiprocessing.Pipe()
    child = multiprocessing.Process(target=work, args=(*arguments, there), daemon=True)
    child.start()
    return here.recv(), child


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument("--requests", type=int, default=6_000)
    options.add_argument("--memory", type=int, default=100_000)
    chosen = options.parse_args()
    multiprocessing.set_start_method("spawn")
    port, server = in_child(serve)
    print(f"{os.cpu_count()} cores")
    for ms in (50, 500):
        url = f"http://127.0.0.1:{port}/{ms}/v1"
        ours(url, 500), bare(url, 500)
        times = []
        for pair in range(chosen.pairs):
            order = [ours, bare] if pair % 2 else [bare, ours]
            took = {one.__name__: one(url, chosen.requests) for one in order}
            times.append((took["ours"], took["bare"]))
        rates = [chosen.requests / statistics.median(column) for column in zip(*times, strict=True)]
        ratios = sorted(theirs / own for own, theirs in times)
        print(
            f"{ms} ms: backend {rates[0]:,.0f}/s, bare {rates[1]:,.0f}/s, at most {CONCURRENCY * 1000 // ms:,}/s; "
            f"ratio {statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})",
            flush=True,
        )
    if chosen.memory:
        for logged in (False, True):
            found, _ = in_child(memory, f"http://127.0.0.1:{port}/0/v1", chosen.memory, logged)
            print(
                f"memory in MB by tenths of {chosen.memory:,} requests, {'with' if logged else 'without'} log: {found}"
            )
    server.terminate()


if __name__ == "__main__":
    main()
