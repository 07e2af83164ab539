"""A server on 127.0.0.1 that writes bytes as they are: what no well-behaved server library would send."""

import asyncio
import json
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

Write = Callable[[bytes], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Raw:
    """The server; `answer(body, write)` is a coroutine that writes a whole response, head and all, and may be cut off.

    Attributes:
        sent: bytes that were written.
        asked: the last turn of every request.
    """

    def __init__(self, answer: Callable[[dict[str, Any], Write], Awaitable[None]]) -> None:
        self.answer, self.sent, self.asked = answer, 0, list[str]()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> "Raw":
        self.thread.start()
        self.server = self._do(asyncio.start_server(self._handle, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def _end(self) -> None:
        self.server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(piece: bytes) -> None:
            writer.write(piece)
            await writer.drain()
            self.sent += len(piece)

        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = next(int(line.split(":")[1]) for line in head.splitlines() if "content-length" in line)
                body = json.loads(await reader.readexactly(length))
                self.asked.append(body["messages"][-1]["content"])
                await self.answer(body, write)
        with suppress(ConnectionError):
            writer.close()


def response(content: bytes, *headers: str, length: int | None = None, status: str = "200 OK") -> bytes:
    """A response with a length, which may be a lie."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    lines.append(f"Content-Length: {len(content) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def bomb(encoding: str, megabytes: int) -> bytes:
    """So many MB of blanks within a JSON text, packed as HTTP has it."""
    return b"".join(_packed(encoding, megabytes))


def _packed(encoding: str, megabytes: int) -> Iterator[bytes]:
    pieces = (b'{"model": "tiny", "x": "', *[b" " * (1 << 20)] * megabytes, b'"}')
    if encoding == "zstd":
        import zstandard

        packer = zstandard.ZstdCompressor(level=3).compressobj()
    elif encoding == "br":
        # Brotli without its library: a stream of uncompressed bytes, too long to be an answer.
        yield b"\x0b\x02\x80" + b" " * 1024 * megabytes
        return
    else:
        packer = zlib.compressobj(9, wbits={"gzip": 31, "deflate": 15, "raw deflate": -15}[encoding])
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
