"""The checks that people name: what is wrong with a call of one is a sentence."""

import pickle

import pytest

import polypref
from polypref import UserError, checks


def test_a_setting_that_a_check_does_not_have_is_named_with_the_nearest() -> None:
    for call, says in (
        (lambda: checks.LengthBounds(max=3), r"LengthBounds\(...\) has no field max; did you mean 'maximum'"),
        (lambda: checks.RegexCheck("as_an_ai"), r"RegexCheck\(...\): missing a required argument: 'pattern'"),
        (lambda: checks.Reviewed(3), r"Reviewed\(...\) takes nothing; write Reviewed\(\)$"),
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


@pytest.mark.parametrize(
    "call", [lambda: checks.Contamination("x.jsonl"), lambda: checks.Contamination(path="x.jsonl")]
)
def test_contamination_says_where_evaluation_prompts_are_named(call) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert str(error.value).endswith(
        "; the evaluation prompts that it looks for stand in "
        "Builder(prompts=Prompts(evaluation=(checks.EvaluationPrompts('my set', path='x.jsonl'),)))"
    )
    named = checks.EvaluationPrompts("my set", path="x.jsonl")
    assert polypref.Prompts(evaluation=(named,)).evaluation == (named,)
