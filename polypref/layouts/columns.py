"""The type of what names a column in a declaration: it is read when it is declared."""

from collections.abc import Iterable
from typing import Annotated, TypeAlias

from ..errors import UserError
from ..files.paths import column_complaint
from ..scripting.bounds import Checked

Column: TypeAlias = Annotated[str, Checked(column_complaint)]
"""A column's name, a path (`turns[0].content`), a template (`{instruction}\\n\\n{input}`) or a constant (`=de`)."""


def check_columns(where: str, columns: Iterable[str]) -> None:
    """Refuses what cannot be the name of a column, where `check_fields` does not look.

    Args:
        where: what names them.
        columns: the names.

    Raises:
        UserError: one that is wrong, and what to write.
    """
    for column in columns:
        if complaint := column_complaint(column):
            raise UserError(f"{where}: column {column[:60]!r}{'...' * (len(column) > 60)}: {complaint}")
