"""Checks in a build: which rows are seen together, and what is counted."""

import pyarrow as pa
import pytest

from polypref.pipeline.checking import whole_prompts


@pytest.mark.parametrize(
    ("prompts", "most", "sizes"),
    [
        ("", 2, [0]),
        ("a", 2, [1]),
        ("abcd", 2, [2, 2]),
        ("aab", 1, [2, 1]),
        ("abbbcd", 2, [4, 2]),
        ("aaaa", 3, [4]),
    ],
)
def test_all_pairs_of_a_prompt_come_to_the_filters_together(prompts, most, sizes):
    pairs = pa.table({"prompt_id": pa.array(list(prompts), pa.string())})
    cuts = list(whole_prompts(pairs, most))
    assert [len(cut) for cut in cuts] == sizes
    assert pa.concat_tables(cuts).equals(pairs)
