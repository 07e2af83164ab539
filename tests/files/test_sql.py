"""What relational steps share: files as tables, buckets, orders."""

import hashlib
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files import sql
from polypref.files.store import Stage


@pytest.mark.parametrize(
    "folder", ["plain", "out [1]", "a*b?", "it's", 'a "quote"', "language=de", "语言/データ", "[x]*/language=de"]
)
def test_a_folder_of_any_name_is_read_and_says_nothing_about_the_rows(folder, tmp_path):
    place = tmp_path / folder
    place.mkdir(parents=True)
    pq.write_table(pa.table({"language": ["fr"]}), place / "part-00000.parquet")
    pq.write_table(pa.table({"language": ["he"]}), place / "part-00001.parquet")
    for files in (sql.parquet(place / "part-*.parquet"), sql.parquet(*sorted(place.iterdir()))):
        rows = sql.connect(reads=[place]).execute(f"SELECT * FROM {files} ORDER BY ALL").fetchall()
        assert rows == [("fr",), ("he",)]


def test_a_like_named_neighbour_of_a_folder_is_not_read(tmp_path):
    for name, tag in {"a*": "right", "ab": "wrong"}.items():
        (tmp_path / name).mkdir()
        pq.write_table(pa.table({"x": [tag]}), tmp_path / name / "part.parquet")
    part = tmp_path / "a*" / "part.parquet"
    assert sql.connect(reads=[part]).execute(f"FROM {sql.parquet(part)}").fetchall() == [("right",)]


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
@settings(deadline=None)
def test_any_text_can_be_a_literal(text):
    assert duckdb.execute(f"SELECT {sql.quote(text)}").fetchall() == [(text,)]


@given(st.lists(st.text(max_size=3), min_size=1, max_size=5), st.integers(1, 200), st.integers(-5, 2**40))
@settings(deadline=None, max_examples=30)
def test_buckets_and_orders_are_those_of_python(texts, buckets, seed):
    con = sql.connect(threads=1)
    con.register("rows", pa.table({"id": [schema.make_id(t) for t in texts]}))
    key = sql.order_key(seed, "id")
    query = f"SELECT id, {sql.bucket('id', buckets)}, {key}, {sql.unit_interval(key)} FROM rows"
    for one, number, order, share in con.execute(query).fetchall():
        assert number == int(one[:8], 16) % buckets
        assert order == hashlib.md5(f"{seed}:{one}".encode()).hexdigest()
        assert share == int(order[:13], 16) / 2**52
        assert 0 <= share < 1


@given(st.lists(st.integers(0, 6)), st.integers(1, 4))
@settings(deadline=None, max_examples=25)
def test_every_bucket_becomes_a_part_with_its_rows_in_order(numbers, batch):
    numbers.sort()
    table = pa.table({"bucket": pa.array(numbers, pa.int64()), "row": pa.array(range(len(numbers)), pa.int64())})
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), "")
        reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=batch))
        sql.write_by_bucket(reader, stage, "rows", 7)
        parts = [pq.read_table(path)["row"].to_pylist() for path in stage.parts("rows")]
    assert parts == [[row for row, number in enumerate(numbers) if number == wanted] for wanted in range(7)]


def test_a_database_is_bounded_and_spills_to_its_scratch_folder(tmp_path):
    con = sql.connect(tmp_path / "scratch", memory="64MB", threads=1)
    rows = con.execute(
        "SELECT count(*) FROM (SELECT md5(i::VARCHAR) m FROM range(1_500_000) r(i) ORDER BY m)"
    ).fetchall()
    assert rows == [(1_500_000,)]
    limit, folder = con.execute(
        "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    ).fetchone() or ("", "")
    assert limit == "61.0 MiB"
    assert folder == str(tmp_path / "scratch")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        con.execute("FROM 'https://localhost/x.parquet'")


def test_too_little_memory_is_not_called_a_full_disk(tmp_path):
    query = "SELECT sum(m) FROM (SELECT median(i) AS m FROM range(1_000_000) t(i) GROUP BY i::VARCHAR)"
    with pytest.raises(UserError, match="needs more memory") as caught, sql.disk_errors(tmp_path):
        sql.connect(tmp_path / "scratch", memory="20MB", threads=1).execute(query).fetchall()
    assert "free some space" not in str(caught.value) and "\n" not in str(caught.value)


def test_no_room_to_spill_to_is_called_a_full_disk(tmp_path, monkeypatch):
    opened = duckdb.connect
    small = {"max_temp_directory_size": "1MB"}
    monkeypatch.setattr(duckdb, "connect", lambda config: opened(config=config | small))
    con = sql.connect(tmp_path / "scratch", memory="20MB", threads=1)
    with pytest.raises(UserError, match="free some space"), sql.disk_errors(tmp_path):
        con.execute("CREATE TEMP TABLE t AS SELECT md5(i::VARCHAR) AS x FROM range(1_000_000) t(i) ORDER BY x")


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{other}')",
        "SELECT * FROM read_csv('{other}')",
        "SELECT * FROM glob('{folder}/*')",
        "FROM '{other}'",
        "FROM read_parquet('{folder}/*.parquet')",
        "FROM read_parquet('{folder}/inner/../other.parquet')",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "COPY (SELECT 1) TO '{given}' (FORMAT parquet, USE_TMP_FILE false)",
        "ATTACH '{folder}/written.db'",
        "EXPORT DATABASE '{folder}/written'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_paths = ['{other}']",
        "SET temp_directory = '{folder}/written'",
        "PRAGMA enable_profiling",
        "SELECT 1; SELECT 2",
        "",
        "-- nothing",
    ],
)
def test_a_connection_reaches_nothing_but_the_files_it_was_given(query, tmp_path):
    for name in ("given", "other"):
        pq.write_table(pa.table({"x": [name]}), tmp_path / f"{name}.parquet")
    (tmp_path / "inner").mkdir()
    given, before = tmp_path / "given.parquet", {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    text = query.format(folder=tmp_path, other=tmp_path / "other.parquet", given=given)
    for con in (sql.connect(reads=[given]), sql.connect(tmp_path / "inner", reads=[given]), sql.in_memory()):
        with pytest.raises((duckdb.Error, UserError)):
            con.execute(text).fetchall()
        with pytest.raises((duckdb.Error, UserError)):
            con.sql(text).fetchall()
    assert sql.connect(reads=[given]).execute(f"FROM {sql.parquet(given)}").fetchall() == [("given",)]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_tables_of_python_are_no_tables_of_a_query():
    hidden = pa.table({"x": ["secret"]})
    with pytest.raises(duckdb.Error, match="hidden"):
        sql.connect().execute("FROM hidden")
    assert hidden.num_rows == 1


def test_connections_that_share_a_database_share_no_table():
    one, other = sql.in_memory(), sql.in_memory()
    one.register("rows", pa.table({"x": [1]}))
    one.execute("CREATE TEMP TABLE made AS FROM rows")
    for name in ("rows", "made"):
        with pytest.raises(duckdb.Error, match=name):
            other.execute(f"FROM {sql.name(name)}")
    one.close()
    assert other.execute("SELECT 1").fetchall() == [(1,)]


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
@settings(deadline=None, max_examples=60)
def test_any_text_can_be_a_name(text):
    con = sql.in_memory()
    assert con.sql(f"SELECT 1 AS {sql.name(text)}").columns == [text]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "1", None, "1; DROP TABLE x"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(UserError, match="is not a finite number"):
        sql.number(value)


def test_a_name_that_is_not_utf8_is_refused(tmp_path):
    with pytest.raises(UserError, match="is not UTF-8; rename it"):
        sql.parquet(tmp_path / "a\udcff" / "x.parquet")


@pytest.mark.parametrize(
    ("message", "kind", "sentence"),
    [
        ("Out of Memory Error: Allocation failure", MemoryError, "Allocation failure"),
        (
            "Out of Memory Error: Failed to allocate block of 262144 bytes (bad allocation)",
            MemoryError,
            "bad allocation",
        ),
        (
            "Out of Memory Error: could not allocate block of size 256.0 KiB (762.9 MiB/762.9 MiB used)",
            UserError,
            "needs more memory than polypref gives it",
        ),
        (
            "Out of Memory Error: failed to offload data block (1.0 MiB used)\nmax_temp_directory_size",
            UserError,
            "free some space",
        ),
    ],
)
def test_memory_that_the_system_refuses_is_no_limit_of_ours(tmp_path, message, kind, sentence):
    with pytest.raises(kind, match=sentence.replace("(", r"\(")), sql.disk_errors(tmp_path):
        raise duckdb.OutOfMemoryException(message)
