"""What is said of contamination: that nothing was looked for is never a clean result."""

import pytest

from polypref.files.records import decode
from polypref.release.contaminated import AN_EVALUATION_SET, NOT_CHECKED, of_record
from polypref.release.provenance import Provenance
from tests import strangers

SET = {"name": "held-out"}
FILTER = {"class": "Contamination"}


def record(builder: object, funnel: list[dict[str, object]] | None = None, itself: bool = False) -> Provenance:
    values = strangers.minimal(settings={"builder": builder}, funnel=funnel or [], evaluation_set=itself)
    return decode(Provenance, values, "a test's record")


@pytest.mark.parametrize(
    "builder", [{}, 3, {"prompts": None}, {"prompts": {"evaluation": "x"}}, {"prompts": {"evaluation": []}}]
)
def test_without_a_set_nothing_was_checked_whatever_a_strangers_settings_are(builder: object) -> None:
    assert of_record(record(builder)) == NOT_CHECKED == "contamination not checked: no evaluation set given"


def test_a_set_without_the_filter_leaves_nothing_out() -> None:
    builder = {"prompts": {"evaluation": [SET, {"name": "other"}]}, "filters": [{"class": "Language"}]}
    assert of_record(record(builder)) == (
        "contamination looked for in held-out, other, but no filter of the chain leaves out what was found"
    )


def test_only_the_pairs_that_this_filter_took_count() -> None:
    rows = [
        ("filter", "rejected", "contamination: contaminated", "de", 1_200),
        ("filter", "rejected", "contamination: contaminated", "he", 3),
        ("filter", "flagged", "contamination: contaminated", "he", 50),
        ("filter", "rejected", "language: other_language", "he", 70),
        ("check", "rejected", "contamination: contaminated", "he", 90),
    ]
    funnel: list[dict[str, object]] = [
        {"stage": stage, "unit": "pairs", "language": tag, "outcome": outcome, "reason": reason, "rows": number}
        for stage, outcome, reason, tag, number in rows
    ]
    builder = {"prompts": {"evaluation": [SET]}, "filters": [FILTER]}
    assert of_record(record(builder, funnel)) == (
        "contamination checked against held-out: 1,203 pairs whose prompt holds one of theirs left out"
    )


@pytest.mark.parametrize(
    ("evaluation", "known", "sets"),
    [
        ([], ["m-arena-hard", "omgeval"], "samples of m-arena-hard, omgeval"),
        ([SET], ["omgeval"], "held-out and samples of omgeval"),
        ([SET], [], "held-out"),
        ([SET], "x", "held-out"),
    ],
)
def test_known_sets_are_named_as_what_they_are_samples(evaluation: object, known: object, sets: str) -> None:
    builder = {"prompts": {"evaluation": evaluation, "known_sets": known}, "filters": [FILTER]}
    assert of_record(record(builder)) == (
        f"contamination checked against {sets}: 0 prompts that hold one of theirs left out"
    )


def test_an_evaluation_set_is_not_held_against_known_ones_and_says_so() -> None:
    builder: dict[str, object] = {"prompts": {"evaluation": [], "known_sets": ["omgeval"]}, "filters": [FILTER]}
    assert of_record(record(builder, itself=True)) == AN_EVALUATION_SET
    assert AN_EVALUATION_SET == "contamination not checked: the dataset is an evaluation set itself"
    builder["prompts"] = {"evaluation": [SET], "known_sets": ["omgeval"]}
    assert of_record(record(builder, itself=True)) == (
        "contamination checked against held-out: 0 prompts that hold one of theirs left out"
    )
