"""Ratings on the Hub: they load, are masked as the pairs are, and what is taken back goes from there too."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.release import tombstone
from polypref.release.folder import read_provenance
from polypref.release.licences import named_parts
from polypref.release.provenance import TranslatorPart
from polypref.release.retracted_ratings import find_answers, rated_answers, rated_marks, without_ratings
from polypref.stages import retracted
from tests.hub import LoopbackHub, Repo

from .helpers import Line, clone
from .rated import builder, pairs_of, ratings_of, rows, written

_LOAD = """
import json
from datasets import get_dataset_config_names, load_dataset
names = get_dataset_config_names("{name}", revision="{tag}")
loaded = load_dataset("{name}", "ratings", revision="{tag}")
ids = {{split: list(rows["completion_id"]) for split, rows in loaded.items()}}
print(json.dumps([names, ids, len(load_dataset("{name}", "ratings-de", revision="{tag}", split="train"))]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hub")
    return written(place / "out", builder(place, [*rows(), *rows(4, language="de")]))


@pytest.fixture(scope="module")
def released(cli: Line, session_hub: LoopbackHub, folder: Path) -> Repo:
    """A private repository that holds it; not to be changed."""
    name = cli.new_name("rated")
    cli.ok("release", folder, "--repo", name)
    return session_hub.repo("datasets", name)


@pytest.fixture
def repo(cli: Line, hub: LoopbackHub, released: Repo) -> Repo:
    return clone(hub, released, cli.new_name("rated"))


def held(repo: Repo, of: str = "data/ratings/") -> list[dict[str, Any]]:
    """The rows of the files on main whose paths begin so."""
    files = repo.files("main")
    tables = [pq.read_table(io.BytesIO(files[path])) for path in sorted(files) if path.startswith(of)]
    return [row for table in tables for row in table.to_pylist()]


def text(row: dict[str, Any]) -> str:
    return str(row["completion"][0]["content"])


def retract(cli: Line, repo: Repo, tmp_path: Path, *ids: str) -> str:
    (tmp_path / "ids.txt").write_text("\n".join(ids) + "\n", "utf-8")
    return cli.ok("retract", repo.id, "--rows", tmp_path / "ids.txt", "--reason", "the writer asked")


def load(cli: Line, repo: Repo, tag: str) -> list[Any]:
    return json.loads(cli.python(_LOAD.format(name=repo.id, tag=tag)).splitlines()[-1])


def test_the_config_loads_from_the_hub(cli: Line, released: Repo, folder: Path) -> None:
    names, ids, german = load(cli, released, "v1.0.0")
    assert names == ["all", "all-de", "all-en", "ratings", "ratings-de", "ratings-en"]
    there = ratings_of(folder)
    order = [row for tag in ("de", "en") for row in there if row["language"] == tag]
    assert ids == {
        split: [row["completion_id"] for row in order if row["split"] == split] for split in ("train", "test")
    }
    assert german == sum((row["language"], row["split"]) == ("de", "train") for row in there)


def test_a_public_release_masks_the_words_of_raters(cli: Line, hub: LoopbackHub, folder: Path, tmp_path: Path) -> None:
    name = cli.new_name("public")
    cli.ok("release", folder, "--repo", name, "--public")
    repo = hub.repo("datasets", name)
    words = Counter(row["rationale"] for row in held(repo))
    assert words == {"says [email]": 30, None: 60}
    record = read_provenance(Path(_download(repo, tmp_path)))
    assert record.masked == {"email": 30} and b"anna@uni-kassel.de" not in b"".join(repo.files("main").values())


def _download(repo: Repo, target: Path) -> Path:
    for name, data in repo.files("main").items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    return target


@pytest.mark.slow
def test_a_prompt_goes_with_all_its_ratings(cli: Line, repo: Repo, folder: Path, tmp_path: Path) -> None:
    gone = next(row for row in pairs_of(folder) if row["language"] == "de")
    out = retract(cli, repo, tmp_path, gone["prompt_id"])
    assert "of 3 answers, of main 3" in out and "verified and tagged v2.0.0" in out
    assert gone["prompt_id"] not in {row["prompt_id"] for row in held(repo)} and len(held(repo)) == 81
    log = repo.files("main")["CHANGELOG.md"].decode()
    answers = {row["completion_id"] for row in ratings_of(folder) if row["prompt_id"] == gone["prompt_id"]}
    assert "- 9 rows of the config ratings went, of 3 answers taken back" in log
    assert answers | {gone["pair_id"], gone["prompt_id"]} == retracted.read_retractions(log).ids
    record = read_provenance(_download(repo, tmp_path / "now"))
    assert record.ratings is not None and sum(facts.rows for facts in record.ratings.files.values()) == 81
    assert [(row.language, row.rows) for row in record.ratings.funnel if row.stage == "retract"] == [("de", 9)]
    assert {split: len(ids) for split, ids in load(cli, repo, "v2.0.0")[1].items()} == Counter(
        row["split"] for row in ratings_of(folder) if row["prompt_id"] != gone["prompt_id"]
    )


@pytest.mark.slow
def test_an_answer_in_no_pair_is_taken_back_and_stays_away(cli: Line, repo: Repo, folder: Path, tmp_path: Path) -> None:
    gone = next(row for row in ratings_of(folder) if text(row) == "The reply to 2 in en is 1 here.")
    out = retract(cli, repo, tmp_path, gone["completion_id"])
    assert "of 1 answers, of main 1" in out and list(repo.tags) == ["v2.0.0"]
    # Its prompt was not asked for: its pair and the ratings of the two other answers stay.
    assert len(held(repo)) == 90 - 3 and len(held(repo, "data/en") + held(repo, "data/de")) == 10
    assert gone["prompt_id"] in {row["prompt_id"] for row in held(repo)}
    log = repo.files("main")["CHANGELOG.md"].decode()
    assert "- 0 rows retracted: the writer asked\n- 3 rows of the config ratings went, of 1 answers taken back\n" in log
    assert f"completion_ids from it:\n  - {gone['completion_id']}\n- texts taken back" in log
    # A later build that has it again is refused, and one that is told of it leaves it out.
    both = [*rows(), *rows(4, language="de")]
    sentence = cli(
        *("release", written(tmp_path / "again", builder(tmp_path, both, version="3.0.0")), "--repo", repo.id)
    ).sentence
    assert sentence.startswith("1 rows were retracted")
    assert f"answer {gone['completion_id']}: taken back by its id" in sentence
    (tmp_path / "CHANGELOG.md").write_text(log, "utf-8")
    more = builder(tmp_path, both, version="3.0.0", retracted=str(tmp_path / "CHANGELOG.md"))
    cli.ok("release", written(tmp_path / "third", more), "--repo", repo.id)
    assert len(held(repo)) == 90 - 3 and "v3.0.0" in repo.tags


@pytest.mark.slow
def test_a_text_is_known_again_in_the_ratings_alone(cli: Line, repo: Repo, folder: Path, tmp_path: Path) -> None:
    """The same text under another prompt, in no pair there, goes with that of a pair."""
    same = rows(1, language="de")
    same[0]["q"] = "Eine ganz andere Frage auf dem Blatt?"
    same[0]["replies"][1]["t"] = "The reply to 0 in en is 2 here."
    declared = builder(tmp_path, [*rows(), *rows(4, language="de"), *same], version="1.1.0")
    cli.ok("release", written(tmp_path / "more", declared), "--repo", repo.id)
    assert len(held(repo)) == 99
    chosen = next(row for row in pairs_of(folder) if row["chosen"][0]["content"] == "The reply to 0 in en is 2 here.")
    out = retract(cli, repo, tmp_path, chosen["pair_id"])
    # All three answers to its prompt, whose text goes too, and the copy.
    assert "of 4 answers, of main 4" in out and len(held(repo)) == 99 - 3 * 4
    assert "The reply to 0 in en is 2 here." not in {text(row) for row in held(repo)}


def test_a_pair_that_goes_takes_its_prompt_from_the_ratings(folder: Path, tmp_path: Path) -> None:
    """Where no text is remembered: the prompt has no pair any more."""
    record = read_provenance(folder)
    gone = next(row for row in pairs_of(folder) if row["language"] == "en" and row["split"] == "train")
    staging = tmp_path / "new"
    for name in record.files:
        table = pq.read_table(folder / name)
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            table.filter(pa.array([one != gone["pair_id"] for one in table["pair_id"].to_pylist()])), staging / name
        )
    new, lost = without_ratings(folder, record, record, {}, staging)
    assert lost == {"en": 9} and new.ratings is not None
    left = [row for name in new.ratings.files for row in pq.read_table(staging / name).to_pylist()]
    assert len(left) == 81 and gone["prompt_id"] not in {row["prompt_id"] for row in left}
    # What holds none of it stays as it is, byte for byte.
    before = record.ratings
    assert before is not None
    same = [name for name in before.files if new.ratings.files[name].sha256 == before.files[name].sha256]
    assert set(before.files) - set(same) == {name for name in before.files if "/en/train" in name}
    assert without_ratings(folder, replace(record, ratings=None), record, {}, staging)[1] == {}


def test_a_verdict_goes_with_either_of_its_answers(tmp_path: Path) -> None:
    from .test_ratings import voted

    out = voted(tmp_path)
    record, there = read_provenance(out), ratings_of(out)
    taken = {"en": {there[0]["completion_id"]: (there[0]["completion_id"],)}}
    new, lost = without_ratings(out, record, record, taken, _copied(out, tmp_path / "new"))
    assert lost["en"] == sum(row["prompt_id"] == there[0]["prompt_id"] for row in there)
    assert new.ratings is not None and sum(facts.rows for facts in new.ratings.files.values()) == 88 - lost["en"]


def _copied(folder: Path, target: Path) -> Path:
    for name in read_provenance(folder).files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes((folder / name).read_bytes())
    return target


def test_each_rated_answer_is_looked_at_once(folder: Path) -> None:
    record = read_provenance(folder)
    assert record.ratings is not None
    table = pa.concat_tables([rated_answers(folder / name) for name in record.ratings.files])
    assert len(table) == 30 and table.schema.field("rejected").type == schema.MESSAGES
    answers = find_answers(folder, record, {table["pair_id"][0].as_py()}, ())
    assert tombstone.count_rows(answers) == 1


@pytest.mark.parametrize("of", ["chosen", "rejected"])
def test_which_answers_to_a_prompt_were_chosen_its_pairs_say(folder: Path, of: retracted.Of) -> None:
    """All answers to the prompt were taken back for the one: the ratings do not know which it is."""
    record, salt = read_provenance(folder), "0" * 32
    pair = pairs_of(folder)[0]
    assert len(tombstone.marks(folder, record, {pair["prompt_id"]}, of, salt)) == 1
    assert rated_marks(folder, record, {pair["prompt_id"]}, of, salt) == set()
    # The same answer, named beside its prompt.
    both = {pair["prompt_id"], pair[f"{of}_id"]}
    named = rated_marks(folder, record, both, of, salt)
    assert named == tombstone.marks(folder, record, {pair["pair_id"]}, of, salt)


@pytest.mark.parametrize(("route", "names"), [("translated", ["deepl", "nllb"]), ("direct", [])])
def test_who_translated_answers_that_are_rated_alone_stays_named(
    folder: Path, tmp_path: Path, route: str, names: list[str]
) -> None:
    """Its licence is one of the whole, also where its last pair is gone."""
    record = read_provenance(folder)
    assert record.ratings is not None
    for name in record.ratings.files:
        table = pq.read_table(folder / name)
        at = table.schema.get_field_index("route")
        (tmp_path / "old" / name).parent.mkdir(parents=True, exist_ok=True)
        routes = pa.array([route] * len(table))
        pq.write_table(table.set_column(at, table.schema.field(at), routes), tmp_path / "old" / name)
    alone = replace(record.ratings, translators=[TranslatorPart("nllb", "mit", 2)])
    before = replace(record, translators=[TranslatorPart("deepl", "cc-by-nc-4.0", 4)], ratings=alone)
    left = replace(record, translators=[])
    new, _ = without_ratings(tmp_path / "old", before, left, {}, _copied(folder, tmp_path / "new"))
    assert new.ratings is not None and [one.name for one in new.ratings.translators] == names
    assert any("deepl" in one for one in named_parts(new)) == (route == "translated")
