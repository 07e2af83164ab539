"""Reactions to answers in public conversations: how many there are in each file, and that all can be read."""

from collections import Counter
from pathlib import Path

import pytest

from polypref.files.cells import Bad
from polypref.files.readers import read_file
from polypref.layouts.reactions import REACTIONS, WHOLE, Reactions
from polypref.layouts.trees import rows_of_trees
from polypref.layouts.where import left_out_by


@pytest.mark.parametrize(
    ("name", "how", "counts"),
    [
        (
            "oasst_en_100_tree.jsonl.gz",
            Reactions(replies="replies", root="prompt"),
            {"whole": 354, "reaction": 400, "answer_to_it": 146},
        ),
        ("fastchat_dummy_conversations.json.gz", Reactions("conversations"), {"whole": 500, "reaction": 500}),
    ],
)
def test_every_answer_of_a_public_file_is_a_row(
    real_data: Path, name: str, how: Reactions, counts: dict[str, int]
) -> None:
    lines = list(rows_of_trees(read_file(real_data / "preference_layouts" / name), how))
    rows = [line.row for line in lines if not isinstance(line.row, Bad)]
    assert len(rows) == len(lines)
    assert Counter(left_out_by(row, WHOLE) or "whole" for row in rows) == counts
    assert all(row[REACTIONS] for row in rows if left_out_by(row, WHOLE) is None)
