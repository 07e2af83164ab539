"""A later version: what is released stays in its split."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.stages.balance import Split
from tests.stages.balancing import Row, Shared, check_funnel, complete, share, worlds


def released(shared: Shared, prompts: bool = True) -> pa.Table:
    """The assignment of a release, with or without its prompts."""
    names = ("prompt_id", "group_id", "split") if prompts else ("group_id", "split")
    rows = {
        (row.prompt_id, row.group, shared.split(row)) if prompts else (row.group, shared.split(row))
        for row in shared.rows
        if shared.split(row)
    }
    return pa.table([pa.array(c, pa.string()) for c in zip(*sorted(rows), strict=True)], names=list(names))


def assignment(rows: Mapping[Row, str], prompts: bool) -> pa.Table:
    released_rows = [(row.prompt_id, row.group, split) for row, split in rows.items()]
    columns = [pa.array(c, pa.string()) for c in zip(*released_rows, strict=True)]
    return pa.table(columns, names=["prompt_id", "group_id", "split"]).select([0, 1, 2] if prompts else [1, 2])


@pytest.mark.parametrize("prompts", [True, False])
def test_a_released_assignment_stays(prompts: bool) -> None:
    first = share(complete(30), split=Split(0.5, seed=0))
    rows = [*complete(30), *(replace(row, prompt=1) for row in complete(30)), *(Row(f"new{n}", "el") for n in range(9))]
    second = share(rows, split=Split(0.1, seed=7), previous=released(first, prompts))
    side = {row.group: first.split(row) for row in first.rows}
    assert all(second.split(row) == side.get(row.group, second.split(row)) for row in rows)
    assert {second.split(row) for row in rows if row.group.startswith("new")} == {"train"}
    check_funnel(second, Counter(row.language for row in rows))


@pytest.mark.parametrize("prompts", [True, False])
def test_a_new_row_that_joins_groups_of_different_splits_is_rejected(prompts: bool) -> None:
    old = {Row("a", "el", leak="x"): "train", Row("b", "ja", leak="x"): "test", Row("c", "el", leak="y"): "test"}
    new = [Row("d", "el", leak="x"), Row("d", "ja", leak="x"), Row("e", "el", leak="y"), Row("f", "el")]
    shared = share([*old, *new], split=Split(0), previous=assignment(old, prompts))
    assert {row: shared.split(row) for row in old} == old
    assert [shared.split(row) for row in new] == [None, None, "test", "train"]
    reason = "joins_groups_of_different_splits"
    assert [shared.funnel[tag, "rejected", reason] for tag in ("el", "ja")] == [1, 1]
    check_funnel(shared, Counter(row.language for row in shared.rows))


def test_a_new_prompt_of_a_released_group_is_rejected_when_it_brings_both_splits_together() -> None:
    # Its text stands in a test prompt of another group, so it may not follow its own group into train.
    old = {Row("a", "el", leak="x"): "train", Row("b", "el", leak="x"): "test"}
    bridge = Row("a", "uk", leak="x")
    shared = share([*old, bridge], split=Split(0), previous=assignment(old, True))
    assert shared.split(bridge) is None and {row: shared.split(row) for row in old} == old


@pytest.mark.parametrize("prompts", [True, False])
def test_a_released_prompt_holds_its_kin_even_when_it_is_not_kept_again(prompts: bool) -> None:
    gone, kin = Row("a", "el", leak="x", reason="damage"), Row("b", "el", leak="x")
    shared = share([gone, kin, Row("c", "el")], split=Split(0), previous=assignment({gone: "test"}, prompts))
    assert shared.split(kin) == "test"


def test_a_released_prompt_keeps_its_split_when_its_group_has_another_name() -> None:
    row = Row("a", "el")
    previous = pa.table({"prompt_id": [row.prompt_id], "group_id": ["old name"], "split": ["test"]})
    assert share([row, Row("b", "el")], split=Split(0), previous=previous).split(row) == "test"


def test_everything_rejected_by_the_earlier_release() -> None:
    previous = pa.table({"group_id": ["a", "b"], "split": ["train", "test"]})
    index = [Row(name, "el", leak="x", reason="damage") for name in ("a", "b")]
    with pytest.raises(UserError, match="no pair is left"):
        share([*index, Row("c", "el", leak="x")], previous=previous)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(worlds(), worlds(), st.integers(0, 5), st.booleans())
def test_later_versions_move_nothing(old: list[Row], new: list[Row], seed: int, prompts: bool) -> None:
    # Groups are equal only where their leak_group is, as an index has it.
    first_leak = {row.group: row.leak for row in old}
    new = [replace(row, leak=first_leak.get(row.group, row.leak)) for row in new] + complete(4)
    first = share([*old, *complete(4)], split=Split(0.3, seed))
    second = share([*old, *new], split=Split(0.6, seed + 1), previous=released(first, prompts))
    for row in first.rows:
        assert second.split(row) == first.split(row)
    sides = defaultdict(set)
    for row in second.rows:
        sides[row.leak_group].add(second.split(row))
    assert all(len(splits - {None}) <= 1 for splits in sides.values())
