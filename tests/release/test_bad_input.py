"""Bad input and what goes wrong midway: one clear sentence, exit code 2, and nothing changed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.files.atomic import file_digest
from polypref.release import publish
from polypref.release.folder import read_provenance
from polypref.release.provenance import to_bytes
from tests.conftest import PROSE

from .helpers import ROOT, SCRIPT, data_commits, snapshot, vary, write_pool


def test_an_evaluation_set_is_never_released(make, release, hub):
    before = len(hub.requests)
    sentence = release(make(evaluation_set=True), "org/x").sentence
    assert "was built from an evaluation set; such data is never released for training" in sentence
    assert len(hub.requests) == before


def touch_data(folder: Path) -> str:
    path = sorted(folder.glob("data/*/*"))[0]
    data = bytearray(path.read_bytes())
    data[40] ^= 1  # same size
    path.write_bytes(data)
    return f"{path} was changed by hand; edit the sources, delete it, and build again"


def touch_card(folder: Path) -> str:
    with (folder / "README.md").open("a", encoding="utf-8") as file:
        file.write("\nBest dataset ever.\n")
    return f"{folder / 'README.md'} was changed by hand; edit the prose in dataset_cards/, delete it, and build again"


def touch_provenance(folder: Path) -> str:
    path = folder / "provenance.json"
    path.write_text(path.read_text("utf-8").replace('"apache-2.0"', '"cc0-1.0"'), "utf-8")
    return f"{path} was changed by hand; edit the builder script, delete it, and build again"


def add_file(folder: Path) -> str:
    (folder / "data" / "de" / "more.parquet").write_bytes(b"PAR1")
    return f"{folder / 'data/de/more.parquet'} is not part of what was built; move it out of the folder"


def lose_file(folder: Path) -> str:
    path = sorted(folder.glob("data/*/*"))[0]
    path.unlink()
    return f"{folder} lacks {path.relative_to(folder)}; build it again"


def lose_provenance(folder: Path) -> str:
    (folder / "provenance.json").unlink()
    sentence = f"{folder} is not a finished polypref dataset (no provenance.json); give the folder that "
    return f"{sentence}build() or polypref build wrote"


@pytest.mark.parametrize("change", [touch_data, touch_card, touch_provenance, add_file, lose_file, lose_provenance])
def test_a_folder_changed_by_hand_is_refused(built, tmp_path, release, hub, change):
    folder = tmp_path / "copy"
    shutil.copytree(built, folder, ignore=shutil.ignore_patterns(".polypref"))
    expected, before = change(folder), len(hub.requests)
    assert release(folder, "org/x").sentence == expected
    assert len(hub.requests) == before


@pytest.mark.slow
def test_building_again_mends_a_folder_from_which_what_was_changed_by_hand_is_taken(cli, tmp_path, release):
    pool, out = write_pool(tmp_path / "pool", 6, ("de",)), tmp_path / "out"
    words = ("build", SCRIPT, "--source", pool, "--out", out, "--quiet")
    for change in (touch_data, touch_card, touch_provenance):
        cli.ok(*words)
        before = {path: path.read_bytes() for path in out.rglob("*.*") if path.is_file()}
        change(out)
        assert "delete it, and build again" in release(out, "org/x", "--dry-run").sentence
        assert "was changed after polypref wrote it" in cli(*words).sentence
        (changed,) = (
            path for path, data in before.items() if ".polypref" not in path.parts and path.read_bytes() != data
        )
        changed.unlink()
    cli.ok("build", SCRIPT, "--source", pool, "--out", out, "--quiet")
    assert release(out, "org/x", "--dry-run").code == 0


def test_a_folder_that_is_not_there(release, tmp_path):
    nowhere = tmp_path / "nowhere"
    assert f"there is no folder {nowhere}; give a dataset's folder" in release(nowhere, "org/x").sentence
    assert "the dataset's folder is empty" in release("", "org/x").sentence  # not the current folder


def test_prose_that_lacks_a_section_is_refused_by_build_and_by_release(make, release, cli, tmp_path):
    short = PROSE.replace("## Limits", "## More")
    folder = make()
    (folder / "provenance.json").write_bytes(to_bytes(replace(read_provenance(folder), prose=short)))
    assert f"the card prose of {folder} has no section '## Limits' with text in it" in release(folder, "org/x").sentence
    script = tmp_path / "builders" / "pairs.py"
    script.parent.mkdir()
    shutil.copy(SCRIPT, script)
    (tmp_path / "dataset_cards").mkdir()
    (tmp_path / "dataset_cards" / "pool.md").write_text(short, "utf-8")
    pool = write_pool(tmp_path / "pool", 3, ("de",))
    sentence = cli("build", script, "--source", pool, "--out", tmp_path / "out").sentence
    assert "pool.md has no section '## Limits' with text in it; a card needs Summary, Intended use, Limits" in sentence


@pytest.mark.parametrize(
    "name", ["prefs", "org/a b", "../x", "org/a--b", "org/ü", "org/x..y", "org/a.", "org/-a", "org-/a", ".git/a"]
)
def test_names_that_are_none(built, release, hub, name):
    before = len(hub.requests)
    assert release(built, name).sentence == f"'{name}' is not a repository name; give it as ORG/NAME"
    assert len(hub.requests) == before


@pytest.mark.parametrize("name", ["org/", "/x"])
def test_names_of_which_a_part_lacks(built, release, name):
    assert release(built, name).sentence == f"'{name}' is not a repository name; give it as ORG/NAME"


def test_a_foreign_dataset_is_left_alone(built, cli, hub, release):
    name = cli.new_name("foreign")
    repo = hub.create("datasets", name, private=True)
    repo.commit({"train.csv": b"a,b\n1,2\n", "README.md": b"# mine"})
    before = snapshot(repo)
    sentence = release(built, name).sentence
    assert sentence == f"{name} holds data that polypref did not release (train.csv); choose another name"
    assert snapshot(repo) == before


@pytest.mark.parametrize("kind", ["model", "space"])
def test_a_name_that_belongs_to_something_else(built, cli, hub, release, kind):
    name = cli.new_name(kind)
    hub.create(f"{kind}s", name)
    assert release(built, name).sentence == f"{name} is a {kind}, not a dataset; choose another name"
    assert ("datasets", name) not in hub.repos


def test_no_token(built, release, hub):
    before = len(hub.requests)
    sentence = release(built, "org/x", token=None).sentence
    assert sentence == "no Hub token: run `hf auth login`, or set HF_TOKEN to a token that may write"
    assert len(hub.requests) == before


def test_tokens_that_may_not(built, cli, hub, release, first):
    unknown = "hf_" + "x" * 30
    for name in (cli.new_name(), first.id):
        sentence = release(built, name, token=unknown).sentence
        assert (
            sentence.startswith("the Hub does not know you while looking at the repository") and "x" * 9 not in sentence
        )
    before = snapshot(first)
    reader, stranger = hub.token("org", "read"), hub.token("elsewhere")
    name = cli.new_name()
    for token in (reader, stranger):
        sentence = release(built, name, token=token).sentence
        assert sentence.startswith(
            f"your token may not do this while making the repository ({name}): ask for write access"
        )
        assert ("datasets", name) not in hub.repos
    first.private = False
    try:
        new = vary(built, Path(cli.home) / "reader", version="1.0.1")
        sentence = release(new, first.id, "--public", token=stranger).sentence
        assert sentence.startswith(f"your token may not do this while sending the commit ({first.id})")
    finally:
        first.private = True
    assert snapshot(first) == before


@pytest.mark.slow
def test_the_network_is_down(built, cli, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = cli.env("hf_" + "y" * 30) | {"HF_ENDPOINT": f"http://127.0.0.1:{port}", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "polypref.cli", "release", str(built), "--repo", "org/x"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("polypref: the Hub could not be reached while looking at the repository (org/x): ")
    assert sentence.endswith("; try the same again")  # nothing was sent yet
    # A dry run plans all the same what does not depend on the Hub.
    dry = subprocess.run([*command, "--dry-run"], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert dry.returncode == 0, dry.stderr
    repository, version, *_, last = dry.stdout.splitlines()
    assert repository == "repository  org/x (the Hub could not be reached, private)"
    assert version.endswith("the first version, if the repository holds none: what it holds is unknown")
    assert last == "dry run: nothing was sent"
    # A folder's name with a slip looks like a repository's.
    (tmp_path / "build" / "mine").mkdir(parents=True)
    for words in (("diff", str(built), "build/mien"), ("inspect", "build/mien")):
        slip = [*command[:3], *words]
        done = subprocess.run(
            slip, env=env | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 2 and done.stderr.count("\n") == 1
        assert (
            "polypref: there is no folder build/mien here (build/mine is there), and it was looked for on the Hub: "
            "the Hub could " in done.stderr
        )


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
    sentence = release(make(version="1.0.1", rows=None, prose=PROSE + "\n## More\n\nx\n"), first.id).sentence
    assert fault.fired
    assert sentence.startswith(
        f"somebody else changed {first.id} while sending the commit; look at what they did, then"
    )
    assert first.commits[-1].title == "somebody else" and list(first.tags) == ["v1.0.0"]


@pytest.mark.slow
def test_what_loads_back_differently_gets_no_tag(built, make, cli, hub, release):
    """The Hub hands out another file than was sent: same path, same digest in the listing, another size."""
    name = cli.new_name()
    other = make("other", rows=lambda table: table["de", "test"].pop())
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

    files = [(path, file_digest(path)) for path in sorted(built.glob("data/de/test*"))]
    publish._compare_files(loaded(built), files, "all/test")
    with pytest.raises(UserError, match=r"all/test loads with other rows than were built; no tag was set"):
        publish._compare_files(loaded(make("a", rows=lambda table: table["de", "test"].reverse())), files, "all/test")
    at = schema.PREFERENCES.get_field_index("chosen_score")
    narrow = schema.PREFERENCES.set(at, pa.field("chosen_score", pa.float32()))
    with pytest.raises(UserError, match=r"all/test loads with other columns than were built \(chosen_score\)"):
        publish._compare_files(loaded(make("b", form=narrow)), files, "all/test")


def test_options_that_are_none_are_refused_in_one_sentence(built, release):
    assert "has no --force" in release(built, "org/x", "--force").sentence
    assert "not allowed with" in release(built, "org/x", "--public", "--private").sentence
