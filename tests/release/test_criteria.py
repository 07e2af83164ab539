"""The column of criteria in every form of a dataset, masked for a public release; other datasets have none."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.raters.given import SourceRater
from polypref.release.folder import read_provenance
from polypref.release.personal_data import mask_folder
from polypref.stages.balance import Split
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts
from tests.release.test_people import written

BY = "Prefer what anna@uni-kassel.de wrote."
TWO = (Answer("a"), Answer("b"))


def rows():
    """Three flips, and a question of which nobody says what its verdict goes by."""
    asked = [{"q": f"Question {n}?", "a": f"Yes, {n}.", "b": f"No, {n}."} for n in range(4)]
    by = [one | two for one in asked[:3] for two in ({"by": BY, "w": "A"}, {"by": "Shorter.", "w": "B"})]
    return [*by, asked[3] | {"w": "A"}]


def builder(path, **fields):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), "utf-8")
    kept = {"verdict": Verdict("people", "w", ("A",), ("B",)), "criterion": "by"} | fields
    source = Files(str(path), Fields("q", **{"answers": TWO} | kept), "rows", "1", "cc0-1.0", language="en")
    return Builder(
        "wishes",
        "1.0.0",
        sources=(source,),
        rater=SourceRater("people"),
        pairs=PairRule("given"),
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0.0),
        filters=(),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Turns of more than a text, with all verdicts published too."""
    root = tmp_path_factory.mktemp("whole")
    return root / "out", written(root / "out", replace(builder(root / "rows.jsonl", thoughts="cut"), ratings=True))


def test_with_whole_turns_it_stands_last_and_in_the_system_message(whole):
    out, table = whole
    assert table.schema.names == [*schema.PREFERENCES_WITH_TURNS.names, schema.CRITERION]
    stated = [(json.loads(row["prompt"][0])["content"], row["criterion"]) for row in table.to_pylist()]
    assert sorted(map(str, stated)) == sorted(
        map(str, [(BY, BY)] * 3 + [("Shorter.", "Shorter.")] * 3 + [("Question 3?", None)])
    )
    (flips,) = read_provenance(out).facts.flips
    assert (flips.flips, flips.rows, flips.alike) == (3, 6, 0)


def test_rows_of_ratings_have_it_too(whole):
    out, _ = whole
    ratings = pa.concat_tables([pq.read_table(out / name) for name in read_provenance(out).ratings.files])
    assert ratings.schema.names == [*schema.RELEASED_RATINGS_WITH_TURNS.names, schema.CRITERION]
    assert sorted(map(str, ratings["criterion"].to_pylist())) == sorted([BY] * 6 + ["Shorter."] * 6 + ["None"] * 2)


def test_it_is_masked_as_the_prompt_is(tmp_path):
    table = written(tmp_path / "out", builder(tmp_path / "rows.jsonl"))
    assert BY in table["criterion"].to_pylist()
    files, _ = mask_folder(tmp_path / "out", read_provenance(tmp_path / "out"), tmp_path / "masked")
    masked = [row for path in files.values() for row in pq.read_table(path).to_pylist()]
    by = {row["criterion"] for row in masked if row["criterion"] and "Prefer" in row["criterion"]}
    assert len(by) == 1 and "anna" not in str(masked)
    assert {row["prompt"][0]["content"] for row in masked if row["criterion"] in by} == by


def test_single_answers_under_two_criteria(tmp_path):
    label = Answer("a", score="w", rater="people", score_labels={"A": 1.0, "B": 0.0})
    declared = builder(tmp_path / "rows.jsonl", answers=(label,), verdict=None, criterion_in="column")
    table = written(tmp_path / "out", replace(declared, pairs=PairRule("unpaired")))
    assert table.schema.names == [*schema.UNPAIRED.names, schema.CRITERION] and len(table) == 7
    (flips,) = read_provenance(tmp_path / "out").facts.flips
    assert (flips.flips, flips.rows, flips.alike) == (3, 6, 6)


def test_a_source_without_criteria_has_no_column(tmp_path):
    table = written(tmp_path / "out", builder(tmp_path / "rows.jsonl", criterion=None))
    assert table.schema.names == schema.PREFERENCES.names
    # What one verdict says and another denies is then no pair.
    assert len(table) == 1
    assert "flips" not in json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))["facts"]
