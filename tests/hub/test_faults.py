"""Faults on demand, and that the Hub is honest about what it saw."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from huggingface_hub.errors import (
    HfHubHTTPError,
)

from . import LoopbackHub
from .helpers import FIRST, REPO, parquet, push, status_of


def tag(api, name: str = "v1") -> None:
    """create_tag: one request, which the client never repeats."""
    api.create_tag(REPO, tag=name, repo_type="dataset")


@pytest.mark.parametrize(
    ("kind", "carried_out"),
    [
        ("500", False),
        ("503", False),
        ("429", False),
        ("drop", False),
        ("drop_mid_upload", False),
        ("drop_response", True),
    ],
)
def test_a_fault_hits_one_request(hub, api, kind, carried_out):
    fault = hub.fail(kind=kind)
    with pytest.raises(Exception) as refused:  # dropped connections and statuses have no common base
        tag(api)
    assert ("v1" in hub.repo("datasets", REPO).tags) == carried_out
    if kind.isdigit():
        assert status_of(refused) == int(kind)
    assert fault.fired == 1 and hub.statuses[-1] == (int(kind) if kind.isdigit() else "dropped")
    tag(api, "v2")
    assert "v2" in hub.repo("datasets", REPO).tags


def test_retry_after_is_heeded(hub, api):
    fault = hub.fail(kind="429", path="/preupload/", retry_after=1)
    start = time.monotonic()
    push(api, {"a.txt": b"a"})
    assert (
        fault.fired == 1 and time.monotonic() - start >= 2
    )  # the client adds a second; without Retry-After it waits one
    assert "a.txt" in hub.repo("datasets", REPO).files()


def test_the_client_repeats_an_upload_that_broke_in_the_middle(hub, api):
    fault = hub.fail(kind="drop_mid_upload", method="PUT")
    push(api, {"big.parquet": parquet(*map(str, range(100_000)))})
    assert fault.fired == 1 and [method for method, _ in hub.requests].count("PUT") == 3 + 2
    assert hub.repo("datasets", REPO).files()["big.parquet"] == parquet(*map(str, range(100_000)))


def test_a_broken_upload_leaves_nothing(hub, api):
    stored = set(hub.repo("datasets", REPO).lfs_objects)
    hub.fail(kind="drop_mid_upload", method="PUT")
    hub.fail(kind="403", method="PUT", nth=5)  # the repeated one, after 3 of the fixture; the client gives up on 403
    with pytest.raises(RuntimeError):
        push(api, {"a.parquet": parquet("a")})
    assert hub.repo("datasets", REPO).lfs_objects == stored


def test_half_an_answer(hub, api, tmp_path):
    fault = hub.fail(kind="drop_mid_response", method="GET", path="/resolve/.*parquet$")
    path = api.hf_hub_download(REPO, "data/de/train-0.parquet", repo_type="dataset", cache_dir=tmp_path)
    assert fault.fired == 1 and Path(path).read_bytes() == FIRST["data/de/train-0.parquet"]
    assert [method for method, path in hub.requests if "/resolve/" in path] == ["HEAD", "GET", "GET"]


def test_slow_answers_come_late(hub, api):
    hub.fail(kind="slow", delay=0.3)
    start = time.monotonic()
    tag(api)
    assert time.monotonic() - start >= 0.3 and "v1" in hub.repo("datasets", REPO).tags


def test_nth_counts_from_reset_and_times_limits(hub, api):
    hub.reset_counter()
    hub.fail(nth=2, kind="500", times=2)
    outcomes = []
    for name in "abcd":
        try:
            tag(api, name)
            outcomes.append(200)
        except HfHubHTTPError as error:
            outcomes.append(error.response.status_code)
    assert outcomes == [200, 500, 500, 200] == hub.statuses[-4:]
    assert sorted(hub.repo("datasets", REPO).tags) == ["a", "d"]


def test_nth_counts_only_what_matches(hub, api):
    hub.reset_counter()
    hub.fail(nth=2, kind="500", times=None, method="POST", path="/tag/")
    api.repo_info(REPO, repo_type="dataset")
    tag(api, "a")
    with pytest.raises(HfHubHTTPError):
        tag(api, "b")
    api.delete_tag(REPO, tag="a", repo_type="dataset")
    with pytest.raises(HfHubHTTPError):
        tag(api, "c")


def test_faults_can_be_frozen_and_cleared(hub, api):
    hub.fail(kind="500", times=None)
    hub.freeze_faults()
    tag(api, "a")
    hub.freeze_faults(False)
    with pytest.raises(HfHubHTTPError):
        tag(api, "b")
    hub.clear_faults()
    tag(api, "c")
    assert sorted(hub.repo("datasets", REPO).tags) == ["a", "c"]


def test_somebody_else_commits_in_the_middle(hub, api):
    repo = hub.repo("datasets", REPO)
    head = repo.commits[-1].sha
    hub.fail(kind=lambda: repo.commit({"theirs.txt": b"t"}), path="/commit/")
    with pytest.raises(HfHubHTTPError) as refused:
        push(api, {"ours.txt": b"o"}, parent_commit=head)
    assert status_of(refused) == 412
    assert "theirs.txt" in repo.files() and "ours.txt" not in repo.files()


def test_a_fault_that_does_not_exist_is_refused(hub):
    with pytest.raises(ValueError, match="unknown kind of fault"):
        hub.fail(kind="explode")


def test_a_mistake_of_the_hub_itself_is_not_taken_for_a_fault():
    with pytest.raises(AssertionError, match="loopback Hub itself failed"), LoopbackHub() as hub:
        token = hub.token("org")
        hub.repos["datasets", REPO] = object()
        with pytest.raises(HfHubHTTPError):
            hub.api(token).repo_info(REPO, repo_type="dataset")


def test_the_same_requests_give_the_same_commit_ids():
    ids = []
    for _ in range(2):
        with LoopbackHub() as hub:
            api = hub.api(hub.token("org"))
            api.create_repo(REPO, repo_type="dataset")
            ids.append(push(api, FIRST).oid)
    assert ids[0] == ids[1]


def test_env_points_at_this_hub_alone(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_real")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_of_somebody_real")
    assert "hf_of_somebody_real" not in hub.env(None, tmp_path).values()
    env = hub.env("hf_mine", tmp_path)
    assert (env["HF_TOKEN"], env["HF_ENDPOINT"], env["HF_HOME"]) == ("hf_mine", hub.endpoint, str(tmp_path))
