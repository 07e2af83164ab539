"""What the Hub's client raises, as one sentence; without a Hub, by the kind of answer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.release import hub
from polypref.release.hub import hub_errors


class RevisionNotFoundError(RuntimeError):
    """Called as the client's own, whose name tells it from a repository that is not there."""


def sentence(error: Exception, reads: bool = False) -> str:
    with pytest.raises(UserError) as refused, hub_errors("org/x", "looking around", reads):
        raise error
    return str(refused.value)


def answered(status: int, kind: type[Exception] = RuntimeError, **headers: str) -> Exception:
    error = kind("the client's words")
    error.response = SimpleNamespace(status_code=status, headers=headers)
    return error


@pytest.mark.parametrize(
    ("status", "begins"),
    [
        (401, "the Hub does not know you while looking around (org/x): run `hf auth login`"),
        (403, "your token may not do this while looking around (org/x): ask for write access"),
        (404, "not found while looking around: org/x is not there, or your token may not see it; check the name"),
        (412, "somebody else changed org/x while looking around; look at what they did"),
        (409, "org/x already has what was to be made while looking around; try the same again: it goes on from where"),
        (429, "the Hub asks for a pause of some s while looking around (org/x); try the same again"),
        (500, "the Hub failed (error 500) while looking around (org/x); try the same again"),
        (503, "the Hub failed (error 503) while looking around (org/x); try the same again"),
        (499, "the Hub refused while looking around (org/x): the client's words"),
        (400, "the Hub refused while looking around (org/x): the client's words"),
    ],
)
def test_each_answer_has_its_sentence(status, begins):
    assert sentence(answered(status)).startswith(begins)


def test_a_version_that_is_not_there_is_told_from_a_repository():
    assert sentence(answered(404, RevisionNotFoundError)) == (
        "org/x has no such version or commit (looking around); check the tag"
    )
    assert sentence(answered(403, RevisionNotFoundError)).startswith("your token may not do this")


def test_the_pause_is_the_hubs_and_reading_has_nothing_to_go_on_with():
    assert sentence(answered(429, **{"Retry-After": "17"}), reads=True) == (
        "the Hub asks for a pause of 17 s while looking around (org/x); try the same again"
    )


def test_the_answer_is_looked_for_in_what_an_error_came_from():
    outer = ValueError("outer")
    outer.__cause__ = RuntimeError("between")
    outer.__cause__.__context__ = answered(403)
    assert sentence(outer).startswith("your token may not do this")


def test_a_connection_that_fails_is_told_from_a_disk_that_does():
    assert sentence(ConnectionError("refused")) == (
        "the Hub could not be reached while looking around (org/x): refused; try the same again: it goes on from where "
        "it stopped"
    )
    wrapped = RuntimeError("gave up")
    wrapped.__context__ = TimeoutError("late")
    assert sentence(wrapped).startswith("the Hub could not be reached while looking around (org/x): gave up;")
    dropped = type("ConnectError", (Exception,), {"__module__": "httpx._exceptions"})("reset")
    assert sentence(dropped).startswith("the Hub could not be reached while looking around (org/x): reset;")
    assert sentence(OSError()).startswith("something failed here while looking around (org/x): OSError;")


def test_other_errors_stay_what_they_are():
    with pytest.raises(UserError, match=r"^mine$"), hub_errors("org/x", "looking around"):
        raise UserError("mine")
    with pytest.raises(KeyError), hub_errors("org/x", "looking around"):
        raise KeyError("a mistake in polypref")


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
