"""Rows of files where a bad row stops the reading, and what helps to read them."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from polypref import languages
from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.languages import Language, registry
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Fields, Files
from polypref.layouts.strict_rows import cell_name, columns_of, is_hub_name, read_rows, tag_of, unread


def test_a_bad_row_stops_the_reading_with_its_place(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n{broken\n{"a": 2}\n', "utf-8")
    rows = read_rows(path)
    assert next(rows) == {"a": 1}
    with pytest.raises(UserError, match=r"a\.jsonl.*2 cannot be read: not_json.*; mend or remove the row"):
        next(rows)


def test_a_row_that_is_not_utf8_says_how_to_save_the_file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": "שלום"}\n'.encode("cp1255"))
    with pytest.raises(UserError, match=r"a\.jsonl:1 cannot be read: not_utf8 \(byte 7, .*\); .*; save it as UTF-8"):
        list(read_rows(path))


def test_what_separates_columns_can_be_settled(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b;c\n1,2;3\n", "utf-8")
    assert list(read_rows(path)) == [{"a": "1", "b;c": "2;3"}]
    assert list(read_rows(path, separator=";")) == [{"a,b": "1,2", "c": "3"}]


def test_the_rows_inside_of_a_file_are_found_by_their_path(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"data": {"rows": [{"a": 1}]}}', "utf-8")
    assert list(read_rows(path, "data.rows")) == [{"a": 1}]


def test_columns_are_those_named_then_the_usual_ones():
    usual = {"prompt": ("prompt", "question"), "language": ("lang",), "group": ("id",)}
    named = SimpleNamespace(prompt="", language="=de", group="-")
    assert columns_of({"question": 1, "lang": "fr"}, named, usual) == {
        "prompt": "question", "language": "=de", "group": "-",
    }  # fmt: skip
    named = SimpleNamespace(prompt="turns[0]", language="a.b", group="{question}-{id}")
    row = {"turns": ["x"], "a": {"b": None}, "id": 3}
    assert columns_of(row, named, usual) == vars(named)
    with pytest.raises(Bad) as missing:
        columns_of({"question": 1}, SimpleNamespace(prompt="text", language="", group=""), usual)
    assert (missing.value.reason, missing.value.detail) == ("missing_field", "text")


def test_a_row_that_lacks_a_column_or_holds_what_cannot_be_read_is_told_with_its_place():
    row = {f"c{n}": n for n in range(31)}
    lacking = str(unread("a.csv, row 3", Bad("missing_field", "x[0]"), row, "name it as the file does"))
    assert lacking.startswith("a.csv, row 3: no column 'x[0]' (it has c0, c1, ") and "c29, ...); name it" in lacking
    assert str(unread("row 3", Bad("key_twice", "k"), row, "")) == (
        "row 3 cannot be read: key_twice (k); mend or remove the row"
    )


def test_a_name_is_the_same_whatever_its_type():
    values = [1, 1.0, "1", " 1 ", 1.5, None, float("nan"), "a\ud800", True]
    assert [cell_name(value) for value in values] == ["1", "1", "1", "1", "1.5", "", "", "", "True"]


def test_what_can_be_a_dataset_of_the_hub():
    names = ["org/name", "org/name-v1.5", "org/name.jsonl", "org/name.csv.gz", "org/name.GZ", "org/na?e", "org/*"]
    names += ["org/name.ndjson", "org/[n]ame", "./org/name", "/org/name", "~/name", "name", "a/b/c"]
    assert [name for name in names if is_hub_name(name)] == ["org/name", "org/name-v1.5"]


@pytest.fixture
def _registered():
    """What a test registers is forgotten after it."""
    before, adopted = dict(registry._registered), set(registry._adopted)
    yield
    registry._registered.clear()
    registry._registered.update(before)
    registry._adopted.clear()
    registry._adopted.update(adopted)
    registry._all.cache_clear()
    registry._by_name.cache_clear()


@pytest.mark.usefixtures("_registered")
def test_a_language_that_is_registered_later_is_known_then():
    assert tag_of("qaa-Latn-DE") == "" and tag_of("German") == "de"
    languages.register(Language("qaa", "Ours", "Ours", "", ("Latn",)))
    assert tag_of("qaa-Latn-DE") == "qaa"


@pytest.mark.usefixtures("_registered")
def test_a_language_of_a_dataset_that_a_script_describes_anew_goes_by_its_new_names():
    languages.register(Language("qaa", "Theirs", "Theirs", "", ("Latn",)), adopted=True)
    source = Files("x", Fields("p"), "s", "1", "cc0-1.0", language="Ours")
    assert tag_of("Theirs") == "qaa" and tag_of("Ours") == ""
    assert interpret_row({"p": "x"}, replace(source, language="Theirs"), None).prompt["language"] == "qaa"
    with pytest.raises(Bad, match="unknown_language"):
        interpret_row({"p": "x"}, source, None)
    languages.register(Language("qaa", "Ours", "Ours", "", ("Latn",)))
    assert tag_of("Theirs") == "" and tag_of("Ours") == "qaa"
    assert interpret_row({"p": "x"}, source, None).prompt["language"] == "qaa"
    with pytest.raises(Bad, match="unknown_language"):
        interpret_row({"p": "x"}, replace(source, language="Theirs"), None)
