"""What was retracted stays retracted: a text that was taken back comes back in no row, column, form or version."""

from __future__ import annotations

import io
import json
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref.release.folder import read_provenance
from polypref.stages import retracted
from tests.fixtures.stored import restore

from .helpers import SCRIPT, rows_of, snapshot, write_pool, writes


@pytest.fixture
def retract(cli, tmp_path):
    def run(name, ids, *more):
        file = tmp_path / "ids.txt"
        file.write_text("\n".join(ids) + "\n", "utf-8")
        return cli("retract", name, "--rows", file, "--reason", "the writer asked", *more)

    return run


def held(repo, revision="main") -> dict[str, dict]:
    files = repo.files(revision)
    tables = (pq.read_table(io.BytesIO(files[path])).to_pylist() for path in files if path.endswith(".parquet"))
    return {row["pair_id"]: row for rows in tables for row in rows}


def turn(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


FRESH = (
    "Wo wächst im Garten der Rhabarber?",
    "Hinter dem Haus, nahe am Zaun.",
    "Das weiß leider keiner mehr so genau.",
)


def fresh(row: dict, **texts) -> dict:
    """A new row like another, with texts of its own but for those that are given."""
    prompt, chosen, rejected = FRESH
    own = {"prompt": [turn("user", prompt)], "chosen": [turn("assistant", chosen)]}
    own |= {"rejected": [turn("assistant", rejected)]}
    ids = dict(zip(("pair_id", "prompt_id", "group_id", "chosen_id", "rejected_id"), "bcdef", strict=True))
    return row | own | {name: digit * 32 for name, digit in ids.items()} | texts


def text_of(row: dict, side: str) -> str:
    return row[side][-1]["content"]


# A row in which a retracted text comes back, and by which part it is known.
COMING_BACK = {
    "another pair of the prompt": (lambda row: {"prompt": row["prompt"]}, "its prompt"),
    "a blank more": (lambda row: {"prompt": [turn("user", text_of(row, "prompt") + " ")]}, "its prompt"),
    "another form of Unicode": (
        lambda row: {"chosen": [turn("assistant", unicodedata.normalize("NFD", text_of(row, "chosen")))]},
        "its chosen answer",
    ),
    "capitals and no-break blanks": (
        lambda row: {"rejected": [turn("assistant", text_of(row, "rejected").upper().replace(" ", "\xa0"))]},
        "its rejected answer",
    ),
    "chosen as rejected": (
        lambda row: {"rejected": [turn("assistant", text_of(row, "chosen"))]},
        "its rejected answer",
    ),
    "an answer as a turn": (
        lambda row: {
            "prompt": [turn("user", "Sag mir"), turn("assistant", text_of(row, "chosen")), turn("user", "Und?")]
        },
        "its prompt",
    ),
    "the prompt in a conversation": (
        lambda row: {"prompt": [turn("user", "Hallo"), turn("assistant", "Ja?"), *row["prompt"]]},
        "its prompt",
    ),
    "the prompt as an answer": (
        lambda row: {"chosen": [turn("assistant", text_of(row, "prompt"))]},
        "its chosen answer",
    ),
}


@pytest.fixture
def gone(two, built, retract) -> dict:
    """A Hebrew row that was retracted by its pair_id."""
    row = rows_of(built)["he", "train"][1]
    done = retract(two.id, [row["pair_id"]])
    assert done.code == 0, done.err
    return row


def without(gone, more):
    def change(table):
        for rows in table.values():
            rows[:] = [row for row in rows if row["pair_id"] != gone["pair_id"]]
        table["de", "train"].append(more)

    return change


@pytest.mark.slow
@pytest.mark.parametrize("how", COMING_BACK)
def test_a_text_comes_back_in_no_other_row_and_language(two, gone, make, cli, how):
    change, part = COMING_BACK[how]
    row = fresh(next(row for row in held(two).values() if row["language"] == "de"), **change(gone))
    before = snapshot(two)
    sentence = cli("release", make("next", version="2.1.0", rows=without(gone, row)), "--repo", two.id).sentence
    assert sentence.startswith(f"1 rows were retracted from {two.id}, or hold a text that was, and are in this build")
    assert f"(first: data/de/train-00000004-00000009.parquet, row 6, pair {'b' * 32}: {part}; languages de)" in sentence
    assert f"--retracted {two.id}" in sentence and snapshot(two) == before


@pytest.mark.slow
def test_other_texts_are_released(two, gone, make, cli):
    row = fresh(next(row for row in held(two).values() if row["language"] == "de"))
    row["prompt"] = [turn("user", "Erste Frage zu etwas ganz anderem"), *row["prompt"]]
    change = without(gone, row)
    done = cli("release", make("next", version="3.0.0", rows=change), "--repo", two.id)
    assert done.code == 0, done.err
    assert sorted(two.tags) == ["v2.0.0", "v3.0.0"]
    # The tombstone goes on from version to version.
    assert retracted.read_retractions(two.files("v3.0.0")["CHANGELOG.md"].decode()).texts


def test_the_texts_cannot_be_read_in_what_is_published(two, gone):
    for name, data in two.files().items():
        for side in ("prompt", "chosen", "rejected"):
            assert text_of(gone, side).encode() not in data, name
    assert "normal form 1, salt" in two.files()["CHANGELOG.md"].decode()


@pytest.mark.slow
def test_of_says_which_texts_stay_away(two, built, make, cli, retract):
    row = rows_of(built)["he", "train"][1]
    done = retract(two.id, [row["pair_id"]], "--of", "chosen")
    assert done.code == 0 and "1 salted hashes go into CHANGELOG.md; the salt is public" in done.out
    german = next(row for row in held(two).values() if row["language"] == "de")
    allowed = fresh(german, prompt=row["prompt"], rejected=row["rejected"])
    assert cli("release", make("a", version="3.0.0", rows=without(row, allowed)), "--repo", two.id).code == 0
    barred = fresh(german, rejected=row["chosen"])
    assert "its rejected answer" in (
        cli("release", make("b", version="4.0.0", rows=without(row, barred)), "--repo", two.id).sentence
    )


@pytest.mark.slow
def test_rows_that_hold_the_same_text_go_with_it_from_every_version(first, built, make, cli, retract):
    """Version 1.1.0 has the chosen answer of a row that is retracted as a rejected one, in another language."""
    row = rows_of(built)["he", "train"][1]

    def more(table):
        table["de", "train"].append(fresh(table["de", "train"][0], rejected=row["chosen"]))

    assert cli("release", make("more", version="1.1.0", rows=more), "--repo", first.id).code == 0
    done = retract(first.id, [row["pair_id"]])
    assert done.code == 0, done.err
    assert "rows        1 with the ids, 1 more that hold the same texts\n" in done.out
    assert "of main     2 rows; versions that hold some: v1.0.0, v1.1.0\n" in done.out
    assert list(first.tags) == ["v2.0.0"] and len(held(first)) == 36 - 1
    log = first.files()["CHANGELOG.md"].decode()
    assert "- 2 rows retracted" in log and f"  - {'b' * 32}\n" in log


def test_a_dry_run_says_what_would_go_and_changes_nothing(two, built, retract, hub):
    row, requests, before = rows_of(built)["he", "train"][1], len(hub.requests), snapshot(two)
    done = retract(two.id, [row["pair_id"]], "--dry-run")
    assert done.code == 0 and done.out.endswith("dry run: nothing was changed\n") and "rows        1 with" in done.out
    assert snapshot(two) == before and writes(hub.requests[requests:]) == []


def test_the_same_retraction_again_changes_nothing(two, gone, retract, hub):
    before, requests = snapshot(two), len(hub.requests)
    assert retract(two.id, [gone["pair_id"]]).code == 0
    assert retract(two.id, [gone["pair_id"]], "--of", "prompt").code == 0
    assert snapshot(two) == before and writes(hub.requests[requests:]) == []


def test_a_second_retraction_keeps_the_first_and_its_salt(two, gone, built, retract):
    before = retracted.read_retractions(two.files()["CHANGELOG.md"].decode())
    assert retract(two.id, [rows_of(built)["ja", "test"][0]["pair_id"]]).code == 0
    after = retracted.read_retractions(two.files()["CHANGELOG.md"].decode())
    assert len(after.texts) == 1 and after.texts[0].salt == before.texts[0].salt
    assert after.texts[0].marks > before.texts[0].marks and after.ids > before.ids


@pytest.mark.slow
def test_versions_with_the_text_alone_go_after_an_interruption_too(first, built, make, cli, retract, hub):
    """The tag of the version that held the row itself is deleted already when the run fails."""
    row = rows_of(built)["he", "train"][1]

    def other(table):
        table["he", "train"].remove(next(one for one in table["he", "train"] if one["pair_id"] == row["pair_id"]))
        table["de", "train"].append(fresh(table["de", "train"][0], rejected=row["chosen"]))

    assert cli("release", make("other", version="2.0.0", rows=other), "--repo", first.id).code == 0
    fault = hub.fail(kind="500", method="DELETE", path=r"/tag/v2\.0\.0")
    assert "error 500" in retract(first.id, [row["pair_id"]]).sentence and fault.fired
    assert sorted(first.tags) == ["v2.0.0", "v3.0.0"]
    assert retract(first.id, [row["pair_id"]]).code == 0
    assert list(first.tags) == ["v3.0.0"] and "b" * 32 not in held(first)


def test_a_reason_that_cannot_be_published_changes_nothing(two, cli, tmp_path):
    before, address = snapshot(two), "anna.muster" + "@" + "posteo.de"
    (tmp_path / "ids.txt").write_text("f" * 32 + "\n", "utf-8")
    for reason, part in ((f"{address} asked", "(email)"), ("x\n## v9.9.9", "U+000A"), (" ", "is empty")):
        for which in (("--tag", "v1.1.0"), ("--rows", tmp_path / "ids.txt")):
            sentence = cli("retract", two.id, *which, "--reason", reason).sentence
            assert sentence.startswith("the reason (--reason) stands in what is published") and part in sentence
            assert address not in sentence
    assert snapshot(two) == before


@pytest.mark.slow
def test_taking_back_the_newest_version_brings_no_retracted_row_back(two, built, retract, cli, hub):
    """A retraction whose last step failed left a version that holds the row; main would return to it."""
    row = rows_of(built)["he", "train"][1]
    fault = hub.fail(kind="500", method="DELETE", path=r"/tag/", times=None)
    assert "error 500" in retract(two.id, [row["pair_id"]]).sentence and fault.fired
    hub.clear_faults()
    assert sorted(two.tags) == ["v1.0.0", "v1.1.0", "v2.0.0"]
    before = snapshot(two)
    sentence = cli("retract", two.id, "--tag", "v2.0.0", "--reason", "wrong").sentence
    assert sentence.startswith(f"v1.1.0 of {two.id} holds rows that were retracted, and would be main again")
    assert snapshot(two) == before
    assert retract(two.id, [row["pair_id"]]).code == 0 and list(two.tags) == ["v2.0.0"]


@pytest.mark.slow
def test_a_release_after_somebody_deleted_the_tags_brings_nothing_back(two, gone, built, make, cli):
    for tag in list(two.tags):
        two.delete_ref("refs/tags/", tag)
    assert "were retracted from" in cli("release", make("all", version="3.0.0"), "--repo", two.id).sentence
    row = fresh(rows_of(built)["de", "train"][0])
    done = cli("release", make("next", version="3.0.0", rows=without(gone, row)), "--repo", two.id)
    assert done.code == 0, done.err
    assert gone["pair_id"] in retracted.read_retractions(two.files("v3.0.0")["CHANGELOG.md"].decode()).ids


@pytest.mark.slow
def test_masked_texts_are_known_when_they_come_back_unmasked(make, cli, hub, retract):
    mail = "anna.muster" + "@" + "posteo.de"

    def write(table):
        table["de", "train"][0]["prompt"][0]["content"] += f" {mail}"

    name = cli.new_name()
    folder = make("open", rows=write)
    assert cli("release", folder, "--repo", name, "--public").code == 0
    repo = hub.repo("datasets", name)
    (row,) = [row for row in held(repo).values() if "[email]" in text_of(row, "prompt")]
    assert retract(name, [row["pair_id"]]).code == 0
    repo.private = True

    def again(table):
        write(table)
        one = table["de", "train"].pop(0)
        table["de", "train"].append(fresh(one, prompt=one["prompt"]))

    assert "its prompt" in cli("release", make("closed", version="3.0.0", rows=again), "--repo", name).sentence


# tombstones of before


def test_a_tombstone_of_before_is_honoured_and_the_next_one_adds_texts(cli, hub, retract):
    repo = restore(hub, "after", cli.new_name())
    old = retracted.read_retractions(repo.files()["CHANGELOG.md"].decode())
    assert len(old.ids) == 4 and old.texts == ()
    pair = next(iter(held(repo)))
    assert retract(repo.id, [pair]).code == 0
    new = retracted.read_retractions(repo.files()["CHANGELOG.md"].decode())
    assert new.ids == old.ids | {pair} and len(new.texts) == 1


# the next build


def build(cli, tmp_path, *words):
    out = tmp_path / "out"
    cli.ok("build", SCRIPT, "--source", write_pool(tmp_path / "pool"), "--out", out, "--quiet", *words)
    return out


def lost(out: Path) -> dict[tuple[str, str], int]:
    rows = (row for row in read_provenance(out).funnel if row.reason.startswith("retracted: "))
    return {(row.language, row.reason.removeprefix("retracted: ")): row.rows for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("where", ["repository", "file", "folder"])
def test_a_build_leaves_out_and_counts_what_was_taken_back(two, gone, cli, hub, tmp_path, where):
    (tmp_path / "CHANGELOG.md").write_bytes(two.files()["CHANGELOG.md"])
    given = {"repository": two.id, "file": tmp_path / "CHANGELOG.md", "folder": tmp_path}[where]
    out = build(cli, tmp_path, "--retracted", given)
    assert lost(out) == {("he", "prompt_taken_back"): 1}
    assert not {gone["pair_id"]} & {row["pair_id"] for rows in rows_of(out).values() for row in rows}
    record = json.loads((out / "provenance.json").read_text("utf-8"))
    assert record["settings"]["builder"]["retracted"] == "CHANGELOG.md" and str(tmp_path) not in json.dumps(record)
    assert cli("build", SCRIPT, "--source", tmp_path / "pool", "--out", out, "--retracted", given).out.startswith(
        "nothing to do"
    )
    assert "retracted: prompt_taken_back" in cli.ok("inspect", out)


@pytest.mark.slow
def test_a_build_knows_the_texts_and_a_repository_without_retractions_changes_nothing(
    two, released, built, retract, cli, tmp_path
):
    row = rows_of(built)["he", "train"][1]
    assert retract(two.id, [row["pair_id"]]).code == 0
    pool = write_pool(tmp_path / "pool")
    lines = [json.loads(line) for line in (pool / "he.jsonl").read_text("utf-8").splitlines()]
    (again,) = [line for line in lines if line["prompt"] == text_of(row, "prompt")]
    # The same prompt with other answers, and one of its answers to another prompt.
    lines += [again | {"id": "g20", "prompt": "א" * 30, "b": "ב" * 30}]
    again |= {"prompt": again["prompt"] + "  ", "a": "ג" * 30, "b": "ד" * 30}
    (pool / "he.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    words = ("build", SCRIPT, "--source", pool, "--quiet", "--out")
    cli.ok(*words, tmp_path / "out", "--retracted", two.id)
    assert sum(lost(tmp_path / "out").values()) == 2 and ("he", "prompt_taken_back") in lost(tmp_path / "out")
    cli.ok(*words, tmp_path / "plain")
    none = cli(*words, tmp_path / "none", "--retracted", released.id)
    assert none.code == 0 and f"nothing that was taken back by {released.id} is in this build" in none.err
    assert lost(tmp_path / "none") == {} and rows_of(tmp_path / "none") == rows_of(tmp_path / "plain")
    assert cli("release", tmp_path / "plain", "--repo", two.id).code == 2


def test_where_nothing_can_be_read_the_build_says_so(cli, tmp_path, built):
    def sentence(where):
        return cli("build", SCRIPT, "--source", built, "--out", tmp_path / "x", "--retracted", where).sentence

    assert sentence("org/nowhere").startswith("org/nowhere is neither there nor a dataset on the Hub")
    assert "holds no CHANGELOG.md" in sentence(built)
    assert "no file or folder at 'no where'" in sentence("no where") and "at ''" in sentence("")
    assert "told by the changelog of main alone; give org/x" in sentence("org/x@v1.0.0")
    assert not (tmp_path / "x").exists()


# what is said


@pytest.mark.slow
def test_the_help_and_the_output_say_what_cannot_be_reached(two, built, cli, retract):
    words = " ".join(cli.ok("retract", "--help").split())
    for part in ("whoever guesses a text can confirm the guess", "under 20 characters", "does not reach pull requests"):
        assert part in words
    row = rows_of(built)["he", "train"][1]
    plain = retract(two.id, [row["pair_id"]]).out
    assert "main's history still holds what was taken back, for whoever has a commit's id; --squash erases it" in plain
    squashed = retract(two.id, [row["pair_id"]], "--squash").out
    assert "still holds" not in squashed and "a version that stays leads to the commits before it" in squashed
    for out in (plain, squashed):
        assert "downloads and caches of others" in out and "pull requests, other branches and duplicates" in out


def test_options_for_rows_are_refused_with_a_version(two, cli):
    for more in (("--of", "prompt"), ("--dry-run",)):
        sentence = cli("retract", two.id, "--tag", "v1.1.0", "--reason", "x", *more).sentence
        assert sentence == "--of and --dry-run go with --rows, not with --tag; leave them out"
