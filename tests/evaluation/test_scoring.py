"""From verdicts to figures: values by hand."""

import json

import pyarrow as pa
import pytest

from polypref.errors import UserError
from polypref.evaluation import scoring
from polypref.evaluation.inputs import tables
from polypref.evaluation.results import Facts, Fidelity
from tests.evaluation import duel, samples
from tests.evaluation.duel import GROUPS, MARK, SAID, Judge, evaluate, judged_by, scored, stored
from tests.inference.loopback import Loopback


def test_a_step_that_is_not_done_is_named():
    with pytest.raises(UserError, match="judges are not known yet; run the steps before"):
        scoring.results(pa.table({}), Facts(name="x", sets=(), models=(), settings={}))


def test_families_and_published_figures_go_by_the_models_id(two):
    one, other = stored(two, "one", "two")
    with Loopback(Judge()) as server:
        out = evaluate(
            two,
            set={"name": "m-arena-hard", "path": str(two / "prompts.jsonl")},
            models=[
                one | {"model": "aya-expanse-8b"},
                other | {"model": "meta-llama/Llama-3.1-8B-Instruct"},
            ],
            judge=judged_by(server.url, "command-a"),
            languages="he",
        )
    (results,) = duel.results(out)["comparisons"]
    assert (results["model"], results["set"], results["average"]["win_rate"]) == ("one", "m-arena-hard", 1)
    assert [line for line in results["warnings"] if "family" in line] == [
        "the judge command-a and one are both of the family cohere: judges favour answers of their own family"
    ]
    assert (results["published"][0]["value"], results["published"][0]["against"]) == (70.6, "Llama 3.1 8B")
    assert "70.6" in (out / "report.md").read_text("utf-8")


def test_three_models_are_ranked(tmp_path):
    """Marks: c 3 of 4, b 2, a 1, but in every sixth group b has none and in every eighth c has none."""
    duel.write_set(tmp_path / "prompts.jsonl")
    for name, marks, every in (("a", 1, GROUPS + 1), ("b", 2, 6), ("c", 3, 8)):
        less = {(tag, n): f"{SAID[tag]} {n} {name}" for tag in duel.TAGS for n in range(every - 1, GROUPS, every)}
        duel.write_answers(tmp_path / f"{name}.jsonl", MARK * marks, less)
    with Loopback(scored) as server:
        judge = {"kind": "reward", "model": "scorer", "at": server.url}
        out = evaluate(
            tmp_path,
            set=str(tmp_path / "prompts.jsonl"),
            models=stored(tmp_path, "a", "b", "c"),
            judge=judge,
            pairs="all",
        )
        # Three answers a prompt, each scored once.
        assert len(server.bodies) == 3 * 4 * GROUPS
    results = duel.results(out)
    assert [(one["model"], one["other"]) for one in results["comparisons"]] == [("a", "b"), ("a", "c"), ("b", "c")]
    # a beats b in 4 of 24 and c in 3; b beats c in 2 of the 3 where c has no mark, in the third both have none.
    assert [one["average"]["win_rate"] for one in results["comparisons"]] == pytest.approx([4 / 24, 3 / 24, 2.5 / 24])
    (board,) = results["leaderboards"]
    models = board["overall"]["models"]
    assert [one["model"] for one in models] == ["c", "b", "a"]
    assert [one["battles"] for one in models] == [2 * 4 * GROUPS] * 3
    assert sum(one["strength"] for one in models) == pytest.approx(0, abs=1e-6)
    assert all(one["low"] < one["strength"] < one["high"] for one in models)
    assert list(board["languages"]) == list(duel.TAGS) and board["overall"]["unlinked"] == []
    assert [one["model"] for one in board["languages"]["he"]["models"]] == ["c", "b", "a"]
    report = (out / "report.md").read_text("utf-8")
    assert "## Leaderboard" in report
    assert json.loads((out / "results.json").read_text("utf-8"))["leaderboards"] == [board]


#: Characters of the model's answer and of the other's (0: none), and what became of the two orders.
BATTLES = (
    (10, 5, samples.WON),
    (10, 5, samples.WON),
    (10, 5, samples.LOST),
    (4, 8, samples.WON),
    (4, 8, samples.TIE),
    (6, 6, samples.WON),
    (0, 5, samples.LOST),
    (10, 5, samples.FIRST_WINS),
)


def test_of_a_language_that_no_detector_knows_no_share_of_lines_is_told(monkeypatch):
    monkeypatch.setattr(scoring, "is_unchecked", lambda tag: tag == "xq")
    answers = [("pass", "pass"), ("fail", "unknown"), ("unknown", "unknown"), ("pass", "fail")]
    assert scoring._fidelity("he", answers) == Fidelity(answers=3, lines=2 / 3, words=0.5)
    assert scoring._fidelity("xq", answers) == Fidelity(answers=0, lines=None, words=None)


def test_a_comparison_by_hand():
    rows = [
        {"set": "s", "prompt_id": f"p{n}", "group_id": f"p{n}", "language": "he", "judge": "j"}
        | {"prompt": [{"role": "user", "content": "?"}], "model": "own", "other": "other"}
        | {"answer": "א" * own or None, "other_answer": "ב" * other, "answer_failure": "" if own else "timeout"}
        | {"other_failure": "", "fidelity": "pass", "other_fidelity": "fail" if n else "pass"}
        | {"word_fidelity": "pass", "other_word_fidelity": "unknown", "orders": samples._orders(orders)}
        for n, (own, other, orders) in enumerate(BATTLES)
    ]
    facts = Facts(name="x", sets=(), models=(), judges=(), settings={})
    (one,) = scoring.results(pa.Table.from_pylist(rows, tables.BATTLES), facts).comparisons
    # 1 + 1 + 0 + 1 + 1/2 + 1 + 0 + 1/2 of eight.
    assert (one.model, one.other, one.average.win_rate) == ("own", "other", 0.625)
    # Of the four with a winner, two lengths and both answers the longer one won the first two.
    assert (one.length_bias.n, one.length_bias.share) == (4, 0.5)
    (row,) = one.rows
    assert (row.language, row.length, row.other_length, row.scored) == ("he", 10, 5, 8)
    assert (row.fidelity.lines, row.other_fidelity.lines) == (1.0, 0.125)
    # Of two orders with one winner each answer was first once; two that contradict each other are the first's twice.
    assert one.position_bias.n == 16 - 2 and one.position_bias.share == pytest.approx((6 + 2) / 14)
