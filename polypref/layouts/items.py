"""Lists in a row that hold several people's verdicts: which of their items count, and lists that stand side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..errors import UserError
from ..files.cells import Bad, Cell, is_missing, look_up_or_none
from ..scripting.declared import check_fields, checked_call
from .columns import Column
from .serialised import Serialised, printed_list
from .where import check_where, left_out_by

#: Why an item is left out; the detail is the column that does it.
NOT_WANTED = "verdict_not_asked_for"


@checked_call
@dataclass(frozen=True)
class Items:
    """A list of verdicts in a row, where not every item counts, or where a verdict's parts stand in several lists.

    `Items(("annotations",), where={"was_cancelled": False})` takes the items that were not cancelled. Of lists side by
    side, `Items(("values", "users", "status"), where={"[2]": "submitted"})`, an item is the entries of one place: the
    first list's is the column `[0]`, the second's `[1]`.

    Attributes:
        lists: the columns of the lists.
        where: column of an item -> the values that it may hold, the only one, or `Except`; other items are counted.
    """

    lists: tuple[Column, ...]
    where: Mapping[Column, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        check_where("Items", self.where)
        if not self.lists or len(set(self.lists)) < len(self.lists):
            raise UserError(f"Items(lists={self.lists}): name each list once, and at least one")


Each: TypeAlias = Column | Items
"""A column that holds a list, or what more is declared of lists."""


def items_in(row: Cell, each: Each, serialised: Serialised = False) -> Iterator[Cell]:
    """The items of a list, or of lists side by side.

    Args:
        row: the row as read.
        each: what is declared of the list.
        serialised: whether lists may be printed into a text.

    Yields:
        each item; a Bad (`verdict_not_asked_for`) for one that `where` leaves out, and for one that cannot be read.

    Raises:
        Bad: `not_a_list`, or `lists_of_several_lengths`.
    """
    names = each.lists if isinstance(each, Items) else (each,)
    where = each.where if isinstance(each, Items) else {}
    lists = [_listed(row, name, serialised) for name in names]
    if len({len(one) for one in lists}) > 1:
        raise Bad("lists_of_several_lengths", ", ".join(str(len(one)) for one in lists))
    for item in lists[0] if len(lists) == 1 else map(list, zip(*lists, strict=True)):
        try:
            column = left_out_by(item, where) if where else None
        except Bad as bad:
            yield bad
            continue
        yield item if column is None else Bad(NOT_WANTED, column)


def _listed(row: Cell, column: str, serialised: Serialised) -> Sequence[Cell]:
    """The list of a column; an empty one where there is none."""
    value = printed_list(look_up_or_none(row, column), serialised)
    if is_missing(value):
        return ()
    if not isinstance(value, list | tuple):
        raise Bad("not_a_list", column)
    return value
