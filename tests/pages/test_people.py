"""What inspect prints of who judged."""

from io import StringIO

from rich.console import Console

from polypref.pages.people import agreement_table, annotators_table
from polypref.release.facts import PeopleFacts
from polypref.stages.vote_agreement import VoteAgreement


def printed(table) -> list[list[str]]:
    screen = Console(file=StringIO(), width=160, color_system=None)
    screen.print(table)
    lines = screen.file.getvalue().splitlines()
    return [[cell.strip() for cell in line.strip("│┃").replace("┃", "│").split("│")] for line in lines if "│" in line]


def test_agreement_is_shown_by_language() -> None:
    rows = [
        VoteAgreement("people", "de", "7", 1_200, 3_600, 900, 0.613, 360),
        VoteAgreement("people", "ja", "under 5", 4, 8, 4, None),
        VoteAgreement("people", "uk", "", 0, 0, 0, None, 0),  # as a file of somebody else may say
    ]
    assert printed(agreement_table(rows)) == [
        ["de", "people", "7", "1,200", "3,600", "75%", "0.61", "10%"],
        ["ja", "people", "under 5", "4", "8", "100%", "", ""],
        ["uk", "people", "", "0", "0", "", "", ""],
    ]


def test_whom_the_rows_tell_apart_is_shown_by_language() -> None:
    rows = [PeopleFacts("de", annotators=7, others=12, occasions=1_042, compared_again=6)]
    assert printed(annotators_table(rows)) == [["de", "7", "12", "1,042", "6"]]
