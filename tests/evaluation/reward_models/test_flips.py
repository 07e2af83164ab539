"""Flips by criterion: by hand, and from a file."""

import json
import re

import numpy as np

from polypref.evaluation.reward_models.flips import criterion_flips, without_flips
from polypref.evaluation.reward_models.followed import followed_flips
from polypref.evaluation.reward_models.pairs import Pair
from tests.evaluation import duel


def pair(n, criterion, chosen, rejected, language="de"):
    return Pair(
        f"{n}{criterion}", f"{n}", language, "s", "c", (("user", f"q{n}"),), chosen, rejected, criterion=criterion
    )


def test_by_hand():
    pairs = [
        pair(1, "helpful", "a", "b"), pair(1, "harmless", "b", "a"),  # flipped, right by both
        pair(2, "helpful", "a", "b"), pair(2, "harmless", "b", "a"),  # flipped, right by one
        pair(3, "helpful", "a", "b"), pair(3, "harmless", "a", "b"),  # the same way, right by both
        pair(4, "helpful", "a", "b"), pair(5, "harmless", "b", "a"),  # of other prompts
        pair(6, "", "a", "b"), pair(6, "harmless", "b", "a"),
    ]  # fmt: skip
    outcomes = np.array([1, 1, 1, 0, 1, 1, 1, 1, 1, 1.0])
    (one,) = criterion_flips(pairs, outcomes)
    assert (one.language, one.one, one.other) == ("de", "harmless", "helpful")
    assert (one.flipped, one.followed.value, one.followed.groups) == (2, 0.5, 2)
    assert (one.same, one.same_right.value) == (1, 1.0)


def test_a_verdict_that_is_missing_says_nothing():
    pairs = [pair(1, "x", "a", "b"), pair(1, "y", "b", "a")]
    (one,) = criterion_flips(pairs, np.array([1.0, np.nan]))
    assert one.flipped == 1 and one.followed.value is None and one.same_right.value is None
    assert criterion_flips(pairs[:1], np.array([1.0])) == ()


def test_pairs_that_are_in_no_figure_are_counted_with_their_reason():
    pairs = [
        pair(1, "helpful", "a", "b"), pair(1, "harmless", "b", "a"),
        pair(1, "helpful", "a", "b"), pair(1, "harmless", "a", "b"),  # again: as before, and turned round
        pair(2, "helpful", "a", "b"),  # of one criterion
        pair(3, "helpful", "a", "a"), pair(3, "harmless", "a", "a", "fr"),  # the same text twice
        pair(4, "", "a", "b"),
    ]  # fmt: skip
    (one,) = criterion_flips(pairs, np.ones(8))
    assert (one.flipped, one.same, one.followed.value) == (1, 0, 1.0)
    reasons = without_flips(pairs)
    assert reasons == {
        "de": {"criterion_again": 1, "criterion_again_turned": 1, "no_other_criterion": 1, "same_texts": 1},
        "fr": {"same_texts": 1},
    }
    # Every pair with a criterion is in a figure, or has a reason.
    assert 2 * one.flipped + sum(sum(counts.values()) for counts in reasons.values()) == 7
    assert without_flips(pairs[:2]) == {}


def test_scores_that_know_no_criterion_follow_none(tmp_path):
    rows = [
        {"id": f"{n}-{by}", "language": "he", "prompt": f"q{n}", "criterion": by, "chosen": c, "rejected": r}
        | {"chosen_score": {"long": 2, "short": 1}[c], "rejected_score": {"long": 2, "short": 1}[r]}
        for n in range(3)
        for by, c, r in (("full", "long", "short"), ("brief", "short", "long"))
    ]
    rows.append(rows[0] | {"id": "once more"})
    path = duel.lines(tmp_path / "rows.jsonl", rows)
    duel.run("evaluate-rm", "--data", path, "--out", tmp_path / "out", "--quiet")
    results = json.loads((tmp_path / "out" / "reward_results.json").read_text("utf-8"))
    (one,) = results["flips"]
    assert (one["one"], one["other"], one["flipped"], one["followed"]["value"]) == ("brief", "full", 3, 0)
    assert results["without_flips"] == {"he": {"criterion_again": 1}}
    report = (tmp_path / "out" / "reward_report.md").read_text("utf-8")
    assert "## Flips by criterion" in report
    assert "Pairs with a criterion that are in no row: Hebrew (he): criterion_again 1." in re.sub(
        r"\\(.)", r"\1", report
    )


def test_spellings_of_one_criterion_are_one():
    pairs = [pair(1, "Shorter.", "a", "b"), pair(1, " ShORTER", "b", "a"), pair(1, "Longer.", "b", "a")]
    (row,) = criterion_flips(pairs, np.array([1.0, 1.0, 1.0]))
    assert (row.one, row.other, row.flipped, row.followed.value) == ("Longer.", "Shorter.", 1, 1.0)
    assert without_flips(pairs) == {"de": {"criterion_again_turned": 1}}
    assert followed_flips(pairs[:2], np.array([1.0, 1.0])) == ()
