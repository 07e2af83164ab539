"""Review sheets: what stands in one, and what cannot be written."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.review import sheets as sheets_module
from polypref.review.cells import digest_of_cells
from polypref.review.columns import ANSWER_WORDS, COLUMNS, PAIR_WORDS, SEPARATORS
from polypref.review.filled import read_sheet
from polypref.review.guide import guide_row
from polypref.review.routing import Routing
from polypref.review.row_ids import swapped
from tests.review.conftest import FILES, ONE, TWO, X, Y

THREE = f"{3:032x}"


def rows_below_the_guide(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        guide, *rows = csv.DictReader(file)
    assert guide == guide_row(PAIR_WORDS, sheet.stem.removeprefix("review-"))
    return rows


def test_a_language_that_is_named_twice_gets_one_sheet(pairs: Path, tmp_path: Path) -> None:
    sheets = sheets_module.export_sheets(pairs, FILES, ["he", "de", "he"], 5, 0, tmp_path)
    assert sheets == [tmp_path / "review-he.csv", tmp_path / "review-de.csv"]
    (row,) = rows_below_the_guide(sheets[0])
    sides = ["rejected", "chosen"] if swapped(TWO, 0) else ["chosen", "rejected"]
    ids = [Y, X] if swapped(TWO, 0) else [X, Y]
    digest = digest_of_cells(["he", "?", *sides])
    assert (row["id"], row["prompt"]) == (f"{TWO}-0-{ids[0]}-{ids[1]}-{digest}", "?")
    assert [row["answer A"], row["answer B"]] == sides
    assert {row[name] for name in ("verdict", "edited", "comment", "reviewer")} == {""}


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_sheet_with_another_separator_is_the_same_sheet_and_comes_back(
    pairs: Path, tmp_path: Path, separator: str
) -> None:
    usual, other = (tmp_path / name / "review-he.csv" for name in ("usual", "other"))
    sheets_module.export_sheets(pairs, FILES, ["he"], 5, 0, usual.parent)
    sheets_module.export_sheets(pairs, FILES, ["he"], 5, 0, other.parent, separator=separator)
    rows = list(csv.reader(io.StringIO(usual.read_text("utf-8-sig"), newline="")))
    assert list(csv.reader(io.StringIO(other.read_text("utf-8-sig"), newline=""), delimiter=separator)) == rows
    assert other.read_text("utf-8-sig").splitlines()[0] == separator.join(f'"{name}"' for name in COLUMNS)
    rows[2][COLUMNS.index("verdict")] = "tie"
    with other.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    assert [(one.pair_id, one.meaning) for one in read_sheet(other)] == [(TWO, "tie")]


def test_the_first_row_says_what_to_write_in_every_column() -> None:
    guide = guide_row(PAIR_WORDS, "en")
    assert tuple(guide) == COLUMNS and all(guide.values())
    assert all(f" {word}" in f" {guide['verdict']}" for word in ("A", "B", "tie", "both bad"))


def single_answers(folder: Path, labels: Sequence[bool]) -> list[str]:
    """The files of a dataset of single answers in German."""
    name = "data/de/train-00000000-00000000.parquet"
    row = {one.name: [] if pa.types.is_list(one.type) else ONE for one in schema.UNPAIRED if not one.nullable}
    row |= {"language": "de", "prompt": [{"role": "user", "content": "?"}]}
    rows = [
        row
        | {
            "completion_id": f"{n:032x}",
            "label": label,
            "completion": [{"role": "assistant", "content": f"answer {n}"}],
        }
        for n, label in enumerate(labels, 1)
    ]
    (folder / name).parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema.UNPAIRED), folder / name)
    return [name]


def test_a_sheet_of_single_answers_does_not_show_their_labels(tmp_path: Path) -> None:
    """Each answer is exported with both labels; the sheets differ in the order of two ids, half of them each way."""
    rows = {}
    for label in (True, False):
        files = single_answers(tmp_path / str(label), [label] * 40)
        (sheet,) = sheets_module.export_sheets(tmp_path / str(label), files, ["de"], 50, 0, tmp_path / f"of {label}")
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            guide, *rows[label] = csv.DictReader(file)
        assert tuple(guide) == tuple(ANSWER_WORDS) and guide["id"] == "so wird das ausgefüllt"
    good, bad = ([{**row, "id": ""} for row in rows[label]] for label in (True, False))
    assert good == bad and len(good) == 40
    first = [row["id"].split("-")[2] == "0" * 32 for row in rows[True]]
    assert first == [row["id"].split("-")[3] == "0" * 32 for row in rows[False]] and 10 < sum(first) < 30


def test_what_is_said_of_a_single_answer_is_held_against_its_label(tmp_path: Path) -> None:
    files = single_answers(tmp_path, [True, False, True, False, True, False])
    (sheet,) = sheets_module.export_sheets(tmp_path, files, ["de"], 50, 3, tmp_path / "sheets")
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        guide, *rows = csv.DictReader(file)
    verdicts = dict(
        zip((f"{n:032x}" for n in range(1, 7)), ["good", "Good ", "bad", "bad", "drop", "not_my_language"], strict=True)
    )
    for row in rows:
        row["verdict"] = verdicts[row["id"][:32]]
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, tuple(ANSWER_WORDS))
        writer.writeheader()
        writer.writerows([*rows, guide])
    meanings = {one.pair_id[-1]: (one.meaning, one.chosen[-1], one.rejected[-1]) for one in read_sheet(sheet)}
    assert meanings == {
        "1": ("chosen", "1", "0"),
        "2": ("rejected", "0", "2"),
        "3": ("rejected", "3", "0"),
        "4": ("chosen", "0", "4"),
        "5": ("both_bad", "5", "0"),
        "6": ("not_my_language", "0", "6"),
    }


def test_single_answers_are_not_routed_to_people(tmp_path: Path) -> None:
    files = single_answers(tmp_path, [True])
    with pytest.raises(UserError, match=r"holds single answers with a label each, and --route weighs .* leave it out"):
        sheets_module.export_sheets(tmp_path, files, ["de"], 5, 0, tmp_path / "sheets", routing=Routing(0.25, ()))
    with pytest.raises(UserError, match="has no rows in 'he'; it has de"):
        sheets_module.export_sheets(tmp_path, files, ["he"], 5, 0, tmp_path / "sheets")
    assert not (tmp_path / "sheets").exists()


def test_two_answers_that_several_people_voted_on_stand_in_a_sheet_once(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "he").mkdir(parents=True)
    (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
    turned = {"chosen": row["rejected"], "rejected": row["chosen"], "chosen_id": Y, "rejected_id": X}
    other = {"rejected": [{"role": "assistant", "content": "another"}], "rejected_id": ONE}
    votes = [row, row | turned | {"pair_id": ONE}, row | other | {"pair_id": THREE}]
    pq.write_table(pa.Table.from_pylist(votes, schema.PREFERENCES), tmp_path / FILES[1])
    (sheet,) = sheets_module.export_sheets(tmp_path, FILES[1:], ["he"], 5, 0, tmp_path)
    shown = [{row["answer A"], row["answer B"]} for row in rows_below_the_guide(sheet)]
    assert sorted(map(sorted, shown)) == [["another", "chosen"], ["chosen", "rejected"]]


def test_answers_whose_ids_are_none_are_not_named_in_a_sheet(pairs: Path, tmp_path: Path) -> None:
    for number, ids in enumerate([("=1+1", Y), (X, X)]):
        folder = tmp_path / str(number)
        (folder / "data" / "he").mkdir(parents=True)
        (row,) = pq.read_table(pairs / FILES[1]).to_pylist()
        row |= dict(zip(("chosen_id", "rejected_id"), ids, strict=True))
        pq.write_table(pa.Table.from_pylist([row], schema.PREFERENCES), folder / FILES[1])
        (sheet,) = sheets_module.export_sheets(folder, FILES[1:], ["he"], 5, 0, folder)
        sides = ["rejected", "chosen"] if swapped(TWO, 0) else ["chosen", "rejected"]
        assert [row["id"] for row in rows_below_the_guide(sheet)] == [f"{TWO}-0-{digest_of_cells(['he', '?', *sides])}"]


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (("מה?", "לא."), "\u200f[user] מה?\n\n\u200f[assistant] לא."),
        (("1. כך", "so"), "\u200f[user] 1. כך\n\n[assistant] so"),
        (("क्या?", "12"), "[user] क्या?\n\n[assistant] 12"),
    ],
)
def test_a_line_of_a_conversation_runs_as_its_text_does(texts: tuple[str, str], shown: str) -> None:
    """The role before it is Latin, from which programs would take a Hebrew line for one from left to right."""
    turns = [{"role": role, "content": text} for role, text in zip(("user", "assistant"), texts, strict=True)]
    assert sheets_module.asked_text(turns) == shown and sheets_module.asked_text(turns[:1]) == texts[0]
    plain = shown.replace("\u200f", "")
    assert digest_of_cells([shown]) == digest_of_cells([plain]), "ids of earlier sheets hold"


def test_a_budget_is_shared_between_the_languages_and_one_that_is_too_small_is_refused(
    pairs: Path, tmp_path: Path
) -> None:
    sheets = sheets_module.export_sheets(pairs, FILES, ["he", "de"], 5, 0, tmp_path / "two", budget=2)
    assert [len(rows_below_the_guide(sheet)) for sheet in sheets] == [1, 1]
    with pytest.raises(UserError, match="1 rows are too few for 2 languages; give each at least one"):
        sheets_module.export_sheets(pairs, FILES, ["he", "de"], 5, 0, tmp_path / "one", budget=1)
    assert not (tmp_path / "one").exists()


def test_a_language_without_pairs_is_told_before_any_sheet_is_written(pairs: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no pairs in 'fa'; it has de, he"):
        sheets_module.export_sheets(pairs, FILES, ["he", "fa"], 5, 0, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sheets_are_not_written_below_a_file(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UserError, match=f"{tmp_path}/mine is a file, where a folder is needed; give another place"):
        sheets_module.export_sheets(pairs, FILES, ["he"], 5, 0, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"
