"""Texts of answers as an audit quotes them: short, on one line, without personal data."""

import re

from ..console.escaping import one_line
from ..text.cleaning import has_lone_surrogate
from ..text.personal_data import mask_pii

#: Characters of a quoted opening or sentence.
LONGEST = 80


def quoted(text: str) -> str:
    """A text as it is quoted in facts that may be published.

    Args:
        text: an opening or a sentence of answers.

    Returns:
        one line of LONGEST characters at most, with an ellipsis where it goes on, personal data masked.

    Example:
        >>> quoted("I hope\\n\\n  that this helps!")
        'I hope that this helps!'
    """
    # Masked before it is cut: half an address is not known as one.
    line = one_line(mask_pii(re.sub(r"\s+", " ", text[: 20 * LONGEST]))).strip()
    line = line.encode("utf-8", "replace").decode() if has_lone_surrogate(line) else line
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
