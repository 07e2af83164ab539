"""Verdicts that others gave, as a judge of an evaluation; figures by hand."""

import pytest

from tests.evaluation import duel
from tests.evaluation.duel import Judge, evaluate, judged_by, rows, stored
from tests.inference.loopback import Loopback


def people(folder):
    """What people said of the German answers: the label of the better one, `one` being shown first or second."""
    labels = ["one"] * 9 + ["two"] * 2 + ["equal"] + ["one"] + ["two"] * 6 + ["equal"] + ["equal"] * 3
    return duel.lines(
        folder / "people.jsonl",
        ({"id": f"g{n}", "left": "one", "right": "two", "better": label} for n, label in enumerate(labels)),
    )


def test_stored_verdicts_that_match_no_prompt_or_cannot_be_read(two, capsys):
    layout = {"form": "winner", "columns": "better", "model_a": "left", "model_b": "right", "language": "=de"}

    def refused(**more):
        judge = {"kind": "stored", "path": str(people(two)), "layout": layout | more}
        keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two"), "languages": "de"}
        config = duel.config(two / "config.yaml", judge=judge, **keys)
        return duel.refused(capsys, "evaluate", "--config", config, "--out", two / "out", "--quiet")

    message = refused(prompt="better", keep="first", labels={"equal": "tie"})
    assert "they are matched by language and id; there they are as de 'one', here as de 'g" in message
    unread = refused(prompt="id", columns="id", labels={"other": "tie"}, model_a="=one", model_b="=two")
    assert "no verdict on one and two can be read (unknown_label 23, " in unread


def test_stored_verdicts_beside_a_judge(two):
    layout = {"form": "winner", "columns": "better", "prompt": "id", "model_a": "left", "model_b": "right"}
    layout |= {"language": "=de", "labels": {"equal": "tie"}}
    with Loopback(Judge()) as server:
        out = evaluate(
            two,
            set=str(two / "prompts.jsonl"),
            models=stored(two, "one", "two"),
            judges=[judged_by(server.url), {"kind": "stored", "path": str(people(two)), "layout": layout}],
            languages="de",
        )
    results = duel.results(out)
    mine, theirs = ({row["language"]: row for row in one["rows"]}["de"] for one in results["comparisons"])
    assert (mine["wins"], mine["losses"], mine["ties"]) == (12, 8, 4)
    assert (theirs["wins"], theirs["losses"], theirs["ties"], theirs["unparsed"]) == (10, 8, 5, 1)
    assert theirs["reasons"] == {"no_stored_verdict": 1}
    # The judge's 12, 8, 3 against people's 10, 8, 5 over 23 prompts; 9 + 6 + 3 the same; the last has one label only.
    (agreed,) = results["agreement"]
    expected = (12 * 10 + 8 * 8 + 3 * 5) / 23**2
    assert (agreed["one"], agreed["other"], agreed["all"]["n"], agreed["all"]["left_out"]) == (
        "judge-x",
        "people",
        23,
        1,
    )
    assert agreed["all"]["raw"] == pytest.approx(18 / 23)
    assert agreed["all"]["kappa"] == pytest.approx((18 / 23 - expected) / (1 - expected))
    assert agreed["languages"]["de"] == agreed["all"]
    assert results["judges"][1]["kind"] == "stored"
    assert str(two) not in (out / "results.json").read_text("utf-8")


def test_stored_verdicts_on_other_prompts_are_an_error(two, capsys):
    layout = {"form": "winner", "columns": "better", "prompt": "id", "model_a": "left", "model_b": "right"}
    path = duel.lines(two / "other.jsonl", [{"id": "x1", "left": "one", "right": "two", "better": "one"}])
    judge = {"kind": "stored", "path": str(path), "layout": layout}
    config = duel.config(two / "c.yaml", set=str(two / "prompts.jsonl"), models=stored(two, "one", "two"), judge=judge)
    message = duel.refused(capsys, "evaluate", "--config", config, "--out", two / "out", "--quiet")
    assert "no verdict on one and two belongs to a prompt" in message


def test_stored_verdicts_on_prompts_without_translations(two):
    """Their groups are named with the language, which the verdicts' ids are not."""
    layout = {"form": "winner", "columns": "better", "prompt": "id", "model_a": "left", "model_b": "right"}
    judge = {"kind": "stored", "path": str(people(two)), "layout": layout | {"labels": {"equal": "tie"}}}
    alone = {"path": str(two / "prompts.jsonl"), "parallel": False}
    out = evaluate(two, set=alone, models=stored(two, "one", "two"), judge=judge, languages="de")
    row = rows(out)["de"]
    assert (row["wins"], row["losses"], row["ties"], row["unparsed"]) == (10, 8, 5, 1)
    assert ("de", "de:g3") in duel.battles(out)
