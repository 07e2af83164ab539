"""The pairs of a dataset as texts: of which languages, and what is refused."""

from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.analysis.answer_pairs import read_answer_pairs
from polypref.errors import UserError
from polypref.release.folder import read_provenance
from tests.release.test_group_people import builder, votes, write


def test_single_answers_have_no_pairs(tmp_path):
    with pytest.raises(UserError, match="mine has single answers with labels and no pairs"):
        list(read_answer_pairs(tmp_path, SimpleNamespace(unpaired=True, name="mine")))


def test_a_language_without_pairs_is_named(tmp_path):
    record = SimpleNamespace(unpaired=False, name="mine", files={"data/de/train-1-2.parquet": None})
    with pytest.raises(UserError, match="mine has no pair in fr; it has de"):
        list(read_answer_pairs(tmp_path, record, ["de", "French"]))


def test_values_and_people_stand_beside_the_pairs_they_are_of(tmp_path: Path) -> None:
    # Who has no name in their row states nothing, and the pair is nobody's.
    rows = [*votes("hi", names=11), *(one | {"who": None} for one in votes("hi", names=1))]
    written = write(tmp_path / "out", builder(tmp_path / "rows.jsonl", rows))
    record = read_provenance(tmp_path / "out")
    (plain,) = read_answer_pairs(tmp_path / "out", record)
    (pairs,) = read_answer_pairs(tmp_path / "out", record, None, "age")
    assert (plain.values, plain.people) == ([], []) and pairs.chosen == plain.chosen
    ordered = [
        (row["annotator"] or "other", {one["group"]: one["value"] for one in row["annotator_groups"] or ()})
        for row in sorted(written, key=lambda row: row["pair_id"])
    ]
    assert len(pairs.values) == len(written) == 12 * 12
    assert list(zip(pairs.people, pairs.values, strict=True)) == [(who, own.get("age")) for who, own in ordered]
    assert sum(value is None for value in pairs.values) == 12
    assert pairs.value_lines("age") == [
        "hi: 72 pairs state age old",
        "hi: 60 pairs state age young",
        "hi: 12 pairs state no age",
    ]


def test_a_value_with_personal_data_is_masked(tmp_path: Path) -> None:
    write(tmp_path / "out", builder(tmp_path / "rows.jsonl", votes("hi", names=11)))
    record = read_provenance(tmp_path / "out")
    for path in (tmp_path / "out" / name for name in record.files):
        table = pq.read_table(path)
        at = table.schema.get_field_index("annotator_groups")
        mine = [[{"group": "age", "value": f"anna{number % 2}@poczta.pl"}] for number in range(len(table))]
        pq.write_table(table.set_column(at, table.schema.field(at), pa.array(mine, table.schema.field(at).type)), path)
    (pairs,) = read_answer_pairs(tmp_path / "out", record, None, "age")
    (value,) = set(pairs.values)
    assert value == "[email]"


def test_a_group_that_no_pair_states_is_named_with_those_that_are(tmp_path: Path) -> None:
    write(tmp_path / "out", builder(tmp_path / "rows.jsonl", votes("hi", names=5)))
    record = read_provenance(tmp_path / "out")
    near = r"groups has no group 'countr' \(--by\); did you mean 'country'\? It has age, country"
    with pytest.raises(UserError, match=near):
        list(read_answer_pairs(tmp_path / "out", record, None, "countr"))
    bare = SimpleNamespace(unpaired=False, name="mine", group_people=[], facts=SimpleNamespace(groups=[]))
    with pytest.raises(UserError, match="mine states no groups of who judged"):
        list(read_answer_pairs(tmp_path, bare, None, "age"))
