"""`polypref release` against the loopback Hub: what it sends, what it refuses, and what stands afterwards."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from polypref.release.folder import read_provenance
from tests.conftest import PROSE

from .helpers import LETTERS, ROOT, data_commits, rows_of, snapshot, writes

# what is sent


def test_the_first_release_is_one_private_commit_and_one_tag(built, cli, hub, release):
    name = cli.new_name()
    done = release(built, name)
    repo = hub.repo("datasets", name)
    assert done.code == 0 and repo.private and data_commits(repo) == ["polypref release v1.0.0"]
    assert repo.tags == {"v1.0.0": repo.commits[-1].sha}
    local = {str(p.relative_to(built)): p.read_bytes() for p in built.glob("data/*/*")}
    sent = repo.files("v1.0.0")
    assert {path: sent[path] for path in sent if path.startswith("data/")} == local
    assert set(sent) == {*local, "README.md", "provenance.json", "CHANGELOG.md", ".gitattributes"}
    assert sent["CHANGELOG.md"].decode() == "# Changes\n\n## v1.0.0\n\n- first version\n"
    assert f'load_dataset("{name}", "all", revision="v1.0.0")' in sent["README.md"].decode()
    record = json.loads(sent["provenance.json"])
    assert record["parameters"]["version"] == "1.0.0" and record["packages"]["polypref"]
    for line in (f"{name} (will be made, private)", "the first version", "licence     cc-by-4.0", "tagged      v1.0.0"):
        assert line in done.out


def test_a_stranger_loads_it_by_tag_as_one_language_and_as_a_stream(first, built, cli, tmp_path):
    """A process that knows nothing of polypref, with a token that may only read."""
    code = f"""
from datasets import load_dataset
whole = load_dataset("{first.id}", "all", revision="v1.0.0")
print({{split: len(rows) for split, rows in whole.items()}})
print(whole["train"][0]["chosen"][0]["role"], whole["train"].features["chosen_score"].dtype)
print(sorted(load_dataset("{first.id}", "four-he", revision="v1.0.0", split="train")["pair_id"]))
stream = load_dataset("{first.id}", "four", revision="v1.0.0", split="train", streaming=True)
print([row["pair_id"] for row in stream])
"""
    env = cli.hub.env(cli.hub.token("org", "read"), tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = rows_of(built)
    four = {tag: [row["pair_id"] for row in rows[tag, "train"][:4]] for tag in ("de", "he", "ja")}
    assert done.stdout.splitlines() == [
        "{'train': 27, 'test': 9}",
        "assistant float64",
        str(sorted(four["he"])),
        str([pair for tag in ("de", "he", "ja") for pair in four[tag]]),
    ]


@pytest.mark.slow
def test_twenty_three_languages_in_four_mixtures_are_one_commit(cli, hub, tmp_path):
    """The bundled builder with a fourth mixture."""
    (tmp_path / "builders").mkdir()
    shutil.copytree(ROOT / "dataset_cards", tmp_path / "dataset_cards")
    text = (ROOT / "builders" / "quickstart.py").read_text("utf-8")
    more = 'Mixture("en-1", languages=("en",)),'
    assert more in text
    script = tmp_path / "builders" / "more.py"
    script.write_text(text.replace(more, f'{more}\n            Mixture("ml-23-3", per_language=3),'), "utf-8")
    cli.ok("build", script, "--out", tmp_path / "out", "--quiet")
    name = cli.new_name("ml")
    before = len(hub.requests)
    out = cli.ok("release", tmp_path / "out", "--repo", name)
    assert [path for method, path in hub.requests[before:] if "/commit/" in path] == [
        f"/api/datasets/{name}/commit/main"
    ]
    repo = hub.repo("datasets", name)
    assert data_commits(repo) == ["polypref release v1.0.0"] and list(repo.tags) == ["v1.0.0"]
    record = json.loads(repo.files()["provenance.json"])
    assert len(record["mixtures"]) == 4 and len(record["mixtures"]["ml-23-3"]) == 23
    # 4 mixtures, 23 + 5 + 1 + 23 of one language.
    assert "configs     56: " in out and len(record["configs"]) == 4 + 52


def test_a_second_version_says_what_changed_and_deletes_files_that_are_no_more(first, built, make, release, hub):
    def more(table):
        table["de", "train"].append(table["de", "train"][0] | {"pair_id": "a" * 32})
        table["ja", "test"].append(table["ja", "test"][0] | {"pair_id": "b" * 32})

    new = make(version="1.1.0", rows=more, quotas={"four": {"de": 4, "he": 4, "ja": 4}})
    done = release(new, first.id)
    assert done.code == 0, done.err
    assert "v1.1.0, after v1.0.0: 2 rows added; config all: 2 in, 0 out; config four: 1 in, 0 out" in done.out
    assert data_commits(first) == ["polypref release v1.0.0", "polypref release v1.1.0"]
    assert first.commits[-1].parents == (first.tags["v1.0.0"],) and first.tags["v1.1.0"] == first.commits[-1].sha
    data = {path for path in first.files() if path.startswith("data/")}
    assert data == {str(p.relative_to(new)) for p in new.glob("data/*/*")}
    assert data != {str(p.relative_to(built)) for p in built.glob("data/*/*")}
    assert first.files()["CHANGELOG.md"].decode() == (
        "# Changes\n\n## v1.1.0\n\n- 2 rows added; config all: 2 in, 0 out; config four: 1 in, 0 out\n"
        "- de: 1 added\n- ja: 1 added\n\n## v1.0.0\n\n- first version\n"
    )


def test_files_that_are_there_already_are_not_sent_again(first, make, release, hub):
    def one(table):
        table["de", "test"][0]["rater"] = "other"

    new = make(version="1.1.0", rows=one)
    before = len(hub.requests)
    assert release(new, first.id).code == 0
    assert len([path for method, path in hub.requests[before:] if method == "PUT"]) == 1


# versions


def change_text(table):
    table["de", "train"][0]["prompt"][0]["content"] = "anders"


def add_row(table):
    table["he", "train"].append(table["he", "train"][0] | {"pair_id": "c" * 32})


CASES = {
    "prose": ("1.0.0", "1.0.1", {"prose": PROSE.replace("For tests.", "For more tests.")}, "patch"),
    "added": ("1.0.1", "1.1.0", {"rows": add_row, "quotas": {"four": {"de": 4, "he": 4, "ja": 4}}}, "minor"),
    "text": ("1.9.9", "2.0.0", {"rows": change_text}, "major"),
    "quota": ("1.1.0", "2.0.0", {"quotas": {"four": {"de": 4, "he": 4, "ja": 3}}}, "major"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_version_that_is_too_small_is_refused_with_the_least_one(first, make, release, case):
    small, enough, change, step = CASES[case]
    before = snapshot(first)
    refusal = release(make("small", version=small, **change), first.id).sentence
    if small == "1.0.0":
        assert refusal.startswith(f"{first.id} has a v1.0.0 with other content (card only); a version never changes")
    else:
        assert f"version {small} is too small: since v1.0.0 of {first.id} changed: " in refusal
        assert f"; that asks for a {step} step, at least {enough}; set it in the builder script" in refusal
    assert snapshot(first) == before
    assert release(make("enough", version=enough, **change), first.id).code == 0
    assert set(first.tags) == {"v1.0.0", f"v{enough}"}


@pytest.mark.slow
def test_a_new_version_without_any_change_needs_a_patch_step(first, make, release):
    refusal = release(make("old", version="0.9.0"), first.id).sentence
    assert "changed: nothing; that asks for a patch step, at least 1.0.1" in refusal
    assert release(make("new", version="1.0.1"), first.id).code == 0


def test_the_same_version_with_other_content_names_the_difference(first, make, release, hub):
    before, requests = snapshot(first), len(hub.requests)
    refusal = release(make(rows=change_text), first.id).sentence
    assert refusal == (
        f"{first.id} has a v1.0.0 with other content (1 row changed (text)); a version never changes: "
        "raise the builder's version"
    )
    assert snapshot(first) == before and writes(hub.requests[requests:]) == []


def test_the_same_version_with_the_same_content_is_nothing_to_do(first, built, release, hub):
    before, requests = snapshot(first), len(hub.requests)
    done = release(built, first.id)
    assert done.code == 0 and done.out.endswith(
        f"{first.id} v1.0.0 is released already, with this content; nothing to do\n"
    )
    assert snapshot(first) == before and writes(hub.requests[requests:]) == []


@pytest.mark.slow
def test_an_older_version_that_is_there_is_recognised_too(first, built, make, release):
    assert release(make(version="1.0.1"), first.id).code == 0
    assert "v1.0.0 is released already" in release(built, first.id).out


def test_a_tag_that_somebody_set_by_hand_is_never_moved(built, cli, hub, release):
    name = cli.new_name()
    repo = hub.create("datasets", name, private=True)
    repo.commit({"notes.txt": b"mine"})
    repo.create_ref("refs/tags/", "v1.0.0", "main")
    before = snapshot(repo)
    assert release(built, name).sentence == (
        f"{name} at v1.0.0 was not released by polypref (it has no provenance.json)"
    )
    assert snapshot(repo) == before


# dry run


def test_a_dry_run_prints_the_plan_and_only_reads(built, make, cli, hub, release, first):
    def plan(folder, name, *more):
        start = len(hub.requests)
        done = release(folder, name, "--dry-run", *more)
        assert done.code == 0 and done.out.endswith("dry run: nothing was sent\n")
        assert writes(hub.requests[start:]) == []
        return done.out

    name = cli.new_name()
    out = plan(built, name)
    assert ("datasets", name) not in hub.repos
    assert "files       12, 0.1 MB, in one commit" in out  # nine of data, card, provenance, changelog
    assert "configs     8: all, four, each also by language" in out and "licence     cc-by-4.0" in out
    assert "(will be made, public)" in plan(built, name, "--public")
    before = snapshot(first)
    assert "v1.0.1, after v1.0.0: nothing" in plan(make(version="1.0.1"), first.id)
    assert snapshot(first) == before


def test_a_dry_run_refuses_what_the_release_would_refuse(first, make, release):
    assert "other content" in release(make(rows=change_text), first.id, "--dry-run").sentence
    closed = make("closed", models=[{"model": "big", "revision": "1", "licence": "openai"}])
    assert "may not be published" in release(closed, "org/x", "--dry-run", "--public").sentence


# public and private


def test_a_public_release_opens_the_repository_last(built, cli, hub, release):
    name = cli.new_name()
    before = len(hub.requests)
    assert release(built, name, "--public").code == 0
    repo = hub.repo("datasets", name)
    assert not repo.private and list(repo.tags) == ["v1.0.0"]
    assert writes(hub.requests[before:])[-2:] == [
        ("POST", f"/api/datasets/{name}/tag/{repo.tags['v1.0.0']}"),
        ("PUT", f"/api/datasets/{name}/settings"),
    ]


@pytest.mark.slow
def test_a_private_repository_is_opened_by_a_public_version_only_after_its_tag(first, make, release, hub):
    assert first.private
    fault = hub.fail(kind="500", path=r"/tag/")
    assert "error 500" in release(make(version="1.0.1"), first.id, "--public").sentence
    assert fault.fired and first.private and list(first.tags) == ["v1.0.0"]
    assert release(make(version="1.0.1"), first.id, "--public").code == 0
    assert not first.private and sorted(first.tags) == ["v1.0.0", "v1.0.1"]


@pytest.mark.slow
def test_a_public_repository_takes_public_releases_only(built, make, cli, hub, release):
    name = cli.new_name()
    assert release(built, name, "--public").code == 0
    repo = hub.repo("datasets", name)
    before = snapshot(repo)
    for more in ((), ("--private",)):
        refusal = release(make(version="1.0.1"), name, *more).sentence
        assert refusal == (
            f"{name} is public; say public=True (--public; the licences are then checked), or release to a private one"
        )
    assert snapshot(repo) == before
    assert release(make(version="1.0.1"), name, "--public").code == 0


@pytest.mark.parametrize(
    ("licence", "part"),
    [
        ("unknown", "model big@1 (0 answers) has no known licence"),
        ("gemma", "model big@1 (0 answers) is under gemma: models trained on the output are derivatives"),
        ("cc-by-nc-sa-4.0", "cc-by-sa-4.0 (source pool@7 (36 rows)) conflict"),
    ],
)
def test_a_licence_that_forbids_it_stops_a_public_release_before_anything_is_asked(make, release, hub, licence, part):
    folder = make(
        models=[{"model": "big", "revision": "1", "licence": licence}],
        sources=[{"name": "pool", "revision": "7", "licence": "cc-by-sa-4.0", "rows": 36}],
    )
    before = len(hub.requests)
    refusal = release(folder, "org/closed", "--public").sentence
    assert "may not be published: " in refusal and part in refusal and "or release privately" in refusal
    assert ("; a licence is not stated for model big" in refusal) == (licence == "unknown")
    assert len(hub.requests) == before


def test_what_may_not_be_published_may_be_released_privately(make, cli, hub, release):
    name = cli.new_name()
    done = release(make(models=[{"model": "big", "revision": "1", "licence": "unknown"}]), name)
    assert done.code == 0 and "none to publish under: model big@1 (0 answers) has no known licence" in done.out
    assert "not stated for model big@1 (0 answers): without one nobody else has permission" in done.out
    assert (
        "**The whole has no licence to be published under:**"
        in hub.repo("datasets", name).files()["README.md"].decode()
    )


MAIL = "anna.muster" + "@" + "posteo.de"


def write_mail(table):
    table["he", "train"][0]["prompt"][0]["content"] += f" כתבו אל {MAIL}"
    table["ja", "test"][1]["rejected"][0]["content"] += f" {MAIL} へ {MAIL}"


def texts(repo, revision) -> str:
    files = repo.files(revision)
    tables = [pq.read_table(io.BytesIO(data)).to_pylist() for path, data in files.items() if path.endswith(".parquet")]
    return json.dumps(tables, ensure_ascii=False)


@pytest.mark.slow
def test_a_public_release_masks_personal_data_and_says_so_and_a_private_one_does_not(make, cli, hub, release):
    folder = make(rows=write_mail)
    before = {path: path.read_bytes() for path in folder.glob("data/*/*")}
    open_name, closed_name = cli.new_name("open"), cli.new_name("closed")
    done = release(folder, open_name, "--public")
    assert done.code == 0 and "texts       personal data masked: email 3" in done.out
    shown = hub.repo("datasets", open_name)
    assert MAIL not in texts(shown, "v1.0.0") and texts(shown, "v1.0.0").count("[email]") == 3
    assert "> **Note.** Personal data (e-mail and IP addresses, phone," in shown.files()["README.md"].decode()
    record = json.loads(shown.files()["provenance.json"])
    assert record["masked"] == {"email": 3}
    # Two files of eleven hold it; the others are sent as they were built.
    changed = [p for p, data in before.items() if shown.files()[str(p.relative_to(folder))] != data]
    assert len(changed) == 2 and {path: path.read_bytes() for path in before} == before
    done = release(folder, closed_name)
    assert done.code == 0 and "as built, personal data not masked (it is in public releases)" in done.out
    kept = hub.repo("datasets", closed_name)
    assert texts(kept, "v1.0.0").count(MAIL) == 3 and "was masked" not in kept.files()["README.md"].decode()


def test_personal_data_may_be_kept_in_public_and_the_card_says_that_too(make, cli, hub, release):
    name = cli.new_name()
    done = release(make(rows=write_mail), name, "--public", "--keep-pii")
    assert done.code == 0 and "texts       as built, personal data not masked\n" in done.out
    repo = hub.repo("datasets", name)
    assert MAIL in texts(repo, "v1.0.0") and "Personal data was not masked." in repo.files()["README.md"].decode()


@pytest.mark.slow
def test_a_private_repository_with_unmasked_versions_is_not_opened(make, cli, hub, release):
    """Opening it would show what the masked version hides: tags and history are as public as main."""
    name = cli.new_name()
    assert release(make(rows=write_mail), name).code == 0
    repo = hub.repo("datasets", name)
    before = snapshot(repo)
    refusal = release(make("two", rows=write_mail, version="2.0.0"), name, "--public").sentence
    assert refusal.startswith(
        f"{name} cannot be made public: it would show v1.0.0 too, and its texts hold personal data (email)"
    )
    assert snapshot(repo) == before
    repo.delete_ref("refs/tags/", "v1.0.0")  # the commit is still in main's history
    refusal = release(make("three", rows=write_mail, version="2.0.0"), name, "--public").sentence
    sha = repo.commits[-1].sha
    assert refusal.startswith(f"{name} cannot be made public: it would show {sha[:12]} too, and its texts hold")


@pytest.mark.slow
def test_a_private_repository_with_a_version_that_may_not_be_published_is_not_opened(make, cli, hub, release):
    name = cli.new_name()
    assert release(make(models=[{"model": "big", "revision": "1", "licence": "openai"}]), name).code == 0
    refusal = release(make("two", version="1.0.1"), name, "--public").sentence
    assert "it would show v1.0.0 too, and model big@1 (0 answers) is under openai" in refusal
    assert hub.repo("datasets", name).private


# pull requests


@pytest.mark.slow
def test_a_pull_request_is_proposed_merged_verified_and_tagged(first, make, release, hub):
    new = make(version="1.0.1", prose=PROSE.replace("For tests.", "For all."))
    done = release(new, first.id, "--create-pr")
    assert done.code == 0 and "proposed: " in done.out and "run the same without create_pr (--create-pr)" in done.out
    assert list(first.pull_requests) == [1] and list(first.tags) == ["v1.0.0"] and len(data_commits(first)) == 1
    first.refs["refs/heads/main"] = first.pull_requests[1]  # merged by a person on the Hub
    before = len(hub.requests)
    assert release(new, first.id).code == 0
    assert not any("/commit/" in path for _, path in hub.requests[before:])
    assert first.tags["v1.0.1"] == first.commits[-1].sha and len(data_commits(first)) == 2


def test_the_built_folder_is_what_the_tests_think(built):
    """The counts that the tests above lean on, read from the files alone."""
    assert {part: len(rows) for part, rows in rows_of(built).items()} == {
        (tag, split): size for tag in ("de", "he", "ja") for split, size in (("train", 9), ("test", 3))
    }
    assert len(list(built.glob("data/*/*"))) == 9 and set("אב") < set(LETTERS["he"])
    assert read_provenance(built).version == "1.0.0"


@pytest.mark.slow
def test_a_card_that_was_edited_on_the_hub_is_told_of_before_it_is_written_anew(first, make, release):
    new = make(version="1.0.1", rows=None, prose=PROSE + "\n## More\n\nx\n")
    sentence = "README.md on main was edited on the Hub and is written anew: the edit stays in the history alone"
    assert sentence not in release(new, first.id, "--dry-run").out
    edited = first.files()["README.md"] + b"\nOur thanks to all speakers.\n"
    first.commit({"README.md": edited})
    assert sentence in release(new, first.id, "--dry-run").out
    done = release(new, first.id)
    assert done.code == 0 and sentence in done.out
    assert b"Our thanks" not in first.files()["README.md"]
    assert edited in (first.files(commit.sha).get("README.md") for commit in first.commits)
