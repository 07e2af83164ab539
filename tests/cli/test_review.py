"""`polypref review`: sheets of a dataset given out and taken back, to the build that takes the decisions up."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import polypref
from polypref.cli import main
from polypref.review import sheets as sheets_module


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "polypref.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


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


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with pairs in German alone."""
    folder = tmp_path_factory.mktemp("german") / "q"
    return polypref.build("quickstart", folder, languages="de", mixtures="ml-23", quiet=True).path


def export(dataset: Path, out: Path, *more: str) -> int:
    return main(["review", "export", str(dataset), "--out", str(out), *more])


def test_an_export_names_its_sheets_and_says_what_reviewers_write(
    german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(german, tmp_path / "sheets", "--languages", "German,de") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/sheets/review-de.csv",
        "in the column 'verdict', reviewers write A, B, both bad (which removes the pair) or not my language (which "
        "says nothing about it); then polypref review import",
    ]


def test_a_seed_draws_the_same_pairs_with_either_sign_and_another_seed_others(german: Path, tmp_path: Path) -> None:
    for name, seed in (("plus", "3"), ("minus", "-3"), ("other", "4")):
        assert export(german, tmp_path / name, "--languages", "de", "--pairs", "6", "--seed", seed) == 0
    plus, minus, other = ((tmp_path / name / "review-de.csv").read_bytes() for name in ("plus", "minus", "other"))
    assert plus == minus != other
    with (tmp_path / "plus" / "review-de.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "the following arguments are required: --languages"),
        (["--languages", "Grman"], "--languages: Unknown language 'Grman'"),
        (["--languages", "he"], "has no pairs in 'he'; it has de"),
        (["--languages", "de", "--pairs", "0"], "--pairs: 0 is not a number of at least 1"),
    ],
)
def test_an_export_that_cannot_be_writes_no_sheet(
    more: list[str], sentence: str, german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(german, tmp_path / "sheets", *more) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "sheets").exists()


def test_an_import_shows_the_agreement_and_names_the_decisions_of_this_version(
    german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(german, tmp_path, "--languages", "de", "--pairs", "2") == 0
    fill(tmp_path / "review-de.csv", tmp_path / "noa.csv", ["both bad", "both bad"])
    capsys.readouterr()
    decisions = tmp_path / "decisions.json"
    assert main(["review", "import", str(german), str(tmp_path / "noa.csv"), "--out", str(decisions)]) == 0
    stdout = capsys.readouterr().out
    assert stdout.endswith(
        "of 2 pairs judged, a build keeps 0 as they are, relabels 0, removes 2 and marks 0 as undecided\n"
        f"wrote {decisions}; polypref build ... --review {decisions} takes the decisions up\n"
    )
    (row,) = [line for line in stdout.splitlines() if line.startswith("│ de")]
    assert row.split("│")[2].strip() == "2"
    written = json.loads(decisions.read_text("utf-8"))
    assert written["dataset"] == "polypref-quickstart 1.0.0" and set(written["decisions"].values()) == {"remove"}


def test_an_import_of_no_dataset_writes_no_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "noa.csv"
    sheet.write_text(f"id,language,verdict\n{1:032x}-0,de,A\n", "utf-8")
    assert main(["review", "import", str(tmp_path), str(sheet), "--out", str(tmp_path / "decisions.json")]) == 2
    assert "is not a finished polypref dataset" in capsys.readouterr().err
    assert not (tmp_path / "decisions.json").exists()
