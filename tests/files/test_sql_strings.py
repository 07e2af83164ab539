"""No query holds a name or value that did not go through a quoting helper."""

import ast

import pytest

from tests.files.sql_strings import Module, PackageQueries, read, unquoted
from tests.test_imports import HOUSE


def test_every_query_is_made_of_constants_and_quoted_parts():
    queries = PackageQueries(read(HOUSE))
    assert list(queries.faults()) == []
    assert queries.seen > 90, "the walk has lost sight of the queries"


def test_one_module_alone_speaks_to_duckdb():
    named = [p.name for p in HOUSE.rglob("*.py") if "import duckdb" in p.read_text("utf-8")]
    assert named == ["sql.py"]


UNQUOTED = {
    "a name": 'con.execute(f"SELECT {column} FROM t")',
    "a value": "con.execute(f\"SELECT * FROM t WHERE x = '{value}'\")",
    "by format": 'con.sql("SELECT {} FROM t".format(column))',
    "by a template": "con.sql(_QUERY.format(files=column))",
    "by per cent": 'con.sql("SELECT %s FROM t" % column)',
    "by addition": 'con.sql("SELECT " + column)',
    "joined": 'con.execute(f"SELECT {chr(44).join(columns)} FROM t")',
    "joined one by one": "con.execute(f\"SELECT {', '.join(f'{c}' for c in columns)} FROM t\")",
    "through a variable": 'query = f"SELECT {column}"\n    con.execute(query)',
    "through one of two assignments": 'query = "SELECT 1"\n    query = column\n    con.execute(query)',
    "appended to": 'parts = ["SELECT 1"]\n    parts.append(column)\n    con.execute(" ".join(parts))',
    "through a function": "con.execute(made(column))",
    "through a parameter": "run(con, column)",
    "in a conditional": 'con.execute("SELECT 1" if value else column)',
    "in an order": 'con.execute(f"SELECT 1 ORDER BY {sql.order_key(1, column)}")',
    "from a record": "con.execute(record['query'])",
    "a number that may be none": 'con.execute(f"SELECT 1 LIMIT {value}")',
    "another's quote": 'con.execute(f"SELECT {other.quote(column)}")',
    "unpacked": 'con.execute(_QUERY.format(**{"files": column}))',
}
QUOTED = {
    "a name": 'con.execute(f"SELECT {sql.name(column)} FROM t")',
    "a value": 'con.execute(f"SELECT * FROM t WHERE x = {sql.quote(value)}")',
    "a number": 'con.execute(f"SELECT 1 LIMIT {sql.number(value)}")',
    "a parameter": 'con.execute("SELECT ?", [value])',
    "joined": "con.execute(f\"SELECT {', '.join(map(sql.name, columns))} FROM t\")",
    "joined one by one": "con.execute(f\"SELECT {', '.join(sql.name(c) for c in columns)} FROM t\")",
    "a template": "con.sql(_QUERY.format(files=sql.parquet(value)))",
    "a parameter of a function": "run(con, _QUERY.format(files=sql.quote(value)))",
    "a function": "con.execute(better(column))",
    "an order": "con.execute(f\"SELECT 1 ORDER BY {sql.order_key(value, 'pair_id')}\")",
}
AROUND = """
from polypref.files import sql
_QUERY = "SELECT * FROM {{files}}"
def made(column): return f"SELECT {{column}}"
def better(column): return f"SELECT {{sql.name(column)}}"
def run(con, query): con.execute(query)
def main(con, column, columns, value, record, other):
    {}
"""


def look(statement: str) -> list[str]:
    return unquoted({"one.py": Module("one.py", ast.parse(AROUND.format(statement)))})


@pytest.mark.parametrize("kind", UNQUOTED)
def test_the_walk_sees_what_is_not_quoted(kind):
    assert look(UNQUOTED[kind])


@pytest.mark.parametrize("kind", QUOTED)
def test_the_walk_lets_pass_what_is(kind):
    # `run` is called by nobody in most of these: what it might be given is not known.
    assert [one for one in look(QUOTED[kind]) if not one.startswith("one.py:6")] == []
    if "run(" in QUOTED[kind]:
        assert look(QUOTED[kind]) == []
