"""What a config says of how answers are drawn: numbers as they are, and what is wrong with one key alone."""

import pytest

from polypref import Sampling, UserError
from polypref.evaluation.sampling import read_sampling

DEFAULT = Sampling(0.5, 0.9, 100, 7)


def test_what_is_not_said_is_the_defaults() -> None:
    assert read_sampling({}, DEFAULT) == DEFAULT
    assert read_sampling({"temperature": 1, "seed": 2**60 + 1}, DEFAULT) == Sampling(1.0, 0.9, 100, 2**60 + 1)
    assert read_sampling({"max_tokens": "64", "top_p": "1e-1"}, DEFAULT) == Sampling(0.5, 0.1, 64, 7)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"temperature": "hot", "max_tokens": 5}, "sampling: temperature is 'hot', no number; give one"),
        ({"temperature": True}, "sampling: temperature is True, no number"),
        ({"temperature": float("nan")}, "sampling: temperature is nan, no number"),
        ({"temperature": -1, "max_tokens": 5}, "sampling: temperature is -1; give 0 or more"),
        ({"top_p": 0}, "sampling: top_p is 0; give a number above 0"),
        ({"max_tokens": 2.7}, "sampling: max_tokens is 2.7; give a whole number, 1 or more"),
        ({"max_tokens": [3]}, r"sampling: max_tokens is \[3\], no number"),
        ({"seed": 1.5}, "sampling: seed is 1.5; give a whole number"),
    ],
)
def test_what_is_wrong_with_one_key_is_said_of_it_alone(values, says) -> None:
    with pytest.raises(UserError, match=f"^{says}"):
        read_sampling(values, DEFAULT)
