"""The turns of published rows as texts, for who reads texts alone: the same columns, whatever form the rows have.

A dataset of a source that reads tools, or cuts thoughts out of answers, holds its turns as JSON (see text.messages).
"""

import json
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .. import schema
from ..text.messages import MOST_NESTED, is_nested_deeper, message_problem, message_text, messages_of
from . import sql
from .unpaired import as_pairs_sql, is_unpaired

#: The columns of turns, those of pairs and of single answers.
TURNS = ("prompt", "chosen", "rejected", "completion")
# What a message says as `text.messages.message_text` writes it, but that DuckDB puts no blanks into the JSON of a call.
_SPOKEN = """concat(json_extract_string(m, '$.content'), CASE WHEN json_exists(m, '$.tool_calls') THEN concat(
  CASE WHEN json_extract_string(m, '$.content') = '' THEN '' ELSE chr(10) || chr(10) END, '```tool_call', chr(10),
  array_to_string(CAST(json_extract(m, '$.tool_calls[*].function') AS VARCHAR[]), chr(10)), chr(10), '```') END)"""
_THOUGHT = """concat('[thinking] ' || json_extract_string(m, '$.thinking') || chr(10) || chr(10), {spoken})"""
_AS_TEXTS = """(SELECT * REPLACE (
  list_concat(CASE WHEN tools IS NULL THEN [] ELSE [struct_pack("role" := 'tools', content :=
                array_to_string(CAST(tools AS VARCHAR[]), chr(10)))] END,
              [struct_pack("role" := json_extract_string(m, '$.role'), content := {text}) FOR m IN prompt]) AS prompt,
  [struct_pack("role" := json_extract_string(m, '$.role'), content := {text}) FOR m IN chosen] AS chosen,
  [struct_pack("role" := json_extract_string(m, '$.role'), content := {text}) FOR m IN rejected] AS rejected)
FROM {files})"""


def has_whole_turns(form: pa.Schema) -> bool:
    """Whether rows hold their turns as JSON.

    Args:
        form: the schema of published rows.

    Returns:
        true for `schema.PREFERENCES_WITH_TURNS`.
    """
    return "tools" in form.names and form.field("prompt").type == pa.list_(schema.JSON)


def rows_with_texts(*paths: Path, filename: bool = False, thoughts: bool = False) -> str:
    """Published files as a table expression whose turns are {role, content}.

    Args:
        *paths: files of one dataset, whose footers were checked.
        filename: as for `sql.parquet`.
        thoughts: whether a turn's thought stands before what it says, as in `[thinking] 7, or 9?`.

    Returns:
        The expression that stands after FROM; where tools are offered, the first turn of the prompt is `tools`. Single
        answers stand as chosen or rejected besides, by their labels, and the other side is null.
    """
    files, form = sql.parquet(*paths, filename=filename), pq.read_schema(paths[0]) if paths else schema.PREFERENCES
    if is_unpaired(form):
        files = as_pairs_sql(files)
    if not has_whole_turns(form):
        return files
    return _AS_TEXTS.format(files=files, text=_THOUGHT.format(spoken=_SPOKEN) if thoughts else _SPOKEN)


def table_with_texts(table: pa.Table) -> pa.Table:
    """Published rows whose turns are {role, content}.

    Args:
        table: published rows, or some of their columns.

    Returns:
        The table itself where they are so already.

    Raises:
        UserError: a message is none.
    """
    for name in TURNS:
        at = table.schema.get_field_index(name)
        if at < 0 or table.schema.field(at).type != pa.list_(schema.JSON):
            continue
        turns = [
            [{"role": one["role"], "content": message_text(one)} for one in messages_of(texts)]
            for texts in table[name].to_pylist()
        ]
        table = table.set_column(at, pa.field(name, schema.MESSAGES, nullable=False), pa.array(turns, schema.MESSAGES))
    return table


def json_lists(rows: Iterable[Sequence[str] | None]) -> pa.Array:
    """Lists of JSON as a column.

    Args:
        rows: for each row the texts of its list, or None.

    Returns:
        a list of `schema.JSON` for each.
    """
    rows = list(rows)
    sizes = [len(one or ()) for one in rows]
    offsets = pa.array([0, *accumulate(sizes)], pa.int32())
    flat = pa.array([text for one in rows for text in one or ()], pa.string())
    values = pa.ExtensionArray.from_storage(schema.JSON, flat)
    missing = pa.array([one is None for one in rows], pa.bool_())
    return pa.ListArray.from_arrays(offsets, values, mask=missing if missing.true_count else None)


def unsound_messages(column: pa.Array) -> pa.Array:
    """Which rows of a column of JSON hold a message that is none, or no message.

    Args:
        column: lists of JSON.

    Returns:
        a boolean a row.
    """
    bad = [not texts or any(one is None or message_problem(one) for one in texts) for texts in column.to_pylist()]
    return pa.array(bad, pa.bool_())


def unsound_tools(column: pa.Array) -> pa.Array:
    """Which rows of a column of JSON hold a schema of a tool that is none.

    Args:
        column: lists of JSON; null where no tool is offered.

    Returns:
        a boolean a row.
    """
    return pa.array([not all(map(_is_schema, texts or ())) for texts in column.to_pylist()], pa.bool_())


def _is_schema(text: str | None) -> bool:
    try:
        schema_of_tool = json.loads(text or "")
    except (ValueError, RecursionError):
        return False
    function = schema_of_tool.get("function") if isinstance(schema_of_tool, dict) else None
    named = isinstance(function, dict) and isinstance(function.get("name"), str)
    return named and not is_nested_deeper(function, MOST_NESTED)
