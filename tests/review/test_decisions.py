"""Decisions of a review: by majority, read back, carried out on pairs, taken up by a build."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.review import decisions
from polypref.review import sheets as sheets_module
from polypref.review.sheets import Answer, Meaning

ONE, TWO, THREE = (f"{n:032x}" for n in (1, 2, 3))


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "polypref.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("votes", "decision"),
    [
        (["chosen"], "agreed"),
        (["rejected"], "relabel"),
        (["both_bad"], "remove"),
        (["not_my_language"], "undecided"),
        (["not_my_language", "not_my_language"], "undecided"),
        (["both_bad", "not_my_language", "not_my_language"], "remove"),
        (["chosen", "rejected"], "undecided"),
        (["chosen", "chosen", "rejected"], "agreed"),
        (["rejected", "rejected", "both_bad"], "relabel"),
        (["chosen", "both_bad"], "remove"),
        (["chosen", "not_my_language", "not_my_language"], "agreed"),
    ],
)
def test_decision_by_majority(votes: list[Meaning], decision: str) -> None:
    answers = [Answer(ONE, "he", f"r{n}", vote, "") for n, vote in enumerate(votes)]
    assert decisions.decide_pairs(answers) == {ONE: decision}


def test_each_decision_is_counted_under_its_own_name() -> None:
    given = [(1, "agreed"), (2, "relabel"), (3, "remove"), (4, "undecided")]
    ids = (f"{n:032x}" for n in range(10))
    review = decisions.Decisions(
        decisions.FORMAT, {next(ids): decision for number, decision in given for _ in range(number)}, {}
    )
    assert decisions.counted(review) == (
        "of 10 pairs judged, a build keeps 1 as they are, relabels 2, removes 3 and marks 4 as undecided"
    )


def test_decisions_come_back_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "noa.csv").write_text(
        f"id,language,verdict,comment\n{ONE}-0,he,A,clear\n{TWO}-0,he,both bad,\n{THREE}-0,he,,\n", "utf-8"
    )
    written = decisions.bring_back("x 1.0.0", [tmp_path / "noa.csv"], tmp_path / "review.json")
    # Pair ONE shows the rejected answer as A where md5 of "0:side:ONE" begins with an odd byte.
    assert written.decisions == {ONE: "relabel" if sheets_module.swapped(ONE, 0) else "agreed", TWO: "remove"}
    assert written.comments == [decisions.Comment(ONE, "he", "clear")] and written.dataset == "x 1.0.0"
    assert decisions.read_decisions(tmp_path / "review.json") == written


@pytest.mark.parametrize("name", ["none.json", "."])
def test_decisions_that_are_no_file_are_told_before_a_build_begins(tmp_path: Path, name: str) -> None:
    builder, path = Path("builders/quickstart.py").resolve(), tmp_path / name
    done = run("build", builder, "--out", tmp_path / "out", "--languages", "ja", "--quiet", "--review", path)
    assert done.returncode == 2
    problem = f"there is no file {path}" if name == "none.json" else f"{path} is a folder"
    assert done.stderr == f"polypref: {problem}; give the file that polypref review import wrote as review (--review)\n"
    assert not list((tmp_path / "out" / ".polypref").glob("read-*"))


def test_a_decisions_file_is_not_written_in_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "noa.csv").write_text(f"id,language,verdict\n{ONE}-0,he,A\n", "utf-8")
    with pytest.raises(UserError, match=f"cannot write {tmp_path}: it is a folder; give the name of a file"):
        decisions.bring_back("x 1.0.0", [tmp_path / "noa.csv"], tmp_path)


def test_a_reviewer_who_contradicts_himself_is_asked(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"id,language,verdict\n{ONE}-0,he,A\n{ONE}-0,he,B\n", "utf-8")
    with pytest.raises(UserError, match="twice and differently"):
        decisions.bring_back("x 1.0.0", [sheet], tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_apply_swaps_removes_and_marks() -> None:
    rows = [
        {
            "pair_id": one,
            "prompt_id": "p",
            "chosen_id": f"c{n}",
            "rejected_id": f"r{n}",
            "language": "he",
            "rater": "x",
            "chosen_score": 3.0,
            "rejected_score": 1.0,
            "score_margin": 2.0,
            "review": None,
        }
        for n, one in enumerate((ONE, TWO, THREE))
    ]
    pairs = pa.Table.from_pylist(rows, schema.PAIRS)
    kept, removed = decisions.apply_decisions(pairs, {ONE: "relabel", TWO: "remove"})
    assert kept.select(
        ["pair_id", "chosen_id", "rejected_id", "chosen_score", "score_margin", "review"]
    ).to_pylist() == [
        {
            "pair_id": ONE,
            "chosen_id": "r0",
            "rejected_id": "c0",
            "chosen_score": 1.0,
            "score_margin": -2.0,
            "review": "relabelled",
        },
        {
            "pair_id": THREE,
            "chosen_id": "c2",
            "rejected_id": "r2",
            "chosen_score": 3.0,
            "score_margin": 2.0,
            "review": None,
        },
    ]
    assert removed["pair_id"].to_pylist() == [TWO]
    assert kept.schema == schema.PAIRS


def test_decisions_of_another_dataset_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "review.json"
    other.write_text(json.dumps({"format": decisions.FORMAT, "decisions": {ONE: "remove"}, "agreement": {}}), "utf-8")
    builder = Path("builders/quickstart.py").resolve()
    done = run("build", builder, "--out", tmp_path / "out", "--languages", "ja", "--quiet", "--review", other)
    assert done.returncode == 2
    assert "no pair of" in done.stderr
    assert "Traceback" not in done.stderr
