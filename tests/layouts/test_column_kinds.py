"""What columns may hold, by their values first and by their names second."""

import pytest

from polypref.layouts.column_kinds import (
    columns_for,
    filled_cells,
    is_called,
    numeric_columns,
    says_good_or_bad,
    why_no_label,
    why_no_label_of,
    why_no_scores,
)


def rows(**columns):
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ((1, 2.5), "."),
        (("1", "2.5"), "."),
        (("1", "2,5"), ","),
        ((None, " ", "2,5"), ","),
        (("2.5", "2,5"), None),
        (("1", "good"), None),
        ((True, 1), None),
        (("nan", "1"), None),
        ((None, ""), None),
        (([1], 1), None),
    ],
)
def test_columns_of_numbers_alone(cells, mark):
    assert numeric_columns([{"x": cell} for cell in cells]) == ({"x": mark} if mark else {})


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("x", [1, 2, 3], "only counts"),
        ("x", ["10", "20", "30", "40"], "only counts"),
        ("x", [9, 8, 7], "only counts"),
        ("x", [1, 1, 2, 2, 3, 3], "some rows alike"),
        ("x", [731, 12, 99, 4, 55, 61, 7, 80, 23, 18], "another number in each row"),
        ("x", [5, 5, 5], "is 5 in every row"),
        ("worker", [3, 1, 3], "says who judged"),
        ("questionId", [3, 1, 3], "is an id"),
        ("response_length", [30, 41, 30], "a time, a size or a part"),
        ("x", [1, 2], ""),  # two rows tell nothing
        ("x", [4, 2, 5, 4], ""),
        ("x", [0.5, 0.25, 0.75, 1.5, 2.5, 3.25, 4.5, 5.5, 6.75, 7.5, 8.5], ""),  # a model's scores are all different
        ("score", [1, 2, 3], ""),  # three rows may be sorted so
        ("score", list(range(12)), "only counts"),  # and twelve are not
        ("ציון", [1, 1, 2, 2, 3, 3], ""),
        ("अंक", [1, 2, 3], ""),
        ("x", sorted(list(range(1, 4)) * 20), ""),  # sorted scores
    ],
)
def test_numbers_that_only_count_or_are_called_otherwise_are_no_scores(name, values, why):
    reason = why_no_scores(rows(**{name: values}), name)
    assert why in reason and bool(why) == bool(reason)


def test_numbered_columns_of_people_hold_their_votes():
    both = rows(annotator1=[0, 1, 0, 2], annotator2=[1, 1, 0, 2])
    assert why_no_scores(both, "annotator1") == why_no_label(both, "annotator2") == ""
    assert "who judged" in why_no_scores(rows(annotator1=[0, 1, 0, 2]), "annotator1")


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("annotator", ["dana", "ben"], "who judged (dana, ben)"),
        ("annotator", ["good", "bad"], ""),  # values go first
        ("x", ["worker-7", "worker-12"], "names with a number"),
        ("x", ["A1", "A2"], ""),
        ("x", ["answer1", "answer2"], ""),
        ("winner", ["model_1", "gpt_1"], ""),
        ("model", ["x", "y"], "which model"),
        ("kind", ["maths", "law"], "judges nothing"),
        ("x", ["de", "fa"], "names languages"),
        ("x", ["human", "gpt"], "who speaks"),
        ("x", [], ""),
        ("दर", ["हाँ", "नहीं"], ""),
    ],
)
def test_names_of_people_models_and_languages_are_no_labels(name, values, why):
    reason = why_no_label_of(values, name)
    assert why in reason and bool(why) == bool(reason)


def test_words_for_good_and_bad_are_known_in_several_languages():
    assert says_good_or_bad(rows(x=["👍\ufe0f", "👎", None]), "x")
    assert says_good_or_bad(rows(x=["ጥሩ", "መጥፎ"]), "x") and says_good_or_bad(rows(x=[1, 0]), "x")
    assert not says_good_or_bad(rows(x=["good", "dana"]), "x") and not says_good_or_bad(rows(x=[None]), "x")


POOL = rows(
    id=["p1", "p1", "p2", "p2"],
    uid=["0f-1", "0f-2", "0f-3", "0f-4"],
    lng=["de", "de", "fa", "fa"],
    reply=["Weil es so ist.", "Das weiß ich nicht.", "زیرا چنین است.", "نمی‌دانم."],
    ask=["Warum ist das so?", "Warum ist das so?", "چرا چنین است؟", "چرا چنین است؟"],
    llm=["m-a", "m-b", "m-a", "m-b"],
    rater=["dana", "ben", "dana", "ben"],
    mark=[4, 2, 5, 1],
)


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("prompt", ["ask", "reply"]),
        ("answer", ["reply", "ask"]),
        ("model", ["llm", "id", "rater"]),
        ("language", ["lng"]),
        ("score", ["mark"]),
        ("group", ["id", "uid", "llm", "rater"]),
        ("annotator", ["rater", "id", "llm"]),
    ],
)
def test_columns_for_a_use_are_named_by_what_they_hold(use, expected):
    assert columns_for(use, POOL, list(POOL[0])) == expected


def test_a_prompt_is_told_by_what_repeats_where_no_name_tells_it():
    unnamed = rows(a=["Eins ist so.", "Zwei ist so.", "Drei ist so."], b=["Wie denn das?", "Wie denn das?", "Und nun?"])
    assert columns_for("prompt", unnamed, ["a", "b"]) == ["b", "a"]
    assert columns_for("answer", unnamed, ["a", "b"]) == ["a", "b"]
    assert columns_for("prompt", rows(id=[1, 2], uid=["0f 1", "0f 2"], x=["ja", "nein"]), ["id", "uid", "x"]) == []
    assert columns_for("prompt", rows(t=[[{"role": "user"}]], z=["这是什么东西？"]), ["t", "z"]) == ["t", "z"]


def test_words_of_names_are_read_in_any_script_and_spelling():
    assert is_called("annotator", "workerId") and is_called("score", "अंक") and is_called("group", "QUESTION-ID")
    assert not is_called("group", "idea") and not is_called("score", "marker")


def test_empty_cells_are_none():
    assert filled_cells(rows(x=[None, " ", 0, "a"]), "x") == [0, "a"]
