"""Trees of rows that are single messages, in any order."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts import flat_trees
from polypref.layouts.comparisons import comparisons
from polypref.layouts.fields import Answer, Fields
from polypref.layouts.looking import items_of_rows
from polypref.layouts.named import NamedLayout
from polypref.layouts.tables import UnusedMessage
from polypref.layouts.trees import TURNS, Tree, rows_of_trees

FLAT = Tree(parent="parent", message="id", deleted="deleted")


def message(name: Any, parent: Any = None, **more: Any) -> dict[str, Any]:
    """A message whose text is its name, said by the one and the other in turn."""
    role = "assistant" if str(name).count(".") % 2 else "prompter"
    return {"id": name, "parent": parent, "role": role, "text": str(name), **more}


def tree(name: str) -> list[dict[str, Any]]:
    """A question with two answers, of which the first is asked further, and answered twice."""
    parents = {name: None, f"{name}.0": name, f"{name}.1": name, f"{name}.0.0": f"{name}.0"}
    parents |= {f"{name}.0.0.0": f"{name}.0.0", f"{name}.0.0.1": f"{name}.0.0"}
    return [message(own, parent) for own, parent in parents.items()]


def read(rows: list[Any], how: Tree = FLAT) -> list[Line]:
    return list(rows_of_trees([Line(f"row {n}", row) for n, row in enumerate(rows)], how))


def asked(lines: list[Line]) -> list[Any]:
    """The texts of the turns, and of the answers in their order, of each row."""
    rows: list[Any] = [one.row for one in lines if not isinstance(one.row, Bad)]
    return [([turn["text"] for turn in row[TURNS]], sorted(one["text"] for one in row["replies"])) for row in rows]


def reasons(lines: list[Line]) -> Counter[str]:
    return Counter(one.row.reason for one in lines if isinstance(one.row, Bad))


def of(name: str) -> list[Any]:
    first, second = [name], [name, f"{name}.0", f"{name}.0.0"]
    return [(first, [f"{name}.0", f"{name}.1"]), (second, [f"{name}.0.0.0", f"{name}.0.0.1"])]


def test_replies_may_stand_before_what_they_answer_and_trees_between_each_other():
    lines = read([*reversed(tree("a")), *tree("b")])
    assert (asked(lines), reasons(lines)) == ([*of("a"), *of("b")], {})
    between = [row for pair in zip(tree("a"), tree("b"), strict=True) for row in pair]
    assert asked(read(between)) == [*of("a"), *of("b")]


def test_a_tree_is_named_by_the_place_of_its_first_message():
    lines = read([*reversed(tree("a"))])
    assert [line.where for line in lines] == ["row 5", "row 5 reply 1.0"]


@given(st.permutations([*tree("a"), *tree("b"), message("x.0", "x"), message("c", deleted=True), message("c.0", "c")]))
def test_the_same_rows_in_any_order_ask_and_answer_the_same(rows):
    lines = read(rows)
    assert sorted(asked(lines)) == [*of("a"), *of("b")]
    assert reasons(lines) == {"parent_not_in_tree": 1, "deleted_message": 1, "below_message_left_out": 1}


@settings(max_examples=30)
@given(st.permutations(tree("a")), st.permutations(range(6)))
def test_the_same_rows_in_any_order_give_the_same_pairs(rows, ranks):
    one = NamedLayout(
        Fields("turns", (Answer("text", score="rank", lower_is_better=True),), each="replies"),
        tree=FLAT,
        rule="best_vs_worst",
    )
    rank = dict(zip((row["id"] for row in tree("a")), ranks, strict=True))
    items = items_of_rows([Line("row", row | {"rank": rank[row["id"]]}) for row in rows], one)
    pairs = {(read.better, read.worse) for read in comparisons((where, item) for where, item in items)}
    in_order = (sorted(names, key=lambda name: rank[name]) for names in (["a.0", "a.1"], ["a.0.0.0", "a.0.0.1"]))
    assert pairs == {((better,), (worse,)) for better, worse in in_order}


def test_a_message_whose_parent_is_nowhere_is_in_no_tree_and_neither_is_what_answers_it():
    lines = read([*tree("a"), message("x.0", "x"), message("x.0.0", "x.0")])
    assert asked(lines) == of("a")
    bad = [(one.where, one.row.reason, one.row.detail) for one in lines if isinstance(one.row, Bad)]
    assert bad == [("row 6", "parent_not_in_tree", "x"), ("row 7", "parent_not_in_tree", "x.0")]


def test_messages_that_answer_each_other_in_a_circle_are_in_no_tree():
    lines = read([message("x", "y"), message("y", "x"), *tree("a"), message("z", "z")])
    assert (asked(lines), reasons(lines)) == (of("a"), {"parent_not_in_tree": 3})


def test_the_same_message_twice_counts_once():
    missing = float("nan")
    rows = [one | {"rank": missing} for one in tree("a")]
    lines = read([*rows, *(one | {"rank": float("nan")} for one in rows)])
    assert (asked(lines), reasons(lines)) == (of("a"), {"message_twice": len(rows)})
    assert all(one.row.left_out for one in lines if isinstance(one.row, UnusedMessage))


@given(st.permutations([*tree("a"), message("a.1", "a", note="another")]))
def test_of_two_messages_of_one_id_none_is_taken_whichever_is_first(rows):
    lines = read(rows)
    assert reasons(lines) == {"message_without_an_id_of_its_own": 2}
    assert asked(lines) == [(["a"], ["a.0"]), of("a")[1]]


def test_ids_that_begin_anew_in_each_tree_are_told_apart_by_the_column_of_the_tree():
    rows = [row | {"of": name} for name in ("one", "two") for row in tree("1")]
    lines = read(rows)
    assert asked(lines) == [] and set(reasons(lines)) == {"message_without_an_id_of_its_own"}
    lines = read([*reversed(rows)], replace(FLAT, tree="of"))
    assert (asked(lines), reasons(lines)) == ([*of("1"), *of("1")], {})


def test_a_message_without_an_id_is_counted_where_it_stands():
    (first, *others) = read([message(None), *tree("a"), message(["b"], "a")])
    assert isinstance(first.row, UnusedMessage) and first.row.message["text"] == "None"
    assert reasons([first, *others]) == {"message_without_an_id_of_its_own": 2} and asked(others) == of("a")


def test_ids_that_pandas_made_fractions_of_are_the_same_ids():
    rows = [
        {"id": 2, "parent": 1.0, "role": "assistant", "text": "Ich."},
        {"id": 1, "parent": float("nan"), "role": "prompter", "text": "Wer?"},
    ]
    assert asked(read(rows)) == [(["Wer?"], ["Ich."])]


def test_rows_that_cannot_be_read_come_first():
    rows = tree("a")
    lines = read([rows[0], Bad("not_json"), *rows[1:]])
    assert [line.where for line in lines] == ["row 1", "row 0", "row 0 reply 0.0"]


def test_rows_that_memory_does_not_hold_go_through_the_disk(monkeypatch):
    monkeypatch.setattr(flat_trees, "_IN_MEMORY", 100)
    assert asked(read([*reversed(tree("a")), *tree("b")])) == [*of("a"), *of("b")]


def test_a_longer_file_that_stands_tree_by_tree_is_read_a_part_at_a_time(monkeypatch):
    monkeypatch.setattr(flat_trees, "MOST_MESSAGES", 10)
    names = list("abcdefg")
    source = iter([Line(f"row {n}", row) for n, row in enumerate(row for name in names for row in tree(name))])
    lines = rows_of_trees(source, FLAT)
    first = next(lines)
    assert asked([first]) == of("a")[:1] and len(list(source)) == 6 * len(names) - 10
    lines = read([row for name in names for row in tree(name)])
    assert (asked(lines), reasons(lines)) == ([one for name in names for one in of(name)], {})


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([*reversed([*tree("a"), *tree("b"), *tree("c")])], "row 9: 10 messages .* 2 that they answer are not among"),
        ([message("a"), *(message(f"a.{n}", "a") for n in range(20))], "they are one tree"),
    ],
)
def test_a_longer_file_in_another_order_is_one_sentence_that_says_to_sort_it(rows, sentence, monkeypatch):
    monkeypatch.setattr(flat_trees, "MOST_MESSAGES", 10)
    with pytest.raises(UserError, match=f"{sentence}.*sort the rows by the id of the tree"):
        read(rows)
