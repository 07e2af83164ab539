"""What leads to the Hub is a name there, and what its server says names nothing here."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.files import hub_names, hub_reader


@pytest.mark.parametrize(
    "repo", ["json", "../x", "/etc/x", "org/..", "org/x/y", "org/x\x00", "C:/x", "org/a--b", "", "o" * 200 + "/x"]
)
def test_repositories(repo):
    for call in (
        lambda: hub_names.check_hub_names(repo),
        lambda: hub_reader.hub_revision(repo, None),
        lambda: next(hub_reader.read_hub(repo, None, "train", None)),
    ):
        with pytest.raises(UserError, match="not a repository name"):
            call()


@pytest.mark.parametrize(
    "revision",
    [
        *("../../x", "/x", "a..b", "a\nb", "a b", "x" * 300, "~x", "a//b"),
        *("a@{1}", "a:b", "a^", "v1?", "a.lock", "a.lock/b", "a/", "a.", "a/.b", "a./b", "-a"),
    ],
)
def test_revisions(revision):
    with pytest.raises(UserError, match="no revision of org/x"):
        hub_names.check_hub_names("org/x", revision)
    with pytest.raises(UserError, match=r"no revision of org/x; give a branch, a tag or a commit$"):
        hub_names.check_revision("org/x", revision)


@pytest.mark.parametrize(
    "files", ["/etc/passwd", "../x.jsonl", "data/../../x", "https://h/x", "a\\..\\b", "C:\\x", "~/x", "a\nb"]
)
def test_files(files):
    with pytest.raises(UserError, match=r"no pattern of files inside of org/x"):
        hub_names.check_hub_names("org/x", None, files)


@pytest.mark.parametrize(
    "address",
    [
        "org/a.git",
        "datasets/org/a",
        "https://huggingface.co/datasets/org/a",
        "https://huggingface.co/datasets/org/a/tree/main",
        "hf.co/org/a.git",
        "hf://datasets/org/a@v1.0.0",
        "org/a@v1.0.0",
        "org/a/",
    ],
)
def test_an_address_is_answered_with_the_name_in_it(address):
    with pytest.raises(UserError) as refused:
        hub_names.check_hub_names(address)
    assert str(refused.value) == f"'{address}' is not a repository name; give it as org/a"


def test_what_is_a_name():
    assert hub_names.is_repo_name("org/_a") and not hub_names.is_repo_name("org/a.git")
    hub_names.check_hub_names("org/x", "refs/convert/parquet", "data/**/de-*.jsonl.gz")
    hub_names.check_hub_names("A-b.c/d_e.f", "v1.0.0", "x[0-9].csv")
    for revision in ("main", "v1.0.0-rc.1", "refs/pr/3", "a" * 40, "2024-08-06", "locked/x.locks"):
        hub_names.check_revision("org/x", revision)


def answer(path="/api/datasets/org/x", sha="a" * 40, **headers):
    request = SimpleNamespace(url=SimpleNamespace(path=path))
    return SimpleNamespace(headers=headers, status_code=200, request=request, read=bytes, json=lambda: {"sha": sha})


def test_answers_that_name_a_commit_that_is_a_path():
    hub_names.check_answer(answer(**{"X-Repo-Commit": "b" * 40, "ETag": '"abc"'}))
    hub_names.check_answer(answer("/org/x/resolve/main/README.md", sha="../../x"))
    for bad in (
        answer(sha="../../../tmp/x"),
        answer(**{"X-Repo-Commit": "../../x"}),
        answer("/api/models/o/m/revision/main", sha="main"),
    ):
        with pytest.raises(UserError, match="names a commit"):
            hub_names.check_answer(bad)


def test_a_folder_of_nearly_the_name_is_named(tmp_path):
    (tmp_path / "build" / "mine").mkdir(parents=True)
    (tmp_path / "build" / "mien.txt").write_text("", "utf-8")
    assert hub_names.beside(tmp_path / "build" / "mien") == f" ({tmp_path / 'build' / 'mine'} is there)"
    assert hub_names.beside(tmp_path / "build" / "other") == ""
    assert hub_names.beside(tmp_path / "nowhere" / "mien") == ""


def test_datasets_beside_a_folder_that_is_not_there_are_named_the_likest_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("amharic", "tigrinya"):
        (tmp_path / "build" / name).mkdir(parents=True)
        (tmp_path / "build" / name / "provenance.json").write_text("{}", "utf-8")
    (tmp_path / "build" / "pairs-old").mkdir()  # no dataset
    assert hub_names.beside(Path("build/pairs")) == " (there are build/amharic, build/tigrinya)"
    assert hub_names.beside(Path("build/tigrigna")) == " (there are build/tigrinya, build/amharic)"
    assert hub_names.beside(Path("amharic")) == " (there are build/amharic, build/tigrinya)"
    for number in range(4):
        (tmp_path / "build" / f"v{number}").mkdir()
        (tmp_path / "build" / f"v{number}" / "provenance.json").write_text("{}", "utf-8")
    many = " (there are build/amharic, build/tigrinya, build/v0, build/v1 and 2 more)"
    assert hub_names.beside(Path("build/pairs")) == many
