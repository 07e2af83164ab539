"""Parquet files as rows: maps by their keys, and JSON decoded."""

import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad, look_up
from polypref.files.parquet_rows import parquet_rows


def rows(tmp_path, **columns):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    return [row for _, row in parquet_rows(tmp_path / "a.parquet")]


def of_maps(values, key=None, value=None):
    return pa.array(values, pa.map_(key or pa.string(), value or pa.float64()))


def test_a_map_is_read_by_its_keys(tmp_path):
    first, second, third = rows(tmp_path, scores=of_maps([[("helpful", 4.0), ("a.b", 2.0)], None, []]))
    assert (look_up(first, "scores.helpful"), look_up(first, "scores.a.b")) == (4.0, 2.0)
    assert second == {"scores": None} and third == {"scores": {}}


def test_maps_in_lists_in_objects_and_in_maps(tmp_path):
    inner = pa.map_(pa.string(), pa.int64())
    (row,) = rows(
        tmp_path,
        answers=pa.array([[{"text": "Yes.", "scores": [("kind", 1)]}, None]],
                         pa.list_(pa.struct([("text", pa.string()), ("scores", inner)]))),
        by=of_maps([[("ann", [("kind", 2)])]], value=inner),
        large=pa.array([[[("kind", 3)]]], pa.large_list(inner)),
        two=pa.array([[[("kind", 4)], [("kind", 5)]]], pa.list_(inner, 2)),
    )  # fmt: skip
    assert row["answers"] == [{"text": "Yes.", "scores": {"kind": 1}}, None]
    assert look_up(row, "by.ann.kind") == 2 and row["large"] == [{"kind": 3}] and look_up(row, "two[1].kind") == 5


@pytest.mark.parametrize(
    ("key", "name"), [(3, "3"), (True, "True"), (datetime.date(2026, 1, 2), "2026-01-02"), ("é", "é")]
)
def test_keys_of_other_types_are_texts(tmp_path, key, name):
    (row,) = rows(tmp_path, m=of_maps([[(key, 1.0)]], pa.array([key]).type))
    assert row["m"] == {name: 1.0}


def test_a_key_twice_is_bad_in_its_row_alone(tmp_path):
    first, second = rows(tmp_path, m=of_maps([[("a", 1.0), ("a", 2.0)], [("a", 3.0)]]), q=["one", "two"])
    assert isinstance(first["m"], Bad) and (first["m"].reason, first["m"].detail) == ("key_twice", "a")
    assert first["q"] == "one" and second["m"] == {"a": 3.0}
    with pytest.raises(Bad, match="key_twice"):
        look_up(first, "m.a")


def test_a_key_that_is_no_plain_value_is_bad(tmp_path):
    (row,) = rows(tmp_path, m=of_maps([[(b"\xff", 1.0)]], pa.binary()))
    assert isinstance(row["m"], Bad) and row["m"].reason == "key_not_text"


def test_json_in_a_map(tmp_path):
    values = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"n": 1}', "{"]))
    (row,) = rows(tmp_path, m=pa.MapArray.from_arrays([0, 2], ["good", "not"], values))
    assert look_up(row, "m.good.n") == 1 and isinstance(row["m"]["not"], Bad)


def test_a_file_that_is_none_is_one_sentence(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match="is not a readable Parquet file"):
        list(parquet_rows(tmp_path / "a.parquet"))
