"""What a source says of how it is rated and paired, and what is left of it where it is read."""

from dataclasses import dataclass, replace

import pytest

from polypref.errors import UserError
from polypref.layouts.source import check_way, without_way
from polypref.layouts.sources import Answer, Fields, Files
from polypref.raters.given import SourceRater
from polypref.stages.pair import PairRule

PLAIN = Files("a.jsonl", Fields("p", (Answer("a"),)), "s", "1", "cc0-1.0")


@dataclass(frozen=True)
class Own:
    rater: object = None
    pairs: object = None


@pytest.mark.parametrize("way", [{"rater": SourceRater()}, {"pairs": PairRule("given")}, {}])
def test_a_source_is_read_without_how_it_is_rated_and_paired(way) -> None:
    source = replace(PLAIN, **way)
    assert without_way(source) == PLAIN
    assert (without_way(source) is source) is (not way)


def test_a_source_of_ones_own_class_is_read_as_it_is() -> None:
    own = Own(SourceRater())
    assert without_way(own) is own


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (Own(rater="gpt"), r"Own\(rater='gpt'\): a text is none; write SourceRater\(...\), RewardRater\(...\) or"),
        (Own(pairs="given"), r"Own\(pairs='given'\): a text is none; write PairRule\(...\)"),
    ],
)
def test_a_text_is_no_rater_and_no_pair_rule(own, sentence) -> None:
    with pytest.raises(UserError, match=sentence):
        check_way(own)
    check_way(Own(SourceRater(), PairRule("given")))
