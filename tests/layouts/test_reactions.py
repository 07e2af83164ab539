"""Conversations as rows of an answer, what the person wrote next and the answer to that."""

from typing import Any

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.layouts.named import layout_of_keys
from polypref.layouts.reactions import ANSWER, CONVERSATION, LATER, REACTIONS, WHOLE, Reactions
from polypref.layouts.tables import UnusedMessage
from polypref.layouts.trees import TURNS
from polypref.layouts.where import left_out_by

TALK = ["Wo?", "Hier.", "Nein, wo genau?", "Dort.", "Danke.", "Bitte."]


def turns(texts: list[str], first: str = "user") -> list[dict[str, str]]:
    roles = ("user", "assistant") if first == "user" else ("assistant", "user")
    return [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]


def rows_of(talk: Any, how: Reactions | None = None, **more: Any) -> list[tuple[str, Any]]:
    return list((how or Reactions("talk")).rows({"talk": talk, "who": "u1", **more}))


def left_out(row: dict[str, Any]) -> str | None:
    return left_out_by(row, WHOLE)


def test_each_answer_is_a_row_with_the_reactions_to_it_and_to_the_next():
    rows = rows_of(turns(TALK))
    assert [place for place, _ in rows] == ["", "1", "2"] and all(row["who"] == "u1" for _, row in rows)
    first, second, last = (row for _, row in rows)
    assert [turn["content"] for turn in first[TURNS]] == ["Wo?"]
    assert [turn["content"] for turn in second[TURNS]] == TALK[:3]
    assert (first[ANSWER], first[LATER], second[ANSWER], second[LATER]) == ("Hier.", "Dort.", "Dort.", "Bitte.")
    assert [one["text"] for one in first[REACTIONS]] == ["Nein, wo genau?", "Danke."]
    assert [one["text"] for one in second[REACTIONS]] == ["Danke."]
    assert {one["side"] for one in first[REACTIONS]} == {LATER}
    assert [left_out(row) for row in (first, second, last)] == [None, None, "reaction"]
    assert first[CONVERSATION] == second[CONVERSATION] != rows_of(turns(["Wann?", "Jetzt."]))[0][1][CONVERSATION]


def test_rows_that_lack_something_say_what():
    assert [left_out(row) for _, row in rows_of(turns(TALK[:3]))] == ["answer_to_it"]
    assert [left_out(row) for _, row in rows_of(turns(["Hallo!", *TALK], "assistant"))] == [*["request"] * 4]
    system = [{"role": "system", "content": "Kurz."}, *turns(TALK[:4])]
    assert [left_out(row) for _, row in rows_of(system)] == [None, "reaction"]
    assert rows_of([]) == [] and rows_of(turns(["Wo?"])) == []


def test_conversations_under_one_system_message_are_not_one():
    system = [{"role": "system", "content": "Kurz."}]
    one, other = (rows_of([*system, *turns(texts)]) for texts in (TALK, ["Wann?", "Jetzt."]))
    assert one[0][1][CONVERSATION] != other[0][1][CONVERSATION]
    # The same conversation without it is the same one.
    assert {row[CONVERSATION] for _, row in (*one, *rows_of(turns(TALK)))} == {one[0][1][CONVERSATION]}


def test_words_for_roles_are_those_that_are_known():
    talk = [{"from": "human", "value": "Wo?"}, {"from": "gpt", "value": "Hier."}]
    ((_, row),) = rows_of(talk)
    assert (row[ANSWER], row[TURNS]) == ("Hier.", talk[:1])


def message(role: str, text: str, *replies: Any) -> dict[str, Any]:
    return {"role": role, "text": text, "replies": list(replies)}


def test_in_a_tree_each_answer_to_each_reaction_is_a_row():
    later = [message("assistant", "Dort.", message("prompter", "Danke.")), message("assistant", "Da.")]
    answer = message("assistant", "Hier.", message("prompter", "Wo genau?", *later), message("prompter", "Warum?"))
    tree = {"prompt": message("prompter", "Wo?", answer, message("assistant", "Weg."))}
    rows = list(Reactions(replies="replies", root="prompt").rows(tree))
    pairs = [(row[ANSWER], row[LATER], [one["text"] for one in row[REACTIONS]]) for _, row in rows]
    assert pairs[:2] == [("Hier.", "Dort.", ["Wo genau?", "Danke."]), ("Hier.", "Da.", ["Wo genau?"])]
    assert [left_out(row) for _, row in rows] == [None, None, "answer_to_it", "reaction", "reaction"]
    assert rows[0][1][TURNS] == [{"role": "prompter", "text": "Wo?"}]


def left(rows: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(place, row.reason) for place, row in rows if isinstance(row, Bad)]


def test_a_deleted_message_of_a_list_is_left_out_with_what_follows_it():
    talk: list[dict[str, Any]] = [*turns(TALK)]
    talk[3] |= {"gone": "true", "content": None}
    rows = rows_of(talk, Reactions("talk", deleted="gone"), lang="fa")
    ((place, row),) = [(place, row) for place, row in rows if not isinstance(row, Bad)]
    assert (place, row[ANSWER], row[LATER], left_out(row)) == ("", "Hier.", None, "answer_to_it")
    assert left(rows) == [
        ("1", "deleted_message"), ("2", "below_message_left_out"), ("3", "below_message_left_out"),
    ]  # fmt: skip
    assert all(isinstance(bad, UnusedMessage) and bad.left_out and bad.message["lang"] == "fa" for _, bad in rows[1:])


def test_in_a_tree_other_branches_stay_where_a_message_was_deleted_or_not_accepted():
    later = message("assistant", "Dort.", message("prompter", "Danke."))
    answer = message(
        "assistant", "Hier.", message("prompter", "Wo?", later), message("prompter", "Pfui!") | {"ok": False}
    )
    tree = message("prompter", "Wo?", message("assistant", "Weg.", answer) | {"gone": True}, answer)
    rows = list(Reactions(replies="replies", deleted="gone", accepted="ok").rows(tree))
    kept = [(row[ANSWER], row[LATER]) for _, row in rows if not isinstance(row, Bad)]
    assert kept == [("Hier.", "Dort."), ("Dort.", None)]
    reasons = [reason for _, reason in left(rows)]
    assert reasons == [
        "deleted_message",
        *["below_message_left_out"] * 4,
        "message_not_accepted",
        "message_not_accepted",
    ]
    ((_, bad),) = Reactions(replies="replies", deleted="gone").rows(tree | {"gone": "perhaps"})
    assert isinstance(bad, Bad) and bad.reason == "neither_true_nor_false"


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (None, "messages_not_a_list"),
        (["Wo?"], "message_not_an_object"),
        ([{"content": "Wo?"}], "turns_without_roles"),
        ([{"role": "narrator", "content": "Wo?"}], "unknown_role"),
        ([{"role": "assistant", "content": "", "tool_calls": [{}]}], "tool_calls_not_read"),
    ],
)
def test_what_cannot_be_read_is_one_row_with_its_reason(talk: Any, reason: str):
    ((place, bad),) = rows_of(talk) if talk is not None else rows_of("Wo?")
    assert place == "" and isinstance(bad, Bad) and bad.reason == reason


@pytest.mark.parametrize(
    ("tree", "reason"),
    [("Wo?", "message_not_an_object"), ({"role": "user", "text": "", "replies": 1}, "replies_not_a_list")],
)
def test_a_damaged_tree_is_one_row(tree: Any, reason: str):
    ((_, bad),) = Reactions(replies="replies", root="root").rows({"root": tree})
    assert isinstance(bad, Bad) and bad.reason == reason


def test_a_tree_that_is_too_deep_is_refused():
    tree = message("prompter", "x")
    for _ in range(300):
        tree = message("assistant", "x", tree)
    ((_, bad),) = Reactions(replies="replies").rows(tree)
    assert isinstance(bad, Bad) and bad.reason == "tree_too_deep"


@pytest.mark.parametrize("named", [{}, {"messages": "a", "replies": "b"}, {"messages": "a", "root": "b"}])
def test_declarations_that_say_too_little_or_too_much(named: dict[str, str]):
    with pytest.raises(UserError, match=r"Reactions\(\.\.\.\): "):
        Reactions(**named)


def test_a_file_declares_it_by_its_kind():
    keys = {
        "tree": {"kind": "Reactions", "messages": "talk"},
        "fields": {"prompt": "turns", "answers": [{"text": "answer"}]},
    }
    assert layout_of_keys(keys, "x", "x.toml").tree == Reactions("talk")


def test_the_way_to_a_value_is_the_same_in_a_row_and_in_what_is_made_of_it():
    how = Reactions("talk")
    assert how.within(("talk", None, "content"), of_row=True) == how.within(("turns", None, "content")) == ("content",)
