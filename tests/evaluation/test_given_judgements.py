"""How a config names verdicts of others."""

import pytest

from polypref.errors import UserError
from polypref.evaluation.given_judgements import given_judgements

LAYOUT = {"form": "winner", "columns": "w", "prompt": "id", "model_a": "=x", "model_b": "=y"}


def test_what_is_not_said_goes_by_the_file():
    given = given_judgements({"judgements": {"path": "a/votes.jsonl", "layout": LAYOUT}})
    assert (given.path.name, given.name, given.title, given.pairs) == ("votes.jsonl", "votes", "votes", ())


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"judgements": {"path": "x"}}, "judgements: give path, and layout"),
        ({"judgements": {"path": "x", "layout": LAYOUT, "pear": 1}}, "judgements: unknown key pear"),
        ({"judgements": "x"}, "judgements: give a name, or keys of"),
        ({"judgements": {"path": "x", "layout": LAYOUT}, "languages": "de"}, "unknown key languages"),
    ],
)
def test_what_does_not_fit_is_one_sentence(config, message):
    with pytest.raises(UserError, match=message):
        given_judgements(config)
