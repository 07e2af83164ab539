"""A judge's check from the command: what is asked, what is written, going on, and what it costs beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref import models
from polypref.api.judge_checking import check_judge, rehearse_judge_check
from polypref.errors import UserError
from polypref.evaluation.judge_check import run
from polypref.evaluation.judge_check.results import JudgeCheck
from polypref.evaluation.judges import LLMJudge
from polypref.files.records import decode
from tests.evaluation import duel
from tests.evaluation.duel import code_of, judged_by
from tests.evaluation.judge_check.samples import good_answers
from tests.inference import loopback
from tests.inference.loopback import Loopback

TAGS = ("ar", "de", "zh")


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    rows = [
        {"id": one.group, "language": one.language, "prompt": one.turns[0][1], "answer": one.text}
        for one in good_answers()
        if one.language in TAGS and one.group in {f"qs-0{n}" for n in range(1, 7)}
    ]
    assert len(rows) == 18
    return duel.lines(tmp_path / "answers.jsonl", rows)


def says_a(body: dict[str, Any], _: Any) -> Any:
    """Prefers what stands first."""
    return loopback.chat(f"Comparison: x.\n[[A {code_of(loopback.last_turn(body))}]]", body["model"])


@pytest.mark.slow
def test_the_command(tmp_path: Path, answers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    with Loopback(says_a) as server:
        judge = json.dumps(judged_by(server.url, sampling={"temperature": 0.7}))
        words = ("judge-check", "--judge", judge, "--answers", answers, "--out", out, "--repeat-share", "0.2")
        duel.run(*words, "--dry-run")
        said_before = capsys.readouterr().out
        # Five kinds of 18 answers in both orders, and six of 30 of each language again.
        asked = 2 * 5 * 18 + 2 * 6 * 3
        assert f"judge-x: {asked} requests, about " in said_before and not out.exists() and not server.bodies
        assert "90 comparisons in 3 languages: cut 18, shuffled 18" in said_before
        duel.run(*words)
        assert len(server.bodies) == asked
        shown = capsys.readouterr().out
        assert "Do not rely on judge-x in 3 of 3 languages" in " ".join(shown.split())
        before = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".json", ".md", ".html")}
        assert set(before) == {"judge_check.json", "judge_check.md", "judge_check.html"}
        # What is known is not asked again, and gives the same bytes.
        duel.run(*words, "--quiet")
        assert len(server.bodies) == asked
        assert {name: (out / name).read_bytes() for name in before} == before
        duel.run(*words, "--dry-run")
        assert "no model is asked" in capsys.readouterr().out
    results = decode(JudgeCheck, json.loads(before["judge_check.json"]), "judge_check.json")
    assert results.below == TAGS and results.greedy is False
    assert {(row.first.share, row.again.share, row.prompt_tokens) for row in results.languages} == {(1.0, 1.0, 7 * 72)}
    rows = pq.read_table(out / "comparisons.parquet").to_pylist()
    assert len(rows) == 90 and sum(bool(row["again"]) for row in rows) == 18
    for row in rows:
        # `score` is the better answer's, and the judge prefers what stands first.
        assert {one["first"]: one["score"] for one in row["orders"]} == {"better": 1.0, "worse": 0.0}


def test_own_prompts_and_the_page(tmp_path: Path, answers: Path) -> None:
    with Loopback(says_a) as server:
        keys = judged_by(server.url)
        results = check_judge(
            keys, answers, out=tmp_path / "own", judge_language="own", languages="ar,zh", limit=5, quiet=True
        )
        assert {row.language: row.prompts for row in results.languages} == {"ar": 5, "zh": 5}
        systems = {body["messages"][0]["content"][:12] for body in server.bodies}
        assert len(systems) == 2 and not any(one.startswith("You are") for one in systems)
    page = (tmp_path / "own" / "judge_check.html").read_text("utf-8")
    first = page[: page.index("<main>")]
    assert "Do not rely on judge-x in 2 of 2 languages" in first and 'class="loud"' in first
    assert "It likes a place" in first and "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert "unreviewed in ar, zh" in (tmp_path / "own" / "judge_check.md").read_text("utf-8")


def test_names_are_escaped(tmp_path: Path, answers: Path) -> None:
    with Loopback(says_a) as server:
        keys = judged_by(server.url, name="<b>\u202ejudge</b>")
        check_judge(keys, answers, out=tmp_path / "x", languages="de", quiet=True)
    page = (tmp_path / "x" / "judge_check.html").read_text("utf-8")
    assert "<b>\u202e" not in page and "\u202e" not in page and "&lt;b&gt;" in page


def test_votes_and_answers_together(tmp_path: Path, answers: Path) -> None:
    votes = duel.lines(
        tmp_path / "votes.jsonl",
        [
            {"id": n, "language": "de", "prompt": f"Wie {n}?", "chosen": f"So {n}.", "rejected": f"Nein {n}."}
            for n in range(8)
        ],
    )
    results = check_judge("relevance", answers, votes, tmp_path / "both", quiet=True)
    german = next(row for row in results.languages if row.language == "de")
    assert (
        german.people.n == 8
        and german.comparisons == 38
        and [one.what for one in results.sources] == ["answers", "votes"]
    )
    assert rehearse_judge_check("relevance", answers)[-1] == "no model is asked"
    alone = check_judge("relevance", None, votes, tmp_path / "votes", quiet=True)
    assert alone.every.known.share is None and {row.state for row in alone.languages} == {"not_known"}


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path, answers: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "judge_check.md").write_text("mine", "utf-8")
    with pytest.raises(UserError, match="no file that polypref wrote"):
        check_judge("relevance", answers, out=tmp_path / "mine", quiet=True)


def test_what_batches_save_is_taken_off_the_price(tmp_path: Path) -> None:
    """As `--dry-run` of a build counts it: half of 2 and 8 for a million."""
    served = models.served("m", f"batch:{tmp_path}", price_in=2.0, price_out=8.0, discount=0.5)
    assert run._price(LLMJudge(served)) == (1.0, 4.0)
    assert run._price(LLMJudge(models.served("m", f"batch:{tmp_path}", price_in=2.0))) is None
