"""Answers of the Hub that its client holds in memory, read up to a limit; files go to the disk and have none."""

import time
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..errors import UserError

if TYPE_CHECKING:
    from httpx2 import Request, Response, SyncByteStream

#: Bytes of an answer, unpacked: a list of 100,000 files has a fifth of it.
MAX_ANSWER = 64 << 20
#: Of an error, or of what stands beside a redirect.
MAX_ERROR = 1 << 20
#: Seconds until an answer must be there whole.
MAX_SECONDS = 300.0


@runtime_checkable
class _Stream(Protocol):
    """The body of an answer, as the client's SyncByteStream has it."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


_MARK = "polypref_limited"
_IN_MEMORY = ("/api/", "/info/lfs/")


def mark_request(request: "Request") -> None:
    """Notes that the answer will be held in memory; a redirect takes the note along. A hook of the Hub's client.

    Args:
        request: what the client is about to send; its headers ask for packing that can be unpacked piece by piece.
    """
    if any(part in request.url.path for part in _IN_MEMORY):
        request.extensions[_MARK] = True
    if request.extensions.get(_MARK):
        # What is unpacked here, up to the limit.
        request.headers["Accept-Encoding"] = "gzip, deflate"


def limit_answer(response: "Response") -> None:
    """Has an answer end in a sentence where it grows too long, or takes too long. A hook of the Hub's client.

    Args:
        response: an answer whose body was not read yet; it is replaced by one that counts what passes.

    Raises:
        UserError: the body is packed in a way that was not asked for; while it is read also: more than MAX_ANSWER or
            MAX_ERROR bytes, more than MAX_SECONDS, or not what it is called.
    """
    failed = response.status_code >= 300
    if not (failed or response.request.extensions.get(_MARK)) or response.is_closed:
        return
    packed = response.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise _refused(f"packs its answers as {packed[:20]!r}, which was not asked for")
    # The client's own unpacking has no limit: what it gets is unpacked already.
    response.headers.pop("Content-Encoding", None)
    response.headers.pop("Content-Length", None)
    (base,) = [kind for kind in type(response.stream).__mro__ if kind.__name__ == "SyncByteStream"]
    limits = (MAX_ERROR if failed else MAX_ANSWER, time.monotonic() + MAX_SECONDS)
    inner = response.stream
    if not isinstance(inner, _Stream):
        raise TypeError("an asynchronous answer, and polypref makes no asynchronous client")

    def __iter__(_: "SyncByteStream") -> Iterator[bytes]:
        return _limited(inner, packed, *limits)

    response.stream = type("Limited", (base,), {"__iter__": __iter__, "close": lambda _: inner.close()})()


def _limited(pieces: Iterable[bytes], packed: str, most: int, until: float) -> Iterator[bytes]:
    unpacker = None if packed in ("", "identity") else zlib.decompressobj(wbits=47 if "gzip" in packed else 15)
    left = most
    for piece in pieces:
        if time.monotonic() > until:
            raise _refused(f"takes more than {MAX_SECONDS:.0f} s for an answer")
        while piece:
            content = piece
            if unpacker is not None:
                try:
                    content = unpacker.decompress(piece, left + 1)
                except zlib.error:
                    raise _refused(f"sends what it calls {packed} and is not") from None
            left -= len(content)
            if left < 0:
                raise _refused(f"sends an answer of more than {most:,} bytes")
            yield content
            piece = unpacker.unconsumed_tail if unpacker is not None else b""


def _refused(what: str) -> UserError:
    return UserError(
        f"the server that answers for the Hub {what}; check HF_ENDPOINT and what stands between here and the Hub"
    )
