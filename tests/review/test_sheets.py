"""Review sheets: blind order, safe cells, answers back, agreement by hand, decisions in a build."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.review import agreement, decisions
from polypref.review import sheets as sheets_module
from polypref.review.sheets import Answer

ONE, TWO, THREE = (f"{n:032x}" for n in (1, 2, 3))


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "polypref.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def answers(*said: tuple[str, str, str]) -> list[Answer]:
    return [Answer(pair, "he", who, meaning, "") for pair, who, meaning in said]  # type: ignore[arg-type]


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
def test_decision_by_majority(votes: list[str], decision: str) -> None:
    said = answers(*((ONE, f"r{n}", vote) for n, vote in enumerate(votes)))
    assert decisions.decide_pairs(said) == {ONE: decision}


def test_agreement_by_hand() -> None:
    # Two reviewers, four pairs: (c, c), (c, r), (r, r), (c, c). po = 3/4; pooled: 5 chosen, 3 rejected of 8;
    # pe = (5/8)^2 + (3/8)^2 = 34/64; kappa = (48/64 - 34/64) / (30/64) = 14/30.
    votes = [("chosen", "chosen"), ("chosen", "rejected"), ("rejected", "rejected"), ("chosen", "chosen")]
    said = answers(*((f"{n:032x}", who, v) for n, two in enumerate(votes) for who, v in zip("ab", two, strict=True)))
    found = agreement.agreement(said)["he"]
    assert found.agree == 5 / 8
    assert found.raw == 3 / 4
    assert found.kappa == pytest.approx(14 / 30)
    assert found.prevalence == 5 / 8
    assert (found.pairs, found.reviewers, found.both) == (4, 2, 4)


def test_wilson_interval_is_the_published_one() -> None:
    # Newcombe 1998 (Statistics in Medicine 17, 857-872), table I, method 3: 81 of 263, and 0 of 20.
    low, high = agreement.wilson(81, 263)
    assert (round(low or 0, 4), round(high or 0, 4)) == (0.2553, 0.3662)
    low, high = agreement.wilson(0, 20)
    assert (round(low or 0, 4), round(high or 0, 4)) == (0.0, 0.1611)
    assert agreement.wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert agreement.wilson(0, 0) == (None, None)


def test_kappa_where_all_say_the_same_is_undefined() -> None:
    assert agreement.kappa([("chosen", "chosen")] * 5) is None


def test_blind_order_shows_either_side_first_about_equally() -> None:
    share = sum(sheets_module.swapped(f"{n:032x}", 7) for n in range(2000)) / 2000
    assert 0.45 < share < 0.55
    assert [sheets_module.swapped(f"{n:032x}", 7) for n in range(50)] != [
        sheets_module.swapped(f"{n:032x}", 8) for n in range(50)
    ]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-x", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1", "'quoted"])
def test_cells_that_could_be_formulas_begin_with_an_apostrophe(text: str) -> None:
    assert sheets_module.safe_cell(text) == "'" + text


INVISIBLE = "\u200b\u200e\u200f\u202e\u2066\ufeff\u00a0\u3000\u2028\u00ad\u034f\u115f\u3164\u2800\ufe0f\x00\x1f \t\r\n"


@given(st.text(INVISIBLE, max_size=6), st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫\u2212"), st.text(max_size=5))
def test_what_shows_nothing_hides_no_formula(hidden: str, sign: str, rest: str) -> None:
    text = hidden + sign + rest
    assert sheets_module.safe_cell(text) == "'" + text


@given(st.one_of(st.text(), st.text("'=+a\u200b ")))
def test_a_cell_comes_back_as_the_text_that_it_was(text: str) -> None:
    assert sheets_module.plain_cell(sheets_module.safe_cell(text)) == text


def test_what_a_reviewer_typed_is_no_cell_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    rows = [("'tis fine", "'tis fine"), ("'=1+1", "=1+1"), ("plain", "plain")]
    lines = "".join(f"{n:032x}-0,de,A,{typed}\r\n" for n, (typed, _) in enumerate(rows))
    path.write_text(f"id,language,verdict,comment\r\n{lines}", "utf-8")
    assert [one.comment for one in sheets_module.read_sheet(path)] == [read for _, read in rows]


@pytest.mark.parametrize("text", ["שלום", "سلام = صلح", "日本語", "Привіт", "a=b", ""])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert sheets_module.safe_cell(text) == text


@given(st.sampled_from([ONE, TWO, THREE]), st.integers(0, 10_000), st.sampled_from(["A", "B"]))
def test_the_sheet_side_leads_back_to_the_pair_side(pair: str, seed: int, verdict: str) -> None:
    text = f"id,language,verdict\r\n{pair}-{seed},he,{verdict}\r\n"
    path = Path("sheet.csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    shown_first = "rejected" if sheets_module.swapped(pair, seed) else "chosen"
    other = "chosen" if shown_first == "rejected" else "rejected"
    assert sheets_module._meaning(verdict.lower(), pair, seed) == (shown_first if verdict == "A" else other)
    assert path.name == "sheet.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_sheets_come_back_from_any_spreadsheet_program(tmp_path: Path, delimiter: str) -> None:
    head = delimiter.join(("id", "language", "prompt", "verdict", "comment", "reviewer"))
    lines = [
        head,
        delimiter.join((f"{ONE}-0", "fa", '"چرا؟\nخط دوم"', " Both  Bad ", "بد", "")),
        delimiter.join((f"{TWO}-0", "fa", "x", "", "", "")),
        delimiter.join((f"{THREE}-0", "fa", "x", "not_my_language", "", "Zahra")),
    ]
    sheet = tmp_path / "maryam.csv"
    sheet.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert sheets_module.read_sheet(sheet) == [
        Answer(ONE, "fa", "maryam", "both_bad", "بد"),
        Answer(THREE, "fa", "Zahra", "not_my_language", ""),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{ONE}-0,he,maybe", "'maybe' is not a verdict"),
        ("abc-0,he,A", "not an id of a review sheet"),
        (f"{ONE},he,A", "not an id of a review sheet"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, line: str, message: str) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"id,language,verdict\n{line}\n", "utf-8")
    with pytest.raises(UserError, match=message) as error:
        sheets_module.read_sheet(sheet)
    assert "sheet.csv:2" in str(error.value)


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
    found = json.loads((tmp_path / "review.json").read_text("utf-8"))["agreement"]["he"]
    # Reviewer 1: rejected, chosen, both bad; reviewer 2: rejected, rejected, both bad, chosen: 2 of 5 prefer chosen.
    assert found["agree"] == 2 / 5
    assert (found["both"], found["raw"]) == (3, 2 / 3)
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


def _rows(path: Path) -> list[dict[str, object]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_decisions_of_another_dataset_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "review.json"
    other.write_text(json.dumps({"format": decisions.FORMAT, "decisions": {ONE: "remove"}, "agreement": {}}), "utf-8")
    builder = Path("builders/quickstart.py").resolve()
    done = run("build", builder, "--out", tmp_path / "out", "--languages", "ja", "--quiet", "--review", other)
    assert done.returncode == 2
    assert "no pair of" in done.stderr
    assert "Traceback" not in done.stderr
