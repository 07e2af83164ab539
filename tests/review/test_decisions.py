"""Decisions of a review: by majority, read back, carried out on pairs, taken up by a build."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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
        (["not_my_language"], "remove"),
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


def fill(sheet: Path, out: Path, verdicts: list[str]) -> None:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(verdicts)
    for row, verdict in zip(rows, verdicts, strict=True):
        row["verdict"] = verdict
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def _rows(path: Path) -> list[dict[str, object]]:

    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_round_trip_in_three_languages(tmp_path: Path) -> None:
    builder, out, sheets = Path("builders/quickstart.py").resolve(), tmp_path / "out", tmp_path / "sheets"
    assert run("build", builder, "--out", out, "--languages", "he,fa,ja", "--quiet").returncode == 0
    before = {row["pair_id"]: row for path in sorted(out.glob("data/*/*.parquet")) for row in _rows(path)}
    done = run("review", "export", out, "--languages", "he,fa,ja", "--pairs", 4, "--seed", 3, "--out", sheets)
    assert done.returncode == 0, done.stderr
    again = tmp_path / "again"
    run("review", "export", out, "--languages", "he,fa,ja", "--pairs", 4, "--seed", 3, "--out", again)
    expected = {}
    for tag in ("he", "fa", "ja"):
        sheet = sheets / f"review-{tag}.csv"
        assert sheet.read_bytes() == (again / sheet.name).read_bytes()
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        ids = [row["id"].split("-")[0] for row in rows]
        for row, one in zip(rows, ids, strict=True):
            sides = [before[one]["chosen"][0]["content"], before[one]["rejected"][0]["content"]]
            assert [row["answer A"], row["answer B"]] == (sides[::-1] if sheets_module.swapped(one, 3) else sides)
        prefer_rejected = ["A" if sheets_module.swapped(one, 3) else "B" for one in ids]
        prefer_chosen = ["B" if sheets_module.swapped(one, 3) else "A" for one in ids]
        fill(sheet, tmp_path / f"{tag}-1.csv", [prefer_rejected[0], prefer_chosen[1], "both bad", ""])
        fill(sheet, tmp_path / f"{tag}-2.csv", [prefer_rejected[0], prefer_rejected[1], "both bad", prefer_chosen[3]])
        expected |= dict(zip(ids, ("review_relabelled", "review_undecided", None, "review_agreed"), strict=True))
    filled = sorted(tmp_path.glob("*-[12].csv"))
    done = run("review", "import", out, *filled, "--out", tmp_path / "review.json")
    assert done.returncode == 0, done.stderr
    hebrew = json.loads((tmp_path / "review.json").read_text("utf-8"))["agreement"]["he"]
    # Reviewer 1: rejected, chosen, both bad; reviewer 2: rejected, rejected, both bad, chosen: 2 of 5 prefer chosen.
    assert hebrew["agree"] == 2 / 5
    assert (hebrew["both"], hebrew["raw"]) == (3, 2 / 3)
    done = run(
        "build", builder, "--out", out, "--languages", "he,fa,ja", "--quiet", "--review", tmp_path / "review.json"
    )
    assert done.returncode == 0, done.stderr
    after = {row["pair_id"]: row for path in sorted(out.glob("data/*/*.parquet")) for row in _rows(path)}
    newest = max(out.glob(".polypref/filter-*"), key=lambda path: path.stat().st_mtime)
    filtered = {row["pair_id"]: row for path in newest.glob("filtered-*.parquet") for row in _rows(path)}
    for one, flag in expected.items():
        if flag is None:
            assert one not in after
            assert one not in filtered
        else:
            assert filtered[one]["reason"] is None
            assert flag in filtered[one]["flags"]
        if one in after:
            assert (after[one]["chosen"] == before[one]["rejected"]) == (flag == "review_relabelled")
    assert "| he | 4 | 2 | 2 | 3 | 2 | 0 | 0.40 [" in (out / "README.md").read_text("utf-8")


def test_decisions_of_another_dataset_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "review.json"
    other.write_text(json.dumps({"format": decisions.FORMAT, "decisions": {ONE: "remove"}, "agreement": {}}), "utf-8")
    builder = Path("builders/quickstart.py").resolve()
    done = run("build", builder, "--out", tmp_path / "out", "--languages", "ja", "--quiet", "--review", other)
    assert done.returncode == 2
    assert "no pair of" in done.stderr
    assert "Traceback" not in done.stderr
