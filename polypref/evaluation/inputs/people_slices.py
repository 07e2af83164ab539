"""Groups of the people who judged, as values of slices: what under five people of a language share is `other`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ...errors import UserError
from ...layouts.fields import Fields
from ...layouts.tables import PersonRow
from ...release.coarse_groups import Values, coarse_groups
from ...schema import OTHER
from ...stages.vote_agreement import LEAST_PEOPLE

Judges: TypeAlias = Mapping[tuple[str, str], Sequence[PersonRow]]
"""Language and prompt -> who judged answers to it, with the groups that are stated of them."""


def groups_asked_for(fields: Fields, columns: Sequence[str]) -> dict[str, str]:
    """The groups of those who judged that a report is to be sliced by.

    Args:
        fields: what is declared of the columns.
        columns: that are asked for.

    Returns:
        Column as it is asked for -> the group. A group goes by its name, and by the column that states it, so that rare
        values are `other` by either.

    Raises:
        UserError: a column names who judged; a report would have a row for each by name.
    """
    annotator = fields.annotator if fields.verdict is None else fields.verdict.annotator
    if named := [one for one in columns if one in {annotator, fields.occasion} - {None}]:
        raise UserError(
            f"slices (--slice): {named[0]!r} names who judged, and a report names nobody; slice by a group of people "
            "that the layout states (annotator_groups)"
        )
    groups = fields.annotator_groups or {}
    stated_by = {column: group for group, column in groups.items()} | {group: group for group in groups}
    return {one: stated_by[one] for one in columns if one in stated_by}


def values_by_prompt(judges: Judges, groups: Sequence[str]) -> dict[tuple[str, str], dict[str, str]]:
    """The values of groups, prompt by prompt.

    Args:
        judges: of the prompts.
        groups: that are asked for; those first that are to be kept longest.

    Returns:
        Language and prompt -> group -> the value that all have who judged it; none where they have several. As in a
        dataset, what under five people of a language share, a group alone or with those before, is `other`.
    """
    stated = _stated(judges.values(), groups)
    circles: dict[str, set[str]] = {}
    for (language, _), people in judges.items():
        circles.setdefault(language, set()).update(who["person"] for who in people)
    coarse = coarse_groups(stated, list(circles.values()))
    hidden = (OTHER,) * len(groups)
    values: dict[tuple[str, str], dict[str, str]] = {}
    for (language, prompt), people in judges.items():
        small = len(circles[language]) < LEAST_PEOPLE
        shown = [hidden if small else coarse[who["person"]] for who in people]
        each = {group: {one[place] for one in shown} for place, group in enumerate(groups)}
        values[language, prompt] = {group: next(iter(own)) for group, own in each.items() if len(own) == 1}
    return values


def _stated(judges: Iterable[Sequence[PersonRow]], groups: Sequence[str]) -> dict[str, Values]:
    """What is stated of each person; of two values of one group neither counts."""
    said_of: dict[str, dict[str, set[str]]] = {}
    for who in (one for people in judges for one in people):
        own = said_of.setdefault(who["person"], {})
        for one in who["groups"]:
            own.setdefault(one["group"], set()).update([one["value"]] if one["value"] else [])
    return {
        person: tuple(next(iter(own.get(group, ()))) if len(own.get(group, ())) == 1 else "" for group in groups)
        for person, own in said_of.items()
    }
