"""Models in actors of a Ray cluster: pages of requests go out through Ray Data, results come back page by page.

An actor holds the backend that would else be in this process: one actor for the GPUs that a model needs, or, for
servers, one a node, which share the requests that may be on their way at once. Only this process writes the log.
"""

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from types import ModuleType

from ..errors import UserError
from ..inference import Backend, Model, Request, Result, backend_traits
from ..inference.backend import checked_backend, shared
from ..scripting.sending import arriving, packed
from .cluster import Cluster, Site, guarded, opened

#: Pages an actor has before it when requests are read: loading a model once for them is little beside answering them.
_AHEAD = 64
#: Pages that are tried by themselves when none came back: a model that dies with each dies with these.
_ALONE = 4


@dataclass(frozen=True)
class _Plan:
    """How many actors there are, what each holds and takes, and how many requests make a page."""

    actors: int
    backend: Backend
    takes: dict[str, int]
    page: int


@dataclass(frozen=True)
class Actors:
    """A backend whose models are in actors of a cluster.

    Attributes:
        backend: what each actor holds; its `usage`, if it has one, counts what all of them did, and its `model_notes`
            hold what any of them saw.
        cluster: where they are.
        workers: actors at most; None for as many as fit.
    """

    backend: Backend
    cluster: Cluster
    workers: int | None = None

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result, a page at a time.

        The page of an actor that was lost is asked again, by others if need be.

        Args:
            requests: read a few pages ahead.

        Yields:
            As the backend in the actors does.

        Raises:
            UserError: as the backend does; or no node has the GPUs that a model needs, or actors were lost again and
                again without an answer.
        """
        waiting = iter(requests)
        while (first := next(waiting, None)) is not None:
            data, plan = self.cluster.data(), self._plan()
            group = plan.page * plan.actors
            more = islice(chain([first], waiting), group * _AHEAD)
            pages: dict[int, object] = {}
            while read := list(islice(more, group)):
                size = -(-len(read) // plan.actors)
                for begin in range(0, len(read), size):
                    # In Ray's object store, which spills to disk: this process holds no more than a group.
                    number, sent = len(pages), pickle.dumps(read[begin : begin + size])
                    pages[number] = self.cluster.put({"number": [b"%d" % number], "requests": [sent]})
            while pages:
                left = len(pages)
                # An actor that dies may take another's page with it: by itself, a page is lost by its own fault only.
                for tried in (list(pages), *([number] for number in list(pages)[:_ALONE])):
                    for number, results in self._round(data, plan, [pages[number] for number in tried]):
                        del pages[number]
                        yield from results
                    if len(pages) < left:
                        break
                else:
                    raise self.cluster.lost("an actor died with every page that it was given")
                plan = self._plan() if pages else plan

    def _round(
        self, data: ModuleType, plan: _Plan, pages: list[object]
    ) -> Iterator[tuple[int, list[tuple[Request, Result]]]]:
        """One try at the pages: the number of each that came back, and what is in it."""
        rows = data.from_arrow_refs(pages).map(
            _Actor,
            fn_constructor_args=(packed(plan.backend), self.cluster.site),
            # With one page at a time no second one is lost with an actor.
            compute=data.ActorPoolStrategy(size=min(plan.actors, len(pages)), max_tasks_in_flight_per_actor=1),
            # A page waits for no actor to come back: its node may be gone for good.
            max_restarts=0,
            **plan.takes,
        )
        rows.context.max_errored_blocks = -1
        for row in self.cluster.rows(rows):
            results, spent, seen = pickle.loads(row["results"])
            traits = backend_traits(self.backend)
            if usage := traits.usage:
                usage.add_counts(spent)
            if known := traits.model_notes:
                for model, notes in seen.items():
                    known.add(model, notes)
            yield int(row["number"]), results
            opened(row["ended"])

    def _plan(self) -> _Plan:
        backend, cluster, traits = self.backend, self.cluster, backend_traits(self.backend)
        if traits.at_once is not None:
            actors = self._at_most(min(cluster.nodes(), traits.at_once))
            share = shared(backend, actors)
            return _Plan(actors, share, {"num_cpus": 1}, backend_traits(share).page)
        if not traits.gpus or not cluster.places("GPU", 1):
            return _Plan(self._at_most(cluster.places("CPU", 1)), backend, {"num_cpus": 1}, traits.page)
        if not (fit := cluster.places("GPU", traits.gpus)):
            raise UserError(
                f"no node of the Ray cluster has the {traits.gpus} GPUs that tensor_parallel asks for; lower it"
            )
        return _Plan(self._at_most(fit), backend, {"num_gpus": traits.gpus}, traits.page)

    def _at_most(self, fit: int) -> int:
        return max(1, min(fit, self.workers or fit))


class _Actor:
    """In a worker: the backend, and the models in it, from page to page."""

    def __init__(self, backend: bytes, site: Site) -> None:
        self.packed, self.site = backend, site
        self.backend: Backend | None = None

    def __call__(self, row: dict[str, bytes]) -> dict[str, bytes]:
        results: list[tuple[Request, Result]] = []
        spent: dict[str, int] = {}
        seen: dict[Model, list[str]] = {}

        def work() -> None:
            with arriving():
                backend: Backend = self.backend or pickle.loads(self.packed)
            self.backend = backend
            usage = backend_traits(backend).usage
            before = dict(vars(usage)) if usage else {}
            try:
                results.extend(checked_backend(backend).run(pickle.loads(row["requests"])))
            finally:
                spent.update({name: count - before[name] for name, count in vars(usage).items()} if usage else {})
                notes = backend_traits(backend).model_notes
                seen.update(notes.notes if notes else {})

        # What came before an error is worth keeping too, so it stands beside it.
        ended = guarded(self.site, work)
        return {"number": row["number"], "results": pickle.dumps((results, spent, seen)), "ended": ended}
