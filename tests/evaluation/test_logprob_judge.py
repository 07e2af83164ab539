"""The log-probability judge through the command: win-rates by hand, soft and hard, and servers that will not do."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from polypref.errors import UserError
from polypref.evaluation.contract import Battle, judge_traits
from polypref.evaluation.logprob_judge import LogprobJudge
from polypref.evaluation.settings import from_config
from polypref.inference import Model, Served
from polypref.inference.log import ResponseLog
from polypref.inference.transformers import Transformers
from tests.evaluation import duel
from tests.evaluation.duel import GROUPS, MARK, evaluate, rows, run, stored
from tests.inference import loopback, tiny
from tests.inference.loopback import Loopback


class Letters(duel.Judge):
    """Prefers the answer with the mark: 3 to 1 where it is shown as A, 1.5 to 1 where it is shown as B.

    P(A) of a marked A is .6 against .2, of an A beside a marked B .2 against .3. Words in a prompt make it err.
    """

    def say(self, text: str, shown: Any, model: str) -> Any:  # type: ignore[override]
        a, b = (0.6, 0.2) if MARK in shown["A"] else (0.2, 0.3)
        if "ALWAYS" in text:
            a, b = 0.6, 0.2
        top = [(" A", a), ("B", b), ("The", 0.01)]
        if "GARBAGE" in text:
            top = [("<think>", 0.9)]
        listed = [{"token": token, "logprob": math.log(chance)} for token, chance in top]
        answer: dict[str, Any] = loopback.chat("A", model)
        answer["choices"][0]["logprobs"] = {"content": [{"token": "A", "logprob": -1, "top_logprobs": listed}]}
        return answer


def judged_by(url: str, **more: Any) -> dict[str, Any]:
    return {"kind": "logprob", "model": "judge-x", "at": url, "licence": "apache-2.0"} | more


def judged(two: Path, url: str, **more: Any) -> Path:
    keys: dict[str, Any] = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
    return evaluate(two, **keys, judge=judged_by(url, **more))


def test_win_rates_are_means_of_preferences(two: Path) -> None:
    judge = Letters()
    with Loopback(judge) as server:
        out = judged(two, server.url)
        assert judge.count == 2 * 4 * GROUPS
        before = duel.written(out)
        run("evaluate", "--out", out, "--quiet")
        assert duel.written(out) == before and judge.count == 2 * 4 * GROUPS
    # Marked first: .6 / .8 = .75. Marked second: .3 / .5 = .6. Their mean is .675.
    assert rows(out)["he"]["win_rate"] == pytest.approx(0.675)
    assert (rows(out)["he"]["wins"], rows(out)["he"]["disagreements"]) == (GROUPS, 0)
    # Of 24 German prompts no answer is marked in 4 (.4 and .6 for the model), 12 are won so, 8 lost so.
    assert rows(out)["de"]["win_rate"] == pytest.approx((4 * 0.5 + 12 * 0.675 + 8 * 0.325) / 24)
    results = duel.results(out)
    (about,) = results["judges"]
    assert (about["kind"], about["reading"], about["orders"], about["prompt"]) == ("logprob", "mean", 2, "letter-1")
    (comparison,) = results["comparisons"]
    assert comparison["other_reading"]["reading"] == "sign"
    assert comparison["other_reading"]["win_rate"] == pytest.approx((3 + 14 / 24) / 4)
    first, second = duel.battles(out)["he", "g3"]["orders"]
    assert (first["first"], second["first"]) == ("model", "other")
    assert (first["score"], second["score"]) == (pytest.approx(0.75), pytest.approx(0.6))
    assert first["said"] == "P(A) 0.6, P(B) 0.2; likeliest token ' A'"
    page = (out / "report.md").read_text("utf-8")
    assert "each prompt read as won or lost by the average of its two orders instead, the win-rate is" in page
    assert "a language model's probabilities of the letters A and B" in page and "preferences averaged" in page
    assert any("not to be set beside win-rates of verdicts in words" in line for line in results["limits"])


def test_it_is_asked_in_the_language_judged(two: Path) -> None:
    asked: list[str] = []

    class Listens(Letters):
        def say(self, text: str, shown: Any, model: str) -> Any:  # type: ignore[override]
            asked.append(text)
            return super().say(text, shown, model)

    with Loopback(Listens()) as server:
        english = rows(judged(two, server.url))
        before = len(asked)
        assert all("Reply with the letter of the better answer" in text for text in asked)
        out = judged(two, server.url, language="own")
    own = asked[before:]
    assert len(own) == before and not any("Reply with the letter" in text for text in own)
    assert sum("Antworte mit dem Buchstaben der besseren Antwort, A oder B" in text for text in own) == 2 * GROUPS
    assert sum("השב באות של התשובה הטובה יותר, A או B" in text for text in own) == 2 * GROUPS
    # This judge goes by the answers alone.
    assert {tag: row["win_rate"] for tag, row in rows(out).items()} == {
        tag: row["win_rate"] for tag, row in english.items()
    }
    (about,) = duel.results(out)["judges"]
    assert about["judge_language"] == "own" and about["prompts"]["he"]["name"] == "letter-1.he"
    assert "unreviewed in ar, de, he, zh" in (out / "report.md").read_text("utf-8")


def test_hard_preferences_are_who_wins_by_the_average(two: Path) -> None:
    with Loopback(Letters()) as server:
        out = judged(two, server.url, preference="hard")
    assert rows(out)["he"]["win_rate"] == 1 and rows(out)["de"]["win_rate"] == pytest.approx(14 / 24)
    assert duel.results(out)["comparisons"][0]["other_reading"]["reading"] == "mean"


def test_a_judge_that_looks_at_the_place_alone_is_seen_and_decides_nothing(two: Path) -> None:
    duel.write_set(two / "prompts.jsonl", {("he", n): "ALWAYS" for n in range(GROUPS)})
    with Loopback(Letters()) as server:
        soft = rows(judged(two, server.url))["he"]
        hard = rows(judged(two, server.url, preference="hard"))["he"]
    assert (soft["win_rate"], soft["ties"], soft["disagreements"]) == (0.5, GROUPS, 1)
    assert (hard["win_rate"], hard["ties"]) == (0.5, GROUPS)


def test_letters_that_are_not_listed_are_counted_as_unreadable(two: Path) -> None:
    duel.write_set(two / "prompts.jsonl", {("zh", n): "GARBAGE" for n in range(3)})
    with Loopback(Letters()) as server:
        out = judged(two, server.url)
    assert rows(out)["zh"]["unparsed"] == 3 and rows(out)["zh"]["reasons"] == {"judge_no_letter": 6}
    assert rows(out)["zh"]["win_rate"] == pytest.approx(0.675)


def test_a_server_without_log_probabilities_is_one_sentence(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Loopback(lambda body, _: loopback.chat("A", body["model"])) as server:
        keys = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
        path = duel.config(two / "c.yaml", **keys, judge=judged_by(server.url))
        says = duel.refused(capsys, "evaluate", "--config", path, "--out", two / "out", "--quiet")
    assert "gives no log-probabilities of the next token, on which a judge of letters rests" in says
    assert "at: transformers" in says


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"preference": "strong"}, "preference is soft or hard, not strong"),
        ({"prompt": "aya-2"}, "judge prompt aya-2 asks for a verdict in words"),
        ({"attempts": 3}, "unknown key attempts"),
        ({"orders": "three"}, "an LLM judge asks for both orders or one"),
        ({"language": "de"}, "the judge's language is en or own, not de"),
    ],
)
def test_settings_that_cannot_be_are_said(
    two: Path, capsys: pytest.CaptureFixture[str], keys: dict[str, Any], says: str
) -> None:
    config = {"set": str(two / "prompts.jsonl"), "models": stored(two, "one", "two")}
    path = duel.config(two / "c.yaml", **config, judge=judged_by("http://127.0.0.1:9/v1", **keys))
    assert says in duel.refused(capsys, "evaluate", "--config", path, "--out", two / "out", "--quiet")


def test_a_small_model_in_this_process_always_has_a_verdict(tmp_path: Path) -> None:
    """A random model, of which no reply could be read: it prefers all the same, and nothing is asked twice."""
    pytest.importorskip("transformers", reason="needs transformers: pip install -e '.[dev]', or make test")
    prompt = tmp_path / "short.txt"
    prompt.write_text("=== user ===\n{{code}}{{conversation}}{{answers}}\n", "utf-8")
    served = Served(Model(tiny.llama(tmp_path / "llama")), Transformers())
    judge = LogprobJudge(served, str(prompt))
    fought = [Battle(f"p{n}", "he", (("user", "מה?"),), (), f"eins {n}", f"zwei {n}") for n in range(5)]
    with ResponseLog(tmp_path / "log.sqlite") as log:
        verdicts = judge.judge(fought, log, quiet=True)
        assert judge.judge(fought, log, quiet=True) == verdicts
    scores = [[one.score for one in several] for several in verdicts]
    assert all(score is not None and 0 < score < 1 for several in scores for score in several)
    assert [[one.first for one in several] for several in verdicts] == [["model", "other"]] * 5
    assert len({score for several in scores for score in several}) == 10


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    judge = LogprobJudge(Served(Model("lab/judge"), Transformers()), orders="one")
    traits = judge_traits(judge)
    assert (judge.name, traits.orders_asked, traits.requests, traits.asks_for) == ("lab/judge", 1, (1,), "letters")
    assert (traits.reading, traits.prompt_name) == ("mean", "letter-1") and len(traits.prompt_sha256) == 64
    with pytest.raises(UserError, match="both orders or one"):
        LogprobJudge(judge.served, orders="two")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="preference is soft or hard, not 'half'"):
        LogprobJudge(judge.served, preference="half")  # type: ignore[arg-type]


def test_the_page_shows_settings_that_can_be_and_the_figures_that_come_out(root: Path) -> None:
    page = (root / "docs" / "judges.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(judge: \{kind: logprob.*)\n```", page)
    (line,) = re.findall(r"`--judge '(\{kind: logprob[^']*)'`", page)
    models = [{"name": name, "stored": f"{name}.jsonl"} for name in ("one", "two")]
    for judge in (yaml.safe_load(block)["judge"], yaml.safe_load(line)):
        (declared,) = from_config({"set": "quickstart", "models": models, "judge": judge}).judges
        assert (declared.kind, judge_traits(declared).reading) == ("logprob", "mean")
    # .6 / (.6 + .2), and (.75 + .6) / 2: as in the tests above.
    assert "0.6 and P(B) = 0.2 give the\n  answer shown as A 0.75" in page
    assert "0.75 shown first and 0.6 shown second make 0.675" in page
