"""The checks that people name: what is wrong with a call of one is a sentence."""

import pickle

import pytest

from polypref import UserError, checks


def test_a_setting_that_a_check_does_not_have_is_named_with_the_nearest() -> None:
    for call, says in (
        (lambda: checks.LengthBounds(max=3), r"LengthBounds\(...\) has no field max; did you mean 'maximum'"),
        (lambda: checks.RegexCheck("as_an_ai"), r"RegexCheck\(...\): missing a required argument: 'pattern'"),
        (lambda: checks.Contamination("x.jsonl"), r"Contamination\(...\) takes nothing; write Contamination\(\)"),
    ):
        with pytest.raises(UserError, match=rf"^{says}"):
            call()


@pytest.mark.parametrize("name", checks.__all__)
def test_every_check_says_so(name) -> None:
    with pytest.raises(UserError, match=rf"^{name}\(...\) has no field no_such"):
        getattr(checks, name)(no_such=1)


def test_a_check_goes_to_another_process() -> None:
    one = checks.LengthBounds(maximum=30)
    assert pickle.loads(pickle.dumps(one)) == one
