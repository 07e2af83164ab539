"""The verdicts of a row, whoever gave them: several columns, lists, annotators by their pseudonyms."""

from datetime import date

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files, OneHot, Ranking, Scale, Verdict
from polypref.layouts.votes import labels_in, pseudonym, readings_in, vote_of
from tests.layouts.interpreted import TWO, item_of

AB = {"first": ("A",), "second": ("B",), "tie": ("T",)}
THREE = Verdict("people", ("p1", "p2", "p3"), **AB)
LISTED = Verdict("people", "value.best", each="votes", annotator="who", **AB)


def sides(row, kind) -> list[tuple[str, str]]:
    given = [(one.reading, one.annotator) for one in readings_in(row, kind, 2)]
    return [(one.preferred[0][2] if one.preferred else one.problem[0], who) for one, who in given]


def test_every_column_is_a_verdict() -> None:
    assert sides({"p1": "A", "p2": "T", "p3": None}, THREE) == [("a", ""), ("tie", ""), ("not_judged", "")]
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei", "p1": "A", "p2": "B"}, answers=TWO, verdict=THREE)
    assert [one["preferred"] for one in item.verdicts] == ["a", "b"]
    assert [one["annotator"] for one in item.verdicts] == [None, None]


def test_every_item_of_a_list_is_a_verdict_of_somebody() -> None:
    votes = [{"who": 7, "value": {"best": "A"}}, {"value": {"best": "B"}}, {"who": "x", "value": {}}]
    assert sides({"votes": votes}, LISTED) == [("a", "7"), ("b", ""), ("not_judged", "x")]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({}, "not_judged"),
        ({"votes": None}, "not_judged"),
        ({"votes": "A"}, "verdicts_not_a_list"),
        ({"votes": {"who": 1}}, "verdicts_not_a_list"),
        ({"votes": Bad("key_twice", "k")}, "verdicts_key_twice"),
        ({"votes": [{"who": ["x"], "value": {"best": "A"}}]}, "annotator_not_text"),
    ],
)
def test_a_list_that_is_none_is_a_problem_of_the_verdict_alone(row, why) -> None:
    assert sides(row, LISTED) == [(why, "")]
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei"} | row, answers=TWO, verdict=LISTED)
    assert (len(item.completions), item.unreadable) == (2, why != "not_judged")
    assert [reason for reason, _ in item.problems] == [why]


def test_a_ranking_of_no_answers_is_counted_as_left_out() -> None:
    row = {"prompt": "x", "all": [], "order": ["A"]}
    item = item_of(row, each="all", answers=(Answer("."),), verdict=Ranking("people", "order", names=("A", "B")))
    assert (item.problems[-1], item.verdicts_left_out) == (
        ("verdict_without_two_answers", "0 usable"), ["verdict_without_two_answers"]
    )  # fmt: skip


def test_one_verdict_that_cannot_be_read_costs_that_one() -> None:
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei", "p1": "A", "p2": "?"}, answers=TWO, verdict=THREE)
    assert [one["preferred"] for one in item.verdicts] == ["a"]
    assert [reason for reason, _ in item.problems] == ["unknown_verdict", "not_judged"]


@pytest.mark.parametrize(
    ("kind", "vote"),
    [
        (Scale("people", "s", each="votes", annotator="who"), {"s": -2}),
        (OneHot("people", first="f", second="g", each="votes", annotator="who"), {"f": 1, "g": 0}),
        (Ranking("people", "r", names=("A", "B"), each="votes", annotator="who"), {"r": ["A", "B"]}),
    ],
)
def test_every_kind_of_verdict_may_stand_in_a_list(kind, vote) -> None:
    assert sides({"votes": [vote | {"who": "x"}]}, kind) == [("a", "x")]


def test_a_person_is_a_pseudonym_that_only_the_salt_and_the_source_lead_to() -> None:
    row = {"prompt": "x", "a": "eins", "b": "zwei", "who": "Ada Lovelace", "w": "A"}
    fields = Fields("prompt", (Answer("a"), Answer("b")), verdict=Verdict("people", "w", annotator="who", **AB))
    people = set()
    for name, salt in (("s", "1"), ("s", "2"), ("t", "1")):
        source = Files("x.jsonl", fields, name, "7", "cc0-1.0", language="de")
        item = interpret_row(row, source, None, salt)
        assert "Ada" not in str(item)
        (verdict,) = item.verdicts
        assert verdict["annotator"] == pseudonym(salt, name, "Ada Lovelace")
        people.add(verdict["annotator"])
    assert len(people) == 3
    assert pseudonym("1", "s", "") == "" and pseudonym("1", "s", "Ada") == pseudonym("1", "s", "Ada")


def test_labels_of_rows_that_are_not_read_are_those_that_are_declared() -> None:
    assert [one.label for one in labels_in({"p1": "A", "p2": "?", "p3": "B"}, Fields("q", verdict=THREE))] == ["A", "B"]
    assert list(labels_in({"r": ["A", "B"]}, Fields("q", verdict=Ranking("people", "r")))) == []


def test_a_list_of_verdicts_may_be_printed_where_that_is_declared() -> None:
    row = {"prompt": "x", "a": "eins", "b": "zwei", "votes": '[{"who": "x", "value": {"best": "B"}}]'}
    (verdict,) = item_of(row, answers=TWO, verdict=LISTED, serialised=True).verdicts
    assert verdict["preferred"] == "b"
    assert item_of(row, answers=TWO, verdict=LISTED).problems == [("verdicts_not_a_list", "votes")]


ROW = {"prompt": "x", "a": "eins", "b": "zwei"}


def votes_of(row, kind) -> list[str | None]:
    return [one["vote"] for one in item_of(ROW | row, answers=TWO, verdict=kind).verdicts]


def test_votes_of_nobody_by_name_know_their_row() -> None:
    one, again, other = (votes_of({"p1": "A", "p2": "T", "p3": "B", "id": n}, THREE) for n in (1, 1, 2))
    assert one == again and len({*one, *other}) == 6
    assert [vote.partition(" ")[2] for vote in one] == ["0", "1", "2"]
    # An empty cell keeps the places of the others.
    assert [vote.partition(" ")[2] for vote in votes_of({"p1": "A", "p3": "B"}, THREE)] == ["0", "2"]


def test_a_row_of_one_vote_has_no_place() -> None:
    single = Verdict("people", "w", **AB)
    (vote,) = votes_of({"w": "A"}, single)
    assert len(vote) == 16 and vote not in (*votes_of({"w": "B"}, single), vote_of("another", ROW | {"w": "A"}, None))


def test_who_is_named_needs_no_row() -> None:
    row = {"votes": [{"who": "x", "value": {"best": "A"}}, {"value": {"best": "A"}}]}
    assert [vote and vote.partition(" ")[2] for vote in votes_of(row, LISTED)] == [None, "1"]


def test_rows_of_dates_and_bytes_are_told_apart() -> None:
    one, other = ({"t": date(2024, 1, day), "b": b"x", "n": float("nan"), "s": "\ud800"} for day in (1, 2))
    assert vote_of("s", one, 3) == vote_of("s", dict(one), 3) != vote_of("s", other, 3)


def test_a_row_that_is_nested_too_deeply_is_a_reason():
    deep: object = 1
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(Bad, match="nested_too_deep"):
        vote_of("s", {"a": deep}, None)


def test_a_person_is_one_however_a_file_spells_the_name():
    names = ("Jos\u00e9", "Jose\u0301", " Jos\u00e9 ")
    assert len({pseudonym("salt", "s", name) for name in names}) == 1
    assert pseudonym("salt", "s", "  ") == "" != pseudonym("salt", "s", "Jose")


WHY = Verdict("people", "best", rationale="why", **AB)


@pytest.mark.parametrize(
    ("row", "words", "problems"),
    [
        ({"why": " Richtig,\r\nund kürzer.\x00 "}, "Richtig,\nund kürzer.", []),
        ({"why": "  "}, None, []),
        ({"why": None}, None, []),
        ({}, None, []),
        ({"why": 4}, None, [("rationale_not_text", "int")]),
        ({"why": "half \ud800"}, None, [("rationale_lone_surrogate", "")]),
    ],
)
def test_a_verdict_has_its_words_and_stands_without_them(row, words, problems) -> None:
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei", "best": "A"} | row, answers=TWO, verdict=WHY)
    assert [(one["preferred"], one["rationale"]) for one in item.verdicts] == [("a", words)]
    assert item.problems == problems and item.unreadable == bool(problems)


def test_words_in_a_list_are_of_their_verdict() -> None:
    kind = Verdict("people", "best", each="votes", rationale="why", **AB)
    votes = [{"best": "A", "why": "kurz"}, {"best": "B"}, {"best": "T", "why": "gleich"}]
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei", "votes": votes}, answers=TWO, verdict=kind)
    assert [one["rationale"] for one in item.verdicts] == ["kurz", None, "gleich"]


def test_words_of_several_columns_are_nobodys() -> None:
    with pytest.raises(UserError, match="each, annotator and rationale go with one column of verdicts"):
        Verdict("people", ("p1", "p2"), rationale="why", **AB)
