"""What checks noted, beside what reviewers said: of the sides as they were judged, and never before."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.review import sheets as sheets_module
from polypref.review.agreement import Judgements
from polypref.review.columns import COLUMNS as SHEET_COLUMNS
from polypref.review.columns import PAIR_WORDS
from polypref.review.decisions import FORMAT, Comment, Decided, Decisions
from polypref.review.findings import COLUMNS, write_findings
from polypref.review.guide import guide_row

ONE, TWO, THREE, FOUR = (f"{n:032x}" for n in (1, 2, 3, 4))
P, X, Y = (letter * 32 for letter in "abc")
FILES = ["data/he/train-00000000-00000001.parquet"]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two pairs of one prompt in Hebrew; the second has a formula in its prompt and no flag."""
    empty = {one.name: [] if pa.types.is_list(one.type) else ONE for one in schema.PREFERENCES if not one.nullable}
    rows = [
        empty
        | {"pair_id": pair_id, "prompt_id": prompt_id, "language": "he", "chosen_id": X, "rejected_id": Y}
        | {"prompt": [{"role": "user", "content": text}], "flags": flags}
        | {role: [{"role": "assistant", "content": f"the {role} text"}] for role in ("chosen", "rejected")}
        for pair_id, prompt_id, text, flags in ((ONE, P, "?", ["language_confusion"]), (TWO, FOUR, "=1+1", []))
    ]
    (tmp_path / FILES[0]).parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema.PREFERENCES), tmp_path / FILES[0])
    return tmp_path


def finding(answer: str | None, check: str, outcome: str, reason: str, detail: str | None = None) -> dict[str, object]:
    sides = {"chosen": True, "rejected": outcome == "flag"}
    row = {"prompt_id": P, "completion_id": answer, "language": "he", "check": check, "outcome": outcome}
    return row | {"reason": reason, "detail": detail} | sides


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    rows = [
        finding(None, "pii", "flag", "pii_email"),
        finding(Y, "language", "reject", "answer_in_another_language", "en\n(0.98)"),
        finding(Y, "pii", "flag", "pii_phone"),
        finding(Y, "pii", "flag", "pii_phone"),
        finding(X, "refusals", "flag", "answer_refuses"),
        finding(THREE, "language", "reject", "answer_in_another_language", "of no judged pair"),
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema.FINDINGS), tmp_path / "findings-00000.parquet")
    return [tmp_path / "findings-00000.parquet"]


def review(decisions: dict[str, Decided]) -> Decisions:
    return Decisions(FORMAT, decisions, {})


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_side_has_what_checks_noted_of_it_and_disagreements_come_first(dataset, parts, tmp_path) -> None:
    decided = review(
        {
            ONE: Decided("agreed", "he", X, Judgements(3, 1, 0, 0)),
            TWO: Decided("relabel", "he", X, Judgements(0, 2, 0, 1, tie=3)),
        }
    )
    decided.comments.extend([Comment(ONE, "he", "-clear"), Comment(ONE, "he", "short")])
    assert write_findings(decided, dataset, FILES, parts, tmp_path / "notes.csv") == 2
    first, second = read(tmp_path / "notes.csv")
    assert tuple(first) == COLUMNS
    assert [first[name] for name in COLUMNS[:9]] == [TWO, "he", "relabel", "0", "2", "3", "0", "1", "'=1+1"]
    assert second == dict(
        zip(
            COLUMNS,
            [
                *(ONE, "he", "agreed", "3", "1", "0", "0", "0", "?", "the chosen text", "the rejected text"),
                *("pii: pii email", "refusals: refuses"),
                "language: in another language (en (0.98)), may not be chosen; pii: pii phone",
                *("language_confusion", "'-clear / short"),
            ],
            strict=True,
        )
    )
    # Another prompt with the same two answers: what was noted of these is noted here too, of its own prompt nothing.
    assert (first["noted of prompt"], first["noted of chosen"], first["flags"]) == ("", "refusals: refuses", "")


def test_the_sides_are_those_that_were_judged_where_the_pair_has_turned(dataset, parts, tmp_path) -> None:
    decided = review({ONE: Decided("undecided", "he", Y, Judgements(1, 1, 0, 0))})
    write_findings(decided, dataset, FILES, parts, tmp_path / "notes.csv")
    (row,) = read(tmp_path / "notes.csv")
    assert (row["chosen"], row["rejected"]) == ("the rejected text", "the chosen text")
    assert row["noted of chosen"].startswith("language: in another language")
    assert row["noted of rejected"] == "refusals: refuses"


def test_without_the_stages_there_are_flags_and_of_a_pair_that_is_gone_only_what_was_said(dataset, tmp_path) -> None:
    decided = review(
        {ONE: Decided("agreed", "he", "", None), THREE: Decided("remove", "ja", X, Judgements(0, 0, 2, 0))}
    )
    assert write_findings(decided, dataset, FILES, None, tmp_path / "notes.csv") == 1
    gone, there = read(tmp_path / "notes.csv")
    assert [gone[name] for name in COLUMNS[:8]] == [THREE, "ja", "remove", "0", "0", "0", "2", "0"]
    assert not any(gone[name] for name in COLUMNS[8:])
    assert (there["flags"], there["noted of rejected"], there["prefer chosen"]) == ("language_confusion", "", "")


def test_somebody_elses_file_stays(dataset, tmp_path) -> None:
    (tmp_path / "notes.csv").write_text("mine")
    with pytest.raises(UserError, match="is there already and holds something else"):
        write_findings(review({}), dataset, FILES, None, tmp_path / "notes.csv")
    assert (tmp_path / "notes.csv").read_text() == "mine"


def test_a_sheet_shows_nothing_of_what_checks_noted(dataset, tmp_path) -> None:
    (sheet,) = sheets_module.export_sheets(dataset, FILES, ["he"], 5, 0, tmp_path / "sheets")
    guide, *rows = read(sheet)
    assert tuple(rows[0]) == SHEET_COLUMNS and guide == guide_row(PAIR_WORDS, "he")
    known = {"he", "?", "'=1+1", "the chosen text", "the rejected text", ""}
    assert {cell for row in rows for name, cell in row.items() if name != "id"} == known
