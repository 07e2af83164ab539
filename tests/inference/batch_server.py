"""A real HTTP server on 127.0.0.1 that takes OpenAI's files and batches, and what may go wrong with them.

What becomes of a request is decided by `fault(custom_id, times)`, `times` being how often it was asked before; what is
done to a call by `disturb(step, times)`, with the steps `upload`, `file` (whether it is there), `make`, `made` (the
batch is there), `list`, `look` and `fetch`.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .loopback import chat, last_turn

#: What becomes of a request: answered, answered twice, a line that failed in one way or another, or no line at all.
FAULTS = ("ok", "doubled", "bad_request", "server_error", "rate_limited", "expired", "lost", "no_json", "null")


class Batches:
    """The server.

    Attributes:
        fault, disturb: see the head of this file; a disturbance is a status, `cut` for a lost connection, or None.
        looks: how often a batch is looked at before it has ended.
        ending: status of a batch, by its number; `completed` where it lacks.
        refused: errors of a batch that fails, by its number.
        asked: custom_id -> how often its request was in a batch that was made.
        answered: custom_id -> how often an answer of it was given.
        calls: how often each step was asked for.
        files: what was uploaded, by id.
        listed: whether batches can be listed.
    """

    def __init__(
        self,
        fault: Callable[[str, int], str] = lambda key, times: "ok",
        disturb: Callable[[str, int], int | str | None] = lambda step, times: None,
        looks: int = 1,
    ) -> None:
        self.fault, self.disturb, self.looks = fault, disturb, looks
        self.asked, self.answered, self.calls = Counter[str](), Counter[str](), Counter[str]()
        self.files: dict[str, bytes] = {}
        self.batches: list[dict[str, Any]] = []
        self.ending: dict[int, str] = {}
        self.refused: dict[int, list[dict[str, Any]]] = {}
        self.headers: list[dict[str, str]] = []
        self.listed = True
        self.turn = threading.Lock()
        self.answer: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: chat(f"re: {last_turn(body)}")

    def __enter__(self) -> "Batches":
        house = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                house.handle(self, "GET")

            def do_POST(self) -> None:
                house.handle(self, "POST")

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    def handle(self, call: BaseHTTPRequestHandler, method: str) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        parts = urlsplit(call.path)
        path = parts.path.removeprefix("/v1").strip("/").split("/")
        with self.turn:
            self.headers.append(dict(call.headers))
            step, work = self._step(method, path, parse_qs(parts.query), body)
            if disturbed := self._disturbed(step):
                return self._trouble(call, disturbed)
            status, given = work()
            # Of a batch that was made the client may learn nothing.
            if step == "make" and status == 200 and (disturbed := self._disturbed("made")):
                return self._trouble(call, disturbed)
        self._send(call, status, given if isinstance(given, bytes) else json.dumps(given).encode())

    def _disturbed(self, step: str) -> int | str | None:
        times = self.calls[step]
        self.calls[step] += 1
        return self.disturb(step, times)

    def _trouble(self, call: BaseHTTPRequestHandler, trouble: int | str) -> None:
        if isinstance(trouble, int):
            self._send(call, trouble, json.dumps({"error": {"message": f"trouble {trouble}"}}).encode())
        elif trouble == "half":
            call.send_response(200)
            call.send_header("Content-Length", "1000")
            call.end_headers()
            call.wfile.write(b'{"custom_id": ')
            call.close_connection = True
        else:
            call.close_connection = True
            call.connection.close()

    def _send(self, call: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        call.send_response(status)
        call.send_header("Content-Type", "application/json")
        call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)

    def _step(self, method: str, path: list[str], query: dict[str, list[str]], body: bytes) -> tuple[str, Any]:
        if (method, path) == ("POST", ["files"]):
            return "upload", lambda: self._upload(body)
        if (method, path) == ("POST", ["batches"]):
            return "make", lambda: self._make(json.loads(body))
        if (method, path) == ("GET", ["batches"]):
            return "list", lambda: self._page(query)
        if method == "GET" and path[0] == "batches":
            return "look", lambda: self._look(path[1])
        if method == "GET" and path[0] == "files" and len(path) == 2:
            there = path[1] in self.files
            return "file", lambda: (200, {"id": path[1]}) if there else (404, {"error": {"message": "No such File"}})
        if method == "GET" and path[0] == "files" and path[2:] == ["content"]:
            name = path[1]
            there = name in self.files
            return "fetch", lambda: (200, self.files[name]) if there else (404, {"error": {"message": "no file"}})
        return "other", lambda: (404, {"error": {"message": "not found"}})

    def _upload(self, body: bytes) -> tuple[int, Any]:
        boundary = body.split(b"\r\n", 1)[0]
        fields = {}
        for part in body.split(boundary)[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            name = head.split(b'name="')[1].split(b'"')[0].decode()
            fields[name] = content.removesuffix(b"\r\n")
        assert fields["purpose"] == b"batch"
        number = f"file-{len(self.files)}"
        self.files[number] = fields["file"]
        return 200, {"id": number, "object": "file", "purpose": "batch"}

    def _make(self, body: dict[str, Any]) -> tuple[int, Any]:
        assert body["endpoint"] == "/v1/chat/completions" and body["completion_window"] == "24h"
        number = len(self.batches)
        lines = [json.loads(line) for line in self.files[body["input_file_id"]].splitlines()]
        ids = [line["custom_id"] for line in lines]
        assert len(set(ids)) == len(ids) and {line["method"] for line in lines} == {"POST"}
        batch = {"id": f"batch_{number}", "created_at": number + 1e10, "looks": self.looks, **body}
        self.batches.append(batch)
        if number not in self.refused:
            self._answer(batch, number, lines)
        return 200, self._shown(batch)

    def _answer(self, batch: dict[str, Any], number: int, lines: list[dict[str, Any]]) -> None:
        output, errors = [], []
        for line in reversed(lines):
            key = line["custom_id"]
            fault = self.fault(key, self.asked[key])
            self.asked[key] += 1
            if fault in ("ok", "doubled"):
                self.answered[key] += 1
                body = self.answer(line["body"])
                one = {"id": "r", "custom_id": key, "response": {"status_code": 200, "body": body}, "error": None}
                output += [one, one] if fault == "doubled" else [one]
            elif fault != "lost":
                (output if fault == "no_json" else errors).append(failed_line(key, fault))
        for kind, rows in (("output", output), ("error", errors)):
            if rows:
                name = f"file-{kind}-{number}"
                written = [row if isinstance(row, str) else json.dumps(row) for row in rows]
                self.files[name] = ("\n".join(written) + "\n").encode()
                batch[f"{kind}_file_id"] = name

    def _look(self, name: str) -> tuple[int, Any]:
        batch = next((one for one in self.batches if one["id"] == name), None)
        if batch is None:
            return 404, {"error": {"message": f"No batch found with id '{name}'."}}
        batch["looks"] -= 1
        return 200, self._shown(batch)

    def _shown(self, batch: dict[str, Any]) -> dict[str, Any]:
        number = int(batch["id"].removeprefix("batch_"))
        shown = {key: batch[key] for key in ("id", "created_at", "metadata", "input_file_id")}
        if batch["looks"] > 0:
            return shown | {"status": "in_progress"}
        if number in self.refused:
            return shown | {"status": "failed", "errors": {"data": self.refused[number]}}
        files = {key: batch.get(key) for key in ("output_file_id", "error_file_id")}
        return shown | files | {"status": self.ending.get(number, "completed")}

    def _page(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        if not self.listed:
            return 404, {"error": {"message": "not found"}}
        newest = [self._shown(one) for one in reversed(self.batches)]
        if after := query.get("after"):
            newest = newest[[one["id"] for one in newest].index(after[0]) + 1 :]
        # Pages shorter than were asked for, so that a few batches are several pages.
        return 200, {"data": newest[:3], "has_more": len(newest) > 3}


def failed_line(key: str, fault: str) -> dict[str, Any] | str:
    """A line of a request that was not answered."""
    if fault == "no_json":
        return '{"custom_id": "' + key
    if fault == "expired":
        error = {"code": "batch_expired", "message": "This request could not be executed before the window expired."}
        return {"id": "r", "custom_id": key, "response": None, "error": error}
    if fault == "null":
        return {"id": "r", "custom_id": key, "response": None, "error": None}
    status = {"bad_request": 400, "server_error": 500, "rate_limited": 429}.get(fault, 400)
    message = {"bad_request": "temperature is off the scale", "no_funds": "You exceeded your current quota"}
    status = 429 if fault == "no_funds" else status
    body = {"error": {"message": message.get(fault, fault), "code": "insufficient_quota" * (fault == "no_funds")}}
    return {"id": "r", "custom_id": key, "response": {"status_code": status, "body": body}, "error": None}
