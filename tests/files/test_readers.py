"""Files of every kind as rows: good ones as they are, bad ones named."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from tests.files.written_files import CONTENT, PACK, ROWS, parquet, places, read, rows_of_lines

# Every kind, in every packing


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("ending", CONTENT)
def test_every_kind_of_file_gives_its_rows(ending, packing, tmp_path):
    name = f"data.v1{ending}{packing}"
    assert rows_of_lines(read(tmp_path, name, PACK[packing](CONTENT[ending]))) == ROWS
    assert rows_of_lines(read(tmp_path, name.upper(), PACK[packing](CONTENT[ending]))) == ROWS


def test_parquet_gives_its_rows(tmp_path):
    lines = read(tmp_path, "a.parquet", parquet(ROWS * 300, row_group_size=7))
    assert rows_of_lines(lines) == ROWS * 300
    assert places(lines, tmp_path)[:2] == ["a.parquet row 1", "a.parquet row 2"]
    assert len(set(places(lines, tmp_path))) == 2_700


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("ending", CONTENT)
def test_a_byte_order_mark_is_not_part_of_the_text(ending, packing, tmp_path):
    data = PACK[packing](b"\xef\xbb\xbf" + CONTENT[ending])
    assert rows_of_lines(read(tmp_path, f"a{ending}{packing}", data)) == ROWS


@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b.c"]), st.text(max_size=4), min_size=2), min_size=1, max_size=4)
)
@settings(deadline=None, max_examples=30)
def test_any_texts_come_back_from_parquet(rows):
    with tempfile.TemporaryDirectory() as folder:
        assert rows_of_lines(read(Path(folder), "a.parquet", parquet(rows))) == rows


# Parquet of odd types


def test_parquet_types_become_plain_values(tmp_path):
    odd = pa.table(
        {
            "list": pa.array([["a", None]]),
            "struct": pa.array([{"role": "user", "content": "שלום"}]),
            "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "words": pa.array(["ja"]).dictionary_encode(),
            "large": pa.array(["текст"], pa.large_string()),
            "view": pa.array(["한국어"], pa.string_view()),
            "half": pa.array([1.5], pa.float16()),
            "time": pa.array([datetime(2024, 2, 29)], pa.timestamp("ns")),
            "span": pa.array([timedelta(days=1)]),
            "bytes": pa.array([b"\xff"]),
            "none": pa.nulls(1),
        }
    )
    (row,) = rows_of_lines(read(tmp_path, "a.parquet", parquet(odd)))
    assert row["list"] == ["a", None]
    assert row["struct"] == {"role": "user", "content": "שלום"}
    assert (row["words"], row["large"], row["view"], row["half"]) == ("ja", "текст", "한국어", 1.5)
    assert row["none"] is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.table({"a": pa.array([2**62], pa.timestamp("us"))}), "out of range"),
        (pa.table({"a": pa.array([b"caf\xe9"]).view(pa.string())}), "utf-8"),
        (pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "two columns of one name"),
    ],
)
def test_a_parquet_file_whose_values_cannot_be_had_is_one_sentence(values, reason, tmp_path):
    with pytest.raises(UserError, match=reason):
        read(tmp_path, "a.parquet", parquet(values))


@pytest.mark.parametrize("ending", [".xlsx", ".ods", ".txt"])
def test_a_file_of_another_kind_is_one_sentence(ending, tmp_path):
    reason = (
        "where it is a table, .*, give it a name that ends in .tsv or .csv"
        if ending == ".txt"
        else r"save it as UTF-8 \(Excel: Save As, CSV UTF-8"
    )
    with pytest.raises(UserError, match=rf"a\{ending} ends in none of the known ways .*; {reason}"):
        read(tmp_path, f"a{ending}", b"PK\x03\x04")
