"""What the functions that an engine runs count beyond what the stages do."""

import pyarrow as pa

from polypref import schema
from polypref.files.store import Stage
from polypref.pipeline import parts


def test_pairs_that_people_looked_at_are_counted_by_what_went(tmp_path):
    def pair(name: str, review: str | None, language: str = "de") -> dict[str, object]:
        row = {"pair_id": name, "prompt_id": name, "chosen_id": "c", "rejected_id": "r", "rater": "x"}
        return row | {"language": language, "review": review}

    import pyarrow.parquet as pq

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
