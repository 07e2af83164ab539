"""The rows of published files, as they were before they were written."""

from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.exports import reading
from polypref.exports.reading import holds_whole_turns, read_rows

from .samples import PAIRS, files_of, single

RELEASE = Path(__file__).parents[1] / "fixtures" / "releases" / "v1.0.0" / "data" / "he"


def test_rows_come_back_with_their_turns_and_tools_and_languages_mixed(tmp_path, monkeypatch):
    """Of five German rows one stands at 1/10, 3/10, 5/10 ..., of three French ones at 1/6, 3/6, 5/6, others at 1/2."""
    monkeypatch.setattr(reading, "BATCH", 5)
    batches = list(read_rows(files_of(tmp_path, list(PAIRS.values()))))
    assert [len(batch) for batch in batches] == [5, 5, 2]
    names = ["turns", "unasked", "called", "system", "answered", "dummy", "spaced", "hebrew", "thought", "spoken"]
    assert [row for batch in batches for row in batch] == [PAIRS[name] for name in (*names, "named", "reminded")]


def test_a_language_of_several_files_keeps_their_order(tmp_path):
    rows = [PAIRS[name] for name in ("turns", "called", "answered")]
    files = [path for number, row in enumerate(rows) for path in files_of(tmp_path, [row], f"train-{number}")]
    assert [row for batch in read_rows(files) for row in batch] == rows


def test_single_answers_have_one_column_of_turns(tmp_path):
    ((row,),) = read_rows(files_of(tmp_path, [single(1, "de", "Ein Lebensmittel.", True)]))
    assert [*row.answers] == ["completion"] and row.values["label"] is True


def test_files_without_whole_turns_are_read_too():
    files = sorted(RELEASE.glob("train-*.parquet"))
    rows = [row for batch in read_rows(files) for row in batch]
    assert len(rows) == 6 and not holds_whole_turns(files[0])
    assert {turn["role"] for row in rows for turn in row.turns} == {"user", "assistant"}
    assert all("prompt" not in row.values and not row.tools for row in rows)


def test_a_score_that_is_no_number_is_refused(tmp_path):
    row = PAIRS["hebrew"]
    row = type(row)(row.values | {"chosen_score": float("nan")}, row.prompt, row.answers, row.tools)
    with pytest.raises(UserError, match="chosen_score is no number in a row; get the dataset again"):
        list(read_rows(files_of(tmp_path, [row])))
