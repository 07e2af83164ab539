"""What a server sends, read up to a limit: an answer without end, or one that unpacks into GB, costs no memory."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import aiohttp

#: Bytes of an error that are read: its status says what to do, and its first sentence why.
ERROR_BYTES = 1 << 16


class Body(NamedTuple):
    """What was read of an answer.

    Attributes:
        content: its bytes, unpacked.
        cut: whether there was more than may be read.
    """

    content: bytes
    cut: bool


async def read_body(response: "aiohttp.ClientResponse", most: int) -> Body:
    """Reads an answer, piece by piece as it is unpacked, and leaves the rest where it is.

    Args:
        response: the answer, of which nothing is read yet.
        most: bytes that may be read, after unpacking; of an error at most `ERROR_BYTES`.
    """
    answered = response.status == 200
    most = most if answered else min(most, ERROR_BYTES)
    # Content-Length counts packed bytes and may be wrong; but what says itself that it is too long is not read at all.
    if answered and (response.content_length or 0) > most:
        response.close()
        return Body(b"", True)
    content = bytearray()
    while piece := await response.content.readany():
        content += piece[: most + 1 - len(content)]
        if len(content) > most:
            response.close()
            return Body(bytes(content[:most]), True)
    return Body(bytes(content), False)
