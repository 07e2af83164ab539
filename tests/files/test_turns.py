"""Turns of published rows as texts: of both forms, in Python and in DuckDB alike."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.files import published, sql
from polypref.files.readers import read_file
from polypref.files.turns import (
    has_whole_turns,
    json_lists,
    rows_with_texts,
    table_with_texts,
    unsound_messages,
    unsound_tools,
)
from tests import whole_turns


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return whole_turns.dataset(tmp_path_factory.mktemp("both"))


@pytest.fixture
def path(folder):
    (path,) = (folder / "data").rglob("*.parquet")
    return path


@pytest.mark.slow
def test_the_form_follows_from_the_declaration(path, tmp_path):
    assert pq.read_schema(path).equals(schema.PREFERENCES_WITH_TURNS) and has_whole_turns(pq.read_schema(path))
    plain = [whole_turns.ROWS[2]]
    for name, settings, form in (
        ("refused", {"thoughts": "refused", "tools": "refused", "tool_schemas": None}, schema.PREFERENCES),
        ("kept", {"thoughts": "kept", "tools": "refused", "tool_schemas": None}, schema.PREFERENCES),
        ("cut", {"tools": "refused", "tool_schemas": None}, schema.PREFERENCES_WITH_TURNS),
        ("read", {"thoughts": "refused", "tool_schemas": None}, schema.PREFERENCES_WITH_TURNS),
    ):
        built = whole_turns.dataset(tmp_path / name, rows=plain, **settings)
        (file,) = (built / "data").rglob("*.parquet")
        assert pq.read_schema(file).equals(form), name
        assert table_with_texts(pq.read_table(file))["prompt"].to_pylist() == [
            [{"role": "user", "content": "Nenne bitte einen tiefen See in Sibirien."}]
        ]


def test_texts_are_the_same_in_python_and_in_sql(path):
    columns = ("pair_id", "chosen", "rejected")
    table = table_with_texts(pq.read_table(path)).select(columns)
    query = f"SELECT pair_id, chosen, rejected FROM {rows_with_texts(path)} ORDER BY pair_id"
    in_sql = sql.connect(reads=[path]).sql(query).to_arrow_table().to_pylist()
    # DuckDB puts no blanks into the JSON of a call.
    expected = [
        json.loads(json.dumps(row).replace('\\": ', '\\":').replace(', \\"', ',\\"'))
        for row in table.sort_by("pair_id").to_pylist()
    ]
    assert in_sql == expected and any("tool_call" in row["chosen"][0]["content"] for row in in_sql)


def test_thoughts_and_tools_are_shown_where_they_are_asked_for(path):
    query = (
        f"SELECT prompt, chosen FROM {rows_with_texts(path, thoughts=True)} WHERE chosen[1].content LIKE '%21 Grad%'"
    )
    ((prompt, chosen),) = sql.connect(reads=[path]).execute(query).fetchall()
    assert [turn["role"] for turn in prompt] == ["tools", "user", "assistant", "tool"]
    assert '"name": "wetter"' in prompt[0]["content"]
    assert chosen[0]["content"] == (
        "[thinking] Das Werkzeug sagt 21 Grad, also ist es warm.\n\nIn Köln sind es heute angenehme 21 Grad."
    )


def test_files_of_both_forms_are_checked_row_by_row(path, tmp_path):
    published.check_file(path)
    target = tmp_path / "de" / "train-0-2.parquet"
    target.parent.mkdir()
    table = pq.read_table(path)

    def with_column(name, lists):
        at = table.schema.get_field_index(name)
        pq.write_table(table.set_column(at, table.schema.field(at), json_lists(lists)), target)

    for name, text in (("chosen", '{"role": "assistant"}'), ("prompt", "[1"), ("tools", '{"function": {}}')):
        with_column(name, [[text]] * len(table))
        published.check_file(target)
        with pytest.raises(UserError, match=f"row 1 has no sound '{name}'"):
            published.check_rows([target])
    with_column("chosen", [[]] * len(table))
    with pytest.raises(UserError, match="no sound 'chosen'"):
        published.check_rows([target])
    published.check_rows([path.rename(path)])


def test_a_file_with_tools_and_another_form_is_refused(path, tmp_path):
    table = pq.read_table(path)
    other = tmp_path / "other.parquet"
    pq.write_table(table.set_column(5, "prompt", pa.array(["x"] * len(table))), other)
    with pytest.raises(UserError, match="has a column 'prompt' of another type"):
        published.check_file(other)


def test_lists_of_json_and_what_is_wrong_with_them():
    column = json_lists([["1", '{"a": 2}'], None, []])
    assert column.to_pylist() == [["1", '{"a": 2}'], None, []] and column.type == pa.list_(pa.json_())
    assert json_lists([]).to_pylist() == []
    assert unsound_messages(column).to_pylist() == [True, True, True]
    assert unsound_tools(json_lists([['{"function": {"name": "f"}}'], ["{"], None])).to_pylist() == [False, True, False]
    deep = '{"function": {"name": "f", "parameters": {"a": ' + "[" * 600 + "]" * 600 + "}}}"
    assert unsound_tools(json_lists([[deep]])).to_pylist() == [True]


def test_a_published_file_is_read_back_as_a_source(path):
    rows = [line.row for line in read_file(path)]
    called = next(row for row in rows if "tool_calls" in row["chosen"][0])
    assert called["chosen"][0]["tool_calls"][0]["function"] == {"name": "wetter", "arguments": {"ort": "Köln am Rhein"}}
    assert called["tools"][0]["function"]["name"] == "wetter"
