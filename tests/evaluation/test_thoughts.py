"""In which language models thought, as rows of a report: read off the answers of those that are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polypref.evaluation.thoughts import thought_of
from polypref.inference import Failure, Reply
from tests.evaluation import duel
from tests.inference import loopback
from tests.inference.loopback import Loopback

ENGLISH = "The user wants to know what the number of the door is, so I think about it for a while and then I answer."
GERMAN = "Die Frage ist, welche Nummer an der Tür steht, also denke ich erst ein wenig darüber nach und antworte dann."


def test_what_a_server_gives_apart_or_marks_bound() -> None:
    assert thought_of(Reply("Neun.", thinking="Hm")) == "Hm"
    assert thought_of(Reply("<think>\nHm\n</think>\nNeun.")) == "Hm"
    assert thought_of(Reply("Neun.")) == thought_of(Failure("refused")) == thought_of(None) == ""


def test_rows_by_the_language_of_thoughts(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 24 German prompts those in 1? have a German thought, in 2? none, in 3? sums, and all others an English one."""

    def answer(body: Any, _: Any) -> Any:
        text = loopback.last_turn(body)
        thought = {"1?": GERMAN, "2?": "", "3?": "12 + 7 = 19"}.get(text[-2:], ENGLISH)
        given = loopback.chat(duel.SAID["de"], body["model"])
        if thought:
            given["choices"][0]["message"]["reasoning_content"] = thought
        return given

    keys: dict[str, Any] = {"set": str(two / "prompts.jsonl"), "judge": "relevance", "languages": "de"}
    slices = {"slices": ["thought_language"]}
    with Loopback(answer) as server:
        one = {"name": "one", "model": "thinker", "at": server.url, "licence": "apache-2.0"}
        out = duel.evaluate(two, **keys, models=[one, *duel.stored(two, "two")], **slices)
    (sliced,) = duel.results(out)["comparisons"][0]["breakdowns"]["slices"]
    assert (sliced["column"], sliced["of"]) == ("thought_language", "model")
    # g1, g11, g21; g2, g12, g22; g3, g13, g23; and the other 15.
    assert {row["value"]: row["prompts"] for row in sliced["rows"]} == {
        "en": 15, "de": 3, "no thought": 3, "undetermined": 3
    }  # fmt: skip
    assert "By 'thought\\_language' of the answers of one" in (out / "report.md").read_text("utf-8")
    # Where all answers are stored, a column has to state it.
    config = duel.config(two / "stored.yaml", **keys, models=duel.stored(two, "one", "two"), **slices)
    says = duel.refused(capsys, "evaluate", "--config", config, "--out", two / "none", "--quiet")
    assert "says anything under 'thought_language'" in says and "off those of models that are asked" in says
