"""Rows of a source as answers, scores and verdicts, with every reason against."""

import math
from typing import Any

import pytest

from polypref import schema
from polypref.files.cells import Bad
from polypref.layouts.sources import Answer, Verdict
from tests.layouts.interpreted import TWO, item_of, turns_of

# Answers


def test_answers_of_a_row():
    item = item_of({"prompt": "Was?", "a": "Das.\r\n", "b": "Dies.</s>"}, answers=TWO)
    prompt = item.prompt["prompt_id"]
    assert item.completions == [
        {
            "completion_id": schema.completion_id(prompt, model, "unknown", "given", text),
            "prompt_id": prompt,
            "model": model,
            "model_revision": "unknown",
            "model_licence": "unknown",
            "route": "given",
            "text": text,
            "source_text": None,
            "translator": None,
            "system": None,
            "finish_reason": None,
            "tokens": None,
            "sampling": None,
            "message": None,
        }
        for model, text in (("one", "Das.\n"), ("two", "Dies."))
    ]
    assert item.problems == []


def test_what_is_known_of_a_model_comes_from_columns_too():
    answer = Answer(
        "o.text",
        model_column="o.model",
        revision="r2",
        licence_column="o.licence",
        finish_reason="o.stop",
        route="direct",
    )
    known = {"text": "はい", "model": "org/m", "licence": "mit", "stop": "length"}
    (one,) = item_of({"prompt": "x", "o": known}, answers=(answer,)).completions
    assert (one["model"], one["model_revision"], one["model_licence"]) == ("org/m", "r2", "mit")
    assert (one["route"], one["finish_reason"]) == ("direct", "length")
    nothing = {"text": "はい", "model": None, "licence": None, "stop": None}
    (one,) = item_of({"prompt": "x", "o": nothing}, answers=(answer,)).completions
    assert (one["model"], one["model_licence"], one["finish_reason"]) == ("unknown", "unknown", None)


def test_a_list_of_answers_in_one_column():
    outputs = [{"m": "a", "t": "eins", "s": "4"}, {"m": "b", "t": "zwei", "s": 2}, {"m": "c", "t": "drei", "s": None}]
    answers = (Answer("t", model_column="m", score="s", rater="people"),)
    item = item_of({"prompt": "x", "outputs": outputs}, each="outputs", answers=answers)
    assert [(c["model"], c["text"]) for c in item.completions] == [("a", "eins"), ("b", "zwei"), ("c", "drei")]
    assert [(r["score"], r["rater"]) for r in item.ratings] == [(4.0, "people"), (2.0, "people")]
    assert item.problems == [("not_rated", "")]
    assert item_of({"prompt": "x", "outputs": []}, each="outputs", answers=answers).completions == []


@pytest.mark.parametrize(
    ("outputs", "problem", "unreadable"),
    [
        ({"m": "a"}, ("answers_not_a_list", "outputs"), True),
        (None, ("no_answers", "outputs"), False),
        (Bad("key_twice", "m"), ("key_twice", "m"), True),
        (["text"], ("answer_not_an_object", "str"), True),
        ([None], ("answer_not_an_object", "NoneType"), True),
    ],
)
def test_a_list_of_answers_that_is_none_costs_the_answers_alone(outputs, problem, unreadable):
    item = item_of({"prompt": "x", "outputs": outputs}, each="outputs", answers=(Answer("t"),))
    assert (item.completions, item.problems, item.unreadable) == ([], [problem], unreadable)
    if outputs is None:
        assert item == item_of({"prompt": "x"}, each="outputs", answers=(Answer("t"),))


OPTIONAL = ("model_column", "score", "licence_column", "finish_reason", "source_text")


@pytest.mark.parametrize("column", [*OPTIONAL, "text"])
def test_a_key_of_an_answer_that_is_absent_says_as_much_as_null(column):
    answers = (Answer(**{"text": "a"} | {column: "c"}), Answer("b"))
    row = {"prompt": "x", "a": "eins", "b": "zwei"}
    assert item_of(row, answers=answers) == item_of(row | {"c": None}, answers=answers)
    assert [one["text"] for one in item_of(row, answers=answers).completions] == [
        "" if column == "text" else "eins",
        "zwei",
    ]


@pytest.mark.parametrize("column", ["text", "model_column", "licence_column", "finish_reason", "source_text"])
def test_a_part_of_an_answer_that_cannot_be_read_costs_that_answer(column):
    answers = (Answer(**{"text": "a"} | {column: "c"}), Answer("b", model="two"))
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei", "c": Bad("key_twice", "k")}, answers=answers)
    assert [one["text"] for one in item.completions] == ["zwei"]
    assert [reason for reason, _ in item.problems] == ["answer_key_twice"] and item.unreadable


def test_a_score_that_cannot_be_read_costs_that_score():
    row = {"prompt": "x", "a": "eins", "s": Bad("key_twice", "k")}
    item = item_of(row, answers=(Answer("a", score="s"),))
    assert (len(item.completions), item.ratings, item.unreadable) == (1, [], True)
    assert item.problems == [("score_key_twice", "k")]


@pytest.mark.parametrize(
    "answer",
    [
        turns_of(("user", "Τι;"), ("assistant", "Αυτό.")),
        turns_of(("user", " Τι;\r\n"), ("assistant", "Αυτό.")),
        turns_of(("assistant", "Αυτό.")),
        [{"from": "human", "value": "Τι;"}, {"from": "gpt", "value": "Αυτό."}],
        [{"content": "Αυτό."}],
        "Αυτό.",
    ],
)
def test_a_chosen_answer_may_be_a_conversation_that_ends_in_it(answer):
    (one,) = item_of({"prompt": "Τι;", "a": answer}, answers=TWO[:1]).completions
    assert one["text"] == "Αυτό."


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (turns_of(("user", "Τι;"), ("assistant", "Αυτό."), ("user", "Γιατί;")), "answer_of_the_user"),
        (turns_of(("system", "s")), "answer_of_the_system"),
        (turns_of(("user", "Τι;"), ("assistant", "Α"), ("user", "Γ;"), ("assistant", "Δ")), "answer_to_another_prompt"),
        (turns_of(("system", "s"), ("user", "Τι;"), ("assistant", "Αυτό.")), "answer_to_another_prompt"),
        (turns_of(("assistant", "Α"), ("assistant", "Αυτό.")), "answer_several_final_turns"),
        (turns_of(("user", "Τι;"), ("assistant", "Α"), ("assistant", "Αυτό.")), "answer_several_final_turns"),
        (turns_of(("user", "Ποιος;"), ("assistant", "Αυτό.")), "answer_to_another_prompt"),
        (turns_of(("system", "Τι;"), ("assistant", "Αυτό.")), "answer_to_another_prompt"),
        ([{"content": "Τι;"}, {"content": "Αυτό."}], "answer_turns_without_roles"),
        (["Τι;", {"role": "assistant", "content": "Αυτό."}], "answer_turns_without_roles"),
        ("Human: Τι;\n\nAssistant: Αυτό.", "answer_transcript_in_text"),
        ('[{"role": "assistant", "content": "Αυτό."}]', "answer_serialised_turns_in_text"),
        (turns_of(("user", "Τι;"), ("tool", "x")), "answer_unknown_role"),
        ([{"role": "assistant"}], None),
        ([{"role": "assistant", "content": [3]}], "answer_not_text"),
        ([{"role": "assistant", "content": [{"type": "image"}]}], "answer_part_not_text"),
        ([], "answer_not_text"),
        (["eins", "zwei"], "answer_not_text"),
        (3, "answer_not_text"),
        (True, "answer_not_text"),
        ({"text": "x"}, "answer_not_text"),
        ("halb \ud83d", "answer_lone_surrogate"),
        ("ein <|im_start|> mitten", "answer_chat_template_token"),
    ],
)
def test_an_answer_that_cannot_be_used_leaves_the_others(answer, why):
    item = item_of({"prompt": "Τι;", "a": answer, "b": "Αυτό."}, answers=TWO)
    if why is None:
        assert [c["text"] for c in item.completions] == ["", "Αυτό."]
    else:
        assert [c["model"] for c in item.completions] == ["two"]
        assert [(r, d.split()[0]) for r, d in item.problems] == [(why, "one")]


@pytest.mark.parametrize("empty", ["", None, float("nan"), " \n\t", "\u3000", "<|im_end|>"])
def test_an_empty_answer_is_kept_for_the_count_of_empty_answers(empty):
    (one,) = item_of({"prompt": "x", "a": empty}, answers=TWO[:1]).completions
    assert one["text"].strip() == ""


# Scores


@pytest.mark.parametrize(
    ("value", "score"), [(1, 1.0), (-0.5, -0.5), ("7.25", 7.25), ("1e3", 1000.0), (" 3 ", 3.0), (0, 0.0)]
)
def test_a_score_is_a_number_or_says_one(value, score):
    item = item_of({"prompt": "x", "a": "y", "s": value}, answers=(Answer("a", score="s", rater="people"),))
    (rating,) = item.ratings
    assert (rating["score"], rating["rater"]) == (score, "people")
    assert rating["completion_id"] == item.completions[0]["completion_id"]
    assert rating["prompt_id"] == item.prompt["prompt_id"]


@pytest.mark.parametrize(
    "value",
    ["good", True, False, math.inf, -math.inf, "nan", "inf", 10**400, [1], {"s": 1}, "4/5"],
)
def test_what_is_no_score_leaves_the_answer_unrated_and_counted(value):
    item = item_of({"prompt": "x", "a": "y", "s": value}, answers=(Answer("a", score="s"),))
    assert (len(item.completions), item.ratings) == (1, [])
    assert [r for r, _ in item.problems] == ["score_not_a_number"] and item.unreadable


@pytest.mark.parametrize("value", [None, "", " ", math.nan])
def test_an_empty_cell_of_scores_rates_nothing_and_is_no_fault(value):
    item = item_of({"prompt": "x", "a": "y", "s": value}, answers=(Answer("a", score="s"),))
    assert (len(item.completions), item.ratings, item.unreadable) == (1, [], False)
    assert item.problems == [("not_rated", "")]


def test_scores_stand_by_their_own_answers():
    row = {"prompt": "x", "a": "gut", "b": "schlecht", "sa": 2, "sb": 1}
    item = item_of(row, answers=(Answer("a", score="sa"), Answer("b", score="sb")))
    texts = {c["completion_id"]: c["text"] for c in item.completions}
    assert {texts[r["completion_id"]]: r["score"] for r in item.ratings} == {"gut": 2.0, "schlecht": 1.0}


# Verdicts


LABELS: dict[str, Any] = {"first": ("A", 1), "second": ("B", 2.0), "tie": ("tie", "0")}


def verdict(row: dict[str, Any], **settings: Any) -> str:
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei"} | row, answers=TWO, verdict=Verdict("people", **settings))
    (verdict,) = item.verdicts
    assert (verdict["completion_a"], verdict["completion_b"]) == tuple(c["completion_id"] for c in item.completions)
    assert verdict["rater"] == "people"
    return str(verdict["preferred"])


def test_without_a_column_the_first_answer_is_the_preferred_one():
    assert verdict({}) == "a"


@pytest.mark.parametrize(
    ("value", "side"),
    [
        ("A", "a"),
        (1, "a"),
        (1.0, "a"),
        ("1.0", "a"),
        (" 1 ", "a"),
        (" B ", "b"),
        ("2", "b"),
        ("tie", "tie"),
        (0, "tie"),
        (-0.0, "tie"),
    ],
)
def test_a_verdict_names_the_side_that_is_declared_for_it(value, side):
    assert verdict({"w": value}, column="w", **LABELS) == side
    turned = {"first": LABELS["tie"], "second": LABELS["first"], "tie": LABELS["second"]}
    assert verdict({"w": value}, column="w", **turned) == {"tie": "a", "a": "b", "b": "tie"}[side]


@pytest.mark.parametrize("value", ["a tie", "AB", "a", "C", "model_1", "error", 3, True, "-1", ["A"]])
def test_a_verdict_that_names_no_side_costs_the_verdict_alone(value):
    row = {"prompt": "x", "a": "eins", "b": "zwei", "w": value}
    item = item_of(row, answers=TWO, verdict=Verdict("people", "w", **LABELS))
    assert (len(item.completions), item.verdicts, item.unreadable) == (2, [], True)
    ((why, detail),) = item.problems
    assert why == "unknown_verdict"
    assert detail == "list" if isinstance(value, list) else detail.endswith("(known: 'A', '1', 'B', '2', 'tie', '0')")


@pytest.mark.parametrize("row", [{"w": ""}, {"w": None}, {"w": math.nan}, {"w": " "}, {}, {"w": "no"}])
def test_a_row_that_nobody_judged_has_no_verdict(row):
    verdict = Verdict("people", "w", unjudged=("no",), **LABELS)
    item = item_of({"prompt": "x", "a": "eins", "b": "zwei"} | row, answers=TWO, verdict=verdict)
    assert (item.verdicts, item.problems, item.unreadable) == ([], [("not_judged", "")], False)


@pytest.mark.parametrize(
    ("first", "second", "by_name", "by_place"),
    [
        ("A", "A", "a", "disagreement"),
        ("A", "B", "disagreement", "a"),
        ("B", "A", "disagreement", "b"),
        ("B", "B", "b", "disagreement"),
        ("tie", "tie", "tie", "tie"),
        ("A", "tie", "disagreement", "disagreement"),
        ("tie", "B", "disagreement", "disagreement"),
    ],
)
def test_verdicts_in_two_orders_agree_or_not(first, second, by_name, by_place):
    row = {"w": first, "v": second}
    assert verdict(row, column="w", swapped="v", **LABELS) == by_name
    assert verdict(row, column="w", swapped="v", swapped_names_position=True, **LABELS) == by_place


def test_a_verdict_needs_two_answers():
    rule = Verdict("people")
    for row, answers, usable in (
        ({"a": "eins"}, TWO[:1], "1 usable"),
        ({"a": "eins", "b": 3}, TWO, "1 usable"),
        ({"a": "eins", "b": "zwei", "c": "drei"}, (*TWO, Answer("c")), "3 usable"),
    ):
        item = item_of({"prompt": "x"} | row, answers=answers, verdict=rule)
        assert item.verdicts == []
        assert ("verdict_without_two_answers", usable) in item.problems


def test_a_verdict_on_a_list_of_answers():
    row = {"prompt": "x", "o": [{"t": "eins"}, {"t": "zwei"}], "w": "B"}
    item = item_of(row, each="o", answers=(Answer("t"),), verdict=Verdict("people", "w", **LABELS))
    assert item.verdicts[0]["preferred"] == "b"


# Thoughts


@pytest.mark.parametrize(
    "text", ["<think>Hm?</think>Das.", "Hm?\n</think>\n\nDas.", "<think>Hm? Das", "[THINK]Hm[/THINK]Das."]
)
def test_an_answer_that_holds_a_thought_is_left_out_unless_it_is_declared(text):
    row = {"prompt": "Was?", "a": text, "b": [{"role": "assistant", "content": text}]}
    item = item_of(row, answers=TWO)
    assert not item.completions and item.unreadable
    assert {reason for reason, _ in item.problems} == {"answer_thought_in_text"}
    item = item_of(row, answers=TWO, thoughts="kept")
    assert [one["text"] for one in item.completions] == [text, text] and not item.problems


def test_a_thought_between_tokens_of_a_template_is_a_thought_and_is_never_kept():
    row = {"prompt": "Was?", "a": "<|channel|>analysis<|message|>Hm<|end|>", "b": "Das."}
    assert item_of(row, answers=TWO).problems == [("answer_thought_in_text", "one <|channel|>analysis<|message|>")]
    (problem,) = item_of(row, answers=TWO, thoughts="kept").problems
    assert problem[0] == "answer_chat_template_token"


def test_an_answer_about_the_marks_of_thoughts_stays():
    texts = ["`<think>` beginnt.", "```\n<think>\nHm\n</think>\n```"]
    item = item_of({"prompt": "Was?", "a": texts[0], "b": texts[1]}, answers=TWO)
    assert [one["text"] for one in item.completions] == texts and not item.problems


def test_a_prompt_that_stands_beside_each_answer_is_compared_with_the_row_s():
    two = (Answer("a"), Answer("b[1].content", asked="b[0].content"))
    talk = [{"role": "user", "content": " Wo? "}, {"role": "assistant", "content": "Hier."}]
    same = item_of({"prompt": "Wo?", "a": "Da.", "b": talk}, answers=two)
    assert [one["text"] for one in same.completions] == ["Da.", "Hier."] and not same.problems
    other = item_of({"prompt": "Wann?", "a": "Da.", "b": talk}, answers=two)
    assert [one["text"] for one in other.completions] == ["Da."]
    assert other.problems == [("answer_to_another_prompt", "b[0].content is not the row's prompt")]
    absent = item_of({"prompt": "Wo?", "a": "Da.", "b": []}, answers=two)
    assert absent.problems[0][0] == "answer_no_prompt"
