"""The card's section about all ratings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from polypref.release.folder import read_provenance
from polypref.release.ratings_card import ratings_section
from polypref.release.ratings_facts import RatingsFacts
from polypref.stages.counts import FunnelRow

from .rated import builder, written


def test_the_card_says_who_rated_and_what_is_left_out(tmp_path: Path) -> None:
    record = read_provenance(written(tmp_path / "out", builder(tmp_path)))
    assert record.ratings is not None
    facts = [
        RatingsFacts("de", "a|b", 1_500, 1_500, 0, 2, 0.5, 10.0, ["x"]),
        RatingsFacts("ja", "judge", 4, 0, 8, 8),
    ]
    funnel = [
        FunnelRow("ratings", "scores", tag, outcome, reason, rows)
        for tag, outcome, reason, rows in (
            ("de", "in", "", 1_504),
            ("de", "rejected", "empty_answer", 3),
            ("ja", "rejected", "empty_answer", 1),
            ("ja", "kept", "", 1_500),
        )
    ]
    section = ratings_section(replace(record, ratings=replace(record.ratings, facts=facts, funnel=funnel)))
    assert "| a\\|b | 1,500 | 1,500 | 0.5 | 10 | x | 0 | 2 |\n| judge | 4 | 0 |  |  |  | 4 | 8 |" in section
    assert section.endswith("Of those that the build has, not among them: 4 scores (empty\\_answer).")
    assert ratings_section(replace(record, ratings=None)) == ""
