"""Every kind of judge through the command, and leaderboards of several models; verdicts by hand."""

import pytest

from polypref.evaluation.inputs import set_prompts, sets
from tests.evaluation import duel
from tests.evaluation.duel import ENGLISH, GROUPS, MARK, SAID, Judge, evaluate, judged_by, rows, run, scored, stored
from tests.inference import batch_server, loopback
from tests.inference.loopback import Loopback


@pytest.mark.slow
def test_reward_model(two):
    with Loopback(scored) as server:
        judge = {"kind": "reward", "model": "scorer", "at": server.url, "name": "rm", "licence": "mit"}
        out = evaluate(two, set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge=judge)
        assert len(server.bodies) == 2 * 4 * GROUPS
        assert all(path.endswith("/classify") for path in server.paths)
        before = duel.written(out)
        run("evaluate", "--out", out, "--quiet")
        assert duel.written(out) == before and len(server.bodies) == 2 * 4 * GROUPS
        # Scores that differ by a quarter or less are a tie: the same scores, read otherwise.
        wide = judge | {"tie_within": 0.25}
        evaluate(two, set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge=wide)
        assert [row["ties"] for row in rows(out).values()] == [GROUPS] * 4
        assert len(server.bodies) == 2 * 4 * GROUPS
        evaluate(two, set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge=judge)
    assert {tag: (row["wins"], row["losses"], row["ties"]) for tag, row in rows(out).items()} == {
        "ar": (24, 0, 0),
        "de": (12, 8, 4),
        "he": (24, 0, 0),
        "zh": (24, 0, 0),
    }
    results = duel.results(out)
    assert (results["judges"][0]["kind"], results["judges"][0]["orders"], results["judges"][0]["licence"]) == (
        "reward",
        1,
        "mit",
    )
    assert results["comparisons"][0]["position_bias"] is None
    assert rows(out)["de"]["disagreements"] is None
    battle = duel.battles(out)["de", "g13"]
    assert battle["orders"] == [{"first": "", "score": 0.0, "reason": "", "said": "1 against 1.25"}]
    assert any("reward model judged" in line for line in results["limits"])


def test_a_score_that_is_none_is_no_verdict(two):
    duel.write_answers(two / "two.jsonl", "", {("he", 3): f"{SAID['he']} CHOKE", ("he", 4): f"{SAID['he']} CHOKE"})
    with Loopback(scored) as server:
        judge = {"kind": "reward", "model": "scorer", "at": server.url, "options": {"backoff": 0.01, "attempts": 1}}
        out = evaluate(two, set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge=judge)
    assert (rows(out)["he"]["unparsed"], rows(out)["he"]["reasons"]) == (2, {"bad_reply": 2})


def test_known_answers_of_the_quickstart_set(tmp_path):
    """The model is right but once; the other speaks English (ja), the language (de), nothing (he)."""
    table, _ = set_prompts.load_set(sets.quickstart(), ["de", "he", "ja"])
    own, other, wrong = [], [], {"ja": ENGLISH, "de": SAID["de"], "he": "—"}
    prompts = table.to_pylist()
    for row in prompts:
        about = {"prompt_id": row["prompt_id"], "language": row["language"]}
        own.append(about | {"answer": f"  {row['references'][0]}\n"})
        other.append(about | {"answer": wrong[row["language"]]})
    own[0]["answer"] = other[0]["answer"] + "!"
    duel.lines(tmp_path / "right.jsonl", own)
    duel.lines(tmp_path / "wrong.jsonl", other)
    out = evaluate(
        tmp_path, set="quickstart", models=stored(tmp_path, "right", "wrong"), judge="reference", languages="de,he,ja"
    )
    assert prompts[0]["language"] == "de" and len(prompts) == 180
    assert {tag: (row["wins"], row["ties"], row["losses"]) for tag, row in rows(out).items()} == {
        "de": (59, 1, 0),
        "he": (60, 0, 0),
        "ja": (60, 0, 0),
    }
    battle_rows = {one["orders"][0]["said"] for one in duel.battles(out).values()}
    assert battle_rows == {
        "right against in the language",
        "in the language against in the language",
        "right against other",
    }
    assert any("known answers" in one for one in duel.results(out)["limits"])


def test_a_prompt_without_a_known_answer(two):
    out = evaluate(two, set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge="reference")
    assert all(row["reasons"] == {"no_reference": GROUPS} and row["win_rate"] is None for row in rows(out).values())


def test_the_stand_in_is_headed_as_such_and_not_pushed(two, capsys):
    out = evaluate(two, set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge="relevance")
    results = duel.results(out)
    assert results["note"] == results["comparisons"][0]["note"] == "not a quality judgement"
    assert (out / "report.md").read_text("utf-8").splitlines()[2] == "> **Not a quality judgement**"
    assert "ot a quality judgement" in (out / "report.html").read_text("utf-8")
    for words in (("--push", "org/model"), ("--battles", "org/battles", "--public")):
        assert "not a quality judgement" in duel.refused(capsys, "report", out, *words)
    run("report", out)
    assert "not a quality judgement" in capsys.readouterr().out.lower()


@pytest.mark.slow
def test_one_order_costs_half_and_says_so(two):
    judge = Judge()
    keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
    with Loopback(judge) as server:
        out = evaluate(two, **keys, judge=judged_by(server.url, orders="one"))
        assert judge.count == 4 * GROUPS
        (one,) = duel.results(out)["comparisons"]
        firsts = [battle["orders"][0]["first"] for battle in duel.battles(out).values()]
        assert all(len(battle["orders"]) == 1 for battle in duel.battles(out).values())
        # Drawn for each prompt: 96 flips of a coin.
        assert 30 < firsts.count("model") < 66 and firsts.count("model") + firsts.count("other") == 96
        assert (rows(out)["de"]["wins"], rows(out)["de"]["losses"], rows(out)["de"]["ties"]) == (12, 8, 4)
        assert one["position_bias"] is None and rows(out)["de"]["disagreements"] is None
        assert any("one order only" in line for line in one["warnings"])
        assert duel.results(out)["judges"][0]["orders"] == 1
        assert any("One order" in line for line in duel.results(out)["limits"])
        # The same draw; both orders ask only the half that is not known.
        run("evaluate", "--out", out, "--quiet")
        evaluate(two, **keys, judge=judged_by(server.url))
        assert judge.count == 8 * GROUPS and set(judge.asked.values()) == {1}
    assert [battle["orders"][0]["first"] for battle in duel.battles(out).values()] == ["model"] * 96


OWN = """Mine.
=== system ===
Urteile auf {{response_language}}.
=== user ===
MEINE VORLAGE {{code}}
{{conversation}}
{{answers}}
"""


def test_a_template_of_ones_own(two):
    path = two / "mein-urteil.txt"
    path.write_text(OWN, "utf-8")
    judge = Judge()
    judge.say = lambda text, shown, model: loopback.chat(f"[[{'A' if MARK in shown['A'] else 'B'}]]", model)
    keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two"), "languages": "he"}
    with Loopback(judge) as server:
        out = evaluate(two, **keys, judge=judged_by(server.url, prompt=str(path)))
        assert all("MEINE VORLAGE" in loopback.last_turn(body) for body in server.bodies)
        assert all(body["messages"][0]["content"] == "Urteile auf Hebrew (he)." for body in server.bodies)
    assert rows(out)["he"]["wins"] == GROUPS and judge.count == 2 * GROUPS
    (about,) = duel.results(out)["judges"]
    assert about["prompt"] == "mein-urteil" and len(about["prompt_sha256"]) == 64


def test_where_answers_are_stored_a_sample_is_drawn_from_those(two, capsys):
    """A published file answers a part of a set: prompts without any answer are no part of the evaluation."""
    few = {(tag, n): None for tag in duel.TAGS for n in range(18)}
    duel.write_answers(two / "one.jsonl", MARK, few | {("he", 23): None})
    duel.write_answers(two / "two.jsonl", "", few)
    words = ("evaluate", "--out", two / "out", "--quiet", "--config")
    keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two"), "judge": "relevance"}
    run(*words, duel.config(two / "all.yaml", **keys))
    assert {tag: row["prompts"] for tag, row in rows(two / "out").items()} == dict.fromkeys(duel.TAGS, 6)
    # One of the two has answered it.
    assert rows(two / "out")["he"]["reasons"] == {"no_stored_answer": 1}
    (about,) = duel.results(two / "out")["sets"]
    assert about["without_answer_or_outside_sample"] == 4 * 18
    with Loopback(Judge()) as server:
        config = duel.config(two / "some.yaml", **keys | {"judge": judged_by(server.url), "sample": 2})
        run(*words, config, "--dry-run")
        assert "judge-x: 32 verdicts at most" in capsys.readouterr().out
        run(*words, config)
    assert {tag: row["prompts"] for tag, row in rows(two / "out").items()} == dict.fromkeys(duel.TAGS, 2)


def test_a_judge_in_batches_says_what_it_says_one_by_one(two):
    given = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
    with Loopback(judge := Judge()) as server:
        plain = evaluate(two, **given, judge=judged_by(server.url))
    (other := two / "batched").mkdir()
    with batch_server.Batches() as server:
        server.answer = lambda body: judge(body, None)
        options = {"poll": 0.0, "backoff": 0.01, "most_requests": 50}
        out = evaluate(other, **given, judge=judged_by(f"batch:{server.url}", options=options))
        assert len(server.batches) > 1 and server.asked.total() == judge.count / 2
    assert duel.battles(out) == duel.battles(plain) and rows(out) == rows(plain)
    assert (out / ".polypref" / "responses.sqlite.batches" / "results-0001.jsonl").is_file()
