"""The bytes of text files as UTF-8: with or without a byte order mark, UTF-16 by its mark; what to do about others."""

import codecs
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import UserError
from .packed import open_packed, open_pieces

#: The reason of a row that is not UTF-8.
NOT_UTF8 = "not_utf8"
#: The longest line or field read, in bytes: far above any answer, far below what a decompression bomb needs.
MAX_LINE = 64 << 20
#: What is said beside a text that is not UTF-8 where its bytes suggest an encoding of one byte a letter.
EIGHT_BIT = "as in an 8-bit encoding"
#: How a file comes to be UTF-8.
SAVE_AS_UTF8 = "save it as UTF-8 (Excel: Save As, CSV UTF-8; editors: Save As, encoding UTF-8)"

# Bytes that are looked at to tell UTF-16 without a mark; bytes transcoded in one go.
_HEAD, _CHUNK = 4 << 10, 64 << 10
_BINARY, _GET_TEXT = "binary and no text", "name a file of rows, or give this one the ending of what it holds"
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def open_utf8(path: Path) -> BinaryIO:
    """Opens a text file, packed or not, to be read as UTF-8 bytes without a byte order mark.

    Bytes that are not UTF-8 come as they are, for whoever reads them to name their row; so does half a character of a
    UTF-16 file.

    Args:
        path: the file; its mark says whether it is UTF-16.

    Returns:
        It, to be closed.

    Raises:
        UserError: it is UTF-32, UTF-16 without a mark, or binary.
        OSError: it is not there, or a directory; reading from it may raise too.
        EOFError: it was cut short; reading from it may raise it too.
    """
    file = open_packed(path)
    try:
        head = file.read(_HEAD)
        if kind := _refused(head):
            raise UserError(f"{path} is {kind}; {_GET_TEXT if kind == _BINARY else SAVE_AS_UTF8}")
    except BaseException:
        file.close()
        raise
    encoding = _UTF_16.get(head[:2], "")
    mark = 2 if encoding else len(codecs.BOM_UTF8) * head.startswith(codecs.BOM_UTF8)
    return open_pieces(_as_utf8(file, head[mark:], encoding), file, _CHUNK)


def _refused(head: bytes) -> str:
    """Which encoding a file is in that is not read; empty for all that are."""
    if head[:4] in _UTF_32:
        return "UTF-32"
    if head[:2] in _UTF_16:
        return ""
    # Every second byte of most signs in a file of rows (commas, quotes, brackets, names of columns) is zero in UTF-16.
    pairs = len(head) // 2
    zeros = sorted((head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)))
    if pairs < 2 or zeros[0] or zeros[1] * 5 < pairs:
        return ""
    order = "utf-16-le" if head[1 : pairs * 2 : 2].count(0) else "utf-16-be"
    text = head[: pairs * 2].decode(order, "replace")
    is_text = all(sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cn") for sign in text)
    return "UTF-16 without a byte order mark" if is_text else _BINARY


def _as_utf8(file: BinaryIO, head: bytes, encoding: str) -> Iterator[bytes]:
    """The bytes of a file whose first were read already, in UTF-8; as they are where no encoding is named."""
    # Half characters pass: their bytes in UTF-8 are none, which spoils one row and not the file.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass") if encoding else None
    data = head
    while data := data or file.read(_CHUNK):
        yield decoder.decode(data).encode("utf-8", "surrogatepass") if decoder else data
        data = b""
    try:
        if decoder:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise EOFError("the file ends in the middle of a character") from None


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a text file, each with its number from 1.

    Args:
        path: the file; see `open_utf8`.

    Yields:
        Number and line, with its end; what is not UTF-8 comes as it is.

    Raises:
        UserError: a line is longer than MAX_LINE, or as `open_utf8`.
    """
    number = 0
    with open_utf8(path) as file:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise UserError(f"{path}:{number} is longer than {MAX_LINE >> 20} MiB; split it or leave it out")
            yield number, line


def beside_not_utf8(place: str, data: bytes) -> str:
    """What is said beside bytes that are not UTF-8.

    Args:
        place: where in them.
        data: the bytes.

    Returns:
        The place; with EIGHT_BIT where hardly a letter beyond ASCII among them is UTF-8, as in the encodings of Windows
        in which Excel and editors save unless they are asked for UTF-8. Which of these it is, bytes do not tell.

    Example:
        >>> beside_not_utf8("byte 3", b"caf\\xe9")
        'byte 3, as in an 8-bit encoding'
    """
    return f"{place}, {EIGHT_BIT}" if _is_eight_bit(data) else place


def _is_eight_bit(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
        return False  # half a character of a UTF-16 file
    except UnicodeDecodeError:
        sound = sum(len(letter.encode()) for letter in data.decode("utf-8", "ignore") if not letter.isascii())
        # Two bytes of Shift-JIS or GBK may be a letter of UTF-8 by chance.
        return b"\0" not in data and 2 * sound < sum(byte > 127 for byte in data)


def utf8_advice(detail: str) -> str:
    """What to do about a file that is not UTF-8.

    Args:
        detail: what `beside_not_utf8` gives, perhaps among other words.

    Returns:
        A clause without a full stop.
    """
    if EIGHT_BIT in detail:
        named = "Windows (1250 to 1258, as Excel's CSV is) or of East Asia"
        return f"the file seems to be in an encoding of {named}; {SAVE_AS_UTF8}"
    return f"some bytes of the file are damaged: get it again, or {SAVE_AS_UTF8}"
