"""The file of what people found: what it holds, and that it is read as it was written."""

import json
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.review.mark_figures import Figure
from polypref.review.marks import in_words, read_marks, sentence_of, write_marks
from polypref.review.turn_sheets import PersonsMark
from tests.review.test_mark_figures import frame

TURNS = frame(2, 2)
MARKS = [
    PersonsMark(one, who, word, "x")
    for (one, who, word) in zip(
        [*TURNS, *TURNS],
        ["noa"] * 4 + ["ben"] * 4,
        ["dissatisfied", "neither", "neither", None, "dissatisfied", "dissatisfied", "satisfied", None],
        strict=True,
    )
]


def test_the_file_holds_marks_and_figures_and_no_names(tmp_path: Path) -> None:
    out = tmp_path / "marks.json"
    written = write_marks("wild 0.1.0", "tiny@r1", "two speakers", TURNS, MARKS, out)
    assert read_marks(out) == written and (written.people, written.by) == (2, "two speakers")
    row = written.languages["he"]
    assert (row.marked, row.split, row.unreadable, row.both, row.neither) == (2, 1, 1, 1, 1)
    text = out.read_text("utf-8")
    assert "noa" not in text and "ben" not in text
    assert json.loads(text)["turns"][f"{1:032x}"] == {
        "language": "he",
        "model": "dissatisfied",
        "people": ["neither", "dissatisfied"],
    }
    assert sentence_of("he", row).startswith("he: 2 of 4 turns marked (1 unreadable, 1 split); accuracy 1.00 [")


def test_a_file_that_somebody_changed_is_neither_read_nor_written_over(tmp_path: Path) -> None:
    out = tmp_path / "marks.json"
    write_marks("wild 0.1.0", "tiny@r1", "two speakers", TURNS, MARKS, out)
    write_marks("wild 0.1.0", "tiny@r1", "two more", TURNS, MARKS, out)  # as polypref wrote it
    out.write_text(out.read_text("utf-8").replace("two more", "two thousand"), "utf-8")
    with pytest.raises(UserError, match="is not as polypref review marks wrote it"):
        read_marks(out)
    with pytest.raises(UserError, match=r"marks\.json"):
        write_marks("wild 0.1.0", "tiny@r1", "x", TURNS, MARKS, out)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "polypref-review/2"}'])
def test_what_is_no_such_file_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text, "utf-8")
    with pytest.raises(UserError, match="give the file that polypref review marks wrote"):
        read_marks(tmp_path / "x.json")


def test_sheets_without_a_mark_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no sheet has a mark"):
        write_marks("wild 0.1.0", "tiny@r1", "people", TURNS, [], tmp_path / "marks.json")
    assert not (tmp_path / "marks.json").exists()


def test_figures_in_words() -> None:
    assert in_words(Figure(0.852, 0.74, 0.919)) == "0.85 [0.74, 0.92]" and in_words(None) == "-"
