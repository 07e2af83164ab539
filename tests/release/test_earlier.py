"""A version that starts from one on the Hub: found by its name, grown from, and released with a minor step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.release.earlier import earlier_version
from tests.release.helpers import ROOT, rows_of, write_pool

SCRIPT = ROOT / "tests" / "scripts" / "grown.py"


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """The pool of the built dataset, with four prompts more in each language."""
    return write_pool(tmp_path / "more", groups=16)


def config(folder: Path, name: str) -> dict[str, list[str]]:
    """Language -> the pair_ids of a config's training rows in order, by what provenance.json lists."""
    record = json.loads((folder / "provenance.json").read_text("utf-8"))
    (parts,) = (one["data_files"] for one in record["configs"] if one["config_name"] == name)
    paths = [path for part in parts if part["split"] == "train" for path in part["path"]]
    rows: dict[str, list[str]] = {}
    for (tag, split), of_part in rows_of(folder).items():
        ranks = [range(*_ends(path)) for path in paths if path.split("/")[1] == tag]
        if split == "train":
            rows[tag] = [of_part[rank]["pair_id"] for of_file in ranks for rank in of_file]
    return rows


def _ends(path: str) -> tuple[int, int]:
    first, last = Path(path).stem.split("-")[1:]
    return int(first), int(last) + 1


@pytest.mark.slow
def test_answers_are_added_to_a_version_on_the_hub_and_every_mixture_keeps_its_rows(
    built, first, cli, hub, more, tmp_path
):
    words = ("build", SCRIPT, "--source", more, "--previous", f"{first.id}@v1.0.0", "--quiet")
    cli.ok(*words, "--out", tmp_path / "small", "--version", "1.0.1")
    # Without a token: the repository is public, and nothing is sent.
    first.private = False
    dry = ("--repo", first.id, "--public", "--dry-run")
    refused = cli("release", tmp_path / "small", *dry, token=None).sentence
    assert "version 1.0.1 is too small: since v1.0.0" in refused and "a minor step, at least 1.1.0" in refused
    cli.ok(*words, "--out", tmp_path / "out")
    plan = cli.ok("release", tmp_path / "out", *dry, token=None)
    assert "12 rows added" in plan and "needs 1.1.0 at least (a minor step)" in plan
    then, now = config(built, "all"), config(tmp_path / "out", "all")
    assert {tag: now[tag][: len(pairs)] for tag, pairs in then.items()} == then
    assert sum(map(len, now.values())) > sum(map(len, then.values()))
    assert config(tmp_path / "out", "four") == config(built, "four")
    record = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))
    assert record["settings"]["builder"]["split"]["previous"] == f"{first.id}@v1.0.0"
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "the first rows of a mixture or a smaller quota are no fresh random sample" in card
    assert "no fresh random sample" not in (built / "README.md").read_text("utf-8")
    first.private = True
    cli.ok("release", tmp_path / "out", "--repo", first.id)
    assert list(first.tags) == ["v1.0.0", "v1.1.0"]
    # The same bytes from a folder of the same version.
    local = ("build", SCRIPT, "--source", more, "--previous", built, "--quiet", "--out", tmp_path / "local")
    cli.ok(*local)
    assert rows_of(tmp_path / "local") == rows_of(tmp_path / "out")


@pytest.mark.slow
def test_a_row_taken_back_leaves_its_place_to_the_next_and_the_build_says_so(first, cli, more, tmp_path, built):
    (tmp_path / "ids").write_text(config(built, "four")["de"][1] + "\n")
    cli.ok("retract", first.id, "--rows", tmp_path / "ids", "--reason", "asked")
    assert list(first.tags) == ["v2.0.0"]
    words = ("build", SCRIPT, "--source", more, "--previous", f"{first.id}@v2.0.0", "--version", "2.1.0", "--quiet")
    done = cli(*words, "--out", tmp_path / "out")
    assert done.code == 0
    then, now = config(built, "four")["de"], config(tmp_path / "out", "four")["de"]
    assert now == [*then[:1], *then[2:], config(built, "all")["de"][4]]
    assert "config four: 1 in, 0 out" in cli.ok("release", tmp_path / "out", "--repo", first.id)


@pytest.mark.parametrize(
    ("tag", "sentence"),
    [
        ("", "names no version, and a build starts from one; its newest is {repo}@v1.0.0"),
        ("@", "names no version, and a build starts from one; its newest is {repo}@v1.0.0"),
        ("@v7.0.0", "{repo} has no version v7.0.0; it has v1.0.0"),
        ("@main", "{repo} has no version main; it has v1.0.0"),
    ],
)
def test_a_version_that_is_not_there_is_named_with_those_that_are(first, cli, more, tmp_path, tag, sentence):
    done = cli("build", SCRIPT, "--source", more, "--previous", f"{first.id}{tag}", "--out", tmp_path / "out")
    assert sentence.format(repo=first.id) in done.sentence and f"Split(previous='{first.id}{tag}')" in done.sentence
    assert not (tmp_path / "out").exists()


def test_a_repository_that_is_not_there_or_not_ours_is_said(hub, cli, more, tmp_path):
    def refused(previous: str) -> str:
        return cli("build", SCRIPT, "--source", more, "--previous", previous, "--out", tmp_path / "out").sentence

    assert "org/nowhere is neither a folder nor a dataset on the Hub" in refused("org/nowhere@v1.0.0")
    api = hub.api(cli.token)
    name = cli.new_name("foreign")
    api.create_repo(name, repo_type="dataset")
    assert f"{name} has no version that polypref released" in refused(f"{name}@v1.0.0")
    api.upload_file(path_or_fileobj=b"{}", path_in_repo="data/rows.jsonl", repo_id=name, repo_type="dataset")
    api.create_tag(name, tag="v1.0.0", repo_type="dataset")
    assert f"{name} at v1.0.0 was not released by polypref (it has no provenance.json)" in refused(f"{name}@v1.0.0")


def test_a_folder_is_taken_as_it_is_and_what_can_be_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no datasets beside it that could be meant
    assert earlier_version(None) is None
    assert earlier_version(str(tmp_path)) == tmp_path
    with pytest.raises(UserError, match=r"^Split\(previous='releases/v1/x'\): there is no folder of this name; give"):
        earlier_version("releases/v1/x")
    with pytest.raises(UserError, match=r"^Split\(previous='x{99}…\): there is no folder of this name; give"):
        earlier_version("x" * 5_000)


def test_a_dry_run_without_a_token_says_what_it_cannot_see(built, cli):
    plan = cli.ok("release", built, "--repo", cli.new_name(), "--dry-run", token=None)
    assert "(will be made unless it is a private one: no token to see it, private)" in plan
    assert "no Hub token" in cli("release", built, "--repo", cli.new_name(), token=None).sentence


def write_choices(path: Path, rows: int) -> Path:
    things = (
        "bread",
        "soup",
        "rice",
        "tea",
        "cake",
        "jam",
        "fish",
        "milk",
        "salt",
        "plums",
        "beans",
        "corn",
        "figs",
        "peas",
    )
    lines = [
        {
            "q": f"How do I warm the {thing} so that it stays good?",
            "yes": f"Warm the {thing} slowly on a low fire, and stir it now and then.",
            "no": f"Nobody can tell you anything about how to make the {thing} warm.",
        }
        for thing in things[:rows]
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


@pytest.mark.slow
def test_a_builder_of_the_package_goes_on_from_a_version_on_the_hub_by_options_of_the_command(
    hub, cli, tmp_path, monkeypatch
):
    name = cli.new_name()
    columns = ("--prompt", "q", "--chosen", "yes", "--rejected", "no", "--language", "en", "--name", "warm", "--quiet")
    words = ("build", "pairs", *columns, "--source")
    cli.ok(*words, write_choices(tmp_path / "a.jsonl", 11), "--out", tmp_path / "one")
    cli.ok("release", tmp_path / "one", "--repo", name)
    earlier = f"{name}@v0.1.0"
    grown = (*words, write_choices(tmp_path / "b.jsonl", 14), "--previous", earlier, "--out", tmp_path / "two")
    # Without a version the builder's own would be released again.
    sentence = cli(*grown).sentence
    assert f"version 0.1.0 does not come after 0.1.0 of {earlier}; give another (--version): " in sentence
    rehearsed = cli.ok(*grown, "--version", "0.2.0", "--dry-run")
    assert "0.2.0" in rehearsed and not (tmp_path / "two").exists()
    shown = cli.ok(*grown, "--version", "0.2.0")
    assert f"polypref diff {earlier} {tmp_path / 'two'} says what changed" in shown
    first, second = (rows_of(tmp_path / folder) for folder in ("one", "two"))
    for key, rows in first.items():
        assert second[key][: len(rows)] == rows
    assert sum(map(len, second.values())) == sum(map(len, first.values())) + 3
    record = json.loads((tmp_path / "two" / "provenance.json").read_text("utf-8"))
    assert (record["version"], record["settings"]["builder"]["split"]["previous"]) == ("0.2.0", earlier)
    assert "3 rows added" in cli.ok("diff", earlier, tmp_path / "two")
    cli.ok("release", tmp_path / "two", "--repo", name)
    assert list(hub.repo("datasets", name).tags) == ["v0.1.0", "v0.2.0"]
