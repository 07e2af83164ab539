"""docs/files.md: the file that it shows is read as it says, and its sentences are those of the package."""

import re
from collections import Counter
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.files import json_rows
from polypref.files.cells import number_advice
from polypref.files.readers import read_file
from polypref.layouts.sources import Answer, Fields, Files
from polypref.stages.unknown_languages import named_languages, unknown_names
from polypref.stages.wrong_columns import MOST_ROWS, ColumnWatch

PAGE = (Path(__file__).parents[1] / "docs" / "files.md").read_text("utf-8")


def test_the_file_of_the_page_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"(?s)```csv\n(.*?)```", PAGE)
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    rows = [line.row for line in read_file(path)]
    assert rows == [
        {
            "id": "1",
            "prompt": 'Wer, bitte, schrieb "Faust"?',
            "chosen": "Goethe, in Weimar.",
            "rejected": "Schiller.",
            "score": "4,5",
        },
        {"id": "2", "prompt": "Nenne einen See.", "chosen": "Der Bodensee.", "rejected": "Der Rhein.", "score": "3"},
    ]
    assert number_advice("4,5")


def test_the_sentence_about_a_wrong_column_is_the_page_s(tmp_path: Path) -> None:
    (sentence,) = re.findall(r"(?s)```text\n(.*?)```", PAGE)
    path = tmp_path / "rows.csv"
    path.write_text("id,Prompt ,chosen,rejected\n" + "1,x,a,b\n" * 783, "utf-8")
    watch = ColumnWatch(Files(str(path), Fields("prompt", (Answer("chosen"), Answer("rejected"))), "mine", "1", "mit"))
    with pytest.raises(UserError) as error:
        list(watch.lines([path]))
    assert str(error.value).replace(f"{tmp_path}/", "") == " ".join(sentence.split())


def test_names_and_limits_are_the_page_s() -> None:
    names = named_languages(unknown_names(Counter({"hebrw": 12, "python": 3})))
    assert names in " ".join(PAGE.split())
    assert f"its first {MOST_ROWS:,} rows" in PAGE and f"up to {json_rows.MAX_JSON >> 30} GiB" in PAGE
    assert f"or {json_rows.MAX_PACKED >> 20} MiB" in PAGE
