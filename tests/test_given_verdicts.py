"""Verdicts through a whole build: each is a pair or has a reason, and what the build, its card and inspect say."""

import json
from collections import Counter

import pytest

KNOWN = "samples of m-arena-hard, omgeval, alpaca-eval, ja-vicuna-qa"
SCRIPT = "tests/scripts/given.py"
LAKE, RIVER, SEA = (
    "Яке озеро в Україні найбільше і де саме воно лежить?",
    "מהו הנהר הארוך ביותר בעולם?",
    "なぜ海は青いのですか。",
)
# question, language, the two answers with their models, the verdict: 0 the first, 1 the second, 2 neither.
ROWS = [
    (LAKE, "uk", ("x", "Ялпуг."), ("y", "Світязь."), 0),
    (LAKE, "uk", ("x", "Ялпуг."), ("z", "Не знаю."), 0),
    (LAKE, "uk", ("z", "Не знаю."), ("x", "Ялпуг."), 1),
    (LAKE, "uk", ("y", "Світязь."), ("z", "Не знаю."), 2),
    (RIVER, "he", ("x", "הנילוס."), ("y", "הירדן."), 0),
    (RIVER, "he", ("y", "הירדן."), ("x", "הנילוס."), 0),
    (RIVER, "he", ("x", "הנילוס."), ("z", " הנילוס.\n"), 1),
    (RIVER, "he", ("x", "הנילוס."), ("z", ""), 0),
    (SEA, "ja", ("x", "光のため。"), ("y", "わかりません。"), "0"),
    (SEA, "ja", ("x", "光のため。"), ("y", None), 0),
]
PAIR = {
    "uk": {"in": 4, "kept": 2, "pairs_made": 2, "merged_same_verdict_again": 1, "tie": 1},
    "he": {"in": 4, "disagreement": 2, "identical_texts": 1, "empty_answer": 1},
    "ja": {"in": 2, "kept": 1, "pairs_made": 1, "empty_answer": 1},
}


@pytest.fixture
def source(tmp_path):
    rows = [
        {"q": q, "language": tag, "by_a": a[0], "a": a[1], "by_b": b[0], "b": b[1], "best": best}
        for q, tag, a, b, best in ROWS
    ]
    path = tmp_path / "people.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


@pytest.mark.slow
def test_every_verdict_is_a_pair_or_has_a_reason(tmp_path, polypref, source):
    out = tmp_path / "out"
    built = polypref("build", SCRIPT, "--source", source, "--out", out, "--workers", 1)
    assert f"contamination checked against {KNOWN}: 0 prompts that hold one of theirs left out" in built.stdout
    record = json.loads((out / "provenance.json").read_text("utf-8"))
    outcomes: dict[str, dict[str, int]] = {}
    steps: Counter[tuple[str, str]] = Counter()
    for row in record["funnel"]:
        if row["stage"] == "pair" and row["unit"] != "answers":
            assert row["unit"] == "verdicts"
            outcomes.setdefault(row["language"], {})[row["reason"] or row["outcome"]] = row["rows"]
        if row["stage"] == "verdicts":
            steps[row["outcome"], row["unit"]] += row["rows"]
    assert outcomes == PAIR
    for counts in outcomes.values():
        assert counts["in"] == sum(n for name, n in counts.items() if name not in ("in", "pairs_made"))
    assert steps == {
        ("in", "prompts"): 3,
        ("kept", "prompts"): 2,
        ("with_a_pair", "prompts"): 2,
        ("rejected", "prompts"): 1,
    }
    card = (out / "README.md").read_text("utf-8")
    assert r"| pair (verdicts) | rejected | disagreement | 2 |" in card
    assert f"- Contamination checked against {KNOWN}: 0 prompts that hold one of theirs left out." in card
    shown = polypref("inspect", out).stdout
    assert f"contamination checked against {KNOWN}: 0 prompts that hold one" in " ".join(shown.split())
    assert "merged_same_verdict_again" in shown and "with_a_pair" not in shown
    page = tmp_path / "page.html"
    polypref("inspect", out, "--html", page)
    assert f"Contamination checked against {KNOWN}: 0 prompts that" in page.read_text("utf-8")


def test_labels_that_are_not_declared_are_one_sentence(tmp_path, polypref, source):
    failed = polypref("build", SCRIPT, "--source", source, "--unlabelled", "--out", tmp_path / "out", expect=2)
    assert "column best ('0' (7), '1' (2), '2' (1)) are not declared" in failed.stderr
    assert "Verdict('people', 'best', first=(...), second=(...), tie=(...))" in failed.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rater", "rule", "advice"),
    [
        ("source", "given", "the sources have verdicts by 'people': declare rater=SourceRater('people'), pairs="),
        ("people", "best_vs_worst", "the sources have verdicts by 'people': declare pairs=PairRule('given')"),
    ],
)
def test_verdicts_that_no_rater_or_rule_takes_up_are_named(tmp_path, polypref, source, rater, rule, advice):
    words = ("build", SCRIPT, "--source", source, "--rater", rater, "--rule", rule, "--max-bad", 1)
    failed = polypref(*words, "--out", tmp_path / "out", expect=2)
    assert failed.stderr.count(advice) == 1 and "no pair is left to share out" in failed.stderr


@pytest.mark.slow
def test_what_was_checked_for_contamination_is_told(tmp_path, polypref, source):
    held = tmp_path / "held-out.jsonl"
    held.write_text(json.dumps({"prompt": LAKE}), "utf-8")
    words = ("build", SCRIPT, "--source", source, "--evaluation", held, "--workers", 1)
    stdout = polypref(*words, "--out", tmp_path / "out").stdout
    assert f"contamination checked against held-out and {KNOWN}: 1 prompts that hold one of theirs left out" in stdout
    stdout = polypref(*words, "--unfiltered", "--out", tmp_path / "other").stdout
    assert f"contamination looked for in held-out and {KNOWN}, but no filter of the chain leaves out" in stdout


def test_where_no_pair_is_left_the_reasons_are_told(tmp_path, polypref, source):
    lines = [line for line in source.read_text("utf-8").splitlines() if '"he"' in line]
    source.write_text("\n".join(lines), "utf-8")
    failed = polypref("build", SCRIPT, "--source", source, "--out", tmp_path / "out", expect=2)
    assert "no pair is left to share out: 2 verdicts disagreement, 1 verdict " in failed.stderr
