"""Datasets of the Hub as rows, and the commit that a revision stands for."""

from collections.abc import Iterator

from ..console.retries import log_retries_once
from ..errors import UserError, first_line
from . import hub_names
from .hub_limits import limit_answer, mark_request
from .readers import Line


def read_hub(repo: str, config: str | None, split: str, revision: str | None, files: str = "") -> Iterator[Line]:
    """Reads the rows of a Hub dataset.

    Args:
        repo: ORG/NAME.
        config: its config; None for the default one.
        split: its split.
        revision: branch, tag or commit; None for main.
        files: pattern of the files that make up the split, for repositories whose configs the client cannot find out.

    Yields:
        Each row with its place, `REPO[CONFIG/SPLIT] row N` from 0; it is downloaded when the first is asked for.

    Raises:
        UserError: the dataset, config, split or revision is not there or not readable with this account.
    """
    hub_names.check_hub_names(repo, revision, files)
    import datasets

    guard_downloads()
    try:
        if files:
            rows = datasets.load_dataset(repo, data_files={split: files}, split=split, revision=revision)
        else:
            rows = datasets.load_dataset(repo, config, split=split, revision=revision)
    except UserError:
        raise
    except Exception as error:  # the client raises many kinds; each means that these rows cannot be had
        name = f"{repo}" + (f" ({config})" if config else "")
        raise UserError(
            f"cannot load split '{split}' of {name} at revision {revision or 'main'} ({first_line(error)}); "
            "check the name, that you are online, and that your account may read it"
        ) from None
    where, number = f"{repo}[{config or 'default'}/{split}] row", 0
    try:
        for row in rows:
            yield Line(f"{where} {number}", row)
            number += 1
    except (OSError, ValueError, OverflowError, RuntimeError) as error:  # a damaged cache, an image that is none
        raise UserError(
            f"cannot read {where} {number} ({first_line(error)}); load it again or fix its revision"
        ) from None


def guard_downloads() -> None:
    """Makes the Hub's client refuse answers that would have it write outside of its cache, or fill the memory."""
    from huggingface_hub import get_session

    log_retries_once()
    session = get_session()
    hooks = session.event_hooks
    if hub_names.check_answer not in hooks["response"]:
        requests = [*hooks["request"], mark_request]
        # In this order: the second reads answers.
        responses = [*hooks["response"], limit_answer, hub_names.check_answer]
        session.event_hooks = {**hooks, "request": requests, "response": responses}


def hub_revision(repo: str, revision: str | None) -> str:
    """The commit that a branch or tag of a Hub dataset stands for; a full commit id is its own answer.

    Args:
        repo: ORG/NAME.
        revision: branch, tag or commit; None for main.

    Returns:
        40 hexadecimal digits.

    Raises:
        UserError: it cannot be found.
    """
    hub_names.check_hub_names(repo, revision)
    if revision and len(revision) == 40 and all(c in "0123456789abcdef" for c in revision):
        return revision
    from huggingface_hub import HfApi

    guard_downloads()
    try:
        return str(HfApi().dataset_info(repo, revision=revision or None).sha)
    except Exception as error:
        raise UserError(
            f"cannot look up {repo} at revision {revision or 'main'} on the Hub ({first_line(error)}); "
            "check the name and that you are online, or give the full commit id"
        ) from None
