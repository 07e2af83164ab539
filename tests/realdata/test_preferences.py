"""Preference files of others, read as they are: every verdict counted, and sides as a plain script has them."""

import gzip
import json
from collections import Counter
from typing import Any

import pytest

from polypref.layouts.readings import Join
from polypref.layouts.sources import Answer, Fields, Verdict
from polypref.stages.pair import PairRule
from tests.stages.builds import built

SIDES = {"0": "tie", "1": "first", "2": "second"}


@pytest.fixture
def pandalm(real_data) -> list[dict[str, Any]]:
    with gzip.open(real_data / "preference_layouts" / "pandalm_testset.json.gz", "rt", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = json.load(file)
    return rows


def pandalm_fields(join: Join) -> Fields:
    verdict = Verdict("people", ("annotator1", "annotator2", "annotator3"), (1,), (2,), (0,), join=join)
    answers = (Answer("response1", model_column="{cmp_key} 1"), Answer("response2", model_column="{cmp_key} 2"))
    return Fields("{instruction}\n\n{input}", answers, verdict=verdict)


def state(row: dict[str, Any]) -> str:
    """Why a row's answers make no pair; empty where they might."""
    texts = row["response1"], row["response2"]
    if not all(isinstance(text, str) for text in texts):
        return "no text"
    return "empty" if not all(text.strip() for text in texts) else ""


@pytest.mark.slow
def test_the_majority_of_pandalm_is_every_annotators_vote(pandalm) -> None:
    votes = [Counter(SIDES[str(row[f"annotator{n}"])] for n in (1, 2, 3)) for row in pandalm]
    majority = [one.most_common(1)[0] for one in votes]
    assert all(most >= 2 for _, most in majority)
    whole = Counter("tie" if side == "tie" else "side" for side, _ in majority)
    assert whole == {"side": 894, "tie": 105} and sum(len(one) > 1 for one in votes) == 120

    expected, ties, empty = Counter[tuple[str, str]](), 0, 0
    outvoted = 0
    for row, (side, most) in zip(pandalm, majority, strict=True):
        why = state(row)
        empty += why == "empty"
        ties += side == "tie" and not why
        if side != "tie" and not why:
            texts = row["response1"], row["response2"]
            chosen, rejected = texts if side == "first" else texts[::-1]
            expected[chosen.strip(), rejected.strip()] += 1
            outvoted += 3 - most
    outcome = built(pandalm, pandalm_fields("majority"), PairRule("given"), "people", max_bad=1.0)
    assert Counter((chosen.strip(), rejected.strip()) for _, chosen, rejected in outcome.pairs) == expected
    counts = outcome.counts("pair", "verdicts")
    assert counts["in", ""] == 3 * sum(state(row) != "no text" for row in pandalm)
    assert counts["rejected", "tie"] == 3 * ties and counts["rejected", "empty_answer"] == 3 * empty
    assert counts["joined", "outvoted"] == outvoted
    assert counts["kept", ""] == expected.total() == 836


@pytest.mark.slow
@pytest.mark.parametrize(("join", "pairs"), [("unanimous", 742), ("each", 2_501)])
def test_other_ways_to_join_its_votes(pandalm, join: Join, pairs: int) -> None:
    votes = [[SIDES[str(row[f"annotator{n}"])] for n in (1, 2, 3)] for row in pandalm if not state(row)]
    sided = [one for one in votes if len(set(one)) == 1 and "tie" not in one]
    assert {"unanimous": len(sided), "each": sum(len(one) - one.count("tie") for one in votes)}[join] == pairs
    assert len(built(pandalm, pandalm_fields(join), PairRule("given"), "people", max_bad=1.0).pairs) == pairs
