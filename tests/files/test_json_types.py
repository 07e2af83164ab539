"""Narrow readers of JSON: another kind of value is as good as none."""

import pytest

from polypref.files.json_types import Json, list_of, mapping_of, number_of, text_of

VALUES: list[Json] = [None, True, 0, 2.5, "a", ["b"], {"c": 1}]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_read_as_what_it_is_or_as_empty(value: Json) -> None:
    assert mapping_of(value) == ({"c": 1} if value == {"c": 1} else {})
    assert list_of(value) == (["b"] if value == ["b"] else [])
    assert text_of(value) == ("a" if value == "a" else "")


def test_true_is_no_number() -> None:
    assert [number_of(value) for value in VALUES] == [None, None, 0, 2.5, None, None, None]
