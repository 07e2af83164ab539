"""Which columns `polypref look` names for two answers and a verdict, and which it leaves to be named."""

import pytest

from polypref.files.cells import Bad, look_up
from polypref.layouts.compared_columns import ComparedColumns, compared_columns, hold_no_texts, verdicts_alone

TEXTS = ("Who was the first of them?", "It was Ada, they say.", "Nobody knows it any more.")


def rows_of(names, winner, labels, **more):
    """Rows with three texts and a verdict; each row has another number in its texts."""
    return [
        dict(zip(names, (f"{text} {n}" for text in TEXTS), strict=True)) | {winner: label} | more
        for n, label in enumerate(labels)
    ]


@pytest.mark.parametrize(
    ("names", "winner", "labels", "first", "second", "others"),
    [
        (("instruction", "response_a", "response_b"), "preference", "abe", ("a",), ("b",), ("e",)),
        (
            ("Question", "Answer 1", "Answer 2"),
            "Best",
            ["Answer 1", "both", "Answer 2"],
            *(("Answer 1",), ("Answer 2",), ("both",)),
        ),
        (("q", "left", "right"), "won", ["right", "left"], ("left",), ("right",), ()),
        (("prompt", "outputA", "outputB"), "winner", ["model_a", "B", "A"], ("model_a", "A"), ("B",), ()),
        (("پرسش", "پاسخ ۱", "پاسخ ۲"), "بهتر", [1, 2, 0], ("1",), ("2",), ("0",)),
        (("שאלה", "תשובה ראשונה", "תשובה שנייה"), "מי", ["ראשונה", "שנייה"], ("ראשונה",), ("שנייה",), ()),
    ],
)
def test_answers_that_differ_in_the_side_and_a_column_with_a_value_for_each(
    names, winner, labels, first, second, others
):
    rows = [Bad("not_an_object"), *rows_of(names, winner, labels)]
    assert compared_columns(rows) == ComparedColumns(*names, winner, first, second, others)


def test_who_judged_is_named_too():
    rows = rows_of(("ask", "a", "b"), "won", "AB", annotator="Noa")
    assert compared_columns(rows).options() == {
        "prompt": "ask", "a": "a", "b": "b", "winner": "won", "first": "A", "second": "B", "tie": "",
        "annotator": "annotator",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "more"),
    [
        (["better", "worse"], {}),  # whose words these are, nothing says
        (["It is a tie", "b"], {}),  # the article is no side
        (["a", "b"], {"second vote": "a"}),  # and in other rows b: two columns of verdicts
        (['the "b"', "b", "a"], {}),  # a quotation mark has no place in the option
    ],
)
def test_values_that_leave_it_open_are_left_to_be_named(labels, more):
    rows = rows_of(("ask", "a", "b"), "won", labels)
    for row, other in zip(rows, ["b", "a"], strict=False):
        row |= dict.fromkeys(more, other)
    named = compared_columns(rows)
    assert (named.prompt, named.a, named.b, named.winner) == ("ask", "a", "b", "")
    assert named.options()["first"] == named.options()["tie"] == "VALUES"


@pytest.mark.parametrize(
    "names",
    [("ask", "chosen", "rejected"), ("ask", "good a", "bad b"), ("a", "b", "left"), ("ask", "answer", "answer b")],
)
def test_names_that_do_not_differ_in_the_side_alone_are_not_named(names):
    named = compared_columns(rows_of(names, "won", "AB"))
    assert (named.a, named.b) == (("a", "b") if "left" in names else ("", ""))


def test_two_pairs_of_answers_are_left_to_be_named():
    rows = [
        row | {"model 1": f"the first of models {n}", "model 2": f"another one {n}"}
        for n, row in enumerate(rows_of(("ask", "a", "b"), "won", "AB"))
    ]
    assert compared_columns(rows) == ComparedColumns()


@pytest.mark.parametrize(
    ("names", "winner", "labels", "first", "second", "others"),
    [
        (("प्रश्न", "response_1", "response_2"), "preference", ["A", "B", "tie"], ("A",), ("B",), ("tie",)),
        (("ጥያቄ", "answer_a", "answer_b"), "better", ["1", "2", "3"], ("1",), ("2",), ("3",)),
        (("tapuy", "left", "right"), "choice", ["first", "second"], ("first",), ("second",), ()),
    ],
)
def test_values_that_call_the_sides_otherwise_than_the_columns_do(names, winner, labels, first, second, others):
    named = compared_columns(rows_of(names, winner, labels))
    assert named[:7] == (*names, winner, first, second, others)


@pytest.mark.parametrize(
    ("names", "column", "labels"),
    [
        (("ask", "answer_1", "answer_2"), "difficulty", [1, 2, 3]),
        (("ask", "answer_1", "answer_2"), "preference", [1, 2, 3, 4, 5]),
        (("ask", "answer_0", "answer_1"), "winner", [1, 2]),  # the second, or the first
        (("ask", "answer_a", "answer_b"), "winner", [0, 1]),
        (("ask", "answer_a", "answer_b"), "confidence", [1, 2]),
    ],
)
def test_numbers_that_are_a_scale_or_may_mean_either_answer_name_none(names, column, labels):
    named = compared_columns(rows_of(names, column, labels))
    assert (named.a, named.winner) == (names[1], "")


def test_of_several_columns_with_a_value_for_either_side_the_one_that_is_called_so_is_taken():
    rows = [row | {"shown first": "b"} for row in rows_of(("ask", "a", "b"), "winner", "AB")]
    rows[0]["shown first"] = "a"
    assert compared_columns(rows).winner == "winner"
    raters = [{"rater_1": "A", "rater_2": "B"}, {"rater_1": "B", "rater_2": "A"}]
    rows = [row | rater for row, rater in zip(rows_of(("ask", "a", "b"), "n", "xy"), raters, strict=True)]
    assert (compared_columns(rows).winner, compared_columns(rows).voters) == ("", ("rater_1", "rater_2"))


def test_a_value_with_a_comma_is_quoted_in_the_option():
    assert compared_columns(rows_of(("ask", "a", "b"), "won", ["a", "b", "neither, really"])).options()["tie"] == (
        '"neither, really"'
    )


def test_a_column_that_names_models_and_the_columns_of_these():
    models = [{"model_a": "GPT 4 Turbo", "model_b": "llama"}, {"model_a": "llama", "model_b": "GPT 4 Turbo"}]
    rows = [row | one for row, one in zip(rows_of(("q", "a", "b"), "won", ["llama", "draw"]), models, strict=True)]
    assert compared_columns(rows).options() == {
        "prompt": "q", "a": "a", "b": "b", "model-a": "model_a", "model-b": "model_b", "winner": "won", "tie": "draw",
    }  # fmt: skip
    rows = [row | one for row, one in zip(rows_of(("q", "a", "b"), "won", "ab"), models, strict=True)]
    assert compared_columns(rows).options()["model-a"] == "model_a"
    assert compared_columns(rows).first == ("a",)


def test_two_scores_are_named_where_nothing_names_the_better_answer():
    rows = [row | {"score_a": 5, "score_b": n, "tokens_a": n, "tokens_b": 7} for n, row in
            enumerate(rows_of(("q", "response_a", "response_b"), "note", ["x y", "z w"]))]  # fmt: skip
    assert compared_columns(rows).options() == {
        "prompt": "q", "a": "response_a", "b": "response_b", "scores": "score_a,score_b",
    }  # fmt: skip
    assert compared_columns([row | {"score_a": "4,5"} for row in rows]).decimal_comma
    assert compared_columns([row | {"winner": side} for row, side in zip(rows, "ab", strict=True)]).scores == ()


def test_of_three_answers_no_two_are_named():
    rows = [row | {"answer_3": f"A third one says so {n}"} for n, row in
            enumerate(rows_of(("ask", "answer_1", "answer_2"), "best", [1, 2, 3]))]  # fmt: skip
    assert compared_columns(rows) == ComparedColumns(more=("answer_1", "answer_2", "answer_3"))


def test_a_better_and_a_worse_answer_in_columns_of_their_own():
    rows = [dict(zip(("rejected_answer", "chosen_answer", "tambaya"), TEXTS, strict=True))] * 2
    options = {"prompt": "tambaya", "chosen": "chosen_answer", "rejected": "rejected_answer"}
    assert compared_columns(rows).options() == options


@pytest.mark.parametrize("cell", [["a"], {"role": "user", "content": "a"}, "a\ud800"])
def test_what_is_no_label_names_no_side(cell):
    rows = rows_of(("ask", "a", "b"), "won", ["a", "b"])
    assert compared_columns([*rows, rows[0] | {"won": cell}]).winner == ""


def test_ids_of_answers_are_no_answers():
    rows = [{"prompt_id": "p", "answer_a_id": f"x{n}", "answer_b_id": f"y{n}", "winner": "ab"[n]} for n in (0, 1)]
    assert compared_columns(rows) == ComparedColumns() and hold_no_texts(rows)
    assert not hold_no_texts([row | {"text": text} for row, text in zip(rows, TEXTS, strict=False)])
    assert not hold_no_texts([row | {"x": "เมืองหลวงของประเทศไทย"} for row in rows])


def test_what_lies_within_objects_is_named_by_its_path():
    rows = [
        {"q": {"text": TEXTS[0]}, "responses": {"a": {"text": TEXTS[1]}, "b": {"text": TEXTS[2]}}, "v": {"won": side}}
        for side in "ab"
    ]
    assert compared_columns(rows)[:4] == ("q.text", "responses.a.text", "responses.b.text", "v.won")
    assert look_up(rows[1], compared_columns(rows).winner) == "b"


def test_conversations_with_the_prompt_in_them_need_no_column_of_it():
    turns = [[{"role": "user", "content": TEXTS[0]}, {"role": "assistant", "content": text}] for text in TEXTS[1:]]
    rows = [{"conversation_a": turns[0], "conversation_b": turns[1], "winner": side} for side in "ab"]
    assert "prompt" not in compared_columns(rows).options()
    assert compared_columns([row | {"question": TEXTS[0]} for row in rows]).options()["prompt"] == "question"


def test_verdicts_on_models_without_a_text():
    rows = [{"prompt_id": n, "model_a": "base", "model_b": "tuned", "winner": label} for n, label in
            enumerate(("model_a", "model_b", "tie"))]  # fmt: skip
    named = verdicts_alone(rows)
    assert (named.model_a, named.winner, named.first, named.others) == ("model_a", "winner", ("model_a",), ("tie",))
    assert verdicts_alone([row | {"winner": "tuned"} for row in rows]).winner == "winner"
    assert verdicts_alone([row | {"text": f"{TEXTS[0]} {row}"} for row in rows]) == ComparedColumns()


def test_a_name_that_looks_like_a_path_or_a_constant_is_quoted():
    rows = rows_of(("=question", "a", "b"), "won", "AB")
    prompt = compared_columns(rows).options()["prompt"]
    assert prompt != "=question" and look_up(rows[0], prompt) == rows[0]["=question"]
