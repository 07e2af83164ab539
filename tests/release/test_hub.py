"""What a repository holds, without a Hub: by the answers of a client."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.release import hub
from tests.release.test_hub_errors import answered


def failing(*words: object, **more: object) -> None:
    raise answered(500)


def test_who_only_looks_has_nothing_to_go_on_with():
    api = SimpleNamespace(dataset_info=failing, list_repo_tree=failing)
    for look, doing in (
        (lambda: hub.look_at_repo(api, "org/x"), "looking at the repository"),
        (lambda: hub.remote_files(api, "org/x", "main"), "listing its files"),
    ):
        with pytest.raises(UserError) as refused:
            look()
        assert str(refused.value) == f"the Hub failed (error 500) while {doing} (org/x); try the same again"


def test_what_a_repository_holds():
    info = SimpleNamespace(private=True, sha="c" * 40)
    tags = [
        SimpleNamespace(name=name, target_commit="d" * 40) for name in ("v1.0.0", "v1.10.2", "v1", "draft", "1.0.0")
    ]
    api = SimpleNamespace(
        dataset_info=lambda repo: info, list_repo_refs=lambda repo, repo_type: SimpleNamespace(tags=tags)
    )
    state = hub.look_at_repo(api, "org/x")
    assert state == hub.State(True, True, "c" * 40, {"v1.0.0": "d" * 40, "v1.10.2": "d" * 40})


def test_files_are_the_same_by_the_digest_that_the_hub_has_for_them(tmp_path):
    for name in ("large", "small", "other", "new"):
        (tmp_path / name).write_bytes(b"what is in it\n")
    files = {name: tmp_path / name for name in ("large", "small", "other", "new")}
    # As sha256sum and git hash-object say it.
    sha256, blob = (
        "c9c18e299b9c70c98d7822e324408db924840446681800bd868c0436aac94154",
        "9e928477a67ccc3679b502be89249fe44043f8e4",
    )
    remote = {"large": sha256, "small": blob, "other": "0" * 40, "gone": blob}
    assert hub.same_as_remote(files, remote) == {"large", "small"}
    # What was recorded counts: a file that was changed since is not the one on the Hub, nor may it be read as it.
    assert hub.same_as_remote({"large": files["large"]}, remote, {"large": "1" * 64}) == set()
    with pytest.raises(UserError):
        hub.same_as_remote({"small": files["small"]}, remote, {"small": "1" * 64})


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("org/x@two words", "'two words' is no revision of org/x; give a branch, a tag or a commit"),
        ("org/x@v1..2", "'v1..2' is no revision of org/x; give a branch, a tag or a commit"),
        ("org/x@a@b", "'a@b' is no revision of org/x; give a branch, a tag or a commit"),
        ("org/x@", "no tag stands after the @ of org/x@; write org/x@TAG, or org/x for its newest version"),
    ],
)
def test_what_stands_after_an_at_and_can_be_no_tag_is_refused_before_the_hub_is_asked(spec, sentence, monkeypatch):
    monkeypatch.setattr(hub, "look_at_repo", lambda *_: pytest.fail("the Hub was asked"))
    with pytest.raises(UserError) as refused:
        hub.resolve_dataset(spec)
    assert str(refused.value) == sentence


def test_a_dataset_beside_a_wrong_name_is_named_and_nobody_is_told_to_try_again(tmp_path, monkeypatch):
    def unreachable(*_):
        raise UserError("the Hub could not be reached while looking at the repository; try the same again")

    monkeypatch.setattr(hub, "look_at_repo", unreachable)
    monkeypatch.setattr(hub, "connect", lambda **_: None)
    monkeypatch.chdir(tmp_path)
    asked = "it was looked for on the Hub: the Hub could not be reached while looking at the repository"
    with pytest.raises(UserError) as refused:
        hub.resolve_dataset("build/pairs")
    assert str(refused.value) == f"there is no folder build/pairs here, and {asked}; try the same again"
    (tmp_path / "build" / "amharic").mkdir(parents=True)
    (tmp_path / "build" / "amharic" / "provenance.json").write_text("{}", "utf-8")
    with pytest.raises(UserError) as refused:
        hub.resolve_dataset("build/pairs")
    assert str(refused.value) == f"there is no folder build/pairs here (there is build/amharic), and {asked}"
    with pytest.raises(UserError, match=r"^no folder at ./pairs \(there is build/amharic\); give a dataset folder"):
        hub.resolve_dataset("./pairs")
    monkeypatch.setattr(hub, "look_at_repo", lambda *_: hub.State(False, False, None, {}))
    with pytest.raises(UserError, match=r"^build/pairs is neither a folder \(there is build/amharic\) nor a dataset"):
        hub.resolve_dataset("build/pairs")
