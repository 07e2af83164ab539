"""Names that lead to the Hub, and what its answers call files, held against what such a name can be.

A name may stand in a stranger's settings, and whoever plays the Hub may answer anything: neither leads to a file of
this machine, nor to another address.
"""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import one_line, short_text
from ..errors import UserError
from .json_types import Json

if TYPE_CHECKING:
    from httpx2 import Response

# As the Hub takes them: no two dots or hyphens in a row, none at an end of either part, no .git.
_REPO = re.compile(r"(?!.*(?:--|\.\.))(?!.*\.git\Z)(?:\b[\w.-]{1,96}\b/\b[\w.-]{1,96}\b)", re.ASCII)
_ADDRESS = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/|hf://)?(?:datasets/)?([^/@?#]+/[^/@?#]+?)(?:\.git)?(?:[/@?#].*)?"
)
# Less than what git takes: no signs but these, no part that begins with a dot, ends in one or in .lock.
_REVISION = re.compile(r"(?!.*(?:\.\.|//|/\.|\./|\.lock(?:/|\Z)|[./]\Z))[A-Za-z0-9_][\w./+-]{0,199}", re.ASCII)
_COMMIT = re.compile("[0-9a-f]{40}")
_INFO = re.compile(r"/api/(?:datasets|models|spaces)/[^/]+/[^/]+(?:/revision/[^/]+)?/?")
_CACHE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.:+=-]{0,199}")
_FEW = 4  # folders that a sentence names
_ADVICE = "check HF_ENDPOINT and what stands between here and the Hub"


def check_hub_names(repo: str, revision: str | None = None, files: str = "") -> None:
    """Holds the name of a repository, a revision and a pattern of files against what they can be.

    Args:
        repo: ORG/NAME.
        revision: a branch, tag or commit; None or empty for none.
        files: a pattern of files inside of the repository; empty for none.

    Raises:
        UserError: one of them is none, and may be a path, an address or another reader's name.
    """
    if not is_repo_name(repo):
        raise UserError(f"'{_short(repo)}' is not a repository name; {_meant(repo)}")
    if revision:
        check_revision(repo, revision)
    parts = re.split(r"[/\\]", files)
    if files and ("" in parts[:-1] or ".." in parts or ":" in files or not files.isprintable() or files[0] == "~"):
        raise UserError(f"'{_short(files)}' is no pattern of files inside of {repo}; give one such as data/*.jsonl")


def check_revision(repo: str, revision: str) -> None:
    """Holds a revision against what the Hub, and git, call so: a word without spaces and signs of its own.

    Args:
        repo: of what it is one, for the message.
        revision: a branch, tag or commit.

    Raises:
        UserError: none can be called so.
    """
    if not _REVISION.fullmatch(revision):
        raise UserError(f"'{_short(revision)}' is no revision of {repo}; give a branch, a tag or a commit")


def is_repo_name(text: str) -> bool:
    """Whether a text is a name that a repository of the Hub can have.

    Args:
        text: as in ORG/NAME.

    Returns:
        Whether it has two parts of letters, digits, `-`, `_` and `.`, as the Hub takes them.
    """
    return _REPO.fullmatch(text) is not None


def _meant(repo: str) -> str:
    """How to write a name that the Hub does not take."""
    inner = _ADDRESS.fullmatch(repo)
    if inner and inner[1] != repo and is_repo_name(inner[1]):
        return f"give it as {inner[1]}"
    return "give it as ORG/NAME"


def check_answer(response: "Response") -> None:
    """Refuses an answer of the Hub by which its client would write outside of its cache.

    The client names files of its cache by the ETag and the commit that the server states, as they are (huggingface_hub
    2.4.0).

    Args:
        response: an answer of the Hub; the body is read where the client takes a commit from it.

    Raises:
        UserError: the answer states none that can be.
    """
    for name in ("ETag", "X-Linked-ETag"):
        tag = response.headers.get(name, "").removeprefix("W/").strip('"')
        if tag and not _CACHE_NAME.fullmatch(tag):
            raise UserError(
                f"the server that answers for the Hub names a file of the cache {tag[:60]!r}, which is no such name; "
                f"{_ADVICE}"
            )
    _check_commit(response.headers.get("X-Repo-Commit"))
    if response.status_code == 200 and _INFO.fullmatch(response.request.url.path):
        response.read()
        try:
            about = response.json()
        except ValueError:
            return  # the client says what is wrong with it
        _check_commit(about.get("sha") if isinstance(about, dict) else None)


def _check_commit(commit: Json) -> None:
    if commit is not None and not _COMMIT.fullmatch(str(commit)):
        raise UserError(
            f"the server that answers for the Hub names a commit {str(commit)[:60]!r}, which is none; {_ADVICE}"
        )


def _short(name: str) -> str:
    return one_line(name[:80])


def beside(path: Path) -> str:
    """What lies where somebody looked for a dataset in vain: he may have meant one of these.

    Args:
        path: of the folder that is not there, or a name that was taken for a repository's.

    Returns:
        The folders of datasets beside it, the likest name first, those of `build` too where it is a bare name; without
        any the folder whose name is near. In brackets, to be put after "there is no folder"; empty where there is
        nothing.
    """
    places = [path.parent, Path("build")] if path.parent == Path() else [path.parent]
    there = [entry for place in places for entry in _folders(place)]
    likest = {name: at for at, name in enumerate(get_close_matches(path.name, {one.name for one in there}, n=_FEW))}
    there.sort(key=lambda one: (likest.get(one.name, _FEW), str(one)))
    datasets = [short_text(str(one)) for one in there if _holds_dataset(one)]
    if datasets:
        more = f" and {len(datasets) - _FEW:,} more" if len(datasets) > _FEW else ""
        return f" (there {'is' if len(datasets) == 1 else 'are'} {', '.join(datasets[:_FEW])}{more})"
    return next((f" ({short_text(str(one))} is there)" for one in there if one.name in likest), "")


def _folders(place: Path) -> list[Path]:
    try:
        return [entry for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []


def _holds_dataset(folder: Path) -> bool:
    try:
        return (folder / "provenance.json").is_file()
    except OSError:  # a folder that nobody may look into
        return False
