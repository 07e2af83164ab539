"""The check that has a second detector vote: what it marks, and that it rejects nothing."""

import pytest

from polypref.errors import UserError
from polypref.languages.identifier import Identifier
from polypref.stages.checks.contract import Flag
from polypref.stages.checks.second_detector import FLAGS, SecondDetector

GERMAN = "Der Zug nach München fährt heute leider zwanzig Minuten später ab, weil ein Signal gestört ist."
# Galician, which langdetect has no label for: it takes it for Portuguese.
GALICIAN = "A biblioteca da vila está pechada os luns, pero o resto da semana abre dende as nove da mañá."


def test_each_text_on_which_they_disagree_is_marked_and_nothing_is_rejected(pairs):
    row = {"language": "pt", "prompt": GALICIAN, "chosen": GALICIAN, "rejected": GERMAN}
    sound = {"language": "de", "prompt": GERMAN, "chosen": GERMAN, "rejected": GERMAN}
    outcomes = list(SecondDetector()(pairs(row, sound)))
    assert outcomes == [(0, Flag(FLAGS["prompt"])), (0, Flag(FLAGS["chosen"]))]


def test_marks_are_named_after_the_text():
    assert FLAGS == {
        "prompt": "prompt_second_detector_disagrees",
        "chosen": "chosen_second_detector_disagrees",
        "rejected": "rejected_second_detector_disagrees",
    }


def test_a_detector_is_no_second_to_itself():
    with pytest.raises(UserError, match="second_detector: langdetect decides already"):
        SecondDetector(first=Identifier(detector="langdetect"))


@pytest.mark.parametrize("settings", [{"identifier": "langdetect"}, {"first": None}])
def test_what_is_no_identifier_is_said(settings):
    with pytest.raises(UserError, match=f"SecondDetector\\({next(iter(settings))}="):
        SecondDetector(**settings)
