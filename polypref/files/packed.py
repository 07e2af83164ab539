"""Files as they are or packed (.gz, .zst), opened as bytes; one that was cut short is noticed."""

import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from zstandard import ZstdDecompressionObj

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
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


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
    if ending in (".gz", ".zst") and not path.stat().st_size:
        raise EOFError("the file is empty")
    if ending == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return io.BufferedReader(_Zstandard(path.open("rb"))) if ending == ".zst" else path.open("rb")


class _Zstandard(io.RawIOBase):
    """What a .zst file holds. Unlike the library's own reader it notices that a file was cut short."""

    def __init__(self, file: BinaryIO) -> None:
        import zstandard

        # One window of 128 MiB at most: a file that asks for more is refused rather than believed.
        self._library, self._decompressor = zstandard, zstandard.ZstdDecompressor(max_window_size=1 << 27)
        self._frame: ZstdDecompressionObj | None = None
        self._file, self._packed, self._ready = file, b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while not self._ready and (data := self._packed or self._file.read(_PACKED)):
            self._frame = self._frame or self._decompressor.decompressobj()
            try:
                self._ready = memoryview(self._frame.decompress(data))
            except self._library.ZstdError as error:
                raise OSError(str(error)) from None
            self._packed = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        if not self._ready and self._frame:
            raise EOFError("the file ends in the middle of a frame")
        room = memoryview(buffer).cast("B")
        size = min(len(room), len(self._ready))
        room[:size], self._ready = self._ready[:size], self._ready[size:]
        return size
