"""Good answers of files, folders, layouts and datasets; what gives none is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.evaluation.judge_check.good_answers import read_good_answers
from tests.conftest import ROOT
from tests.evaluation import duel


def test_rows_without_a_rejected_answer(tmp_path: Path) -> None:
    rows = [
        {"id": "g1", "language": "de", "prompt": "Wie?", "answer": "So."},
        {"id": "g1", "language": "fr", "prompt": "Comment ?", "answer": "Ainsi."},
        {"id": "g2", "language": "de", "prompt": "Wo?", "answer": ""},
        {"id": "g1", "language": "de", "prompt": "Wie?", "answer": "Anders."},
    ]
    read = read_good_answers(str(duel.lines(tmp_path / "a.jsonl", rows)))
    assert [(one.group, one.language, one.turns, one.text) for one in read.answers] == [
        ("g1", "de", (("user", "Wie?"),), "So."),
        ("g1", "fr", (("user", "Comment ?"),), "Ainsi."),
    ]
    assert read.name == "a.jsonl"
    assert read.left_out == {"de": {"empty_answer": 1, "another_answer_to_the_prompt": 1}}


def test_chosen_sides_and_groups(tmp_path: Path) -> None:
    chosen = [{"role": "assistant", "content": "So."}]
    row = {"group_id": "g", "prompt": [{"role": "user", "content": "Wie?"}], "chosen": chosen, "rejected": chosen}
    read = read_good_answers(str(duel.lines(tmp_path / "de.jsonl", [row])), language="de")
    assert [(one.group, one.text) for one in read.answers] == [("g", "So.")]


@pytest.mark.parametrize(("column", "keys"), [("messages", ("role", "content")), ("conversations", ("from", "value"))])
def test_a_chat_log_without_a_column_named(tmp_path: Path, column: str, keys: tuple[str, str]) -> None:
    """The last answer is taken, with all that was said before."""
    users = ("user", "assistant") if column == "messages" else ("human", "gpt")
    log = [
        dict(zip(keys, (users[at % 2], text), strict=True)) for at, text in enumerate(("Hallo", "Ja?", "Wo?", "Da."))
    ]
    read = read_good_answers(str(duel.lines(tmp_path / "chat.jsonl", [{column: log}])), language="de")
    assert [(one.turns, one.text) for one in read.answers] == [
        ((("user", "Hallo"), ("assistant", "Ja?"), ("user", "Wo?")), "Da.")
    ]
    with pytest.raises(UserError, match=r"row 1: nothing says its language; give one for all rows \(--language TAG\)"):
        read_good_answers(str(tmp_path / "chat.jsonl"))


def test_columns_of_a_table_and_a_layout(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("frage,gut,nr\nWie?,So.,7\n", "utf-8")
    columns = {"prompt": "frage", "answer": "gut", "id": "nr"}
    read = read_good_answers(str(tmp_path / "t.csv"), columns=columns, language="de")
    assert [(one.group, one.text) for one in read.answers] == [("7", "So.")]
    pairs = duel.lines(tmp_path / "p.jsonl", [{"prompt": "Wie?", "chosen": "So.", "rejected": "Nein."}])
    read = read_good_answers(str(pairs), layout="trl_preference", language="de")
    assert [one.text for one in read.answers] == ["So."]
    with pytest.raises(UserError, match="there is no column for 'worse'"):
        read_good_answers(str(pairs), columns={"worse": "x"})


def test_a_dataset_that_polypref_wrote() -> None:
    folder = ROOT / "tests" / "fixtures" / "releases" / "v1.0.0"
    read = read_good_answers(str(folder))
    tags = {one.language for one in read.answers}
    assert len(tags) > 1 and all(one.text and one.turns[-1][0] == "user" for one in read.answers)
    # Translations of a prompt go by one name.
    groups = {one.group for one in read.answers}
    assert len(groups) < len(read.answers)
    one = sorted(tags)[0]
    only = read_good_answers(str(folder), tags={one})
    assert {answer.language for answer in only.answers} == {one}


def test_a_column_of_answers_that_is_not_there(tmp_path: Path) -> None:
    """What is advised is an option that this command takes."""
    path = duel.lines(tmp_path / "a.jsonl", [{"id": "g1", "language": "de", "prompt": "Wie?", "text": "So."}])
    for columns in (None, {"answer": "said"}):
        with pytest.raises(
            UserError, match=r"row 1: no column \w+ that would .* prompt, text: name it \(--column answer="
        ):
            read_good_answers(str(path), columns=columns)
    assert read_good_answers(str(path), columns={"answer": "text"}).answers[0].text == "So."
