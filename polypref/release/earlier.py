"""The earlier version that a build starts from: a folder here, or a version on the Hub."""

from pathlib import Path

from ..console.escaping import short_text
from ..errors import UserError
from ..files import hub_names
from ..files.readers import is_there
from . import hub
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
            f"{where}: there is no folder of this name; give the folder of an earlier release, or ORG/NAME@TAG of one "
            "on the Hub"
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
