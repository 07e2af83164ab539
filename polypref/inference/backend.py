"""What is asked of a backend: whoever serves a model takes requests and gives each back with what came of it.

One of your own is a class with `run`; nothing else must be there. `my_backend.py`:

    from polypref.inference import Reply

    class Echo:
        def run(self, requests):
            for request in requests:
                yield request, Reply(request.messages[-1][1])

`at: my_backend:Echo` in the config of an evaluation, or `--at my_backend:Echo`, makes it the one who serves a model;
keys under `options` are what the class is called with. Beside `run` it may have any attribute of `BackendTraits`. One
that gives models tools (`request.offered`) says so by `tools = True`; the text of a reply that calls them, and its
`finish_reason`, are as `tool_calls.called_text` and CALLED there have them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ..console.escaping import as_written
from ..errors import UserError
from ..scripting.contracts import is_finite, read_traits
from ..scripting.declared import check_fields, checked_call
from ..scripting.own_classes import NotOwn, Wrapped, check_has, defined_at, in_one_sentence
from ..scripting.own_code import is_own
from ..text.cleaning import has_lone_surrogate, is_label
from .prices import Prices
from .requests import Failure, Model, Reply, Request, Result
from .tool_calls import NOT_OFFERED


class Backend(Protocol):
    """Whoever can answer requests."""

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result, each once, as they come and in any order.

        What is yielded goes into the response log at once and is not asked again; so a result is yielded as soon as it
        is there, and requests, which may be many millions, are taken a few at a time. A request that cannot be answered
        is a `Failure`, whose reason is a word fit for counting; the run goes on.

        Args:
            requests: conversations to answer (`kind` is `chat`), to score (`score`), or to go on with by one of a few
                letters (`letter`), whose log-probabilities `letters.letter_text` makes the text of a `Reply`. Of one
                model, or one model after the other.

        Yields:
            (request, result): the request as it came, and a `Reply` (with `score`, a finite number, where it is to be
            scored) or a `Failure`.

        Raises:
            UserError: the backend cannot go on (a server that fails, a model that cannot be loaded). What was yielded
                is kept.
        """
        ...


class Usage:
    """What a backend has sent and been sent so far, over all its runs.

    Attributes:
        requests: attempts, those repeated after an error included.
        prompt_tokens, completion_tokens: as the servers count them.
        cached_tokens: of the prompts', those that a server says it had read before.
        uncounted: answers whose server did not say how many tokens they took.
    """

    def __init__(self) -> None:
        self.requests = self.prompt_tokens = self.completion_tokens = self.cached_tokens = self.uncounted = 0

    def add(self, tokens: tuple[int | None, int | None], answered: bool, cached: int = 0) -> None:
        """Counts an attempt.

        Args:
            tokens: of the prompt and the answer; None where the server does not say.
            answered: whether it brought an answer.
            cached: of the prompt's tokens, those that were read before.
        """
        self.requests += 1
        self.prompt_tokens += tokens[0] or 0
        self.completion_tokens += tokens[1] or 0
        self.cached_tokens += cached
        self.uncounted += answered and tokens[0] is None

    def add_counts(self, counts: dict[str, int]) -> None:
        """Adds what another process counted.

        Args:
            counts: by the names of the attributes.
        """
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)


class ModelNotes:
    """What a backend saw of the models that it loaded.

    Attributes:
        notes: model -> sentences, as `templates.template_notes` and `networks.revision_note` have them.
    """

    def __init__(self) -> None:
        self.notes: dict[Model, list[str]] = {}

    def add(self, model: Model, notes: Iterable[str]) -> list[str]:
        """Notes what was seen, once: a model that made room for another is loaded again.

        Args:
            model: the model.
            notes: sentences.

        Returns:
            Those of them that are new.
        """
        known = self.notes.setdefault(model, [])
        new = [note for note in notes if note not in known]
        known += new
        return new


@dataclass(frozen=True)
class BackendTraits:
    """What a backend may say of itself, as attributes of these names; what it leaves out is as here.

    Attributes:
        kind: what the report of an evaluation calls it; empty: the name of its class in small letters.
        page: requests that are enough to keep it busy; an actor of a Ray cluster gets so many at a time.
        gpus: GPUs of one node that it takes, where a cluster has any; 0 for none.
        at_once: for servers elsewhere: requests on their way at once, over all actors of a cluster together; then it
            needs no GPU here, and `shared(actors)`, a method, gives the backend of one of so many actors. None for a
            model in the actor itself, of which each actor has one.
        price_in, price_out: price of a million prompt and completion tokens; None: not known.
        price_cached: of a million prompt tokens that were read before; None: as others.
        discount: the share of the price that is taken off, as for batches.
        here: whether it is asked from this process alone, also where models are in actors of a cluster.
        usage: counts what was sent so far; None: nothing does.
        cost: price of all tokens so far; None: not known.
        tools: whether it gives a model the tools that a request offers, and turns of calls; without it such requests
            fail (`tools_not_offered`).
        model_notes: what it saw of the models that it loaded; None: it loads none.
        place: what a model is loaded from, where that is not its name alone: a folder, an adapter. It tells two models
            of one name apart in the response log, and is published nowhere.
    """

    kind: str = ""
    page: int = 256
    gpus: int = 1
    at_once: int | None = None
    price_in: float | None = None
    price_out: float | None = None
    price_cached: float | None = None
    discount: float = 0.0
    here: bool = False
    usage: Usage | None = None
    cost: float | None = None
    tools: bool = False
    model_notes: ModelNotes | None = None
    place: str = ""

    @property
    def prices(self) -> Prices:
        """What tokens cost there."""
        return Prices(self.price_in, self.price_out, self.price_cached, self.discount)


#: Tokens are written down in columns of 64 bits.
_MOST = 2**63 - 1
#: So many requests that a class may not be given are kept until they are answered.
_MOST_REFUSED = 1_000
_LEAST = {"page": 1, "gpus": 0, "at_once": 1}
_LEAST |= dict.fromkeys(("price_in", "price_out", "price_cached", "discount", "cost"), 0)


def backend_traits(backend: Backend) -> BackendTraits:
    """What a backend says of itself.

    Args:
        backend: the backend.

    Returns:
        Its traits; defaults for those that it leaves out.

    Raises:
        UserError: one of its attributes is not of the kind that `BackendTraits` says, or too small, or it has
            `at_once` without `shared`.
    """
    own = backend.inner if isinstance(backend, OwnBackend) else backend
    called = backend.called if isinstance(backend, OwnBackend) else f"backend {type(backend).__name__}"
    traits = read_traits(own, BackendTraits, called)
    for name, least in _LEAST.items():
        value = getattr(traits, name)
        if value is not None and value < least:
            raise UserError(f"{called}: its {name} is {value!r}; give a number of at least {least}")
    if traits.kind and not is_label(traits.kind):
        raise UserError(f"{called}: its kind is {as_written(traits.kind)[:80]}; give it a word, on one line")
    if traits.at_once is not None:
        if not hasattr(own, "shared"):
            raise UserError(f"{called} has at_once but no shared(actors); see polypref/inference/backend.py")
        check_has(own, called, {"shared": ("actors",)})
    return replace(traits, kind=traits.kind or type(own).__name__.lower())


def kept_beside(backend: Backend, log: Path) -> Backend:
    """A backend that keeps what outlives a process (batches that are out) beside the response log.

    Args:
        backend: the backend.
        log: the log's file.

    Returns:
        What its `beside(log)` gives; the backend itself where it has none.
    """
    beside: Callable[[Path], Backend] | None = getattr(backend, "beside", None)
    return backend if beside is None else beside(log)


def shared(backend: Backend, actors: int) -> Backend:
    """The backend of one of so many actors: a server's share of its requests, or a model in the actor itself.

    Args:
        backend: the backend of all of them.
        actors: how many there are.

    Returns:
        What an actor holds; the same backend for a model in the actor.

    Raises:
        UserError: one of somebody's own class raised.
    """
    if backend_traits(backend).at_once is None:
        return backend
    called = backend.called if isinstance(backend, OwnBackend) else f"backend {type(backend).__name__}"
    with in_one_sentence(called) if is_own(getattr(backend, "inner", backend)) else nullcontext():
        share: Backend = getattr(backend, "shared")(actors)  # noqa: B009
    return share


class OwnBackend(Wrapped):
    """A backend of somebody's own class: what it raises, and what it yields that is none, is said in one sentence."""

    @property
    def kind(self) -> str:
        """What reports call it: its own `kind`, or the name of its class."""
        return str(getattr(self.inner, "kind", "") or type(self.inner).__name__.lower())

    def run(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result; as `Backend.run`.

        Args:
            requests: conversations to answer or to score.

        Yields:
            (request, result), each request once.

        Raises:
            UserError: also where the class yields something else than a request and its result.
        """
        takes_tools = getattr(self.inner, "tools", False) is True
        waiting = _Waiting(requests)
        without: list[Request] = []
        while True:
            yield from self._one_run(waiting, None if takes_tools else without)
            if not waiting.has_more():
                return

    def _one_run(self, waiting: "_Waiting", without: list[Request] | None) -> Iterator[tuple[Request, Result]]:
        """Asks the class once, until all requests are done or as many with tools were refused as are kept."""
        under_way: Counter[Request] = Counter()
        source = self._counted(waiting, under_way, without)
        for pair in self._results(source):
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise UserError(f"{self.called} yields {pair!r:.100}; let it yield a request and its result")
            request, result = pair
            if not isinstance(request, Request) or request not in under_way:
                raise UserError(f"{self.called} yields a result for what it was not asked, or twice: {request!r:.100}")
            if wrong := _wrong_in(result, request):
                raise UserError(f"{self.called} yields {as_written(result)[:100]} as a result; {wrong}")
            if isinstance(result, Reply) and has_lone_surrogate(result.text):
                result = Failure("lone_surrogate", "half a character in the answer")
            under_way[request] -= 1
            if not under_way[request]:
                del under_way[request]
            yield request, result
            yield from self._refused(without or [])
        if under_way or next(source, None) is not None:
            raise UserError(f"{self.called} ended before it gave a result for each request; let it yield a Failure")
        yield from self._refused(without or [])

    def _refused(self, requests: list[Request]) -> Iterator[tuple[Request, Result]]:
        """Takes the requests out of the list: the class would leave their tools out without a word."""
        while requests:
            yield requests.pop(), Failure(NOT_OFFERED, f"{self.called} gives models no tools: it has no tools = True")

    def _results(self, source: Iterator[Request]) -> Iterator[object]:
        results: Iterator[object] = iter(())
        with in_one_sentence(self.called):
            returned: object = self.inner.run(source)
            if isinstance(returned, str | bytes | Mapping) or not isinstance(returned, Iterable):
                raise UserError(
                    f"{self.called}{defined_at(self.inner, 'run')}: run() returns {as_written(returned)[:80]}; "
                    "yield each request with its Reply or Failure, as in yield request, Reply(text)"
                )
            results = iter(returned)
        while True:
            with in_one_sentence(self.called):
                pair = next(results, self)
            if pair is self:
                return
            yield pair

    def _counted(
        self, waiting: "_Waiting", under_way: "Counter[Request]", without: list[Request] | None
    ) -> Iterator[Request]:
        """The requests, counted when they are taken; those with tools go into `without` where there is such a list.

        It ends once the list is full: the class may take what comes without giving a result, and would fill the memory.
        """
        while without is None or len(without) < _MOST_REFUSED:
            request = waiting.take()
            if request is None:
                return
            if without is not None and (request.tools or request.turns):
                without.append(request)
                continue
            under_way[request] += 1
            yield request


class _Waiting:
    """The requests that were not taken yet."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._requests = iter(requests)
        self._next: Request | None = None

    def take(self) -> Request | None:
        """The next one; None where there is none."""
        request, self._next = self._next, None
        if request is not None:
            return request
        try:
            return next(self._requests, None)
        except Exception as error:
            # Of the response log, say: that is no fault of the class that asks for more.
            raise NotOwn from error

    def has_more(self) -> bool:
        """Whether there is a next one."""
        self._next = self.take()
        return self._next is not None


def checked_backend(backend: Backend) -> Backend:
    """A backend as it is asked: one of somebody's own class with what it yields looked at.

    Args:
        backend: the backend.

    Returns:
        the backend itself where it is polypref's.

    Raises:
        UserError: it cannot run.
    """
    if not is_own(backend):
        return backend
    called = f"backend {type(backend).__name__}"
    check_has(backend, called, {"run": ("requests",)})
    own = OwnBackend(backend, called)
    backend_traits(own)
    return own


def _wrong_in(result: object, request: Request) -> str:
    """What is wrong with what came of a request; empty where nothing is."""
    if isinstance(result, Failure):
        if not isinstance(result.reason, str) or not isinstance(result.detail, str):
            return "the reason and the detail of a Failure are texts"
        return "" if is_label(result.reason) else "the reason of a Failure is a word fit for counting, on one line"
    if not isinstance(result, Reply):
        return "let it yield a Reply or a Failure"
    if not isinstance(result.text, str) or not isinstance(result.finish_reason, str):
        return "the text and the finish_reason of a Reply are texts"
    if not isinstance(result.served, str | None):
        return "served of a Reply is a name or None"
    if any(map(has_lone_surrogate, (result.finish_reason, result.served or ""))):
        return "the finish_reason of a Reply and served are of whole characters"
    for name in ("prompt_tokens", "completion_tokens"):
        count = getattr(result, name)
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MOST):
            return f"{name} of a Reply is a whole number of at least 0 that fits into 64 bits, or None"
    score = result.score
    if score is None:
        return "it was to be scored: give the Reply a score" if request.kind == "score" else ""
    if isinstance(score, bool) or not isinstance(score, int | float) or not is_finite(score):
        return "the score of a Reply is a finite number, or None"
    return ""


@checked_call
@dataclass(frozen=True)
class Served:
    """A model and who serves it.

    Attributes:
        model: whom to ask; its name, revision and licence go into every row it wrote.
        backend: how it is reached: no part of what a build is, so it is in no fingerprint and no provenance.
    """

    model: Model
    backend: Backend = field(repr=False, compare=False, metadata={"settings": False})

    def __post_init__(self) -> None:
        check_fields(self)

    def __reduce__(self) -> tuple[type["Served"], tuple[Model, None]]:
        # A backend, perhaps with a model in it, stays in its process: workers only read what was answered.
        return Served, (self.model, None)
