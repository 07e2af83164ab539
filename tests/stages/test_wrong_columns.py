"""A declared column that is in no row stops the build; one that some rows lack does not."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.layouts.reactions import Reactions
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.layouts.trees import Tree
from polypref.stages import wrong_columns
from polypref.stages.wrong_columns import ColumnWatch, check_absent

FIELDS = Fields("prompt", (Answer("a"), Answer("b")), language="lang", reference="ref")
GOOD = {"prompt": "x", "a": "1", "b": "2", "lang": "de", "ref": None}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def watch(*paths: Path, fields: Fields = FIELDS, stop: bool = True, **more: Any) -> ColumnWatch:
    """Reads the rows of some files; what `where` leaves out has `kind` "other"."""
    source = Files("unused", fields, "s", "1", "mit", **more)
    watched = ColumnWatch(source, stop)
    for line in watched.lines(paths):
        watched.left_out = isinstance(line.row, dict) and line.row.get("kind") == "other"
    return watched


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"prompt": "Prompt "}, r"column 'prompt' \(prompt of Fields\) is in none of the 3 rows of .*a\.jsonl; there "
         r"are 'Prompt ', 'a', 'b', 'lang', 'ref'; did you mean 'Prompt '\?$"),
        ({"b": "bb"}, r"column 'b' \(text of Answer\) is in none of .*; did you mean 'bb'\?$"),
        ({"lang": "Language"}, r"column 'lang' \(language of Fields\) is in none"),
    ],
)  # fmt: skip
def test_a_needed_column_that_is_in_no_row_of_a_file_stops_with_the_columns_there_are(wrong, sentence, tmp_path):
    path = write(tmp_path / "a.jsonl", *[{wrong.get(name, name): value for name, value in GOOD.items()}] * 3)
    with pytest.raises(UserError, match=r"^source 's': " + sentence) as error:
        watch(path)
    assert "\n" not in str(error.value)


def test_what_only_some_rows_lack_is_no_wrong_column(tmp_path):
    path = write(tmp_path / "a.jsonl", {"prompt": "x"}, {"a": 1}, {"b": 1}, {"lang": 1}, {"ref": 1})
    check_absent([watch(path).record()])


def test_the_header_of_a_csv_file_is_enough(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["prompt", "a", "b", "Lang"], ["x", "1", "2", "de"]])
    with pytest.raises(UserError, match=r"column 'lang' \(language of Fields\) is not in the row of .*mean 'Lang'"):
        watch(path)
    path.write_text("prompt,a,b;lang\nx,1,2;de\n")
    with pytest.raises(UserError, match=r"column 'b' .*; where one of these is several columns, say what separates"):
        watch(path)


def test_a_language_in_a_column_s_place_says_where_it_goes(tmp_path):
    path = write(tmp_path / "a.jsonl", GOOD)
    with pytest.raises(UserError, match=r"; language='he' of Fields names a column: where all rows are in one"):
        watch(path, fields=Fields("prompt", language="he"))


def test_a_large_file_is_given_up_early_and_a_column_after_that_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(wrong_columns, "MOST_ROWS", 10)
    late = {name: value for name, value in GOOD.items() if name != "b"}
    path = write(tmp_path / "a.jsonl", *[late] * 10, GOOD)
    with pytest.raises(UserError, match=r"is in none of the first 10 rows of"):
        watch(path)
    watch(write(tmp_path / "b.jsonl", *[late] * 9, GOOD))


def test_a_column_that_can_be_missing_is_looked_for_in_all_rows_of_all_files(tmp_path, monkeypatch):
    monkeypatch.setattr(wrong_columns, "MOST_ROWS", 3)
    bare = {name: value for name, value in GOOD.items() if name != "ref"}
    one, two = write(tmp_path / "1.jsonl", *[bare] * 9), write(tmp_path / "2.jsonl", *[bare] * 9, GOOD)
    lacking, having = watch(one).record(), watch(two).record()
    with pytest.raises(UserError, match=r"column 'ref' \(reference of Fields\) is in none of the 9 rows of .*1.jsonl"):
        check_absent([lacking])
    check_absent([lacking, having])
    check_absent([having, lacking])
    check_absent([watch(one, two).record()])


def test_rows_that_where_leaves_out_need_no_column_but_those_of_where(tmp_path):
    path = write(tmp_path / "a.jsonl", *[{"kind": "other"}] * 5)
    check_absent([watch(path, where={"kind": ("pair",)}).record()])
    with pytest.raises(UserError, match=r"column 'knid' \(where\) is in none of the 5 rows .*; did you mean 'kind'\?"):
        check_absent([watch(path, where={"knid": ("pair",)}).record()])


def test_a_column_that_may_hold_nothing_need_not_be_there(tmp_path):
    path = write(tmp_path / "a.jsonl", *[GOOD | {"kind": "pair"}] * 3)
    check_absent([watch(path, where={"history": (None,), "turn": ["", []], "kind": "pair"}).record()])


def test_columns_of_answers_are_looked_for_where_there_are_answers(tmp_path):
    fields = Fields("prompt", (Answer("text"),), each="replies")
    none = watch(write(tmp_path / "a.jsonl", {"prompt": "x", "replies": []}), fields=fields).record()
    check_absent([none])
    with pytest.raises(UserError, match=r"column 'text' .*; the items of 'replies' have 'txt'; did you mean 'txt'\?"):
        watch(write(tmp_path / "b.jsonl", {"prompt": "x", "replies": [{"txt": "a"}]}), fields=fields)


def test_a_build_that_takes_any_number_of_bad_rows_stops_where_no_file_has_the_column(tmp_path):
    wrong = write(tmp_path / "a.jsonl", {"other": 1})
    right = write(tmp_path / "b.jsonl", GOOD)
    check_absent([watch(wrong, right, stop=False).record()])
    with pytest.raises(UserError, match=r"column 'prompt' \(prompt of Fields\) is not in the row of"):
        check_absent([watch(wrong, stop=False).record()])


def test_rows_that_cannot_be_read_have_no_columns_to_look_for(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("{broken\n[]\n")
    check_absent([watch(path).record()])


VERDICT = Verdict("people", "won", ("a",), ("b",), annotator="who", rationale="why")
OPTIONAL = Fields(
    "prompt",
    (Answer("a", model_column="m", licence_column="l", finish_reason="end"), Answer("b")),
    language="lang",
    group="topic",
    occasion="session",
    criterion="by",
    labels="kind",
    verdict=VERDICT,
)
WHOLE = dict.fromkeys(
    ("prompt", "a", "b", "lang", "m", "l", "end", "topic", "session", "by", "kind", "won", "who", "why")
)


@pytest.mark.parametrize("column", ["m", "l", "end", "topic", "session", "by", "kind", "who", "why"])
def test_every_optional_column_that_is_declared_and_in_no_row_is_one_sentence(column, tmp_path):
    check_absent([watch(write(tmp_path / "whole.jsonl", WHOLE), fields=OPTIONAL).record()])
    path = write(tmp_path / "a.jsonl", {name: value for name, value in WHOLE.items() if name != column})
    with pytest.raises(
        UserError, match=rf"^source 's': column '{column}' \([a-z_]+ of [A-Z]\w+\) is not in the row of "
    ):
        check_absent([watch(path, fields=OPTIONAL).record()])


def message(text: str, *replies: dict[str, Any], **more: Any) -> dict[str, Any]:
    role = "assistant" if more.pop("answers", False) else "prompter"
    return {"text": text, "role": role, "lang": "de", "replies": list(replies), **more}


MARKED = Fields("turns", (Answer("text"),), each="replies", language="lang")


def test_a_misspelt_mark_of_messages_is_named_with_the_column_that_is_there(tmp_path):
    tree = message("Wo?", message("Hier.", answers=True, removed=False), removed=False)
    path = write(tmp_path / "a.jsonl", tree)
    sentence = (
        r"column 'removd' \(deleted of Tree\) is not in the row of .*; there are 'text', .*; did you mean 'removed'"
    )
    with pytest.raises(UserError, match=sentence):
        check_absent([watch(path, fields=MARKED, tree=Tree(deleted="removd")).record()])
    with pytest.raises(UserError, match=r"column 'ok' \(accepted of Tree\)"):
        check_absent([watch(path, fields=MARKED, tree=Tree(deleted="removed", accepted="ok")).record()])
    spared = Fields("turns", (Answer("text"),), each="replies", language="lang", optional=("removd",))
    check_absent([watch(path, fields=spared, tree=Tree(deleted="removd")).record()])
    talk = {"lang": "de", "talk": [{"role": "user", "content": "Wo?"}, {"role": "assistant", "content": "Da."}]}
    of_list = Fields("turns", (Answer("answer"),), language="lang")
    with pytest.raises(UserError, match=r"column 'gone' \(deleted of Reactions\).*'role', 'content'"):
        path = write(tmp_path / "b.jsonl", talk)
        check_absent([watch(path, fields=of_list, tree=Reactions("talk", deleted="gone")).record()])


@pytest.mark.parametrize("where", ["asked", "answer", "left out"])
def test_a_mark_that_one_message_has_is_there(where, tmp_path):
    marks: dict[str, dict[str, Any]] = {name: {} for name in ("asked", "answer", "left out")}
    marks[where] = {"gone": where == "left out"}
    below = message("Und?", message("So.", answers=True), **marks["left out"])
    tree = message("Wo?", message("Hier.", below, answers=True, **marks["answer"]), **marks["asked"])
    check_absent([watch(write(tmp_path / "a.jsonl", tree), fields=MARKED, tree=Tree(deleted="gone")).record()])
