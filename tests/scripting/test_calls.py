"""A call of a public function that does not fit is one sentence, with the argument that was probably meant."""

import inspect

import pytest

from polypref.errors import UserError
from polypref.scripting.calls import checked_arguments


@checked_arguments
def bake(bread: str, *, minutes: int = 30) -> str:
    """Bakes."""
    return f"{bread} {minutes}"


def test_a_call_that_fits_is_carried_out_and_the_signature_stays() -> None:
    assert bake("rye", minutes=40) == "rye 40"
    assert (str(inspect.signature(bake)), bake.__doc__) == ("(bread: str, *, minutes: int = 30) -> str", "Bakes.")


def test_a_call_that_does_not_fit_is_a_sentence() -> None:
    with pytest.raises(UserError, match=r"^bake\(\.\.\.\) has no argument minuets; did you mean 'minutes'\? There"):
        bake("rye", minuets=40)  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"^bake\(\.\.\.\): missing a required argument: 'bread'$"):
        bake()  # type: ignore[call-arg]


def test_what_goes_wrong_inside_is_no_matter_of_the_call() -> None:
    @checked_arguments
    def fail() -> None:
        raise TypeError("inside")

    with pytest.raises(TypeError, match=r"^inside$"):
        fail()
