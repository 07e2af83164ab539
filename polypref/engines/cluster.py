"""A Ray cluster and its nodes: joined or started, kept quiet, and made to see what this process sees.

Nodes share the folder of the build with this process, under the same path. What fails in a worker comes back as a value
and is raised here, so a user's mistake is the same sentence as without Ray.
"""

import logging
import os
import pickle
import re
import socket
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .. import __version__
from ..console.threads import settings
from ..errors import UserError, missing_extra
from ..scripting.sending import without_exit

if TYPE_CHECKING:
    import pyarrow as pa

_ADDRESS = re.compile(r"[^/\s]+:\d+")


@dataclass(frozen=True)
class Site:
    """What a worker must see before it works.

    Attributes:
        folder: the working folder of the process that runs the build: relative paths start there.
        mark: a file that this process left in the build's folder.
        script: a builder script that is loaded first, so that what it defines is known.
        settle: what is called after that, as in `Local`.
        version: of polypref.
    """

    folder: str
    mark: str
    script: str | None
    settle: Callable[[], None] | None = None
    version: str = __version__


class Dataset(Protocol):
    """What is asked of a dataset of Ray Data."""

    def iter_batches(self, *, batch_size: int | None, batch_format: str, prefetch_batches: int) -> "Iterable[pa.Table]":
        """Yields its rows in tables, as they come.

        Args:
            batch_size: rows of a table; None for a block as it is.
            batch_format: `pyarrow`.
            prefetch_batches: tables that are fetched ahead.

        Yields:
            The tables.
        """
        ...


class Cluster:
    """A Ray cluster, from its first use to `close`.

    Args:
        folder: the build's folder, which every node must see.
        address: of the head node, as `10.0.0.1:6379`, or `auto` for the cluster of this machine; None: a Ray of its
            own on this machine.
        cpus: of a Ray of its own; None for all.
        script, settle: as in `Site`.

    Raises:
        UserError: Ray is not installed, or the address is none.
    """

    def __init__(
        self,
        folder: Path,
        address: str | None = None,
        cpus: int | None = None,
        script: str | None = None,
        settle: Callable[[], None] | None = None,
    ) -> None:
        if address not in (None, "auto") and not _ADDRESS.fullmatch(address):
            raise UserError(
                f"ray_address (--ray-address) {address} is no address of a head node; give one as in 10.0.0.1:6379, or "
                "auto for the cluster of this machine"
            )
        try:
            import ray
        except ImportError:
            raise missing_extra("engine='ray' (--engine ray) needs Ray", "ray") from None
        self.ray: ModuleType = ray
        self.folder, self.address, self.cpus = folder, address, cpus
        self.script, self.settle = script, settle
        self.mine = False
        self._site: Site | None = None

    def data(self) -> ModuleType:
        """The module ray.data, with the cluster behind it; starting takes seconds, so nothing does before this.

        Returns:
            The module, set up so that Ray itself says nothing.

        Raises:
            UserError: there is no cluster at the address, or it cannot be joined.
        """
        if not self.ray.is_initialized():
            self._join()
            self.mine = True
        import ray.data

        # Also when a worker dies Ray speaks on standard output; this switch is private, but harmless where it is gone.
        self.ray._private.worker._worker_logs_enabled = False
        # How often a lost part is tried again can only be said in this way, of which Ray warns; pyproject.toml keeps to
        # versions that take it.
        warnings.filterwarnings("ignore", message="`ray_remote_args`")
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = context.print_on_execution_start = False
        # What fails in a worker comes back as a value; what Ray itself has to say is in its log files.
        for handler in logging.getLogger("ray.data").handlers:
            if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
                handler.setLevel(logging.CRITICAL)
        module: ModuleType = ray.data
        return module

    def _join(self) -> None:
        _see_nodes(self.address)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        logging.getLogger("ray").setLevel(logging.ERROR)
        own = {"address": "local", "num_cpus": self.cpus, "include_dashboard": False}
        try:
            self.ray.init(
                # A Ray of its own inherits the environment of this process; the nodes of another do not.
                **({"address": self.address, "runtime_env": {"env_vars": settings()}} if self.address else own),
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())[:300]
            where = f"join the Ray cluster at {self.address}" if self.address else "start Ray on this machine"
            raise UserError(f"cannot {where} ({reason}); see docs/scale.md") from None

    @property
    def site(self) -> Site:
        """What workers must see."""
        if self._site is None:
            # Should this process be killed, the store deletes files of such names.
            handle, mark = tempfile.mkstemp(prefix=".ray-", suffix=".tmp", dir=self.folder.resolve())
            os.close(handle)
            self._site = Site(str(Path.cwd()), mark, self.script, self.settle)
        return self._site

    def places(self, resource: str, each: int) -> int:
        """How many times nodes that are alive have so much of a resource to themselves.

        Args:
            resource: `CPU` or `GPU`.
            each: how much of it one place takes, all of it on one node.

        Returns:
            Places, over all nodes.
        """
        return sum(int(has.get(resource, 0)) // each for has in self._alive())

    def nodes(self) -> int:
        """How many nodes are alive that have a CPU to work with.

        Returns:
            Nodes; a head without work is none of them.
        """
        return sum(has.get("CPU", 0) >= 1 for has in self._alive())

    def _alive(self) -> list[dict[str, float]]:
        return [node["Resources"] for node in self.ray.nodes() if node["Alive"]]

    def put(self, columns: Mapping[str, Sequence[bytes]]) -> object:
        """Puts a table into the cluster's object store.

        Args:
            columns: of the table, by name.

        Returns:
            What is as good as the table for Ray Data.
        """
        import pyarrow as pa

        reference: object = self.ray.put(pa.table(columns))
        return reference

    def close(self) -> None:
        """Leaves the cluster; one that was started here ends."""
        if self._site is not None:
            with suppress(OSError):
                Path(self._site.mark).unlink()
        if self.mine:
            self.ray.shutdown()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.close()
        return False

    def rows(self, dataset: Dataset) -> Iterator[dict[str, bytes]]:
        """Yields the rows of a Ray dataset, as they come.

        Args:
            dataset: of columns of bytes.

        Yields:
            Column -> value.

        Raises:
            UserError: workers died too often.
        """
        try:
            # Fetching ahead would hold back what has come until there is more.
            for table in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                yield from table.to_pylist()
        except self.ray.exceptions.RayError as error:
            raise self.lost(next((line for line in reversed(str(error).splitlines()) if line.strip()), "")) from None

    def lost(self, reason: str) -> UserError:
        """The sentence for workers that died, where going on would end the same way.

        Args:
            reason: how they died, as Ray or the caller says it.

        Returns:
            The error to raise.
        """
        return UserError(
            f"workers of the Ray cluster were lost again and again ({reason.strip()[:200]}); run the same command "
            "again to go on, with fewer workers (--workers) if memory was short"
        )


def _see_nodes(address: str | None) -> None:
    """Sees whether somebody listens at the address: Ray itself would go on trying for many minutes.

    Raises:
        UserError: nobody does.
    """
    if address in (None, "auto"):
        return
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster answers at {address} ({error}); run there: ray start --head") from None


def guarded(site: Site, work: Callable[[], object]) -> bytes:
    """In a worker: does a piece of work, and keeps what it raises.

    Args:
        site: what the worker must see before.
        work: what is to be done; what it returns can be pickled.

    Returns:
        What came of it, as `opened` takes it.
    """
    try:
        _settle_tasks(site)
        with without_exit():
            return pickle.dumps((work(), None))
    except Exception as error:
        if not isinstance(error, UserError):
            error.add_note(f"in a Ray worker on {socket.gethostname()}:\n{traceback.format_exc()}")
        try:
            return pickle.dumps((None, error))
        except Exception:  # An error that holds what cannot be sent.
            return pickle.dumps((None, RuntimeError("".join(traceback.format_exception(error)))))


def opened(packed: bytes) -> Any:
    """What came of a piece of work.

    Args:
        packed: what `guarded` returned.

    Returns:
        What the work returned.

    Raises:
        Exception: what the work raised, with a note that says where.
    """
    result, error = pickle.loads(packed)
    if error is not None:
        raise error
    return result


@cache
def _settle_tasks(site: Site) -> None:
    """Once a worker: sees that this node sees what the build's process sees."""
    node, need = socket.gethostname(), "every node must see the build's folder under the same path"
    if site.version != __version__:
        raise UserError(f"node {node} has polypref {__version__}, this is {site.version}; install the same everywhere")
    try:
        os.chdir(site.folder)
    except OSError:
        raise UserError(f"there is no folder {site.folder} on node {node}; {need}") from None
    if not Path(site.mark).exists():
        raise UserError(f"node {node} does not see what is written into {Path(site.mark).parent}; {need}")
    if site.script:
        from ..scripting.loading import load_script

        load_script(site.script)
    if site.settle:
        site.settle()
