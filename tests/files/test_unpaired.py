"""Rows of single labelled answers, seen as pairs of which one side is missing."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.files import published, sql
from polypref.files.turns import rows_with_texts, table_with_texts
from polypref.files.unpaired import as_pairs, is_unpaired, read_as_pairs, row_id


def row(name, label, **changes):
    texts = {"prompt": [{"role": "user", "content": "Ja?"}], "completion": [{"role": "assistant", "content": name}]}
    ids = {"completion_id": name * 32, "prompt_id": "0" * 32, "group_id": "g", "label": label}
    fields = {"language": "de", "response_language": "de", "model": "m", "route": "given", "rater": "people"}
    return ids | fields | texts | {"origin": "native", "source": "s@1", "licence": "mit", "flags": []} | changes


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "de" / "train-00000000-00000001.parquet"
    path.parent.mkdir()
    pq.write_table(pa.Table.from_pylist([row("a", True), row("b", False)], schema.UNPAIRED), path)
    return path


SIDES = ("pair_id", "chosen_id", "rejected_id", "chosen_model", "rejected_model", "score_margin")


def test_a_good_answer_is_the_chosen_side_and_a_bad_one_the_rejected_side(path):
    a, b = "a" * 32, "b" * 32
    sides = [(a, a, None, "m", None, None), (b, None, b, None, "m", None)]
    table = as_pairs(pq.read_table(path))
    assert [tuple(one[name] for name in SIDES) for one in table.to_pylist()] == sides
    assert [one["chosen"] and one["chosen"][0]["content"] for one in table.to_pylist()] == ["a", None]
    query = f"SELECT {', '.join(SIDES)} FROM {rows_with_texts(path)} ORDER BY completion_id"
    assert sql.connect(reads=[path]).execute(query).fetchall() == sides
    assert read_as_pairs(path, ["pair_id"]).to_pylist() == [{"pair_id": a}, {"pair_id": b}]


def test_pairs_stay_as_they_are():
    table = schema.PREFERENCES.empty_table()
    assert as_pairs(table) is table and not is_unpaired(table.schema) and row_id(table.schema) == "pair_id"
    assert is_unpaired(schema.UNPAIRED) and row_id(schema.UNPAIRED_WITH_TURNS) == "completion_id"


def test_published_files_of_single_answers_are_held_against_their_schema(path):
    assert published.check_file(path, 2) == schema.UNPAIRED
    published.check_rows([path])
    for changes, column in (({"completion": []}, "completion"), ({"completion_id": "x"}, "completion_id")):
        pq.write_table(pa.Table.from_pylist([row("a", True, **changes)], schema.UNPAIRED), path)
        with pytest.raises(UserError, match=f"row 1 has no sound '{column}'"):
            published.check_rows([path])
    pq.write_table(pa.Table.from_pylist([row("a", True)], schema.UNPAIRED).drop_columns("model"), path)
    with pytest.raises(UserError, match="lacks the column 'model'"):
        published.check_file(path)


def test_whole_turns_of_single_answers_are_texts_too():
    form = schema.UNPAIRED_WITH_TURNS.field("completion")
    turns = pa.array([['{"role": "assistant", "content": "Ja."}']], pa.list_(pa.string())).cast(form.type)
    (messages,) = table_with_texts(pa.table([turns], schema=pa.schema([form])))["completion"].to_pylist()
    assert messages == [{"role": "assistant", "content": "Ja."}]
