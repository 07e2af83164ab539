"""What tests of rows share: a row of a source, and what became of it."""

from typing import Any

import pytest

from polypref.files.cells import Bad
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files
from polypref.layouts.tables import Item

TWO = (Answer("a", model="one"), Answer("b", model="two"))


def item_of(row: dict[str, Any], wanted: frozenset[str] | None = None, **settings: Any) -> Item:
    """The item of a row; settings are those of Fields, or `where`."""
    where = settings.pop("where", {})
    fields = Fields(settings.pop("prompt", "prompt"), settings.pop("answers", ()), **settings)
    source = Files("x.jsonl", fields, name="s", revision="7", licence="cc0-1.0", language="de", where=where)
    return interpret_row(row, source, wanted)


def item_without_votes(row: dict[str, Any], wanted: frozenset[str] | None = None, **settings: Any) -> Item:
    """As `item_of`, without what tells a row's votes from those of a row that is written otherwise."""
    item = item_of(row, wanted, **settings)
    for verdict in item.verdicts:
        verdict["vote"] = None
    return item


def reason(row: dict[str, Any], **settings: Any) -> tuple[str, str]:
    """Why a row is rejected."""
    with pytest.raises(Bad) as error:
        item_of(row, **settings)
    return error.value.reason, error.value.detail


def turns_of(*turns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]
