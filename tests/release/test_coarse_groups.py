"""Groups made coarse: what is promised of every circle, each value alone and all together, for any people."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.release.coarse_groups import coarse_groups
from polypref.release.facts import OTHER

VALUES = st.sampled_from(["", "a", "b", "c"])


@st.composite
def circles_of_people(draw):
    """People with up to three groups, and circles that may share people."""
    number = draw(st.integers(1, 3))
    people = {str(n): draw(st.tuples(*[VALUES] * number)) for n in range(draw(st.integers(1, 24)))}
    names = sorted(people)
    circles = draw(st.lists(st.lists(st.sampled_from(names), unique=True, min_size=1), min_size=1, max_size=3))
    return people, circles


@given(circles_of_people())
@settings(max_examples=300, deadline=None)
def test_everything_that_is_published_is_shared_by_five_of_every_larger_circle(drawn) -> None:
    people, circles = drawn
    coarse = coarse_groups(people, circles)
    for circle in (one for one in circles if len(one) >= 5):
        assert min(Counter(coarse[person] for person in circle).values()) >= 5
        for place in range(len(people["0"])):
            assert min(Counter(coarse[person][place] for person in circle).values()) >= 5
    for person, values in coarse.items():
        assert all(new in (old, OTHER) for old, new in zip(people[person], values, strict=True))


@given(circles_of_people())
@settings(max_examples=60, deadline=None)
def test_the_order_of_people_and_circles_makes_no_difference(drawn) -> None:
    people, circles = drawn
    turned = dict(reversed(people.items())), [circle[::-1] for circle in reversed(circles)]
    assert coarse_groups(*turned) == coarse_groups(people, circles)


def test_values_that_five_share_stay_and_rarer_ones_become_other() -> None:
    ages = ["young"] * 6 + ["old"] * 5 + ["middle"] * 5 + ["very old"] * 2
    people = {str(n): (age,) for n, age in enumerate(ages)}
    # Two would be alone as `other`: the rarest value beside them, the first by name of two, comes to them.
    counts = Counter(values[0] for values in coarse_groups(people, [people]).values())
    assert counts == {"young": 6, "old": 5, OTHER: 7}


def test_whoever_is_alone_with_two_values_takes_some_of_those_who_share_the_first() -> None:
    people = {f"f{n}": ("f", "north" if n == 0 else "south" if n < 6 else "east") for n in range(14)}
    people |= {f"m{n}": ("m", "north" if n < 6 else "south") for n in range(12)}
    coarse = coarse_groups(people, [people])
    # One woman of the north and the five of the south, who are the next fewest; nobody else loses anything.
    assert {coarse[f"f{n}"] for n in range(6)} == {("f", OTHER)}
    assert all(coarse[person] == people[person] for person in people if person not in {f"f{n}" for n in range(6)})


def test_a_person_says_the_same_in_two_languages() -> None:
    people = {str(n): ("f", "north" if n % 2 else "south") for n in range(20)}
    german, hindi = list(people), ["1", "2", "4", "6", "8"]
    coarse = coarse_groups(people, [german, hindi])
    # In Hindi person 1 is the only one of the north; so they are of no region in German too.
    assert {coarse[one] for one in hindi} == {("f", OTHER)}
    assert min(Counter(coarse[one] for one in german).values()) >= 5


def test_four_people_are_passed_over() -> None:
    people = {str(n): ("f",) for n in range(4)}
    assert coarse_groups(people, [people]) == people
