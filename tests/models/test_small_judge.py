"""`polypref judge-check` of SmolLM2 by its letters: many verdicts, all of them readable, and what they are worth."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import polypref
from tests.evaluation import duel

pytestmark = pytest.mark.models

#: The bundled answers, a file a language.
BUNDLED = Path(polypref.__file__).parent / "data" / "languages"
PROMPTS, TAGS = 3, ("de", "en")


def test_judge_check_says_what_a_small_judge_is(smollm2: Path, tmp_path: Path, figures: Any) -> None:
    judge = json.dumps({"kind": "logprob", "model": str(smollm2), "at": "transformers"})
    words = ["--answers", BUNDLED, "--column", "answer=answers.full", "--languages", ",".join(TAGS), "--limit", PROMPTS]
    duel.run("judge-check", "--judge", judge, *words, "--out", tmp_path / "out", "--quiet")
    results = json.loads((tmp_path / "out" / "judge_check.json").read_text("utf-8"))
    every, name = results["every"], results["judge"]["name"]
    # Four or five comparisons of each answer, in both orders: two sentences are too few to be shuffled.
    comparisons = pq.read_table(tmp_path / "out" / "comparisons.parquet").to_pylist()
    assert len(comparisons) >= 4 * PROMPTS * len(TAGS)
    assert every["replies"] >= 2 * len(comparisons) and (every["unread"], every["failed"]) == (0, 0)
    for one in comparisons:
        assert sorted(order["first"] for order in one["orders"]) == ["better", "worse"]
        assert all(0 < order["score"] < 1 for order in one["orders"])
    # What it is: a reader of the place, whatever stands there.
    assert every["first"]["share"] > 0.9 and every["orders"]["share"] < 0.1
    for row in results["languages"]:
        known, first = row["known"], row["first"]
        figures(
            f"{row['language']}, the better answer preferred",
            f"{known['share']:.0%} of {known['n']} ({known['low']:.0%} to {known['high']:.0%}); "
            f"the answer shown first {first['share']:.0%} of {first['n']}",
        )
    assert results["below"] == list(TAGS)
    named = "German (de), English (en)"
    headline = f"Do not rely on {name} in 2 of 2 languages, where it is under the bar of 0.8: {named}."
    page = (tmp_path / "out" / "judge_check.html").read_text("utf-8")
    assert "SmolLM2" in name and 0 < page.index(headline) < page.index("<table")
    figures("the report's first sentence", headline)
