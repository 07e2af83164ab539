"""What the loopback Hub remembers: repositories of immutable commits over content-addressed files."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from .cards import check_card

LFS_PATTERNS = (".parquet", ".arrow", ".safetensors", ".bin", ".gz", ".zip", ".zst", ".npz", ".pt", ".npy")
MAX_REGULAR_BYTES = 10 * 1024 * 1024
GITATTRIBUTES = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LFS_PATTERNS).encode()
# Dates are counted, not read off a clock: the same requests in the same order give the same commit ids.
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
BAD_REF = re.compile(r"^[-/.]|[\s~^:?*\[\\\x00-\x1f\x7f]|\.\.|//|@\{|[/.]$|\.lock$")


class HubError(Exception):
    """A request the Hub refuses: HTTP status, message, and the X-Error-Code that the client's exceptions hang on."""

    def __init__(self, status: int, message: str, code: str | None = None, **body: object) -> None:
        super().__init__(f"{status}: {message}")
        self.status, self.message, self.code = status, message, code
        self.body = {"error": message, **body}


def revision_not_found(revision: str) -> HubError:
    return HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def entry_not_found(path: str) -> HubError:
    return HubError(404, f"Entry not found: {path}", "EntryNotFound")


@dataclass(frozen=True)
class Entry:
    """One file of a commit. `oid` is git's blob id (of the pointer, for an LFS file)."""

    size: int
    sha256: str
    oid: str
    lfs: bool
    pointer_size: int = 0


@dataclass(frozen=True)
class Commit:
    sha: str
    parents: tuple[str, ...]
    title: str
    message: str
    author: str
    date: datetime
    files: Mapping[str, Entry]


def git_blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def make_entry(content: bytes | None, lfs: bool, sha256: str = "", size: int = 0) -> Entry:
    """An entry from content, or for an LFS file from sha256 and size alone."""
    if content is not None:
        sha256, size = hashlib.sha256(content).hexdigest(), len(content)
    if not lfs:
        assert content is not None
        return Entry(size, sha256, git_blob_id(content), lfs=False)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
    return Entry(size, sha256, git_blob_id(pointer), lfs=True, pointer_size=len(pointer))


def wants_lfs(path: str, size: int) -> bool:
    return path.endswith(LFS_PATTERNS) or size > MAX_REGULAR_BYTES


def check_path(path: object) -> str:
    """Refuse what could leave the repository's folder, or could not be checked out."""
    parts = path.split("/") if isinstance(path, str) else [""]
    if "\\" in str(path) or "\0" in str(path) or any(part in ("", ".", "..", ".git") for part in parts):
        raise HubError(400, f"Invalid path in commit: {path!r}")
    return str(path)


def check_ref_name(name: object) -> str:
    if not isinstance(name, str) or not name or BAD_REF.search(name) or name.startswith("refs/"):
        raise HubError(400, f"Invalid reference name: {name!r}")
    return name


@dataclass
class Repo:
    """One repository. Tests read `commits`, `tags`, `files(revision)`; nothing here is ever changed in place.

    Attributes:
        kind: "datasets" or "models".
        id: "namespace/name".
        refs: full reference name to commit id.
        commits_by_sha: every commit ever made, also those that no reference leads to any more.
        lfs_objects: sha256 of the large files uploaded to this repository.
    """

    kind: str
    id: str
    private: bool
    blobs: dict[str, bytes]
    gated: object = False
    refs: dict[str, str] = field(default_factory=dict)
    commits_by_sha: dict[str, Commit] = field(default_factory=dict)
    lfs_objects: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.blobs[hashlib.sha256(GITATTRIBUTES).hexdigest()] = GITATTRIBUTES
        first = {".gitattributes": make_entry(GITATTRIBUTES, lfs=False)}
        self.refs["refs/heads/main"] = self._store(first, (), "initial commit", "", "system").sha

    # what tests look at

    @property
    def commits(self) -> list[Commit]:
        """History of main, oldest first. The first is the Hub's own "initial commit" (.gitattributes)."""
        return self.history("main")[::-1]

    @property
    def tags(self) -> dict[str, str]:
        return self.named("refs/tags/")

    @property
    def branches(self) -> dict[str, str]:
        return self.named("refs/heads/")

    @property
    def pull_requests(self) -> dict[int, str]:
        return {int(name): sha for name, sha in self.named("refs/pr/").items()}

    def files(self, revision: str = "main") -> dict[str, bytes]:
        """Path to content at a branch, tag, pull request (refs/pr/N) or commit id."""
        return {path: self.blobs[entry.sha256] for path, entry in sorted(self.at(revision).files.items())}

    # reading

    def named(self, prefix: str) -> dict[str, str]:
        return {ref.removeprefix(prefix): sha for ref, sha in sorted(self.refs.items()) if ref.startswith(prefix)}

    def at(self, revision: str) -> Commit:
        for ref in (revision, f"refs/heads/{revision}", f"refs/tags/{revision}"):
            if ref in self.refs:
                return self.commits_by_sha[self.refs[ref]]
        if re.fullmatch(r"[0-9a-f]{7,40}", revision):
            matches = [sha for sha in self.reachable() if sha.startswith(revision)]
            if len(matches) == 1:
                return self.commits_by_sha[matches[0]]
        raise revision_not_found(revision)

    def history(self, revision: str) -> list[Commit]:
        """Newest first, along the first parent."""
        commit = self.at(revision)
        commits = [commit]
        while commit.parents:
            commit = self.commits_by_sha[commit.parents[0]]
            commits.append(commit)
        return commits

    def reachable(self) -> set[str]:
        """Commits that some reference leads to. The others are gone, as after git's garbage collection."""
        shas: set[str] = set()
        todo = list(self.refs.values())
        while todo:
            sha = todo.pop()
            if sha not in shas:
                shas.add(sha)
                todo += self.commits_by_sha[sha].parents
        return shas

    # writing

    def _store(self, files: Mapping[str, Entry], parents: tuple[str, ...], title: str, message: str, by: str) -> Commit:
        date = EPOCH + timedelta(minutes=len(self.commits_by_sha))
        tree = sorted((path, entry.oid) for path, entry in files.items())
        identity = json.dumps([self.kind, self.id, parents, title, message, by, date.isoformat(), tree])
        sha = hashlib.sha1(identity.encode()).hexdigest()
        self.commits_by_sha[sha] = Commit(sha, parents, title, message, by, date, MappingProxyType(dict(files)))
        return self.commits_by_sha[sha]

    def commit(
        self, files: Mapping[str, bytes] | None = None, deletes: Iterable[str] = (), title: str = "somebody else"
    ) -> Commit:
        """Commit to main from within a test, without HTTP: somebody else at work at the same time."""
        tree = dict(self.at("main").files)
        for path in deletes:
            del tree[path]
        for path, content in (files or {}).items():
            tree[check_path(path)] = self.add_blob(content, lfs=wants_lfs(path, len(content)))
        commit = self._store(tree, (self.refs["refs/heads/main"],), title, "", "somebody-else")
        self.refs["refs/heads/main"] = commit.sha
        return commit

    def add_blob(self, content: bytes, lfs: bool) -> Entry:
        entry = make_entry(content, lfs)
        self.blobs[entry.sha256] = content
        if lfs:
            self.lfs_objects.add(entry.sha256)
        return entry

    def push(self, revision: str, payload: bytes, by: str, create_pr: bool) -> tuple[Commit, int | None]:
        """The commit endpoint: ndjson in; the commit and, with create_pr, the pull request's number out."""
        header, operations = parse_commit(payload)
        if create_pr:
            base = self.at(header.get("parentCommit") or revision)
            number = max(self.pull_requests, default=0) + 1
            ref = f"refs/pr/{number}"
        else:
            number = None
            ref = revision if revision in self.refs else f"refs/heads/{revision}"
            if ref not in self.refs or ref.startswith("refs/tags/"):
                raise revision_not_found(revision)
            base = self.commits_by_sha[self.refs[ref]]
            self._check_parent(header.get("parentCommit"), base.sha)
        tree = self._apply(operations, base.files)
        commit = self._store(tree, (base.sha,), header["summary"], str(header.get("description") or ""), by)
        self.refs[ref] = commit.sha
        return commit, number

    def _check_parent(self, parent: object, head: str) -> None:
        if parent is None:
            return
        if not isinstance(parent, str) or not re.fullmatch(r"[0-9a-f]{7,40}", parent):
            raise HubError(400, f"Invalid parentCommit: {parent!r}")
        if not head.startswith(parent):
            raise HubError(412, "A commit has happened since. Please refresh and try again.")

    def _apply(self, operations: list[tuple[str, dict]], base: Mapping[str, Entry]) -> dict[str, Entry]:
        """All operations or none: blobs are stored only once every operation was found good."""
        tree, blobs = dict(base), {}
        for key, value in operations:
            if key == "deletedFolder":
                folder = check_path(str(value.get("path")).rstrip("/"))
                inside = [path for path in tree if path.startswith(folder + "/")]
                if not inside:
                    raise HubError(404, f"A file with this name doesn't exist: {folder}/", "EntryNotFound")
                for path in inside:
                    del tree[path]
                continue
            path = check_path(value.get("path"))
            if key == "deletedFile":
                if path not in tree:
                    raise HubError(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
                del tree[path]
            elif key == "lfsFile":
                tree[path] = self._lfs_entry(path, value)
            else:
                content = regular_content(self.kind, path, value)
                tree[path] = make_entry(content, lfs=False)
                blobs[tree[path].sha256] = content
        for path in tree:
            for parent in parents_of(path):
                if parent in tree:
                    raise HubError(400, f"{parent!r} is a file and a folder in the same commit")
        self.blobs.update(blobs)
        return tree

    def _lfs_entry(self, path: str, value: dict) -> Entry:
        oid = value.get("oid")
        if value.get("algo") != "sha256" or oid not in self.lfs_objects:
            raise HubError(400, f"LFS pointer pointed to a file that does not exist: {path} ({oid})")
        size = len(self.blobs[oid])
        if value.get("size", size) != size:
            raise HubError(400, f"LFS pointer of {path} says {value['size']} bytes, the file has {size}")
        return make_entry(None, lfs=True, sha256=oid, size=size)

    def create_ref(self, prefix: str, name: object, start: str) -> None:
        ref = prefix + check_ref_name(name)
        if ref in self.refs:
            kind = "Tag" if prefix == "refs/tags/" else "Branch"
            raise HubError(409, f"{kind} reference exists already: {name}")
        self.refs[ref] = self.at(start).sha

    def delete_ref(self, prefix: str, name: str) -> None:
        if prefix + name == "refs/heads/main":
            raise HubError(403, "The main branch cannot be deleted")
        if self.refs.pop(prefix + name, None) is None:
            raise revision_not_found(name)

    def squash(self, branch: str, message: str, by: str) -> None:
        ref = f"refs/heads/{branch}"
        if ref not in self.refs:
            if branch in self.tags or branch.startswith("refs/"):
                raise HubError(400, f"Invalid reference for a branch: {branch}")
            raise revision_not_found(branch)
        self.refs[ref] = self._store(self.at(ref).files, (), message, "", by).sha


def parents_of(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def parse_commit(payload: bytes) -> tuple[dict, list[tuple[str, dict]]]:
    try:
        lines = [json.loads(line) for line in payload.splitlines() if line.strip()]
        items = [(line["key"], dict(line["value"])) for line in lines]
    except (ValueError, KeyError, TypeError) as error:
        raise HubError(400, f"Malformed commit payload: {error}") from error
    if not items or items[0][0] != "header" or not items[0][1].get("summary"):
        raise HubError(400, "A commit begins with a header with a summary")
    for key, _ in items[1:]:
        if key not in ("file", "lfsFile", "deletedFile", "deletedFolder"):
            raise HubError(400, f"Unknown commit operation: {key!r}")
    return items[0][1], items[1:]


def regular_content(kind: str, path: str, value: dict) -> bytes:
    try:
        text = value["content"]
        content = base64.b64decode(text, validate=True) if value.get("encoding") == "base64" else text.encode()
    except (ValueError, KeyError, AttributeError) as error:
        raise HubError(400, f"Malformed content of {path}: {error}") from error
    if content and wants_lfs(path, len(content)):
        raise HubError(400, f"{path} must be uploaded as LFS")
    if path == "README.md":
        errors, _ = check_card(content.decode("utf-8", "replace"), kind)
        if errors:
            raise HubError(400, "Invalid metadata in README.md: " + "; ".join(errors))
    return content
