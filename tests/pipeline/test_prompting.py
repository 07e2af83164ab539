"""Prompts that come of prompts: what such a stage is given."""

import pyarrow as pa

from polypref.pipeline.prompting import _only


def test_only_part_of_a_bucket_is_its_prompts():
    prompts = pa.table({"prompt_id": ["a"]})
    bucket = _only(prompts)
    assert bucket.prompts is prompts
    assert [len(table) for table in (bucket.completions, bucket.ratings, bucket.verdicts)] == [0, 0, 0]
