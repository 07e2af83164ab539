"""What an object may say of itself: defaults for what it leaves out, a sentence for what is of another kind."""

from dataclasses import dataclass

import pytest

from polypref.errors import UserError
from polypref.scripting.contracts import read_traits


@dataclass(frozen=True)
class Traits:
    page: int = 256
    price: float | None = None
    caution: str = ""
    names: tuple[str, ...] = ()


class Silent:
    pass


class Telling:
    page = 3
    price = 2
    more = "not asked for"

    @property
    def names(self) -> tuple[str, ...]:
        return ("a", "b")


def test_what_is_left_out_is_the_default():
    assert read_traits(Silent(), Traits, "it") == Traits()
    assert read_traits(Telling(), Traits, "it") == Traits(page=3, price=2, names=("a", "b"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("page", "3", "it: its page is '3', which is not a whole number"),
        ("page", 3.0, "its page is 3.0, which is not a whole number"),
        ("page", True, "its page is True, which is not a whole number"),
        ("page", None, "its page is None"),
        ("price", "free", "its price is 'free', which is not a number or None"),
        ("caution", 7, "its caution is 7, which is not a text"),
        ("names", ["a"], "its names is ['a'], which is not a tuple of str"),
        ("names", ("a", 1), "its names is ('a', 1), which is not a tuple of str"),
    ],
)
def test_what_is_of_another_kind_is_named(name, value, words):
    thing = Silent()
    setattr(thing, name, value)
    with pytest.raises(UserError) as error:
        read_traits(thing, Traits, "it")
    assert words in str(error.value)
