"""The contract of a stage that asks models."""

from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa

from ..inference import Known, Request, Served
from .pool import Bucket


class Asking(Protocol):
    """What a stage that asks models is; a frozen dataclass of settings."""

    @property
    def version(self) -> int:
        """A whole number, raised when other tables come of the same answers: version: ClassVar[int] = 1."""
        ...

    @property
    def models(self) -> tuple[Served, ...]:
        """Whom it asks, in the order in which they are asked: a tuple of Served."""
        ...

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """What can be asked now.

        It is called again when the answers to what it asked are known, until nothing new is asked. What it asks depends
        on the bucket and the answers only.

        Args:
            bucket: the prompts, and the answers that there are.
            known: gives what was answered so far: a result, or None, for each of a list of requests.

        Yields:
            a Request for all that can be asked now, what is answered already included.
        """
        ...

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """What comes of the answers; the same give the same tables. It must not fail where an answer is missing.

        Args:
            bucket: as for `requests`.
            known: gives the answers; None for one that is missing.

        Returns:
            tables by name (the names and forms of pool.TABLES); `rejected` (schema.REJECTED) has a row for everything
            that did not come out.
        """
        ...
