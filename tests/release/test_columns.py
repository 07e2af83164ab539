"""Columns: each that was ever published is explained, and nothing else is."""

import pytest

from polypref.files.published import SCHEMAS
from polypref.release.columns import COLUMNS, explained


def test_every_published_column_is_explained_in_one_line() -> None:
    published = {name for form in SCHEMAS for name in form.names}
    assert published == set(COLUMNS)
    for meaning in COLUMNS.values():
        assert meaning and "\n" not in meaning and "|" not in meaning and not meaning.endswith(".")


def test_a_column_without_a_line_is_no_card() -> None:
    assert explained(["label", "flags"]) == [("label", COLUMNS["label"]), ("flags", COLUMNS["flags"])]
    with pytest.raises(KeyError, match="mood"):
        explained(["pair_id", "mood"])
