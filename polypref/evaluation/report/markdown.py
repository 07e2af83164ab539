"""Tables and lists of a report in Markdown, all text in them escaped."""

from collections.abc import Iterable, Sequence

from ...console.escaping import markdown as escaped


def as_table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 1) -> str:
    """A table whose columns from `numbers` on stand at the right; nothing without rows.

    Args:
        heads: of the columns.
        rows: cells of text, as many as heads in each.
        numbers: the first column of numbers.

    Returns:
        The table without a line's end, all text escaped; empty without rows.

    >>> print(as_table(("language", "n"), [("de", "2")]))
    | language | n |
    | :--- | ---: |
    | de | 2 |
    """
    cells = [[escaped(cell) for cell in row] for row in (heads, *rows)]
    if len(cells) == 1:
        return ""
    rule = [":---" if at < numbers else "---:" for at in range(len(heads))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (cells[0], rule, *cells[1:]))


def as_list(sentences: Iterable[str]) -> str:
    """A list of sentences.

    Args:
        sentences: one an item.

    Returns:
        The list without a line's end, all text escaped.
    """
    return "\n".join(f"- {escaped(one)}" for one in sentences)
