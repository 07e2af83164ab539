"""A long text cut into segments and put together again, byte for byte where nothing was translated."""

import re
from collections.abc import Callable

import pytest

from polypref.errors import UserError
from polypref.stages.segments import assemble_translation, plan_segments
from polypref.text.placeholders import Broken, verify_placeholders
from polypref.text.spans import spans


def held(text: str) -> list[tuple[str, str]]:
    return [(span.kind, span.text) for _, _, span in spans(text)]


def translator(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """A translator that does something to the placeholders of a segment."""

    def translate(segment: str) -> str:
        pieces = re.split(r"(XQ\d+Z)", segment)
        marks = iter(change(pieces[1::2]))
        return "".join(next(marks) if i % 2 else piece for i, piece in enumerate(pieces))

    return translate


drops = translator(lambda marks: ["" if n == 0 else mark for n, mark in enumerate(marks)])
doubles = translator(lambda marks: [mark * 2 for mark in marks])
reorders = translator(lambda marks: marks[::-1])
DOCUMENT = """## مهمة

- شغّل `pip install x` ثم افتح https://a.example/b واحسب $x^2 + 1$.
- אחר כך שלח ל־me@b.example את {name} <br/> ועוד.

```python
print("XQ")
```

| 列 | 値 |
|----|----|
| 名前 | `a` を 1,250 円で買う。次に `b` と書く。 |
"""


@pytest.mark.parametrize("kind", ["text", "sentence"])
def test_translators_that_drop_or_double_are_refused_and_one_that_reorders_is_not(kind):
    plan = plan_segments(DOCUMENT, 2000, kind)
    for translate, reason in ((drops, "placeholder_lost"), (doubles, "placeholder_doubled")):
        with pytest.raises(Broken, match=f"^{reason}$"):
            assemble_translation(plan, [translate(segment) for segment in plan.segments])
    result = assemble_translation(plan, [reorders(segment) for segment in plan.segments])
    assert result != DOCUMENT
    assert sorted(held(result)) == sorted(held(DOCUMENT))
    assert verify_placeholders(DOCUMENT, result) == []


def test_sentences_go_out_without_the_marks_of_their_line():
    plan = plan_segments(DOCUMENT, 500, "sentence")
    assert plan.segments == [
        "مهمة",
        "شغّل XQ1Z ثم افتح XQ2Z واحسب XQ3Z.",
        "אחר כך שלח ל־XQ1Z את XQ2Z XQ3Z ועוד.",
        "列",
        "値",
        "名前",
        "XQ1Z を 1,250 円で買う。",
        "次に XQ1Z と書く。",
    ]


def test_texts_go_out_in_as_few_pieces_as_fit_and_code_stays_at_home():
    plan = plan_segments("# A\n\nb c.\n\n```\nx\n```\n\nd. e.\n\n- f", 200)
    assert plan.segments == ["# A\n\nb c.", "d. e.\n\n- f"]
    assert plan_segments("```\nx\n```\n\n12 + 3 = ?\n\n`y`", 200).segments == []


def test_the_highest_border_in_reach_is_cut():
    one, two = "Ein Satz von einiger Länge. " * 3, "Noch ein Satz, " * 3
    assert plan_segments(f"{one}\n\n{two}", 100).segments == [one.strip(), two.strip()]
    assert plan_segments(f"{one}\n{two}", 100).segments == [one.strip(), two.strip()]
    assert plan_segments(one + two, 100).segments == [one.strip(), two.strip()]
    assert plan_segments(two * 3, 100).segments == [("Noch ein Satz, " * 6).strip(), two.strip()]
    assert [len(s) for s in plan_segments("字" * 250, 100).segments] == [100, 100, 50]
    assert plan_segments("字" * 99 + "`code`" + "字", 100).segments == ["字" * 99, "XQ1Z字"]
    # Vowel signs stay with their letter.
    assert plan_segments("कि" * 90, 81).segments[0] == "कि" * 40


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Wu und J. Doe kamen am 3. Mai. Dann z.B. nichts. Ende",
            ["Dr. Wu und J. Doe kamen am 3. Mai.", "Dann z.B. nichts.", "Ende"]),
        ("今日は。「はい！」と言う。", ["今日は。", "「はい！」", "と言う。"]),
        ("आज? कल। परसों॥ बस", ["आज?", "कल।", "परसों॥", "बस"]),
        ("كيف الحال؟ بخير. شكرا", ["كيف الحال؟", "بخير.", "شكرا"]),
        ("یک۔ دو۔ سه", ["یک۔", "دو۔", "سه"]),
        ("מה? כן! «לא.» אז", ["מה?", "כן!", "«לא.»", "אז"]),
        ("Τι; Ναι. Όχι", ["Τι; Ναι.", "Όχι"]),
        ("Так. Ні... може? Yahoo! є", ["Так.", "Ні... може?", "Yahoo! є"]),
    ],
)  # fmt: skip
def test_sentences_end_where_their_script_ends_them(text, sentences):
    assert plan_segments(text, 200, "sentence").segments == sentences


def test_spaces_between_sentences_follow_the_script():
    assert (
        assemble_translation(plan_segments("今日は。元気？はい。", 80, "sentence"), ["Hello.", "Well?", "Yes."])
        == "Hello. Well? Yes."
    )
    assert (
        assemble_translation(plan_segments("Hello. Well? Yes.", 80, "sentence"), ["今日は。", "元気？", "はい。"])
        == "今日は。元気？はい。"
    )
    assert assemble_translation(plan_segments("안녕. 잘?", 80, "sentence"), ["Γεια.", "Καλά;"]) == "Γεια. Καλά;"
    assert assemble_translation(plan_segments("A b.\n\nC d.", 80, "sentence"), ["一。", "二。"]) == "一。\n\n二。"


def test_translations_that_are_missing_are_noticed():
    plan = plan_segments("One. Two.", 80, "sentence")
    with pytest.raises(Broken, match=r"^empty$"):
        assemble_translation(plan, ["Eins.", " \n"])
    for wrong in (["a"], ["a", "b", "c"]):
        with pytest.raises(ValueError):
            assemble_translation(plan, wrong)
    with pytest.raises(UserError, match="longest=10 leaves no room"):
        plan_segments("a", 10)
