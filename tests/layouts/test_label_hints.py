"""Labels that look like declared ones, and what is said of them."""

import pytest

from polypref.errors import UserError
from polypref.layouts.fields import Answer, Fields, Verdict
from polypref.layouts.label_counts import LabelCounts, check_labels
from polypref.layouts.label_hints import alike_labels, label_hint, unseen_in_labels
from polypref.layouts.labels import UNDECLARED, SeenLabel


@pytest.mark.parametrize(
    ("seen", "declared", "differs"),
    [
        ("اولي", "اولی", "has Arabic Letter Yeh (U+064A) for Arabic Letter Farsi Yeh (U+06CC)"),
        ("كدام", "کدام", "has Arabic Letter Kaf (U+0643) for Arabic Letter Keheh (U+06A9)"),
        ("А", "A", "has Cyrillic Capital Letter A (U+0410) for Latin Capital Letter A (U+0041)"),
        ("Β", "B", "has Greek Capital Letter Beta (U+0392) for Latin Capital Letter B (U+0042)"),
        ("هیچکدام", "هیچ\u200cکدام", "lacks Zero Width Non-Joiner (U+200C)"),
        ("דוד\u200f", "דוד", "has Right-To-Left Mark (U+200F)"),
        ("۱", "1", "has Extended Arabic-Indic Digit One (U+06F1) for Digit One (U+0031)"),
        ("ọkọ", "oko", "has Latin Small Letter O With Dot Below (U+1ECD) for Latin Small Letter O (U+006F)"),
        ("model_A", "model_a", "has Latin Capital Letter A (U+0041) for Latin Small Letter A (U+0061)"),
    ],
)  # fmt: skip
def test_what_differs_is_named(seen: str, declared: str, differs: str) -> None:
    assert (
        label_hint([seen, "x"], ["tie", declared]) == f"{seen!r} looks like the declared {declared!r} and {differs}; "
    )


def test_labels_that_do_not_look_alike_have_no_hint() -> None:
    assert label_hint(["B", "دوم"], ["A", "اول"]) == "" and label_hint([], ["A"]) == ""


@pytest.mark.parametrize(
    ("labels", "clauses"),
    [
        (["A", "B", "tie", "А"], ["'А' looks like 'A' and has Cyrillic Capital Letter A (U+0410) for Latin Capital"]),
        (["A", "Ａ"], ["'Ａ' looks like 'A' and has Fullwidth Latin Capital Letter A (U+FF21) for Latin Capital"]),
        (["a", "A "], ["'A' looks like 'a' and has Latin Capital Letter A (U+0041) for Latin Small Letter A (U+0061)"]),
        (["اولی", "اولي"], ["'اولي' looks like 'اولی' and has Arabic Letter Yeh (U+064A) for Arabic Letter Farsi"]),
        (["اولی", "x", "اولی\u200f"], ["looks like 'اولی' and has Right-To-Left Mark (U+200F)"]),
        (["a", "a ", "b", "1", "1.0", "true", "TRUE", "\u200f", " "], []),
        ([], []),
    ],
)  # fmt: skip
def test_labels_of_a_column_that_look_alike_are_named(labels: list[str], clauses: list[str]) -> None:
    hints = alike_labels(labels)
    assert len(hints) == len(clauses) and all(part in one for part, one in zip(clauses, hints, strict=True))


def test_values_between_which_stands_another_comma_are_one() -> None:
    hint = label_hint(["مساوی"], ["مساوی، هیچ‌کدام", "الف"])
    assert (
        hint == "the declared 'مساوی، هیچ\\u200cکدام' is one value, '،' in it separates none: declare each by itself; "
    )
    assert label_hint(["a"], ["a b"]) == ""


def test_who_declares_labels_is_given_the_hint() -> None:
    fields = Fields("p", (Answer("a"), Answer("b")), verdict=Verdict("people", "w", first=("اولی",), second=("دومی",)))
    counts = LabelCounts({SeenLabel("w", "اولي", UNDECLARED): 3, SeenLabel("w", "دومی", "b"): 2})
    with pytest.raises(UserError, match=r"; 'اولي' looks like the declared 'اولی' and has Arabic .*; write each into"):
        check_labels("source 'x'", fields, counts)
    rated = Fields("p", (Answer("a", score="s", score_labels={"خوب": 1, "بد": 0}, rater="r"),))
    with pytest.raises(UserError, match=r"looks like .* and has Right-To-Left Mark \(U\+200F\); give each"):
        check_labels("source 'x'", rated, LabelCounts({SeenLabel("s", "خوب\u200f", UNDECLARED): 1}))


def test_what_cannot_be_seen_in_labels_is_named_with_the_label_as_code_writes_it():
    assert unseen_in_labels(["به\u200cتر", "A\u00a0", "A"]) == [
        '"به\\u200cتر", "A\\xa0" hold what cannot be seen, Zero Width Non-Joiner (U+200C), No-Break Space (U+00A0); '
        "they are part of the values"
    ]
    assert unseen_in_labels(["آ", "b c"]) == unseen_in_labels(["به\u200cتر"]) == []
    assert unseen_in_labels(["a\u200c" * 200, "b"]) == []
