"""Keys of configs: which are known, and one or several."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.config_keys import checked_keys, pairs_of, several


def test_keys():
    assert checked_keys({"a": 1, "b": None}, "thing", {"a", "b"}) == {"a": 1}
    with pytest.raises(UserError, match="thing: unknown key c"):
        checked_keys({"c": 1}, "thing", {"a"})
    with pytest.raises(UserError, match="thing: give a name, or keys of a, b"):
        checked_keys(["a"], "thing", {"b", "a"})


def test_one_or_several():
    assert several({"set": "x"}, "set", "sets") == ["x"] == several({"sets": ["x"]}, "set", "sets")
    assert several({}, "set", "sets") == []
    with pytest.raises(UserError, match="give set or sets, not both"):
        several({"set": "x", "sets": []}, "set", "sets")


def test_pairs():
    assert pairs_of({}) == () and pairs_of({"pairs": [["a", "b"]]}) == (("a", "b"),)
    with pytest.raises(UserError, match=r"pairs: \['a'\]; give lists of two models' names"):
        pairs_of({"pairs": [["a"]]})
