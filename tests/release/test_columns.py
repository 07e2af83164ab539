"""Columns: each that was ever published is explained, and nothing else is."""

from polypref.files.published import SCHEMAS
from polypref.release.columns import COLUMNS, explained


def test_every_published_column_is_explained_in_one_line() -> None:
    published = {name for form in SCHEMAS for name in form.names}
    assert published == set(COLUMNS)
    for meaning in COLUMNS.values():
        assert meaning and "\n" not in meaning and "|" not in meaning and not meaning.endswith(".")


def test_columns_are_explained_in_their_order_and_one_of_a_later_version_is_said_to_be_unknown() -> None:
    assert explained(["label", "mood", "flags"]) == [
        ("label", COLUMNS["label"]),
        ("mood", "not known to this version of polypref"),
        ("flags", COLUMNS["flags"]),
    ]
