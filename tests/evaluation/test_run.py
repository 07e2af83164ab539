"""An evaluation from prompts to report: stored answers, an LLM judge on a real server, every figure by hand."""

import json
import re
import shutil
import signal
import time
from types import SimpleNamespace

import pytest

from polypref.evaluation import run as evaluation_run
from polypref.judging.prompts import Unusable, read_verdict
from tests.evaluation import duel
from tests.evaluation.duel import ENGLISH, GROUPS, MARK, SAID, Judge, battles, judged_by, rows, run
from tests.inference.loopback import Loopback

#: What goes otherwise than "the model wins in both orders"; see the hand-made table below.
WORDS = {
    ("de", 0): "ALWAYS",
    ("ar", 1): "GARBAGE",
    ("he", 2): "CUT",
    ("zh", 3): "TWICE",
    ("zh", 9): "HALF",
}
GOOD = {("de", 4): "", ("he", 6): f"{SAID['he']} 6", ("ar", 8): f"{SAID['ar']} 8"}
WEAK = {
    ("zh", 5): "",
    ("ar", 7): None,
    ("ar", 8): f"{SAID['ar']} 8{MARK}",
    ("de", 10): ENGLISH,
}
ATTEMPTS = 3
# Not shown to a judge: an empty answer on either side, equal answers, a missing one. Three prompts are asked two times
# more in both orders.
ASKED = 2 * (4 * GROUPS - 4) + 3 * 2 * (ATTEMPTS - 1)


def arguments(folder, url, **more):
    keys = {
        "set": str(folder / "prompts.jsonl"),
        "models": [
            {"name": "good", "stored": str(folder / "good.jsonl"), "licence": "apache-2.0"},
            {"name": "weak", "stored": str(folder / "weak.jsonl"), "licence": "apache-2.0"},
        ],
        "judge": judged_by(url, attempts=ATTEMPTS),
        "resamples": 200,
    }
    number = len(list(folder.glob("*.yaml")))
    return duel.config(folder / f"{number}.yaml", **keys | more)


def write(folder):
    folder.mkdir(exist_ok=True)
    duel.write_set(folder / "prompts.jsonl", WORDS)
    duel.write_answers(folder / "good.jsonl", MARK, GOOD)
    duel.write_answers(folder / "weak.jsonl", "", WEAK)
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished evaluation, its server still there."""
    folder = write(tmp_path_factory.mktemp("run"))
    judge = Judge()
    with Loopback(judge) as server:
        config = arguments(folder, server.url)
        run("evaluate", "--config", config, "--out", folder / "out", "--quiet")
        yield SimpleNamespace(
            folder=folder, out=folder / "out", config=config, judge=judge, server=server, first=judge.count
        )


# language: wins, losses, ties, scored, unparsed, disagreements among prompts with two read orders, reasons.
BY_HAND = {
    # g1 unreadable, g7 without an answer, g8 lost.
    "ar": (21, 1, 0, 22, 2, 0, {"judge_unparsable": 2, "no_stored_answer": 2}),
    # g0 differs, g4 the model's own answer is empty.
    "de": (22, 1, 1, 24, 0, 1 / 24, {}),
    # g2 cut off, g6 both say the same.
    "he": (22, 0, 1, 23, 1, 0, {"judge_cut_off": 2}),
    # g3 says both, g5 the other's is empty, g9 once won and once a tie.
    "zh": (22, 0, 1, 23, 1, 1 / 23, {"judge_two_verdicts": 2}),
}


@pytest.mark.parametrize("tag", BY_HAND)
def test_every_row_by_hand(done, tag):
    row = rows(done.out)[tag]
    wins, losses, ties, scored, unparsed, differ, reasons = BY_HAND[tag]
    assert (row["wins"], row["losses"], row["ties"]) == (wins, losses, ties)
    assert (row["prompts"], row["scored"], row["groups"], row["unparsed"]) == (GROUPS, scored, scored, unparsed)
    assert row["reasons"] == reasons
    assert row["disagreements"] == pytest.approx(differ)
    assert row["win_rate"] == pytest.approx((wins + ties / 2) / scored)
    assert row["delta"] == pytest.approx((wins - losses) / scored)
    assert row["lowest"] == pytest.approx((wins + ties / 2) / GROUPS)
    assert row["highest"] == pytest.approx((wins + ties / 2 + GROUPS - scored) / GROUPS)
    assert row["low"] < row["win_rate"] < row["high"] <= 1
    assert row["p_holm"] < 0.001


def test_average_reasons_and_warnings(done):
    results = duel.results(done.out)
    (one,) = results["comparisons"]
    rates = [21 / 22, 22.5 / 24, 22.5 / 23, 22.5 / 23]
    assert one["average"]["win_rate"] == pytest.approx(sum(rates) / 4)
    mean = [21 / 22, 22.5 / 24, 22.5 / 23, 22.75 / 23]
    assert (one["other_reading"]["reading"], one["other_reading"]["win_rate"]) == ("mean", pytest.approx(sum(mean) / 4))
    assert one["reasons"] == {
        "judge_unparsable": 2,
        "no_stored_answer": 2,
        "judge_cut_off": 2,
        "judge_two_verdicts": 2,
    }
    assert one["surely_above"] == ["ar", "de", "he", "zh"] and one["below_half"] == []
    assert any("4 of 96 prompts have no score" in line for line in one["warnings"])
    assert (results["note"], one["note"], results["leaderboards"], results["agreement"]) == ("", "", [], [])
    (judge,) = results["judges"]
    assert (judge["name"], judge["kind"], judge["orders"], judge["prompt"]) == ("judge-x", "llm", 2, "aya-2")
    assert judge["licence"] == "apache-2.0" and len(judge["prompt_sha256"]) == 64
    good, weak = results["models"]
    assert good["failures"] == {"de": {"empty_answer": 1}}
    assert weak["failures"] == {"ar": {"no_stored_answer": 1}, "zh": {"empty_answer": 1}}
    assert good["answers"] == {"ar": 24, "de": 23, "he": 24, "zh": 24}
    (about,) = results["sets"]
    assert about["languages"] == dict.fromkeys(duel.TAGS, GROUPS)
    assert str(done.folder) not in (done.out / "results.json").read_text("utf-8")


def test_fidelity_and_lengths_by_hand(done):
    by_tag = rows(done.out)
    # The other answered g10 in English; the model has no answer to g4.
    assert by_tag["de"]["fidelity"]["answers"] == 23 and by_tag["de"]["fidelity"]["lines"] == 1
    assert by_tag["de"]["other_fidelity"]["lines"] == pytest.approx(23 / 24)
    # g0 a tie, g4 and g10 left out.
    assert duel.results(done.out)["fidelity_version"] == 2
    inside = by_tag["de"]["in_language"]
    assert (inside["prompts"], inside["scored"], inside["win_rate"]) == (22, 22, pytest.approx(21.5 / 22))
    # "TEXT 10★": ten of 24 answers have one digit, 14 have two, but g6 has no mark.
    assert by_tag["he"]["length"] == len(SAID["he"]) + 4
    assert by_tag["zh"]["other_length"] == len(SAID["zh"]) + 3
    # Every answer of the model is longer by its mark, or as long.
    assert by_tag["zh"]["length_difference"] == pytest.approx(1)


def test_what_the_judge_was_asked(done):
    assert done.first == ASKED
    assert set(done.judge.asked.values()) == {1}
    assert all(one.strip() and two.strip() and one != two for one, two in done.judge.seen)
    # Both orders of a prompt: 23 prompts of zh, each two times, g3 at every attempt.
    zh = [pair for pair in done.judge.seen if any(SAID["zh"] in text for text in pair)]
    assert len(zh) == 2 * 23 + 2 * (ATTEMPTS - 1)
    assert sum(MARK in one for one, _ in zh) == len(zh) // 2


@pytest.mark.parametrize(
    ("at", "orders"),
    [
        (("de", "g1"), [("model", 1.0, ""), ("other", 1.0, "")]),
        (("de", "g0"), [("model", 1.0, ""), ("other", 0.0, "")]),
        (("de", "g4"), [("model", 0.0, ""), ("other", 0.0, "")]),
        (("zh", "g5"), [("model", 1.0, ""), ("other", 1.0, "")]),
        (("zh", "g9"), [("model", 1.0, ""), ("other", 0.5, "")]),
        (("he", "g6"), [("model", 0.5, ""), ("other", 0.5, "")]),
        (("ar", "g8"), [("model", 0.0, ""), ("other", 0.0, "")]),
        (("ar", "g7"), [("model", None, "no_stored_answer"), ("other", None, "no_stored_answer")]),
        (("ar", "g1"), [("model", None, "judge_unparsable"), ("other", None, "judge_unparsable")]),
        (("zh", "g3"), [("model", None, "judge_two_verdicts"), ("other", None, "judge_two_verdicts")]),
        (("he", "g2"), [("model", None, "judge_cut_off"), ("other", None, "judge_cut_off")]),
    ],
)
def test_battles(done, at, orders):
    battle_rows = battles(done.out)[at]
    assert [(one["first"], one["score"], one["reason"]) for one in battle_rows["orders"]] == orders
    assert (battle_rows["model"], battle_rows["other"], battle_rows["judge"]) == ("good", "weak", "judge-x")


def test_raw_replies_are_kept(done):
    battle_rows = battles(done.out)
    for order, label in zip(battle_rows["de", "g1"]["orders"], "AB", strict=True):
        assert re.fullmatch(re.escape(duel.REPLY.format("")) + rf"\[\[{label} [0-9a-f]{{8}}\]\]", order["said"])
    assert battle_rows["ar", "g1"]["orders"][0]["said"] == "I like both of them."
    assert battle_rows["zh", "g5"]["orders"][0]["said"] == ""


def test_report(done):
    text = (done.out / "report.md").read_text("utf-8")
    for reason in ("judge unparsable 2", "no stored answer 2", "judge cut off 2", "judge two verdicts 2"):
        assert reason in text
    row = next(line for line in text.splitlines() if line.startswith("| ar |"))
    assert [cell.strip() for cell in row.split("|")][2:5] == ["24", "21 / 0 / 1", "0.955"]
    page = (done.out / "report.html").read_text("utf-8")
    assert SAID["he"] in page and str(done.folder) not in page + text


def test_a_second_run_asks_nothing_and_writes_the_same(done):
    before, count = duel.written(done.out), done.judge.count
    for path in done.out.glob("re*"):
        path.unlink()
    run("evaluate", "--config", done.config, "--out", done.out, "--quiet")
    assert duel.written(done.out) == before
    # The folder knows what it is of.
    (done.out / "report.html").unlink()
    run("evaluate", "--out", done.out, "--quiet")
    assert duel.written(done.out) == before
    assert done.judge.count == count


def test_another_reading_asks_nobody(done):
    config = arguments(done.folder, "http://127.0.0.1:9/v1", reading="mean", seen=["de", "zh"], level=0.9)
    count = done.judge.count
    try:
        run("evaluate", "--config", config, "--out", done.out, "--quiet", "--step", "score", "--step", "report")
        by_tag, (one,) = rows(done.out), duel.results(done.out)["comparisons"]
        # g9: won once, tied once.
        assert (by_tag["zh"]["wins"], by_tag["zh"]["ties"]) == (23, 0)
        assert by_tag["zh"]["win_rate"] == pytest.approx(22.75 / 23)
        assert by_tag["de"]["win_rate"] == pytest.approx(22.5 / 24)
        assert (one["level"], one["other_reading"]["reading"]) == (0.9, "tie")
        assert one["contrast"]["seen"]["languages"] == ["de", "zh"]
        assert one["contrast"]["unseen"]["win_rate"] == pytest.approx((21 / 22 + 22.5 / 23) / 2)
        assert duel.results(done.out)["settings"]["reading"] == "mean"
        # What was said last stays so.
        run("evaluate", "--out", done.out, "--quiet", "--step", "score")
        assert rows(done.out)["zh"]["win_rate"] == pytest.approx(22.75 / 23)
        assert done.judge.count == count
    finally:
        run("evaluate", "--config", arguments(done.folder, done.server.url), "--out", done.out, "--quiet")


@pytest.mark.slow
def test_a_larger_sample_asks_only_what_is_new(done, tmp_path):
    judge = Judge()
    with Loopback(judge) as server:
        words = ("evaluate", "--config", arguments(done.folder, server.url), "--out", tmp_path / "out", "--quiet")
        run(*words, "--limit", 6)
        small = battles(tmp_path / "out")
        assert {tag: sum(key[0] == tag for key in small) for tag in duel.TAGS} == dict.fromkeys(duel.TAGS, 6)
        # The same prompts in every language.
        assert len({group for _, group in small}) == 6
        assert 0 < judge.count < ASKED / 2
        run(*words, "--limit", 12)
        assert len(battles(tmp_path / "out")) == 48 and small.keys() < battles(tmp_path / "out").keys()
        run(*words)
        assert judge.count == ASKED and set(judge.asked.values()) == {1}
    assert rows(tmp_path / "out") == rows(done.out)


def test_a_dry_run_counts(done, tmp_path, capsys):
    words = ("evaluate", "--config", arguments(done.folder, done.server.url), "--out", tmp_path / "out", "--dry-run")
    count = done.judge.count
    run(*words, "--limit", "6")
    assert capsys.readouterr().out.splitlines() == [
        "judge-x: 144 verdicts at most, 48 where every reply can be read",
        "nothing was asked; what a server fails to answer is sent again, which is not counted here",
    ]
    assert done.judge.count == count and not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("word", ["", "GARBAGE", "HALF", "CUT"])
@pytest.mark.parametrize("orders", ["both", "one"])
def test_no_more_is_asked_than_a_dry_run_said_at_most(tmp_path, capsys, word, orders):
    duel.write_set(tmp_path / "prompts.jsonl", {(tag, n): word for tag in duel.TAGS for n in range(3)}, groups=3)
    duel.write_answers(tmp_path / "one.jsonl", MARK, groups=3)
    duel.write_answers(tmp_path / "two.jsonl", groups=3)
    judge = duel.Judge()
    with Loopback(judge) as server:
        keys = {"set": str(tmp_path / "prompts.jsonl"), "models": []}
        keys["models"] = [{"name": one, "stored": str(tmp_path / f"{one}.jsonl")} for one in ("one", "two")]
        keys["judge"] = duel.judged_by(server.url, orders=orders)
        words = ("evaluate", "--config", duel.config(tmp_path / "e.yaml", **keys), "--out", tmp_path / "out", "--quiet")
        run(*words, "--dry-run")
        shown = capsys.readouterr().out
        most = int(re.search(r"judge-x: (\d+) verdicts at most", shown)[1])
        run(*words)
    assert 0 < judge.count <= most
    # It is the bound, no guess far above it.
    assert judge.count == (most if word in ("GARBAGE", "CUT") else most // 2)


def test_a_server_that_dies_is_asked_the_rest(done, tmp_path, capsys):
    judge, dying = Judge(), []

    def answer(body, request):
        if judge.count == 40 and not dying:
            dying.append(server.loop.create_task(server.dies()))
        return judge(body, request)

    with Loopback(answer) as server:
        patient = {"backoff": 0.01, "patience": 0.2, "concurrency": 4}
        config = arguments(done.folder, server.url, judge=judged_by(server.url, attempts=ATTEMPTS, options=patient))
        words = ("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet")
        assert "127.0.0.1" in duel.refused(capsys, *words)
        assert not (tmp_path / "out" / "results.json").exists()
        before = judge.count
        server.live()
        run(*words)
        # Twice only what was on its way, or answered and not yet written.
        assert 40 <= before < 50 and judge.count <= ASKED + 8
    assert rows(tmp_path / "out") == rows(done.out)


@pytest.mark.slow
def test_interrupted_and_gone_on_with(done, tmp_path, start):
    judge = Judge()

    def slow(body, request):
        time.sleep(0.02)
        return judge(body, request)

    with Loopback(slow) as server:
        few = {"backoff": 0.01, "concurrency": 4}
        config = arguments(done.folder, server.url, judge=judged_by(server.url, attempts=ATTEMPTS, options=few))
        words = ("evaluate", "--config", config, "--out", tmp_path / "out", "--quiet")
        process = start(*words)
        while judge.count < 30 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
        assert process.returncode == 130 and "Traceback" not in stderr
        assert judge.count < ASKED / 2
        run(*words)
        # Twice only what was on its way, or answered and not yet written: 4 and 4.
        assert sum(n - 1 for n in judge.asked.values()) <= 8 and len(judge.asked) == ASKED
    assert rows(tmp_path / "out") == rows(done.out)


@pytest.mark.parametrize(
    ("reply", "side"),
    [
        ("Comparison: A is in Hebrew.\nPreferred: Answer (A)", "a"),
        ("**Preferred:** B", "b"),
        ("**Preferred: Answer (B)**", "b"),
        ("> *Preferred*: **Answer (A)**.", "a"),
        ("- Preferred: [[B]]", "b"),
        ("preferred: tie", "tie"),
        ("Preferred: Answer (TIE)\n\n", "tie"),
        ("Preferred: A\nThat is:\nPreferred: Answer (A)", "a"),
        ('{"comparison": "…", "verdict": "B"}', "b"),
        ('```json\n{"verdict": "tie"}\n```', "tie"),
        ("[[ A ]]", "a"),
        ("**[[b]]**。", "b"),
        ("［［Ａ］］", "a"),
        ("総合的に【【B】】が優れています。", "b"),
        ("我的判断是［[Ｃ]］", "tie"),
        (r"\[\[A\]\]", "a"),
        (r"$\\[\\[B\\]\\]$", "b"),
        ("[[**A**]]", "a"),
        ("Use lst[[b]] in R. [[A]]", "a"),
        ('It holds {"verdict": "A"}, which I ignore. [[B]]', "b"),
        ('{"x": 1} and {y} and "z"\n~~~\n{"rationale": "a\nb", "verdict": "a"}\n~~~', "a"),
        ("[THINK][[A]][/THINK] [[B]]", "b"),
        ("<|channel|>analysis<|message|>[[A]]?<|end|><|channel|>final<|message|>[[B]]", "b"),
        ("I wonder: is it the first?</think>\n\n[[B]]", "b"),
        ("<think>Preferred: Answer (A)? [[A]]? No.</think>\nPreferred: Answer (B)", "b"),
        ("<think>{}</think>\n比较：两个都好。\nPreferred: Answer (B)", "b"),
    ],
)
def test_verdicts_that_are_read(reply, side):
    assert read_verdict(reply) == side


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "judge_unparsable"),
        ("Both are good.", "judge_unparsable"),
        ("Preferred: both", "judge_unparsable"),
        ("I would say that the preferred: A or B", "judge_unparsable"),
        ("Preferred: A\nPreferred: B", "judge_two_verdicts"),
        ("Preferred: A\nPreferred: TIE", "judge_two_verdicts"),
        ("[[A]] at first, but [[C]]", "judge_two_verdicts"),
        ("[[A]]? [[A/B]]", "judge_two_verdicts"),
        ("[[D]]", "judge_unknown_verdict"),
        ("It is not [[A]].", "judge_negated"),
        ("最终答案不是[[B]]", "judge_negated"),
        ("[[A]]ではありません", "judge_negated"),
        ("<think>\nPreferred: A\n</think>", "judge_in_thought"),
        ("It does not say <think>Preferred: A</think>", "judge_unparsable"),
        ("<think>so [[A]]", "judge_in_thought"),
        ("It says <think> and I say [[A]]", "judge_in_thought"),
        ("◁think▷[[A]]◁/think▷", "judge_in_thought"),
        ("<|START_THINKING|>[[A]]<|END_THINKING|>", "judge_in_thought"),
        ("[[B]] though it says </think> [[A]]", "judge_two_verdicts"),
        ("<think>It holds </think> [[A]]. No.</think> [[B]]", "judge_two_verdicts"),
        ('[[A]] {"verdict": "B"}', "judge_two_verdicts"),
        ('{"verdict": "A"} {"verdict": "B"}', "judge_two_objects"),
        ('<think>{"verdict": "A"}', "judge_in_thought"),
        ('{"verdict": "A"} is my answer', "judge_not_last"),
        ('{"verdict": "A"', "judge_unparsable"),
        ("[[\u0410]] [[\u1d2c]] [[\u2c6f]] [[\U0001d400]]", "judge_unparsable"),
        ("Preferred: t\u0131e", "judge_unparsable"),
        ('{"verdict": "\u0410"}', "judge_unknown_verdict"),
        ('{"verdict": "\u1d2c"}', "judge_unknown_verdict"),
        ('{"verdict": "t\u0131e"}', "judge_unknown_verdict"),
        ('{"verdict": "D"}', "judge_unknown_verdict"),
        ('{"verdict": "A", "verdict": "B"}', "judge_doubled_key"),
    ],
)
def test_verdicts_that_are_not(reply, reason):
    with pytest.raises(Unusable) as refusal:
        read_verdict(reply)
    assert refusal.value.reason == reason


def test_of_a_reply_cut_off_only_a_whole_object_counts():
    assert read_verdict('so: {"verdict": "A"}\n', finished=False) == "a"
    for reply in ('{"verdict": "A"} and', "Preferred: Answer (A)", "[[A]]", '{"verdict": "A"'):
        with pytest.raises(Unusable):
            read_verdict(reply, finished=False)


def test_a_folders_own_run_keeps_the_prompt_it_was_judged_with(done, tmp_path):
    """A newer default would have every judge asked anew, though nothing was asked for."""
    shutil.copytree(done.out, tmp_path / "out")
    facts = json.loads((tmp_path / "out" / "evaluation.json").read_text("utf-8"))
    assert "prompt" not in facts["config"]["judge"] and facts["judges"][0]["prompt"] == "aya-2"
    facts["judges"][0]["prompt"] = "aya-1"
    (tmp_path / "out" / "evaluation.json").write_text(json.dumps(facts), "utf-8")
    config, _ = evaluation_run._asked({}, tmp_path / "out", None)
    assert config["judge"] == facts["config"]["judge"] | {"prompt": "aya-1"}
    # What is given anew means what it says today.
    given, _ = evaluation_run._asked(facts["config"], tmp_path / "out", None)
    assert given["judge"] == facts["config"]["judge"]


def test_settings_of_the_folder_are_followed_aloud_or_not_at_all(done, tmp_path, capsys):
    out = tmp_path / "out"
    shutil.copytree(done.out, out)
    capsys.readouterr()
    run("evaluate", "--out", out, "--step", "score")
    assert f"following those of the run before in {out / 'evaluation.json'}" in capsys.readouterr().out
    run("evaluate", "--out", out, "--dry-run")
    assert f"following those of the run before in {out / 'evaluation.json'}" in capsys.readouterr().out
    message = duel.refused(capsys, "evaluate", "--out", out, "--seed", "3")
    assert message.startswith("seed alone does not say what to evaluate") and "--config FILE" in message


def test_a_dry_run_on_stored_answers_says_how_much_is_compared(tmp_path, capsys):
    rows = [{"id": n, "language": "de", "prompt": f"Frage {n}?", "reference": "Ja."} for n in range(3)]
    duel.lines(tmp_path / "asked.jsonl", rows)
    for name, text in (("good", "Ja."), ("weak", "Nein.")):
        duel.lines(tmp_path / f"{name}.jsonl", [row | {"answer": text} for row in rows])
    models = [{"name": name, "stored": str(tmp_path / f"{name}.jsonl")} for name in ("good", "weak")]
    config = duel.config(
        tmp_path / "e.yaml", set=str(tmp_path / "asked.jsonl"), models=models, judge="reference", languages="de, fr"
    )
    run("evaluate", "--config", config, "--out", tmp_path / "out", "--dry-run")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "no model is asked: 3 prompts have stored answers, of which 3 comparisons are made"
    assert lines[1] == "set asked: no row in fr (asked for by languages)"
