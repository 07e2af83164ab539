"""What the loopback Hub refuses, as the real Hub does."""

from __future__ import annotations

import json

import pytest
from huggingface_hub import CommitOperationAdd
from huggingface_hub.errors import (
    BadRequestError,
    HfHubHTTPError,
    RevisionNotFoundError,
)

from . import LoopbackHub
from .helpers import REPO, commit_lines, parquet, post, push, status_of


def test_existing_repository_and_tag_are_409(hub, api):
    with pytest.raises(HfHubHTTPError) as refused:
        api.create_repo(REPO, repo_type="dataset")
    assert status_of(refused) == 409
    assert api.create_repo(REPO, repo_type="dataset", exist_ok=True).repo_id == REPO
    repo = hub.repo("datasets", REPO)
    api.create_tag(REPO, tag="v1", revision=repo.commits[0].sha, repo_type="dataset")
    with pytest.raises(HfHubHTTPError) as refused:
        api.create_tag(REPO, tag="v1", repo_type="dataset")
    assert status_of(refused) == 409
    assert repo.tags == {"v1": repo.commits[0].sha}


def test_tags_on_nothing_and_tags_that_are_not_there(api):
    with pytest.raises(RevisionNotFoundError):
        api.create_tag(REPO, tag="v1", revision="f" * 40, repo_type="dataset")
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag(REPO, tag="v1", repo_type="dataset")
    with pytest.raises(BadRequestError):
        api.create_tag(REPO, tag="not a tag", repo_type="dataset")


def test_stale_parent_is_412(hub, api):
    repo = hub.repo("datasets", REPO)
    stale = repo.commits[-1].sha
    repo.commit({"other.txt": b"somebody else was faster"})
    before = repo.commits
    for parent in (stale, stale[:7], "f" * 40):
        with pytest.raises(HfHubHTTPError) as refused:
            push(api, {"a.txt": b"a"}, parent_commit=parent)
        assert status_of(refused) == 412
    assert repo.commits == before
    push(api, {"a.txt": b"a"}, parent_commit=before[-1].sha)
    assert repo.commits[-1].parents == (before[-1].sha,)


def test_pull_request_from_an_old_or_unknown_parent(hub, api):
    repo = hub.repo("datasets", REPO)
    old = repo.commits[0].sha
    push(api, {"a.txt": b"a"}, parent_commit=old, create_pr=True)
    assert sorted(repo.files("refs/pr/1")) == [".gitattributes", "a.txt"]
    with pytest.raises(RevisionNotFoundError):
        push(api, {"b.txt": b"b"}, parent_commit="f" * 40, create_pr=True)
    assert list(repo.pull_requests) == [1]


def test_a_branch_that_is_not_there_takes_no_commit(hub, api):
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    body = commit_lines({"key": "deletedFile", "value": {"path": "README.md"}})
    for revision in ("nowhere", "v1", "refs%2Ftags%2Fv1", hub.repo("datasets", REPO).commits[-1].sha):
        assert post(hub, f"/api/datasets/{REPO}/commit/{revision}", body, hub.token("org"))[0] == 404
    with pytest.raises(RevisionNotFoundError):
        push(api, {"a.txt": b"a"}, revision="nowhere")


@pytest.mark.parametrize("wrong", ["sha256", "size"])
def test_an_upload_that_is_not_what_was_announced_is_refused(hub, api, wrong):
    operation = CommitOperationAdd("data/de/train-1.parquet", parquet("falsch"))
    setattr(operation.upload_info, wrong, b"\x07" * 32 if wrong == "sha256" else operation.upload_info.size + 1)
    repo = hub.repo("datasets", REPO)
    before = (repo.commits, set(repo.lfs_objects))
    with pytest.raises(Exception, match=r"train-1\.parquet") as refused:
        push(api, operations=[operation])
    assert status_of(refused) == 400
    assert (repo.commits, repo.lfs_objects) == before


def test_commit_of_a_large_file_that_was_not_uploaded_or_has_another_size(hub, api):
    repo = hub.repo("datasets", REPO)
    before = repo.commits
    here = repo.at("main").files["data/de/train-0.parquet"]
    for oid, size in (("0" * 64, 3), (here.sha256, here.size + 1)):
        value = {"path": "x.parquet", "algo": "sha256", "oid": oid, "size": size}
        body = commit_lines({"key": "lfsFile", "value": value})
        assert post(hub, f"/api/datasets/{REPO}/commit/main", body, hub.token("org"))[0] == 400
    assert repo.commits == before


def test_verify_and_batch_know_what_is_stored(hub, api):
    here = hub.repo("datasets", REPO).at("main").files["data/de/train-0.parquet"]
    verify, batch = f"/datasets/{REPO}.git/info/lfs/verify", f"/datasets/{REPO}.git/info/lfs/objects/batch"
    token = hub.token("org")
    for oid, size, status in ((here.sha256, here.size, 200), (here.sha256, 1, 422), ("0" * 64, 1, 404)):
        assert post(hub, verify, json.dumps({"oid": oid, "size": size}).encode(), token)[0] == status
    objects = [{"oid": here.sha256, "size": here.size}, {"oid": here.sha256, "size": 1}, {"oid": "0" * 64, "size": 1}]
    _, answer = post(hub, batch, json.dumps({"operation": "upload", "objects": objects}).encode(), token)
    assert ["actions" in o for o in answer["objects"]] == [False, False, True]
    assert ["error" in o for o in answer["objects"]] == [False, True, False]


def test_parquet_as_a_regular_file_is_refused(hub, api):
    body = commit_lines({"key": "file", "value": {"path": "x.parquet", "content": "UEFS", "encoding": "base64"}})
    assert post(hub, f"/api/datasets/{REPO}/commit/main", body, hub.token("org"))[0] == 400


@pytest.mark.parametrize(
    "path",
    ["../up.txt", "a/../../up.txt", "/root.txt", "a//b.txt", "./a.txt", ".git/config", "a\\b", "", "README.md/x"],
)
def test_paths_that_leave_the_repository_are_refused(hub, api, path):
    operation = CommitOperationAdd("harmless.txt", b"x")
    operation.path_in_repo = path  # past the client's own check
    before = hub.repo("datasets", REPO).commits
    with pytest.raises(BadRequestError):
        push(api, operations=[operation])
    assert hub.repo("datasets", REPO).commits == before


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("license: [unclosed", "YAML"),
        ("- just\n- a list", "mapping"),
        ("license: my-own-licence", "license"),
        ("language: [de, no]", "language"),
        ("language: German", "language"),
        ("size_categories: 5K<n<6K", "size_categories"),
        ("configs:\n- data_files: a.parquet", "config_name"),
        ("configs:\n- config_name: a\n- config_name: a", "more than once"),
        ("tags: [1]", "tags"),
    ],
)
def test_invalid_card_yaml_is_refused_before_and_at_the_commit(hub, api, head, complaint):
    card = f"---\n{head}\n---\n# Prefs\n".encode()
    before = hub.repo("datasets", REPO).commits
    with pytest.raises(ValueError, match=complaint):
        push(api, {"README.md": card})
    assert hub.requests[-1] == ("POST", "/api/validate-yaml")
    body = commit_lines({"key": "file", "value": {"path": "README.md", "content": card.decode()}})
    status, answer = post(hub, f"/api/datasets/{REPO}/commit/main", body, hub.token("org"))
    assert status == 400 and complaint in answer["error"]
    assert hub.repo("datasets", REPO).commits == before


def test_a_card_without_metadata_is_only_warned_about(api):
    with pytest.warns(UserWarning, match="empty or missing yaml metadata"):
        push(api, {"README.md": b"# nothing\n"})


def test_a_refused_commit_stores_none_of_its_files(hub, api):
    body = commit_lines(
        {"key": "file", "value": {"path": "good.txt", "content": "Z29vZA==", "encoding": "base64"}},
        {"key": "deletedFile", "value": {"path": "never-there"}},
    )
    assert post(hub, f"/api/datasets/{REPO}/commit/main", body, hub.token("org"))[0] == 404
    repo = hub.repo("datasets", REPO)
    assert "good.txt" not in repo.files() and b"good" not in repo.blobs.values()


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"not json", commit_lines(summary=""), commit_lines({"key": "what", "value": {}})]
)
def test_malformed_commits_are_400(hub, api, body):
    assert post(hub, f"/api/datasets/{REPO}/commit/main", body, hub.token("org"))[0] == 400


def test_unknown_endpoints_are_noted():
    with LoopbackHub() as hub:
        assert post(hub, "/api/spaces/org/x/what", b"")[0] == 404
        assert hub.unknown == [("POST", "/api/spaces/org/x/what")]
