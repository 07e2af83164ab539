"""Files as they are or packed (.gz, .zst), opened as bytes; one that was cut short is noticed."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressionObj

#: What the names of packed files end in.
PACKED = (".gz", ".zst")
#: Bytes of a .zst file unpacked in one go: at most 64 MiB come out of them.
_PACKED = 2 << 10


def ending_of(path: Path) -> str:
    """What the name of a file ends in, without .gz or .zst.

    Args:
        path: the file.

    Returns:
        The ending in small letters, with its dot; empty where there is none.

    Example:
        >>> ending_of(Path("rows.JSONL.gz"))
        '.jsonl'
    """
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def stem_of(path: Path) -> str:
    """The name of a file without what it ends in.

    Args:
        path: the file.

    Returns:
        the name without .gz or .zst, and without the ending before that.

    Example:
        >>> stem_of(Path("answers/de.JSONL.gz")), stem_of(Path("de.v2.csv"))
        ('de', 'de.v2')
    """
    return (path.with_suffix("") if is_packed(path) else path).stem


def is_packed(path: Path) -> bool:
    """Whether the name of a file says that it is packed.

    Args:
        path: the file.

    Returns:
        true for .gz and .zst.
    """
    return path.suffix.lower() in PACKED


def open_packed(path: Path) -> BinaryIO:
    """Opens a file to be read as bytes, unpacked.

    Args:
        path: the file.

    Returns:
        It, to be closed.

    Raises:
        OSError: it is not there, or a directory; reading from it may raise too.
        EOFError: it is packed and empty; reading from one that was cut short raises it too.
    """
    ending = path.suffix.lower()
    if ending in PACKED and not path.stat().st_size:
        raise EOFError("the file is empty")
    if ending == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    file = path.open("rb")
    return open_pieces(_unpacked(file), file) if ending == ".zst" else file


def open_pieces(pieces: Iterator[bytes], file: BinaryIO, size: int = io.DEFAULT_BUFFER_SIZE) -> BinaryIO:
    """Opens what comes in pieces of any size, to be read as a file.

    Args:
        pieces: the bytes; empty ones are passed over.
        file: what they are made of; it is closed with what is opened here.
        size: bytes that are held ready.

    Returns:
        It, to be closed. Reading from it raises what the pieces raise.
    """
    return io.BufferedReader(_Pieces(pieces, file), size)


class _Pieces(io.RawIOBase):
    """Pieces, in the sizes that a reader asks for."""

    def __init__(self, pieces: Iterator[bytes], file: BinaryIO) -> None:
        self._pieces, self._file, self._ready = pieces, file, memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._ready and (piece := next(self._pieces, None)) is not None:
            self._ready = memoryview(piece)
        room = memoryview(buffer).cast("B")
        size = min(len(room), len(self._ready))
        room[:size], self._ready = self._ready[:size], self._ready[size:]
        return size


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """What a .zst file holds. Unlike the library's own reader it notices that a file was cut short."""
    import zstandard

    # One window of 128 MiB at most: a file that asks for more is refused rather than believed.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    frame: ZstdDecompressionObj | None = None
    packed = b""
    while packed := packed or file.read(_PACKED):
        frame = frame or decompressor.decompressobj()
        try:
            yield frame.decompress(packed)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from None
        packed = frame.unused_data
        if frame.eof:
            frame = None
    if frame:
        raise EOFError("the file ends in the middle of a frame")
