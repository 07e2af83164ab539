"""The loopback Hub, tried with the real huggingface_hub and datasets clients: reading, writing, permissions."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationCopy, CommitOperationDelete
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from .helpers import CARD, FIRST, REPO, commit_lines, parquet, post, push, run, status_of


def test_a_new_repository_holds_the_initial_commit(hub):
    url = hub.api(hub.token("org")).create_repo(REPO, repo_type="dataset", private=True)
    repo = hub.repo("datasets", REPO)
    assert (url.repo_id, url.repo_type, repo.private) == (REPO, "dataset", True)
    assert [c.title for c in repo.commits] == ["initial commit"]
    assert list(repo.files()) == [".gitattributes"]


def test_commit_is_one_step_with_these_requests(hub, api):
    hub.requests.clear()
    commit = push(api, FIRST | {"data/de/train-0.parquet": parquet("drei")}, message="second")
    steps = [f"{method} {re.sub('upload/[0-9a-f]+', 'upload/ID', path)}" for method, path in hub.requests]
    assert steps == [
        "POST /api/validate-yaml",
        f"POST /api/datasets/{REPO}/preupload/main",
        f"POST /datasets/{REPO}.git/info/lfs/objects/batch",
        "PUT /lfs-upload/ID",
        f"POST /datasets/{REPO}.git/info/lfs/verify",
        f"POST /api/datasets/{REPO}/commit/main",
    ]
    repo = hub.repo("datasets", REPO)
    assert [c.title for c in repo.commits] == ["initial commit", "a commit", "second"]
    assert commit.oid == repo.commits[-1].sha == repo.branches["main"]
    assert repo.files()["data/de/train-0.parquet"] == parquet("drei")
    assert repo.files(repo.commits[1].sha)["data/de/train-0.parquet"] == FIRST["data/de/train-0.parquet"]


def test_parquet_is_lfs_and_text_is_not(hub, api):
    entries = hub.repo("datasets", REPO).at("main").files
    assert {path: entry.lfs for path, entry in entries.items()} == {
        ".gitattributes": False,
        **{path: path.endswith(".parquet") for path in FIRST},
    }


def test_unchanged_files_are_not_sent_and_an_empty_commit_is_not_made(hub, api):
    hub.requests.clear()
    push(api, FIRST)
    assert len(hub.repo("datasets", REPO).commits) == 2
    assert not any(method == "PUT" or "/commit/" in path for method, path in hub.requests)


def test_deletes_folders_and_copies(hub, api):
    copy = CommitOperationCopy("data/de/train-0.parquet", "copy/de.parquet")
    push(api, operations=[copy, CommitOperationDelete("data/he/"), CommitOperationDelete("data/de/train-0.parquet")])
    files = hub.repo("datasets", REPO).files()
    assert sorted(files) == [".gitattributes", "README.md", "copy/de.parquet"]
    assert files["copy/de.parquet"] == FIRST["data/de/train-0.parquet"]
    with pytest.raises(EntryNotFoundError):
        push(api, operations=[CommitOperationDelete("never-there.txt")])


def test_upload_folder_with_deletes(hub, api, tmp_path):
    (tmp_path / "train-0.parquet").write_bytes(parquet("neu"))
    (tmp_path / "notes.md").write_text("ελληνικά")
    api.upload_folder(
        repo_id=REPO, folder_path=tmp_path, path_in_repo="data/he", repo_type="dataset", delete_patterns="*.parquet"
    )
    repo = hub.repo("datasets", REPO)
    assert [path for path in repo.files() if path.startswith("data/he")] == [
        "data/he/notes.md",
        "data/he/train-0.parquet",
    ]
    assert repo.files()["data/he/train-0.parquet"] == parquet("neu")
    assert len(repo.commits) == 3


def test_many_files_uploaded_at_once(hub, api):
    files = {f"data/uk/train-{n}.parquet": parquet("привіт", str(n)) for n in range(30)}
    push(api, files)
    stored = hub.repo("datasets", REPO).files()
    assert {path: stored[path] for path in files} == files


def test_pull_request_leaves_main_alone(hub, api):
    before = hub.repo("datasets", REPO).commits
    commit = push(api, {"new.parquet": parquet("neu")}, create_pr=True)
    repo = hub.repo("datasets", REPO)
    assert (commit.pr_num, commit.pr_revision) == (1, "refs/pr/1")
    assert repo.commits == before
    assert repo.files("refs/pr/1")["new.parquet"] == parquet("neu")
    refs = api.list_repo_refs(REPO, repo_type="dataset", include_pull_requests=True)
    assert [(r.ref, r.target_commit) for r in refs.pull_requests] == [("refs/pr/1", commit.oid)]
    push(api, {"more.txt": b"m"}, revision="refs/pr/1")
    assert set(repo.files("refs/pr/1")) - set(repo.files()) == {"new.parquet", "more.txt"}


def test_tags_branches_and_history(hub, api):
    first = hub.repo("datasets", REPO).commits[-1].sha
    api.create_tag(REPO, tag="v1.0.0", revision=first, repo_type="dataset")
    api.create_branch(REPO, branch="dev/α", revision="v1.0.0", repo_type="dataset")
    push(api, {"on-dev.txt": b"d"}, revision="dev/α")
    push(api, {"on-main.txt": b"m"}, message="main again")
    repo = hub.repo("datasets", REPO)
    assert repo.tags == {"v1.0.0": first}
    assert "on-dev.txt" in repo.files("dev/α") and "on-dev.txt" not in repo.files("main")
    assert sorted(repo.files("v1.0.0")) == sorted([*FIRST, ".gitattributes"])
    assert [c.title for c in api.list_repo_commits(REPO, repo_type="dataset")] == [
        "main again",
        "a commit",
        "initial commit",
    ]
    refs = api.list_repo_refs(REPO, repo_type="dataset")
    assert {b.name for b in refs.branches} == {"main", "dev/α"}
    api.delete_branch(REPO, branch="dev/α", repo_type="dataset")
    api.delete_tag(REPO, tag="v1.0.0", repo_type="dataset")
    assert (repo.tags, list(repo.branches)) == ({}, ["main"])


def test_squash_keeps_files_and_tags_and_forgets_untagged_commits(hub, api):
    repo = hub.repo("datasets", REPO)
    tagged = repo.commits[-1].sha
    api.create_tag(REPO, tag="v1", revision=tagged, repo_type="dataset")
    gone = push(api, {"secret.txt": b"secret"}).oid
    push(api, operations=[CommitOperationDelete("secret.txt")])
    before = repo.files()
    api.super_squash_history(REPO, repo_type="dataset")
    assert len(repo.commits) == 1 and repo.commits[0].parents == () and repo.files() == before
    assert repo.tags == {"v1": tagged} and repo.files("v1")
    with pytest.raises(RevisionNotFoundError):
        api.repo_info(REPO, revision=gone, repo_type="dataset")
    api.delete_tag(REPO, tag="v1", repo_type="dataset")
    assert not api.revision_exists(REPO, tagged, repo_type="dataset")


def test_large_files_stay_after_a_squash_until_deleted(hub, api):
    repo = hub.repo("datasets", REPO)
    push(api, {"data/de/train-0.parquet": parquet("drei")})
    api.super_squash_history(REPO, repo_type="dataset")
    old = [f for f in api.list_lfs_files(REPO, repo_type="dataset") if f.file_oid not in held_by(repo)]
    assert [f.filename for f in old] == ["data/de/train-0.parquet"]
    api.permanently_delete_lfs_files(REPO, old, repo_type="dataset")
    assert repo.lfs_objects == held_by(repo)


def test_a_large_file_that_the_history_still_names_can_be_deleted_without_rewriting(hub, api, tmp_path):
    repo = hub.repo("datasets", REPO)
    old = repo.commits[-1].sha
    push(api, {"data/de/train-0.parquet": parquet("neu")}, message="replaced")
    gone = [f for f in api.list_lfs_files(REPO, repo_type="dataset") if f.file_oid not in held_by(repo)]
    with pytest.raises(HfHubHTTPError):
        api.permanently_delete_lfs_files(REPO, gone, repo_type="dataset")
    api.permanently_delete_lfs_files(REPO, gone, rewrite_history=False, repo_type="dataset")
    assert repo.lfs_objects == held_by(repo) and len(repo.commits) == 3
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download(REPO, "data/de/train-0.parquet", repo_type="dataset", revision=old, cache_dir=tmp_path)


def held_by(repo) -> set[str]:
    return {entry.sha256 for entry in repo.at("main").files.values() if entry.lfs}


def test_info_tree_and_paths(hub, api):
    head = hub.repo("datasets", REPO).commits[-1].sha
    info = api.repo_info(REPO, repo_type="dataset", files_metadata=True)
    assert (info.sha, info.private, info.card_data.license) == (head, False, "apache-2.0")
    sizes = {s.rfilename: (s.size, s.lfs and s.lfs.size) for s in info.siblings}
    size = len(FIRST["data/de/train-0.parquet"])
    assert sizes["data/de/train-0.parquet"] == (size, size)
    assert sizes["README.md"] == (len(CARD), None)
    assert api.repo_info(REPO, repo_type="dataset", revision=head[:7]).sha == head
    deep = [e.path for e in api.list_repo_tree(REPO, repo_type="dataset", recursive=True)]
    assert deep == sorted([".gitattributes", *FIRST, "data", "data/de", "data/he"])
    assert [e.path for e in api.list_repo_tree(REPO, "data", repo_type="dataset")] == ["data/de", "data/he"]
    push(api, {"later.txt": b"l"}, message="later")
    named = api.get_paths_info(REPO, ["README.md", "data", "nowhere"], expand=True, repo_type="dataset")
    assert [(e.path, e.last_commit.title) for e in named] == [("README.md", "a commit"), ("data", "a commit")]


def test_downloads_by_tag(hub, api, tmp_path):
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    push(api, {"README.md": CARD.replace("# Prefs", "# Newer").encode()})
    card = api.hf_hub_download(REPO, "README.md", repo_type="dataset", revision="v1", cache_dir=tmp_path / "a")
    assert Path(card).read_text() == CARD
    whole = Path(api.snapshot_download(REPO, repo_type="dataset", revision="v1", cache_dir=tmp_path / "b"))
    assert {str(f.relative_to(whole)): f.read_bytes() for f in whole.rglob("*") if f.is_file()} == hub.repo(
        "datasets", REPO
    ).files("v1")
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download(REPO, "nowhere.txt", repo_type="dataset", cache_dir=tmp_path / "a")
    with pytest.raises(RevisionNotFoundError):
        api.hf_hub_download(REPO, "README.md", repo_type="dataset", revision="v9", cache_dir=tmp_path / "a")


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-3", b"0123"), ("bytes=7-", b"789"), ("bytes=-2", b"89"), ("bytes=5-99", b"56789"), ("bytes=10-", None)],
)
def test_ranges(hub, wanted, part):
    hub.create("datasets", REPO).commit({"digits.txt": b"0123456789"})
    connection = http.client.HTTPConnection(hub.endpoint.removeprefix("http://"))
    connection.request("GET", f"/datasets/{REPO}/resolve/main/digits.txt", headers={"Range": wanted})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert (answer.status, content) == ((416, b"") if part is None else (206, part))
    if part:
        start = b"0123456789".index(part)
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(part) - 1}/10"


def test_models_are_another_world_than_datasets(hub):
    api = hub.api(hub.token("org"))
    api.create_repo(REPO)
    api.upload_file(repo_id=REPO, path_in_repo="model.safetensors", path_or_fileobj=b"weights")
    assert hub.repo("models", REPO).files()["model.safetensors"] == b"weights"
    assert api.model_info(REPO).sha == hub.repo("models", REPO).commits[-1].sha
    with pytest.raises(RepositoryNotFoundError):
        api.dataset_info(REPO)


def test_load_dataset_by_config_and_tag_also_streaming(hub, api, tmp_path):
    api.create_tag(REPO, tag="v1.0.0", repo_type="dataset")
    api.update_repo_settings(REPO, private=True, repo_type="dataset")
    push(api, {"data/de/train-0.parquet": parquet("drei")})
    code = f"""
        import json
        from datasets import load_dataset
        old = load_dataset("{REPO}", "de", revision="v1.0.0", split="train")["text"][:]
        new = load_dataset("{REPO}", "de", split="train")["text"][:]
        stream = load_dataset("{REPO}", "he", revision="v1.0.0", split="train", streaming=True)
        print(json.dumps([old, new, [row["text"] for row in stream]]))
    """
    assert json.loads(run(hub, hub.token("org", "read"), tmp_path, code)) == [
        ["eins", "zwei"],
        ["drei"],
        ["שלום", "עולם"],
    ]


@pytest.mark.slow
def test_push_to_hub_of_several_configs_makes_a_commit_each(hub, tmp_path):
    code = """
        from datasets import Dataset, get_dataset_config_names
        for config in ("a", "b"):
            Dataset.from_dict({"text": [config]}).push_to_hub("org/pushed", config, private=True)
        print(get_dataset_config_names("org/pushed"))
    """
    assert run(hub, hub.token("org"), tmp_path, code).strip() == "['a', 'b']"
    repo = hub.repo("datasets", "org/pushed")
    assert repo.private and len(repo.commits) == 1 + 2
    assert [path for path in repo.files() if path.endswith(".parquet")] == [
        "a/train-00000-of-00001.parquet",
        "b/train-00000-of-00001.parquet",
    ]


def test_card_updates(hub, api, tmp_path):
    code = f"""
        from huggingface_hub import DatasetCard, metadata_update
        metadata_update("{REPO}", {{"tags": ["dpo"]}}, repo_type="dataset")
        card = DatasetCard.load("{REPO}")
        card.text += "more"
        card.push_to_hub("{REPO}")
    """
    run(hub, hub.token("org"), tmp_path, code)
    card = hub.repo("datasets", REPO).files()["README.md"].decode()
    assert "tags:\n- dpo" in card and card.endswith("more")


# who may do what


def test_whoami_names_the_role(hub):
    assert hub.api(hub.token("org")).whoami()["auth"]["accessToken"]["role"] == "write"
    me = hub.api(hub.token("org", "read")).whoami()
    assert (me["orgs"][0]["name"], me["auth"]["accessToken"]["role"]) == ("org", "read")


def test_an_unknown_or_revoked_token_is_401_everywhere(hub, api):
    token = hub.token("org")
    hub.revoke(token)
    for call in (
        lambda api: api.whoami(),
        lambda api: api.create_repo("org/other", repo_type="dataset"),
        lambda api: api.repo_info(REPO, repo_type="dataset"),
        lambda api: push(api, {"a.txt": b"a"}),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            call(hub.api(token))
        assert status_of(refused) == 401
        assert not isinstance(refused.value, RepositoryNotFoundError)


def test_a_private_repository_looks_missing_to_others(hub, api):
    api.update_repo_settings(REPO, private=True, repo_type="dataset")
    assert hub.repo("datasets", REPO).private
    for token, status in ((None, 401), (hub.token("elsewhere"), 404)):
        for name in (REPO, "org/missing"):
            with pytest.raises(RepositoryNotFoundError) as refused:
                hub.api(token).repo_info(name, repo_type="dataset")
            assert status_of(refused) == status
    assert hub.api(hub.token("org", "read")).repo_info(REPO, repo_type="dataset").private
    api.update_repo_settings(REPO, private=False, repo_type="dataset")
    assert hub.api(None).repo_info(REPO, repo_type="dataset").id == REPO


@pytest.mark.parametrize(("namespace", "role"), [("org", "read"), ("elsewhere", "write")])
def test_writing_without_permission_is_403_and_changes_nothing(hub, api, namespace, role):
    api.create_tag(REPO, tag="v1", repo_type="dataset")
    repo = hub.repo("datasets", REPO)
    before = (dict(repo.refs), repo.private, list(hub.repos))
    other = hub.api(hub.token(namespace, role))
    for call in (
        lambda: other.create_repo("org/other", repo_type="dataset"),
        lambda: push(other, {"a.txt": b"a"}),
        lambda: other.create_tag(REPO, tag="v2", repo_type="dataset"),
        lambda: other.delete_tag(REPO, tag="v1", repo_type="dataset"),
        lambda: other.create_branch(REPO, branch="b", repo_type="dataset"),
        lambda: other.super_squash_history(REPO, repo_type="dataset"),
        lambda: other.update_repo_settings(REPO, private=True, repo_type="dataset"),
        lambda: other.delete_repo(REPO, repo_type="dataset"),
    ):
        with pytest.raises(HfHubHTTPError) as refused:
            call()
        assert status_of(refused) == 403
    assert (dict(repo.refs), repo.private, list(hub.repos)) == before


def test_a_commit_past_preupload_is_checked_too(hub, api):
    body = commit_lines({"key": "deletedFile", "value": {"path": "README.md"}})
    for token, status, why in (
        (None, 401, "Invalid username or password"),
        (hub.token("org", "read"), 403, "write token"),
        (hub.token("elsewhere"), 403, "rights to write to org/prefs"),
        (hub.token("org"), 200, None),
    ):
        answer = post(hub, f"/api/datasets/{REPO}/commit/main", body, token)
        assert answer[0] == status and (why is None or why in answer[1]["error"])


def test_anyone_with_a_write_token_may_open_a_pull_request(hub, api):
    push(hub.api(hub.token("elsewhere")), {"a.parquet": parquet("a")}, create_pr=True)
    assert list(hub.repo("datasets", REPO).pull_requests) == [1]
    with pytest.raises(HfHubHTTPError) as refused:
        push(hub.api(hub.token("elsewhere", "read")), {"a.parquet": parquet("a")}, create_pr=True)
    assert status_of(refused) == 403
