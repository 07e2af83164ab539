"""The Hub's HTTP endpoints, one small function each, and the table that routes to them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

import yaml

from .cards import check_card, read_metadata
from .exchange import ANONYMOUS, KINDS, Request, Response, as_json, find_repo, find_writable, may_write, refusal, url_of
from .repository import Commit, Entry, HubError, Repo, entry_not_found, wants_lfs

# accounts and cards


def whoami(request: Request) -> Response:
    account = request.account
    if account is None:
        raise HubError(401, ANONYMOUS)
    orgs = [{"type": "org", "name": org, "roleInOrg": role} for org, role in sorted(account.grants.items())]
    role = "write" if account.writes_anywhere else "read"
    auth = {"type": "access_token", "accessToken": {"displayName": "loopback", "role": role}}
    return as_json({"type": "user", "id": account.name, "name": account.name, "orgs": orgs, "auth": auth})


def validate_yaml(request: Request) -> Response:
    _ = request.account
    sent = request.json()
    errors, warnings = check_card(str(sent.get("content", "")), KINDS.get(sent.get("repoType", "model"), "models"))
    answer = {"errors": [{"message": e} for e in errors], "warnings": [{"message": w} for w in warnings]}
    return as_json(answer, 400 if errors else 200)


# repositories


def repo_from_body(request: Request) -> tuple[str, str, dict]:
    sent = request.json()
    kind = KINDS.get(sent.get("type") or "model")
    account = request.account
    if account is None:
        raise HubError(401, ANONYMOUS)
    name = f"{sent.get('organization') or account.name}/{sent.get('name')}"
    if kind is None or not re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", name, re.ASCII) or "--" in name or ".." in name:
        raise HubError(400, f"Invalid repository: {sent.get('type')} {name}")
    return kind, name, sent


def create_repo(request: Request) -> Response:
    kind, name, sent = repo_from_body(request)
    may_write(request, name)
    answer = {"url": url_of(request, kind, name), "name": name, "id": name}
    if (kind, name) in request.hub.repos:
        raise HubError(409, f"You already created this {kind[:-1]} repo: {name}", **answer)
    request.hub.create(kind, name, private=is_private(sent, False))
    return as_json(answer)


def is_private(sent: dict, default: bool) -> bool:
    return sent["visibility"] == "private" if "visibility" in sent else bool(sent.get("private", default))


def delete_repo(request: Request) -> Response:
    kind, name, _ = repo_from_body(request)
    find_writable(request, kind, name)
    del request.hub.repos[kind, name]
    return Response()


def change_settings(request: Request, kind: str, name: str) -> Response:
    repo = find_writable(request, kind, name)
    sent = request.json()
    repo.private, repo.gated = is_private(sent, repo.private), sent.get("gated", repo.gated)
    return as_json({"private": repo.private, "gated": repo.gated})


def auth_check(request: Request, kind: str, name: str, write: str | None) -> Response:
    (find_writable if write else find_repo)(request, kind, name)
    return Response()


def repo_info(request: Request, kind: str, name: str, revision: str | None = None) -> Response:
    repo = find_repo(request, kind, name)
    commit = repo.at(revision or "main")
    siblings = [sibling(path, entry, request.flag("blobs")) for path, entry in sorted(commit.files.items())]
    card = commit.files.get("README.md")
    try:
        metadata = read_metadata(repo.blobs[card.sha256].decode("utf-8", "replace")) if card else None
    except yaml.YAMLError:
        metadata = None
    info = {"_id": name, "id": name, "author": name.split("/")[0], "sha": commit.sha, "private": repo.private}
    info |= {"gated": repo.gated, "disabled": False, "downloads": 0, "likes": 0, "tags": [], "siblings": siblings}
    info |= {"lastModified": timestamp(commit), "createdAt": timestamp(next(iter(repo.commits_by_sha.values())))}
    if isinstance(metadata, dict):
        info["cardData"] = json.loads(json.dumps(metadata, default=str))
    return as_json(info)


def sibling(path: str, entry: Entry, blobs: bool) -> dict:
    fields: dict[str, object] = {"rfilename": path}
    if blobs:
        fields |= {"size": entry.size, "blobId": entry.oid}
        if entry.lfs:
            fields["lfs"] = {"sha256": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    return fields


def timestamp(commit: Commit) -> str:
    return commit.date.strftime("%Y-%m-%dT%H:%M:%S.000Z")


# references and history


def list_refs(request: Request, kind: str, name: str) -> Response:
    repo = find_repo(request, kind, name)

    def under(prefix: str) -> list[dict]:
        return [{"name": n, "ref": prefix + n, "targetCommit": sha} for n, sha in repo.named(prefix).items()]

    refs = {"branches": under("refs/heads/"), "tags": under("refs/tags/"), "converts": under("refs/convert/")}
    return as_json(refs | ({"pullRequests": under("refs/pr/")} if request.flag("include_prs") else {}))


def list_commits(request: Request, kind: str, name: str, revision: str) -> Response:
    history = find_repo(request, kind, name).history(revision)
    return as_json(
        [
            {"id": c.sha, "title": c.title, "message": c.message, "date": timestamp(c), "authors": [{"user": c.author}]}
            for c in history
        ]
    )


def create_tag(request: Request, kind: str, name: str, revision: str) -> Response:
    find_writable(request, kind, name).create_ref("refs/tags/", request.json().get("tag"), revision)
    return Response()


def delete_tag(request: Request, kind: str, name: str, revision: str) -> Response:
    find_writable(request, kind, name).delete_ref("refs/tags/", revision)
    return Response()


def create_branch(request: Request, kind: str, name: str, revision: str) -> Response:
    start = request.json().get("startingPoint") or "main"
    find_writable(request, kind, name).create_ref("refs/heads/", revision, start)
    return Response()


def delete_branch(request: Request, kind: str, name: str, revision: str) -> Response:
    find_writable(request, kind, name).delete_ref("refs/heads/", revision)
    return Response()


def super_squash(request: Request, kind: str, name: str, revision: str) -> Response:
    repo = find_writable(request, kind, name)
    repo.squash(revision, str(request.json().get("message", "")), may_write(request, name).name)
    return Response()


# upload and commit


def preupload(request: Request, kind: str, name: str, revision: str) -> Response:
    repo = find_writable(request, kind, name, request.flag("create_pr"))
    tree = repo.at(revision).files
    answers = []
    for file in request.json().get("files", []):
        path, here = file["path"], tree.get(file["path"])
        answer = {"path": path, "uploadMode": "lfs" if wants_lfs(path, file["size"]) else "regular"}
        answer |= {"shouldIgnore": False}
        if here:
            answer["oid"] = here.sha256 if here.lfs else here.oid
        answers.append(answer)
    return as_json({"files": answers})


def commit(request: Request, kind: str, name: str, revision: str) -> Response:
    create_pr = request.flag("create_pr")
    repo = find_writable(request, kind, name, create_pr)
    pushed, number = repo.push(revision, request.body, request.account.name, create_pr)  # type: ignore[union-attr]
    url = url_of(request, kind, name)
    answer = {"success": True, "commitOid": pushed.sha, "commitUrl": f"{url}/commit/{pushed.sha}", "hookOutput": ""}
    return as_json(answer | ({"pullRequestUrl": f"{url}/discussions/{number}"} if number else {}))


def lfs_batch(request: Request, prefix: str | None, name: str) -> Response:
    kind = "datasets" if prefix else "models"
    # Which files go to a pull request is said only in the commit, so this asks no more than a pull request does.
    repo = find_writable(request, kind, name, create_pr=True)
    sent = request.json()
    if sent.get("operation") != "upload" or sent.get("hash_algo", "sha256") != "sha256":
        raise HubError(400, "Only LFS uploads by sha256 are known here")
    return as_json({"transfer": "basic", "objects": [lfs_object(request, repo, o) for o in sent.get("objects", [])]})


def lfs_object(request: Request, repo: Repo, wanted: dict) -> dict:
    oid, size = wanted.get("oid"), wanted.get("size")
    answer = {"oid": oid, "size": size}
    if not re.fullmatch(r"[0-9a-f]{64}", str(oid)) or not isinstance(size, int) or size < 0:
        return answer | {"error": {"code": 422, "message": "not a sha256 and a size"}}
    if oid in repo.lfs_objects:
        if len(repo.blobs[oid]) != size:
            return answer | {"error": {"code": 422, "message": f"size {size} is not that of the stored object"}}
        return answer
    # The upload itself carries no token: the address is what was granted, as with a signed URL.
    ticket = hashlib.sha256(f"{repo.kind} {repo.id} {oid} {size} {request.hub.secret}".encode()).hexdigest()
    request.hub.tickets[ticket] = (repo, str(oid), size)
    verify = f"{url_of(request, repo.kind, repo.id)}.git/info/lfs/verify"
    upload = f"{request.hub.endpoint}/lfs-upload/{ticket}"
    return answer | {"actions": {"upload": {"href": upload}, "verify": {"href": verify}}}


def lfs_put(request: Request, ticket: str) -> Response:
    if ticket not in request.hub.tickets:
        raise HubError(403, "Unknown upload address")
    repo, oid, size = request.hub.tickets[ticket]
    if len(request.body) != size:
        raise HubError(400, f"Size of the upload is {len(request.body)}, announced were {size}")
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise HubError(400, "The upload's sha256 is not the one announced")
    repo.add_blob(request.body, lfs=True)
    return Response(headers={"ETag": f'"{oid}"'})


def lfs_verify(request: Request, prefix: str | None, name: str) -> Response:
    repo = find_writable(request, "datasets" if prefix else "models", name, create_pr=True)
    sent = request.json()
    if sent.get("oid") not in repo.lfs_objects:
        raise HubError(404, "This LFS object was not uploaded")
    if len(repo.blobs[sent["oid"]]) != sent.get("size"):
        raise HubError(422, "The LFS object has another size")
    return Response()


def list_lfs_files(request: Request, kind: str, name: str) -> Response:
    repo = find_writable(request, kind, name)
    names = {e.sha256: path for c in repo.commits_by_sha.values() for path, e in c.files.items() if e.lfs}
    when = timestamp(repo.at("main"))
    return as_json(
        [
            {"fileOid": sha, "filename": names.get(sha, ""), "oid": sha, "pushedAt": when, "size": len(repo.blobs[sha])}
            for sha in sorted(repo.lfs_objects)
        ]
    )


def delete_lfs_files(request: Request, kind: str, name: str) -> Response:
    """Deletes large files; what the history still says of them stays, since rewriting a history is not done here."""
    repo = find_writable(request, kind, name)
    held = {entry.sha256 for sha in repo.reachable() for entry in repo.commits_by_sha[sha].files.values()}
    deletions = request.json().get("deletions", {})
    for sha in deletions.get("sha", []):
        if sha in held and deletions.get("rewriteHistory", True):
            raise HubError(400, f"the loopback Hub cannot rewrite history: {sha} is still part of it")
        repo.lfs_objects.discard(sha)
    return Response()


# reading files


def folder_entries(files: dict[str, Entry]) -> dict[str, dict]:
    """Every folder that holds something, with an id that follows its content."""
    inside: dict[str, list[str]] = {}
    for path, entry in sorted(files.items()):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            inside.setdefault("/".join(parts[:depth]), []).append(f"{path} {entry.oid}")
    return {
        folder: {
            "type": "directory",
            "path": folder,
            "size": 0,
            "oid": hashlib.sha1("\n".join(held).encode()).hexdigest(),
        }
        for folder, held in inside.items()
    }


def file_entry(path: str, entry: Entry) -> dict:
    fields: dict[str, object] = {"type": "file", "path": path, "size": entry.size, "oid": entry.oid}
    if entry.lfs:
        fields["lfs"] = {"oid": entry.sha256, "size": entry.size, "pointerSize": entry.pointer_size}
    return fields


def all_entries(repo: Repo, revision: str, expand: bool) -> dict[str, dict]:
    files = dict(repo.at(revision).files)
    entries = {path: file_entry(path, entry) for path, entry in files.items()} | folder_entries(files)
    if expand:
        for path in entries:
            entries[path]["lastCommit"] = last_commit(repo, revision, path)
    return entries


def last_commit(repo: Repo, revision: str, path: str) -> dict:
    """The newest commit since which nothing at or under this path has changed."""

    def under(commit: Commit) -> dict[str, Entry]:
        return {p: e for p, e in commit.files.items() if p == path or p.startswith(path + "/")}

    history = repo.history(revision)
    newest = history[0]
    for older in history[1:]:
        if under(older) != under(newest):
            break
        newest = older
    return {"id": newest.sha, "title": newest.title, "date": timestamp(newest)}


def tree(request: Request, kind: str, name: str, revision: str, path: str | None) -> Response:
    repo = find_repo(request, kind, name)
    entries = all_entries(repo, revision, request.flag("expand"))
    if path and entries.get(path, {}).get("type") != "directory":
        raise entry_not_found(path)
    prefix = f"{path}/" if path else ""
    inside = [e for p, e in sorted(entries.items()) if p.startswith(prefix) and p != path]
    if not request.flag("recursive"):
        inside = [e for e in inside if "/" not in e["path"].removeprefix(prefix)]
    return as_json(inside)


def paths_info(request: Request, kind: str, name: str, revision: str) -> Response:
    repo = find_repo(request, kind, name)
    form = request.form()
    entries = all_entries(repo, revision, form.get("expand", ["false"])[0].lower() == "true")
    return as_json([entries[p.strip("/")] for p in form.get("paths", []) if p.strip("/") in entries])


def resolve(request: Request, prefix: str | None, name: str, revision: str, path: str) -> Response:
    repo = find_repo(request, "datasets" if prefix else "models", name)
    commit = repo.at(revision)
    headers = {"X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    entry = commit.files.get(path)
    if entry is None or (entry.lfs and entry.sha256 not in repo.lfs_objects):
        error = refusal(request, entry_not_found(path))
        return Response(404, error.body, error.headers | {"X-Repo-Commit": commit.sha})
    headers["ETag"] = f'"{entry.sha256 if entry.lfs else entry.oid}"'
    if entry.lfs:
        headers |= {"X-Linked-Etag": headers["ETag"], "X-Linked-Size": str(entry.size)}
    return cut(repo.blobs[entry.sha256], request.headers.get("Range"), headers)


def cut(content: bytes, wanted: str | None, headers: dict[str, str]) -> Response:
    """The whole file, or the bytes of a Range header."""
    match = re.fullmatch(r"\s*bytes=(\d*)-(\d*)\s*", wanted or "")
    if not match or match[0].strip() == "bytes=-":
        return Response(200, content, headers)
    size = len(content)
    if match[1]:
        start, stop = int(match[1]), min(int(match[2] or size - 1), size - 1) + 1
    else:
        start, stop = max(size - int(match[2]), 0), size
    if start >= stop:
        return Response(416, b"", headers | {"Content-Range": f"bytes */{size}"})
    return Response(206, content[start:stop], headers | {"Content-Range": f"bytes {start}-{stop - 1}/{size}"})


REPO = r"(?P<kind>datasets|models)/(?P<name>[^/]+/[^/]+)"
PAGE = r"/(?P<prefix>datasets/)?(?P<name>[^/]+/[^/]+)"
REVISION = r"(?P<revision>[^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Response]]] = [
    ("GET", "/api/whoami-v2", whoami),
    ("POST", "/api/validate-yaml", validate_yaml),
    ("POST", "/api/repos/create", create_repo),
    ("DELETE", "/api/repos/delete", delete_repo),
    ("GET", f"/api/{REPO}", repo_info),
    ("GET", r"/api/(?P<kind>spaces)/(?P<name>[^/]+/[^/]+)", repo_info),
    ("GET", f"/api/{REPO}/revision/{REVISION}", repo_info),
    ("PUT", f"/api/{REPO}/settings", change_settings),
    ("GET", f"/api/{REPO}/auth-check(?P<write>/write)?", auth_check),
    ("GET", f"/api/{REPO}/refs", list_refs),
    ("GET", f"/api/{REPO}/commits/{REVISION}", list_commits),
    ("POST", f"/api/{REPO}/tag/{REVISION}", create_tag),
    ("DELETE", f"/api/{REPO}/tag/{REVISION}", delete_tag),
    ("POST", f"/api/{REPO}/branch/{REVISION}", create_branch),
    ("DELETE", f"/api/{REPO}/branch/{REVISION}", delete_branch),
    ("POST", f"/api/{REPO}/super-squash/{REVISION}", super_squash),
    ("POST", f"/api/{REPO}/preupload/{REVISION}", preupload),
    ("POST", f"/api/{REPO}/commit/{REVISION}", commit),
    ("GET", f"/api/{REPO}/lfs-files", list_lfs_files),
    ("POST", f"/api/{REPO}/lfs-files/batch", delete_lfs_files),
    ("GET", f"/api/{REPO}/tree/{REVISION}(?:/(?P<path>.+))?", tree),
    ("POST", f"/api/{REPO}/paths-info/{REVISION}", paths_info),
    ("POST", rf"{PAGE}\.git/info/lfs/objects/batch", lfs_batch),
    ("POST", rf"{PAGE}\.git/info/lfs/verify", lfs_verify),
    ("PUT", "/lfs-upload/(?P<ticket>[0-9a-f]+)", lfs_put),
    ("GET", f"{PAGE}/resolve/{REVISION}/(?P<path>.+)", resolve),
]


def answer(request: Request) -> Response:
    """Route one request. The path is matched as sent: a quoted slash belongs to a revision, a plain one does not."""
    method = "GET" if request.method == "HEAD" else request.method
    try:
        for verb, pattern, endpoint in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and verb == method:
                parts = {k: unquote(v) if v is not None else None for k, v in match.groupdict().items()}
                return endpoint(request, **parts)
        if re.fullmatch(r"/api/(datasets|models)/[^/]+(/revision/[^/]+)?", request.path):
            find_repo(request, "", "")
        request.hub.unknown.append((request.method, request.path))
        raise HubError(404, f"The loopback Hub does not know {request.method} {quote(request.path)}")
    except HubError as error:
        return refusal(request, error)
