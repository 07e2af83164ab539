"""Trees of messages as rows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts.reactions import Reactions
from polypref.layouts.rounds import Rounds
from polypref.layouts.rows import unused_line
from polypref.layouts.sources import Answer, Fields, Files
from polypref.layouts.tables import NotAsked
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


@pytest.mark.parametrize(
    ("row", "tree", "stated"),
    [
        ({"lang": "en", "prompt": message("prompter", "Wo?", lang="de")}, Tree(root="prompt"), "de"),
        ({"lang": "de", "prompt": 3}, Tree(root="prompt"), "de"),
        ({"lang": "de"}, Tree(root="prompt"), "de"),
        (message("prompter", "Wo?", lang="de"), Tree(), "de"),
        (message("prompter", "Wo?", lang="de") | {"replies": "none"}, Tree(), "de"),
        (message("prompter", "Wo?", message("assistant", "A.", lang="fa") | {"replies": 1}, lang="de"), Tree(), "fa"),
        ({"lang": "de", "talk": []}, Rounds("talk"), "de"),
        ({"lang": "de", "talk": "none"}, Rounds("talk"), "de"),
        ({"lang": "de", "talk": [{"role": "user", "content": "Wo?"}]}, Reactions("talk"), "de"),
        ({"lang": "de", "talk": [{"content": "Wo?"}]}, Reactions("talk"), "de"),
        ({"lang": "de", "first": message("user", "Wo?")}, Reactions(replies="replies", root="first"), "de"),
    ],
)
def test_what_is_left_out_of_a_conversation_is_of_the_language_that_it_states(row, tree, stated):
    fields = Fields("turns", (Answer("text"),), each="replies", language="lang")
    source = Files("a.jsonl", fields, name="s", revision="1", licence="cc0-1.0", tree=tree)
    (line,) = (one for one in rows_of_trees([Line("a:1", row)], tree) if isinstance(one.row, Bad))
    why = unused_line(line.row, source)
    assert isinstance(why, Bad) and why.language == stated
    # Of a language that a build does not ask for it is no fault.
    other = unused_line(line.row, source, frozenset({"ja"}))
    assert isinstance(other, NotAsked) and (other.reason, other.language) == ("language_not_asked_for", stated)
    assert unused_line(line.row, source, frozenset({stated})) is line.row


def test_a_damaged_branch_costs_that_branch_only():
    tree = message("prompter", "Wo?", message("assistant", "Hier."), "damaged")  # type: ignore[arg-type]
    lines = list(rows_of_trees([Line("a:1", tree), Line("a:2", Bad("not_json"))], Tree()))
    assert [(one.where, isinstance(one.row, Bad)) for one in lines] == [
        ("a:1", False), ("a:1 reply 1", True), ("a:2", True),
    ]  # fmt: skip


MARKED = Tree(deleted="deleted", accepted="review_result")


def of_marked(tree: Any) -> tuple[list[Any], list[tuple[str, str]]]:
    """Turns and answers of each row, and place and reason of what is none."""
    lines = list(rows_of_trees([Line("a:1", tree)], MARKED))
    rows = [(texts_of(one.row[TURNS]), texts_of(one.row["replies"])) for one in lines if not isinstance(one.row, Bad)]
    return rows, [(one.where, one.row.reason) for one in lines if isinstance(one.row, Bad)]


def test_a_deleted_answer_is_no_answer_and_what_stands_below_it_is_left_out_with_it():
    below = message("prompter", "Und wann?", message("assistant", "Jetzt."))
    tree = message("prompter", "Wo?", message("assistant", "Hier.", below, deleted=True), message("assistant", "Dort."))
    assert of_marked(tree) == (
        [(["Wo?"], ["Dort."])],
        [
            ("a:1 reply 0", "deleted_message"),
            ("a:1 reply 0.0", "below_message_left_out"),
            ("a:1 reply 0.0.0", "below_message_left_out"),
        ],
    )


def test_a_prompt_that_was_not_accepted_is_not_asked_and_one_that_nobody_reviewed_is():
    def asked(**marks: Any) -> Any:
        return message("prompter", "Wo?", message("assistant", "Hier.", review_result=None), **marks)

    both = [("a:1", "message_not_accepted"), ("a:1 reply 0", "below_message_left_out")]
    assert of_marked(asked(review_result=False)) == of_marked(asked(review_result="false")) == ([], both)
    for marks in ({}, {"review_result": None}, {"review_result": True, "deleted": False}, {"deleted": 0}):
        assert of_marked(asked(**marks)) == ([(["Wo?"], ["Hier."])], [])


def test_where_all_answers_are_deleted_each_of_them_is_counted_and_the_tree_is_not_besides():
    tree = message("prompter", "Wo?", message("assistant", "Hier.", deleted=True))
    assert of_marked(tree) == ([], [("a:1 reply 0", "deleted_message")])


def test_a_mark_that_is_neither_true_nor_false_costs_its_branch():
    tree = message(
        "prompter", "Wo?", message("assistant", "Hier.", deleted="2024-01-01"), message("assistant", "Dort.")
    )
    assert of_marked(tree) == ([(["Wo?"], ["Dort."])], [("a:1 reply 0", "neither_true_nor_false")])


def test_marks_are_not_looked_at_where_no_column_is_named():
    tree = message("prompter", "Wo?", message("assistant", "Hier.", deleted=True, review_result=False))
    ((_, row),) = Tree().rows(tree)
    assert not isinstance(row, Bad) and texts_of(row["replies"]) == ["Hier."]


def test_the_columns_by_which_messages_are_put_together_and_left_out_are_named():
    assert MARKED.ids == {"deleted": "deleted", "accepted": "review_result"} and Tree().ids == {}
    assert FLAT.ids == {"parent": "parent", "message": "id"}


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


@pytest.mark.parametrize(
    "wrong",
    [
        *({"replies": ""}, {"role": ""}, {"answered_by": ()}, {"answered_by": "assistant"}),
        *({"parent": "p"}, {"message": "m"}, {"parent": "p", "message": "m", "root": "prompt"}, {"tree": "t"}),
    ],
)
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


FLAT = Tree(parent="parent", message="id")


def messages(one: dict[str, Any], parent: str | None = None, name: str = "0") -> list[dict[str, Any]]:
    """A tree's messages as rows, in the order in which one reads it."""
    own = {key: value for key, value in one.items() if key != "replies"} | {"id": name, "parent": parent}
    below = [messages(reply, name, f"{name}.{n}") for n, reply in enumerate(one["replies"])]
    return [own, *(row for rows in below for row in rows)]


def read(rows: list[dict[str, Any]]) -> list[Line]:
    return list(rows_of_trees([Line(f"row {n}", row) for n, row in enumerate(rows)], FLAT))


def test_rows_that_are_single_messages_are_the_trees_that_they_make():
    other = message("prompter", "Wer?", message("assistant", "Ich."))
    lines = read([*messages(TREE), *messages(other, name="1")])
    assert [line.where for line in lines] == ["row 0", "row 0 reply 0.0", "row 7"]
    branches = [(texts_of(one.row[TURNS]), texts_of(one.row["replies"])) for one in lines]  # type: ignore[index,call-overload]
    assert branches == [
        (["Wo?"], ["Hier.", "Dort."]),
        (["Wo?", "Hier.", "Und wann?"], ["Jetzt.", "Nie."]),
        (["Wer?"], ["Ich."]),
    ]


@pytest.mark.slow
@given(st.lists(trees(), max_size=3))
def test_messages_row_by_row_say_what_the_same_trees_say(several):
    nested = [row for tree in several for row in rows_of_trees([Line("", tree)], Tree())]
    flat = read([row for n, tree in enumerate(several) for row in messages(tree, name=str(n))])

    def texts_in(lines: list[Line]) -> list[object]:
        return [
            line.row.reason if isinstance(line.row, Bad) else (texts_of(line.row[TURNS]), texts_of(line.row["replies"]))
            for line in lines
        ]

    assert texts_in(flat) == texts_in(nested)
