"""Why a rater gave nothing: verdicts are counted once, and asking again is advised only where something failed."""

import pytest

from polypref.raters import feedback
from polypref.stages.counts import FunnelRow
from polypref.stages.failed_replies import counted_reasons, failed_replies, listed_names
from polypref.stages.losses import Case, Evidence, Loss

REASONS = (feedback.NEITHER, feedback.SATISFIED, feedback.NOT_ADDRESSED, feedback.NOT_THE_REQUEST)


def words_of(reason: str, *units: str) -> str:
    funnel = [
        FunnelRow(stage="rate", unit=unit, language="he", outcome="rejected", reason=reason, rows=5 * (1 + at))
        for at, unit in enumerate(units)
    ]
    return failed_replies(Case(Loss("pair", "prompts", "no_verdict", 5), funnel, Evidence(rater="r")))


@pytest.mark.parametrize("reason", REASONS)
def test_what_a_model_reads_in_a_message_is_no_failure(reason: str) -> None:
    words = words_of(reason, "verdicts", "answers")
    assert words.startswith(f"; verdicts that it did not give, by reason: {reason} 5; ")
    assert "--retry" not in words and "give more conversations" in words


def test_replies_that_cannot_be_read_are_counted_once_and_asked_again() -> None:
    words = "; verdicts that it did not give, by reason: judge_unparsable 5; retry (--retry) asks again for what failed"
    assert words_of("judge_unparsable", "verdicts", "answers") == words
    assert words_of("judge_unparsable", "answers").startswith(
        "; answers that have none, by reason: judge_unparsable 5;"
    )
    assert words_of("judge_unparsable") == ""


def test_lists_end_in_dots() -> None:
    assert listed_names("abcdefg") == "a, b, c, d, e, f ..." and counted_reasons({"b": 1, "a": 1, "c": 1000}) == (
        "c 1,000, a 1, b 1"
    )
