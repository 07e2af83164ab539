"""How much of an answer is read, whatever the server sends."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from polypref.inference.bodies import ERROR_BYTES, Body, read_body

from .raw import HEAD, Raw, Write, response


def read(write: Callable[[Write], Awaitable[None]], most: int) -> tuple[Body, int]:
    """What is read of a response, and how much the server could send of it."""

    async def answer(_: dict[str, Any], to: Write) -> None:
        await write(to)

    async def ask(url: str) -> Body:
        message = {"messages": [{"role": "user", "content": "?"}]}
        async with aiohttp.ClientSession() as session, session.post(url, json=message) as sent:
            return await read_body(sent, most)

    with Raw(answer) as server:
        body = asyncio.run(ask(server.url))
    return body, server.sent


def whole(content: bytes, *headers: str, **more: Any) -> Callable[[Write], Awaitable[None]]:
    return lambda write: write(response(content, *headers, **more))


@pytest.mark.parametrize(("most", "expected"), [(5, Body(b"12345", False)), (4, Body(b"", True))])
def test_an_answer_of_just_the_limit_is_read(most: int, expected: Body) -> None:
    assert read(whole(b"12345"), most)[0] == expected


def test_an_answer_without_a_length_is_read_up_to_the_limit() -> None:
    async def endless(write: Write) -> None:
        await write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            await write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    body, sent = read(endless, 100_000)
    assert body == Body(b"x" * 100_000, True) and sent < 32 << 20


def test_what_counts_is_what_is_unpacked() -> None:
    packed = gzip.compress(b"y" * 1_000_000)
    assert len(packed) < 10_000
    assert read(whole(packed, "Content-Encoding: gzip"), 10_000)[0] == Body(b"y" * 10_000, True)
    assert read(whole(packed, "Content-Encoding: gzip"), 1_000_000)[0] == Body(b"y" * 1_000_000, False)


@pytest.mark.parametrize("most", [10, 1 << 30])
def test_of_an_error_the_beginning_is_read_whatever_its_length(most: int) -> None:
    content = b"z" * (2 * ERROR_BYTES)
    body, _ = read(whole(content, status="500 Oops"), most)
    assert body == Body(b"z" * min(most, ERROR_BYTES), True)
