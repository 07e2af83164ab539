"""The Hub's side of a release: what is there, and what is sent."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import short_text
from ..console.redaction import guard_logs
from ..errors import UserError
from ..files import hub_names
from ..files.atomic import file_digest
from ..files.hub_reader import guard_downloads
from ..files.readers import is_there
from ..stages.retracted import read_file, text_of
from .hub_errors import AGAIN, hub_errors, hub_token
from .verified import changed, read_bytes

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_TAG = re.compile(r"v([0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9})")
_FILES = ("data/**", "*.md", "provenance.json")


@dataclass(frozen=True)
class State:
    """What a dataset repository holds.

    Attributes:
        exists: whether it is there.
        private: whether it is private.
        head: commit of main.
        tags: version tags, name -> commit.
        anonymous: it was looked at without a token, which sees no private repository.
        unseen: the Hub could not be reached: nothing is known of it.
    """

    exists: bool
    private: bool
    head: str | None
    tags: Mapping[str, str]
    anonymous: bool = False
    unseen: bool = False

    @property
    def newest(self) -> str | None:
        """The tag of the highest version."""
        return max(self.tags, key=lambda tag: tuple(int(n) for n in tag[1:].split(".")), default=None)


def connect(reads: bool = False) -> "HfApi":
    """The Hub's client, for the endpoint and token of the environment.

    Args:
        reads: nothing will be sent: what is public can be looked at without a token.

    Returns:
        The client; what it says in logs has no tokens, and what it downloads has limits.

    Raises:
        UserError: there is no token, where one is needed.
    """
    if not reads and not hub_token():
        raise UserError("no Hub token: run `hf auth login`, or set HF_TOKEN to a token that may write")
    from huggingface_hub import HfApi

    guard_logs("huggingface_hub")
    guard_downloads()
    return HfApi(library_name="polypref")


def check_name(repo: str) -> None:
    """Sees that a name is ORG/NAME, as the Hub takes it.

    Args:
        repo: the name.

    Raises:
        UserError: it is none; where an address was given, the name in it is told.
    """
    hub_names.check_hub_names(repo)


def look_at_repo(api: "HfApi", repo: str) -> State:
    """Looks at a dataset repository.

    Args:
        api: the client.
        repo: ORG/NAME.

    Returns:
        What is there; `exists` is false where nothing is, or the token may not see it.

    Raises:
        UserError: the Hub cannot be asked, or the name belongs to a model or Space.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    check_name(repo)
    with hub_errors(repo, "looking at the repository", reads=True):
        try:
            info = api.dataset_info(repo)
        except RepositoryNotFoundError as error:
            if getattr(error.response, "status_code", None) == 401 and hub_token():
                api.whoami()
            for kind in ("model", "space"):
                if api.repo_exists(repo, repo_type=kind):
                    raise UserError(f"{repo} is a {kind}, not a dataset; choose another name") from None
            return State(False, True, None, {}, anonymous=not hub_token())
        refs = api.list_repo_refs(repo, repo_type="dataset")
    tags = {tag.name: str(tag.target_commit) for tag in refs.tags if _TAG.fullmatch(str(tag.name))}
    return State(True, bool(info.private), info.sha, tags)


def remote_files(api: "HfApi", repo: str, revision: str) -> dict[str, str]:
    """Path -> digest of every file at a revision: sha256 of an LFS file, git's blob id of another.

    Args:
        api: the client.
        repo: ORG/NAME.
        revision: branch, tag or commit.

    Returns:
        A mapping in the order of the Hub's answer.

    Raises:
        UserError: the Hub cannot be asked.
    """
    from huggingface_hub.hf_api import RepoFile

    with hub_errors(repo, "listing its files", reads=True):
        tree = api.list_repo_tree(repo, repo_type="dataset", revision=revision, recursive=True)
        files = [one for one in tree if isinstance(one, RepoFile)]
    return {str(one.path): str(one.lfs.sha256 if one.lfs else one.blob_id) for one in files}


def same_as_remote(
    files: Mapping[str, Path], remote: Mapping[str, str], digests: Mapping[str, str] | None = None
) -> set[str]:
    """Which local files are on the Hub already, byte for byte.

    Args:
        files: path in the repository -> local file.
        remote: what is on the Hub, as `remote_files` says it.
        digests: SHA-256 of files as they were recorded: these count, not what lies on the disk by now.

    Returns:
        Their paths in the repository.

    Raises:
        UserError: a file that has to be read is not as it was recorded.
    """
    known, same = digests or {}, set()
    for name, path in files.items():
        there = remote.get(name, "")
        if len(there) == 64:
            here = known.get(name) or file_digest(path)
        elif there:
            data = read_bytes(path, known.get(name) or file_digest(path))
            here = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        else:
            continue
        if here == there:
            same.add(name)
    return same


def commit_files(
    api: "HfApi",
    repo: str,
    files: Mapping[str, Path],
    state: State,
    message: str,
    create_pr: bool = False,
    digests: Mapping[str, str] | None = None,
) -> tuple[str, str | None]:
    """Makes the repository's data what `files` says, in one commit; nothing when it is that already.

    Args:
        api: the client.
        repo: the repository.
        files: path in the repository -> local file; files under data/ that are not named are deleted.
        state: what was there when the commit was planned; a commit by somebody else since then is an error.
        message: of the commit.
        create_pr: open a pull request instead.
        digests: SHA-256 of files as they were recorded; nothing else is sent under their names.

    Returns:
        The commit, and the pull request's address; None where none was opened.

    Raises:
        UserError: the Hub refuses or cannot be reached, or a file is not as it was recorded.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    head = str(state.head)
    remote = remote_files(api, repo, head)
    same = same_as_remote(files, remote, digests)
    gone = [name for name in remote if name.startswith("data/") and name not in files]
    if len(same) == len(files) and not gone:
        return head, None
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationDelete(path_in_repo=name) for name in sorted(gone)
    ]
    for name, path in sorted(files.items()):
        if name in same:
            continue
        adding = CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(path))
        # The client reads a file once to name it by its digest, and the Hub takes no other content under that name.
        if digests and digests.get(name, adding.upload_info.sha256.hex()) != adding.upload_info.sha256.hex():
            raise changed(path)
        operations.append(adding)
    with hub_errors(repo, "sending the commit"):
        done = api.create_commit(
            repo,
            operations,
            commit_message=message,
            repo_type="dataset",
            parent_commit=None if create_pr else head,
            create_pr=create_pr,
        )
    return str(done.oid), done.pr_url


def fetch_files(repo: str, revision: str, name: str = "") -> Path:
    """Downloads a version of a dataset into the Hub's cache.

    Args:
        repo: the repository.
        revision: a tag, or better a commit, which never means another version than the one that was looked at.
        name: what to call the revision in messages.

    Returns:
        The folder in the cache, of data, Markdown and provenance.json alone; what lies in it is not to be written to.

    Raises:
        UserError: it is not there, polypref did not release it, or the Hub cannot be reached.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    guard_downloads()
    hub_names.check_hub_names(repo, revision)
    with hub_errors(repo, f"downloading {name or revision}", reads=True):
        folder = Path(snapshot_download(repo, repo_type="dataset", revision=revision, allow_patterns=list(_FILES)))
    if not (folder / "provenance.json").is_file():
        raise UserError(f"{repo} at {name or revision} was not released by polypref (it has no provenance.json)")
    return folder


def fetch_tag(repo: str, state: State, tag: str) -> Path:
    """Downloads a tagged version, by the commit that the tag named when the repository was looked at.

    Args:
        repo: ORG/NAME.
        state: what the repository held then.
        tag: one of its tags.

    Returns:
        As `fetch_files`.
    """
    return fetch_files(repo, state.tags[tag], tag)


def log_at(repo: str, revision: str) -> str:
    """The changelog of a commit; empty when it has none.

    Args:
        repo: ORG/NAME.
        revision: branch, tag or commit.

    Returns:
        The text.
    """
    path = fetch_log(repo, revision)
    return text_of(path) if path else ""


def fetch_log(repo: str, revision: str) -> Path | None:
    """Downloads the changelog of a commit; None when it has none.

    Args:
        repo: ORG/NAME.
        revision: branch, tag or commit.

    Returns:
        The file in the cache.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    guard_downloads()
    with hub_errors(repo, "reading its changelog", reads=True):
        try:
            return Path(hf_hub_download(repo, "CHANGELOG.md", repo_type="dataset", revision=revision))
        except EntryNotFoundError:
            return None


def resolve_dataset(spec: str) -> Path:
    """A dataset's folder: a local one as it is, REPO or REPO@TAG downloaded (its newest version without a tag).

    Args:
        spec: what the user wrote; something of that name on this machine goes before the Hub.

    Returns:
        The folder; that it holds a dataset is not looked at.

    Raises:
        UserError: neither a folder nor a repository that can be read.
    """
    if not spec:
        raise UserError("the dataset's name is empty; give its folder, or ORG/NAME or ORG/NAME@TAG of one on the Hub")
    if is_there(spec):
        return Path(spec)
    repo, mark, tag = spec.partition("@")
    if not hub_names.is_repo_name(repo):
        raise UserError(
            f"no folder at {short_text(spec)}{hub_names.beside(Path(spec))}; give a dataset folder, or ORG/NAME or "
            "ORG/NAME@TAG of one on the Hub"
        )
    if mark and not tag:
        raise UserError(
            f"no tag stands after the @ of {short_text(spec)}; write {repo}@TAG, or {repo} for its newest version"
        )
    hub_names.check_hub_names(repo, tag)
    state = look_for_repo(repo)
    if not state.exists:
        near = hub_names.beside(Path(repo))
        raise UserError(
            f"{repo} is neither a folder{near} nor a dataset on the Hub that your token may see; check the name"
        )
    tag = tag or state.newest or ""
    return (
        fetch_tag(repo, state, tag) if tag in state.tags else fetch_files(repo, tag or str(state.head), tag or "main")
    )


def look_for_repo(repo: str) -> State:
    """Looks at a repository whose name may be meant for a file or folder here; no token is needed.

    Args:
        repo: ORG/NAME.

    Returns:
        As `look_at_repo`.

    Raises:
        UserError: the Hub cannot be asked; the sentence says that there is no such folder.
    """
    try:
        return look_at_repo(connect(reads=True), repo)
    except UserError as error:
        near = hub_names.beside(Path(repo))
        # Whoever has folders beside it meant one of them: to try again would find no other.
        why = str(error).removesuffix(f"; {AGAIN}") if near else str(error)
        raise UserError(f"there is no folder {repo} here{near}, and it was looked for on the Hub: {why}") from None


def resolve_log(spec: str) -> Path | None:
    """The changelog of a dataset: a file as it is, of a folder, or of main of ORG/NAME; None when that has none.

    Args:
        spec: what the user wrote; something of that name on this machine goes before the Hub.

    Returns:
        The file.

    Raises:
        UserError: there is no such file or folder with one, nor a repository that can be read; or the file tells of no
            version and of nothing that was taken back.
    """
    if is_there(spec):
        path = Path(spec) / "CHANGELOG.md" if Path(spec).is_dir() else Path(spec)
        if not path.is_file():
            raise UserError(f"{spec} holds no CHANGELOG.md; give that file, or ORG/NAME of the dataset on the Hub")
        read_file(path)  # what is none of a release is said before anything is built
        return path
    repo, mark, _ = spec.partition("@")
    if mark and hub_names.is_repo_name(repo):
        raise UserError(
            f"{short_text(spec)} names a version, and what was taken back is told by the changelog of main alone; "
            f"give {repo}"
        )
    if not hub_names.is_repo_name(spec):
        raise UserError(
            f"no file or folder at '{short_text(spec)}'; give a CHANGELOG.md, or ORG/NAME of the dataset on the Hub"
        )
    state = look_for_repo(spec)
    if not state.exists:
        raise UserError(f"{spec} is neither there nor a dataset on the Hub that your token may see; check the name")
    return fetch_log(spec, str(state.head))
