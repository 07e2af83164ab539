"""A dataset folder with one pair in German and one in Hebrew."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema

ONE, TWO = (f"{n:032x}" for n in (1, 2))
X, Y = "a" * 32, "b" * 32


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder with one pair in German and one in Hebrew."""
    folder = tmp_path_factory.mktemp("pairs")
    for tag, pair_id in (("de", ONE), ("he", TWO)):
        row = {one.name: [] if pa.types.is_list(one.type) else ONE for one in schema.PREFERENCES if not one.nullable}
        row |= {"pair_id": pair_id, "language": tag, "prompt": [{"role": "user", "content": "?"}]}
        row |= {role: [{"role": "assistant", "content": role}] for role in ("chosen", "rejected")}
        row |= {"chosen_id": X, "rejected_id": Y}
        (folder / "data" / tag).mkdir(parents=True)
        table = pa.Table.from_pylist([row], schema.PREFERENCES)
        pq.write_table(table, folder / "data" / tag / "train-00000000-00000000.parquet")
    return folder


FILES = [f"data/{tag}/train-00000000-00000000.parquet" for tag in ("de", "he")]
