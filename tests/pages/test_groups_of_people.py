"""What is printed of groups of people: a row for each, empty where nothing is known."""

from polypref.pages.groups_of_people import group_tables
from polypref.people.agreement import AgreedShare, Agreement
from polypref.people.groups import GroupFigures, ModelShare, ValueFacts
from polypref.release.facts import GroupPeople

PEOPLE = [GroupPeople("hi", "age", "12", "0", 2)]
VALUES = [ValueFacts("young", 1_200, 6), ValueFacts("old", 800, 6)]
MODELS = [ModelShare("young", "m-a", 1_200, 0.75, 0.5, 0.9)]
AGREED = Agreement(AgreedShare(1_200, 0.6, 0.5, 0.7), None, 40, 10, 0.3, 0.01, 0.02)


def printed(table) -> list[list[str]]:
    return [list(row) for row in zip(*(column.cells for column in table.columns), strict=True)]


def test_all_that_is_known_has_a_table() -> None:
    figures = [GroupFigures("hi", "age", VALUES, MODELS, 0.001, 0.004, AGREED)]
    people, values, agreement, models = group_tables(PEOPLE, figures, models=True)
    assert printed(people) == [["hi", "age", "12", "0", "2"]]
    assert printed(values) == [["hi", "age", "young 1,200, old 800", "0.004", "0.020"]]
    assert printed(agreement) == [["hi", "age", "60% [50%, 70%] of 1,200", "", "40", "25%", "30%", "0.020"]]
    assert printed(models) == [["hi", "age", "young", "m-a", "1,200", "75%", "[50%, 90%]"]]


def test_nothing_is_printed_of_what_nobody_states() -> None:
    assert list(group_tables([], [])) == []
    figures = [GroupFigures("hi", "age", VALUES, [])]
    (values,) = group_tables([], figures, models=True)
    assert printed(values) == [["hi", "age", "young 1,200, old 800", "", ""]]
