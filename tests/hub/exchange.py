"""One request and its answer, and who may do what."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .repository import HubError, Repo

if TYPE_CHECKING:
    from .server import Account, LoopbackHub

KINDS = {"dataset": "datasets", "model": "models"}
BAD_TOKEN = "Invalid credentials in Authorization header"
ANONYMOUS = "Invalid username or password."


@dataclass(frozen=True)
class Request:
    hub: LoopbackHub
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Any
    body: bytes

    @property
    def account(self) -> Account | None:
        """Who asks; None without a token."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or token not in self.hub.accounts:
            raise HubError(401, BAD_TOKEN)
        return self.hub.accounts[token]

    def json(self) -> dict:
        try:
            return dict(json.loads(self.body or b"{}"))
        except ValueError as error:
            raise HubError(400, f"Malformed JSON: {error}") from error

    def form(self) -> dict[str, list[str]]:
        """Form fields, or the same names from JSON."""
        if "json" not in self.headers.get("Content-Type", ""):
            return parse_qs(self.body.decode())
        return {k: [str(i) for i in v] if isinstance(v, list) else [str(v)] for k, v in self.json().items()}

    def flag(self, name: str) -> bool:
        return self.query.get(name, ["0"])[0].lower() in ("1", "true")


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200, **headers: str) -> Response:
    body = json.dumps(value).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **headers})


def refusal(request: Request, error: HubError) -> Response:
    code = error.code
    if error.status == 401 and error.message != BAD_TOKEN and re.search(r"^/api/\w+s/.+|/resolve/", request.path):
        # The client reads an anonymous 401 on a repository as "repository not found", but only over https.
        code = "RepoNotFound"
    headers = {"X-Error-Message": error.message.encode("ascii", "replace").decode().replace("\n", " ")}
    return as_json(error.body, error.status, **headers, **({"X-Error-Code": code} if code else {}))


# who may do what


def find_repo(request: Request, kind: str, name: str) -> Repo:
    """The repository, if the caller may read it. Without a token a private one looks the same as a missing one."""
    account = request.account
    repo = request.hub.repos.get((kind, name))
    if repo is None or (repo.private and not (account and account.may_read(name))):
        if account is None:
            raise HubError(401, ANONYMOUS, "RepoNotFound")
        raise HubError(404, "Repository not found", "RepoNotFound")
    return repo


def may_write(request: Request, name: str) -> Account:
    account = request.account
    if account is None:
        raise HubError(401, ANONYMOUS)
    if not account.writes_anywhere:
        raise HubError(403, "You must use a write token to upload to a repository.")
    if not account.may_write(name):
        raise HubError(403, f"You don't have the rights to write to {name}")
    return account


def find_writable(request: Request, kind: str, name: str, create_pr: bool = False) -> Repo:
    """A pull request may be opened by whoever can read the repository and has a token that can write anywhere."""
    repo = find_repo(request, kind, name)
    account = request.account
    if not (create_pr and account and account.writes_anywhere):
        may_write(request, name)
    return repo


def url_of(request: Request, kind: str, name: str) -> str:
    return f"{request.hub.endpoint}/{'datasets/' if kind == 'datasets' else ''}{name}"
