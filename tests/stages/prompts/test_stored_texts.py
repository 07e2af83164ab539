"""Texts on the disk: what was written comes back, all of it or some."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.stages.prompts.stored_texts import StoredTexts, write_texts

ROWS = st.lists(st.tuples(st.sampled_from(["de", "zh", "sr-Latn"]), st.text()), max_size=12)


def batches(rows: list[tuple[str, str]], size: int) -> list[pa.RecordBatch]:
    columns = zip(*rows, strict=True) if rows else ([], [])
    table = pa.table([pa.array(column, pa.string()) for column in columns], names=["language", "text"])
    return table.to_batches(max_chunksize=size)


@settings(deadline=None)
@given(ROWS, st.integers(1, 5), st.sets(st.integers(0, 11)))
def test_texts_come_back_all_and_some(tmp_path_factory, rows, size, wanted):
    folder = tmp_path_factory.mktemp("texts")
    assert len(write_texts(folder, batches(rows, size))) == len(rows)
    stored = StoredTexts(folder)  # as another process sees them
    for numbers in (range(len(rows)), sorted(number for number in wanted if number < len(rows))):
        texts, tags = stored.read(np.array(numbers, np.int64))
        assert list(zip(tags, texts, strict=True)) == [rows[number] for number in numbers]


def test_few_texts_are_read_without_the_others(tmp_path):
    rows = [("de", f"Satz {number}: {'ä' * 50}") for number in range(1_000)]
    stored = write_texts(tmp_path, batches(rows, 100))
    # All bytes between them are spoilt: whoever read these would not decode them.
    kept = np.array([3, 500, 999])
    path = tmp_path / "texts.utf8"
    data, ends = bytearray(path.read_bytes()), np.load(tmp_path / "ends.npy")
    for number in set(range(1_000)) - set(kept.tolist()):
        data[ends[number] : ends[number + 1]] = b"\xff" * int(ends[number + 1] - ends[number])
    path.write_bytes(data)
    assert stored.read(kept)[0] == [rows[number][1] for number in kept.tolist()]
