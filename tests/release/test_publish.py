"""A release's parts without the Hub: what a folder must be, what is laid out, and what the changelog says."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.release import publish
from polypref.release.diff import Difference, RowsChanged
from polypref.release.folder import altered, read_provenance
from polypref.release.hub import State

CHANGES = Difference([RowsChanged("de", "added", "", 1_200), RowsChanged("he", "changed", "label", 2)])


def test_the_first_entry_says_so_and_later_ones_stand_on_top() -> None:
    first = publish.changelog("v1.0.0", None, "")
    assert first == "# Changes\n\n## v1.0.0\n\n- first version\n"
    assert publish.changelog("v1.1.0", CHANGES, first) == (
        "# Changes\n\n## v1.1.0\n\n- 1,200 rows added; 2 rows changed (label)\n- de: 1,200 added\n"
        "- he: 2 changed (label)\n\n## v1.0.0\n\n- first version\n"
    )


@pytest.mark.parametrize("before", ["# Changes\r\n\r\n- old\r\n", "\n# Changes  \n- old\n\n", "- old"])
def test_a_changelog_that_somebody_edited_keeps_all_that_it_tells(before: str) -> None:
    assert publish.on_top("## v2\n", before) == "# Changes\n\n## v2\n\n- old\n"


def test_what_is_laid_out_is_the_data_as_it_is_and_a_card_for_the_repository(built, tmp_path: Path) -> None:
    record = read_provenance(built)
    files = publish.stage(record, {name: built / name for name in record.files}, "org/x", "v1.0.0", tmp_path)
    assert set(files) == {*record.files, "README.md", "provenance.json"}
    assert all(files[name].is_symlink() and files[name].samefile(built / name) for name in record.files)
    assert 'load_dataset("org/x", "all", revision="v1.0.0")' in files["README.md"].read_text("utf-8")
    assert altered(tmp_path, read_provenance(tmp_path)) is None


def test_a_folder_with_a_file_more_or_without_a_card_is_not_released(built, make, tmp_path: Path) -> None:
    assert publish.check_folder(built) == read_provenance(built)
    shutil.copytree(built, tmp_path / "more", ignore=shutil.ignore_patterns(".polypref"))
    (tmp_path / "more" / "data" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match=r"data/notes.txt is not part of what was built; move it out of the folder"):
        publish.check_folder(tmp_path / "more")
    with pytest.raises(UserError, match="was built without a card; write one with the sections Summary, Intended use"):
        publish.check_folder(make(prose=""))


MAIL = "anna.muster" + "@" + "posteo.de"


def write_mail(table) -> None:
    table["he", "train"][0]["prompt"][0]["content"] += f" כתבו אל {MAIL}"


@pytest.mark.parametrize(
    ("masked", "keep_pii", "shows"),
    [
        (None, False, True),  # declined, or a private release
        (False, False, True),  # of a version that did not mask yet
        ({}, False, False),  # what was masked then is not looked at with the patterns of today
        (False, True, False),
    ],
)
def test_every_commit_of_what_is_opened_is_looked_at_for_personal_data(make, monkeypatch, masked, keep_pii, shows):
    folder = make(rows=write_mail)
    record = replace(read_provenance(folder), masked=masked)
    monkeypatch.setattr(publish, "read_provenance", lambda path: record)
    monkeypatch.setattr(publish.hub, "remote_files", lambda api, repo, sha: [*record.files] if sha[0] == "c" else [])
    monkeypatch.setattr(publish.hub, "fetch_files", lambda repo, sha, name: folder)
    commits = [SimpleNamespace(commit_id="c" * 40), SimpleNamespace(commit_id="b" * 40)]
    api = SimpleNamespace(
        list_repo_refs=lambda *words, **more: SimpleNamespace(
            branches=[SimpleNamespace(target_commit="c" * 40)], tags=[], pull_requests=None
        ),
        list_repo_commits=lambda *words, **more: commits,
    )
    state = State(exists=True, private=True, head="c" * 40, tags={})
    if shows:
        with pytest.raises(UserError, match=f"it would show {'c' * 12} too, and its texts hold personal data .email.;"):
            publish._check_opening(api, "org/x", state, keep_pii)
    else:
        publish._check_opening(api, "org/x", state, keep_pii)
