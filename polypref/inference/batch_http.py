"""OpenAI's /files and /batches over HTTP: a file goes up, a batch is made of it once, its results come down whole."""

import json
import os
import random
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from ..console.redaction import STARS, redact_text
from ..errors import UserError
from ..files.atomic import disk_errors, sync_rename, temporary
from ..files.json_types import Json, JsonObject, list_of, mapping_of, number_of, text_of
from . import Failure, Model, protocol
from .batch_files import ENDPOINT
from .batch_service import Progress, Refusal, requests_path
from .batch_store import Batch, BatchStore
from .bodies import ERROR_BYTES

#: By what a batch is known at the server.
MARK = "polypref"
_GOING_ON = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_MOST_JSON = 32 << 20
_PIECE = 1 << 20
_LONGEST_PAUSE = 60.0
#: How much earlier than ours the server's clock may say that a batch was made.
_CLOCKS_DIFFER = 86_400.0
#: A finished batch's files may lag behind its status.
_LAG = 60.0
_LONGEST_ID = 200
# What a server says of files and batches is said of no model in particular.
_ANY = Model("that is asked")


class _Answer(NamedTuple):
    """What came of a call."""

    status: int
    content: bytes
    wait: float | None

    def read(self) -> JsonObject:
        try:
            value: Json = json.loads(self.content)
        except (ValueError, RecursionError):
            value = None
        return mapping_of(value)


@dataclass(frozen=True)
class Connection:
    """How a server is reached.

    Attributes:
        url: base address, with /v1 or what the server has in its place.
        key: API key; None for none. It is in no file and no message.
        timeout: seconds without a byte.
        patience: seconds without a good answer until the run stops.
        backoff: seconds before the second try of a call, doubled with each further one.
        proxies: whether HTTPS_PROXY and the like are used.
        window: within which batches are to be answered.
        most_bytes: of a file of results.
    """

    url: str
    key: str | None
    timeout: float
    patience: float
    backoff: float
    proxies: bool
    window: str
    most_bytes: int

    @cached_property
    def opener(self) -> OpenerDirector:
        """Opens addresses of this server; it follows no redirection, which would take the key elsewhere."""
        secure = self.url.lower().startswith("https:")
        handlers = [_NoRedirect(), *([HTTPSHandler(context=ssl.create_default_context())] if secure else [])]
        return build_opener(*handlers, *([] if self.proxies else [ProxyHandler({})]))


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@dataclass(frozen=True)
class HttpService:
    """A server that takes batches.

    Attributes:
        connection: how it is reached.
    """

    connection: Connection

    @property
    def place(self) -> str:
        """The server's address."""
        return self.connection.url

    def submit(self, store: BatchStore, batch: Batch) -> Batch:
        """Uploads a batch's file and makes the batch, unless a call before did.

        Args:
            store: in which each step is written down before the next.
            batch: prepared or sending.

        Returns:
            The batch, open.

        Raises:
            UserError: the server refuses, or is of no use.
        """
        if batch.state == "sending" and (known := self._existing(batch)):
            return store.note(batch.number, "open", batch_id=known)
        if batch.file_id is None or self._is_gone(batch.file_id):
            path = requests_path(store.folder, batch.number)
            uploaded = self._asked("POST", "/files", upload=path).read()
            if not (file_id := _id_in(uploaded)):
                raise self._refused("gives an uploaded file no id")
            batch = store.note(batch.number, "prepared", file_id=file_id)
        batch = store.note(batch.number, "sending")
        return store.note(batch.number, "open", batch_id=self._make(batch))

    def _is_gone(self, file_id: str) -> bool:
        """Whether a file that an earlier run uploaded has expired: no batch can be made of it, and there is none yet.

        A server that says nothing of its files has the file uploaded anew, which costs nothing.
        """
        answer = self._once("GET", f"/files/{quote(file_id, safe='')}")
        return isinstance(answer, _Answer) and answer.status in (404, 405, 410)

    def _make(self, batch: Batch) -> str:
        """Makes the batch; where it is not known whether a try did, it is looked for before the next one."""
        body = {"input_file_id": batch.file_id, "endpoint": ENDPOINT, "completion_window": self.connection.window}
        begun, tries = time.monotonic(), 0
        while True:
            answer = self._once("POST", "/batches", {**body, "metadata": {MARK: batch.token}}, token=batch.token)
            batch_row = answer.read() if isinstance(answer, _Answer) and answer.status in (200, 201) else {}
            if batch_id := _id_in(batch_row):
                return batch_id
            tries += 1
            self._consider(answer, begun, tries)
            if known := self._existing(batch):
                return known

    def _existing(self, batch: Batch) -> str | None:
        """The id of a batch that is at the server though nothing came back of its making; None where it is not."""
        after = ""
        while True:
            query = urlencode({"limit": 100} | ({"after": after} if after else {}))
            page = self._asked("GET", f"/batches?{query}", missing=_unlisted(batch)).read()
            rows = [mapping_of(one) for one in list_of(page.get("data"))]
            for row in rows:
                token = text_of(mapping_of(row.get("metadata")).get(MARK))
                if token == batch.token or (not token and row.get("input_file_id") == batch.file_id):
                    return _id_in(row) or None
            last = text_of(rows[-1].get("id")) if rows else ""
            oldest = number_of(rows[-1].get("created_at")) if rows else None
            if page.get("has_more") is not True or not last or last == after:
                return None
            if oldest is not None and oldest < batch.created - _CLOCKS_DIFFER:
                return None
            after = last

    def progress(self, batch: Batch) -> Progress:
        """How far a batch is.

        Args:
            batch: open.

        Returns:
            What the server says.

        Raises:
            UserError: the server is of no use, or knows nothing of the batch.
        """
        row = self._asked("GET", f"/batches/{quote(batch.batch_id or '', safe='')}", missing=_unknown(batch)).read()
        status = text_of(row.get("status"))
        files = [name for name in (text_of(row.get(f"{kind}_file_id")) for kind in ("output", "error")) if name]
        if status in _GOING_ON:
            return Progress(status)
        if status == "failed":
            refusals = [_refusal(mapping_of(one)) for one in list_of(mapping_of(row.get("errors")).get("data"))]
            return Progress(status, "failed", refusals, files)
        if status in ("completed", "expired", "cancelled"):
            ended = number_of(row.get(f"{status}_at")) or 0.0
            if status == "completed" and not files and abs(time.time() - ended) < _LAG:
                return Progress("finalizing")
            return Progress(status, "cancelled" if status == "cancelled" else "done", (), files)
        raise self._refused(
            f"says that a batch is {protocol.detail(str(row.get('status')))[:40]!r}, which is no status"
        )

    def wait(self, seconds: float, batches: Sequence[Batch], model: str) -> None:
        """Sleeps.

        Args:
            seconds, batches, model: as in `BatchService`.
        """
        time.sleep(seconds)

    def fetch(self, batch: Batch, progress: Progress, paths: Sequence[Path]) -> None:
        """Downloads files of results.

        Args:
            batch: ended.
            progress: what the server says of it.
            paths: where to, one for each of its files.

        Raises:
            UserError: the server is of no use, or the disk refuses.
        """
        for name, path in zip(progress.files, paths, strict=True):
            self._asked("GET", f"/files/{quote(name, safe='')}/content", download=path, missing=_expired(batch, name))

    # One call, until it comes out.

    def _asked(
        self, method: str, path: str, *, upload: Path | None = None, download: Path | None = None, missing: str = ""
    ) -> _Answer:
        """A call that may be repeated, repeated until it comes out.

        Raises:
            UserError: the server refuses it, or was of no use for too long.
        """
        begun, tries = time.monotonic(), 0
        while True:
            answer = self._once(method, path, upload=upload, download=download)
            if isinstance(answer, _Answer) and answer.status in (200, 201):
                return answer
            if isinstance(answer, _Answer) and answer.status in (404, 405, 410) and missing:
                raise self._refused(missing)
            tries += 1
            self._consider(answer, begun, tries)

    def _consider(self, answer: "_Answer | Failure", begun: float, tries: int) -> None:
        """Waits where another try may help.

        Raises:
            UserError: none does, or there were too many.
        """
        wait: float | None = None
        if isinstance(answer, Failure):
            problem = answer.detail
        elif answer.status in (200, 201):
            problem = f"HTTP {answer.status} without the object that was asked for"
        else:
            content = redact_text(answer.content.decode("utf-8", "replace"), self.connection.key).encode()
            verdict = protocol.chat_verdict(answer.status, content, answer.wait, _ANY)
            assert isinstance(verdict.result, Failure)
            if verdict.kind == "stop":
                raise self._refused(verdict.result.detail)
            if verdict.kind not in ("again", "busy", "away"):
                raise self._refused(f"refuses a batch ({verdict.result.detail})")
            problem, wait = verdict.result.detail, verdict.wait
        pause = min(_LONGEST_PAUSE, self.connection.backoff * 2 ** min(tries - 1, 20)) * (0.5 + random.random())
        if time.monotonic() - begun + (wait or 0.0) > self.connection.patience:
            raise self._refused(f"is of no use any more ({problem})")
        time.sleep(max(pause, wait or 0.0))

    def _refused(self, problem: str) -> UserError:
        return UserError(
            f"{self.connection.url} {problem}; mend that, then run the same command again: batches that are there go "
            "on, and what is answered is kept"
        )

    def _once(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        upload: Path | None = None,
        download: Path | None = None,
        token: str = "",
    ) -> "_Answer | Failure":
        """One try of a call; a failure is one of the way there or back."""
        headers = {"Accept": "application/json"}
        if self.connection.key:
            headers["Authorization"] = f"Bearer {self.connection.key}"
        if token:
            headers["Idempotency-Key"] = token
        sent: bytes | Iterator[bytes] | None = None
        if upload is not None:
            form = _Form(upload)
            headers |= {"Content-Type": form.content_type, "Content-Length": str(form.length)}
            sent = form.pieces()
        elif body is not None:
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body).encode()
        request = Request(self.connection.url.rstrip("/") + path, sent, headers, method=method)
        try:
            with self.connection.opener.open(request, timeout=self.connection.timeout) as response:
                return self._received(response, download)
        except HTTPError as error:
            with error:
                wait = protocol.parse_retry_after(error.headers.get("Retry-After"), time.time())
                try:
                    return _Answer(error.code, error.read(ERROR_BYTES), wait)
                except (OSError, HTTPException):
                    return _Answer(error.code, b"", wait)
        except ssl.SSLCertVerificationError as error:
            raise self._refused(f"has no valid certificate ({self._safe(error)})") from None
        except (URLError, HTTPException, OSError) as error:
            if isinstance(reason := getattr(error, "reason", None), ssl.SSLCertVerificationError):
                raise self._refused(f"has no valid certificate ({self._safe(reason)})") from None
            return Failure("server_error", self._safe(error))

    def _received(self, response: HTTPResponse, download: Path | None) -> "_Answer | Failure":
        if download is None:
            return _Answer(response.status, response.read(_MOST_JSON), None)
        length = response.headers.get("Content-Length")
        part = temporary(download)
        received = 0
        with disk_errors(download):
            file = part.open("wb")
        try:
            with file:
                while piece := response.read(_PIECE):
                    received += len(piece)
                    if received > self.connection.most_bytes:
                        return Failure(
                            "too_large", f"a file of results of more than {self.connection.most_bytes:,} bytes"
                        )
                    with disk_errors(download):
                        file.write(piece)
            if length is not None and length.isdigit() and received != int(length):
                return Failure("server_error", f"{received:,} of {int(length):,} bytes of results came")
            with disk_errors(download):
                _star_key(part, self.connection.key)
                sync_rename(part, download)
        finally:
            part.unlink(missing_ok=True)
        return _Answer(response.status, b"", None)

    def _safe(self, error: BaseException) -> str:
        reason = getattr(error, "reason", None) or error
        return protocol.detail(redact_text(f"{type(error).__name__}: {reason}", self.connection.key))


def _star_key(path: Path, key: str | None) -> None:
    """Takes the API key out of a file, where a server repeats it in an error."""
    secret = (key or "").encode()
    with path.open("rb") as file:
        if not secret or not any(secret in line for line in file):
            return
    clean = path.with_name(f"{path.name}.clean")
    with path.open("rb") as file, clean.open("wb") as other:
        other.writelines(line.replace(secret, STARS.encode()) for line in file)
    clean.replace(path)


def _id_in(row: JsonObject) -> str:
    """The id that a server gives something; empty for what is none: it comes into addresses, messages and the store."""
    named = text_of(row.get("id"))
    return named if named.isascii() and named.isprintable() and len(named) <= _LONGEST_ID else ""


def _unknown(batch: Batch) -> str:
    return (
        f"knows nothing of batch {batch.batch_id}, whose requests are in requests-{batch.number:04}.jsonl: see whether "
        "the address and the key are those with which it was submitted, or delete that file to have its requests "
        "asked, and paid for, again"
    )


def _expired(batch: Batch, name: str) -> str:
    return (
        f"knows that batch {batch.batch_id} has ended, and no longer has the file of its results ({name[:60]}), "
        f"which has expired or was deleted there: delete requests-{batch.number:04}.jsonl to have its "
        f"{batch.requests:,} requests asked, and paid for, again"
    )


def _unlisted(batch: Batch) -> str:
    return (
        "does not list its batches, so that nobody knows whether the requests of "
        f"requests-{batch.number:04}.jsonl were submitted when this was interrupted: look for a batch of the file "
        f"{batch.file_id} there, and cancel it if there is one; then delete requests-{batch.number:04}.jsonl to have "
        "them asked anew"
    )


def _refusal(row: JsonObject) -> Refusal:
    line = row.get("line")
    named = line if isinstance(line, int) and not isinstance(line, bool) else None
    return Refusal(protocol.detail(text_of(row.get("code")))[:80], protocol.detail(text_of(row.get("message"))), named)


class _Form:
    """A form with which a file is uploaded, read piece by piece."""

    def __init__(self, path: Path) -> None:
        boundary = os.urandom(16).hex()
        self.path = path
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
            "Content-Type: application/jsonl\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.length = len(self._head) + path.stat().st_size + len(self._tail)

    def pieces(self) -> Iterator[bytes]:
        """What is sent."""
        yield self._head
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
        yield self._tail
