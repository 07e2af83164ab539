"""What the functions that an engine runs count beyond what the stages do."""

import math

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.files.store import Stage
from polypref.pipeline import parts


def test_pairs_that_people_looked_at_are_counted_by_what_went(tmp_path):
    def pair(name: str, review: str | None, language: str = "de") -> dict[str, object]:
        row = {"pair_id": name, "prompt_id": name, "chosen_id": "c", "rejected_id": "r", "rater": "x"}
        return row | {"language": language, "review": review}

    stage = Stage(tmp_path, "f")
    kept = [pair("1", None), pair("2", "agreed"), pair("3", "relabelled", "he")]
    pq.write_table(pa.Table.from_pylist(kept, schema.PAIRS), stage.part("pairs", 0))
    pq.write_table(pa.Table.from_pylist([pair("4", None)], schema.PAIRS), stage.part("removed", 0))
    assert parts.review_funnel(stage) == {
        ("de", "in", ""): 3,
        ("de", "kept", ""): 2,
        ("de", "rejected", "removed_by_reviewers"): 1,
        ("he", "in", ""): 1,
        ("he", "kept", ""): 1,
    }


def test_ratings_that_are_no_number_are_rejected_and_what_came_to_nothing_has_its_reason(tmp_path):
    stage, index = Stage(tmp_path / "rate", "f"), Stage(tmp_path / "index", "f")
    stage.path.mkdir()
    index.path.mkdir()
    prompts = [{"prompt_id": "1", "language": "de"}, {"prompt_id": "2", "language": "he"}]
    pq.write_table(pa.Table.from_pylist(prompts), index.part("index", 0))
    scores = [("1", 1.0), ("1", math.nan), ("1", math.inf), ("1", 2.0), ("1", 3.0), ("2", -1.0)]
    rows = [
        {"prompt_id": prompt, "completion_id": str(number), "rater": "r", "rater_revision": "1", "score": score}
        for number, (prompt, score) in enumerate(scores)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema.RATINGS), stage.part("ratings", 0))
    lost = [{"language": "de", "where": "6", "reason": "judge_unparsable", "detail": None}]
    pq.write_table(pa.Table.from_pylist(lost, schema.REJECTED), stage.part("rejected", 0))
    assert parts.collect_funnel(stage, index, "ratings") == {
        ("de", "in", ""): 6,
        ("de", "kept", ""): 3,
        ("de", "rejected", "score_not_finite"): 2,
        ("de", "rejected", "judge_unparsable"): 1,
        ("he", "in", ""): 1,
        ("he", "kept", ""): 1,
    }
