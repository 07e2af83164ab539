"""Runs the parts of row-wise stages on Ray Data, and models in its actors.

A part is written whole or not at all and comes out the same wherever it is made, so a part whose worker was lost is
simply made again by another.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..inference import Backend, backend_traits
from ..scripting.sending import arriving, packed
from .actors import Actors
from .cluster import Cluster, Site, guarded, opened
from .local import Local

T = TypeVar("T")

#: How often a part is made again when its worker dies: Ray Data would try for ever, also what never fits into memory.
_TRIES = 3


@dataclass(frozen=True)
class Ray:
    """The engine on a Ray cluster.

    Attributes:
        cluster: where to.
        workers: parts made at once, and models beside each other; None for as many as fit.
    """

    cluster: Cluster
    workers: int | None = None

    @property
    def here(self) -> Local:
        """For what needs a file of this machine: the response log is SQLite, which no network folder carries safely."""
        return Local(self.workers if self.cluster.address is None else None, self.cluster.script, self.cluster.settle)

    def serving(self, backend: Backend) -> Backend:
        """Puts models into actors of the cluster.

        Args:
            backend: what each actor holds.

        Returns:
            A backend that asks them; the same one where it is asked from this process alone.
        """
        if backend_traits(backend).here:
            return backend
        return Actors(backend, self.cluster, self.workers)

    def run(self, function: Callable[..., T], jobs: Sequence[tuple[object, ...]]) -> Iterator[T]:
        """Calls `function(*job)` for every job and yields the results as they come, in no fixed order.

        Args:
            function: what a part is made by.
            jobs: its arguments, once for each part.

        Yields:
            What it returned, once for each job.

        Raises:
            UserError: a job raised one, a node does not see the build's folder, or workers were killed again and again;
                jobs that were done stay done.
        """
        if not jobs:
            return
        data = self.cluster.data()
        items = [{"job": packed((function, job))} for job in jobs]
        rows = data.from_items(items, override_num_blocks=len(items)).map(
            _done, fn_kwargs={"site": self.cluster.site}, concurrency=self.workers, max_retries=_TRIES
        )
        for row in self.cluster.rows(rows):
            yield opened(row["result"])


def _done(row: dict[str, bytes], site: Site) -> dict[str, bytes]:
    def work() -> object:
        # Unpacked late: what a builder script defines is only known once the script is loaded.
        with arriving():
            function, job = pickle.loads(row["job"])
        result: object = function(*job)
        return result

    return {"result": guarded(site, work)}
