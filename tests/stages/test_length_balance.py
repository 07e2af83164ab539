"""Length-balanced splits: in training, the longer answer is chosen as often as the shorter one."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.files import sql
from polypref.files.store import Stage
from polypref.stages.balance import Mixture, Split, balance_pairs
from polypref.stages.counts import Funnel


def run(root: Path, gaps: dict[str, list[int]], balanced: bool) -> tuple[dict[str, str], Funnel]:
    """Balances pairs with these length gaps; returns pair_id -> split of the ranked ones, and the funnel."""
    rows = [(f"{n:08x}{tag}{i}", tag, gap) for tag, all_ in gaps.items() for i, (n, gap) in enumerate(_numbered(all_))]
    blank = {"chosen_id": "", "rejected_id": "", "rater": ""}
    pairs = [{"pair_id": p, "prompt_id": p, "language": tag, **blank} for p, tag, _ in rows]
    verdicts = [{"pair_id": p, "language": tag, "flags": [], "length_gap": gap} for p, tag, gap in rows]
    index = [{"prompt_id": p, "language": tag, "group_id": p, "leak_group": p} for p, tag, _ in rows]
    for name, table in (
        ("pairs", pa.Table.from_pylist(pairs, schema.PAIRS)),
        ("filtered", pa.Table.from_pylist(verdicts, schema.FILTERED)),
        ("index", pa.Table.from_pylist(index)),
    ):
        pq.write_table(table, root / f"{name}.parquet")
    (root / "stage").mkdir(exist_ok=True)
    stage = Stage(root / "stage", "")
    tables = (sql.parquet(root / f"{name}.parquet") for name in ("pairs", "filtered", "index"))
    split = Split(test=0.3, length_balanced=balanced)
    funnel = balance_pairs(stage, (Mixture("all"),), split, *tables, 1, None, root).funnel
    return {row["pair_id"]: row["split"] for row in pq.read_table(stage.part("ranked", 0)).to_pylist()}, funnel


def _numbered(values: list[int]) -> list[tuple[int, int]]:
    return list(enumerate(values))


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(longer=st.integers(12, 40), shorter=st.integers(12, 40), equal=st.integers(0, 5))
def test_as_many_longer_as_shorter_in_every_language(tmp_path_factory, longer: int, shorter: int, equal: int) -> None:
    gaps = {"ja": [5] * longer + [-7] * shorter + [0] * equal, "he": [1] * shorter + [-1] * longer}
    root = tmp_path_factory.mktemp("balance")
    plain, _ = run(root, gaps, balanced=False)
    balanced, funnel = run(root, gaps, balanced=True)
    signs = {f"{n:08x}{tag}{n}": (gap > 0) - (gap < 0) for tag, all_ in gaps.items() for n, gap in _numbered(all_)}
    for tag in gaps:
        before = Counter(signs[p] for p, split in plain.items() if split == "train" and tag in p)
        after = Counter(signs[p] for p, split in balanced.items() if split == "train" and tag in p)
        least = min(before[1], before[-1])
        assert (after[1], after[-1], after[0]) == (least, least, before[0])
        lost = before.total() - after.total()
        assert funnel[tag, "skipped", "beyond_length_balance"] == lost
        assert funnel[tag, "in", ""] == len(gaps[tag])
    assert {p for p, s in plain.items() if s == "test"} == {p for p, s in balanced.items() if s == "test"}
