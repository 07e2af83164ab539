"""Files read whole and compared with their recorded digest, so that what is used is what was recorded."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import UserError


def read_bytes(path: Path, digest: str) -> bytes:
    """A file's bytes.

    Args:
        path: the file.
        digest: its SHA-256, as it was recorded.

    Returns:
        Exactly what the digest is of: nothing is read a second time.

    Raises:
        UserError: it cannot be read, or is another than the one that was recorded.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; build again, then release again") from None
    if hashlib.sha256(data).hexdigest() != digest:
        raise changed(path)
    return data


def read_table(path: Path, digest: str, columns: Sequence[str] | None = None) -> pa.Table:
    """A Parquet file's rows.

    Args:
        path: the file.
        digest: its SHA-256, as it was recorded.
        columns: which columns; None for all.

    Returns:
        The table.

    Raises:
        UserError: as in `read_bytes`.
    """
    data = pa.BufferReader(read_bytes(path, digest))
    return pq.read_table(data, columns=None if columns is None else list(columns))


def changed(path: Path) -> UserError:
    """The sentence for a file that changed under a release.

    Args:
        path: the file.

    Returns:
        The error to raise.
    """
    return UserError(
        f"{path.resolve()} changed while it was being released, and no tag was set; build again, then run the same "
        "command again"
    )
