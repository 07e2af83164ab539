"""Trees of messages as rows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts.trees import MAX_DEPTH, TURNS, Tree, rows_of_trees


def message(role: str, text: str, *replies: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": role, "text": text, "replies": list(replies), **more}


#: A question with two answers, of which the first is asked further, and answered twice; the last question is not.
TREE = message(
    "prompter",
    "Wo?",
    message(
        "assistant",
        "Hier.",
        message("prompter", "Und wann?", message("assistant", "Jetzt.", rank=0), message("assistant", "Nie.", rank=1)),
        message("prompter", "Warum?"),
        rank=1,
    ),
    message("assistant", "Dort.", rank=0),
    lang="de",
)


def texts_of(turns: Any) -> list[str]:
    return [turn["text"] for turn in turns]


def test_each_message_that_is_answered_is_a_row_with_the_way_to_it():
    rows = list(Tree().rows(TREE))
    assert [place for place, _ in rows] == ["", "0.0"]
    first, second = (row for _, row in rows if not isinstance(row, Bad))
    assert texts_of(first[TURNS]) == ["Wo?"] and texts_of(first["replies"]) == ["Hier.", "Dort."]
    assert texts_of(second[TURNS]) == ["Wo?", "Hier.", "Und wann?"] and texts_of(second["replies"]) == [
        "Jetzt.",
        "Nie.",
    ]
    assert first["lang"] == "de" and "replies" not in second[TURNS][0]


def test_a_question_in_reply_is_no_answer():
    tree = message("prompter", "Wo?", message("prompter", "Was?"), message("assistant", "Hier."))
    ((_, row),) = Tree().rows(tree)
    assert not isinstance(row, Bad) and texts_of(row["replies"]) == ["Hier."]


def test_other_names_and_a_root_inside_the_row():
    tree = Tree(replies="children", root="data.first", role="by", answered_by=("bot",))
    row = {"data": {"first": {"by": "me", "children": [{"by": "bot", "text": "Hier."}, {"by": "me"}]}}}
    ((place, only),) = tree.rows(row)
    assert place == "" and not isinstance(only, Bad) and only["children"] == [{"by": "bot", "text": "Hier."}]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": 3}, "message_not_an_object"),
        ({}, "missing_field"),
        ({"prompt": message("prompter", "Wo?") | {"replies": "none"}}, "replies_not_a_list"),
        ({"prompt": message("prompter", "Wo?")}, "no_answer_in_tree"),
    ],
)
def test_what_is_no_tree_says_why(row, reason):
    (line,) = rows_of_trees([Line("a.jsonl:1", row)], Tree(root="prompt"))
    assert isinstance(line.row, Bad) and (line.row.reason, line.where) == (reason, "a.jsonl:1")


def test_a_damaged_branch_costs_that_branch_only():
    tree = message("prompter", "Wo?", message("assistant", "Hier."), "damaged")  # type: ignore[arg-type]
    lines = list(rows_of_trees([Line("a:1", tree), Line("a:2", Bad("not_json"))], Tree()))
    assert [(one.where, isinstance(one.row, Bad)) for one in lines] == [
        ("a:1", False), ("a:1 reply 1", True), ("a:2", True),
    ]  # fmt: skip


def test_a_tree_as_deep_as_no_conversation_is_given_up_there():
    tree = message("prompter", "0")
    for depth in range(1, 2 * MAX_DEPTH):
        tree = message("assistant" if depth % 2 else "prompter", str(depth), tree)
    rows = [row for _, row in Tree().rows(tree)]
    assert isinstance(rows[-1], Bad) and rows[-1].reason == "tree_too_deep"
    assert len(rows[-2][TURNS]) <= MAX_DEPTH  # type: ignore[index]


def test_rows_that_are_no_trees_pass_as_they_are():
    lines = [Line("a:1", {"replies": 3})]
    assert list(rows_of_trees(lines, None)) == lines


@pytest.mark.parametrize("wrong", [{"replies": ""}, {"role": ""}, {"answered_by": ()}, {"answered_by": "assistant"}])
def test_a_tree_without_names_is_refused(wrong):
    with pytest.raises(UserError, match="Tree"):
        Tree(**wrong)


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> dict[str, Any]:
    replies = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []
    return message(draw(st.sampled_from(["prompter", "assistant"])), draw(st.text(max_size=3)), *replies)


def answers_below(one: dict[str, Any]) -> int:
    return sum((reply["role"] == "assistant") + answers_below(reply) for reply in one["replies"])


@given(trees())
def test_every_answer_is_in_one_row(tree):
    rows = [row for _, row in Tree().rows(tree)]
    assert sum(len(row["replies"]) for row in rows) == answers_below(tree)
    assert all(row[TURNS][-1]["text"] == row["text"] for row in rows)


def test_a_path_to_the_first_message_is_checked_when_it_is_declared():
    with pytest.raises(UserError, match=r"Tree\(root='\{a'\): the brace at character 1 is not closed"):
        Tree(root="{a")


FLAT = Tree(message_id="id", parent="parent")


def flat(tree: dict[str, Any], parent: str | None = None, name: str = "t") -> list[dict[str, Any]]:
    """The messages of a tree as rows, each with its own id and its parent's."""
    own = {key: value for key, value in tree.items() if key != "replies"} | {"id": name, "parent": parent}
    below = [row for n, one in enumerate(tree["replies"]) for row in flat(one, name, f"{name}.{n}")]
    return [own, *below]


def lines_of(rows: list[Any]) -> list[Line]:
    return [Line(f"f:{number}", row) for number, row in enumerate(rows, 1)]


def test_messages_that_are_rows_become_the_rows_of_their_tree():
    rows = flat(TREE)
    first, second = rows_of_trees(lines_of(rows), FLAT)
    assert (first.where, second.where) == ("f:1", "f:3")
    assert not isinstance(first.row, Bad) and not isinstance(second.row, Bad)
    assert texts_of(first.row[TURNS]) == ["Wo?"] and texts_of(first.row["replies"]) == ["Hier.", "Dort."]
    assert texts_of(second.row[TURNS]) == ["Wo?", "Hier.", "Und wann?"]
    assert texts_of(second.row["replies"]) == ["Jetzt.", "Nie."] and first.row["lang"] == "de"


def test_messages_from_which_no_way_leads_to_a_first_one_are_counted():
    rows = [
        {"id": "a", "parent": None, "role": "prompter", "text": "Wo?"},
        {"id": "b", "parent": "a", "role": "assistant", "text": "Hier."},
        {"id": "b", "parent": "a", "role": "assistant", "text": "Dort."},
        {"parent": "a", "role": "assistant", "text": "Da."},
        {"id": "c", "parent": "lost", "role": "prompter", "text": "Wer?"},
        {"id": "d", "parent": "c", "role": "assistant", "text": "Du."},
        {"id": "e", "parent": "f", "role": "prompter", "text": "Was?"},
        {"id": "f", "parent": "e", "role": "assistant", "text": "Das."},
        {"id": "g", "parent": "", "role": "prompter", "text": "Nichts?"},
        Bad("not_json"),
    ]
    lines = {line.where: line.row for line in rows_of_trees(lines_of(rows), FLAT)}
    reasons = {where: row.reason for where, row in lines.items() if isinstance(row, Bad)}
    assert reasons == {
        "f:3": "message_twice", "f:4": "message_without_id", "f:5": "no_first_message", "f:6": "no_first_message",
        "f:7": "no_first_message", "f:8": "no_first_message", "f:9": "no_answer_in_tree", "f:10": "not_json",
    }  # fmt: skip
    assert set(lines) - set(reasons) == {"f:1"} and texts_of(lines["f:1"]["replies"]) == ["Hier."]  # type: ignore[index]


@pytest.mark.parametrize(
    "wrong", [{"message_id": "id"}, {"parent": "p"}, {"message_id": "i", "parent": "p", "root": "r"}]
)
def test_rows_that_are_messages_need_both_ids_and_no_root(wrong):
    with pytest.raises(UserError, match="message_id and parent go together"):
        Tree(**wrong)


def sides_of(rows: list[Any]) -> list[tuple[list[str], list[str]]]:
    return sorted((texts_of(row[TURNS]), sorted(texts_of(row["replies"]))) for row in rows)


@given(trees(), st.randoms(use_true_random=False))
def test_trees_and_their_messages_in_any_order_read_alike(tree, random):
    whole = [row for _, row in Tree().rows(tree)]
    rows = flat(tree)
    random.shuffle(rows)
    lines = [line.row for line in rows_of_trees(lines_of(rows), FLAT)]
    read = [row for row in lines if not isinstance(row, Bad)]
    assert len(lines) == max(len(whole), 1)
    assert sides_of(whole) == sides_of(read)


def test_a_chain_of_messages_as_deep_as_no_conversation_is_given_up_there():
    rows = [
        {
            "id": str(n),
            "parent": str(n - 1) if n else None,
            "role": "assistant" if n % 2 else "prompter",
            "text": str(n),
        }
        for n in range(2 * MAX_DEPTH)
    ]
    *_, last = rows_of_trees(lines_of(rows), FLAT)
    assert isinstance(last.row, Bad) and last.row.reason == "tree_too_deep" and last.where.startswith("f:1 reply 0")
