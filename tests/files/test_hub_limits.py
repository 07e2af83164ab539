"""Answers of whatever plays the Hub: too long, packed, slow. A sentence, and little memory."""

import gzip
import tracemalloc

import httpx2
import pytest

from polypref.errors import UserError
from polypref.files import hub_limits
from polypref.files.hub_reader import hub_revision
from tests.inference.raw import bomb, response


@pytest.fixture
def hub(monkeypatch):
    """A server of bytes as the Hub; gives a function that sets what it sends."""
    import asyncio
    import threading
    from contextlib import suppress

    from huggingface_hub import close_session, constants

    sends = []

    async def handle(reader, writer):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            for piece in sends[-1]():
                writer.write(piece)
                await writer.drain()
            writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", address, raising=False)
    close_session()
    yield sends.append
    close_session()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def endless(head):
    yield head
    while True:
        yield b"%x\r\n%s\r\n" % (1 << 16, b" " * (1 << 16))


@pytest.mark.slow
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
@pytest.mark.parametrize("kind", ["gzip", "deflate", "endless", "br", "no gzip"])
def test_too_long_an_answer_is_one_sentence(hub, monkeypatch, kind, status):
    monkeypatch.setattr(hub_limits, "MAX_ANSWER", 1 << 20)
    if kind == "endless":
        hub(lambda: endless(f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()))
    elif kind == "no gzip":
        hub(lambda: [response(b"{}", "Content-Encoding: gzip", status=status)])
    else:
        packed = bomb(kind, 200)
        hub(lambda: [response(packed, f"Content-Encoding: {kind}", status=status)])
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=r"cannot look up org/x .*the server that answers for the Hub"):
            hub_revision("org/x", "main")
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", ["", "gzip"])
def test_an_answer_within_the_limit_is_read(hub, packed):
    content = b'{"id": "org/x", "sha": "0123456789abcdef0123456789abcdef01234567"}'
    if packed:
        hub(lambda: [response(gzip.compress(content), "Content-Encoding: gzip", "Connection: close")])
    else:
        hub(lambda: [response(content, "Connection: close")])
    assert hub_revision("org/x", "main") == "0123456789abcdef0123456789abcdef01234567"


def test_an_answer_that_takes_too_long_is_one_sentence(hub, monkeypatch):
    monkeypatch.setattr(hub_limits, "MAX_SECONDS", -1.0)
    hub(lambda: [response(b"{}")])
    with pytest.raises(UserError, match=r"takes more than .* s for an answer"):
        hub_revision("org/x", "main")


class Pieces(httpx2.SyncByteStream):
    """A body that was not read yet."""

    def __iter__(self):
        yield b"12345"
        yield b"67890"


@pytest.mark.parametrize(
    ("status", "marked", "limit"),
    [
        (200, False, None),
        (299, False, None),
        (200, True, "MAX_ANSWER"),
        (300, False, "MAX_ERROR"),
        (404, True, "MAX_ERROR"),
    ],
)
def test_errors_and_what_was_asked_for_by_polypref_have_a_limit(monkeypatch, status, marked, limit):
    """Others' downloads, as of data files, are as long as they are."""

    def answer():
        request = httpx2.Request("GET", "http://hub/x", extensions={hub_limits._MARK: True} if marked else {})
        one = httpx2.Response(status, request=request, stream=Pieces())
        hub_limits.limit_answer(one)
        return one

    monkeypatch.setattr(hub_limits, "MAX_ANSWER", 10)
    monkeypatch.setattr(hub_limits, "MAX_ERROR", 10)
    assert answer().read() == b"1234567890"
    for name in ("MAX_ANSWER", "MAX_ERROR"):
        monkeypatch.setattr(hub_limits, name, 9 if name == limit else 10)
    if limit is None:
        monkeypatch.setattr(hub_limits, "MAX_ANSWER", 9)
        assert answer().read() == b"1234567890"
    else:
        with pytest.raises(UserError, match="sends an answer of more than 9 bytes"):
            answer().read()


def test_an_answer_that_was_read_already_stays():
    request = httpx2.Request("GET", "http://hub/x")
    one = httpx2.Response(404, request=request, content=b"gone")
    one.read()
    one.close()
    before = one.stream
    hub_limits.limit_answer(one)
    assert one.stream is before and one.read() == b"gone"
