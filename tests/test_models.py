"""A build with models in the loop, through the command line and a real server: translate, answer, rate, pair.

The server's models say something that can be checked: a translation is its source with the language before it, an
answer names its model and what it saw, a score is a hash.
"""

import hashlib
import json
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.inference import loopback
from tests.inference.loopback import Loopback

SCRIPT = Path(__file__).parent / "scripts" / "models.py"
NAMES = {"German": "de", "Hebrew": "he", "Japanese": "ja", "English": "en"}
PROMPTS = 12
# Without workers of their own the small stages of these builds are done sooner.
QUIET = ("--quiet", "--workers", "1")
CODE = "`f(x)`"


def prompt(number: int) -> str:
    """Prompts that are no near-copies of each other; some with code, which must come through."""
    words = [hashlib.md5(f"{number} {place}".encode()).hexdigest()[:7] for place in range(12)]
    return f"Why is {' '.join(words)} so?" + (f" See {CODE}." if number % 3 == 0 else "")


class Server:
    """What the models behind the address say, and what they were asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.refuse: Callable[[dict[str, Any]], bool] = lambda body: False
        self.slow = 0.0

    def __call__(self, body: dict[str, Any], request: Any) -> Any:
        model = body["model"]
        self.asked[json.dumps(body, sort_keys=True)] += 1
        if self.slow:
            time.sleep(self.slow)
        if model == "reward":
            text = json.dumps(body.get("messages") or body.get("input"), ensure_ascii=False)
            return loopback.score(int(hashlib.md5(text.encode()).hexdigest()[:6], 16) / 2**24, model)
        if self.refuse(body):
            return loopback.error(400, "content filter", code="content_filter")
        text = loopback.last_turn(body)
        if model in ("judge", "pairwise"):
            return loopback.chat(self.judged(model, text), model)
        if model != "translator":
            return loopback.chat(f"{model} {body['seed']}: {text}", model)
        target = next(NAMES[name] for name in re.findall(r"from \w+ into (\w+)\.", text))
        text = text.split("The text:\n\n")[1]
        # Back into English, the mark of the other language goes again.
        return loopback.chat(text.split("] ", 1)[1] if target == "en" else f"[{target}] {text}", model)

    @staticmethod
    def judged(model: str, text: str) -> str:
        """The answer of `strong` is the better one, wherever it stands."""
        answers = dict(re.findall(r"<<BEGIN (answer_\d|answer [AB]|[AB]) \w+>>\n(.*?)\n<<END", text, re.S))
        (code,) = set(re.findall(r"<<BEGIN [^\n]* (\w+)>>", text))
        assert len(answers) == 2, text
        if model == "pairwise":
            (better,) = (label[-1] for label, answer in answers.items() if "strong" in answer)
            return json.dumps({"rationale": "Clear.", "code": code, "verdict": better})
        aspects = ("instruction_following", "truthfulness", "honesty", "helpfulness")
        scores = {label: 5 if "strong" in answer else 2 for label, answer in answers.items()}
        return json.dumps(
            {"code": code}
            | {label: {a: {"rationale": "So.", "score": score} for a in aspects} for label, score in scores.items()}
        )


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def at(server: Server) -> Iterator[str]:
    with Loopback(server) as running:
        yield running.url


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"id": n, "prompt": prompt(n)}) + "\n" for n in range(PROMPTS)), "utf-8")
    return path


def rows(out: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(out.glob("data/*/*.parquet")) for row in pq.read_table(path).to_pylist()]


def funnel(out: Path) -> dict[tuple[str, str, str, str], int]:
    counts = json.loads((out / "provenance.json").read_text("utf-8"))["funnel"]
    return {(r["stage"], r["language"], r["outcome"], r["reason"]): r["rows"] for r in counts}


@pytest.mark.slow
def test_every_route_says_what_it_is(tmp_path, polypref, source, server, at):
    out = tmp_path / "out"
    polypref("build", SCRIPT, "--source", source, "--at", at, "--out", out, *QUIET)
    pairs = rows(out)
    assert Counter(row["language"] for row in pairs) == dict.fromkeys(("de", "en", "he", "ja"), PROMPTS)
    for row in pairs:
        asked = row["prompt"][-1]["content"]
        answers = {
            row[f"{role}_model"]: (row[f"{role}_route"], row[role][0]["content"]) for role in ("chosen", "rejected")
        }
        assert answers["strong"] == ("direct", f"strong 0: {asked}")
        if row["language"] == "en":
            assert (row["origin"], answers["weak"]) == ("native", ("direct", f"weak 5: {asked}"))
            continue
        english = asked.removeprefix(f"[{row['language']}] ")
        assert (row["origin"], row["translator"]) == ("translated", "translator")
        assert answers["weak"] == ("translated", f"[{row['language']}] weak 5: {english}")
        assert row["chosen_score"] > row["rejected_score"] and row["rater"] == "reward"
    assert sum(CODE in row["prompt"][-1]["content"] for row in pairs) == 4 * PROMPTS / 3
    assert set(server.asked.values()) == {1}
    systems = {b["messages"][0]["content"] for b in map(json.loads, server.asked) if b["model"] == "strong"}
    assert systems == {"Be kind.", "Be brief."}
    record = json.loads((out / "provenance.json").read_text("utf-8"))
    assert record["served"] == {name: [name] for name in ("reward", "strong", "translator", "weak")}
    assert record["translators"] == [{"name": "translator", "licence": "cc-by-nc-4.0", "rows": 3 * PROMPTS}]
    assert at not in json.dumps(record)


@pytest.mark.slow
def test_nothing_is_asked_twice_by_any_later_build(tmp_path, polypref, source, server, at):
    log, first, second = tmp_path / "log.sqlite", tmp_path / "first", tmp_path / "second"
    common = ("build", SCRIPT, "--source", source, "--at", at, "--log", log, *QUIET)
    done = polypref(*common, "--sample", "--out", first)
    assert (tmp_path / "first-sample.html").exists() and "first-sample.html" in done.stdout
    assert Counter(row["language"] for row in rows(first)) == dict.fromkeys(("de", "en", "he", "ja"), 10)
    polypref(*common, "--out", first)
    polypref(*common, "--out", second)
    assert len(rows(first)) == 4 * PROMPTS and rows(first) == rows(second)
    assert set(server.asked.values()) == {1}
    # A build that is finished needs no server, and no log.
    log.unlink()
    done = polypref("build", SCRIPT, "--source", source, "--at", "http://127.0.0.1:9/v1", "--out", first)
    assert "nothing to do" in done.stdout


@pytest.mark.slow
def test_a_dry_run_counts_what_the_build_then_asks(tmp_path, polypref, source, server, at):
    out = tmp_path / "out"
    common = ("build", SCRIPT, "--source", source, "--at", at, "--out", out)
    stdout = polypref(*common, "--dry-run", COLUMNS="200").stdout
    assert not server.asked and not out.exists()
    assert "at most" not in stdout and "requests are about so many" in " ".join(stdout.split())
    planned = {
        (cells[0], cells[1]): int(cells[2].replace(",", ""))
        for line in stdout.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("│ ").split("│")]) >= 6
        and cells[2].replace(",", "").isdigit()
    }
    # 12 prompts: into 3 languages; answered in 4 by strong, once in English by weak, whose answers are translated too.
    assert planned == {
        ("translate", "translator"): 36, ("complete", "strong"): 48, ("complete", "weak"): 12,
        ("complete", "translator"): 36, ("rate", "reward"): 96,
    }  # fmt: skip
    polypref(*common, *QUIET)
    asked = Counter(json.loads(body)["model"] for body in server.asked)
    assert asked == {"translator": 72, "strong": 48, "weak": 12, "reward": 96}
    # Now all is answered already, and no token is left to count.
    again = [line.split("│") for line in polypref(*common, "--dry-run", COLUMNS="200").stdout.splitlines()]
    left = [[cell.strip() for cell in cells[3:7]] for cells in again if len(cells) > 7 and "48" in cells[3]]
    assert left == [["48", "48", "0", "0"]]


@pytest.mark.slow
def test_what_fails_is_counted_and_can_be_tried_again(tmp_path, polypref, source, server, at):
    out = tmp_path / "out"
    common = ("build", SCRIPT, "--source", source, "--at", at, "--out", out, *QUIET)
    server.refuse = lambda body: body["model"] == "strong" and "[he]" in loopback.last_turn(body)
    polypref(*common)
    assert funnel(out)["complete", "he", "rejected", "content_filter"] == PROMPTS
    assert funnel(out)["pair", "he", "rejected", "fewer_than_two_answers"] == PROMPTS
    assert "he" not in {row["language"] for row in rows(out)}
    before = sum(server.asked.values())
    page = tmp_path / "page.html"
    polypref("inspect", out, "--html", page)
    assert "content_filter" in page.read_text("utf-8")
    server.refuse = lambda body: False
    polypref(*common)
    assert sum(server.asked.values()) == before
    polypref(*common, "--retry")
    assert Counter(row["language"] for row in rows(out))["he"] == PROMPTS
    # What failed is asked again, and the new answers are rated; nothing else.
    # The other answer to each was not rated before: alone it could be in no pair.
    assert sum(server.asked.values()) == before + 3 * PROMPTS


@pytest.mark.slow
def test_translations_that_lose_something_are_rejected_with_what_they_lost(
    tmp_path, polypref, source, server, at, monkeypatch
):
    out = tmp_path / "out"
    answer = Server.__call__

    def careless(self: Server, body: dict[str, Any], request: Any) -> Any:
        reply = answer(self, body, request)
        if body["model"] == "translator" and isinstance(reply, dict):
            content = reply["choices"][0]["message"]["content"]
            reply["choices"][0]["message"]["content"] = re.sub(r"XQ\d+Z", "", content)
        return reply

    monkeypatch.setattr(Server, "__call__", careless)
    polypref("build", SCRIPT, "--source", source, "--at", at, "--out", out, *QUIET)
    for tag in ("de", "he", "ja"):
        assert funnel(out)["translate", tag, "rejected", "translation_placeholder_lost"] == PROMPTS / 3
        assert Counter(row["language"] for row in rows(out))[tag] == PROMPTS * 2 / 3
    twice = Counter(
        loopback.last_turn(body)
        for body in map(json.loads, server.asked)
        if body["model"] == "translator" and "XQ1Z" in loopback.last_turn(body).split("The text:")[1]
    )
    assert set(twice.values()) == {2}


@pytest.mark.slow
def test_round_trip_and_cross_lingual(tmp_path, polypref, source, server, at):
    out = tmp_path / "out"
    options = ("--cross", "--round-trip", "50")
    polypref("build", SCRIPT, "--source", source, "--at", at, "--out", out, *QUIET, *options)
    crossed = [row for row in rows(out) if row["language"] != row["response_language"]]
    assert {row["response_language"] for row in crossed} == {"de", "he"}
    assert {row["language"] for row in crossed} == set(NAMES.values())
    for row in crossed:
        name = {"de": "Deutsch", "he": "עברית"}[row["response_language"]]
        assert name in row["prompt"][-1]["content"]
    stage = next((out / ".polypref").glob("translate-*/"))
    scores = [s for p in stage.glob("prompts-*.parquet") for s in pq.read_table(p)["translation_score"].to_pylist()]
    assert scores and all(score == 100 for score in scores)


@pytest.mark.slow
def test_killed_while_models_answer(tmp_path, polypref, start, source, server, at):
    whole, out = tmp_path / "whole", tmp_path / "out"
    log = tmp_path / "log.sqlite"
    server.slow = 0.02
    for kills in (10, 60):
        process = start("build", SCRIPT, "--source", source, "--at", at, "--out", out, "--log", log, *QUIET)
        while len(server.asked) < kills and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with sqlite3.connect(log) as db:
        (kept,) = db.execute("SELECT count(*) FROM replies").fetchone()
    assert 0 < kept < len(server.asked) + 1
    polypref("build", SCRIPT, "--source", source, "--at", at, "--out", out, "--log", log, *QUIET)
    polypref("build", SCRIPT, "--source", source, "--at", at, "--out", whole, "--log", log, *QUIET)
    assert rows(out) == rows(whole)
    # Asked twice is only what was on its way when the process died, or answered and not yet written: 8 and 8.
    assert sum(n - 1 for n in server.asked.values()) <= 2 * 16


@pytest.mark.slow
def test_a_server_that_is_away_stops_the_build_in_one_sentence(tmp_path, polypref, source):
    out = tmp_path / "out"
    done = polypref("build", SCRIPT, "--source", source, "--at", "http://127.0.0.1:9/v1", "--out", out, expect=2)
    assert done.stderr.strip().count("\n") <= 1 and "127.0.0.1:9" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("rater", "calls"), [("judge", 1), ("pairwise", 2), ("combined", 1)])
def test_judges_decide(tmp_path, polypref, source, server, at, rater, calls):
    out = tmp_path / "out"
    common = ("build", SCRIPT, "--source", source, "--at", at, "--out", out, "--rater", rater)
    dry = polypref(*common, "--dry-run", COLUMNS="200").stdout
    polypref(*common, *QUIET)
    pairs = rows(out)
    assert len(pairs) == 4 * PROMPTS
    assert {row["rater"] for row in pairs} == {rater}
    if rater != "combined":  # half of its word is the relevance baseline's
        assert {row["chosen_model"] for row in pairs} == {"strong"}
    asked = Counter(json.loads(body)["model"] for body in server.asked)
    name = "judge" if rater == "combined" else rater
    assert asked[name] == 4 * PROMPTS * calls
    (line,) = [line for line in dry.splitlines() if "│ rate " in line]
    assert f" {4 * PROMPTS * calls} " in line
