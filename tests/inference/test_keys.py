"""API keys from the environment."""

import pytest

from polypref.errors import UserError
from polypref.inference.keys import api_key


def test_a_key_is_what_the_variable_holds(monkeypatch):
    for value, key in (("sk-1", "sk-1"), (" sk-1\n", "sk-1"), ("", None), ("  ", None)):
        monkeypatch.setenv("SOME_KEY", value)
        assert api_key("SOME_KEY") == key
    monkeypatch.delenv("SOME_KEY")
    assert api_key("SOME_KEY") is None


@pytest.mark.parametrize("value", ["sk-\u00e9", "sk\n1"])
def test_what_no_key_can_hold_is_said_without_the_key(monkeypatch, value):
    monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(UserError, match="the API key in SOME_KEY holds characters that no key has") as error:
        api_key("SOME_KEY")
    assert "sk" not in str(error.value)
