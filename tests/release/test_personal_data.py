"""Personal data in turns with calls of tools: values and keys; test_whole_turns.py releases such a dataset."""

from collections import Counter

from polypref.release.personal_data import _masked


def test_keys_are_masked_and_stay_as_many():
    finds = Counter[str]()
    access = {"ann@uni-kassel.de": "admin", "bob@uni-kassel.de": {"cc": "cyd@uni-kassel.de"}, "[email] 2": 1}
    assert _masked({"role": "assistant", "tool_calls": [{"arguments": access}]}, finds) == {
        "role": "assistant",
        "tool_calls": [{"arguments": {"[email]": "admin", "[email] 2": {"cc": "[email]"}, "[email] 2 2": 1}}],
    }
    assert finds == {"email": 3}
