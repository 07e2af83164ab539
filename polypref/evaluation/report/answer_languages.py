"""What a report says where nothing is known of the languages of the answers; plain text."""

from ..results import Comparison
from . import formats


def unchecked_languages(comparison: Comparison) -> list[str]:
    """Why nothing is known of the languages of the answers, where nothing is.

    Args:
        comparison: its figures.

    Returns:
        One sentence; none where the lines of any answer were looked at.
    """
    sides = [side for row in comparison.rows for side in (row.fidelity, row.other_fidelity)]
    if any(formats.known(side.lines) for side in sides):
        return []
    return [
        "The languages of these answers were not looked at: verdicts that others gave are scored as they are, and some "
        "languages have no detector. Answers are looked at where they are given themselves: name them as stored "
        "answers of models, and the file of verdicts as the judge of kind stored."
    ]
