"""Files of batches: a request a line, and what came of each, by its `custom_id`, in any order.

The form is OpenAI's, which `vllm run-batch` reads and writes too. A request's `custom_id` is its key, so that an answer
says by itself whose it is.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ..errors import UserError
from ..files.atomic import disk_errors, sync_rename, temporary
from ..files.json_types import JsonObject, mapping_of, text_of
from . import Failure, Reply, Request, protocol
from .protocol import Verdict

#: Where every request of a batch goes at the server.
ENDPOINT = "/v1/chat/completions"
#: Why a request of a batch has no answer, where the server says nothing of it.
MISSING, EXPIRED = "answer_missing", "batch_expired"
_DONE = 200


class RequestFile:
    """The lines of a batch that is being gathered, on the disk and not in memory.

    Args:
        folder: on whose disk; it is there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[Request] = []
        self.bytes = 0
        with disk_errors(folder):
            self._file = tempfile.TemporaryFile(dir=folder)

    def fits(self, line: bytes, most_requests: int, most_bytes: int) -> bool:
        """Whether a further line goes in.

        Args:
            line: the line.
            most_requests, most_bytes: of a file.

        Returns:
            Also True for the first line, whatever its length: the server says what it makes of it.
        """
        return not self.requests or (len(self.requests) < most_requests and self.bytes + len(line) <= most_bytes)

    def add(self, request: Request, line: bytes) -> None:
        """Adds a request.

        Args:
            request: what is asked.
            line: as `request_line` writes it.
        """
        with disk_errors(self.folder):
            self._file.write(line)
        self.requests.append(request)
        self.bytes += len(line)

    def write(self, path: Path) -> None:
        """Writes the file under its name, whole or not at all, and forgets it.

        Args:
            path: the file, in the same folder.

        Raises:
            UserError: the disk refuses.
        """
        part = temporary(path)
        with disk_errors(path):
            try:
                self._file.seek(0)
                with part.open("wb") as file:
                    shutil.copyfileobj(self._file, file)
                sync_rename(part, path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
        self.close()

    def close(self) -> None:
        """Lets go of what was gathered."""
        self._file.close()


def request_line(request: Request, body: bytes) -> bytes:
    """A request as a line of a batch.

    Args:
        request: what is asked.
        body: of the chat request, JSON.

    Returns:
        The line, with its end.
    """
    head = json.dumps({"custom_id": request.key, "method": "POST", "url": ENDPOINT})
    return head[:-1].encode() + b', "body": ' + body + b"}\n"


def line_verdict(request: Request, line: JsonObject, served_as: str | None = None) -> Verdict:
    """What a line of results means.

    Args:
        request: whose it is.
        line: `response` with `status_code` and `body`, or `error`.
        served_as: as in `protocol.verdict_on`.

    Returns:
        What to do, and the result.
    """
    response, error = mapping_of(line.get("response")), line.get("error")
    status, body = response.get("status_code"), response.get("body")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status < 600:
        status = 500 if error else 0
    if isinstance(error, dict) and error.get("code") == EXPIRED:
        return Verdict("again", Failure(EXPIRED, protocol.detail(text_of(error.get("message")))))
    if not status:
        return Verdict("again", Failure("bad_reply", "a line of results without a response"))
    if error and not isinstance(body, dict):
        # vLLM's run-batch writes what is wrong beside an empty response.
        body, status = {"error": error}, 500 if status == _DONE else status
    written = json.dumps(body).encode() if not isinstance(body, str) else body.encode("utf-8", "replace")
    return protocol.verdict_on(request, status, written, None, served_as)


def refuse_existing(*paths: Path) -> None:
    """Sees that files can be written without replacing anything.

    Args:
        paths: the files.

    Raises:
        UserError: something of such a name is there, which is not polypref's.
    """
    for path in paths:
        if path.exists() or path.is_symlink():
            raise UserError(f"{path} is there already and belongs to no batch of this folder; move it away")


@dataclass(frozen=True)
class Results:
    """Files of results, read line by line when they are asked for.

    Attributes:
        files: the files.
        most_bytes: of a line; a longer one is not read.
        where: key -> (file, begin, length) of each of its lines, in the order in which they stand.
        unreadable: lines that are no JSON object, or too long.
        strange: lines of requests that are not the batch's.
        doubled: lines of a request beyond its first.
    """

    files: Sequence[Path]
    most_bytes: int
    where: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    unreadable: int = 0
    strange: int = 0
    doubled: int = 0

    def verdict(self, request: Request, served_as: str | None, opened: Sequence[BinaryIO]) -> Verdict:
        """What the lines of a request mean: the first answer among them, else the first line.

        Args:
            request: the request.
            served_as: as in `line_verdict`.
            opened: the files, open.

        Returns:
            The verdict; `answer_missing`, to be asked again, where it has no line.
        """
        first: Verdict | None = None
        for number, begin, length in self.where.get(request.key, ()):
            opened[number].seek(begin)
            line = opened[number].read(length)
            verdict = line_verdict(request, mapping_of(json.loads(line)), served_as)
            if isinstance(verdict.result, Reply):
                return verdict
            first = first or verdict
        return first or Verdict("again", Failure(MISSING, "the batch has no line of it"))

    def open_files(self, stack: ExitStack) -> list[BinaryIO]:
        """Opens the files.

        Args:
            stack: closes them.

        Returns:
            The files, in order.
        """
        with disk_errors(self.files[0] if self.files else Path()):
            return [stack.enter_context(path.open("rb")) for path in self.files]


def read_results(files: Sequence[Path], keys: Iterable[str], most_bytes: int) -> Results:
    """Finds every request's lines in files of results.

    Args:
        files: the files; their lines are in any order.
        keys: of the batch's requests.
        most_bytes: of a line.

    Returns:
        Where they are, and how many lines are of no use.

    Raises:
        UserError: a file cannot be read.
    """
    wanted, where = set(keys), dict[str, list[tuple[int, int, int]]]()
    unreadable = strange = doubled = 0
    for number, path in enumerate(files):
        with disk_errors(path), path.open("rb") as file:
            for begin, line in _lines(file, most_bytes):
                key = _key_of(line)
                if key is None:
                    unreadable += 1
                elif key not in wanted:
                    strange += 1
                else:
                    doubled += key in where
                    where.setdefault(key, []).append((number, begin, len(line)))
    return Results(files, most_bytes, where, unreadable, strange, doubled)


def _lines(file: BinaryIO, most_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Where each line begins, and the line; of one that is too long only its beginning, which is no JSON."""
    while True:
        begin = file.tell()
        line = file.readline(most_bytes + 1)
        if not line:
            return
        if len(line) > most_bytes and not line.endswith(b"\n"):
            while (rest := file.readline(1 << 16)) and not rest.endswith(b"\n"):
                pass
            yield begin, b""
        elif line.strip():
            yield begin, line


def _key_of(line: bytes) -> str | None:
    """The custom_id of a line; None where it is no JSON object or has none."""
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return None
    key = read.get("custom_id") if isinstance(read, dict) else None
    return key if isinstance(key, str) else None
