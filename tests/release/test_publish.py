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
from polypref.release.licences import Decision

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


def test_the_plan_says_what_will_be_done(built, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 1_500_000)
    record = replace(read_provenance(built), masked={"email": 1_204})
    state = State(exists=True, private=True, head="0" * 40, tags={"v0.9.0": "0" * 40})
    decision = Decision(None, ("model m has no known licence",), {})
    files = {"data/a": tmp_path / "a"}
    plan = publish.Plan("org/x", "v1.0.0", files, record, decision, "v0.9.0", CHANGES, state, False, False)
    assert plan.lines() == [
        "repository  org/x (exists, private)",
        "version     v1.0.0, after v0.9.0: 1,200 rows added; 2 rows changed (label); needs 1.0.0 at least (a "
        "major step)",
        "files       1, 1.5 MB, in one commit",
        "configs     8: all, four, each also by language",
        "licence     none to publish under: model m has no known licence",
        "texts       personal data masked: email 1,204",
    ]
    again = replace(plan, released=True, record=replace(record, masked=None)).lines()
    assert again[1:3] == ["version     v1.0.0, released already", "files       1, 1.5 MB"]
    assert again[-1] == "texts       as built, personal data not masked (it is in public releases)"
    first = replace(
        plan, state=replace(state, exists=False), changes=None, public=True, record=replace(record, masked={})
    )
    assert first.lines()[:2] == ["repository  org/x (will be made, public)", "version     v1.0.0, the first version"]
    assert first.lines()[-1] == "texts       personal data masked: none found"


def test_the_plan_says_that_an_edited_card_is_written_anew_as_long_as_it_is_not_released(built) -> None:
    decision, state = Decision("mit", (), {}), State(exists=True, private=True, head="0" * 40, tags={})
    plan = publish.Plan("org/x", "v1.0.0", {}, read_provenance(built), decision, None, None, state, False, False)
    assert not [line for line in plan.lines() if line.startswith("card")]
    edited = replace(plan, card_edited=True)
    assert [line[:6] for line in edited.lines()][-1] == "card  "
    assert edited.lines()[:-1] == plan.lines()
    assert not [line for line in replace(edited, released=True).lines() if line.startswith("card")]


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
