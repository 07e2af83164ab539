"""The type of what names a column in a declaration: it is read when it is declared."""

from typing import Annotated, TypeAlias

from ..files.paths import column_complaint
from ..scripting.bounds import Checked

Column: TypeAlias = Annotated[str, Checked(column_complaint)]
"""A column's name, a path (`turns[0].content`), a template (`{instruction}\\n\\n{input}`) or a constant (`=de`)."""
