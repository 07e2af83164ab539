"""The earlier version that a build starts from: a folder here, or a version on the Hub."""

import sys
from pathlib import Path

from ..console.escaping import one_text, short_text
from ..errors import UserError
from ..files import hub_names
from ..files.readers import is_there
from . import hub
from .diff import needed_version, version_numbers
from .folder import read_provenance


def earlier_version(spec: str | None) -> Path | None:
    """The folder of the version that `Split(previous=...)` names.

    Args:
        spec: a folder, or ORG/NAME@TAG of a version on the Hub, which is downloaded; something of that name on this
            machine goes before the Hub. None for no earlier version.

    Returns:
        The folder; of one on this machine nothing was read.

    Raises:
        UserError: neither a folder nor a repository that can be read, the repository has no such version, or polypref
            did not release it.
    """
    if spec is None or is_there(spec):
        return None if spec is None else Path(spec)
    repo, _, tag = spec.partition("@")
    where = f"Split(previous={short_text(repr(spec))})"
    if not hub_names.is_repo_name(repo):
        raise UserError(
            f"{where}: there is no folder of this name{hub_names.beside(Path(spec))}; give the folder of an earlier "
            "release, or ORG/NAME@TAG of one on the Hub"
        )
    hub_names.check_hub_names(repo, tag)
    state = hub.look_for_repo(repo)
    if not state.exists:
        raise UserError(
            f"{where}: {repo} is neither a folder nor a dataset on the Hub that your token may see; check the name"
        )
    if state.newest is None:
        raise UserError(f"{where}: {repo} has no version that polypref released; check the name")
    if not tag:
        raise UserError(f"{where} names no version, and a build starts from one; its newest is {repo}@{state.newest}")
    if tag not in state.tags:
        known = ", ".join(sorted(state.tags, key=lambda name: tuple(map(int, name[1:].split(".")))))
        raise UserError(f"{where}: {repo} has no version {tag}; it has {known}")
    folder = hub.fetch_tag(repo, state, tag)
    read_provenance(folder)
    return folder


def check_follows(name: str, version: str, folder: Path, spec: str) -> None:
    """Sees that a build is a later version than the one it goes on from; says so where it has another name.

    Args:
        name, version: of what is to be built.
        folder: the earlier version.
        spec: how its user named it.

    Raises:
        UserError: the version is not later, or the folder holds no dataset that polypref built.
    """
    earlier = read_provenance(folder)
    if version_numbers(version) <= version_numbers(earlier.version):
        raise UserError(
            f"version {version} does not come after {earlier.version} of {short_text(spec)}; give another (--version): "
            f"{_least_versions(earlier.version)}"
        )
    if name != earlier.name:
        print(
            f"{one_text(spec, 200)} is called '{one_text(earlier.name, 100)}', and this build '{one_text(name, 100)}': "
            "rows of both may differ in column source; where the name is an option, give the same again (--name)",
            file=sys.stderr,
        )


def undone_review(spec: str, folder: Path) -> str:
    """What is said of a build without reviewers' decisions that goes on from a version that had some.

    Args:
        spec: the earlier version, as its user named it.
        folder: its folder.

    Returns:
        A sentence; empty where reviewers changed nothing in the earlier version.

    Raises:
        UserError: the folder holds no dataset that polypref built.
    """
    used = (read_provenance(folder).decisions_used or {}).values()
    relabelled, removed = sum(one.relabelled for one in used), sum(one.removed for one in used)
    if not relabelled + removed:
        return ""
    return (
        f"in {one_text(spec, 200)} reviewers had relabelled {relabelled:,} and removed {removed:,} pairs, and this "
        "build has no decisions of theirs: those pairs are back as the source has them, unless the file of decisions "
        "is given again (review, --review)"
    )


def needed_versions(spec: str, folder: Path, out: Path) -> str:
    """Which version a build must at least be that goes on from an earlier one; what it changes is not known yet.

    Args:
        spec: the earlier version, as its user named it.
        folder: its folder.
        out: the folder of the build.

    Returns:
        A sentence.

    Raises:
        UserError: the folder holds no dataset that polypref built.
    """
    earlier = read_provenance(folder)
    return (
        f"after {earlier.version} of {spec} the version must be at least {_least_versions(earlier.version)}; once it "
        f"is built, polypref diff {spec} {out} says which of them"
    )


def _least_versions(earlier: str) -> str:
    minor, major = needed_version(earlier, "minor"), needed_version(earlier, "major")
    return f"{minor} where rows are only added, {major} where rows change or go"
