"""Rows of sheets whose texts came back retyped: the verdict counts where nothing but letters of a keyboard differs."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.review.decisions import judged_answers, taken_up_retyped
from polypref.review.retyped import Reviewed, is_retyped
from polypref.review.row_ids import row_id_of
from tests.review.conftest import ONE, X, Y
from tests.review.test_filled import written

FILE = "data/fa/train-00000000-00000000.parquet"
PROMPT, GOOD, BAD = "چرا کتاب می‌خوانیم؟", "چون یاد می‌گیریم.", "نمی‌دانم."
CELLS = {"language": "fa", "prompt": PROMPT, "answer A": GOOD, "answer B": BAD}


@pytest.fixture
def persian(pairs: Path, tmp_path: Path) -> Path:
    """A dataset folder with a pair in Persian."""
    (row,) = pq.read_table(pairs / "data/he/train-00000000-00000000.parquet").to_pylist()
    row |= {"pair_id": ONE, "language": "fa", "prompt": [{"role": "user", "content": PROMPT}]}
    row |= {side: [{"role": "assistant", "content": text}] for side, text in (("chosen", GOOD), ("rejected", BAD))}
    (tmp_path / "set/data/fa").mkdir(parents=True)
    pq.write_table(schema.PREFERENCES.empty_table().from_pylist([row], schema.PREFERENCES), tmp_path / "set" / FILE)
    return tmp_path / "set"


def sheet(folder: Path, **changed: str) -> Path:
    row_id = str(row_id_of(ONE, 0, X, Y, CELLS.values()))
    return written(folder.parent / "noa.csv", {"id": row_id, "verdict": "A"} | CELLS | changed)


def test_a_verdict_beside_retyped_texts_counts_and_is_said(persian: Path) -> None:
    path = sheet(persian, **{"prompt": PROMPT.replace("ک", "ك"), "answer A": GOOD.replace("\u200c", "")})
    (answer,) = judged_answers([path], persian, [FILE])
    (as_exported,) = judged_answers([sheet(persian)], persian, [FILE])
    assert replace(answer, retyped=False) == as_exported and answer.retyped and not as_exported.retyped
    path = sheet(persian, prompt=PROMPT.replace("ک", "ك"))
    assert taken_up_retyped([path], persian, [FILE]) == (
        "verdicts taken up beside texts that came back typed with other letters or signs (as ي for ی): 1 "
        f"({path} row 3)"
    )
    assert taken_up_retyped([sheet(persian)], persian, [FILE]) == ""


@pytest.mark.parametrize(
    "changed",
    [{"answer A": "چون بازی می‌کنیم."}, {"answer A": BAD, "answer B": GOOD}, {"language": "ar"}, {"prompt": "کتاب"}],
)
def test_what_differs_in_more_is_refused(persian: Path, changed: dict[str, str]) -> None:
    with pytest.raises(UserError, match="are not those that were exported beside the id"):
        judged_answers([sheet(persian, **changed)], persian, [FILE])


def test_without_the_dataset_such_a_row_is_refused(persian: Path) -> None:
    with pytest.raises(UserError, match="are not those that were exported beside the id"):
        judged_answers([sheet(persian, prompt=PROMPT.replace("ک", "ك"))])


def test_a_row_of_no_language_of_the_dataset_is_none_of_it(persian: Path) -> None:
    cells = {"id": str(row_id_of(ONE, 0, X, Y, ["ro"])), "prompt": "?"} | CELLS | {"language": "ro"}
    assert Reviewed(persian, (FILE,)).retyped([(3, cells)]) == frozenset()


def test_sheets_of_before_that_name_no_answers_are_joined_by_letters_too(persian: Path) -> None:
    path = sheet(persian, id=f"{ONE}-0", **{"answer B": BAD.replace("ی", "ي")})
    (answer,) = judged_answers([path], persian, [FILE])
    assert answer.retyped and {answer.chosen, answer.rejected} == {X, Y}


def test_letters_go_by_the_language_of_the_row() -> None:
    assert is_retyped(["fa", "علي"], ["fa", "علی"])
    assert not is_retyped(["ar", "علي"], ["ar", "على"])
