"""What inspect prints of flips."""

from polypref.pages.flips import flips_table
from polypref.release.flip_facts import FlipFacts
from tests.pages.test_people import printed


def test_flips_are_shown_by_language() -> None:
    rows = [FlipFacts("de", 1_200, 2_401, 0), FlipFacts("he", 3, 6, 4)]
    assert printed(flips_table(rows)) == [["de", "1,200", "2,401", "0"], ["he", "3", "6", "4"]]
