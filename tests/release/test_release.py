"""`polypref release` against the loopback Hub: what it sends, what it refuses, and what stands afterwards."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.release import folder as folders
from polypref.release import publish
from polypref.release.folder import read_provenance
from polypref.store import file_digest
from tests.conftest import PROSE

from .helpers import LETTERS, ROOT, SCRIPT, data_commits, rows_of, snapshot, vary, write_pool, writes


@pytest.fixture
def release(cli):
    def run(folder, name, *more, **options):
        return cli("release", folder, "--repo", name, *more, **options)

    return run


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
    said = release(make("small", version=small, **change), first.id).sentence
    if small == "1.0.0":
        assert said.startswith(f"{first.id} has a v1.0.0 with other content (card only); a version never changes")
    else:
        assert f"version {small} is too small: since v1.0.0 of {first.id} changed: " in said
        assert f"; that asks for a {step} step, at least {enough}; set it in the builder script" in said
    assert snapshot(first) == before
    assert release(make("enough", version=enough, **change), first.id).code == 0
    assert set(first.tags) == {"v1.0.0", f"v{enough}"}


def test_a_new_version_without_any_change_needs_a_patch_step(first, make, release):
    said = release(make("old", version="0.9.0"), first.id).sentence
    assert "changed: nothing; that asks for a patch step, at least 1.0.1" in said
    assert release(make("new", version="1.0.1"), first.id).code == 0


def test_the_same_version_with_other_content_names_the_difference(first, make, release, hub):
    before, requests = snapshot(first), len(hub.requests)
    said = release(make(rows=change_text), first.id).sentence
    assert said == (
        f"{first.id} has a v1.0.0 with other content (1 rows changed (text)); a version never changes: "
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
    order = [path.rsplit("/", 2)[-2] if path.count("/") > 4 else path for _, path in writes(hub.requests[before:])]
    assert order.index("tag") == order.index("commit") + 1 or "commit" in order
    assert writes(hub.requests[before:])[-2:] == [
        ("POST", f"/api/datasets/{name}/tag/{repo.tags['v1.0.0']}"),
        ("PUT", f"/api/datasets/{name}/settings"),
    ]


def test_a_private_repository_is_opened_by_a_public_version_only_after_its_tag(first, make, release, hub):
    assert first.private
    fault = hub.fail(kind="500", path=r"/tag/")
    assert "error 500" in release(make(version="1.0.1"), first.id, "--public").sentence
    assert fault.fired and first.private and list(first.tags) == ["v1.0.0"]
    assert release(make(version="1.0.1"), first.id, "--public").code == 0
    assert not first.private and sorted(first.tags) == ["v1.0.0", "v1.0.1"]


def test_a_public_repository_takes_public_releases_only(built, make, cli, hub, release):
    name = cli.new_name()
    assert release(built, name, "--public").code == 0
    repo = hub.repo("datasets", name)
    before = snapshot(repo)
    for more in ((), ("--private",)):
        said = release(make(version="1.0.1"), name, *more).sentence
        assert said == (f"{name} is public; add --public (the licences are then checked), or release to a private one")
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
    said = release(folder, "org/closed", "--public").sentence
    assert "may not be published: " in said and part in said and "or release privately" in said
    assert len(hub.requests) == before


def test_what_may_not_be_published_may_be_released_privately(make, cli, hub, release):
    name = cli.new_name()
    done = release(make(models=[{"model": "big", "revision": "1", "licence": "unknown"}]), name)
    assert done.code == 0 and "none to publish under: model big@1 (0 answers) has no known licence" in done.out
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


def test_a_private_repository_with_unmasked_versions_is_not_opened(make, cli, hub, release):
    """Opening it would show what the masked version hides: tags and history are as public as main."""
    name = cli.new_name()
    assert release(make(rows=write_mail), name).code == 0
    repo = hub.repo("datasets", name)
    before = snapshot(repo)
    said = release(make("two", rows=write_mail, version="2.0.0"), name, "--public").sentence
    assert said.startswith(
        f"{name} cannot be made public: it would show v1.0.0 too, and its texts hold personal data (email)"
    )
    assert snapshot(repo) == before
    repo.delete_ref("refs/tags/", "v1.0.0")  # the commit is still in main's history
    assert (
        "cannot be made public" in release(make("three", rows=write_mail, version="2.0.0"), name, "--public").sentence
    )


def test_a_private_repository_with_a_version_that_may_not_be_published_is_not_opened(make, cli, hub, release):
    name = cli.new_name()
    assert release(make(models=[{"model": "big", "revision": "1", "licence": "openai"}]), name).code == 0
    said = release(make("two", version="1.0.1"), name, "--public").sentence
    assert "it would show v1.0.0 too, and model big@1 (0 answers) is under openai" in said
    assert hub.repo("datasets", name).private


# pull requests


def test_a_pull_request_is_proposed_merged_verified_and_tagged(first, make, release, hub):
    new = make(version="1.0.1", prose=PROSE.replace("For tests.", "For all."))
    done = release(new, first.id, "--create-pr")
    assert done.code == 0 and "proposed: " in done.out and "run the same command without --create-pr" in done.out
    assert list(first.pull_requests) == [1] and list(first.tags) == ["v1.0.0"] and len(data_commits(first)) == 1
    first.refs["refs/heads/main"] = first.pull_requests[1]  # merged by a person on the Hub
    before = len(hub.requests)
    assert release(new, first.id).code == 0
    assert not any("/commit/" in path for _, path in hub.requests[before:])
    assert first.tags["v1.0.1"] == first.commits[-1].sha and len(data_commits(first)) == 2


# bad input


def test_an_evaluation_set_is_never_released(make, release, hub):
    before = len(hub.requests)
    said = release(make(evaluation_set=True), "org/x").sentence
    assert "was built from an evaluation set; such data is never released for training" in said
    assert len(hub.requests) == before


def touch_data(folder: Path) -> str:
    path = sorted(folder.glob("data/*/*"))[0]
    data = bytearray(path.read_bytes())
    data[40] ^= 1  # same size
    path.write_bytes(data)
    return f"{path} was changed by hand; edit the sources and build again"


def touch_card(folder: Path) -> str:
    with (folder / "README.md").open("a", encoding="utf-8") as file:
        file.write("\nBest dataset ever.\n")
    return f"{folder / 'README.md'} was changed by hand; edit the prose in dataset_cards/ and build again"


def touch_provenance(folder: Path) -> str:
    path = folder / "provenance.json"
    path.write_text(path.read_text("utf-8").replace('"apache-2.0"', '"cc0-1.0"'), "utf-8")
    return f"{path} was changed by hand; edit the builder script and build again"


def add_file(folder: Path) -> str:
    (folder / "data" / "de" / "more.parquet").write_bytes(b"PAR1")
    return f"{folder / 'data/de/more.parquet'} is not part of what was built; move it out of the folder"


def lose_file(folder: Path) -> str:
    path = sorted(folder.glob("data/*/*"))[0]
    path.unlink()
    return f"{folder} lacks {path.relative_to(folder)}; build it again"


def lose_provenance(folder: Path) -> str:
    (folder / "provenance.json").unlink()
    return f"{folder} is not a finished polypref dataset (no provenance.json); run polypref build"


@pytest.mark.parametrize("change", [touch_data, touch_card, touch_provenance, add_file, lose_file, lose_provenance])
def test_a_folder_changed_by_hand_is_refused(built, tmp_path, release, hub, change):
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns(".polypref"))
    expected, before = change(folder), len(hub.requests)
    assert release(folder, "org/x").sentence == expected
    assert len(hub.requests) == before


def test_building_again_mends_a_folder_changed_by_hand(cli, tmp_path, release):
    pool, out = write_pool(tmp_path / "pool", 6, ("de",)), tmp_path / "out"
    for change in (touch_data, touch_card, touch_provenance):
        cli.ok("build", SCRIPT, "--source", pool, "--out", out, "--quiet")
        change(out)
        assert "was changed by hand" in release(out, "org/x", "--dry-run").sentence
    cli.ok("build", SCRIPT, "--source", pool, "--out", out, "--quiet")
    assert release(out, "org/x", "--dry-run").code == 0


def test_a_folder_that_is_not_there(release):
    assert "nowhere is not a finished polypref dataset" in release("nowhere", "org/x").sentence


def test_prose_that_lacks_a_section_is_refused_by_build_and_by_release(make, release, cli, tmp_path):
    short = PROSE.replace("## Limits", "## More")
    folder = make()
    record = read_provenance(folder) | {"prose": short}
    (folder / "provenance.json").write_text(json.dumps(record | {"seal": folders._seal(record)}), "utf-8")
    assert f"the card prose of {folder} has no section '## Limits' with text in it" in release(folder, "org/x").sentence
    script = tmp_path / "builders" / "pairs.py"
    script.parent.mkdir()
    shutil.copy(SCRIPT, script)
    (tmp_path / "dataset_cards").mkdir()
    (tmp_path / "dataset_cards" / "pool.md").write_text(short, "utf-8")
    pool = write_pool(tmp_path / "pool", 3, ("de",))
    said = cli("build", script, "--source", pool, "--out", tmp_path / "out").sentence
    assert "pool.md has no section '## Limits' with text in it; a card needs Summary, Intended use, Limits" in said


@pytest.mark.parametrize("name", ["prefs", "org/a/b", "org/", "/x", "org/a b", "../x", "org/a--b", "org/ü", "org/x..y"])
def test_names_that_are_none(built, release, hub, name):
    before = len(hub.requests)
    assert release(built, name).sentence == f"'{name}' is not a repository name; give it as ORG/NAME"
    assert len(hub.requests) == before


def test_a_foreign_dataset_is_left_alone(built, cli, hub, release):
    name = cli.new_name("foreign")
    repo = hub.create("datasets", name, private=True)
    repo.commit({"train.csv": b"a,b\n1,2\n", "README.md": b"# mine"})
    before = snapshot(repo)
    said = release(built, name).sentence
    assert said == f"{name} holds data that polypref did not release (train.csv); choose another name"
    assert snapshot(repo) == before


@pytest.mark.parametrize("kind", ["model", "space"])
def test_a_name_that_belongs_to_something_else(built, cli, hub, release, kind):
    name = cli.new_name(kind)
    hub.create(f"{kind}s", name)
    assert release(built, name).sentence == f"{name} is a {kind}, not a dataset; choose another name"
    assert ("datasets", name) not in hub.repos


def test_no_token(built, release, hub):
    before = len(hub.requests)
    said = release(built, "org/x", token=None).sentence
    assert said == "no Hub token: run `hf auth login`, or set HF_TOKEN to a token that may write"
    assert len(hub.requests) == before


def test_tokens_that_may_not(built, cli, hub, release, first):
    unknown = "hf_" + "x" * 30
    for name in (cli.new_name(), first.id):
        said = release(built, name, token=unknown).sentence
        assert said.startswith("the Hub does not know you while looking at the repository") and "x" * 9 not in said
    before = snapshot(first)
    reader, stranger = hub.token("org", "read"), hub.token("elsewhere")
    name = cli.new_name()
    for token in (reader, stranger):
        said = release(built, name, token=token).sentence
        assert said.startswith(f"your token may not do this while making the repository ({name}): ask for write access")
        assert ("datasets", name) not in hub.repos
    first.private = False
    try:
        new = vary(built, Path(cli.home) / "reader", version="1.0.1")
        said = release(new, first.id, "--public", token=stranger).sentence
        assert said.startswith(f"your token may not do this while sending the commit ({first.id})")
    finally:
        first.private = True
    assert snapshot(first) == before


def test_the_network_is_down(built, cli, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = cli.env("hf_" + "y" * 30) | {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "polypref.cli", "release", str(built), "--repo", "org/x"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stdout == ""
    (said,) = done.stderr.splitlines()
    assert said.startswith("polypref: the Hub could not be reached while looking at the repository (org/x): ")
    assert said.endswith("; what was done stands, the same command goes on from there")


def test_the_network_fails_midway_what_was_done_is_told(built, cli, hub, release):
    name = cli.new_name()
    fault = hub.fail(kind="drop", path=r"/tag/")
    done = release(built, name)
    assert fault.fired and done.sentence.startswith(
        f"the Hub could not be reached while setting the tag v1.0.0 ({name})"
    )
    assert done.out.splitlines()[-2].startswith("committed   ") and done.out.splitlines()[-1].startswith("verified    ")


def test_somebody_else_commits_in_between(first, make, release, hub):
    fault = hub.fail(kind=lambda: first.commit({"note.txt": b"me first"}), path=r"/preupload/")
    said = release(make(version="1.0.1", rows=None, prose=PROSE + "\n## More\n\nx\n"), first.id).sentence
    assert fault.fired
    assert said.startswith(f"somebody else changed {first.id} while sending the commit; look at what they did, then")
    assert first.commits[-1].title == "somebody else" and list(first.tags) == ["v1.0.0"]


def test_what_loads_back_differently_gets_no_tag(built, make, cli, hub, release):
    """The Hub hands out another file than was sent: same path, same digest in the listing, another content."""
    name = cli.new_name()
    other = make("other", rows=lambda table: table["de", "test"].reverse())
    here, there = (sorted(one.glob("data/de/test*"))[0] for one in (built, other))
    sha256 = file_digest(here)

    def tamper():
        hub._blobs[sha256] = there.read_bytes()

    fault = hub.fail(kind=tamper, path=r"/revision/")
    done = release(built, name)
    hub._blobs[sha256] = here.read_bytes()
    assert fault.fired and "while loading config all back" in done.sentence
    assert hub.repo("datasets", name).tags == {} and len(data_commits(hub.repo("datasets", name))) == 1
    assert release(built, name).code == 0 and list(hub.repo("datasets", name).tags) == ["v1.0.0"]


def test_rows_or_columns_that_load_differently_are_told_apart(built, make, tmp_path):
    from datasets import load_dataset

    def loaded(folder):
        data = [str(path) for path in sorted(folder.glob("data/de/test*"))]
        return load_dataset("parquet", data_files=data, split="train", cache_dir=str(tmp_path / folder.name))

    files = sorted(built.glob("data/de/test*"))
    publish._compare(loaded(built), files, "all/test")
    with pytest.raises(UserError, match=r"all/test loads with other rows than were built; no tag was set"):
        publish._compare(loaded(make("a", rows=lambda table: table["de", "test"].reverse())), files, "all/test")
    at = schema.PREFERENCES.get_field_index("chosen_score")
    narrow = schema.PREFERENCES.set(at, pa.field("chosen_score", pa.float32()))
    with pytest.raises(UserError, match=r"all/test loads with other columns than were built \(chosen_score\)"):
        publish._compare(loaded(make("b", form=narrow)), files, "all/test")


def test_options_that_are_none_are_refused_in_one_sentence(built, release):
    assert "has no --force" in release(built, "org/x", "--force").sentence
    assert "not allowed with" in release(built, "org/x", "--public", "--private").sentence


def test_the_built_folder_is_what_the_tests_think(built):
    """The counts that the tests above lean on, read from the files alone."""
    assert {part: len(rows) for part, rows in rows_of(built).items()} == {
        (tag, split): size for tag in ("de", "he", "ja") for split, size in (("train", 9), ("test", 3))
    }
    assert len(list(built.glob("data/*/*"))) == 9 and set("אב") < set(LETTERS["he"])
    assert read_provenance(built)["version"] == "1.0.0"
