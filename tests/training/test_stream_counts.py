"""Rows counted one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.training.checks import Lengths, lengths
from polypref.training.prepared import same_rows
from polypref.training.stream_counts import StreamCounts

from . import tiny

IDS = st.lists(st.integers(0, 2), min_size=1, max_size=5)
ROWS = st.lists(st.tuples(st.sampled_from(["ja", "uk"]), IDS, IDS, IDS), min_size=1, max_size=8)


@given(ROWS, st.integers(2, 8) | st.none(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_rows_one_by_one_are_counted_as_all_at_once(rows, most, keep_end):
    """As `checks.lengths` and `prepared.same_rows` do it, which are held to definitions of their own."""
    from datasets import Dataset

    names, texts = ("language", "prompt_ids", "chosen_ids", "rejected_ids"), {"chosen": "abc", "rejected": "де"}
    given = [dict(zip(names, row, strict=True)) for row in rows]
    given = [row | {side: tiny.turn("assistant", text) for side, text in texts.items()} for row in given]
    whole = Dataset.from_list(given)
    gone = set(same_rows(whole, most, keep_end))
    counts = StreamCounts()
    kept = []
    for at, row in enumerate(given):
        counts.read[row["language"]] += 1
        kept += [at] * counts.keeps(row, most, keep_end)
    assert kept == [at for at in range(len(given)) if at not in gone]
    before, same = ({tag: sum(given[at]["language"] == tag for at in own) for tag in {r["language"] for r in given}}
                    for own in (range(len(given)), gone))  # fmt: skip
    left = whole.select(kept)
    if kept:
        assert counts.lengths() == lengths(before, left, most, same)


def test_one_text_is_counted_whole_and_a_full_one_is_taken_for_cut():
    counts = StreamCounts()
    row = {"language": "uk", "prompt": tiny.turn("user", "Як?"), "completion": tiny.turn("assistant", "Добре")}
    for size in (3, 4):
        counts.read["uk"] += 1
        assert counts.keeps(row | {"input_ids": [1] * size, "labels": [1] * size}, 4, keep_end=False)
    assert counts.lengths() == {"uk": Lengths(2, 0, 0, 1, 7, 16)}
    counts.clear()
    assert counts.lengths() == {}
