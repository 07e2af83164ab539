"""The loopback Hub: a real HTTP server on 127.0.0.1, its accounts, what it saw, and the faults it was asked for."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .api import answer
from .exchange import Request, Response, as_json
from .faults import Fault
from .repository import Repo


@dataclass
class Account:
    """The holder of one token: namespace to role, "write" or "read"."""

    name: str
    grants: dict[str, str] = field(default_factory=dict)

    @property
    def writes_anywhere(self) -> bool:
        return "write" in self.grants.values()

    def may_read(self, repo: str) -> bool:
        return repo.split("/")[0] in self.grants

    def may_write(self, repo: str) -> bool:
        return self.grants.get(repo.split("/")[0]) == "write"


class LoopbackHub:
    """A Hub for tests, in memory, gone with the `with` block. tests/hub/README.md tells how to use it.

    Attributes:
        endpoint: "http://127.0.0.1:PORT".
        repos: (kind, "namespace/name") to Repo.
        requests: (method, path without query) of every request, also of those that a fault hit.
        statuses: the answers to them: an HTTP status, or "dropped".
        unknown: requests to endpoints that the Hub does not have.
        errors: tracebacks of mistakes of the Hub itself; raised when the `with` block ends.
    """

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.accounts: dict[str, Account] = {}
        self.tickets: dict[str, tuple[Repo, str, int]] = {}
        self.requests: list[tuple[str, str]] = []
        self.statuses: list[int | str] = []
        self.unknown: list[tuple[str, str]] = []
        self.errors: list[str] = []
        self.secret = secrets.token_hex(8)
        self.lock = threading.RLock()
        self._blobs: dict[str, bytes] = {}
        self._faults: list[Fault] = []
        self._seen: list[tuple[str, str]] = []
        self._frozen = False
        self._xet: bool | None = None
        self._sockets: set[socket.socket] = set()

    def __enter__(self) -> LoopbackHub:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        with self.lock:
            for connection in self._sockets:
                hang_up(connection)
        if self._xet is not None:
            from huggingface_hub import constants

            constants.HF_HUB_DISABLE_XET = self._xet
        if self.errors and kind is None:
            raise AssertionError("the loopback Hub itself failed:\n" + "\n".join(self.errors))

    # set the scene

    def token(self, namespace: str, role: str = "write", value: str | None = None) -> str:
        """A token with "write" or "read" on a namespace. With the value of an existing token: one more grant."""
        if role not in ("write", "read"):
            raise ValueError(f"role is write or read, not {role!r}")
        with self.lock:
            value = value or f"hf_loopback{role}{len(self.accounts):04d}"
            account = self.accounts.setdefault(value, Account(f"user{len(self.accounts)}"))
            account.grants[namespace] = role
        return value

    def revoke(self, token: str) -> None:
        del self.accounts[token]

    def create(self, kind: str, name: str, private: bool = False) -> Repo:
        """A repository made without HTTP; holds the Hub's initial commit."""
        with self.lock:
            self.repos[kind, name] = Repo(kind, name, private, self._blobs)
            return self.repos[kind, name]

    def repo(self, kind: str, name: str) -> Repo:
        """kind is "datasets" or "models"; KeyError where there is none."""
        return self.repos[kind, name]

    def env(self, token: str | None, home: Path | str) -> dict[str, str]:
        """The environment of a subprocess that talks to this Hub alone. `home` is a fresh folder."""
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(("HF_", "HUGGING", "DATASETS_"))}
        kept |= {"HF_ENDPOINT": self.endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
        kept |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
        kept |= {"HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return kept | ({"HF_TOKEN": token} if token else {})

    def api(self, token: str | None) -> Any:
        """An HfApi for this Hub in this process, without Xet (as HF_HUB_DISABLE_XET=1), until the Hub closes."""
        from huggingface_hub import HfApi, constants

        if self._xet is None:
            self._xet, constants.HF_HUB_DISABLE_XET = constants.HF_HUB_DISABLE_XET, True
        return HfApi(endpoint=self.endpoint, token=token or False)

    # faults

    def fail(
        self,
        nth: int | None = None,
        kind: str | Callable[[], object] = "500",
        times: int | None = 1,
        *,
        method: str = "",
        path: str = "",
        delay: float = 1.0,
        retry_after: int = 0,
    ) -> Fault:
        """Plan a fault; see Fault. The answer's `fired` says whether it struck."""
        fault = Fault(kind, nth, times, method, path, delay, retry_after)
        with self.lock:
            self._faults.append(fault)
        return fault

    def reset_counter(self) -> None:
        """Count requests from 1 again."""
        with self.lock:
            self._seen.clear()

    def clear_faults(self) -> None:
        with self.lock:
            self._faults.clear()

    def freeze_faults(self, frozen: bool = True) -> None:
        """From now on requests neither fail nor count, until freeze_faults(False)."""
        self._frozen = frozen

    def _admit(self, method: str, path: str) -> tuple[int, Fault | None]:
        """Note a request; its place in `requests` and the fault that strikes it."""
        with self.lock:
            self.requests.append((method, path))
            self.statuses.append("dropped")
            if self._frozen:
                return len(self.requests) - 1, None
            self._seen.append((method, path))
            return len(self.requests) - 1, next((f for f in self._faults if f.strikes(self._seen)), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def hang_up(connection: socket.socket) -> None:
    """Close as a lost connection would, with nothing more said."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    hub: LoopbackHub

    def setup(self) -> None:
        super().setup()
        with self.hub.lock:
            self.hub._sockets.add(self.connection)

    def finish(self) -> None:
        with self.hub.lock:
            self.hub._sockets.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(OSError):  # the client went away, or we hung up on it
            super().handle()

    def log_message(self, *_: object) -> None:
        pass

    def serve(self) -> None:
        path, _, query = self.path.partition("?")
        place, fault = self.hub._admit(self.command, path)
        kind = fault.kind if fault else None
        if kind in ("drop", "drop_mid_upload"):
            if kind == "drop_mid_upload":
                self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
            return self.hang_up()
        if fault and kind == "slow":
            time.sleep(fault.delay)
        body = self.read_body()
        if fault and isinstance(kind, str) and kind.isdigit():
            headers = {"Retry-After": str(fault.retry_after)} if kind == "429" else {}
            response = as_json({"error": f"fault {kind} on demand"}, int(kind), **headers)
        else:
            if callable(kind):
                with self.hub.lock:
                    kind()
            response = self.carry_out(Request(self.hub, self.command, path, parse_qs(query), self.headers, body))
        if kind == "drop_response":
            return self.hang_up()
        if kind == "drop_mid_response":
            self.send(response, len(response.body) // 2)
            return self.hang_up()
        self.hub.statuses[place] = response.status  # before sending: the client may look at once
        self.send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = serve

    def carry_out(self, request: Request) -> Response:
        try:
            with self.hub.lock:
                return answer(request)
        except Exception:
            self.hub.errors.append(traceback.format_exc())
            return as_json({"error": "the loopback Hub itself failed"}, 500)

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def send(self, response: Response, stop: int | None = None) -> None:
        """Send an answer, its body only up to `stop` bytes."""
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body[:stop])
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True
        hang_up(self.connection)
