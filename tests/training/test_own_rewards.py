"""Rewards of somebody's own: found, called, and held to what TRL takes."""

import asyncio
import math

import pytest

from polypref.errors import UserError
from polypref.training import own_rewards


@pytest.mark.parametrize(
    "text", ["def f(:\n", "1 / 0\n", "import nowhere_at_all\n", "other = 1\n", "raise SystemExit(0)\n"]
)
def test_a_reward_whose_module_cannot_be_loaded_is_a_sentence(text, tmp_path, monkeypatch):
    name = f"odd_reward_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=rf"reward {name}\.f cannot be loaded: (?:\w+Error|SystemExit): ") as caught:
        own_rewards.reward_by_path(f"{name}.f")
    assert "\n" not in str(caught.value)


def test_a_reward_is_found_by_its_path():
    assert own_rewards.reward_by_path("math.sqrt").__wrapped__ is math.sqrt
    for path in ("fidelity", "math.no_such", "no_such_module.f"):
        with pytest.raises(UserError, match=f"reward '?{path}"):
            own_rewards.reward_by_path(path)


REWARDS = """
import numpy


def lengths(completions, **_):
    return [None, numpy.float32(2.5), *[len(one) for one in completions[2:]]]


def broken(completions, **_):
    return [1 / 0 for _ in completions]


def one_only(completions, **_):
    return [1.0]


def words(completions, **_):
    return ["1.0" for _ in completions]


def single(completions, **_):
    return 0.5


def nothing(completions, **_):
    return None


def refuses(completions, **_):
    from polypref.errors import UserError

    raise UserError("no key for the service; set KEY")


def leaves(completions, **_):
    raise SystemExit(0)


def too_large(completions, **_):
    return [10**400 for _ in completions]


async def later(completions, **_):
    return [1 for _ in completions]


async def later_broken(completions, **_):
    raise KeyError("score")
"""


@pytest.fixture
def rewards_module(tmp_path, monkeypatch):
    name = f"rewards_of_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(REWARDS, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_what_a_reward_gives_comes_as_numbers(rewards_module):
    reward = own_rewards.reward_by_path(f"{rewards_module}.lengths")
    assert reward(prompts=[], completions=["a", "b", "ccc"]) == [None, 2.5, 3.0]
    assert reward.__name__ == "lengths"
    later = own_rewards.reward_by_path(f"{rewards_module}.later")
    assert asyncio.run(later(prompts=[], completions=["a", "b"])) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("broken", r"\.broken \(\w+.py line 10\) raises ZeroDivisionError: division by zero"),
        ("one_only", r"\.one_only gives 1 values for 2 answers; it has to give a list of 2 numbers"),
        ("words", r"\.words gives '1.0' for an answer; it has to give a list of 2 numbers"),
        ("single", r"\.single gives 0.5; it has to give a list"),
        ("nothing", r"\.nothing gives None; it has to give a list"),
        ("leaves", r"\.leaves \(\w+.py line \d+\) raises SystemExit: 0, which would end the program"),
        ("too_large", r"\.too_large gives 10+ for an answer; it has to give a list of 2 numbers"),
        ("refuses", r"\.refuses \(\w+.py line \d+\): no key for the service; set KEY"),
    ],
)
def test_a_reward_that_fails_is_one_sentence(function, message, rewards_module):
    reward = own_rewards.reward_by_path(f"{rewards_module}.{function}")
    with pytest.raises(UserError, match=message) as caught:
        reward(prompts=[], completions=["a", "b"])
    assert "\n" not in str(caught.value)


def test_a_reward_that_fails_later_is_one_sentence_too(rewards_module):
    reward = own_rewards.reward_by_path(f"{rewards_module}.later_broken")
    with pytest.raises(UserError, match=r"\.later_broken \(\w+.py line \d+\) raises KeyError: 'score'"):
        asyncio.run(reward(prompts=[], completions=["a"]))
