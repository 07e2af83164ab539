"""What is no dataset of polypref's is refused before a row of it is read, in one sentence that says where."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files import published
from tests import strangers
from tests.release.conftest import built, cli, session_hub  # noqa: F401


def table(rows: int = 3) -> pa.Table:
    answer = [{"role": "assistant", "content": "ja"}]
    row = {field.name: "x" for field in schema.PREFERENCES if field.type == pa.string()}
    row |= {"prompt": [{"role": "user", "content": "ob?"}], "chosen": answer, "rejected": answer, "flags": []}
    row |= {"chosen_score": 1.0, "rejected_score": None, "score_margin": 0.5, "language": "de", "translator": None}
    ids = [{"pair_id": f"{n:032x}", "prompt_id": f"{n:032x}"} for n in range(rows)]
    return pa.Table.from_pylist([row | one for one in ids], schema.PREFERENCES)


def write(folder: Any, rows: pa.Table, **how: Any) -> Any:
    path = folder / "de" / "train-00000000-00000002.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(rows, path, **how)
    return path


def test_what_a_release_holds_passes(tmp_path):
    path = write(tmp_path, table())
    published.check_file(path, 3)
    published.check_rows([path])


def set_column(name: str, values: Any, form: pa.DataType | None = None) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        array = values(rows[name]) if callable(values) else pa.array(values)
        return rows.set_column(rows.schema.get_field_index(name), pa.field(name, form or array.type), array)

    return change


COLUMNS = {
    "one more": (strangers.with_column("review"), "a column 'review', which no"),
    "one whose name is SQL": (
        strangers.with_column("x\" := 1)) FROM glob('/*'); --"),
        "which no published dataset has",
    ),
    "one that differs by case": (strangers.with_column("Prompt_ID"), "'Prompt_ID', which no"),
    "one that shows nothing": (strangers.with_column("\u200bprompt\u202e"), "which no"),
    "one of a very long name": (strangers.with_column("a" * 100_000), r"'a{60}'\.\.\., which no"),
    "one of a name a character too long": (strangers.with_column("a" * 61), r"'a{60}'\.\.\., which no"),
    "one without a name": (strangers.with_column(""), "column '', which no"),
    "one less": (lambda rows: rows.drop_columns("rater"), "lacks the column 'rater'"),
    "one twice": (lambda rows: rows.append_column("rater", rows["rater"]), "two columns of the name 'rater'"),
    "thousands": (
        lambda rows: pa.Table.from_arrays(
            [*rows.columns, *[rows["rater"]] * 3_000], names=[*rows.column_names, *(f"c{n}" for n in range(3_000))]
        ),
        "'c0' and 2,999 more",
    ),
    "another type": (set_column("chosen_score", ["1", "2", "3"]), r"'chosen_score' of another type \('string'\)"),
    "a narrower type": (set_column("chosen_score", lambda c: c.cast(pa.float32())), "of another type .'float'"),
    "a dictionary": (set_column("rater", lambda c: c.dictionary_encode()), "'rater' of another type"),
    "a large string": (set_column("rater", lambda c: c.cast(pa.large_string())), "'rater' of another type"),
    "bytes": (set_column("rater", lambda c: c.cast(pa.binary())), "'rater' of another type"),
    "JSON": (set_column("rater", lambda c: c.cast(pa.json_())), "'rater' of another type"),
    "text for messages": (set_column("prompt", ["a", "b", "c"]), "'prompt' of another type"),
    "one that may be null": (set_column("rater", lambda c: c), "'rater' of another type .one that may be null"),
    "another order": (lambda rows: rows.select(rows.column_names[::-1]), "another order or form"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_that_no_release_has(kind, tmp_path):
    change, message = COLUMNS[kind]
    path = write(tmp_path, change(table()))
    with pytest.raises(UserError, match=message) as caught:
        published.check_file(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600 and str(path) in str(caught.value)


def test_a_type_that_only_the_files_own_schema_tells(tmp_path):
    """Arrow's schema says text where the file holds bytes: the one may be written beside the other."""
    honest = write(tmp_path, table())
    kept = pq.read_metadata(honest).metadata[b"ARROW:schema"]
    other = set_column("rater", lambda c: c.cast(pa.binary()))(table())
    fields = [field.with_nullable(one.nullable) for field, one in zip(other.schema, schema.PREFERENCES, strict=True)]
    lying = pa.Table.from_arrays(other.columns, schema=pa.schema(fields, metadata={b"ARROW:schema": kept}))
    path = write(tmp_path, lying, store_schema=False)
    with pytest.raises(UserError, match=r"'rater' of another type|another order or form"):
        published.check_file(path)


def message(content: Any, role: Any = "user") -> list[dict[str, Any]]:
    return [{"role": role, "content": content}]


ROWS = {
    "no turn": ("prompt", []),
    "no text": ("chosen", message(None)),
    "no role": ("rejected", message("a", None)),
    "a turn that is none": ("prompt", [None]),
    "another's language": ("language", "../de"),
    "an id that is SQL": ("pair_id", "' OR 1=1 --"),
    "an id with a line more": ("pair_id", f"{1:032x}\n"),
    "a formula for an id": ("prompt_id", "=1+1"),
    "a flag that is none": ("flags", [None]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROWS)
def test_rows_that_no_release_has(kind, tmp_path):
    column, value = ROWS[kind]
    rows = table(5_000).to_pylist()
    rows[4_321][column] = value
    path = write(tmp_path, pa.Table.from_pylist(rows, schema.PREFERENCES))
    published.check_file(path, 5_000)
    with pytest.raises(UserError, match=f"row 4322 has no sound '{column}'"):
        published.check_rows([path])


def test_text_that_is_not_utf8(tmp_path):
    rows = table()
    bad = pa.StringArray.from_buffers(3, pa.array([0, 1, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe\xfd"))
    at = rows.schema.get_field_index("rater")
    path = write(tmp_path, rows.set_column(at, schema.PREFERENCES.field("rater"), bad))
    published.check_file(path)
    with pytest.raises(UserError, match="not a readable Parquet file"):
        published.check_rows([path])


def test_a_footer_that_states_what_is_not_there(tmp_path, monkeypatch):
    path = write(tmp_path, table())
    with pytest.raises(UserError, match="states 3 rows, its provenance 4"):
        published.check_file(path, 4)
    monkeypatch.setattr(published, "MOST_ROWS", 2)
    with pytest.raises(UserError, match="states 3 rows"):
        published.check_file(path)
    monkeypatch.setattr(published, "MOST_FOOTER", 100)
    with pytest.raises(UserError, match="not a Parquet file of a published dataset"):
        published.check_file(path)
    for data in (b"", b"PAR1", b"PAR1" + b"\xff\xff\xff\x7f" + b"PAR1", path.read_bytes()[:-1]):
        path.write_bytes(data)
        with pytest.raises(UserError):
            published.check_file(path)


@pytest.mark.parametrize(
    ("footer", "says"), [(16 << 20, "a readable Parquet file"), ((16 << 20) + 1, "a Parquet file of")]
)
def test_a_footer_of_more_than_16_mebibytes_is_not_read(tmp_path, footer, says):
    path = tmp_path / "train-00000000-00000002.parquet"
    with path.open("wb") as file:  # of zeros, which take no place on the disk
        file.truncate(17 << 20)
        file.seek(0, 2)
        file.write(footer.to_bytes(4, "little") + b"PAR1")
    with pytest.raises(UserError, match=f"is not {says}"):
        published.check_file(path)


COMMANDS = (("inspect", "{}"), ("diff", "{}", "{}"), ("review", "export", "{}", "--languages", "de", "--out", "{}-r"))


@pytest.mark.parametrize("kind", ["one whose name is SQL", "a dictionary", "one less"])
def test_every_command_refuses_it(kind, built, cli, tmp_path):  # noqa: F811
    folder = strangers.tables(strangers.copy(built, tmp_path / "theirs"), COLUMNS[kind][0])
    for words in (*COMMANDS, ("inspect", "{}", "--html", "{}.html"), ("release", "{}", "--repo", "org/x")):
        assert "get the dataset again" in cli(*(word.format(folder) for word in words), cwd=tmp_path).sentence
    assert {path.name for path in tmp_path.iterdir()} == {"theirs"}


def test_rows_with_one_id_are_not_multiplied(built, cli, tmp_path):  # noqa: F811
    def same(rows: pa.Table) -> pa.Table:
        at = rows.schema.get_field_index("pair_id")
        return rows.set_column(at, rows.schema.field(at), pa.array(["a" * 32] * rows.num_rows))

    folder = strangers.tables(strangers.copy(built, tmp_path / "theirs"), same)
    assert "whose pair_id another has" in cli("diff", built, folder).sentence


def leaves(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a record holds a value, or the name of one."""
    if isinstance(value, dict):
        return [at, *(one for key, inner in value.items() for one in leaves(inner, (*at, key)))]
    if isinstance(value, list):
        return [at, *(one for key, inner in enumerate(value[:2]) for one in leaves(inner, (*at, key)))]
    return [at]


HOSTILE = (None, -1, 1e400, float("nan"), True, "", "../../x", "'; --", [], {}, [[]], {"a": 1}, ["x"], "x" * 10_000)


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))  # others in every run
@pytest.mark.slow
def test_a_record_with_nonsense_anywhere_is_read_or_refused(built, cli, tmp_path_factory, data):  # noqa: F811
    there = json.loads((built / "provenance.json").read_text("utf-8"))
    at = data.draw(st.sampled_from([one for one in leaves(there) if one and one[0] not in ("parameters", "settings")]))
    value, renamed = data.draw(st.sampled_from(HOSTILE)), data.draw(st.booleans())

    def change(record: dict[str, Any]) -> None:
        inner = record
        for key in at[:-1]:
            inner = inner[key]
        if renamed and isinstance(inner, dict):
            inner[str(value)] = inner.pop(at[-1])
        else:
            inner[at[-1]] = value

    folder = tmp_path_factory.mktemp("record")
    theirs = strangers.record(strangers.copy(built, folder / "theirs"), change)
    for words in (("inspect", theirs), ("diff", built, theirs), ("inspect", theirs, "--html", folder / "page.html")):
        done = cli(*words, cwd=folder)
        assert done.code in (0, 2) and "Traceback" not in done.err, f"{at} = {value!r}: {done.err}"
        assert done.code == 0 or done.err.count("\n") == 1
    assert {path.name for path in folder.iterdir()} <= {"theirs", "page.html"}
