"""Pairs that a sheet may show: two answers once, with the votes on them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.review.sheet_rows import sheet_rows
from tests.review.conftest import FILES, ONE, TWO, X, Y

IDS = [f"{n:032x}" for n in range(10, 16)]


def test_votes_on_two_answers_are_counted_beside_those_against(pairs: Path, tmp_path: Path) -> None:
    (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
    turned = {"chosen": row["rejected"], "rejected": row["chosen"], "chosen_id": Y, "rejected_id": X}
    alone = {"rejected": [{"role": "assistant", "content": "another"}], "rejected_id": ONE, "pair_id": ONE}
    votes = [row | {"pair_id": IDS[0]}, row | {"pair_id": IDS[1]}, row | turned | {"pair_id": IDS[2]}, row | alone]
    path = tmp_path / "he" / "train-00000000-00000000.parquet"
    path.parent.mkdir()
    pq.write_table(pa.Table.from_pylist(votes, schema.PREFERENCES), path)
    for seed in range(4):
        several, one = sorted(sheet_rows([path], seed, 9), key=lambda row: -row.votes)
        assert (one.pair_id, one.votes, one.against) == (ONE, 1, 0)
        assert several.votes == 3 and several.against == (1 if several.chosen_id == X else 2)
    assert len(sheet_rows([path], 0, 1)) == 1
    assert {sheet_rows([path], seed, 1)[0].pair_id == ONE for seed in range(20)} == {True, False}
    assert TWO not in {row.pair_id for row in sheet_rows([path], 0, 9)}
