"""What the functions that an engine runs count beyond what the stages do."""

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


def test_answers_of_models_are_counted_with_those_that_did_not_come(tmp_path):
    stage, index = Stage(tmp_path / "complete", "f"), Stage(tmp_path / "index", "f")
    stage.path.mkdir()
    index.path.mkdir()
    prompts = [{"prompt_id": "1", "language": "de"}, {"prompt_id": "2", "language": "he"}]
    pq.write_table(pa.Table.from_pylist(prompts), index.part("index", 0))
    answers = pa.table({"prompt_id": ["1", "1", "1", "2"]})
    pq.write_table(answers, stage.part("completions", 0))
    lost = [{"language": "de", "where": "1", "reason": "reply_empty", "detail": None}]
    pq.write_table(pa.Table.from_pylist(lost, schema.REJECTED), stage.part("rejected", 0))
    assert parts.collect_funnel(stage, index) == {
        ("de", "in", ""): 4,
        ("de", "kept", ""): 3,
        ("de", "rejected", "reply_empty"): 1,
        ("he", "in", ""): 1,
        ("he", "kept", ""): 1,
    }
