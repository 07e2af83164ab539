"""The contract of an engine: what a build asks of whatever runs its parts and its models."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from ..inference import Backend

T = TypeVar("T")


class Engine(Protocol):
    """Whoever runs the parts of row-wise stages, and the models in this process.

    A part writes a file, whole or not at all, and comes out the same wherever and however often it is run, in any
    order. A part that was lost may be run again.
    """

    def run(self, function: Callable[..., T], jobs: Sequence[tuple[object, ...]]) -> Iterator[T]:
        """Calls `function(*job)` for every job and yields the results as they come, in no fixed order.

        Function and jobs can be pickled. What they define in a builder script is known where that script was loaded
        (`scripting.loading.load_script`). What a job raises is raised here.

        Args:
            function: what a part is made by.
            jobs: its arguments, once for each part.

        Yields:
            What it returned, once for each job.
        """
        ...

    def serving(self, backend: Backend) -> Backend:
        """Returns who answers in a backend's place, where this engine has its models; `return backend` for most.

        Args:
            backend: who would answer in this process.

        Returns:
            A backend with the same results.
        """
        ...

    @property
    def here(self) -> "Engine":
        """The engine for parts that need a file of this machine; `return self` where all run on it."""
        ...
