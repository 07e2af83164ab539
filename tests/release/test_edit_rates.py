"""How often people corrected answers: counted by hand, and in the card."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import polypref
from polypref.layouts.fields import Answer, Fields
from polypref.layouts.sources import Files
from polypref.pipeline.builder import Builder
from polypref.raters.given import SourceRater
from polypref.release.edit_rates import EditRate, edit_rates
from polypref.shares import wilson
from polypref.stages.balance import Split
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts

HEBREW = "הספרייה של העיירה סגורה ביום שני אבל פתוחה בשאר ימות השבוע מן הבוקר."
HINDI = "कस्बे का पुस्तकालय सोमवार को बंद रहता है लेकिन सप्ताह के बाकी दिनों में सुबह से खुला रहता है।"


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> polypref.Dataset:
    """Of four answers in Hebrew two were corrected, one in a comma alone; of three in Hindi one was."""
    folder = tmp_path_factory.mktemp("edited")
    changes: dict[str, list[str | None]] = {
        HEBREW: [HEBREW.replace("שני אבל", "שני, אבל"), HEBREW.replace("מן הבוקר", "החל בשמונה"), None, HEBREW],
        HINDI: [None, HINDI.replace("सुबह से", "आठ बजे से"), None],
    }
    asked = {HEBREW: "מתי הספרייה פתוחה? שאלה {}", HINDI: "पुस्तकालय कब खुला रहता है? प्रश्न {}"}
    rows = [
        {"q": asked[text].format(number), "tag": tag, "a": text, "e": change}
        for tag, text in (("he", HEBREW), ("hi", HINDI))
        for number, change in enumerate(changes[text])
    ]
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    fields = Fields("q", (Answer("a", model="m", edited="e", rater="speakers"),), language="tag")
    builder = Builder(
        "edited",
        "1.0.0",
        sources=(Files(str(path), fields, "x", "1", "mit"),),
        rater=SourceRater("speakers"),
        pairs=PairRule("given"),
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0),
    )
    return polypref.build(builder, folder / "out", quiet=True)


def test_rates_are_of_the_answers_that_could_have_been_edited(edited: polypref.Dataset) -> None:
    shown = {"he": (4, 2, 1), "hi": (3, 1, 0)}
    expected = []
    for tag, (answers, changed, small) in shown.items():
        expected.append(EditRate(tag, answers, changed, small, changed / answers, *wilson(changed, answers)))
    assert edit_rates(edited.record) == expected and expected[0].share == 0.5


def test_of_edited_answers_alone_there_is_no_share(edited: polypref.Dataset) -> None:
    alone = [row for row in edited.record.funnel if row.reason not in ("not_edited", "edit_unchanged")]
    assert edit_rates(replace(edited.record, funnel=alone)) == [EditRate("he", 2, 2, 1), EditRate("hi", 1, 1, 0)]


def test_the_card_says_them_by_language(edited: polypref.Dataset) -> None:
    card = (edited.path / "README.md").read_text("utf-8")
    section = card.split("### Answers that people corrected")[1].split("\n##")[0]
    assert "| he | 4 | 2 | 0.50 [0.15, 0.85] | 1 |" in section and "| hi | 3 | 1 | 0.33 [0.06, 0.79] | 0 |" in section
    rows = edited.load(edited.configs[0], split="train").to_list()
    assert {row["chosen_route"] for row in rows} == {"edited"} and {row["rejected_route"] for row in rows} == {"given"}


def test_a_dataset_without_edits_has_no_such_section(tmp_path: Path) -> None:
    plain = polypref.build("quickstart", tmp_path / "q", languages="de", mixtures="ml-23", quiet=True)
    assert edit_rates(plain.record) == []
    assert "Answers that people corrected" not in (plain.path / "README.md").read_text("utf-8")
