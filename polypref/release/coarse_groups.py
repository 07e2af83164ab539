"""Groups of people made coarse enough that nobody is singled out: what fewer than five people share becomes `other`.

A circle is the people of one language, rater and source who stand in released pairs. What is promised: in a circle of
five people or more, whoever has some values of their groups, each alone or all together, is one of five or more people
of the circle who have the same; of a smaller circle everything is `other`. A person has the same values in every larger
circle, so that two languages side by side tell no more than either.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from ..stages.vote_agreement import LEAST_PEOPLE
from .facts import OTHER

Values = tuple[str, ...]
"""A person's values, one for each group, in the order in which the source declares the groups."""


def coarse_groups(
    stated: Mapping[str, Values], circles: Collection[Collection[str]], least: int = LEAST_PEOPLE
) -> dict[str, Values]:
    """The values that may be published of each person, in circles of as many people or more.

    Group by group, in their order: among those of a circle who share all groups before, values of fewer than `least`
    people become `other`, and with them the next rarest until those of `other` are enough. So groups that are declared
    first are kept longest.

    Args:
        stated: person -> what was stated of their groups; empty for nothing.
        circles: people who are seen together; those of fewer than `least` are passed over.
        least: how many must share all that is published.

    Returns:
        Person -> values, of all people.

    Example:
        >>> stated = {str(n): ("18-24" if n < 5 else "25-34", "x" if n else "y") for n in range(10)}
        >>> Counter(coarse_groups(stated, [stated]).values())
        Counter({('18-24', 'other'): 5, ('25-34', 'x'): 5})
    """
    values = {person: [one or OTHER for one in of_person] for person, of_person in stated.items()}
    wide = sorted(sorted(circle) for circle in circles if len(circle) >= least)
    for place in range(max((len(of_person) for of_person in values.values()), default=0)):
        # What one circle makes `other` may leave too few in the next.
        while sum(_hide_rare(values, circle, place, least) for circle in wide):
            pass
    return {person: tuple(of_person) for person, of_person in values.items()}


def _hide_rare(values: Mapping[str, list[str]], circle: Sequence[str], place: int, least: int) -> bool:
    """Makes `other` of values of one group, among those who share all groups before; whether anything was changed."""
    alike: dict[Values, list[str]] = defaultdict(list)
    for person in circle:
        alike[tuple(values[person][:place])].append(person)
    hidden = [(person, place) for same in alike.values() for person in _with_rare_values(values, same, place, least)]
    for person, at in hidden:
        values[person][at] = OTHER
    return bool(hidden)


def _with_rare_values(values: Mapping[str, list[str]], people: Sequence[str], place: int, least: int) -> list[str]:
    """Those of some people whose value of a group becomes `other`."""
    counts = Counter(values[person][place] for person in people)
    others = counts.pop(OTHER, 0)
    rare = set[str]()
    for value, number in sorted(counts.items(), key=lambda one: (one[1], one[0])):
        if number < least or 0 < others < least:
            rare.add(value)
            others += number
    return [person for person in people if values[person][place] in rare]
