"""Cards of commits that versions which stay lead to, after main's history was forgotten: they may show rows that went.

A card is small, so the Hub keeps it in the commit itself, and no call erases it there; only with the version that
leads to it is it gone.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..console.escaping import print_safely
from ..files.hub_reader import guard_downloads
from .hub_errors import hub_errors
from .publish import Say

if TYPE_CHECKING:
    from huggingface_hub import HfApi


def say_what_old_cards_show(
    api: "HfApi", repo: str, tags: Iterable[str], ids: Collection[str], say: Say = print_safely
) -> None:
    """Names versions that lead to a card which shows one of some rows, by its id.

    Args:
        api: the Hub.
        repo: ORG/NAME.
        tags: the versions that stay.
        ids: pair_ids, completion_ids, prompt_ids or group_ids of rows that were taken back.
        say: where the lines go.

    Raises:
        UserError: the Hub refuses.
    """
    shows: dict[str, bool] = {}
    for tag in tags:
        with hub_errors(repo, "reading the cards of its versions", reads=True):
            commits = [one.commit_id for one in api.list_repo_commits(repo, revision=tag, repo_type="dataset")]
            for commit in commits:
                if commit not in shows:
                    card = _card(repo, commit)
                    shows[commit] = any(f"| {one} |" in card for one in ids)
        if wrong := [commit for commit in commits if shows[commit]]:
            say(
                f"note        {tag} leads to commit {wrong[0][:12]}, whose card shows a row that was taken back; "
                f"polypref retract {repo} --tag {tag} --squash takes that version back too"
            )


def _card(repo: str, commit: str) -> str:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    guard_downloads()
    try:
        path = Path(hf_hub_download(repo, "README.md", repo_type="dataset", revision=commit))
    except EntryNotFoundError:
        return ""
    # Somebody may have written it on the Hub in whatever encoding; ids are ASCII.
    return path.read_text("utf-8", "replace")
