"""What is measured on the files of ratings."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.release.ratings_facts import RatingsFacts, measure_ratings, sum_over_languages


def row(language: str, rater: str, answer: str, **given: object) -> dict[str, object]:
    texts = {"prompt": [{"role": "user", "content": "?"}], "completion": [{"role": "assistant", "content": "!"}]}
    plain = {one.name: "" for one in schema.RELEASED_RATINGS if one.type == pa.string() and not one.nullable}
    return plain | texts | {"language": language, "rater": rater, "completion_id": answer} | given


def test_each_rater_is_measured_in_each_language(tmp_path: Path) -> None:
    aspects = [{"aspect": "brief", "score": 1.0}, {"aspect": "all", "score": 2.0}]
    rows = [
        row("de", "r", "a", score=2.0, aspects=aspects, rationale="yes"),
        row("de", "r", "a", score=-1.0),
        row("de", "r", "b", score=0.5, aspects=[{"aspect": "brief", "score": None}]),
        row("de", "s", "a", verdict="better", compared_with="b", rationale="yes"),
        row("de", "s", "b", verdict="worse", compared_with="a", rationale="yes"),
        row("ja", "r", "c", score=7.0),
    ]
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema.RELEASED_RATINGS), path)
    facts = measure_ratings([path])
    assert facts == [
        RatingsFacts("de", "r", 2, 3, 0, 1, -1.0, 2.0, ["all", "brief"]),
        RatingsFacts("de", "s", 2, 0, 2, 2, None, None, []),
        RatingsFacts("ja", "r", 1, 1, 0, 0, 7.0, 7.0, []),
    ]
    assert sum_over_languages(facts) == [
        RatingsFacts("", "r", 3, 4, 0, 1, -1.0, 7.0, ["all", "brief"]),
        RatingsFacts("", "s", 2, 0, 2, 2, None, None, []),
    ]
