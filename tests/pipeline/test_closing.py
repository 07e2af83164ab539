"""What a finished stage writes down of itself is read again whole, and damage is named with its folder."""

import pytest

from polypref.errors import UserError
from polypref.files.records import decode, encode
from polypref.files.store import Stage
from polypref.pipeline.closing import Closing, Noted, closing
from polypref.stages.counts import FunnelRow, Quota, UnknownLanguage

KEPT = FunnelRow("read", "rows", "de", "kept", "", 3)


@pytest.fixture
def stage(tmp_path) -> Stage:
    folder = tmp_path / "read-0"
    folder.mkdir()
    return Stage(folder, "")


@pytest.mark.parametrize(
    "whole",
    [
        Closing([KEPT]),
        Closing([], mixtures={"all": {"de": Quota(4, 3, 3, 1)}}),
        Closing([KEPT], unknown_languages=[UnknownLanguage("tlh", 2, "")]),
    ],
)
def test_what_a_stage_closes_with_is_read_again(stage, whole):
    stage.finish(encode(whole))
    assert closing(stage) == whole


def test_what_a_stage_has_nothing_of_is_left_out():
    row = {"stage": "read", "unit": "rows", "language": "de", "outcome": "kept", "reason": "", "rows": 3}
    assert encode(Closing([KEPT])) == {"funnel": [row]}


def test_a_damaged_record_is_named_with_its_folder(stage):
    stage.finish({"funnel": [{"stage": "read"}]})
    with pytest.raises(UserError, match=r"read-0/done.json is damaged.*delete .*read-0 and build again"):
        closing(stage)


def test_a_stage_that_is_not_finished_has_no_record(stage):
    with pytest.raises(UserError, match=r"read-0/done.json is damaged"):
        closing(stage)


def test_a_note_of_an_older_build_says_nothing_of_who_served():
    noted = decode(Noted, {"answers": "0a"}, "note is damaged", "delete it")
    assert noted == Noted("0a", {})
    with pytest.raises(UserError, match=r"note is damaged.*delete it"):
        decode(Noted, {"served": {}}, "note is damaged", "delete it")
