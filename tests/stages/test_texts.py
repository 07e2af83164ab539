"""Rows with their texts: whose text stands in which column."""

from dataclasses import replace

import pyarrow as pa
import pytest

from polypref import schema
from polypref.stages.pool import Bucket
from polypref.stages.texts import answers_with_texts, prompts_with_texts, with_scores, with_texts


def sample_bucket() -> Bucket:
    """Two prompts; the second is translated; answers b1 and b0 of it, a0 of the first."""

    def prompt(name: str, source: str | None) -> dict[str, object]:
        row = {"prompt_id": name, "group_id": f"g{name}", "language": "de", "response_language": "he", "sources": []}
        turns = [{"role": "user", "content": f"prompt {name}"}, {"role": "assistant", "content": "so"}]
        before = source and [{"role": "user", "content": source}]
        return row | {"prompt": turns, "origin": "native", "source_prompt": before}

    def answer(name: str) -> dict[str, object]:
        row = {"completion_id": name, "prompt_id": name[0], "text": f"text {name}", "model": f"m {name}"}
        row |= {"model_revision": "", "model_licence": "", "route": f"route {name}", "finish_reason": "stop"}
        return row | {"source_text": f"source {name}", "translator": f"t {name}"}

    ratings = [
        {"prompt_id": "b", "completion_id": one, "rater": rater, "rater_revision": "", "score": score}
        for one, rater, score in (("b0", "r", 1.0), ("b0", "r", 3.0), ("b1", "r", 2.0), ("b1", "other", 9.0))
    ]
    return Bucket(
        pa.Table.from_pylist([prompt("a", None), prompt("b", "the source")], schema.PROMPTS),
        pa.Table.from_pylist([answer("a0"), answer("b1"), answer("b0")], schema.COMPLETIONS),
        pa.Table.from_pylist(ratings, schema.RATINGS),
        schema.VERDICTS.empty_table(),
    )


def test_prompts_have_their_columns_and_what_they_were_translated_from():
    rows = prompts_with_texts(sample_bucket()).to_pylist()
    assert [row["prompt_id"] for row in rows] == ["a", "b"]
    assert [row["prompt_source"] for row in rows] == [None, "the source"] and "source_prompt" not in rows[0]
    assert rows[1]["prompt"][0]["content"] == "prompt b" and rows[1]["response_language"] == "he"


def test_each_answer_has_its_own_text_and_its_prompts():
    bucket = sample_bucket()
    rows = answers_with_texts(bucket, bucket.completions.slice(1)).to_pylist()
    assert [(row["completion_id"], row["prompt_id"], row["answer"]) for row in rows] == [
        ("b1", "b", "text b1"),
        ("b0", "b", "text b0"),
    ]
    first = rows[0]
    assert (first["answer_model"], first["answer_route"], first["answer_source"]) == ("m b1", "route b1", "source b1")
    assert (first["answer_finish_reason"], first["answer_translator"], first["translator"]) == ("stop", "t b1", None)
    assert first["prompt_source"] == "the source" and first["group_id"] == "gb"


@pytest.mark.parametrize(("occasion", "chosen", "rejected"), [(None, [2.0], [1.0]), ("s1", [], [3.0]), ("s2", [], [])])
def test_a_pair_has_the_scores_of_its_occasion_only(occasion, chosen, rejected):
    ids = {"pair_id": "x", "prompt_id": "b", "chosen_id": "b1", "rejected_id": "b0", "language": "de", "rater": "r"}
    bucket = sample_bucket()
    ratings = [one | {"occasion": "s1" if one["score"] == 3 else None} for one in bucket.ratings.to_pylist()]
    bucket = replace(bucket, ratings=pa.Table.from_pylist(ratings, schema.RATINGS))
    (row,) = with_scores(pa.Table.from_pylist([ids | {"occasion": occasion}], schema.PAIRS), bucket).to_pylist()
    assert (row["chosen_scores"], row["rejected_scores"]) == (chosen, rejected)


def test_a_pair_has_both_texts_and_all_scores_of_its_rater():
    ids = {"pair_id": "x", "prompt_id": "b", "chosen_id": "b1", "rejected_id": "b0", "language": "de", "rater": "r"}
    pairs = pa.Table.from_pylist([ids], schema.PAIRS)
    (row,) = with_texts(with_scores(pairs, sample_bucket()), sample_bucket()).to_pylist()
    assert (row["chosen"], row["rejected"]) == ("text b1", "text b0")
    assert (row["chosen_scores"], row["rejected_scores"]) == ([2.0], [1.0, 3.0])
    assert (row["chosen_source"], row["rejected_route"], row["prompt_source"]) == (
        "source b1",
        "route b0",
        "the source",
    )
