"""`polypref review`: sheets of a dataset given out and taken back, to the build that takes the decisions up."""

import csv
import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import polypref
from polypref.cli import main
from polypref.console.escaping import markdown
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.raters.contract import ratings
from polypref.review.agreement import Judgements
from polypref.review.applying import DecisionsUsed
from polypref.review.row_ids import swapped
from polypref.stages.balance import Split
from polypref.stages.checks.own import FunctionCheck
from polypref.stages.checks.reviewed import Reviewed
from polypref.stages.prompts.index import Prompts
from tests.conftest import Run


@pytest.fixture
def run(polypref: Run) -> Run:
    """Runs a command, whatever its exit code is."""
    return partial(polypref, expect=None)


def in_sheet(sheet: Path) -> list[dict[str, str]]:
    """The rows of a sheet, the first of which says what to write."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(sheet: Path, out: Path, verdicts: list[str]) -> None:
    guide, *rows = in_sheet(sheet)
    assert len(rows) == len(verdicts)
    for row, verdict in zip(rows, verdicts, strict=True):
        row["verdict"] = verdict
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows([guide, *rows])


def _rows(path: Path) -> list[dict[str, object]]:

    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_round_trip_in_three_languages(run: Run, tmp_path: Path) -> None:
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
        _, *rows = in_sheet(sheet)
        ids = [row["id"].split("-")[0] for row in rows]
        for row, one in zip(rows, ids, strict=True):
            sides = [before[one]["chosen"][0]["content"], before[one]["rejected"][0]["content"]]
            assert [row["answer A"], row["answer B"]] == (sides[::-1] if swapped(one, 3) else sides)
        prefer_rejected = ["A" if swapped(one, 3) else "B" for one in ids]
        prefer_chosen = ["B" if swapped(one, 3) else "A" for one in ids]
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
    assert "| he | 4 | 2 | 2 | 3 | 2 | 0 | 0 | 0 | 0.40 [" in (out / "README.md").read_text("utf-8")


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
        "in the column 'verdict', reviewers write A, B, tie, both bad (which removes the pair) or not my language "
        "(which says nothing about it), and in 'edited', if they like, the better answer as it should read; then "
        "polypref review import",
    ]


def test_an_export_without_languages_has_a_sheet_of_each(german: Path, tmp_path: Path) -> None:
    assert export(german, tmp_path / "all") == export(german, tmp_path / "named", "--languages", "de") == 0
    names = sorted(one.name for one in (tmp_path / "all").iterdir())
    assert names and names == sorted(one.name for one in (tmp_path / "named").iterdir())


def test_an_export_with_semicolons_is_read_back(german: Path, tmp_path: Path) -> None:
    for separator in (";", "\\t"):
        sheets = tmp_path / separator.strip("\\")
        assert export(german, sheets, "--languages", "de", "--pairs", "2", "--separator", separator) == 0
        sheet = sheets / "review-de.csv"
        sign = separator.replace("\\t", "\t")
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            guide, *rows = csv.DictReader(file, delimiter=sign)
        assert list(guide)[:2] == ["id", "language"] and len(rows) == 2
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, guide, delimiter=sign)
            writer.writeheader()
            writer.writerows([guide, *(row | {"verdict": "A"} for row in rows)])
        assert main(["review", "import", str(german), str(sheet), "--out", str(sheets / "d.json")]) == 0
        assert len(json.loads((sheets / "d.json").read_text("utf-8"))["decisions"]) == 2


@pytest.mark.slow
def test_what_a_second_reviewer_corrected_of_a_pair_that_the_first_removed_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, sheets = tmp_path / "q", tmp_path / "sheets"
    quickstart = partial(polypref.build, "quickstart", languages="de", mixtures="ml-23", quiet=True)
    quickstart(folder)
    assert export(folder, sheets, "--languages", "de", "--pairs", "2") == 0
    guide, first, second = in_sheet(sheets / "review-de.csv")
    second = second | {"verdict": "A"}
    for name, rows in {
        "noa": [first | {"verdict": "both bad"}, second],
        "sara": [first | {"verdict": "A", "edited": "Das lässt sich ohne weitere Angaben leider nicht sagen."}],
    }.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, guide)
            writer.writeheader()
            writer.writerows([guide, *rows])
    words = ["review", "import", str(folder), "--out"]
    assert main([*words, str(tmp_path / "noa.json"), str(tmp_path / "noa.csv")]) == 0
    quickstart(folder, review=str(tmp_path / "noa.json"))
    assert first["id"][:32] not in {row["pair_id"] for path in folder.glob("data/de/*") for row in _rows(path)}
    capsys.readouterr()
    edits = tmp_path / "edits.jsonl"
    words += [str(tmp_path / "sara.json"), str(tmp_path / "sara.csv"), "--edits", str(edits)]
    assert main(words) == 0
    counted = "1 corrected answers in 1 rows (de 1), 1 of them of pairs that an earlier review removed (de 1); polypref"
    assert f"wrote {edits}: {counted}" in capsys.readouterr().out
    (row,) = [json.loads(line) for line in edits.read_text("utf-8").splitlines()]
    assert (row["prompt"][-1]["content"], row["answer"]) == (first["prompt"], first["answer A"])
    shutil.rmtree(folder / ".polypref")
    edits.unlink()
    assert main(words) == 0
    assert "left out: pair not in the dataset de 1 (of pairs that are gone, edits" in capsys.readouterr().out


def test_a_seed_draws_the_same_pairs_with_either_sign_and_another_seed_others(german: Path, tmp_path: Path) -> None:
    for name, seed in (("plus", "3"), ("minus", "-3"), ("other", "4")):
        assert export(german, tmp_path / name, "--languages", "de", "--pairs", "6", "--seed", seed) == 0
    plus, minus, other = ((tmp_path / name / "review-de.csv").read_bytes() for name in ("plus", "minus", "other"))
    assert plus == minus != other
    assert len(in_sheet(tmp_path / "plus" / "review-de.csv")) == 1 + 6


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--languages", "Grman"], "--languages: Unknown language 'Grman'"),
        (["--languages", "he"], "has no pairs in 'he'; it has de"),
        (["--languages", "de", "--pairs", "0"], "--pairs: 0 is not a number of at least 1"),
        (["--languages", "de", "--pairs", "9", "--budget", "9"], "--pairs is a number a language and --budget one of"),
        (["--languages", "de", "--separator", "|"], "--separator: '|' separates no columns of a sheet; write ',', ';'"),
        (["--languages", "de,de", "--budget", "0"], "--budget: 0 is not a number of at least 1"),
        (["--languages", "de", "--route", "--random-share", "2"], "--random-share: 2 is not a share from 0 to 1"),
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
        f"wrote {decisions}; polypref build quickstart --languages de --mixture ml-23 --out {german} --review "
        f"{decisions} takes the decisions up\n"
    )
    (row,) = [line for line in stdout.splitlines() if line.startswith("│ de")]
    assert row.split("│")[2].strip() == "2"
    written = json.loads(decisions.read_text("utf-8"))
    assert written["dataset"] == "polypref-quickstart 1.0.0" and written["decisions"]
    assert {one["decision"] for one in written["decisions"].values()} == {"remove"}
    rows = (tmp_path / "noa.csv").read_text("utf-8").splitlines(keepends=True)
    sheet = tmp_path / "other.csv"
    sheet.write_text(rows[0] + f"{1:032x}-0,de,Q?,A.,B.,A,,,\n", "utf-8")
    assert main(["review", "import", str(german), str(sheet), "--out", str(tmp_path / "other.json")]) == 0
    stdout = capsys.readouterr().out
    assert f"none of the 1 pairs judged is in {german} (de 1): is the review of another dataset?\n" in stdout


@pytest.mark.slow
def test_two_must_agree_before_a_pair_changes_and_ties_do_what_is_asked(
    german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of four pairs two reviewers prefer the rejected answer of the first, one does of the second, both write tie at
    the third, and one does at the fourth."""
    assert export(german, tmp_path, "--languages", "de", "--pairs", "4") == 0
    sheet = tmp_path / "review-de.csv"
    other = ["A" if swapped(row["id"][:32], 0) else "B" for row in in_sheet(sheet)[1:]]
    fill(sheet, tmp_path / "Zebulon.csv", [other[0], other[1], "tie", "tie"])
    fill(sheet, tmp_path / "Keturah.csv", [other[0], "", "tie", ""])
    words = ["review", "import", str(german), *(str(tmp_path / f"{name}.csv") for name in ("Zebulon", "Keturah"))]
    capsys.readouterr()
    for name, more, counted in (
        ("one", [], "relabels 2, removes 0 and marks 2 as undecided\n"),
        ("two", ["--agree", "2"], "relabels 1, removes 0 and marks 3 as undecided, 1 of these as fewer than 2 review"),
        ("ties", ["--agree", "2", "--ties", "remove"], "relabels 1, removes 1 and marks 2 as undecided, 2 of these as"),
    ):
        assert main([*words, "--out", str(tmp_path / f"{name}.json"), *more]) == 0
        assert counted in capsys.readouterr().out
    built = polypref.build(
        "quickstart", tmp_path / "q", languages="de", quiet=True, review=str(tmp_path / "ties.json"), mixtures="ml-23"
    )
    assert built.record.decisions_used is not None and built.record.decisions_used["de"].removed_ties == 1
    assert ", and 1 whose answers they found equally good. Pairs on" in (built.path / "README.md").read_text("utf-8")
    # Names of reviewers, which stand in the names of their files here, go no further than the sheets.
    written = [path for path in (tmp_path / "q").rglob("*") if path.is_file()] + [tmp_path / "ties.json"]
    assert not [path for path in written if b"Zebulon" in path.read_bytes() or b"Keturah" in path.read_bytes()]


@pytest.mark.slow
def test_what_a_reviewer_corrected_is_chosen_over_the_original_in_a_build_of_the_edits(
    german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(german, tmp_path, "--languages", "de", "--pairs", "3") == 0
    guide, *rows = in_sheet(tmp_path / "review-de.csv")
    rows[0] |= {"verdict": "A", "edited": rows[0]["answer A"] + " Das gilt auch im Winter."}
    rows[1] |= {"verdict": "both bad", "edited": "Das lässt sich ohne weitere Angaben leider nicht sagen."}
    rows[2] |= {"verdict": "B", "edited": rows[2]["answer B"]}
    with (tmp_path / "noa.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, guide)
        writer.writeheader()
        writer.writerows([guide, *rows])
    edits, decided = tmp_path / "edits.jsonl", tmp_path / "decisions.json"
    words = ["review", "import", str(german), str(tmp_path / "noa.csv"), "--out", str(decided), "--edits", str(edits)]
    capsys.readouterr()
    assert main(words) == 0
    counted = f"wrote {edits}: 2 corrected answers in 3 rows (de 2); left out: unchanged de 1; polypref build pairs"
    assert counted in capsys.readouterr().out
    build = ["build", "pairs", "--source", str(edits), "--layout", "polypref_edits", "--out", str(tmp_path / "e")]
    assert main([*build, "--quiet", "--licence", "mit"]) == 0
    pairs = [row for path in sorted((tmp_path / "e").glob("data/*/*.parquet")) for row in _rows(path)]
    better = {(row["chosen"][-1]["content"], row["rejected"][-1]["content"]) for row in pairs}
    assert better == {
        (rows[0]["edited"], rows[0]["answer A"]),
        (rows[1]["edited"], rows[1]["answer A"]),
        (rows[1]["edited"], rows[1]["answer B"]),
    }
    assert {row["chosen_route"] for row in pairs} == {"edited"}
    card = " ".join((tmp_path / "e" / "README.md").read_text("utf-8").split())
    assert "The sources hold corrected answers alone, so there is no share of them; small" in card
    assert "| de | 3 | 3 | | 0 |" in card


def test_routed_rows_come_back_with_what_the_routing_was_worth(
    german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--languages", "de", "--route", "--budget", "8", "--random-share", "0.5"]
    assert export(german, tmp_path, *words) == 0
    routes = tmp_path / "routes.json"
    assert f"{routes} says which pairs were routed and which drawn: keep it from reviewers" in capsys.readouterr().out
    ways = json.loads(routes.read_text("utf-8"))["languages"]["de"]
    _, *rows = in_sheet(tmp_path / "review-de.csv")
    ids = [row["id"][:32] for row in rows]
    assert sorted(ids) == sorted(ways["routed"] + ways["drawn"]) and len(ways["routed"]) == len(ways["drawn"]) == 4
    assert not any("routed" in cell or "drawn" in cell for row in rows for cell in row.values())
    # Reviewers contradict all routed labels, and one of those that were drawn.
    wrong = {*ways["routed"], ways["drawn"][0]}
    chosen = ["B" if swapped(one, 0) else "A" for one in ids]
    turned = {"A": "B", "B": "A"}
    verdicts = [turned[side] if one in wrong else side for one, side in zip(ids, chosen, strict=True)]
    fill(tmp_path / "review-de.csv", tmp_path / "noa.csv", verdicts)
    back = ["review", "import", str(german), str(tmp_path / "noa.csv"), "--out", str(tmp_path / "d.json")]
    assert main([*back, "--routes", str(routes)]) == 0
    assert json.loads((tmp_path / "d.json").read_text("utf-8"))["routed"] == ways["routed"]
    sentence = "de: reviewers do not confirm 100% [51%, 100%] (4 of 4) of the routed pairs, 25% [5%, 70%] (1 of 4)"
    assert sentence in capsys.readouterr().out


@pytest.mark.slow
def test_labels_that_a_reward_contradicts_are_dropped_or_flipped_in_a_build(
    german: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [row for path in sorted(german.glob("data/*/*.parquet")) for row in _rows(path)]
    ids = sorted(str(row["pair_id"]) for row in before)[:4]
    margins = [-5.0, -1.5, 3.0, -5.0]
    rows = [{"pair_id": one, "reward_margin": margin} for one, margin in zip(ids[:3], margins, strict=False)]
    rows.append({"pair_id": "0" * 32, "reward_margin": -5.0})
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    out = tmp_path / "doubts.json"
    words = ["review", "doubt", str(german), "--margins", str(tmp_path / "m.jsonl"), "--by", "a DPO model"]
    assert main([*words, "--out", str(out)]) == 0
    stdout = capsys.readouterr().out
    assert "3 with another opinion: keep 1, drop 1, flip 1; labels that it contradicts: 66.7% before, 0.0%" in stdout
    assert "1 pairs of a DPO model are not in the dataset" in stdout
    built = polypref.build("quickstart", tmp_path / "q", languages="de", quiet=True, review=str(out), mixtures="ml-23")
    after = {row["pair_id"]: row for path in sorted(built.path.glob("data/*/*.parquet")) for row in _rows(path)}
    sides = {row["pair_id"]: row for row in before}
    assert ids[1] not in after and after[ids[2]]["chosen_id"] == sides[ids[2]]["chosen_id"]
    assert after[ids[0]]["chosen_id"] == sides[ids[0]]["rejected_id"]
    card = (built.path / "README.md").read_text("utf-8")
    section = card.split("### Labels that were changed")[1]
    assert "Decisions of a DPO model: 3, about pairs of this build: 3" in section and "Review by speakers" not in card
    assert "| de | 1 | 1 | 0 | 1 | 0 | 0 | 0 | 0 |" in section
    assert main(["review", "doubt", str(german), "--out", str(tmp_path / "e.json")]) == 2
    assert "publishes nothing of what raters gave; give --margins FILE" in capsys.readouterr().err


def test_an_import_of_no_dataset_writes_no_decisions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "noa.csv"
    sheet.write_text(f"id,language,verdict\n{1:032x}-0,de,A\n", "utf-8")
    assert main(["review", "import", str(tmp_path), str(sheet), "--out", str(tmp_path / "decisions.json")]) == 2
    assert "is not a finished polypref dataset" in capsys.readouterr().err
    assert not (tmp_path / "decisions.json").exists()


@dataclass(frozen=True)
class Longer:
    """Prefers the longer answer."""

    name: ClassVar[str] = "longer"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        columns = (completions[name].to_pylist() for name in ("prompt_id", "completion_id", "text"))
        return ratings(self.name, [(one, other, float(len(text))) for one, other, text in zip(*columns, strict=True)])


#: What is asked, both answers (the source's score prefers the first), and what reviewers write for the first answer,
#: the second, or both. Of the questions 2 to 4 and 6 the second answer is the longer one.
JUDGED = [
    ("Frage 1?", "eine lange Antwort", "kurz", "first"),
    ("Frage 2?", "kurz", "eine lange Antwort", "first"),
    ("Frage 3?", "knapp", "eine lange Antwort", "second"),
    ("Frage 4?", "nein", "eine lange Antwort", "both bad"),
    ("Frage 5?", "eine lange Antwort", "kurz", "second"),
    ("Frage 6?", "kurz", "eine lange Antwort", ""),
    ("Frage 7?", "eine lange Antwort", "kurz", "first"),
]


def build_judged(folder: Path, out: str, questions: int, **more: Any) -> polypref.Dataset:
    """Builds the first of the questions without a check, in German."""
    rows = [{"q": q, "a": a, "b": b, "x": 2, "y": 1} for q, a, b, _ in JUDGED[:questions]]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    answers = (Answer("a", model="one", score="x"), Answer("b", model="two", score="y"))
    source = Files(
        str(folder / "rows.jsonl"),
        name="x",
        licence="mit",
        revision="1",
        language="de",
        fields=Fields(prompt="q", answers=answers),
    )
    more = {"prompts": Prompts(near_duplicates=None), "split": Split(test=0), "filters": (Reviewed(),)} | more
    return polypref.build(Builder("judged", "1.0.0", sources=(source,), **more), folder / out, quiet=True)


def sides(dataset: polypref.Dataset) -> dict[str, tuple[str, str, list[str]]]:
    rows = [row for name in dataset.record.files for row in pq.read_table(dataset.path / name).to_pylist()]
    return {
        row["prompt"][0]["content"]: (row["chosen"][-1]["content"], row["rejected"][-1]["content"], row["flags"])
        for row in rows
    }


def judge(sheet: Path, out: Path) -> None:
    """Fills a sheet as JUDGED says, by the texts that it shows."""
    wanted = {q: {"first": a, "second": b}.get(verdict, verdict) for q, a, b, verdict in JUDGED}
    _, *rows = in_sheet(sheet)
    verdicts = []
    for row in rows:
        answers = {row["answer A"]: "A", row["answer B"]: "B"}
        verdicts.append(answers.get(wanted[row["prompt"]], wanted[row["prompt"]]))
    fill(sheet, out, verdicts)


@pytest.mark.slow
def test_what_reviewers_prefer_stays_chosen_when_another_rater_turns_pairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = build_judged(tmp_path, "first", 7)
    assert {q: chosen for q, (chosen, *_) in sides(first).items()} == {q: a for q, a, *_ in JUDGED}
    assert export(first.path, tmp_path, "--languages", "de") == 0
    judge(tmp_path / "review-de.csv", tmp_path / "noa.csv")
    decisions = tmp_path / "decisions.json"
    assert main(["review", "import", str(first.path), str(tmp_path / "noa.csv"), "--out", str(decisions)]) == 0
    # Six judgements, of which three prefer the chosen answer, two the other; the last question is in no later build.
    assert json.loads(decisions.read_text("utf-8"))["agreement"]["de"]["agree"] == 3 / 5
    same = build_judged(tmp_path, "same", 6, review=str(decisions))
    later = build_judged(tmp_path, "later", 6, rater=Longer(), review=str(decisions))
    preferred = {
        "Frage 1?": ("eine lange Antwort", "kurz"),
        "Frage 2?": ("kurz", "eine lange Antwort"),
        "Frage 3?": ("eine lange Antwort", "knapp"),
        "Frage 5?": ("kurz", "eine lange Antwort"),
    }
    for dataset, flags, unjudged in (
        (same, ("agreed", "agreed", "relabelled", "relabelled"), ("kurz", "eine lange Antwort")),
        (later, ("agreed", "relabelled", "agreed", "relabelled"), ("eine lange Antwort", "kurz")),
    ):
        expected = {q: (*two, [f"review_{flag}"]) for (q, two), flag in zip(preferred.items(), flags, strict=True)}
        assert sides(dataset) == expected | {"Frage 6?": (*unjudged, [])}
    # With the later rater's answers as chosen: Frage 1 and 3 agree, 2 and 5 do not, 4 has two bad answers.
    record = later.record
    assert record.review is not None and record.decisions_used is not None
    assert record.review["de"].judgements == Judgements(2, 2, 1, 0) and record.review["de"].agree == 1 / 2
    assert record.decisions_used["de"] == DecisionsUsed(
        agreed=2, relabelled=2, removed=1, turned_back=1, turned_already=1, not_in_build=1
    )
    assert same.record.review is not None and same.record.review["de"].judgements == Judgements(2, 2, 1, 0)
    sentence = (
        "ecisions of reviewers: 6, about pairs of this build: 5 (not in it: de 1); pairs that have turned since they "
        "were judged: 2, of these turned back to the answer that reviewers prefer: 1 (de 1), chosen as they prefer "
        "already: 1 (de 1)"
    )
    assert f"d{sentence}" in later.summary()
    capsys.readouterr()
    later.inspect(pairs=0)
    assert f"d{sentence}" in " ".join(capsys.readouterr().out.split())
    later.write_page(tmp_path / "page.html")
    assert f"<li>D{sentence}.</li>" in (tmp_path / "page.html").read_text("utf-8")
    card = (later.path / "README.md").read_text("utf-8")
    assert f"D{markdown(sentence)}." in card and "answer that the rater of this version prefers" in card
    assert "| de | 2 | 2 | 1 | 1 | 0 | 1 | 0 | 1 |" in card


@pytest.mark.slow
def test_a_second_round_on_what_a_review_turned_says_the_same(tmp_path: Path) -> None:
    """Reviewers of a dataset that a review has turned see its sides, which are not the rater's."""
    first = build_judged(tmp_path, "first", 6)
    decisions = []
    for number, dataset in enumerate((first, None)):
        dataset = dataset or build_judged(tmp_path, "second", 6, review=str(decisions[0]))
        folder = tmp_path / str(number)
        assert export(dataset.path, folder, "--languages", "de") == 0
        judge(folder / "review-de.csv", folder / f"noa{number}.csv")
        decisions.append(folder / "decisions.json")
        sheets = [tmp_path / str(n) / f"noa{n}.csv" for n in range(number + 1)]
        words = ["review", "import", str(dataset.path), *map(str, sheets), "--out", str(decisions[-1])]
        assert main(words) == 0
    both = json.loads(decisions[1].read_text("utf-8"))
    # Two names, one opinion: in whatever order the sides stood, both preferred the same answer of four pairs.
    assert both["agreement"]["de"]["raw"] == 1.0 and both["agreement"]["de"]["both"] == 4
    again, once = (build_judged(tmp_path, out, 6, review=str(one)) for out, one in zip("ab", decisions, strict=True))
    assert sides(again) == sides(once)


@pytest.mark.slow
def test_what_checks_noted_is_read_beside_the_verdicts_once_they_are_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = (
        FunctionCheck(lambda row: "answer_brief" if row["answer"] == "kurz" else None, of="answer", action="flag"),
    )
    dataset = build_judged(tmp_path, "out", 2, filters=checks)
    assert export(dataset.path, tmp_path, "--languages", "de") == 0
    sheet = tmp_path / "review-de.csv"
    assert "brief" not in sheet.read_text("utf-8-sig")
    judge(sheet, tmp_path / "noa.csv")
    words = ["review", "import", str(dataset.path), str(tmp_path / "noa.csv"), "--out", str(tmp_path / "d.json")]
    capsys.readouterr()
    assert main([*words, "--findings", str(tmp_path / "notes.csv")]) == 0
    assert f"wrote {tmp_path}/notes.csv: 2 of 2 pairs have something that checks noted\n" in capsys.readouterr().out
    with (tmp_path / "notes.csv").open(encoding="utf-8-sig", newline="") as file:
        noted = {row["prompt"]: (row["noted of chosen"], row["noted of rejected"]) for row in csv.DictReader(file)}
    assert noted == {"Frage 1?": ("", "function_check: brief"), "Frage 2?": ("function_check: brief", "")}
    shutil.rmtree(dataset.path / ".polypref")
    assert main([*words, "--findings", str(tmp_path / "flags.csv")]) == 0
    assert "2 of 2 pairs have something that checks noted; flags alone, as what" in capsys.readouterr().out
    with (tmp_path / "flags.csv").open(encoding="utf-8-sig", newline="") as file:
        flags = {row["prompt"]: (row["flags"], row["noted of chosen"]) for row in csv.DictReader(file)}
    assert flags == {"Frage 1?": ("rejected_brief", ""), "Frage 2?": ("chosen_brief", "")}
