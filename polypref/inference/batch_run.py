"""One run of requests in batches: what is out already is waited for, the rest is submitted, and answers come back."""

import logging
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from filelock import FileLock

from ..errors import UserError
from . import Failure, Model, Reply, Request, Result, Usage, protocol
from .batch_files import MISSING, RequestFile, Results, read_results, refuse_existing, request_line
from .batch_outcomes import LineOutcome, blamed_lines, judge_lines, read_sent, written_sent
from .batch_service import BatchService, Progress, requests_path, results_path
from .batch_store import Batch, BatchStore, Line, Outcome
from .letters import MOST_LISTED
from .prices import is_used_up
from .servers import Sent, Server, server_at

_LOG = logging.getLogger(__name__)
# What is looked up and written down at once.
_PAGE = 1_000
_GROWTH = 1.5
#: The server has room for no further batch now.
_CROWDED = re.compile(r"token_limit_exceeded|enqueued|too many batches|rate.?limit", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What of the backend's settings a run goes by; see `Batches`."""

    most_requests: int
    most_bytes: int
    most_open: int
    attempts: int
    poll: float
    longest_poll: float
    max_answer_bytes: int
    tokens_field: str
    served_as: Mapping[str, str]


class BatchRun:
    """Requests in, results out.

    Args:
        limits: what it goes by.
        store: the batches.
        service: who takes them.
        usage: counts what was asked.
    """

    def __init__(self, limits: Limits, store: BatchStore, service: BatchService, usage: Usage) -> None:
        self.limits, self.store, self.service, self.usage = limits, store, service, usage
        self.server = _known_server(store, service, limits)
        # Who is asked, until there is a result; a request that comes twice is asked once.
        self.held: dict[str, list[Request]] = {}
        self.tries: dict[str, int] = {}
        self.waiting: dict[int, set[str]] = {}
        self.gathered: dict[tuple[Model, Sent], RequestFile] = {}
        self.full: list[tuple[Sent, RequestFile]] = []
        self.crowded, self._refused = False, 0
        self._read: dict[int, Results] = {}
        self._model = ""

    def results(self, source: Iterator[Request]) -> Iterator[tuple[Request, Result]]:
        """Yields every request with its result.

        Args:
            source: the requests, read a page at a time while there is room for further batches.

        Yields:
            (request, result), as batches end.

        Raises:
            UserError: the server refuses, or is of no use; or, where batches are files, they are to be answered now.
        """
        more, pause = True, self.limits.poll
        while True:
            while more and not self.crowded and self._has_room:
                page = list(islice(source, min(_PAGE, self.limits.most_requests)))
                more = bool(page)
                yield from self._take(page)
                self._submit_gathered(all_of_it=not more)
            if not self.crowded:
                self._submit_gathered(all_of_it=not more)
            if not (more or self.waiting or self.gathered or self.full):
                return
            ended = False
            for number in list(self.waiting):
                batch = self.store.batch(number)
                progress = self.service.progress(batch)
                if progress.ending is not None:
                    ended = True
                    yield from self._end(batch, progress)
            if ended and not self.crowded:
                pause = self.limits.poll
            else:
                # A crowded server is tried again when a batch has ended, or after the longest wait.
                seconds = self.limits.longest_poll if self.crowded else pause
                self.service.wait(seconds, [self.store.batch(one) for one in self.waiting], self._model)
                pause = min(pause * _GROWTH, self.limits.longest_poll)
                self.crowded = False

    def close(self) -> None:
        """Lets go of what was gathered and not submitted."""
        for file in (*self.gathered.values(), *(file for _, file in self.full)):
            file.close()

    # Before a batch: what is known of a request, and where it goes.

    def _take(self, page: Sequence[Request]) -> Iterator[tuple[Request, Result]]:
        """Takes requests: those that are out are waited for, answers that are here are read, the rest is gathered."""
        fresh = []
        for request in page:
            if request.kind == "score":
                raise UserError(
                    f"batches answer conversations and score none: have reward model {request.model.name} served in "
                    "this process (at: transformers) or by vLLM's server"
                )
            self._model = request.model.name
            if request.key in self.held:
                self.held[request.key].append(request)
            else:
                self.held[request.key] = [request]
                fresh.append(request)
        known = self.store.lines(self.service.place, [request.key for request in fresh])
        gone = self._given_up({line.batch for line in known.values() if line.outcome is None})
        known = {key: line._replace(batch=0) if line.batch in gone else line for key, line in known.items()}
        here: dict[int, list[Request]] = {}
        for request in fresh:
            line = known.get(request.key, Line(0, None, 0))
            if line.tries:
                self.tries[request.key] = line.tries
            if not line.batch or line.outcome in ("again", "later", "final"):
                yield from self._gather(request)
            elif line.outcome is None and self.store.batch(line.batch).state == "open":
                self.waiting.setdefault(line.batch, set()).add(request.key)
            else:
                here.setdefault(line.batch, []).append(request)
        for number, requests in here.items():
            before = {request.key: known[request.key].outcome for request in requests}
            yield from self._come_out(self.store.batch(number), requests, before, "")

    def _given_up(self, numbers: set[int]) -> set[int]:
        """Sees that batches of before are out, or have ended.

        Args:
            numbers: of the batches.

        Returns:
            Those that are given up, as their file was deleted.
        """
        gone = set()
        for number in sorted(numbers):
            with self._submitting():
                batch = self.store.batch(number)
                if batch.state == "ended":
                    continue
                if not requests_path(self.store.folder, number).exists():
                    self.store.note(number, "given_up")
                    gone.add(number)
                elif batch.state != "open":
                    self._note_open(self.service.submit(self.store, batch))
        return gone

    def _gather(self, request: Request, in_prompt: bool = False) -> Iterator[tuple[Request, Result]]:
        """Puts a request into the batch that is being gathered; yields it where it cannot be sent."""
        sent = Sent(self.server.tokens_field, in_prompt or self.server.schema_in_prompt, self.server.listed)
        try:
            line = request_line(request, protocol.chat_body(request, *sent))
        except UnicodeEncodeError:
            yield from self._given(request, Failure("lone_surrogate", "half a character in the prompt"))
            return
        place = request.model, sent
        if place in self.gathered and not self.gathered[place].fits(
            line, self.limits.most_requests, self.limits.most_bytes
        ):
            self.full.append((sent, self.gathered.pop(place)))
        if place not in self.gathered:
            self.gathered[place] = RequestFile(self.store.folder)
        self.gathered[place].add(request, line)

    def _submit_gathered(self, all_of_it: bool) -> None:
        """Submits the files that are full, or all, where no further request is to come; no more than may be out.

        What there is no room for stays gathered: further requests go into its files, until a batch has ended.
        """
        while self._has_room and (self.full or (all_of_it and self.gathered)):
            if not self.full:
                place = next(iter(self.gathered))
                self.full.append((place[1], self.gathered.pop(place)))
            self._submit(*self.full[0])
            del self.full[0]

    @property
    def _has_room(self) -> bool:
        """Whether a further batch may be out."""
        return len(self.waiting) < self.limits.most_open

    def _submit(self, sent: Sent, file: RequestFile) -> None:
        keys = [request.key for request in file.requests]
        with self._submitting():
            number, folder = self.store.next_number(), self.store.folder
            refuse_existing(requests_path(folder, number), *(results_path(folder, number, part) for part in (0, 1)))
            batch = self.store.add(secrets.token_hex(16), self.service.place, written_sent(sent), keys)
            file.write(requests_path(folder, number))
            self._note_open(self.service.submit(self.store, batch))
        self.waiting[number] = set(keys)

    def _submitting(self) -> FileLock:
        """Of processes that share the folder, one submits at a time: a batch of before is submitted by one alone."""
        return FileLock(self.store.folder / "submitting.lock")

    def _note_open(self, batch: Batch) -> None:
        if batch.batch_id:
            notice = "batch %s (%s requests) is at %s; the same command goes on with it, whenever this one is stopped"
            _LOG.warning(notice, batch.batch_id, f"{batch.requests:,}", batch.place)

    # After a batch: how its requests came out.

    def _end(self, batch: Batch, progress: Progress) -> Iterator[tuple[Request, Result]]:
        """Fetches what came of a batch and yields it."""
        number = batch.number
        paths = [results_path(self.store.folder, number, part) for part, _ in enumerate(progress.files)]
        self.service.fetch(batch, progress, paths)
        batch = self.store.note(number, "ended")
        requests = [self.held[key][0] for key in sorted(self.waiting.pop(number)) if key in self.held]
        if progress.ending == "failed":
            yield from self._fail(batch, progress, requests)
            return
        self.crowded, self._refused = False, 0
        cancelled = f"says that batch {batch.batch_id} was cancelled" if progress.ending == "cancelled" else ""
        yield from self._come_out(batch, requests, {}, cancelled)

    def _fail(self, batch: Batch, progress: Progress, requests: Sequence[Request]) -> Iterator[tuple[Request, Result]]:
        """What becomes of a batch of which the server took nothing."""
        words = "; ".join(f"{one.code}: {one.message}" for one in progress.refusals[:3]) or "without a word"
        used_up = is_used_up(words)
        crowded = _CROWDED.search(words) is not None and not used_up
        self._refused += crowded
        outcome: Outcome = "later" if crowded and self._refused <= self.limits.attempts else "stopped"
        blamed = blamed_lines(progress.refusals, self.store.line_numbers(batch.number))
        if blamed and outcome == "stopped":
            outcome = "again"
        self.crowded = outcome == "later"
        _LOG.warning("%s took nothing of batch %s (%s)", batch.place, batch.batch_id, words)
        refused = Failure("bad_request", words)
        outcomes = [
            LineOutcome(one, "final", blamed[one.key]) if one.key in blamed else LineOutcome(one, outcome, refused)
            for one in requests
        ]
        yield from self._settle(batch, [self._bounded(one) for one in outcomes])
        if outcome == "stopped":
            advice = "give fewer requests a file (most_requests)" if crowded else "mend that"
            advice = "top up the account" if used_up else advice
            raise _stopped(batch, f"took nothing of batch {batch.batch_id} ({words}); {advice}")

    def _come_out(
        self, batch: Batch, requests: Sequence[Request], before: Mapping[str, Outcome | None], cancelled: str
    ) -> Iterator[tuple[Request, Result]]:
        """Yields what came of requests of a batch that has ended; those without an answer are gathered anew.

        Args:
            batch: ended.
            requests: of it.
            before: how they came out when that was read before; None, or missing, where it was not.
            cancelled: what to say where the batch was cancelled; those without a line are then asked by the next run.

        Raises:
            UserError: something is wrong that keeps all requests from being answered.
        """
        results, sent, stop = self._results_of(batch), read_sent(batch.sent), cancelled
        counts: Counter[str] = Counter()
        limits = self.limits
        for begin in range(0, len(requests), _PAGE):
            page = requests[begin : begin + _PAGE]
            outcomes = []
            for one in judge_lines(page, results, sent, self.server, limits.served_as):
                known = before.get(one.request.key)
                if cancelled and _is_missing(one.result):
                    one = one._replace(outcome="stopped")
                elif known == "stopped" and one.outcome != "reply":
                    # What stopped an earlier run was mended, or it would stop this one too: it is asked anew.
                    one = one._replace(outcome="later")
                one = self._bounded(one)
                if known is None:
                    self.usage.add(one.usage, one.outcome == "reply", one.cached)
                    counts[_counted_as(one)] += 1
                if one.outcome == "stopped":
                    stop = stop or _detail(one.result)
                outcomes.append(one)
            yield from self._settle(batch, outcomes)
        self._note_counts(batch, results, counts)
        if stop:
            raise _stopped(batch, stop)

    def _bounded(self, one: LineOutcome) -> LineOutcome:
        """An outcome, final where the request was tried often enough."""
        last = self.tries.get(one.request.key, 0) + 1 >= self.limits.attempts
        return one._replace(outcome="final") if one.outcome == "again" and last else one

    def _settle(self, batch: Batch, outcomes: Sequence[LineOutcome]) -> Iterator[tuple[Request, Result]]:
        """Writes down how requests came out, then yields their results, or gathers them once more."""
        self.store.note_outcomes(batch.number, ((one.request.key, one.outcome) for one in outcomes))
        for one in outcomes:
            if one.outcome in ("reply", "final"):
                yield from self._given(one.request, one.result)
            elif one.outcome != "stopped":
                if one.outcome == "again":
                    self.tries[one.request.key] = self.tries.get(one.request.key, 0) + 1
                yield from self._gather(one.request, one.in_prompt)

    def _given(self, request: Request, result: Result) -> Iterator[tuple[Request, Result]]:
        self.tries.pop(request.key, None)
        for one in self.held.pop(request.key, []):
            yield one, result

    def _results_of(self, batch: Batch) -> Results:
        """Where the lines of a batch's results are; of the last few batches it is remembered."""
        if batch.number not in self._read:
            paths = (results_path(self.store.folder, batch.number, part) for part in (0, 1))
            keys = self.store.line_numbers(batch.number).values()
            there = [path for path in paths if path.is_file()]
            self._read[batch.number] = read_results(there, keys, self.limits.max_answer_bytes)
            while len(self._read) > 4:
                del self._read[next(iter(self._read))]
        return self._read[batch.number]

    def _note_counts(self, batch: Batch, results: Results, counts: Mapping[str, int]) -> None:
        """Says what a batch lacked; nothing where all is well."""
        besides = {
            "doubled": results.doubled,
            "of no request of it": results.strange,
            "unreadable": results.unreadable,
        }
        wrong = [f"{count:,} {name}" for name, count in sorted(counts.items()) if name != "answered"]
        odd = [f"{count:,} lines {name}" for name, count in besides.items() if count]
        if counts and (wrong or odd):
            name = batch.batch_id or requests_path(self.store.folder, batch.number).name
            _LOG.warning("batch %s: %s answered, %s", name, f"{counts.get('answered', 0):,}", "; ".join(wrong + odd))


def _known_server(store: BatchStore, service: BatchService, limits: Limits) -> Server:
    """What earlier batches taught of a server, whichever of them did: the newest may have been gathered before."""
    server = server_at(service.place if "://" in service.place else "http://localhost", 1)
    ways = [(read_sent(sent), answered) for sent, answered in store.ways_sent(service.place)]
    # An older way may have been a try that came to nothing; an answer shows that it is one.
    known = [sent for at, (sent, answered) in enumerate(ways) if answered or at == 0]
    others = (sent.tokens_field for sent in known if sent.tokens_field != limits.tokens_field)
    server.tokens_field = next(others, "max_tokens") if limits.tokens_field == "max_tokens" else limits.tokens_field
    server.schema_in_prompt = any(sent.in_prompt for sent in known)
    server.listed = min((sent.listed for sent in known), default=MOST_LISTED)
    return server


def _is_missing(result: Result) -> bool:
    return isinstance(result, Failure) and result.reason == MISSING


def _stopped(batch: Batch, problem: str) -> UserError:
    return UserError(
        f"{batch.place} {problem}; then run the same command again, which asks for what was not answered (what is "
        "answered is kept)"
    )


def _counted_as(one: LineOutcome) -> str:
    if isinstance(one.result, Reply):
        return "answered" if one.outcome == "reply" else "to be asked with the schema in the prompt"
    if one.outcome == "stopped":
        return f"not answered ({one.result.reason})"
    what = "failed" if one.outcome == "final" else "to be asked again"
    return f"{what} ({one.result.reason})"


def _detail(result: Result) -> str:
    return result.detail if isinstance(result, Failure) else ""
