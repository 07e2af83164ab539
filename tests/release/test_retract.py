"""`polypref retract`: rows and versions taken back, what is left loads, and an interrupted command goes on."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.files.atomic import write_table
from polypref.release import tombstone
from polypref.release.folder import read_provenance
from polypref.release.pieces import configs, cut_files, file_facts, rows_by_path
from polypref.release.retract import without
from polypref.stages.counts import FunnelRow
from tests.hub.cards import check_card

from .helpers import data_commits, rows_of, snapshot, writes


@pytest.fixture
def retract(cli, tmp_path):
    def run(name, ids, *more, reason="the writer asked"):
        file = tmp_path / "ids.txt"
        file.write_text("\n".join(ids) + "\n", "utf-8")
        return cli("retract", name, "--rows", file, "--reason", reason, *more)

    return run


def held(repo, revision="main") -> list[dict]:
    files = repo.files(revision)
    return [
        row
        for path in sorted(files)
        if path.endswith(".parquet")
        for row in pq.read_table(io.BytesIO(files[path])).to_pylist()
    ]


def column(rows, name) -> set[str]:
    return {row[name] for row in rows}


LOAD = """
import json
from datasets import get_dataset_config_names, load_dataset
ids = {}
for config in get_dataset_config_names("%s", revision="%s"):
    loaded = load_dataset("%s", config, revision="%s")
    ids[config] = {split: list(rows["pair_id"]) for split, rows in loaded.items()}
print(json.dumps(ids))
"""


def loaded(cli, repo, tag) -> dict[str, dict[str, list[str]]]:
    return json.loads(cli.python(LOAD % (repo.id, tag, repo.id, tag)).splitlines()[-1])


# rows


def test_a_row_by_its_pair_id_leaves_every_version_that_held_it(two, built, retract, cli):
    rows = rows_of(built)
    gone = rows["he", "train"][1]["pair_id"]
    done = retract(two.id, [gone])
    assert done.code == 0, done.err
    # Both versions held it: both tags go, and a new major version takes their place.
    assert list(two.tags) == ["v2.0.0"] and two.tags["v2.0.0"] == two.commits[-1].sha
    assert data_commits(two)[-1] == "polypref retract: v2.0.0"
    assert gone not in column(held(two), "pair_id") and len(held(two)) == 37 - 1
    ids = loaded(cli, two, "v2.0.0")
    he = [row["pair_id"] for row in rows["he", "train"] if row["pair_id"] != gone]
    # `four` had four Hebrew rows, this one among them: three are left, and nobody moves up.
    assert ids["all-he"]["train"] == he and ids["four-he"]["train"] == he[:3]
    assert set(ids) == {f"{name}{tag}" for name in ("all", "four") for tag in ("", "-de", "-he", "-ja")}
    assert ids["four"]["train"] == [pair for tag in ("de", "he", "ja") for pair in ids[f"four-{tag}"]["train"]]
    for line in ("committed   ", "verified and tagged v2.0.0", "deleted     v1.0.0", "deleted     v1.1.0"):
        assert line in done.out


@pytest.mark.slow
def test_files_ranks_and_quotas_close_up(two, retract, built):
    gone = [row["pair_id"] for row in rows_of(built)["ja", "train"][2:4]]
    done = retract(two.id, gone)
    assert done.code == 0
    files = sorted(path for path in two.files() if path.startswith("data/ja/train"))
    assert files == ["data/ja/train-00000000-00000001.parquet", "data/ja/train-00000002-00000006.parquet"]
    assert "free        four: ja 2; the next version fills them with the rows that stand next" in done.out
    record = json.loads(two.files()["provenance.json"])
    assert record["mixtures"]["four"]["ja"]["given"] == 2 and record["mixtures"]["all"]["ja"]["given"] == 7
    assert record["mixtures"]["four"]["de"]["given"] == 4
    card = two.files()["README.md"].decode()
    assert check_card(card, "datasets") == ([], []) and "| ja | Japanese | 7 | 3 |" in card
    assert "| retract (pairs) | rejected | retracted | 2 |" in card
    assert {(row["name"], row["rows"]) for row in record["sources"]} == {("pool", 35)}
    assert sum(row["chosen"] for row in record["facts"]["models"]) == 35


@pytest.mark.slow
def test_a_prompt_id_takes_one_language_and_a_group_id_all(two, built, retract):
    row = rows_of(built)["de", "test"][0]
    same = [one for rows in rows_of(built).values() for one in rows if one["group_id"] == row["group_id"]]
    assert {one["language"] for one in same} == {"de", "he", "ja"}
    assert retract(two.id, [row["prompt_id"]]).code == 0
    assert column(held(two), "pair_id").isdisjoint({row["pair_id"]}) and len(held(two)) == 36
    assert retract(two.id, [row["group_id"]]).code == 0
    assert row["group_id"] not in column(held(two), "group_id") and len(held(two)) == 34
    assert list(two.tags) == ["v3.0.0"]


@pytest.mark.slow
def test_the_tombstone_says_what_went_and_why(two, built, retract):
    row = rows_of(built)["he", "test"][2]
    assert retract(two.id, [row["group_id"]], reason="asked by <b>her</b> by mail").code == 0
    log = two.files()["CHANGELOG.md"].decode()
    pairs = sorted(
        one["pair_id"] for rows in rows_of(built).values() for one in rows if one["group_id"] == row["group_id"]
    )
    assert log.startswith(
        "# Changes\n\n## v2.0.0\n\n- 3 rows retracted: asked by &lt;b&gt;her&lt;/b&gt; by mail\n"
        "- versions that held them were deleted: v1.0.0, v1.1.0\n- de: 1\n- he: 1\n- ja: 1\n"
        "- if you hold a copy, remove these pair_ids from it:\n"
        + "".join(f"  - {pair}\n" for pair in pairs)
        + f"- taken back with all their rows, whatever the pair_id:\n  - {row['group_id']}\n"
        "- texts taken back, in whatever row (normal form 1, salt "
    )
    marks = re.findall(r"\n  - (text|prompt) [0-9a-f]{32}(?=\n)", log)
    # Prompt, chosen and rejected of three languages; the prompts also as a whole.
    assert Counter(marks) == {"text": 9, "prompt": 3}
    assert log.endswith("## v1.0.0\n\n- first version\n")
    assert row["prompt"][0]["content"] not in log


@pytest.mark.slow
def test_versions_without_the_row_stay(two, retract):
    """Only v1.1.0 holds the added row."""
    before = two.tags["v1.0.0"]
    assert retract(two.id, ["a" * 32]).code == 0
    assert two.tags == {"v1.0.0": before, "v2.0.0": two.commits[-1].sha} and len(held(two)) == 36


@pytest.mark.slow
def test_rows_that_only_an_old_version_holds(two, make, cli, retract):
    """v2.0.0 came without the row for other reasons: main keeps its data, the old tag goes, the tombstone stands."""
    assert cli("release", make("back", version="2.0.0"), "--repo", two.id).code == 0
    data = {path: one for path, one in two.files().items() if path.startswith("data/")}
    assert retract(two.id, ["a" * 32]).code == 0
    assert sorted(two.tags) == ["v1.0.0", "v2.0.0", "v2.0.1"]
    assert {path: one for path, one in two.files().items() if path.startswith("data/")} == data
    assert "- 1 rows retracted: the writer asked\n- versions that held them were deleted: v1.1.0\n" in (
        two.files()["CHANGELOG.md"].decode()
    )


@pytest.mark.slow
def test_ids_that_nobody_has_are_counted_and_alone_are_an_error(two, built, retract):
    before = snapshot(two)
    refusal = retract(two.id, ["0" * 32, "1" * 32]).sentence
    assert refusal == f"no version of {two.id} has a row with any of the 2 ids; nothing was changed"
    assert snapshot(two) == before
    done = retract(two.id, ["0" * 32, rows_of(built)["de", "test"][0]["pair_id"]])
    assert done.code == 0 and f"not found   1 of the 2 ids, the first {'0' * 32}" in done.out


@pytest.mark.slow
def test_the_same_retraction_again_changes_nothing(two, built, retract, hub):
    gone = [rows_of(built)["de", "test"][0]["group_id"]]
    assert retract(two.id, gone).code == 0
    before, requests = snapshot(two), len(hub.requests)
    assert retract(two.id, gone).code == 0
    assert snapshot(two) == before and writes(hub.requests[requests:]) == []


@pytest.mark.slow
def test_a_later_build_cannot_bring_the_rows_back(two, built, make, retract, cli):
    row = rows_of(built)["de", "test"][0]
    assert retract(two.id, [row["group_id"]]).code == 0
    before = snapshot(two)
    refusal = cli("release", make("again", version="3.0.0"), "--repo", two.id).sentence
    assert refusal == (
        f"3 rows were retracted from {two.id}, or hold a text that was, and are in this build again (first: "
        f"data/de/test-00000000-00000002.parquet, row 1, pair {row['pair_id']}: taken back by its id; languages "
        f"de, he, ja); build again with retracted='{two.id}' (--retracted {two.id}), which leaves them out and counts "
        "them, or remove them from the sources"
    )

    def rerated(table):
        """Another answer was rated best: a new pair of the same prompt."""
        for rows in table.values():
            rows[:] = [one for one in rows if one["group_id"] != row["group_id"]]
        table["de", "train"].append(row | {"pair_id": "b" * 32})

    refusal = cli("release", make("other", version="3.0.0", rows=rerated), "--repo", two.id).sentence
    assert (
        refusal.startswith(f"1 rows were retracted from {two.id}, or hold a text") and f"pair {'b' * 32}: " in refusal
    )
    assert snapshot(two) == before


@pytest.mark.slow
def test_a_language_that_loses_all_its_rows(two, built, retract, cli):
    rows = rows_of(built)
    gone = [row["pair_id"] for split in ("train", "test") for row in rows["ja", split]]
    assert retract(two.id, gone).code == 0
    ids = loaded(cli, two, "v2.0.0")
    assert set(ids) == {f"{name}{tag}" for name in ("all", "four") for tag in ("", "-de", "-he")}
    card = two.files()["README.md"].decode()
    assert "language:\n- de\n- he\nmultilinguality" in card and "| `all` (and `all-LANGUAGE`) | 2 |" in card


def test_all_rows_cannot_be_retracted(two, retract):
    before = snapshot(two)
    assert "no row would be left" in retract(two.id, sorted(column(held(two), "pair_id"))).sentence
    assert snapshot(two) == before


# versions


@pytest.mark.slow
def test_the_newest_version_is_taken_back_and_main_returns_to_the_one_before(two, cli, hub):
    done = cli("retract", two.id, "--tag", "v1.1.0", "--reason", "wrong answers")
    assert done.code == 0, done.err
    assert sorted(two.tags) == ["v1.0.0", "v2.0.0"] and two.tags["v2.0.0"] == two.commits[-1].sha
    old, new = two.files("v1.0.0"), two.files("v2.0.0")
    assert {p: d for p, d in old.items() if p.startswith("data/")} == {
        p: d for p, d in new.items() if p.startswith("data/")
    }
    log = new["CHANGELOG.md"].decode()
    assert log.startswith(
        "# Changes\n\n## v2.0.0\n\n- v1.1.0 was retracted: wrong answers\n- the data is that of v1.0.0\n"
    )
    assert json.loads(new["provenance.json"])["version"] == "2.0.0"
    assert 'revision="v2.0.0"' in new["README.md"].decode()
    assert loaded(cli, two, "v2.0.0")["all"] == loaded(cli, two, "v1.0.0")["all"]
    before, requests = snapshot(two), len(hub.requests)
    assert cli("retract", two.id, "--tag", "v1.1.0", "--reason", "wrong answers").code == 0
    assert snapshot(two) == before and writes(hub.requests[requests:]) == []


def test_an_older_version_is_taken_back_and_the_tombstone_is_a_version_of_its_own(two, cli):
    data = {path: one for path, one in two.files().items() if path.startswith("data/")}
    assert cli("retract", two.id, "--tag", "v1.0.0", "--reason", "typo").code == 0
    assert sorted(two.tags) == ["v1.1.0", "v1.1.1"]
    assert {path: one for path, one in two.files("v1.1.1").items() if path.startswith("data/")} == data
    log = two.files()["CHANGELOG.md"].decode()
    assert log.startswith("# Changes\n\n## v1.1.1\n\n- v1.0.0 was retracted: typo\n\n## v1.1.0\n")


def test_versions_that_are_not_there_or_the_only_one(built, cli, hub, two):
    before = snapshot(two)
    refusal = cli("retract", two.id, "--tag", "v7.0.0", "--reason", "x").sentence
    assert refusal == f"{two.id} has no version v7.0.0; it has v1.0.0, v1.1.0"
    assert snapshot(two) == before
    name = cli.new_name()
    cli.ok("release", built, "--repo", name)
    refusal = cli("retract", name, "--tag", "v1.0.0", "--reason", "x").sentence
    assert refusal == f"v1.0.0 is the only version of {name}; delete the repository on the Hub instead"


# squash


def large(repo) -> set[str]:
    return set(repo.lfs_objects)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["rows", "tag"])
def test_squash_leaves_no_large_file_that_no_version_names(two, built, retract, cli, what):
    before = large(two)
    if what == "rows":
        done = retract(two.id, [rows_of(built)["he", "train"][0]["pair_id"]], "--squash")
    else:
        done = cli("retract", two.id, "--tag", "v1.1.0", "--reason", "x", "--squash")
    assert done.code == 0, done.err
    assert [c.title for c in two.commits] == ["polypref: history removed"]
    assert two.tags["v2.0.0"] == two.commits[-1].sha
    named = {e.sha256 for sha in {two.commits[-1].sha, *two.tags.values()} for e in two.at(sha).files.values() if e.lfs}
    assert large(two) == named and before - named
    assert loaded(cli, two, "v2.0.0")["all"]["train"]


@pytest.mark.slow
def test_squash_erases_what_only_the_history_of_a_kept_version_holds(two, make, retract, cli):
    """v1.1.0 has the row; v2.0.0, which stays, was committed on top of it."""
    assert cli("release", make("back", version="2.0.0"), "--repo", two.id).code == 0
    (old,) = [e.sha256 for path, e in two.at("v1.1.0").files.items() if path.startswith("data/de/train-00000004")]
    assert retract(two.id, ["a" * 32], "--squash").code == 0
    assert sorted(two.tags) == ["v1.0.0", "v2.0.0", "v2.0.1"] and old not in large(two)
    assert loaded(cli, two, "v2.0.0")["all"]["train"]


# bad input


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "names no row; give one pair_id, prompt_id or group_id a line"),
        ("hello", "entry 1: 'hello' is not an id of 32 hexadecimal digits"),
        ("a" * 32 + "\n" + "A" * 32, "entry 2: "),
    ],
)
def test_files_of_ids_that_are_none(cli, hub, tmp_path: Path, text, refusal):
    file = tmp_path / "ids.txt"
    file.write_text(text, "utf-8")
    before = len(hub.requests)
    assert refusal in cli("retract", "org/x", "--rows", file, "--reason", "x").sentence
    assert len(hub.requests) == before


@pytest.mark.parametrize(("where", "problem"), [("", ". is a folder"), ("none.txt", "there is no file none.txt")])
def test_ids_that_are_in_no_file(cli, hub, where, problem):
    refusal = cli("retract", "org/x", "--rows", where, "--reason", "x").sentence
    assert refusal == f"{problem}; give a text file with one id a line"


def test_repositories_that_polypref_never_released_to(cli, hub, retract):
    assert retract("org/never", ["a" * 32]).sentence == "org/never has no version released by polypref; check the name"
    name = cli.new_name("foreign")
    repo = hub.create("datasets", name)
    repo.commit({"x.csv": b"a\n"})
    assert "has no version released by polypref" in retract(name, ["a" * 32]).sentence
    repo.create_ref("refs/tags/", "v1.0.0", "main")
    assert f"{name} at main was not released by polypref" in retract(name, ["a" * 32]).sentence


def test_who_may_only_read_changes_nothing(two, built, cli, hub, tmp_path):
    file, before = tmp_path / "ids.txt", snapshot(two)
    file.write_text(rows_of(built)["de", "test"][0]["pair_id"], "utf-8")
    reader = hub.token("org", "read")
    refusal = cli("retract", two.id, "--rows", file, "--reason", "x", token=reader).sentence
    assert refusal.startswith("your token may not do this while sending the commit") and snapshot(two) == before
    assert cli("retract", two.id, "--rows", file, "--reason", "x", token=None).sentence.startswith("no Hub token")


@pytest.mark.slow
def test_main_changed_by_hand_is_neither_verified_nor_tagged(two, built, retract, hub):
    """Somebody edits the card on the Hub after a retraction's commit was made and before it is tagged."""
    gone = [rows_of(built)["de", "test"][0]["pair_id"]]
    fault = hub.fail(kind="500", path=r"/tag/")
    assert "error 500" in retract(two.id, gone).sentence and fault.fired
    two.commit({"README.md": two.files()["README.md"] + b"\nEdited.\n"})
    refusal = retract(two.id, gone).sentence
    assert refusal.startswith(
        f"{two.id} holds a README.md on main that polypref did not write; put the one before back"
    )
    assert sorted(two.tags) == ["v1.0.0", "v1.1.0"]


@pytest.mark.slow
def test_no_release_over_a_retraction_that_was_not_finished(two, built, make, retract, cli, hub):
    gone = [rows_of(built)["de", "test"][0]["pair_id"]]
    fault = hub.fail(kind="500", path=r"/tag/")
    assert "error 500" in retract(two.id, gone).sentence and fault.fired

    def without(table):
        del table["de", "test"][0]

    before = snapshot(two)
    for folder in (make("with", version="2.0.0"), make("without", version="2.0.0", rows=without)):
        refusal = cli("release", folder, "--repo", two.id).sentence
        assert refusal == f"a retraction from {two.id} was not finished; run polypref retract again, then release"
    assert snapshot(two) == before


@pytest.mark.slow
def test_a_release_that_was_never_tagged_counts_for_the_version(first, built, make, retract, cli, hub):
    def more(table):
        table["de", "train"].append(table["de", "train"][0] | {"pair_id": "d" * 32})

    new = make(version="3.0.0", rows=more)
    fault = hub.fail(kind="500", path=r"/tag/")
    assert "error 500" in cli("release", new, "--repo", first.id).sentence and fault.fired
    gone = rows_of(built)["he", "test"][0]["pair_id"]
    assert retract(first.id, [gone]).code == 0
    assert list(first.tags) == ["v4.0.0"] and len(held(first)) == 37 - 1


# without the Hub


def test_ids_are_found_in_any_of_the_three_columns(built):
    rows = rows_of(built)
    one, other = rows["de", "train"][0], rows["he", "train"][5]
    record = read_provenance(built)
    entries = tombstone.find_entries(built, record, [one["prompt_id"], other["pair_id"], "0" * 32])
    assert entries == {
        row["language"]: {row["pair_id"]: (row["pair_id"], row["prompt_id"], row["group_id"])} for row in (one, other)
    }
    assert tombstone.find_entries(built, record, []) == {}


def test_what_is_left_is_what_was_there_without_the_rows(built, tmp_path):
    rows, record = rows_of(built), read_provenance(built)
    ids = {rows["de", "train"][0]["pair_id"], rows["ja", "train"][8]["pair_id"], rows["ja", "test"][1]["pair_id"]}
    ids.add(rows["he", "train"][4]["pair_id"])  # the first one that is not among the four
    new = without(built, record, ids, tmp_path)
    assert rows_of(tmp_path) == {
        part: [row for row in of_part if row["pair_id"] not in ids] for part, of_part in rows.items()
    }
    assert {name: one.rows for name, one in new.files.items() if "/de/train" in name} == {
        "data/de/train-00000000-00000002.parquet": 3,
        "data/de/train-00000003-00000007.parquet": 5,
    }
    assert [row for row in new.funnel if row.stage == "retract"] == [
        FunnelRow("retract", "pairs", tag, "rejected", "retracted", n) for tag, n in (("de", 1), ("he", 1), ("ja", 2))
    ]
    given = {tag: row.given for tag, row in new.mixtures["four"].items()}
    assert given == {"de": 3, "he": 4, "ja": 4}


def test_each_file_of_what_is_left_holds_its_own_ranks(built, tmp_path):
    rows, record = rows_of(built), read_provenance(built)
    six = {tag: replace(row, given=6, asked=6) for tag, row in record.mixtures["four"].items()}
    mixtures = {**record.mixtures, "six": six}
    pieces = cut_files(mixtures)
    for piece in pieces:
        path = tmp_path / "three" / piece.path
        path.parent.mkdir(parents=True, exist_ok=True)
        part = rows[piece.language, piece.split][piece.first : piece.last + 1]
        write_table(path, pa.Table.from_pylist(part, schema=schema.PREFERENCES))
    files = file_facts(tmp_path / "three", rows_by_path(pieces))
    three = replace(record, mixtures=mixtures, configs=configs(mixtures, pieces), files=files)
    gone = rows["de", "train"][4]
    new = without(tmp_path / "three", three, {gone["group_id"]}, tmp_path / "new")
    assert [name for name in new.files if "/de/train" in name] == [
        "data/de/train-00000000-00000003.parquet",
        "data/de/train-00000004-00000004.parquet",
        "data/de/train-00000005-00000007.parquet",
    ]
    assert rows_of(tmp_path / "new")["de", "train"] == [row for row in rows["de", "train"] if row is not gone]
    assert new.mixtures["six"]["de"].given == 5
