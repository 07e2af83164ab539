"""Records: what decode takes and refuses, and that encode gives the JSON back."""

import doctest
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest

from polypref.errors import UserError
from polypref.files import records
from polypref.files.json_types import Json, JsonObject, list_of, mapping_of, number_of, text_of
from polypref.files.records import OMIT_DEFAULT, OTHER_KEYS, Count, Text, decode, encode


@dataclass(frozen=True)
class Interval:
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high are both null or neither is")


@dataclass(frozen=True)
class Row:
    language: Annotated[str, re.compile("[a-z]{2}")]
    scored: Count
    interval: Interval
    reasons: Mapping[str, Count] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    kind: Literal["llm", "reward"]
    rows: tuple[Row, ...]
    pair: tuple[str, int] = ("", 0)
    name: Text = ""
    sure: bool = False
    judge: str | None = field(default=None, metadata=OMIT_DEFAULT)
    facts: Json = None
    by_tag: dict[str, Interval] = field(default_factory=dict)
    either: int | list[str] = 0
    others: dict[str, Json] = field(default_factory=dict, metadata=OTHER_KEYS)


def good() -> JsonObject:
    row: JsonObject = {"language": "he", "scored": 3, "interval": {"low": 0.25, "high": 1}, "reasons": {"refused": 1}}
    return {
        "kind": "llm",
        "rows": [row],
        "pair": ["a", -1],
        "name": "x",
        "sure": True,
        "facts": {"deep": [1, {"x": None}]},
        "by_tag": {"de": {"low": None, "high": None}},
        "either": ["b"],
        "from_later": [1.5],
    }


def test_a_record_is_read_and_gives_the_same_json():
    record = decode(Record, good(), "bad")
    assert record.rows[0].interval == Interval(0.25, 1)
    assert record.pair == ("a", -1)
    assert record.by_tag == {"de": Interval(None, None)}
    assert record.others == {"from_later": [1.5]}
    assert record.judge is None
    assert encode(record) == good()


def test_what_is_any_json_stays_as_it_was_read():
    deep: Json = float("inf")
    for _ in range(3_000):
        deep = [deep]
    assert decode(Record, {"kind": "llm", "rows": [], "facts": deep}, "bad").facts is deep


def test_what_may_be_missing_has_its_default():
    record = decode(Record, {"kind": "reward", "rows": []}, "bad")
    assert record == Record("reward", ())
    assert "judge" not in encode(record)
    assert encode(decode(Record, {"kind": "reward", "rows": [], "judge": "j"}, "bad"))["judge"] == "j"


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("kind", "llms", "kind is 'llms', not 'llm' or 'reward'"),
        ("rows", {}, "rows is an object, not a list"),
        ("rows.0", "x", "rows.0 is 'x', not an object"),
        ("rows.0.language", "heb", "rows.0.language is 'heb', which cannot stand here"),
        ("rows.0.scored", -1, "rows.0.scored is -1, which cannot stand here"),
        ("rows.0.scored", 1.0, "rows.0.scored is 1.0, not a whole number"),
        ("rows.0.scored", True, "rows.0.scored is True, not a whole number"),
        ("rows.0.interval.low", float("nan"), "rows.0.interval.low is nan, not a finite number"),
        ("rows.0.interval.low", float("inf"), "rows.0.interval.low is inf, not a finite number"),
        ("rows.0.interval.low", None, "rows.0.interval does not hold together: low and high are both null"),
        ("rows.0.reasons", {"refused": "1"}, "rows.0.reasons.refused is '1', not a whole number"),
        ("pair", ["a"], "pair has 1 items, not 2"),
        ("pair", ["a", "b"], "pair.1 is 'b', not a whole number"),
        ("name", "\ud800", "name is '\\ud800', which cannot stand here"),
        ("sure", 1, "sure is 1, not true or false"),
        ("by_tag", {"a\x1b[2J": 3}, "by_tag.a\ufffd[2J is 3, not an object"),
        ("either", {}, "either is an object, which is of none of the types"),
    ],
)
def test_what_is_of_another_form_is_named(place, value, sentence):
    whole: Json = good()
    *way, last = place.split(".")
    inner = whole
    for step in way:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    inner[int(last) if isinstance(inner, list) else last] = value
    with pytest.raises(UserError, match=re.escape(f"results.json is damaged: {sentence}")) as caught:
        decode(Record, whole, "results.json is damaged", "evaluate again")
    assert str(caught.value).endswith("; evaluate again")


def test_what_is_missing_is_named():
    whole = good()
    del whole["rows"]
    with pytest.raises(UserError, match=r"^bad: rows is missing$"):
        decode(Record, whole, "bad")
    with pytest.raises(UserError, match=r"^bad: the whole is a list, not an object$"):
        decode(Record, [], "bad")


def test_only_json_is_written():
    with pytest.raises(TypeError, match="is no JSON"):
        encode(Record("llm", (), facts={1, 2}))


def test_a_type_that_json_has_none_of_is_the_programmers_mistake():
    @dataclass
    class Wrong:
        path: set[str]

    with pytest.raises(TypeError, match="cannot hold"):
        decode(Wrong, {"path": []}, "bad")


def test_readers_of_strangers_json_give_what_is_of_the_kind():
    assert mapping_of({"a": 1}) == {"a": 1}
    assert mapping_of([1]) == {}
    assert list_of([1]) == [1]
    assert list_of({"a": 1}) == []
    assert text_of("a") == "a"
    assert text_of(None) == ""
    assert number_of(2) == 2
    assert number_of(True) is None
    assert number_of("2") is None


def test_the_example_of_the_documentation():
    assert doctest.testmod(records).failed == 0
    assert doctest.testmod(records).attempted > 0
