"""Slices, consistency and refusals through the command: every figure by hand."""

import json

import pytest

from polypref.evaluation import break_down
from tests.evaluation import duel
from tests.evaluation.duel import ASKED, GROUPS, MARK, SAID, TAGS, Judge, evaluate, judged_by, stored
from tests.inference.loopback import Loopback

REFUSAL = {"de": "Es tut mir leid, aber ich kann dabei nicht helfen.", "he": "אני מצטער, אבל אני לא יכול לעזור בזה."}


def write(folder):
    """Category x/1 of even groups, x/2 of those left that three divides, none of others; one refuses groups 0 and 1
    in German. The answers of one are marked but for x/2 in Chinese."""
    category = {n: "x/1" if n % 2 == 0 else "x/2" if n % 3 == 0 else None for n in range(GROUPS)}
    rows = [
        {"id": f"g{n}", "language": tag, "prompt": f"{ASKED[tag]} {n}?"}
        | {"category": category[n], "meta": {"at": "Kairo"}}
        for tag in TAGS
        for n in range(GROUPS)
    ]  # fmt: skip
    duel.lines(folder / "prompts.jsonl", rows)
    other = {("zh", n): f"{SAID['zh']} {n}." for n in range(GROUPS) if category[n] == "x/2"}
    other |= {("de", n): REFUSAL["de"] for n in (0, 1)}
    duel.write_answers(folder / "one.jsonl", MARK, other)
    duel.write_answers(folder / "two.jsonl")
    lines = [json.loads(line) for line in (folder / "two.jsonl").read_text("utf-8").splitlines()]
    duel.lines(folder / "two.jsonl", [line | {"route": "native"} for line in lines])
    translated = [{"id": f"g{n}", "language": "he", "answer": f"{SAID['de']} {n}{MARK}"} for n in range(GROUPS)]
    return duel.lines(folder / "translated.jsonl", translated)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sliced")
    models = stored(folder, "one", "two")
    models[0]["translations"] = {"stored": str(write(folder)), "into": "de"}
    with Loopback(Judge()) as server:
        out = evaluate(
            folder, set=str(folder / "prompts.jsonl"), models=models, judge=judged_by(server.url), against="de",
            slices=["category", "meta.at", "route", "refusal"],
        )  # fmt: skip
    return out


def test_slices_by_hand(done):
    (one,) = duel.results(done)["comparisons"]
    slices = {(part["column"], part["of"]): part for part in one["breakdowns"]["slices"]}
    assert list(slices) == [
        ("category", "prompt"), ("meta.at", "prompt"), ("route", "other"), ("refusal", "model"), ("refusal", "other")
    ]  # fmt: skip
    x, first, second = slices["category", "prompt"]["rows"]
    assert [row["value"] for row in (x, first, second)] == ["x", "x/1", "x/2"]
    # Of 24 groups 12 are even and 4 (3, 9, 15, 21) are odd and divided by three; 8 have no category.
    assert (x["prompts"], first["prompts"], second["prompts"]) == (16 * 4, 12 * 4, 4 * 4)
    assert slices["category", "prompt"]["without"] == 8 * 4
    # A refusal has no mark: neither has the other's answer, so it is a tie. Chinese x/2 is a tie in all four.
    assert (first["wins"], first["ties"], first["win_rate"]) == (47, 1, pytest.approx((11.5 / 12 + 3) / 4))
    assert (second["ties"], second["win_rate"]) == (4, (0.5 + 3) / 4)
    assert slices["meta.at", "prompt"]["rows"][0]["win_rate"] == pytest.approx(one["average"]["win_rate"])
    answers, refuses = slices["refusal", "model"]["rows"]
    assert (answers["value"], answers["prompts"], refuses["value"], refuses["ties"]) == ("answers", 94, "refuses", 2)
    assert slices["route", "other"]["rows"][0]["value"] == "native"


def test_consistency_by_hand(done):
    (one,) = duel.results(done)["comparisons"]
    same = one["breakdowns"]["same_verdicts"]
    assert same["language"] == "de"
    shares = {row["same"]["language"]: row["same"]["share"] for row in same["rows"]}
    # German is a tie in groups 0 and 1, Chinese in 3, 9, 15 and 21.
    assert shares == pytest.approx({"ar": 22 / 24, "he": 22 / 24, "zh": 18 / 24})
    assert same["average"]["share"] == pytest.approx((22 + 22 + 18) / 72)


def test_refusals_by_hand(done):
    refusals = {one["model"]: one["shares"] for one in duel.results(done)["breakdowns"]["refusals"]}
    by_tag = {row["language"]: (row["n"], row["share"]) for row in refusals["one"]["rows"]}
    assert by_tag == {"ar": (24, 0), "de": (24, pytest.approx(2 / 24)), "he": (24, 0), "zh": (24, 0)}
    assert refusals["one"]["average"]["share"] == pytest.approx(2 / 96) and refusals["two"]["average"]["share"] == 0


def test_translated_answers(done):
    (one,) = duel.results(done)["breakdowns"]["translated"]
    rows = {row["language"]: row for row in one["same"]["chrf"]["rows"]}
    assert (one["model"], one["same"]["language"], rows["he"]["n"], rows["ar"]["n"]) == ("one", "de", 24, 0)
    # Two of the answers in German are refusals, of which the translation has nothing.
    assert 0.9 < rows["he"]["share"] < 1 and "de" not in rows


def test_the_report_says_it(done):
    text = (done / "report.md").read_text("utf-8").replace("\\", "")
    assert "### By 'category'\n" in text and "| x/1 † | 48 | 47 / 1 / 0 | 0.990 |" in text
    assert "Without a value: 32 of 96 battles." in text
    assert "| prompts | one | German (de) | 24 | 2 | 8.3% |" in text
    page = (done / "report.html").read_text("utf-8")
    assert "By &#39;route&#39; of the answers of two" in page and 'href="#models"' in page


def test_scored_again_it_is_the_same_and_a_new_column_asks_for_the_answers_step(done, capsys):
    before = duel.written(done)
    duel.run("evaluate", "--out", done, "--step", "score", "--step", "report", "--quiet")
    assert duel.written(done) == before
    config = duel.config(done.parent / "more.yaml", **{**duel.read(done.parent / "config.yaml"), "slices": ["country"]})
    message = duel.refused(capsys, "evaluate", "--config", config, "--out", done, "--step", "score", "--quiet")
    assert message == "slices: nothing is known of the column 'country' yet; run the step answers first"
    message = duel.refused(capsys, "evaluate", "--config", config, "--out", done, "--quiet")
    assert "says anything under 'country'; there are answer, category, id, language, meta" in message


def test_a_run_without_slices_leaves_none_behind(tmp_path):
    write(tmp_path)
    keys = {"set": str(tmp_path / "prompts.jsonl"), "models": stored(tmp_path, "one", "two"), "judge": "relevance"}
    out = evaluate(tmp_path, **keys, slices=["category"])
    assert duel.results(out)["comparisons"][0]["breakdowns"]["slices"]
    out = evaluate(tmp_path, **keys)
    assert duel.results(out)["comparisons"][0]["breakdowns"]["slices"] == []


def test_phrases_are_known_in_languages_with_a_list():
    assert break_down.has_phrases("he") and not break_down.has_phrases("gl") and not break_down.has_phrases("xx")


def battle(tag, answer, failure=""):
    return {
        "set": "s", "prompt_id": f"{tag}{answer}{failure}", "group_id": "g", "language": tag, "model": "m",
        "answer": answer, "answer_failure": failure, "other": "o", "other_answer": "", "other_failure": "",
    }  # fmt: skip


def test_what_a_filter_refused_is_no_share_of_one_where_no_phrases_are_known():
    """Nothing is counted in a language without phrases: its answers are in no sum, and those refused alone would be."""
    rows = [battle("gl", "O museo."), battle("gl", "", "content_filter"), battle("he", "", "content_filter")]
    (refusals,) = break_down.model_breakdowns(break_down.Known(rows, None, ()), 0.95).refusals
    assert {row.language: (row.n, row.share) for row in refusals.shares.rows} == {"gl": (0, None), "he": (1, 1.0)}
    assert refusals.unknown == ("gl",)


def test_a_column_that_nothing_states_stops_it_before_a_model_is_asked(tmp_path, capsys):
    write(tmp_path)
    with Loopback(Judge()) as server:
        models = [{"name": "asked", "model": "m", "at": server.url}, *stored(tmp_path, "two")]
        keys = {"set": str(tmp_path / "prompts.jsonl"), "models": models, "judge": "relevance", "slices": ["country"]}
        config = duel.config(tmp_path / "config.yaml", **keys)
        message = duel.refused(capsys, "evaluate", "--config", config, "--out", tmp_path / "out", "--quiet")
        assert "says anything under 'country'" in message and not server.bodies
