"""docs/formats.md: its tables name the columns that are written, with the words that cards have for them."""

import re

import pyarrow as pa
import pytest

from polypref import schema
from polypref.evaluation.inputs.tables import BATTLES
from polypref.release.columns import COLUMNS

from .conftest import ROOT

PAGE = (ROOT / "docs/formats.md").read_text("utf-8")


def tables(section: str) -> list[list[list[str]]]:
    """The tables of a section, each as rows of cells, without their heads."""
    (text,) = re.findall(rf"(?ms)^## {section}\n(.*?)(?=^## |\Z)", PAGE)
    parts = re.findall(r"(?m)^\|.*\n\|[-|]+\n((?:\|.*\n)+)", text)
    return [[[cell.strip() for cell in row.strip("|").split(" | ")] for row in part.splitlines()] for part in parts]


@pytest.mark.parametrize(
    ("section", "form"),
    [("Pairs", schema.PREFERENCES), ("Labelled answers", schema.UNPAIRED), ("Ratings", schema.RELEASED_RATINGS)],
)
def test_every_column_stands_in_its_order_and_says_whether_it_may_be_null(section: str, form: pa.Schema) -> None:
    rows = tables(section)[0]
    assert [row[0].strip("`") for row in rows] == form.names
    assert [row[2] == "yes" for row in rows] == [one.nullable for one in form]
    if section != "Ratings":
        assert [row[3] for row in rows] == [COLUMNS[name] for name in form.names]


def test_the_columns_that_only_some_datasets_have() -> None:
    rows = tables("Pairs")[1]
    assert [(row[0].strip("`"), row[3]) for row in rows] == [
        (name, COLUMNS[name]) for name in (*schema.PEOPLE, schema.RATIONALE, schema.ANNOTATOR_GROUPS, schema.CRITERION)
    ]


def test_the_columns_of_battles() -> None:
    assert [row[0].strip("`") for row in tables("An evaluation folder")[1]] == BATTLES.names
